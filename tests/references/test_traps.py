"""The twelve things that a re-implementation of the grammar gets wrong."""

import time

import pytest

from pullproof.reference import InvalidReference, hints, parse_reference

HEX = "0123456789abcdef" * 4


def kind(text):
    try:
        parse_reference(text)
    except InvalidReference as error:
        return error.kind.value
    return None


def hint_kinds(text):
    return {one.kind.value for one in hints(text, parse_reference(text))}


@pytest.mark.parametrize(
    "text", ["nginx\n", "nginx:1\n", "n\u0261inx", "nginx:t\u00e0g", "nginx:\u0661"]
)
def test_1_a_final_newline_and_letters_and_digits_of_other_alphabets_are_refused(text):
    assert kind(text) == "invalid-format"


N = 100_000


@pytest.mark.parametrize(
    "text",
    [
        *("a" * N, "a-" * (N // 2), "a." * (N // 2), "a__" * (N // 3), "a/" * (N // 2), "A" * N),
        *(
            "a:" * (N // 2),
            "a@" * (N // 2),
            "@" * N,
            ":" * N,
            "/" * N,
            "-" * N,
            "[:" * (N // 2) + "/",
        ),
        *("a" * N + "!", "x.y/" + "a-" * (N // 2) + "!", "a-a." * (N // 4) + "/x", "a:" + "b" * N),
        *("a@sha256:" + "a" * N, "a@" + "a." * (N // 2), "${" * (N // 2), "{{" * (N // 2), "<" * N),
        *("A.b/" * (N // 4), "\ud800" * N, " " * N, "\u00e9" * N),
    ],
    ids=lambda text: ascii(text[:8] + text[-4:]),
)
def test_1_hostile_texts_take_linear_time(text):
    taken = []
    for _ in range(3):  # the quickest of three: other work on this machine is not our subject
        start = time.perf_counter()
        kind(text)
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.010


def test_2_the_255_characters_are_those_of_the_path_in_normal_form():
    assert kind("a" * 247) is None
    assert kind("a" * 248) == "name-too-long"
    assert kind("docker.io/" + "a" * 248) == "name-too-long"
    assert kind("ghcr.io/" + "a" * 255) is None
    assert kind("ghcr.io/" + "a" * 256) == "name-too-long"


def test_3_64_hexadecimal_digits_alone_are_an_image_id():
    assert kind(HEX) == "identifier"
    assert [kind(one) for one in (f"{HEX}:1", f"{HEX}@sha256:{HEX}", f"a/{HEX}")] == [None] * 3
    assert [kind(one) for one in (HEX[1:], f"{HEX}0")] == [None] * 2


def test_4_a_digest_alone_is_a_repository_with_a_tag_and_gets_a_hint():
    found = parse_reference(f"sha256:{HEX}")
    assert (found.repository, found.tag, found.digest) == ("library/sha256", HEX, None)
    assert hint_kinds(f"sha256:{HEX}") == {"digest-as-tag"}


def test_5_what_counts_as_a_host():
    def host_and_path(text):
        found = parse_reference(text)
        return found.registry, found.repository, found.tag

    assert host_and_path("host:5000") == ("docker.io", "library/host", "5000")
    assert host_and_path("localhost") == ("docker.io", "library/localhost", None)
    assert host_and_path("localhost/app") == ("localhost", "app", None)
    assert host_and_path("registry/nginx") == ("docker.io", "registry/nginx", None)
    assert host_and_path("Registry/nginx") == ("Registry", "nginx", None)


def test_6_a_host_with_an_underscore_is_valid_without_a_registry_and_gets_a_hint():
    text = "my_registry.example.com/nginx"
    found = parse_reference(text)
    assert (found.registry, found.repository) == ("", text)
    assert found.normalized == found.familiar == text
    assert hint_kinds(text) == {"underscore-host"}
    assert kind("my_registry.example.com:5000/nginx") == "invalid-format"


def test_7_only_one_spelling_is_rewritten_to_docker_hub():
    assert parse_reference("index.docker.io/nginx").normalized == "docker.io/library/nginx"
    others = ["registry-1.docker.io", "Docker.io", "docker.io:443", "index.docker.io:443"]
    for host in others:
        found = parse_reference(f"{host}/nginx")
        assert (found.registry, found.repository, found.is_docker_hub) == (host, "nginx", False)


def test_8_ports_and_ipv6_hosts_are_not_looked_at_closely():
    for text in ("a.b:0/c", "a.b:65536/c", "a.b:999999999999/c", "[:]/a", "[1:2:3:4:5:6:7:8:9]/a"):
        assert kind(text) is None
    for text in ("[fe80::1%eth0]/a", "[::ffff:1.2.3.4]/a", "[]/a", "::1/a"):
        assert kind(text) == "invalid-format"


def test_9_digests_are_in_lower_case_of_a_known_algorithm_and_of_its_length():
    assert kind(f"a@sha256:{HEX}") is None
    assert kind(f"a@sha384:{HEX}{HEX[:32]}") is None
    assert kind(f"a@sha512:{HEX}{HEX}") is None
    assert kind(f"a@SHA256:{HEX}") == "uppercase"
    assert kind(f"a:1@SHA256:{HEX}") == "digest-format"
    assert kind(f"a@sha256:{HEX.upper()}") == "digest-format"
    assert kind(f"a@sha256:{HEX[1:]}") == "digest-length"
    assert kind(f"a@sha256:{HEX[:31]}") == "invalid-format"
    assert kind(f"a@md5:{HEX[:32]}") == "digest-unsupported"


def test_10_tags():
    for tag in ("a" * 128, "_", "A.b-C_1", "null", "None", "undefined", "true", "1."):
        assert kind(f"app:{tag}") is None
    for tag in ("a" * 129, ".1", "-1", "1+2", ""):
        assert kind(f"app:{tag}") == "invalid-format"
    for tag in ("null", "None", "undefined", "true"):
        assert hint_kinds(f"app:{tag}") == {"placeholder-tag"}


def test_11_upper_case_is_an_error_of_its_own_and_its_mend_is_exact():
    with pytest.raises(InvalidReference) as caught:
        parse_reference("Postgres:16")
    assert (caught.value.kind, caught.value.position) == ("uppercase", 0)
    assert caught.value.suggestion == "postgres:16"
    assert parse_reference("app:V1").tag == "V1"


@pytest.mark.parametrize("text", ["nginx ", " nginx", "\tnginx", "nginx\n", " "])
def test_12_white_space_that_a_deployment_may_store_is_refused_for_the_pods(text):
    assert kind(text) == "invalid-format"
