"""The test hosts: registries, faults and DNS, each a container in the cluster's network.

No name that a test asks for reaches another resolver: nodes and Pods ask our DNS server, which knows
these hosts and nothing else.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cluster.certificates import write_certificates
from cluster.engine import Engine
from cluster.kind_cluster import LABEL, Cluster
from cluster.node_image import programs_folder
from cluster.pushing import Pusher
from cluster.saying import step
from cluster.tools import cache_folder, go

ROOT = Path(__file__).parents[3]
SUPPORT = ROOT / "tests" / "support"
REGISTRY = "github.com/distribution/distribution/v3/cmd/registry@v3.1.2"
LOGIN = ("user", "right")
# bcrypt of "right", which only the registry of these tests accepts
HTPASSWD = "user:$2b$05$wmAgDq522qvEnqz6N0T1t.yJTZZXjezXBknOuMF9cZaaoXkCv72oe"
FAULTS = (
    "faults.test", "faults-two.test", "unknown-ca.test", "expired.test", "not-yet-valid.test",
    "wrong-name.test",
)  # fmt: skip
WITH_CA = (*FAULTS, "tls.test", "private.test")
PYTHON_PACKAGES = ["aiohttp", "dnslib"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """Where the test hosts are."""

    ca: str
    """PEM of the authority that nodes trust for the ``.test`` hosts."""
    addresses: dict[str, str]
    """Address by name."""
    pause: Path

    def pusher(self, host: str) -> Pusher:
        """For registry.test, tls.test or private.test."""
        address = self.addresses[host]
        if host == "registry.test":
            return Pusher(url=f"http://{address}", program=self.pause)
        login = LOGIN if host == "private.test" else None
        return Pusher(
            url=f"https://{address}", program=self.pause, ca=self.ca, login=login, host=host
        )


def start_hosts(cluster: Cluster, folder: Path) -> Hosts:
    """Start them all beside a cluster, and tell nodes and CoreDNS about them."""
    assert cluster.engine is not None
    engine = cluster.engine
    image = hosts_image(engine)
    with step("starting the test hosts"):
        certificates = folder / "certificates"
        ca = write_certificates(certificates)
        (certificates / "htpasswd").write_text(HTPASSWD + "\n")
        addresses = _start_containers(engine, cluster.name, image, certificates)
        names = "".join(f"{name} {address}\n" for name, address in addresses.items())
        dns = _start(engine, cluster.name, image, "dns", certificates, [
            "sh", "-c", 'echo "$NAMES" > /tmp/names && exec python3 /hosts/serve_names.py /tmp/names',
        ], {"NAMES": names})  # fmt: skip
        addresses["dns"] = dns
    with step("telling nodes and CoreDNS about them"):
        for node in cluster.nodes:
            _configure_node(cluster, node, ca, dns)
        _configure_coredns(cluster, dns)
    hosts = Hosts(ca=ca, addresses=addresses, pause=pause_program())
    (folder / "hosts.json").write_text(json.dumps({"ca": ca, "addresses": addresses}))
    return hosts


def load_hosts(folder: Path) -> Hosts:
    """Those that an earlier process has started."""
    found = json.loads((folder / "hosts.json").read_text())
    return Hosts(ca=found["ca"], addresses=found["addresses"], pause=pause_program())


def _start_containers(
    engine: Engine, cluster: str, image: str, certificates: Path
) -> dict[str, str]:
    def registry(name: str, **environment: str) -> str:
        settings = {
            "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/tmp/registry",
            "REGISTRY_STORAGE_DELETE_ENABLED": "true",
            "OTEL_TRACES_EXPORTER": "none",
            **environment,
        }
        command = ["/hosts/registry", "serve", "/hosts/registry.yaml"]
        return _start(engine, cluster, image, name, certificates, command, settings)

    def tls(name: str) -> dict[str, str]:
        pem = f"/certificates/{name}.pem"
        return {
            "REGISTRY_HTTP_ADDR": ":443",
            "REGISTRY_HTTP_TLS_CERTIFICATE": pem,
            "REGISTRY_HTTP_TLS_KEY": pem,
        }

    serve = ["python3", "/hosts/serve_faults.py", "/certificates"]
    faults = _start(engine, cluster, image, "faults", certificates, serve)
    plain = _start(engine, cluster, image, "plain", certificates, [*serve, "plain"])
    found = {
        "registry.test": registry("registry", REGISTRY_HTTP_ADDR=":80"),
        "tls.test": registry("tls", **tls("tls.test")),
        "private.test": registry(
            "private",
            REGISTRY_AUTH="htpasswd",
            REGISTRY_AUTH_HTPASSWD_REALM="private",
            REGISTRY_AUTH_HTPASSWD_PATH="/certificates/htpasswd",
            **tls("private.test"),
        ),
        "plain.test": plain,
        "undeclared.test": faults,
        **dict.fromkeys(FAULTS, faults),
    }
    # An address at which nothing listens on port 443.
    found["refused.test"] = found["registry.test"]
    return found


def _start(
    engine: Engine,
    cluster: str,
    image: str,
    name: str,
    certificates: Path,
    command: list[str],
    environment: dict[str, str] | None = None,
) -> str:
    """Start a container; its address."""
    container = f"{cluster}-{name}"
    options = [word for pair in (environment or {}).items() for word in ("-e", "=".join(pair))]
    engine.run("create", "--name", container, "--label", f"{LABEL}={cluster}", "--network", "kind",
               *options, image, *command)  # fmt: skip
    engine.run("cp", str(certificates), f"{container}:/certificates")
    engine.run("start", container)
    found = engine.run(
        "inspect", "-f", "{{.NetworkSettings.Networks.kind.IPAddress}}", container
    ).stdout.strip()
    if not found:
        raise RuntimeError(f"{container} did not start: {engine.run('logs', container).stderr}")
    return found


def _configure_node(cluster: Cluster, node: str, ca: str, dns: str) -> None:
    """Its resolver, its own names, and how it reaches the registries (containerd's hosts.toml)."""
    assert cluster.engine is not None
    lines = []
    for other in cluster.nodes:
        address = cluster.engine.run(
            "inspect", "-f", "{{.NetworkSettings.Networks.kind.IPAddress}}", other
        ).stdout.strip()
        lines.append(f"{address} {other}")
    folder = "/etc/containerd/certs.d"
    script = [f"echo '{line}' >> /etc/hosts" for line in lines] + [
        f"mkdir -p {folder}/registry.test",
        f"cat > {folder}/ca.pem",
    ]
    cluster.node_exec(node, "sh", "-c", " && ".join(script), text_in=ca)
    plain = 'server = "http://registry.test"\n[host."http://registry.test"]\n'
    _write(cluster, node, f"{folder}/registry.test/hosts.toml", plain)
    for name in WITH_CA:
        if name == "unknown-ca.test":
            continue
        toml = f'server = "https://{name}"\n[host."https://{name}"]\n  ca = "{folder}/ca.pem"\n'
        cluster.node_exec(node, "mkdir", "-p", f"{folder}/{name}")
        _write(cluster, node, f"{folder}/{name}/hosts.toml", toml)
    # In place: /etc/resolv.conf is mounted by the engine and cannot be replaced.
    _write(cluster, node, "/etc/resolv.conf", f"nameserver {dns}\noptions timeout:2 attempts:1\n")


def _write(cluster: Cluster, node: str, path: str, text: str) -> None:
    cluster.node_exec(node, "sh", "-c", f"cat > {path}", text_in=text)


def _configure_coredns(cluster: Cluster, dns: str) -> None:
    """Pods ask the same server."""
    found = cluster.get("configmap", "coredns", "kube-system")
    corefile = found["data"]["Corefile"].replace("/etc/resolv.conf", dns)
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "coredns", "namespace": "kube-system"},
            "data": {"Corefile": corefile.replace("cache 30", "cache 1")},
        }
    )
    cluster.kubectl("-n", "kube-system", "delete", "pod", "-l", "k8s-app=kube-dns",
                    "--grace-period=1", timeout=90)  # fmt: skip
    cluster.kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns",
                    "--timeout=90s", timeout=100)  # fmt: skip


def hosts_image(engine: Engine) -> str:
    """The image of the test hosts; built where the engine does not hold it."""
    sources = [
        *sorted(SUPPORT.glob("fault_*.py")),
        *sorted((Path(__file__).parent / "hosts_image").iterdir()),
    ]
    digest = hashlib.sha256()
    for path in sources:
        digest.update(path.name.encode() + path.read_bytes())
    digest.update(REGISTRY.encode())
    name = f"pullproof-test/hosts:{digest.hexdigest()[:12]}"
    if engine.run("image", "inspect", name, check=False).returncode == 0:
        return name
    with step("building the test hosts' image"):
        _build_hosts_image(engine, name, sources)
    return name


def _build_hosts_image(engine: Engine, name: str, sources: list[Path]) -> None:
    environment = {
        **engine.environment,
        "ONLY_BASE": "1",
        "ENGINE": engine.program,
        "PYTHON": sys.executable,
    }
    done = subprocess.run([str(ROOT / "deploy" / "build-image.sh")], env=environment,
                          capture_output=True, text=True, check=False)  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    base = done.stdout.split()[-1]
    version = engine.run("run", "--rm", "--network", "none", "--entrypoint", "python3", base, "-c",
                         "import sys; print('%d.%d' % sys.version_info[:2])").stdout.strip()  # fmt: skip
    with tempfile.TemporaryDirectory() as work:
        context = Path(work)
        hosts = context / "hosts"
        hosts.mkdir()
        for path in sources:
            shutil.copy(path, hosts)
        shutil.copy(registry_program(), hosts / "registry")
        (hosts / "registry.yaml").write_text(
            "version: 0.1\nlog: {level: warn}\nstorage:\n  filesystem: {}\n  cache: {blobdescriptor: inmemory}\n"
            "http:\n  addr: :80\n"
        )
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(context / "packages"),
             "--only-binary", ":all:", "--python-version", version, "--implementation", "cp",
             "--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_28_x86_64",
             *PYTHON_PACKAGES],
            check=True,
        )  # fmt: skip
        (context / "Dockerfile").write_text(
            f"FROM {base}\nCOPY packages /packages\nCOPY hosts /hosts\n"
            "ENV PYTHONPATH=/packages:/hosts PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1\nUSER 0:0\n"
        )
        engine.run("build", "--quiet", "--tag", name, work)


def registry_program() -> Path:
    """distribution's registry: of the node's programs, or built from its Go module."""
    built = programs_folder() / "registry"
    if built.exists():
        return built
    folder = cache_folder() / "tools" / REGISTRY.rpartition("@")[2]
    if not (folder / "registry").exists():
        folder.mkdir(parents=True, exist_ok=True)
        environment = {**_go_environment(), "GOBIN": str(folder)}
        subprocess.run([str(go()), "install", REGISTRY], env=environment, check=True)
    return folder / "registry"


def pause_program() -> Path:
    """What the tests' images run."""
    built = programs_folder() / "pause"
    if built.exists():
        return built
    target = cache_folder() / "tools" / "pause-1"
    if not target.exists():
        source = Path(__file__).parent / "node" / "pause.go"
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([str(go()), "build", "-trimpath", "-ldflags", "-s -w", "-o", str(target), str(source)],
                       env=_go_environment(), check=True)  # fmt: skip
    return target


def _go_environment() -> dict[str, str]:
    import os

    return {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": ""}
