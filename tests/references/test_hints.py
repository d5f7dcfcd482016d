"""Hints about references that are valid."""

import pytest

from pullproof.reference import HintKind, hints, parse_reference

HEX = "0123456789abcdef" * 4
ACCOUNT = "123456789012"


def found(text):
    return [(one.kind.value, one.suggestion) for one in hints(text, parse_reference(text))]


HINTED = [
    ("nginx/1.23-alpine", "tag-as-path", "nginx:1.23-alpine"),
    ("bitnami/redis/7.2", "tag-as-path", "bitnami/redis:7.2"),
    ("ghcr.io/acme/api/v1.4.2", "tag-as-path", "ghcr.io/acme/api:v1.4.2"),
    ("localhost:5000/api/v2", "tag-as-path", "localhost:5000/api:v2"),
    ("postgres/16", "tag-as-path", "postgres:16"),
    ("nginx/latest", "tag-as-path", "nginx:latest"),
    (f"sha256:{HEX}", "digest-as-tag", None),
    (f"acme/api:{HEX}", "digest-as-tag", f"acme/api@sha256:{HEX}"),
    *(
        (f"app:{tag}", "placeholder-tag", None)
        for tag in ("null", "None", "undefined", "true", "TAG")
    ),
    ("my_registry.example.com/app:1", "underscore-host", None),
    ("aws_account_id.dkr.ecr.eu-west-1.amazonaws.com/app:1", "underscore-host", None),
    ("docker.oi/nginx:1", "lookalike-host", "docker.io/nginx:1"),
    ("ghrc.io/acme/api:1", "lookalike-host", "ghcr.io/acme/api:1"),
    ("qauy.io/acme/api:1", "lookalike-host", "quay.io/acme/api:1"),
    ("docker.ioo/nginx:1", "lookalike-host", "docker.io/nginx:1"),
    ("mcr.micosoft.com/dotnet/runtime:9", "lookalike-host", "mcr.microsoft.com/dotnet/runtime:9"),
    ("hub.docker.com/r/bitnami/redis:7", "lookalike-host", "bitnami/redis:7"),
    ("github.com/acme/api:1", "lookalike-host", "ghcr.io/acme/api:1"),
    ("k8s.gcr.io/pause:3.1", "retired-host", "registry.k8s.io/pause:3.1"),
    ("registry-1.docker.io/nginx:1", "docker-hub-alias", "docker.io/nginx:1"),
    ("Docker.io/nginx:1", "docker-hub-alias", "docker.io/nginx:1"),
    ("docker.io:443/nginx:1", "docker-hub-alias", "docker.io/nginx:1"),
    ("registry/nginx:1", "host-without-dot", None),
    ("harbor/team/app:1", "host-without-dot", None),
    ("ghcr/acme/api:1", "host-without-dot", "ghcr.io/acme/api:1"),
    ("team/group/app:1", "too-deep-for-docker-hub", None),
    ("host:5000", "host-without-repository", None),
    ("localhost:5000", "host-without-repository", None),
    ("registry.example.com:8443", "host-without-repository", None),
    ("ghcr.io", "host-without-repository", None),
    ("Bitnami/redis:7", "uppercase-host", "bitnami/redis:7"),
    ("GHCR.io/acme/api:1", "uppercase-host", "ghcr.io/acme/api:1"),
    ("localhost:0/app:1", "port-out-of-range", None),
    ("localhost:65536/app:1", "port-out-of-range", None),
    ("localhost:99999999999999999999/app:1", "port-out-of-range", None),
    ("12345.dkr.ecr.eu-west-1.amazonaws.com/app:1", "ecr-account", None),
    ("my-account.dkr.ecr.eu-west-1.amazonaws.com/app:1", "ecr-account", None),
    (
        f"{ACCOUNT}.ecr.eu-west-1.amazonaws.com/app:1",
        "ecr-host",
        f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/app:1",
    ),
    (
        f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com/app:1",
        "ecr-host",
        f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn/app:1",
    ),
    (f"{ACCOUNT}.dkr.ecr.amazonaws.com/app:1", "ecr-host", None),
    (f"app:1@sha256:{HEX}", "tag-ignored", None),
    ("nginx", "no-tag", None),
    ("nginx:latest", "latest-tag", None),
]


@pytest.mark.parametrize(("text", "kind", "mend"), HINTED, ids=range(len(HINTED)))
def test_what_is_valid_and_suspicious_gets_a_hint(text, kind, mend):
    assert found(text)[0] == (kind, mend)


@pytest.mark.parametrize(
    "text",
    [
        *("nginx:1.27", "bitnami/redis:7.2", "ghcr.io/acme/api:1.4.2", "quay.io/a/b/c/d:1"),
        *("registry:2", "redis:7", "node:18", "localhost:5000/app:1", "index.docker.io/nginx:1"),
        *("eu.gcr.io/project/app:1", "icr.io/a/b:1", "registry.k8s.io/pause:3.10", "nvcr.io/a/b:1"),
        *(
            f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/app:1",
            f"nginx@sha256:{HEX}",
            "[::1]:5000/a:1",
        ),
        *(f"{ACCOUNT}.dkr.ecr-fips.us-gov-west-1.amazonaws.com/app:1", "v2fly/v2fly-core:v5"),
        *("registry.gitlab.com/group/project/app:1.2", "acme/python3.11:1", "foo/v2ray:1"),
        *("app:main", "app:sha-abc1234", "app:truely", "app:2024", "quay.io.example.com/a:1"),
    ],
)
def test_what_is_usual_gets_none(text):
    assert found(text) == []


def test_every_kind_of_hint_is_reached():
    assert {row[1] for row in HINTED} == {kind.value for kind in HintKind}


def test_names_of_kinds_are_in_kebab_case():
    assert all(kind.value.replace("-", "").isalpha() and kind.islower() for kind in HintKind)


@pytest.mark.parametrize("text", [row[0] for row in HINTED], ids=range(len(HINTED)))
def test_a_hint_is_one_plain_clause_and_its_suggestion_is_another_valid_reference(text):
    for hint in hints(text, parse_reference(text)):
        assert hint.message.isascii()
        assert hint.message.isprintable()
        assert not hint.message.endswith(".")
        if hint.suggestion is not None:
            assert hint.suggestion != text
            parse_reference(hint.suggestion)


def test_a_suggestion_that_would_not_be_valid_is_left_out():
    name = "a" * 250  # with library/ in front it is too long
    assert found(f"Docker.io/{name}:1") == [("docker-hub-alias", None)]
