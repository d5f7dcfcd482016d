"""What each registry means by its answers: a test for each cell of the table of vendors.

Every vendor is asked under its own host name where it has one. Columns: a missing tag, a missing
repository, a private one without a login, a wrong password, a login without the right.
"""

from collections.abc import Callable

import pytest

from asking import Served, ask_for
from loopback_network import public
from pullproof.causes import Cause
from pullproof.evidence import Doubt, ProbeResult
from pullproof.policy import is_definite
from pullproof.registry.probe import Prober
from pullproof.settings import Registry, Settings

HOSTS = {
    "hub": "docker.io",
    "ghcr": "ghcr.io",
    "gar": "europe-docker.pkg.dev",
    "gitlab": "registry.gitlab.com",
    "ecr": "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
    "ecr-expired": "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
    "acr": "fault.azurecr.io",
    "quay": "quay.io",
    "quay-expired": "quay.io",
    "mcr": "mcr.microsoft.com",
    "aliyun": "registry.cn-hangzhou.aliyuncs.com",
}
ELSEWHERE = "registry.example"

TAG, REPOSITORY = Cause.TAG_NOT_FOUND, Cause.REPOSITORY_NOT_FOUND
EITHER = Cause.ACCESS_DENIED_OR_NOT_FOUND
LOGIN, WRONG, DENIED = (
    Cause.AUTHENTICATION_REQUIRED,
    Cause.CREDENTIALS_REJECTED,
    Cause.ACCESS_DENIED,
)

Look = Callable[..., ProbeResult]


@pytest.fixture
def look(tls_registry: Served, make_prober: Callable[..., Prober]):
    names = ("registry-1.docker.io", ELSEWHERE, *HOSTS.values())
    prober = make_prober(network=public(tls_registry.port, *names), ca_bundle=tls_registry.ca)

    async def ask(style: str, rest: str, *passwords: str) -> ProbeResult:
        host = HOSTS.get(style, ELSEWHERE)
        image = f"{host}/style-{style}/{rest}"
        return await prober.probe(ask_for(image, *passwords, tenant="team"))

    return ask


@pytest.mark.parametrize(
    ("style", "tag", "repository", "private", "wrong", "forbidden"),
    [
        ("hub", TAG, EITHER, EITHER, WRONG, EITHER),
        ("ghcr", TAG, EITHER, EITHER, EITHER, EITHER),
        ("gar", TAG, EITHER, EITHER, WRONG, EITHER),
        ("gitlab", TAG, EITHER, EITHER, WRONG, EITHER),
        ("ecr", TAG, REPOSITORY, LOGIN, WRONG, DENIED),
        ("ecr-expired", TAG, REPOSITORY, LOGIN, WRONG, DENIED),
        ("acr", TAG, REPOSITORY, EITHER, WRONG, EITHER),
        ("quay", TAG, EITHER, EITHER, WRONG, EITHER),
        ("quay-expired", TAG, EITHER, EITHER, WRONG, EITHER),
        ("harbor", TAG, REPOSITORY, EITHER, EITHER, EITHER),
        ("artifactory", TAG, TAG, EITHER, WRONG, EITHER),
        ("artifactory-virtual", EITHER, EITHER, EITHER, WRONG, EITHER),
        ("nexus", TAG, TAG, EITHER, WRONG, EITHER),
        ("distribution", TAG, REPOSITORY, LOGIN, WRONG, None),
        ("htpasswd", TAG, REPOSITORY, LOGIN, WRONG, WRONG),
        ("token", TAG, EITHER, EITHER, WRONG, EITHER),
        ("gitea", TAG, REPOSITORY, EITHER, WRONG, EITHER),
        ("aliyun", TAG, EITHER, EITHER, WRONG, EITHER),
        ("mcr", TAG, REPOSITORY, None, None, None),
    ],
)
async def test_each_vendors_answers_mean_what_they_can_mean(
    look, style, tag, repository, private, wrong, forbidden
):
    needs_login = ("right",) if style in ("ecr", "ecr-expired", "htpasswd") else ()
    assert (await look(style, "app:1.0", *needs_login)).cause is None
    assert (await look(style, "app:9", *needs_login)).cause is tag
    missing = await look(style, "team/gone:1", *(needs_login or ("right",)))
    if repository in (TAG, REPOSITORY):
        assert missing.cause in (TAG, REPOSITORY)
    else:
        assert missing.cause is repository
    if private is not None:
        assert (await look(style, "team/private:1.0")).cause is private
    if wrong is not None:
        assert (await look(style, "team/private:1.0", "wrong-password")).cause is wrong
    if forbidden is not None:
        assert (await look(style, "team/forbidden:1.0", "right")).cause is forbidden


@pytest.mark.parametrize("style", ["hub", "ghcr", "quay", "gar", "gitlab", "aliyun", "token"])
async def test_what_may_be_private_is_never_called_absent(look, style):
    for passwords in ((), ("right",)):
        result = await look(style, "team/gone:1", *passwords)
        assert result.cause is EITHER
        assert Doubt.MAYBE_PRIVATE in result.doubts
        assert not is_definite(result)


@pytest.mark.parametrize("style", ["hub", "ghcr", "quay", "mcr", "aliyun", "gitea", "distribution"])
async def test_a_missing_tag_is_definite_where_nothing_is_cached(look, style):
    assert is_definite(await look(style, "app:9"))


@pytest.mark.parametrize("style", ["harbor", "nexus", "artifactory"])
async def test_what_may_be_a_pull_through_cache_proves_no_absence(look, style):
    result = await look(style, "app:9")
    assert result.cause is TAG
    assert result.doubts == {Doubt.MAYBE_CACHE}


@pytest.mark.parametrize("style", ["ecr", "acr", "gar"])
async def test_where_nodes_log_in_by_themselves_nothing_is_definite(look, style):
    result = await look(style, "app:9", "right")
    assert result.cause is TAG
    assert Doubt.NODE_AUTH in result.doubts
    refused = await look(style, "team/private:1.0")
    assert Doubt.NODE_AUTH in refused.doubts


async def test_a_stale_login_fails_on_a_public_image_as_it_does_for_the_node(look):
    result = await look("hub", "app:1.0", "wrong-password")
    assert result.cause is WRONG
    assert result.asked_as == "Secret team/login-0"


async def test_a_login_that_harbor_lets_in_elsewhere_is_not_called_rejected(look):
    """It offers Basic to whom it refuses with a token: a second no says nothing of the login."""
    for image in ("team/forbidden:1.0", "team/forbidden:1.1", "other/forbidden:1.0"):
        assert (await look("harbor", image, "right")).cause is EITHER
    assert (await look("harbor", "team/private:1.0", "right")).cause is None


async def test_harbor_hides_a_wrong_password_and_serves_what_is_public(look):
    assert (await look("harbor", "app:1.0", "wrong-password")).cause is None


async def test_an_expired_login_of_ecr_is_told_as_rejected(look):
    result = await look("ecr-expired", "app:1.0", "old")
    assert result.cause is WRONG
    assert result.detail == "403 DENIED: the authorization token is expired or invalid"


async def test_a_policy_of_harbor_is_told_with_its_words(look):
    result = await look("harbor-policy", "app:9")
    assert result.cause is DENIED
    assert result.detail.startswith("412 PROJECTPOLICYVIOLATION: current image with 3")


async def test_an_expired_tag_of_quay_is_a_missing_tag(look):
    result = await look("quay-expired", "app:9")
    assert result.cause is TAG
    assert result.detail == "404 TAG_EXPIRED"
    assert is_definite(result)


@pytest.mark.parametrize(
    ("style", "declared", "doubts"),
    [
        ("nexus", Registry(host=ELSEWHERE, cache=False), set()),
        ("harbor", Registry(host=ELSEWHERE, cache=False), set()),
        ("distribution", Registry(host=ELSEWHERE, cache=True), {Doubt.MAYBE_CACHE}),
        ("distribution", Registry(host=ELSEWHERE, node_auth=True), {Doubt.NODE_AUTH}),
        ("distribution", Registry(host="*.example", node_auth=True), {Doubt.NODE_AUTH}),
        ("distribution", Registry(host=ELSEWHERE), set()),
    ],
)
async def test_what_is_declared_goes_before_how_it_looks(
    tls_registry: Served, make_prober: Callable[..., Prober], style, declared, doubts
):
    prober = make_prober(
        Settings(registries=(declared,)),
        network=public(tls_registry.port, ELSEWHERE),
        ca_bundle=tls_registry.ca,
    )
    result = await prober.probe(ask_for(f"{ELSEWHERE}/style-{style}/app:9"))
    assert result.cause is TAG
    assert result.doubts == doubts
    assert result.declared


async def test_a_word_of_the_vendor_that_names_the_user_is_not_told(look):
    result = await look("quay", "app:1.0", "wrong-password")
    told = " ".join(one.message for one in result.exchanges)
    assert "Could not find robot" in told
    assert "someone" not in told
