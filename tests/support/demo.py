"""``make demo``: the main job on a real cluster, as a person would see it.

Starts a kind cluster and test registries, installs pullproof with Helm, shows denials, warnings and an
explained pull failure with its recovery, and removes everything again.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from cluster import kind_cluster
from cluster.hosts import Hosts, start_hosts
from cluster.pushing import Pusher
from cluster.saying import say
from cluster.tools import ToolMissing
from product import Product, install
from told import pod, wait_for, wait_for_event

NAME, SHOP, OPEN = "pullproof-demo", "shop", "unenforced"
MANIFESTS = {
    "web.yaml": [pod("web", "registry.test/shop/app:1.4.1"), pod("typo", "Nginx:Latest")],
    "api.yaml": [pod("api", "registry.test/shop/app:1.4.2")],
    "tools/debug.yaml": [pod("debug", "https://registry.test/tools:1")],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--yes", action="store_true", help="an engine may be installed and started")
    parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    begun = time.monotonic()
    say("this takes about two minutes; the first time longer, while images are pulled or built")
    with tempfile.TemporaryDirectory(prefix="pullproof-demo.") as folder:
        try:
            cluster = kind_cluster.start(NAME, Path(folder))
            hosts = start_hosts(cluster, Path(folder))
            show(install(cluster, hosts), hosts, Path(folder))
        except ToolMissing as error:
            sys.exit(f"error: {error}")
        finally:
            kind_cluster.stop(NAME)
    say(f"done in {time.monotonic() - begun:.0f} s; nothing is left running")


def show(product: Product, hosts: Hosts, folder: Path) -> None:
    cluster = product.cluster
    registry = hosts.pusher("registry.test")
    for tag in ("1.4.1", "1.4.3", "2.0.0"):
        registry.push("shop/app", tag)
    hosts.pusher("private.test").push("shop/app", "1")
    cluster.kubectl("create", "namespace", SHOP)
    cluster.kubectl("create", "namespace", OPEN)
    cluster.kubectl("label", "namespace", OPEN, "pullproof.io/mode=off")
    for one in (SHOP, OPEN):
        cluster.kubectl(
            "-n", one, "wait", "--for=create", "serviceaccount/default", "--timeout=30s"
        )

    show_admission(product)
    show_diagnosis(product, registry)
    show_check(folder)


def show_admission(product: Product) -> None:
    cluster = product.cluster
    title("A malformed reference is denied at apply time")
    apply(product, SHOP, pod("typo", "Nginx:Latest"))
    title("So is a tag that the registry does not have; the nearest ones are named")
    apply(product, SHOP, pod("api", "registry.test/shop/app:1.4.2"))
    title("A private image with the right pull secret runs")
    cluster.kubectl("-n", SHOP, "create", "secret", "docker-registry", "regcred", "--docker-server=private.test",
                    "--docker-username=user", "--docker-password=right")  # fmt: skip
    apply(
        product,
        SHOP,
        pod("private", "private.test/shop/app:1", imagePullSecrets=[{"name": "regcred"}]),
    )
    cluster.kubectl(
        "-n", SHOP, "wait", "pod/private", "--for=condition=Ready", "--timeout=60s", timeout=70
    )
    run(product, "-n", SHOP, "get", "pod", "private")
    title("Without a secret it is admitted with a warning: a 401 proves nothing")
    apply(product, SHOP, pod("no-secret", "private.test/shop/app:1"))
    title("A registry in trouble never blocks an apply; each kind has its own word")
    for image in ("faults.test/hang/app:1", "faults.test/status-500/app:1", "unknown-ca.test/ok/app:1.0",
                  "undeclared.test/ok/app:1.0"):  # fmt: skip
        apply(product, SHOP, pod("trouble", image))
        cluster.kubectl("-n", SHOP, "delete", "pod", "trouble", "--wait=true")


def show_diagnosis(product: Product, registry: Pusher) -> None:
    cluster = product.cluster
    title(
        "Where nothing is enforced, a bad Pod reaches the node, and its failure is explained there"
    )
    apply(product, OPEN, pod("api", "registry.test/shop/app:1.4.2"))
    wait_for_event(cluster, OPEN, "TagNotFound", 60)
    wait_for(cluster, "pods", OPEN, lambda one: "pullproof.io/diagnosis" in one["metadata"].get("annotations", {}),
             10, "the annotation")  # fmt: skip
    described = run(product, "-n", OPEN, "describe", "pod", "api", quiet=True)
    print("\n".join(part for part in excerpt(described)))
    title("The missing tag is pushed: the Pod runs, and its recovery is told")
    registry.push("shop/app", "1.4.2")
    print("$ (push registry.test/shop/app:1.4.2, and wait for the kubelet's next try)")
    wait_for_event(cluster, OPEN, "ImagePullRecovered", 150)
    run(product, "-n", OPEN, "get", "events", "--field-selector", "reason=ImagePullRecovered")
    run(product, "-n", OPEN, "get", "pod", "api")


def show_check(folder: Path) -> None:
    title("The same engine, before anything is applied")
    for name, documents in MANIFESTS.items():
        path = folder / "deploy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump_all(documents))
    program = str(Path(sys.executable).parent / "pullproof")
    print("$ pullproof check --offline deploy/")
    done = subprocess.run([program, "check", "--offline", "deploy/"], cwd=folder, check=False)
    print(f"(exit status {done.returncode})")


def title(text: str) -> None:
    print(f"\n=== {text}\n", flush=True)


def apply(product: Product, namespace: str, document: dict[str, Any]) -> None:
    image = document["spec"]["containers"][0]["image"]
    print(f"$ kubectl apply -f {document['metadata']['name']}.yaml    # image: {image}")
    done = product.cluster.apply(document, namespace=namespace, check=False)
    print((done.stdout + done.stderr).rstrip(), flush=True)


def run(product: Product, *arguments: str, quiet: bool = False) -> str:
    print(f"$ kubectl {' '.join(arguments)}")
    text = product.cluster.kubectl(*arguments).stdout
    if not quiet:
        print(text.rstrip(), flush=True)
    return text


def excerpt(described: str) -> list[str]:
    """The annotations and the Events of `kubectl describe`."""
    lines, kept, keep = described.splitlines(), [], False
    for line in lines:
        if line.startswith(("Annotations:", "Events:")):
            keep = True
        elif line and not line.startswith(" "):
            keep = False
        if keep:
            kept.append(line)
    return kept


if __name__ == "__main__":
    main()
