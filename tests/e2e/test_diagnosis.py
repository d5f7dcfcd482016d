"""What a person sees in `kubectl describe pod` when a pull has failed."""

import contextlib
import json
import secrets
import statistics
import time
from datetime import datetime

import pytest

from told import diagnosis_of, pod, wait_for, wait_for_event

REPOSITORY = "registry.test/shop/late"
FAULTS = {  # image -> cause; each is what the kubelet really met
    "Nginx:Latest": "InvalidImageReference",
    "registry.test/shop/late:nope": "TagNotFound",
    "registry.test/shop/late@sha256:" + "ab" * 32: "DigestNotFound",
    "registry.test/shop/unheard-of:1": "RepositoryNotFound|TagNotFound",
    "private.test/shop/app:1": "AuthenticationRequired|AccessDeniedOrNotFound",
    "faults-two.test/limited/app:1": "RegistryRateLimited",
    "faults.test/status-503/app:1": "RegistryUnavailable",
    "servfail.test/app:1": "DnsResolutionFailed",
    "nowhere.test/app:1": "RegistryHostUnknown",
    "refused.test/app:1": "ConnectionRefused",
    "unknown-ca.test/ok/app:1.0": "TlsUnknownAuthority",
    "plain.test/ok/app:1.0": "PlainHttpRegistry",
    "registry.test/shop/arm:1": "PlatformMismatch",
}


@pytest.fixture(scope="module", autouse=True)
def pushed(product, hosts):
    registry = hosts.pusher("registry.test")
    for tag in ("1.0", "1.1"):
        registry.push("shop/late", tag)
    registry.push_index("shop/arm", "1", "linux/arm64", "linux/s390x")
    hosts.pusher("private.test").push("shop/app", "1")


def seconds(text):
    return datetime.fromisoformat(text).timestamp()


def seen_seconds(event):
    return seconds(event["firstTimestamp"])


def test_a_missing_tag_is_explained_within_seconds_and_its_recovery_is_told(
    cluster, unenforced, hosts
):
    tag = f"1.{secrets.randbelow(900) + 100}"  # one that no node has seen
    cluster.apply(pod("web", f"{REPOSITORY}:{tag}"), namespace=unenforced)
    failed, _ = wait_for(
        cluster, "events", unenforced, lambda one: "Failed to pull image" in one["message"], 60,
        "the kubelet's failure",
    )  # fmt: skip
    event, _ = wait_for_event(cluster, unenforced, "TagNotFound")
    assert seen_seconds(event) - seen_seconds(failed) <= 5
    assert event["count"] == 1
    assert event["message"].startswith(
        f'image "{REPOSITORY}:{tag}": tag "{tag}" not found in {REPOSITORY}'
    )
    wait_for(
        cluster, "pods", unenforced, lambda one: diagnosis_of(one) is not None, 10, "a diagnosis"
    )
    described = cluster.kubectl("-n", unenforced, "describe", "pod", "web").stdout
    assert f'web: tag "{tag}" not found in {REPOSITORY}' in described
    assert "TagNotFound" in described
    assert "pullproof" in described

    hosts.pusher("registry.test").push("shop/late", tag)
    recovered, _ = wait_for_event(cluster, unenforced, "ImagePullRecovered", 120)
    assert recovered["type"] == "Normal"
    found = cluster.get("pod", "web", unenforced)
    assert "pullproof.io/diagnosis" not in found["metadata"].get("annotations", {})
    assert found["status"]["phase"] == "Running"


@pytest.mark.parametrize("wording", ["local", "transfer"])
def test_every_fault_gets_its_true_cause(cluster, unenforced, wording, request, capsys):
    """All at once, each a Pod of its own on the worker, with both wordings of containerd 2."""
    if wording == "transfer":
        context = cluster.transfer_service()
        context.__enter__()
        request.addfinalizer(lambda: context.__exit__(None, None, None))
    worker = {"nodeName": cluster.nodes[-1]}
    names = {f"fault-{at}": image for at, image in enumerate(FAULTS)}
    for name, image in names.items():
        cluster.apply(pod(name, image, **worker), namespace=unenforced)
    never = pod("fault-never", "registry.test/shop/late:1.0", container={"imagePullPolicy": "Never"},
                **worker)  # fmt: skip
    never["spec"]["containers"][0]["image"] = "registry.test/shop/never:1"
    cluster.apply(never, namespace=unenforced)
    expected = {name: FAULTS[image] for name, image in names.items()}
    expected["fault-never"] = "ImageNotOnNode"
    found = {}

    def all_told(one):
        document = diagnosis_of(one)
        if document:
            found[one["metadata"]["name"]] = document["containers"][0]
        return all(found.get(n, {}).get("cause") in c.split("|") for n, c in expected.items())

    with contextlib.suppress(AssertionError):  # what is wrong is told by the table below
        wait_for(cluster, "pods", unenforced, all_told, 120, "every cause")
    delays = _delays(cluster, unenforced)
    with capsys.disabled():
        print(f"\n{wording}:")
        for name in expected:
            one = found.get(name, {})
            print(
                f"  {names.get(name, 'Never'):60.60}  {one.get('cause', '-'):24} {one.get('confidence', '')}"
            )
        print(
            f"  from the kubelet's Event to ours: p50 {statistics.median(delays):.0f} s, longest {max(delays):.0f} s"
        )
    wrong = {
        names.get(name, name): (found.get(name, {}).get("cause"), cause)
        for name, cause in expected.items()
        if found.get(name, {}).get("cause") not in cause.split("|")
    }
    assert wrong == {}


def _delays(cluster, namespace):
    """Seconds between the kubelet's first word about a failed pull and our Event, a Pod each."""
    events = json.loads(cluster.kubectl("-n", namespace, "get", "events", "-o", "json").stdout)[
        "items"
    ]
    said: dict[str, float] = {}
    told: dict[str, float] = {}
    for one in events:
        name, when = one["involvedObject"]["name"], seen_seconds(one)
        if one["source"].get("component") == "pullproof":
            told[name] = min(when, told.get(name, when))
        elif one["reason"] in ("Failed", "InspectFailed", "ErrImageNeverPull"):
            said[name] = min(when, said.get(name, when))
    return [told[name] - said[name] for name in told if name in said]


def test_in_steady_state_nothing_is_written(cluster, unenforced):
    cluster.apply(pod("web", "Nginx:Latest"), namespace=unenforced)
    event, _ = wait_for_event(cluster, unenforced, "InvalidImageReference")
    first, _ = wait_for(
        cluster, "pods", unenforced, lambda one: diagnosis_of(one) is not None, 10, "a diagnosis"
    )
    time.sleep(30)  # what must not happen has no event to wait for
    again = json.loads(
        cluster.kubectl("-n", unenforced, "get", "events", "-o", "json", "--field-selector",
                        "reason=InvalidImageReference").stdout
    )["items"]  # fmt: skip
    assert [one["count"] for one in again] == [1]
    assert again[0]["metadata"]["resourceVersion"] == event["metadata"]["resourceVersion"]
    later = cluster.get("pod", "web", unenforced)
    assert diagnosis_of(later) == diagnosis_of(first)
    managed = json.loads(
        cluster.kubectl(
            "-n", unenforced, "get", "pod", "web", "-o", "json", "--show-managed-fields"
        ).stdout
    )["metadata"]["managedFields"]
    written = {one["time"] for one in managed if "pullproof.io/diagnosis" in json.dumps(one)}
    document = diagnosis_of(later)
    assert document is not None
    diagnosed = document["diagnosedAt"]
    assert all(abs(seconds(one) - seconds(diagnosed)) <= 5 for one in written)


def test_a_foreign_annotation_is_corrected(cluster, unenforced):
    document = pod("web", "registry.test/shop/late:1.0")
    document["metadata"]["annotations"] = {"pullproof.io/diagnosis": "everything is fine"}
    document["spec"]["containers"].append({"name": "bad", "image": "Nginx:Latest"})
    cluster.apply(document, namespace=unenforced)
    wait_for(
        cluster, "pods", unenforced,
        lambda one: "fine" not in one["metadata"]["annotations"].get("pullproof.io/diagnosis", "fine"),
        30, "our own annotation",
    )  # fmt: skip
