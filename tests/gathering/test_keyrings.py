import base64
import json

import pytest

from fake_cluster import FORBIDDEN, FakeCluster
from pullproof.causes import Cause
from pullproof.gather.keyrings import Keyrings, Wanted
from pullproof.reference import parse_reference
from pullproof.settings import Credentials, CredentialsMode

IMAGE = parse_reference("ghcr.io/acme/api:1")


def secret(host="ghcr.io", kind="kubernetes.io/dockerconfigjson", text=None):
    auths = {host: {"username": "jane", "password": "x"}}
    data = text or json.dumps({"auths": auths})
    encoded = base64.b64encode(data.encode()).decode()
    return {"type": kind, "data": {".dockerconfigjson": encoded}, "metadata": {"namespace": "shop"}}


@pytest.fixture
def cluster():
    return FakeCluster()


def reader(cluster, **credentials):
    return Keyrings(cluster, lambda: Credentials(**credentials))


def put(cluster, name, body):
    cluster.put(f"/api/v1/namespaces/shop/secrets/{name}", body)


def wanted(*names, account=None):
    return Wanted(namespace="shop", secrets=names, service_account=account)


async def test_a_pod_that_names_no_secret_reads_none(cluster):
    reading = await reader(cluster).read(wanted())
    assert reading.complete
    assert cluster.requests == []


async def test_a_secret_gives_its_login(cluster):
    put(cluster, "one", secret())
    reading = await reader(cluster).read(wanted("one"))
    assert [one.secret for one in reading.keyring.candidates(IMAGE)] == ["shop/one"]
    assert reading.complete
    assert reading.why_unused(IMAGE) is None


async def test_a_missing_secret_is_told_and_leaves_the_reading_incomplete(cluster):
    reading = await reader(cluster).read(wanted("gone"))
    assert not reading.complete
    cause, clause = reading.why_unused(IMAGE)
    assert cause is Cause.PULL_SECRET_MISSING
    assert '"gone"' in clause


async def test_a_secret_that_may_not_be_read_leaves_the_reading_incomplete(cluster):
    cluster.refuse["get", "/api/v1/namespaces/shop/secrets"] = FORBIDDEN
    assert not (await reader(cluster).read(wanted("one"))).complete


async def test_a_broken_secret_spoils_them_all(cluster):
    put(cluster, "good", secret())
    put(cluster, "bad", secret(text="{not json"))
    reading = await reader(cluster).read(wanted("good", "bad"))
    assert not reading.complete
    assert reading.problem is not None
    assert reading.problem[0] is Cause.PULL_SECRET_INVALID


async def test_an_opaque_secret_is_of_no_use_and_that_is_said(cluster):
    put(cluster, "one", secret(kind="Opaque"))
    reading = await reader(cluster).read(wanted("one"))
    cause, clause = reading.why_unused(IMAGE)
    assert cause is Cause.PULL_SECRET_WRONG_TYPE
    assert "Opaque" in clause


async def test_a_secret_for_another_host_is_named(cluster):
    put(cluster, "one", secret(host="quay.io"))
    reading = await reader(cluster).read(wanted("one"))
    cause, clause = reading.why_unused(IMAGE)
    assert cause is Cause.PULL_SECRET_HOST_MISMATCH
    assert "quay.io" in clause


async def test_a_template_takes_the_accounts_secrets_only_if_it_names_none(cluster):
    put(cluster, "one", secret())
    put(cluster, "two", secret(host="quay.io"))
    cluster.put(
        "/api/v1/namespaces/shop/serviceaccounts/builder", {"imagePullSecrets": [{"name": "two"}]}
    )
    keyrings = reader(cluster)
    assert (await keyrings.read(wanted(account="builder"))).names == ("two",)
    assert (await keyrings.read(wanted("one", account="builder"))).names == ("one",)


async def test_an_account_that_cannot_be_read_leaves_the_reading_incomplete(cluster):
    assert not (await reader(cluster).read(wanted(account="gone"))).complete


@pytest.mark.parametrize(
    "credentials",
    [
        {"mode": CredentialsMode.NONE},
        {"mode": CredentialsMode.NAMESPACES, "namespaces": ("other",)},
    ],
)
async def test_where_secrets_may_not_be_read_none_is_asked_for(cluster, credentials):
    put(cluster, "one", secret())
    reading = await reader(cluster, **credentials).read(wanted("one"))
    assert not reading.complete
    assert cluster.requests == []


async def test_a_burst_of_equal_pods_reads_a_secret_once(cluster):
    import asyncio

    put(cluster, "one", secret())
    keyrings = reader(cluster)
    await asyncio.gather(*(keyrings.read(wanted("one")) for _ in range(50)))
    await keyrings.read(wanted("one"))
    assert len(cluster.of("get")) == 1


async def test_an_empty_name_reads_nothing_and_lists_nothing(cluster):
    reading = await reader(cluster).read(wanted("", account="builder"))
    assert reading.names == ()
    assert not any(path.endswith("/secrets/") for path in cluster.of("get"))


async def test_a_name_cannot_reach_another_path(cluster):
    await reader(cluster).read(wanted("../../kube-system/secrets/token"))
    (path,) = cluster.of("get")
    assert path.startswith("/api/v1/namespaces/shop/secrets/")
    assert path.count("/") == 6
