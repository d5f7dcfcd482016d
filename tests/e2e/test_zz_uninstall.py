"""The last thing: an uninstall leaves nothing. The file's name keeps it last."""

import time

from product import NAMESPACE, RELEASE
from told import diagnosis_of, pod, wait_for


def test_an_uninstall_leaves_nothing(cluster, product, unenforced):
    cluster.apply(pod("waiting", "registry.test/shop/gone:1"), namespace=unenforced)
    wait_for(
        cluster, "pods", unenforced, lambda one: diagnosis_of(one) is not None, 60, "a diagnosis"
    )
    product.helm("uninstall", RELEASE, "--namespace", NAMESPACE, "--wait")
    found = cluster.get("pod", "waiting", unenforced)
    assert "pullproof.io/diagnosis" not in found["metadata"].get("annotations", {})
    kinds = ("validatingwebhookconfigurations", "clusterroles", "clusterrolebindings")
    for kind in kinds:
        listed = cluster.kubectl("get", kind, "-o", "name").stdout
        assert "pullproof" not in listed, kind
    deadline = time.monotonic() + 60
    while True:
        left = [
            line
            for line in cluster.kubectl(
                "-n", NAMESPACE, "get", "all,secrets,configmaps,roles,rolebindings,leases,jobs,serviceaccounts",
                "-o", "name",
            ).stdout.splitlines()
            if line not in ("configmap/kube-root-ca.crt", "serviceaccount/default")
        ]  # fmt: skip
        if not left or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    assert left == []
    assert (
        cluster.apply(pod("web", "Nginx:Latest"), namespace=unenforced, check=False).returncode == 0
    )
