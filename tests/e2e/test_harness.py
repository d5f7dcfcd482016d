"""The test cluster itself: what the other tests stand on."""

import json

import pytest
from dnslib import RCODE, DNSRecord

from cluster.hosts import LOGIN
from told import pod, wait_for

APP = "harness/app"


@pytest.fixture(scope="module")
def pushed(hosts):
    """One image in every registry."""
    for host in ("registry.test", "tls.test", "private.test", "token.test"):
        hosts.pusher(host).push(APP, "1")


def wait_until_running(cluster, namespace, name="app"):
    running, _ = wait_for(
        cluster, "pods", namespace, lambda one: one["status"].get("phase") == "Running", 60,
        f"{name} Running", f"--field-selector=metadata.name={name}",
    )  # fmt: skip
    return running


def failure_of(cluster, namespace, image):
    """The text of the Event that the kubelet writes."""
    cluster.apply(pod("app", image), namespace=namespace)
    event, _ = wait_for(
        cluster, "events", namespace, lambda one: "Failed to pull image" in one["message"], 90,
        "the kubelet's failure",
    )  # fmt: skip
    return event["message"]


@pytest.mark.any_cluster
def test_every_node_is_ready(cluster):
    nodes = json.loads(cluster.kubectl("get", "nodes", "-o", "json").stdout)["items"]
    ready = [one["status"] for node in nodes for one in node["status"]["conditions"]
             if one["type"] == "Ready"]  # fmt: skip
    assert nodes
    assert ready == ["True"] * len(nodes)


def test_there_are_a_control_plane_and_a_worker(cluster):
    names = cluster.kubectl("get", "nodes", "-o", "name").stdout.split()
    assert sorted(names) == sorted(f"node/{one}" for one in cluster.nodes)


@pytest.mark.any_cluster
def test_a_namespace_of_the_tests_takes_pods_and_the_kubelet_answers(cluster, unenforced):
    image = "pullproof.invalid/app:1"
    cluster.apply(pod("app", image, container={"imagePullPolicy": "Never"}), namespace=unenforced)
    wait_for(
        cluster, "events", unenforced, lambda one: one["reason"] == "ErrImageNeverPull", 60,
        "ErrImageNeverPull",
    )  # fmt: skip


@pytest.mark.parametrize("host", ["registry.test", "tls.test"])
def test_a_pushed_image_runs_on_the_worker(cluster, unenforced, pushed, host):
    cluster.apply(pod("app", f"{host}/{APP}:1"), namespace=unenforced)
    running = wait_until_running(cluster, unenforced)
    assert running["spec"]["nodeName"] == cluster.nodes[-1]


@pytest.mark.parametrize(
    ("host", "refusal"),
    [("private.test", "no basic auth credentials"), ("token.test", "insufficient_scope")],
)
def test_a_private_image_runs_with_a_pull_secret_and_fails_without(
    cluster, unenforced, make_namespace, pushed, host, refusal
):
    text = failure_of(cluster, make_namespace(mode="off"), f"{host}/{APP}:1")
    assert "pull access denied" in text
    assert refusal in text
    cluster.kubectl("-n", unenforced, "create", "secret", "docker-registry", "login",
                    f"--docker-server={host}", f"--docker-username={LOGIN[0]}",
                    f"--docker-password={LOGIN[1]}")  # fmt: skip
    secrets = {"imagePullSecrets": [{"name": "login"}]}
    cluster.apply(pod("app", f"{host}/{APP}:1", **secrets), namespace=unenforced)
    wait_until_running(cluster, unenforced)


def test_tokens_are_given_to_anybody_for_open_images(cluster, unenforced, hosts):
    hosts.pusher("token.test").push("open/app", "1")
    cluster.apply(pod("app", "token.test/open/app:1"), namespace=unenforced)
    wait_until_running(cluster, unenforced)


def test_a_missing_tag_fails_in_the_wording_of_containerd_1(cluster, unenforced, pushed):
    image = f"registry.test/{APP}:nope"
    text = failure_of(cluster, unenforced, image)
    assert f'failed to resolve reference "{image}": {image}: not found' in text


def test_a_missing_tag_fails_in_the_wording_of_the_transfer_service(cluster, unenforced, pushed):
    image = f"registry.test/{APP}:nope"
    with cluster.transfer_service():
        text = failure_of(cluster, unenforced, image)
    assert f"failed to resolve image: {image}: not found" in text


def test_a_deleted_image_is_missing(cluster, unenforced, hosts):
    registry = hosts.pusher("registry.test")
    registry.delete("harness/gone", registry.push("harness/gone", "1"))
    assert "harness/gone:1: not found" in failure_of(
        cluster, unenforced, "registry.test/harness/gone:1"
    )


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("nowhere.test/app:1", "no such host"),
        ("example.com/app:1", "no such host"),  # asked of nobody else
        ("servfail.test/app:1", "server misbehaving"),
        ("silent.test/app:1", "i/o timeout"),
        ("refused.test/app:1", "connection refused"),
        ("plain.test/ok/app:1.0", "server gave HTTP response to HTTPS client"),
        ("unknown-ca.test/ok/app:1.0", "certificate signed by unknown authority"),
        ("expired.test/ok/app:1.0", "certificate has expired or is not yet valid"),
        ("not-yet-valid.test/ok/app:1.0", "certificate has expired or is not yet valid"),
        ("wrong-name.test/ok/app:1.0", "certificate is valid for another-name.test"),
        ("faults.test/status-503/app:1", "503 Service Unavailable"),
    ],
)
def test_a_node_meets_the_fault_that_a_name_stands_for(cluster, unenforced, image, words):
    assert words in failure_of(cluster, unenforced, image)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("registry.test", RCODE.NOERROR),
        ("kubernetes.default.svc.cluster.local", RCODE.NOERROR),
        ("nowhere.test", RCODE.NXDOMAIN),
        ("example.com", RCODE.NXDOMAIN),
        ("servfail.test", RCODE.SERVFAIL),
    ],
)
def test_pods_get_the_same_answers_about_names(cluster, name, code):
    """Over TCP, from a node, of the resolver that Pods have."""
    question = bytes(DNSRecord.question(name).pack())
    packet = len(question).to_bytes(2, "big") + question
    escaped = "".join(f"\\x{byte:02x}" for byte in packet)
    address = cluster.get("service", "kube-dns", "kube-system")["spec"]["clusterIP"]
    script = f"exec 3<>/dev/tcp/{address}/53; printf '{escaped}' >&3; head -c 14 <&3 | od -An -tx1"
    answer = bytes.fromhex(cluster.node_exec(cluster.nodes[-1], "bash", "-c", script))
    assert answer[5] & 0x0F == code
