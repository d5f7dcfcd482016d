"""Whose login is sent, where, how often; and what is never sent."""

import asyncio
import base64
from collections.abc import Callable

import pytest

from asking import Probe, Served, ask_for
from loopback_network import public
from pullproof.causes import Cause
from pullproof.credentials import Credential
from pullproof.evidence import Doubt
from pullproof.policy import is_definite
from pullproof.reference import parse_reference
from pullproof.registry.probe import Ask, Prober
from pullproof.settings import Registry, Settings


async def test_a_token_is_asked_for_once_and_kept(probe: Probe, registry: Served):
    assert (await probe("private/app:1.0", "right")).requests == 3
    assert (await probe("private/app:1.1", "right")).requests == 1
    assert registry.seen.counts["GET /token"] == 1


async def test_another_repository_of_a_known_host_brings_its_token_along(
    probe: Probe, registry: Served
):
    await probe("private/app:1.0", "right")
    result = await probe("private/other:1.0", "right")
    assert result.cause is None
    assert result.requests == 2
    assert registry.seen.counts["HEAD /v2/private/other/manifests/1.0"] == 1


async def test_basic_is_sent_at_once_after_the_first_time(probe: Probe):
    assert (await probe("basic/app:1.0", "right")).requests == 2
    assert (await probe("basic/app:1.1", "right")).requests == 1


async def test_logins_are_tried_in_turn_until_one_works(probe: Probe):
    result = await probe("private/app:1.0", "wrong", "right")
    assert result.cause is None
    assert result.asked_as == "Secret team/login-1"


async def test_there_is_no_anonymous_attempt_beside_a_login(probe: Probe, registry: Served):
    result = await probe("style-token/app:1.0", "wrong")
    assert result.cause is Cause.CREDENTIALS_REJECTED
    assert registry.seen.counts["GET /token"] == 1


async def test_an_entry_without_a_login_is_anonymous(probe: Probe, registry: Served):
    empty = Credential(username="", password="", secret="team/empty", key="k")
    prober = Prober(Settings(), open_network=True)
    result = await prober.probe(
        Ask(
            reference=parse_reference(f"{registry.host}/style-token/app:1.0"),
            candidates=(empty,),
            tenant="team",
            deadline=asyncio.get_running_loop().time() + 10,
        )
    )
    await prober.aclose()
    assert result.cause is None
    assert result.asked_as == "Secret team/empty"
    assert {one["authorization"] for one in registry.seen.log} == {None, "Bearer"}


async def test_different_answers_to_different_logins_are_not_definite(probe: Probe):
    result = await probe("private/app:9", "wrong", "right")
    assert result.cause is Cause.TAG_NOT_FOUND
    assert Doubt.MIXED_ANSWERS in result.doubts
    assert not is_definite(result)


async def test_equal_answers_to_all_logins_are_definite(probe: Probe):
    result = await probe("ok/app:9", "one", "two")
    assert is_definite(result)


async def test_a_hundred_matching_logins_are_not_all_tried(probe: Probe, registry: Served):
    result = await probe("ok/app:9", *map(str, range(100)), want_suggestions=False)
    assert registry.seen.total == 20
    assert Doubt.MIXED_ANSWERS in result.doubts


async def test_a_refused_login_is_not_sent_again(probe: Probe, registry: Served):
    await probe("private/app:1.0", "wrong")
    sent = registry.seen.total
    again = await probe("private/other:1.0", "wrong")
    assert again.cause is Cause.CREDENTIALS_REJECTED
    assert again.requests == 0
    assert registry.seen.total == sent


@pytest.mark.parametrize("fault", ["private", "basic"])
async def test_five_hundred_pods_with_one_wrong_password_send_it_once(
    probe: Probe, registry: Served, fault: str
):
    results = await asyncio.gather(
        *(probe(f"{fault}/app-{n}:1.0", "wrong", tenant="team") for n in range(500))
    )
    assert {one.cause for one in results} == {Cause.CREDENTIALS_REJECTED}
    with_login = [one for one in registry.seen.log if one["authorization"] == "Basic"]
    assert len(with_login) == 1


async def test_a_login_that_ghcr_may_have_refused_is_not_sent_again_for_that_repository(
    probe: Probe, registry: Served
):
    await probe("style-ghcr/team/private:1.0", "wrong")
    sent = registry.seen.counts["GET /token"]
    again = await probe("style-ghcr/team/private:1.1", "wrong")
    assert again.cause is Cause.ACCESS_DENIED_OR_NOT_FOUND
    assert registry.seen.counts["GET /token"] == sent


async def test_the_refusal_of_one_tenant_says_nothing_to_another(probe: Probe, registry: Served):
    await probe("private/app:1.0", "wrong", tenant="one")
    await probe("private/app:1.0", "wrong", tenant="two")
    assert registry.seen.counts["GET /token"] == 2


async def test_the_token_of_one_tenant_is_not_used_for_another(probe: Probe, registry: Served):
    await probe("private/app:1.0", "right", tenant="one")
    await probe("private/app:1.0", "right", tenant="two")
    assert registry.seen.counts["GET /token"] == 2


async def test_no_cookie_of_a_registry_comes_back(
    probe: Probe, registry: Served, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(
        __import__("fault_styles").V2, "Set-Cookie", "sid=of-the-first-tenant; Path=/"
    )
    await probe("private/app:1.0", "right", tenant="one")
    await probe("private/app:1.0", tenant="two")
    assert registry.seen.total > 3
    assert not any(one["cookie"] for one in registry.seen.log)


async def test_a_redirect_to_another_name_of_the_host_brings_no_login_along(
    probe: Probe, registry: Served
):
    await probe("basic/app:1.0", "right")
    registry.seen.clear()
    result = await probe("redirect-other/app:1.0", "right")
    assert result.cause is None
    first, second = registry.seen.log
    assert (first["host"], first["authorization"]) == (registry.host, "Basic")
    assert (second["host"], second["authorization"]) == (f"localhost:{registry.port}", None)


async def test_a_redirect_on_the_same_host_keeps_the_login(probe: Probe, registry: Served):
    await probe("basic/app:1.0", "right")
    registry.seen.clear()
    await probe("redirect-ok/app:1.0", "right")
    assert [one["authorization"] for one in registry.seen.log] == ["Basic", "Basic"]


async def test_the_store_behind_a_redirect_gets_no_login(probe: Probe, registry: Served):
    await probe("basic/app:1.0", "right")
    result = await probe("redirect-blob-single/app:1.0", "right", want_platforms=True)
    assert result.cause is None
    assert result.platforms == ("linux/amd64",)
    shown = [one.url for one in result.exchanges]
    assert not any("Signature" in one for one in shown)


async def test_a_password_does_not_go_to_a_realm_on_another_host(
    tls_registry: Served, make_prober: Callable[..., Prober]
):
    network = public(tls_registry.port, "registry.example", "localhost.example")
    prober = make_prober(network=network, ca_bundle=tls_registry.ca)
    result = await prober.probe(
        ask_for("registry.example/evil-realm-name-other.example/app:1.0", "right", tenant="t")
    )
    assert "Basic" not in {one["authorization"] for one in tls_registry.seen.log}
    assert result.cause in (None, Cause.ACCESS_DENIED_OR_NOT_FOUND, Cause.REGISTRY_UNAVAILABLE)


@pytest.mark.parametrize("declared", [False, True])
async def test_a_declared_registry_may_have_its_token_service_in_its_own_domain(
    tls_registry: Served, make_prober: Callable[..., Prober], *, declared: bool
):
    names = ("registry.corp.example", "auth.corp.example")
    registries = tuple(Registry(host=name) for name in names[:1] if declared)
    prober = make_prober(
        Settings(registries=registries),
        network=public(tls_registry.port, *names),
        ca_bundle=tls_registry.ca,
    )
    image = "registry.corp.example/evil-realm-name-auth.corp.example/private:1.0"
    result = await prober.probe(ask_for(image, "right", tenant="t"))
    sent = [one["host"] for one in tls_registry.seen.log if one["authorization"] == "Basic"]
    if declared:
        assert result.cause is None
        assert sent == ["auth.corp.example"]
    else:
        assert result.cause is Cause.ACCESS_DENIED_OR_NOT_FOUND
        assert "not sent to another host's token service" in result.detail
        assert sent == []


async def test_a_registry_with_tls_gets_no_password_over_plain_http(
    tls_registry: Served, make_prober: Callable[..., Prober]
):
    prober = make_prober(
        network=public(tls_registry.port, "registry.example"), ca_bundle=tls_registry.ca
    )
    await prober.probe(ask_for("registry.example/evil-realm-http/app:1.0", "right", tenant="t"))
    assert tls_registry.seen.total == 1


def test_logins_are_in_no_repr_and_no_result():
    call = Credential(username="hunter", password="hunter2hunter2", secret="a/b", key="k")
    assert "hunter" not in repr(call)


@pytest.mark.parametrize("fault", ["private", "basic", "style-quay", "style-harbor", "token-401"])
async def test_no_text_of_an_answer_holds_a_secret(probe: Probe, fault: str):
    password = "hunter2-hunter2"
    result = await probe(f"{fault}/team/private:1.0", password)
    text = repr(result)
    encoded = base64.b64encode(f"someone:{password}".encode()).decode()
    for secret in (password, encoded, "someone"):
        assert secret not in text


async def test_a_token_service_that_fails_says_nothing_of_the_image(probe: Probe):
    for fault in ("token-500", "token-html", "token-empty", "token-huge", "token-redirect"):
        result = await probe(f"{fault}/app:1.0")
        assert result.cause is Cause.REGISTRY_UNAVAILABLE
        assert not is_definite(result)


@pytest.mark.parametrize(
    "form", ["lower", "unquoted", "relative", "star", "multiple", "lines", "commas"]
)
async def test_odd_challenges_are_answered(probe: Probe, form: str):
    assert (await probe(f"challenge-{form}/app:1.0")).cause is None


@pytest.mark.parametrize("form", ["none", "garbage", "digest", "no-realm"])
async def test_challenges_that_nobody_can_answer_need_a_login(probe: Probe, form: str):
    result = await probe(f"challenge-{form}/app:1.0")
    assert result.cause is Cause.AUTHENTICATION_REQUIRED
