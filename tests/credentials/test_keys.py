"""Which images a login is for."""

import base64
import json

import pytest

from pullproof.credentials import PullSecret, make_keyring
from pullproof.credentials.urls import stored_key
from pullproof.reference import Reference


def secret_of(*keys: str, name: str = "s") -> PullSecret:
    entries = {key: {"username": key, "password": "p"} for key in keys}
    document = json.dumps({"auths": entries}).encode()
    return PullSecret(
        namespace="ns",
        name=name,
        type="kubernetes.io/dockerconfigjson",
        data={".dockerconfigjson": document},
    )


def image(name: str) -> Reference:
    registry, _, repository = name.partition("/")
    return Reference(registry=registry, repository=repository, tag=None, digest=None)


def tried(name: str, *keys: str) -> list[str]:
    return [one.username for one in make_keyring([secret_of(*keys)]).candidates(image(name))]


@pytest.mark.parametrize(
    ("key", "stored"),
    [
        ("registry.example.com", b"registry.example.com"),
        ("registry.example.com/", b"registry.example.com"),
        ("https://registry.example.com/v1/", b"registry.example.com"),
        ("https://registry.example.com/v2/", b"registry.example.com"),
        ("https://registry.example.com/v2", b"registry.example.com/v2"),
        ("https://registry.example.com/v1/team", b"registry.example.com/team"),
        ("http://registry.example.com:5000/team/", b"registry.example.com:5000/team/"),
        ("HTTPS://registry.example.com", b"HTTPS://registry.example.com"),
        ("https://user:secret@registry.example.com/team?q#f", b"registry.example.com/team"),
        ("registry.example.com/te%61m", b"registry.example.com/team"),
        ("registry.example.com/%FF", b"registry.example.com/\xff"),
        ("[fe80::1%25eth0]:5000", b"[fe80::1%eth0]:5000"),
        ("", b""),
    ],
)
def test_a_key_is_stored_without_scheme_user_query_and_version(key, stored):
    assert stored_key(key) == stored


@pytest.mark.parametrize(
    "key",
    [
        "registry.example.com:port",
        "registry.example.com:1:2",
        "registry.example.com/%zz",
        "registry.example.com/#%zz",
        "re%67istry.example.com",
        "a b.example.com",
        "a\\b.example.com",
        "registry.example.com/\t",
        "[::1",
        "x[::1]",
        "[10.0.0.1]",
        "[fe80::1%25]",
        "ü@registry.example.com",
    ],
)
def test_a_key_that_go_cannot_parse_is_dropped_without_an_error(key):
    assert stored_key(key) is None
    assert tried("registry.example.com/app", key, "registry.example.com") == [
        "registry.example.com"
    ]


@pytest.mark.parametrize(
    ("key", "name", "matches"),
    [
        ("registry.example.com", "registry.example.com/team/app", True),
        ("registry.example.com", "registry.example.com:443/team/app", False),
        ("registry.example.com:443", "registry.example.com/team/app", False),
        ("registry.example.com:5000", "registry.example.com:5000/app", True),
        ("registry.example.com:05000", "registry.example.com:5000/app", False),
        ("registry.example.com:", "registry.example.com/app", True),
        ("Registry.example.com", "registry.example.com/app", False),
        ("registry.example.com", "Registry.example.com/app", False),
        ("*.example.com", "registry.example.com/app", True),
        ("*.example.com", "example.com/app", False),
        ("*.example.com", "a.b.example.com/app", False),
        ("*.*.example.com", "a.b.example.com/app", True),
        ("reg*.ex*.com", "registry.example.com/app", True),
        ("r*g*y.example.com", "registry.example.com/app", True),
        ("r*z*y.example.com", "registry.example.com/app", False),
        ("*.example.com:5000", "registry.example.com:5000/app", True),
        ("registry.example.com:*", "registry.example.com:5000/app", False),
        ("registry.example.com/team", "registry.example.com/team/app", True),
        ("registry.example.com/team", "registry.example.com/team-b/app", True),
        ("registry.example.com/team/", "registry.example.com/team-b/app", False),
        ("registry.example.com/*/app", "registry.example.com/team/app", False),
        ("registry.example.com/Team", "registry.example.com/team/app", False),
        ("registry.example.com//team", "registry.example.com/team/app", False),
        ("[::1]", "[::1]/app", False),  # brackets are a character class there
        ("[::1]:5000", "[::1]:5000/app", True),
        ("[FE80::1]", "F/app", True),
        ("[a-f::1]", "F/app", False),
        ("localhost", "localhost/app", True),
    ],
)
def test_host_port_and_path_decide(key, name, matches):
    assert tried(name, key) == ([key] if matches else [])


@pytest.mark.parametrize(
    "key",
    ["docker.io", "docker.io/library", "index.docker.io", "https://index.docker.io/v1/", "*.io"],
)
def test_these_keys_are_for_docker_hub(key):
    assert tried("docker.io/library/nginx", key) == [key]


@pytest.mark.parametrize(
    "key",
    [
        "registry-1.docker.io",
        "hub.docker.com",
        "https://index.docker.io/v1",
        "index.docker.io:443",
        "index.docker.io/library",
    ],
)
def test_these_keys_are_for_nothing(key):
    assert tried("docker.io/library/nginx", key) == []


def test_an_entry_that_matches_hides_the_one_of_docker_hub():
    assert tried("docker.io/library/nginx", "index.docker.io", "docker.io") == ["docker.io"]


def test_docker_hub_is_also_what_the_kubelet_takes_for_it():
    assert tried("localhost/app", "https://index.docker.io/v1/") == ["https://index.docker.io/v1/"]
    assert tried("localhost:5000/app", "https://index.docker.io/v1/") == []
    assert tried("[:::]/app", "https://index.docker.io/v1/") == []


def test_keys_are_tried_in_reverse_lexical_order():
    keys = ["*.example.com", "a.example.com", "a.example.com/team", "*.example.com/team"]
    assert tried("a.example.com/team/app", *keys) == [
        "a.example.com/team",
        "a.example.com",
        "*.example.com/team",
        "*.example.com",
    ]


def test_under_one_key_secrets_keep_their_order_and_nothing_is_dropped():
    first, second = secret_of("a.example.com", name="z"), secret_of("a.example.com", name="a")
    found = make_keyring([first, second, first]).candidates(image("a.example.com/app"))
    assert [one.secret for one in found] == ["ns/z", "ns/a", "ns/z"]


def test_a_credential_says_under_which_key_it_was_kept():
    found = make_keyring([secret_of("https://u:p@a.example.com/v1/team")])
    assert [one.key for one in found.candidates(image("a.example.com/team/app"))] == [
        "a.example.com/team"
    ]


def test_many_stars_take_no_time():
    key = "*a" * 400 + "b.example.com"
    assert tried("a" * 200 + ".example.com/app", *[key] * 50) == []


def test_a_login_may_be_written_as_auth():
    document = {"auths": {"a.example.com": {"auth": base64.b64encode(b"u:p:q").decode()}}}
    secret = PullSecret(
        namespace="",
        name="s",
        type="kubernetes.io/dockerconfigjson",
        data={".dockerconfigjson": json.dumps(document).encode()},
    )
    [found] = make_keyring([secret]).candidates(image("a.example.com/app"))
    assert (found.username, found.password, found.secret) == ("u", "p:q", "s")
