"""Our Pods gone, an upgrade, an uninstall: nothing breaks, nothing is left."""

import json
import threading
import time

import pytest

from product import NAMESPACE, RELEASE, ROOT
from told import pod, wait_for, wait_for_event


@pytest.fixture(scope="module", autouse=True)
def pushed(product, hosts):
    hosts.pusher("registry.test").push("shop/day", "1")


def test_a_request_of_another_pod_is_404_and_reads_no_secret(cluster, product, namespace):
    before = _foreign(cluster)
    address = cluster.get("service", "pullproof-webhook", NAMESPACE)["spec"]["clusterIP"]
    script = (
        "import ssl, urllib.request, urllib.error\n"
        "c = ssl._create_unverified_context()\n"
        f"for p in ('/', '/pods/enforce', '/' + 'ab' * 32 + '/pods/enforce'):\n"
        f"    r = urllib.request.Request('https://{address}' + p, data=b'{{}}', method='POST')\n"
        "    try: print(urllib.request.urlopen(r, context=c, timeout=10).status)\n"
        "    except urllib.error.HTTPError as e: print(e.code)\n"
    )
    image = product.pods("webhook")[0]["spec"]["containers"][0]["image"]
    asking = pod("asking", image, restartPolicy="Never",
                 container={"command": ["python3", "-c", script], "imagePullPolicy": "Never"})  # fmt: skip
    cluster.apply(asking, namespace=namespace)
    wait_for(
        cluster,
        "pods",
        namespace,
        lambda one: one["status"].get("phase") == "Succeeded",
        60,
        "its end",
    )
    assert cluster.kubectl("-n", namespace, "logs", "asking").stdout.split() == ["404"] * 3
    assert _foreign(cluster) >= before + 3


def _foreign(cluster):
    total = 0.0
    for one in json.loads(cluster.kubectl("-n", NAMESPACE, "get", "pods", "-o", "json", "-l",
                          "app.kubernetes.io/component=webhook").stdout)["items"]:  # fmt: skip
        path = f"/api/v1/namespaces/{NAMESPACE}/pods/{one['metadata']['name']}:8080/proxy/metrics"
        text = cluster.kubectl("get", "--raw", path).stdout
        total += sum(float(line.split()[-1]) for line in text.splitlines()
                     if line.startswith("pullproof_foreign_requests_total"))  # fmt: skip
    return total


def test_with_our_pods_gone_applies_still_work_and_the_operator_goes_on_where_it_was(
    cluster, product, namespace, unenforced
):
    cluster.apply(pod("waiting", "registry.test/shop/day:late"), namespace=unenforced)
    wait_for_event(cluster, unenforced, "TagNotFound")
    product.scale("operator", 0)
    product.scale("webhook", 0)
    cluster.kubectl("-n", NAMESPACE, "wait", "pod", "--for=delete", "--timeout=60s", "-l",
                    "app.kubernetes.io/component=webhook", timeout=70)  # fmt: skip
    done = cluster.apply(pod("web", "Nginx:Latest"), namespace=namespace, check=False)
    assert done.returncode == 0
    product.scale("operator", 1)
    product.scale("webhook", 2)
    product.rollout()
    wait_for_event(cluster, namespace, "InvalidImageReference", 60)
    events = json.loads(cluster.kubectl("-n", unenforced, "get", "events", "-o", "json",
                        "--field-selector", "reason=TagNotFound").stdout)["items"]  # fmt: skip
    assert [one["count"] for one in events] == [1]
    product.wait_until_protecting()


def test_what_somebody_wipes_is_back_within_seconds(cluster, product):
    name = ["validatingwebhookconfiguration", "pullproof"]
    wipe = [{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"},
            {"op": "replace", "path": "/webhooks/0/clientConfig/service/path", "value": "/gone"}]  # fmt: skip
    cluster.kubectl("patch", *name, "--type=json", "-p", json.dumps(wipe))
    begun = time.monotonic()
    while not product.protects():
        assert time.monotonic() - begun < 10, "it was not put back"
        time.sleep(0.1)


def test_an_upgrade_loses_no_answer(cluster, product):
    """A malformed Pod is tried all the while: each try is denied."""
    answers, stop = [], threading.Event()

    def try_on():
        while not stop.is_set():
            answers.append(product.protects())

    thread = threading.Thread(target=try_on)
    thread.start()
    try:
        product.helm("upgrade", RELEASE, str(ROOT / "charts" / "pullproof"), "--namespace", NAMESPACE,
                     "--reuse-values", "--set", "podAnnotations.upgraded=yes")  # fmt: skip
        product.rollout("webhook", "guardian")
    finally:
        stop.set()
        thread.join()
    assert len(answers) > 20
    assert all(answers), f"{answers.count(False)} of {len(answers)} were not denied"
