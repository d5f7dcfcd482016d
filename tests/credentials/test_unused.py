"""Why a secret gives nothing, in words."""

import json

import pytest

from pullproof.credentials import PullSecret, unused
from pullproof.reference import Reference

DOCKER = "kubernetes.io/dockerconfigjson"


def why(
    document: object, name: str = "registry.example.com/team/app", kind: str = DOCKER
) -> str | None:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    secret = PullSecret(namespace="ns", name="s", type=kind, data={".dockerconfigjson": data})
    registry, _, repository = name.partition("/")
    return unused(
        secret, Reference(registry=registry, repository=repository, tag=None, digest=None)
    )


def auths(*keys: str) -> dict[str, dict[str, dict[str, str]]]:
    return {"auths": {key: {"username": "u", "password": "p"} for key in keys}}


def test_a_secret_that_gives_something_is_not_unused():
    assert why(auths("registry.example.com")) is None


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (["a.example"], "has an entry for a.example only"),
        (["b.example", "a.example"], "has entries for a.example and b.example only"),
        (["a.a", "b.b", "c.c", "d.d"], "has entries for a.a, b.b, c.c and d.d only"),
        (["a.a", "b.b", "c.c", "d.d", "e.e"], "has entries for a.a, b.b, c.c and 2 others only"),
        (["https://u:p@a.example/v1/?q"], "has an entry for a.example only"),
        (["a.example:x"], "has no entry whose key is a host or a URL"),
        (
            ["registry.example.com:5000"],
            (
                "has an entry for registry.example.com:5000, which has another port than"
                " registry.example.com: both must be written the same way"
            ),
        ),
        (
            ["registry.example.com/other"],
            (
                "has an entry for registry.example.com/other,"
                " which counts for repositories that begin with other only"
            ),
        ),
        (
            ["Registry.Example.com"],
            (
                "has an entry for Registry.Example.com, written in other capitals than"
                " registry.example.com: hosts are compared letter by letter"
            ),
        ),
        (
            ["*.com"],
            (
                "has an entry for *.com, whose star stands for exactly one label:"
                " it does not cover registry.example.com"
            ),
        ),
    ],
)
def test_entries_for_something_else_are_named(keys, reason):
    assert why(auths(*keys)) == reason


@pytest.mark.parametrize(
    "key",
    [
        "registry-1.docker.io",
        "https://hub.docker.com",
        "https://registry.hub.docker.com/v2/",
        "https://index.docker.io/v1",
    ],
)
def test_names_of_docker_hub_that_never_count_are_told(key):
    reason = why(auths(key), "docker.io/library/nginx")
    assert reason is not None
    assert reason.endswith(
        ", which never counts for Docker Hub; the key must be https://index.docker.io/v1/"
    )


def test_a_secret_of_another_type_is_told():
    assert why(auths("registry.example.com"), kind="Opaque") == (
        "has type Opaque, which the kubelet ignores; it must be kubernetes.io/dockerconfigjson"
    )


def test_a_missing_and_an_empty_key_are_told():
    assert why(b"", kind="kubernetes.io/dockercfg") == (
        "has no key .dockercfg, the only one that the kubelet reads for its type"
    )
    assert why(b"") == "has nothing under its key .dockerconfigjson"


def test_a_secret_without_logins_is_told():
    assert why({"auths": {}}) == "holds no login"
    assert why({"credsStore": "desktop"}) == (
        "holds no login, only credsStore: the login itself stayed"
        " on the machine where the Secret was made"
    )


def test_an_entry_without_a_login_is_told():
    assert why({"auths": {"registry.example.com": {}}}) == (
        "has an entry for registry.example.com without user name and password"
    )
    assert why({"auths": {"registry.example.com": {"identitytoken": "t"}}}) == (
        "has an entry for registry.example.com without user name and password:"
        " the kubelet does not read identity tokens"
    )


def test_an_unreadable_secret_is_told_in_the_words_of_its_error():
    assert why(b"{") == "is not JSON (at character 2)"
