import base64
from datetime import UTC, datetime

import pytest

from fake_cluster import FakeCluster
from pullproof.kube.gateway import ClusterConflict, ClusterForbidden
from pullproof.policy import Mode
from pullproof_guardian.keeping import Certificates, Keeper, Names, suffix

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
NAMES = Names(
    namespace="pullproof",
    secret="pp-webhook",
    webhook_configuration="pp",
    service="pp-webhook",
    deployment="pp-guardian",
)
SECRET = "/api/v1/namespaces/pullproof/secrets/pp-webhook"
CONFIGURATION = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/pp"
ENTRIES = (
    "pods.pullproof.io",
    "warn.pods.pullproof.io",
    "workloads.pullproof.io",
    "canary.pullproof.io",
)


@pytest.fixture
def cluster():
    fake = FakeCluster()
    fake.put(
        "/apis/apps/v1/namespaces/pullproof/deployments/pp-guardian",
        {"metadata": {"uid": "deployment-uid"}},
    )
    service = {"service": {"name": "pp-webhook", "namespace": "pullproof", "port": 443}}
    fake.put(
        CONFIGURATION,
        {"webhooks": [{"name": name, "clientConfig": dict(service)} for name in ENTRIES]},
    )
    return fake


def keeper(cluster, certificates=Certificates.SELF):
    return Keeper(cluster, NAMES, certificates)


async def test_the_secret_is_made_once_and_goes_with_the_deployment(cluster):
    first = await keeper(cluster).keep_secret(NOW)
    assert await keeper(cluster).keep_secret(NOW) == first
    (owner,) = cluster.objects[SECRET]["metadata"]["ownerReferences"]
    assert owner["uid"] == "deployment-uid"
    assert cluster.of("create") == ["/api/v1/namespaces/pullproof/secrets"]
    assert cluster.of("patch") == []


async def test_a_damaged_secret_is_made_anew(cluster):
    first = await keeper(cluster).keep_secret(NOW)
    cluster.objects[SECRET]["data"]["tls.key"] = "!"
    second = await keeper(cluster).keep_secret(NOW)
    assert second != first
    assert await keeper(cluster).keep_secret(NOW) == second


async def test_authority_and_paths_are_put_into_every_entry_and_then_left_alone(cluster):
    bundle = await keeper(cluster).keep_secret(NOW)
    assert await keeper(cluster).keep_configuration(bundle, Mode.ENFORCE)
    assert not await keeper(cluster).keep_configuration(bundle, Mode.ENFORCE)
    hooks = cluster.objects[CONFIGURATION]["webhooks"]
    authority = base64.b64encode(bundle.ca_certificate).decode()
    assert {one["clientConfig"]["caBundle"] for one in hooks} == {authority}
    assert [one["clientConfig"]["service"]["path"] for one in hooks] == [
        f"/{bundle.path}/pods/enforce",
        f"/{bundle.path}/pods/warn",
        f"/{bundle.path}/workloads/enforce",
        f"/{bundle.path}/canary",
    ]
    assert hooks[0]["clientConfig"]["service"]["port"] == 443


@pytest.mark.parametrize("field", ["caBundle", "path"])
async def test_what_was_wiped_is_put_back(cluster, field):
    bundle = await keeper(cluster).keep_secret(NOW)
    await keeper(cluster).keep_configuration(bundle, Mode.ENFORCE)
    client = cluster.objects[CONFIGURATION]["webhooks"][0]["clientConfig"]
    (client if field == "caBundle" else client["service"]).pop(field)
    assert await keeper(cluster).keep_configuration(bundle, Mode.ENFORCE)
    assert not await keeper(cluster).keep_configuration(bundle, Mode.ENFORCE)


async def test_with_certificates_of_others_only_the_path_is_ours(cluster):
    bundle = await keeper(cluster).keep_secret(NOW)
    cluster.objects[CONFIGURATION]["webhooks"][0]["clientConfig"]["caBundle"] = "theirs"
    await keeper(cluster, Certificates.EXTERNAL).keep_configuration(bundle, Mode.ENFORCE)
    client = cluster.objects[CONFIGURATION]["webhooks"][0]["clientConfig"]
    assert client["caBundle"] == "theirs"
    assert client["service"]["path"].startswith(f"/{bundle.path}/")


async def test_a_change_made_meanwhile_is_never_undone(cluster):
    bundle = await keeper(cluster).keep_secret(NOW)
    real = cluster.get

    async def get_then_change(path, *args, **more):
        body = await real(path, *args, **more)
        cluster.put(path, cluster.objects[path])
        return body

    cluster.get = get_then_change
    with pytest.raises(ClusterConflict):
        await keeper(cluster).keep_configuration(bundle, Mode.ENFORCE)


async def test_a_canary_that_is_denied_by_our_entry_is_well(cluster):
    path = "/api/v1/namespaces/pullproof/podtemplates"
    cluster.refuse["create", path] = ClusterForbidden(
        'admission webhook "canary.pullproof.io" denied the request: ...'
    )
    assert await keeper(cluster).canary()


async def test_a_canary_that_is_admitted_says_that_nobody_protects(cluster):
    assert not await keeper(cluster).canary()
    assert not any("podtemplates/" in path for path in cluster.objects)


async def test_a_canary_that_our_own_rights_forbid_proves_nothing(cluster):
    path = "/api/v1/namespaces/pullproof/podtemplates"
    cluster.refuse["create", path] = ClusterForbidden("podtemplates is forbidden")
    with pytest.raises(ClusterForbidden):
        await keeper(cluster).canary()


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("pods.pullproof.io", "/pods/warn"),
        ("enforce.pods.pullproof.io", "/pods/enforce"),
        ("warn.workloads.pullproof.io", "/workloads/warn"),
        ("canary.pullproof.io", "/canary"),
        ("somebody.elses.io", "/workloads/warn"),
    ],
)
def test_each_entry_has_its_own_end_of_the_path(entry, expected):
    assert suffix(entry, Mode.WARN) == expected
