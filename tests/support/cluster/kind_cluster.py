"""A kind cluster of a control plane and a worker: started, used, and gone without a trace."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cluster import locks
from cluster.engine import (
    Engine,
    an_engine,
    find_engine,
    running_engine,
    stop_engine,
)
from cluster.node_image import node_image
from cluster.programs import run
from cluster.saying import say, step
from cluster.tools import kind, kubectl

READY_SECONDS = 120
CREATE_SECONDS = 300
REMOVE_ROUNDS = 5
LABEL = "pullproof-test"
"""On the containers beside a cluster; the value is the cluster's name."""
KIND_LABEL = "io.x-k8s.kind.cluster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running cluster, and how to talk to it."""

    name: str
    kubeconfig: Path
    engine: Engine | None
    """None: somebody else's cluster, of which only the kubeconfig is known."""

    @property
    def environment(self) -> dict[str, str]:
        """For kubectl, Helm and whatever else looks for a kubeconfig; they leave no files elsewhere."""
        own = self.kubeconfig.parent / "clients"
        helm = {f"HELM_{one}_HOME": str(own / one) for one in ("CACHE", "CONFIG", "DATA")}
        extra = {"KUBECACHEDIR": str(own / "kubectl"), **helm} if self.engine else {}
        return {**os.environ, "KUBECONFIG": str(self.kubeconfig), **extra}

    def kubectl(
        self, *arguments: str, text_in: str | None = None, check: bool = True, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl as a person would."""
        done = run([str(kubectl()), *arguments], self.environment, text_in=text_in, timeout=timeout)
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
        """Bring an image of the engine to the worker; nothing of ours runs on the control plane."""
        assert self.engine is not None
        engine, node = self.engine, self.nodes[-1]
        with step(f"loading {name} onto the worker"):
            # Through a shell: what is saved, some hundred megabytes, goes nowhere but into the node.
            words = [engine.program, name, node]
            script = '"$0" save "$1" | "$0" exec -i "$2" ctr -n k8s.io images import -'
            done = run(["bash", "-o", "pipefail", "-c", script, *words], engine.environment)
            if done.returncode:
                raise RuntimeError(f"{name} could not be loaded: {done.stderr[-1000:]}")
            if engine.program == "podman":  # which puts localhost/ before a name without a host
                self.node_exec(node, "ctr", "-n", "k8s.io", "images", "tag", "--force",
                               f"localhost/{name}", f"docker.io/{name}")  # fmt: skip

    @contextlib.contextmanager
    def transfer_service(self) -> Iterator[None]:
        """The worker's containerd pulls in its own default way, with the newer wording.

        kind's configuration sets ``discard_unpacked_layers``, which makes containerd 2 pull as
        containerd 1 did. https://github.com/containerd/containerd (internal/cri/config)
        """
        node, path = self.nodes[-1], "/etc/containerd/config.toml"
        before = self.node_exec(node, "cat", path)
        try:
            self.node_exec(node, "sh", "-c", f"cat > {path}", text_in=_without_discarding(before))
            self._restart_containerd(node)
            yield
        finally:
            self.node_exec(node, "sh", "-c", f"cat > {path}", text_in=before)
            self._restart_containerd(node)

    def _restart_containerd(self, node: str) -> None:
        self.node_exec(node, "systemctl", "restart", "containerd")
        self.node_exec(node, "sh", "-c", "until crictl info >/dev/null 2>&1; do sleep 0.1; done")
        self.kubectl("wait", "--for=condition=Ready", f"node/{node}", "--timeout=60s", timeout=90)


def _without_discarding(config: str) -> str:
    lines = [line for line in config.splitlines() if "discard_unpacked_layers" not in line]
    return "\n".join(lines) + (
        '\n[plugins."io.containerd.grpc.v1.cri".registry]\n'
        '  config_path = "/etc/containerd/certs.d"\n'
    )


def _nothing(_: object) -> None:
    pass


def start(
    name: str,
    folder: Path,
    *,
    meanwhile: Callable[[Engine], None] = _nothing,
    joined: Callable[[Cluster], None] = _nothing,
) -> Cluster:
    """Start a cluster; its kubeconfig goes into ``folder``. Leftovers of the same name go first.

    ``meanwhile`` runs beside, once the network ``name`` is there; ``joined`` once the nodes have
    joined, before any Pod runs on them. Raises ToolMissing.
    """
    locks.hold(name)
    engine = an_engine()
    remove(name, engine)
    image = node_image(engine)
    folder.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(name=name, kubeconfig=folder / "kubeconfig", engine=engine)
    with step(f"starting the cluster {name} (about half a minute)"):
        engine.run("network", "create", "--label", f"{LABEL}={name}", name)
        with ThreadPoolExecutor(max_workers=1) as beside:
            waiting = beside.submit(meanwhile, engine)
            _kind(cluster, "create", "cluster", "--name", name, "--kubeconfig", str(cluster.kubeconfig),
                  "--config", "-", text_in=yaml.safe_dump(_configuration(image)))  # fmt: skip
            waiting.result()
        joined(cluster)
        _wait_until_ready(cluster)
    return cluster


def _kind(cluster: Cluster, *arguments: str, text_in: str) -> None:
    assert cluster.engine is not None
    program = cluster.engine.program
    environment = {
        **cluster.engine.environment,
        "KIND_EXPERIMENTAL_PROVIDER": program,
        f"KIND_EXPERIMENTAL_{program.upper()}_NETWORK": cluster.name,  # ours, to be removed with it
    }
    done = run([str(kind()), *arguments], environment, text_in=text_in, timeout=CREATE_SECONDS)
    if done.returncode:
        raise RuntimeError(f"kind {' '.join(arguments)}:\n{done.stderr[-3000:]}")


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


def _wait_until_ready(cluster: Cluster) -> None:
    """Nodes are Ready, names resolve, and a Pod is not refused for want of its ServiceAccount."""
    limit = f"--timeout={READY_SECONDS}s"
    for arguments in (
        ["wait", "--for=condition=Ready", "nodes", "--all"],
        ["wait", "--for=create", "serviceaccount/default"],
        ["-n", "kube-system", "rollout", "status", "deployment/coredns"],
    ):
        cluster.kubectl(*arguments, limit, timeout=READY_SECONDS + 10)


def remove(name: str, engine: Engine) -> None:
    """Delete a cluster, the test hosts beside it and their network, if there are any."""
    filters = [f"label={LABEL}={name}", f"label={KIND_LABEL}={name}"]
    saying = contextlib.ExitStack()
    with saying:
        for round_number in range(REMOVE_ROUNDS):
            found = [one for which in filters
                     for one in engine.run("ps", "-aq", "--filter", which).stdout.split()]  # fmt: skip
            if found and not round_number:
                saying.enter_context(step(f"removing the cluster {name}"))
            if found:
                engine.run("rm", "-f", "-v", *found, check=False)
            # This fails as long as anything, made late by a run that was ended, hangs on it.
            engine.run("network", "rm", name, check=False)
            networks = engine.run("network", "ls", "-q", "--filter", f"label={LABEL}={name}").stdout
            if not found and not networks.strip():
                return
            time.sleep(0.2 * round_number)
        raise RuntimeError(f"{engine.program} could not remove the cluster {name}")


def stop(*names: str) -> list[str]:
    """End clusters, and the engine if it is ours and nothing else runs on it.

    Those that another process is using are left alone, and returned.
    """
    locks.use_engine()
    engine = running_engine() or find_engine()
    if engine is None:
        stop_engine()  # what is left of one that was killed
    used = [name for name in names if locks.is_held_elsewhere(name)]
    for name in names:
        if name in used:
            say(f"a run is using the cluster {name}: left alone")
        elif engine is not None:
            remove(name, engine)
        locks.let_go(name)
    if engine is not None and engine.ours:
        with locks.alone_with_engine() as alone:
            if alone:
                _end_engine(engine)
    return used


def _end_engine(engine: Engine) -> None:
    """Unless a cluster lives on in it, as one for development does."""
    if engine.run("ps", "-q", "--filter", f"label={KIND_LABEL}").stdout.strip():
        return
    left = engine.run("ps", "-aq").stdout.split()
    if left:  # of builds that were interrupted
        engine.run("rm", "-f", "-v", *left, check=False)
    for what in ("image", "volume", "network"):
        engine.run(what, "prune", "-f", check=False)
    stop_engine()
