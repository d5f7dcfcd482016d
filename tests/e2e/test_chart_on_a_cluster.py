"""What of the chart only a real API server can show: which fields an upgrade touches, what the CEL lets through."""

import base64
import contextlib
import json
import secrets
import subprocess

import pytest

from chart import CHART
from cluster.tools import helm3, helm4
from product import NAMESPACE

EPHEMERAL = {"spec": {"ephemeralContainers": [{"name": "look", "image": "registry.test/shop/a:1"}]}}


@pytest.fixture(params=[3, 4], ids=["helm3", "helm4"])
def release(request, cluster):
    """A release of its own: nothing of it runs, and its webhooks look at no namespace."""
    name = f"try-{secrets.token_hex(4)}"
    program = str(helm4() if request.param == 4 else helm3())

    def helm(*arguments, check=True):
        done = subprocess.run([program, *arguments, "--namespace", name], env=cluster.environment,
                              capture_output=True, text=True, check=False, timeout=120)  # fmt: skip
        assert done.returncode == 0 or not check, done.stdout + done.stderr
        return done

    chart = [name, str(CHART), "--set", f"fullnameOverride={name}", "--set", "image.pullPolicy=Never",
             "--set", "guardian.resources.requests.cpu=1m",
             "--set", "webhook.namespaceSelector.matchLabels.nobody=has-it"]  # fmt: skip
    cluster.kubectl("create", "namespace", name)
    try:
        helm("install", *chart)
        # Were its image there, its own guardian would be quicker than we are.
        cluster.kubectl("-n", name, "scale", f"deployment/{name}-guardian", "--replicas=0")
        yield name, chart, helm
    finally:
        with contextlib.suppress(AssertionError):
            helm("uninstall", name, "--no-hooks", check=False)
            cluster.kubectl("delete", "namespace", name, "--wait=false")


def put_in(cluster, name):
    """As the guardian does it: the whole list, by a merge patch with the version that was read."""
    found = cluster.get("validatingwebhookconfiguration", name)
    for hook in found["webhooks"]:
        hook["clientConfig"]["caBundle"] = authority(cluster)
        hook["clientConfig"]["service"]["path"] = f"/{'ab' * 32}/here"
    body = {
        "metadata": {"resourceVersion": found["metadata"]["resourceVersion"]},
        "webhooks": found["webhooks"],
    }
    cluster.kubectl("patch", "validatingwebhookconfiguration", name, "--type=merge", "-p", json.dumps(body))  # fmt: skip


def authority(cluster):
    """Any authority in PEM: the cluster's own."""
    text = cluster.kubectl("-n", "kube-system", "get", "configmap", "kube-root-ca.crt",
                           "-o", "jsonpath={.data.ca\\.crt}", check=False).stdout  # fmt: skip
    return base64.b64encode(text.encode()).decode()


def bare(cluster, name):
    """Entries that the guardian's fields are missing from."""
    hooks = cluster.get("validatingwebhookconfiguration", name)["webhooks"]
    return {
        one["name"]
        for one in hooks
        if "path" not in one["clientConfig"]["service"] or not one["clientConfig"].get("caBundle")
    }


@pytest.mark.any_cluster
def test_an_upgrade_and_a_rollback_leave_alone_what_the_guardian_put_in(cluster, release):
    name, chart, helm = release
    put_in(cluster, name)
    assert bare(cluster, name) == set()
    helm("upgrade", *chart, "--set", "webhook.timeoutSeconds=7")
    hooks = cluster.get("validatingwebhookconfiguration", name)["webhooks"]
    assert {one["timeoutSeconds"] for one in hooks} == {7}
    assert bare(cluster, name) == set()
    helm("rollback", name, "1")
    assert bare(cluster, name) == set()
    # Entries that are new are bare until the guardian sees them, two seconds later.
    helm("upgrade", *chart, "--set", "config.mode=warn")
    assert bare(cluster, name) == {"enforce.pods.pullproof.io", "enforce.workloads.pullproof.io"}


@pytest.mark.any_cluster
def test_an_uninstall_leaves_nothing_even_where_its_hook_cannot_run(cluster, release):
    name, _, helm = release  # its image is nowhere
    helm("uninstall", name, "--timeout", "5s", check=False)
    ours = ["-l", f"app.kubernetes.io/instance={name}", "-o", "name"]
    kinds = "deployments,services,jobs,configmaps,secrets,serviceaccounts,roles,rolebindings,poddisruptionbudgets"
    assert cluster.kubectl("-n", name, "get", kinds, *ours).stdout == ""
    kinds = "clusterroles,clusterrolebindings,validatingwebhookconfigurations"
    assert cluster.kubectl("get", kinds, *ours).stdout == ""
    assert name not in helm("list").stdout


def reviews(cluster, product):
    """Reviews that the webhooks answered for namespaces in warn mode, ever."""
    total = 0.0
    for one in product.pods("webhook"):
        path = f"/api/v1/namespaces/{NAMESPACE}/pods/{one['metadata']['name']}:8080/proxy/metrics"
        for line in cluster.kubectl("get", "--raw", path).stdout.splitlines():
            if line.startswith("pullproof_reviews_total{") and 'mode="warn"' in line:
                total += float(line.rpartition(" ")[2])
    return total


@pytest.mark.parametrize(
    ("kind", "quiet", "loud"),
    [
        (
            "pod",
            [
                ["label", "pod/web", "a=b"],
                ["annotate", "pod/web", "a=b"],
                ["patch", "pod/web", "--subresource=status", "-p", '{"metadata":{"labels":{"c":"d"}}}'],
                ["patch", "pod/web", "-p", '{"metadata":{"finalizers":["pullproof.test/kept"]}}'],
            ],
            [
                ["set", "image", "pod/web", "web=registry.test/shop/b:1"],
                ["patch", "pod/web", "--subresource=ephemeralcontainers", "-p", json.dumps(EPHEMERAL)],
            ],
        ),
        (
            "deployment",
            [["scale", "deployment/web", "--replicas=0"], ["label", "deployment/web", "a=b"]],
            [["set", "image", "deployment/web", "web=registry.test/shop/b:1"]],
        ),
        (
            "cronjob",
            [["patch", "cronjob/web", "-p", '{"spec":{"suspend":true}}']],
            [["set", "image", "cronjob/web", "web=registry.test/shop/b:1"]],
        ),
    ],
    ids=["pod", "deployment", "cronjob"],
)  # fmt: skip
def test_the_api_server_sends_what_changes_an_image_and_keeps_the_rest(
    cluster, product, make_namespace, kind, quiet, loud
):
    namespace = make_namespace(mode="warn")

    def sent(*command):
        before = reviews(cluster, product)
        cluster.kubectl("-n", namespace, *command)
        return reviews(cluster, product) - before

    image = "--image=registry.test/shop/a:1"
    create = {
        "pod": ["run", "web", image],
        "deployment": ["create", "deployment", "web", image, "--replicas=0"],
        "cronjob": ["create", "cronjob", "web", image, "--schedule=0 0 1 1 *"],
    }
    name = {"deployment": ["patch", "deployment/web", "--type=json", "-p",
                           '[{"op":"replace","path":"/spec/template/spec/containers/0/name","value":"web"}]']}  # fmt: skip
    assert sent(*create[kind]) == 1
    if kind in name:  # kubectl calls the container after the image
        assert sent(*name[kind]) == 0
    assert [(command, sent(*command)) for command in quiet] == [(one, 0) for one in quiet]
    assert [(command, sent(*command)) for command in loud] == [(one, 1) for one in loud]
    if kind == "pod":
        # Being deleted, it may lose its finalizer whatever its images are.
        assert sent("delete", "pod/web", "--wait=false") == 0
        assert sent("patch", "pod/web", "-p", '{"metadata":{"finalizers":null}}') == 0
