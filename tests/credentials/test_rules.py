"""The small rules around the keyring."""

import pytest

from pullproof.credentials import (
    ANONYMOUS,
    Credential,
    effective_secret_names,
    identity,
    is_node_auth_host,
)


@pytest.mark.parametrize(
    ("pod", "account", "effective"),
    [
        ([], ["a", "b"], ("a", "b")),
        (["p"], ["a"], ("p",)),
        ([""], ["a"], ()),
        (["p", "", "p"], [], ("p", "p")),
        ([], [], ()),
        ([], ["", "a"], ("a",)),
    ],
)
def test_the_account_counts_only_if_the_pod_names_no_secret(pod, account, effective):
    assert effective_secret_names(pod, account) == effective


@pytest.mark.parametrize(
    "host",
    [
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
        "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
        "123456789012.dkr-ecr.eu-west-1.on.aws",
        "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov",
        "gcr.io",
        "eu.gcr.io",
        "europe-west1-docker.pkg.dev",
        "team.azurecr.io",
        "team.azurecr.cn",
        "team.azurecr.us",
        "team.westeurope.geo.azurecr.io",
    ],
)
def test_nodes_log_in_by_themselves_at_the_registries_of_the_big_clouds(host):
    assert is_node_auth_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "public.ecr.aws",
        "docker.io",
        "ghcr.io",
        "registry.k8s.io",
        "azurecr.io",
        "team.azurecr.io.evil.example",
        "a.b.gcr.io",
        "gcr.io:443",
        "dkr.ecr.eu-west-1.amazonaws.com",
        "",
        "[::1",
        "\udcff",
    ],
)
def test_nowhere_else(host):
    assert not is_node_auth_host(host)


def credential(username: str, password: str, *, is_identity_token: bool = False) -> Credential:
    return Credential(
        username=username,
        password=password,
        secret="ns/s",
        key="k",
        is_identity_token=is_identity_token,
    )


def test_an_identity_stands_for_the_logins_and_their_order():
    key = b"k" * 32
    one, two = credential("a", "bc"), credential("ab", "c")
    lists = [[], [one], [two], [one, two], [two, one], [one, one], [credential("", "")]]
    lists.append([credential("a", "bc", is_identity_token=True)])
    assert len({identity(each, key) for each in lists}) == len(lists)
    assert identity([one, two], key) == identity(
        [credential("a", "bc"), credential("ab", "c")], key
    )
    assert identity([one], key) != identity([one], b"other")


def test_nobody_is_anonymous():
    assert identity([], b"k") == ANONYMOUS == "anonymous"


def test_an_identity_does_not_choke_on_anything():
    assert identity([credential("\ud800", "\udcff")], b"k")


def test_a_credential_says_whose_it_is():
    assert credential("u", "p").source == "Secret ns/s"
    assert Credential(username="u", password="p", secret="", key="k", login="~/x").source == (
        "the login from ~/x"
    )
