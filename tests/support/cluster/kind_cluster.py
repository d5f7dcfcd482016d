"""A kind cluster of a control plane and a worker: started, used, and gone without a trace."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cluster.engine import Engine, find_engine, running_engine, start_engine, stop_engine
from cluster.node_image import node_image
from cluster.saying import say, step
from cluster.tools import kind, kubectl

READY_SECONDS = 120
LABEL = "pullproof-test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running cluster, and how to talk to it."""

    name: str
    kubeconfig: Path
    engine: Engine | None
    """None: somebody else's cluster, of which only the kubeconfig is known."""

    @property
    def environment(self) -> dict[str, str]:
        """For programs that look for a kubeconfig."""
        return {**os.environ, "KUBECONFIG": str(self.kubeconfig)}

    def kubectl(
        self, *arguments: str, text_in: str | None = None, check: bool = True, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl as a person would."""
        done = subprocess.run(
            [str(kubectl()), *arguments], env=self.environment, capture_output=True, text=True,
            check=False, input=text_in, timeout=timeout,
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(arguments)}:\n{done.stdout}{done.stderr}")
        return done

    def apply(
        self, document: dict[str, Any] | str, *, namespace: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """``kubectl apply -f -``."""
        text = document if isinstance(document, str) else yaml.safe_dump(document)
        options = ["--namespace", namespace] if namespace else []
        return self.kubectl("apply", *options, "-f", "-", text_in=text, check=check)

    def get(self, kind_name: str, name: str, namespace: str | None = None) -> dict[str, Any]:
        """One object."""
        options = ["--namespace", namespace] if namespace else []
        found = self.kubectl("get", kind_name, name, *options, "-o", "json").stdout
        document: dict[str, Any] = json.loads(found)
        return document

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names of the nodes' containers, which are those of the nodes; the worker comes last."""
        return f"{self.name}-control-plane", f"{self.name}-worker"

    def node_exec(self, node: str, *command: str, text_in: str | None = None) -> str:
        """Run a command on a node."""
        assert self.engine is not None
        interactive = ["-i"] if text_in is not None else []
        done = self.engine.run("exec", *interactive, node, *command, text_in=text_in)
        return done.stdout

    def load_image(self, name: str) -> None:
        """Bring an image of the engine to all nodes."""
        assert self.engine is not None
        with step(f"loading {name} onto the nodes"):
            _kind(self.engine, "load", "docker-image", "--name", self.name, name)

    @contextlib.contextmanager
    def transfer_service(self) -> Iterator[None]:
        """The worker's containerd pulls in its own default way, with the newer wording.

        kind's configuration sets ``discard_unpacked_layers``, which makes containerd 2 pull as
        containerd 1 did. https://github.com/containerd/containerd (internal/cri/config)
        """
        node, path = self.nodes[-1], "/etc/containerd/config.toml"
        before = self.node_exec(node, "cat", path)
        self.node_exec(node, "sh", "-c", f"cat > {path}", text_in=_without_discarding(before))
        self._restart_containerd(node)
        try:
            yield
        finally:
            self.node_exec(node, "sh", "-c", f"cat > {path}", text_in=before)
            self._restart_containerd(node)

    def _restart_containerd(self, node: str) -> None:
        self.node_exec(node, "systemctl", "restart", "containerd")
        self.node_exec(node, "sh", "-c", "until crictl info >/dev/null 2>&1; do sleep 0.2; done")
        self.kubectl("wait", "--for=condition=Ready", f"node/{node}", "--timeout=60s", timeout=90)


def _without_discarding(config: str) -> str:
    lines = [line for line in config.splitlines() if "discard_unpacked_layers" not in line]
    return "\n".join(lines) + (
        '\n[plugins."io.containerd.cri.v1.images".registry]\n'
        '  config_path = "/etc/containerd/certs.d"\n'
    )


def _kind(engine: Engine, *arguments: str, text_in: str | None = None) -> str:
    environment = dict(engine.environment)
    if engine.program == "podman":
        environment["KIND_EXPERIMENTAL_PROVIDER"] = "podman"
    done = subprocess.run(
        [str(kind()), *arguments], env=environment, capture_output=True, text=True, check=False,
        input=text_in, timeout=600,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"kind {' '.join(arguments)}:\n{done.stderr[-3000:]}")
    return done.stdout


def start(name: str, folder: Path) -> Cluster:
    """Start a cluster; its kubeconfig goes into ``folder``. Leftovers of the same name go first."""
    engine = find_engine() or running_engine() or start_engine()
    remove(name, engine)
    image = node_image(engine)
    folder.mkdir(parents=True, exist_ok=True)
    kubeconfig = folder / "kubeconfig"
    with step(f"starting the cluster {name} (20 to 30 s)"):
        _kind(engine, "create", "cluster", "--name", name, "--kubeconfig", str(kubeconfig),
              "--config", "-", "--wait", "90s", text_in=yaml.safe_dump(_configuration(image)))  # fmt: skip
        cluster = Cluster(name=name, kubeconfig=kubeconfig, engine=engine)
        cluster.kubectl("wait", "--for=condition=Ready", "nodes", "--all",
                        f"--timeout={READY_SECONDS}s", timeout=READY_SECONDS + 10)  # fmt: skip
        _wait_for_default_account(cluster)
    return cluster


def _configuration(image: str) -> dict[str, Any]:
    kubelet = {
        "kind": "KubeletConfiguration",
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "failCgroupV1": False,  # on a host with cgroup v1 the kubelet would not start
    }
    nodes = [{"role": role, "image": image} for role in ("control-plane", "worker")]
    return {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "nodes": nodes,
        "kubeadmConfigPatches": [yaml.safe_dump(kubelet)],
    }


def _wait_for_default_account(cluster: Cluster) -> None:
    """A Pod made earlier is refused."""
    until = time.monotonic() + READY_SECONDS
    while cluster.kubectl("get", "serviceaccount", "default", check=False).returncode:
        if time.monotonic() > until:
            raise RuntimeError("the default ServiceAccount did not appear")
        time.sleep(0.2)


def remove(name: str, engine: Engine) -> None:
    """Delete a cluster and the test hosts beside it, if there are any."""
    listed = engine.run("ps", "-aq", "--filter", f"label={LABEL}={name}").stdout.split()
    if listed:
        engine.run("rm", "-f", "-v", *listed)
    nodes = engine.run(
        "ps", "-aq", "--filter", f"label=io.x-k8s.kind.cluster={name}"
    ).stdout.split()
    if nodes:
        with step(f"removing the cluster {name}"):
            engine.run("rm", "-f", "-v", *nodes)
    if engine.ours:
        others = engine.run("ps", "-aq").stdout.split()
        if not others:
            engine.run("network", "rm", "kind", check=False)
            engine.run("volume", "prune", "-f", check=False)


def stop(name: str) -> None:
    """End the cluster, and the engine if it is ours."""
    engine = running_engine() or find_engine()
    if engine is None:
        say("no engine answers: nothing to remove")
        stop_engine()
        return
    remove(name, engine)
    if engine.ours and not engine.run("ps", "-aq").stdout.split():
        stop_engine()
