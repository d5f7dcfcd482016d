"""pullproof in a cluster: the image built and loaded, the chart installed by real Helm."""

import json
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cluster.hosts import WITH_CA, Hosts
from cluster.kind_cluster import Cluster
from cluster.saying import step
from cluster.tools import helm4

ROOT = Path(__file__).parents[2]
NAMESPACE, RELEASE, IMAGE = "pullproof", "pullproof", "pullproof-test/pullproof:dev"
PROTECTING_SECONDS = 60
BAD_POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"generateName": "canary-"},
    "spec": {"containers": [{"name": "canary", "image": "Not:A:Reference"}]},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """An installed release."""

    cluster: Cluster
    values: dict[str, Any]
    seconds_to_protect: float
    """From the start of `helm install` to the first denial."""

    def helm(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return helm(self.cluster, *arguments, check=check)

    def pods(self, component: str) -> list[dict[str, Any]]:
        selector = f"app.kubernetes.io/name=pullproof,app.kubernetes.io/component={component}"
        found = self.cluster.kubectl("-n", NAMESPACE, "get", "pods", "-l", selector, "-o", "json")
        items: list[dict[str, Any]] = json.loads(found.stdout)["items"]
        return items

    def rollout(self, *components: str) -> None:
        for component in components or ("guardian", "webhook", "operator"):
            self.cluster.kubectl("-n", NAMESPACE, "rollout", "status",
                                 f"deployment/pullproof-{component}", "--timeout=120s", timeout=130)  # fmt: skip

    def protects(self, namespace: str = "default") -> bool:
        done = self.cluster.kubectl("-n", namespace, "create", "--dry-run=server", "-f", "-",
                                    text_in=json.dumps(BAD_POD), check=False)  # fmt: skip
        return "denied the request" in done.stderr

    def wait_until_protecting(self) -> None:
        until = time.monotonic() + PROTECTING_SECONDS
        while not self.protects():
            if time.monotonic() > until:
                logs = self.cluster.kubectl("-n", NAMESPACE, "logs", "-l",
                    "app.kubernetes.io/name=pullproof", "--tail=20", "--prefix", check=False)  # fmt: skip
                raise AssertionError(f"nothing is denied:\n{logs.stdout}{logs.stderr}")
            time.sleep(0.2)

    def scale(self, component: str, replicas: int) -> None:
        self.cluster.kubectl("-n", NAMESPACE, "scale", f"deployment/pullproof-{component}",
                             f"--replicas={replicas}")  # fmt: skip


def helm(cluster: Cluster, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(helm4()), *arguments], env=cluster.environment, capture_output=True,
                          text=True, check=False, timeout=300)  # fmt: skip
    if check and done.returncode:
        raise AssertionError(f"helm {' '.join(arguments)}:\n{done.stdout}{done.stderr}")
    return done


def build_image(cluster: Cluster) -> None:
    assert cluster.engine is not None
    with step("building pullproof's image (under a minute)"):
        environment = {**cluster.engine.environment, "ENGINE": cluster.engine.program}
        done = subprocess.run([str(ROOT / "deploy" / "build-image.sh"), IMAGE], env=environment,
                              capture_output=True, text=True, check=False)  # fmt: skip
        if done.returncode:
            raise AssertionError(
                f"deploy/build-image.sh:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
            )


def values_for(hosts: Hosts) -> dict[str, Any]:
    """Every test host but undeclared.test is declared, with the authority that nodes trust."""
    registries: list[dict[str, Any]] = [
        {"host": "registry.test", "plainHttp": True},
        {"host": "plain.test"},
        {"host": "refused.test"},
        {"host": "unknown-ca.test"},
    ]
    registries += [
        {"host": name, "caBundle": hosts.ca} for name in WITH_CA if name != "unknown-ca.test"
    ]
    repository, _, tag = IMAGE.partition(":")
    return {
        "image": {"registry": "", "repository": repository, "tag": tag, "pullPolicy": "Never"},
        "config": {"registries": registries, "times": {"absentSeconds": 1, "foundSeconds": 1}},
    }


def install(cluster: Cluster, hosts: Hosts) -> Product:
    build_image(cluster)
    cluster.load_image(IMAGE)
    values = values_for(hosts)
    there = helm(cluster, "status", RELEASE, "--namespace", NAMESPACE, check=False).returncode == 0
    with step("helm install, until a malformed image is denied"):
        begun = time.monotonic()
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump(values, file)
            file.flush()
            helm(cluster, "upgrade", "--install", RELEASE, str(ROOT / "charts" / "pullproof"), "--namespace",
                 NAMESPACE, "--create-namespace", "--values", file.name)  # fmt: skip
        if there:  # a development cluster: the same tag, but another image
            cluster.kubectl("-n", NAMESPACE, "rollout", "restart", "deployment")
        product = Product(cluster=cluster, values=values, seconds_to_protect=0)
        product.wait_until_protecting()
        seconds = time.monotonic() - begun
        product.rollout()
    return Product(cluster=cluster, values=values, seconds_to_protect=seconds)
