"""The test hosts: registries, faults, logins and DNS, each a container in the cluster's network.

No name that a test asks for reaches another resolver: nodes and Pods ask our DNS server, which knows
these hosts and nothing else.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cluster import kind_cluster
from cluster.certificates import KEY_NAME, write_certificates
from cluster.engine import Engine
from cluster.hosts_build import hosts_image, pause_program
from cluster.kind_cluster import LABEL, Cluster
from cluster.pushing import Pusher
from cluster.saying import step

LOGIN = ("user", "right")
# bcrypt of "right", which only the registry of these tests accepts
HTPASSWD = "user:$2b$05$wmAgDq522qvEnqz6N0T1t.yJTZZXjezXBknOuMF9cZaaoXkCv72oe"
FAULTS = (
    "faults.test", "faults-two.test", "unknown-ca.test", "expired.test", "not-yet-valid.test",
    "wrong-name.test",
)  # fmt: skip
WITH_CA = (*FAULTS, "tls.test", "private.test", "token.test", "login.test")
"""Names whose nodes' hosts.toml holds the good authority, unknown-ca.test excepted."""
UNTRUSTED = ("unknown-ca.test", "login.test")
"""Those that containerd does not pull from, or must not trust."""
CERTS = "/etc/containerd/certs.d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """Where the test hosts are."""

    ca: str
    """PEM of the authority that nodes trust for the ``.test`` hosts."""
    addresses: dict[str, str]
    """Address by name, as nodes and Pods reach them."""
    ports: dict[str, int]
    """Port on this machine's loopback by name, for those to which tests push."""
    pause: Path

    def pusher(self, host: str) -> Pusher:
        """For registry.test, tls.test, private.test or token.test."""
        port = self.ports.get(host)
        address = f"127.0.0.1:{port}" if port else self.addresses[host]
        if host == "registry.test":
            return Pusher(url=f"http://{address}", program=self.pause)
        login = LOGIN if host in ("private.test", "token.test") else None
        tokens = f"https://127.0.0.1:{self.ports['login.test']}" if host == "token.test" else None
        return Pusher(
            url=f"https://{address}", program=self.pause, ca=self.ca, login=login, host=host,
            token_url=tokens,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A container to start."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    port: int | None = None
    """The one that is reached from this machine, too."""


def start_cluster_and_hosts(name: str, folder: Path) -> tuple[Cluster, Hosts]:
    """Both at once: the hosts start while kind works, and the nodes know them from the beginning."""
    found: list[Hosts] = []

    def begin(engine: Engine) -> None:
        found.append(start_containers(engine, name, folder))

    def introduce(cluster: Cluster) -> None:
        configure(cluster, found[0])

    cluster = kind_cluster.start(name, folder, meanwhile=begin, joined=introduce)
    return cluster, found[0]


def start_hosts(cluster: Cluster, folder: Path) -> Hosts:
    """Start them beside a cluster that runs already."""
    assert cluster.engine is not None
    with step("starting the test hosts"):
        hosts = start_containers(cluster.engine, cluster.name, folder)
    with step("telling nodes and CoreDNS about them"):
        configure(cluster, hosts)
        cluster.kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns",
                        "--timeout=90s", timeout=100)  # fmt: skip
    return hosts


def load_hosts(folder: Path) -> Hosts:
    """Those that an earlier process has started."""
    found = json.loads((folder / "hosts.json").read_text())
    return Hosts(
        ca=found["ca"], addresses=found["addresses"], ports=found.get("ports", {}),
        pause=pause_program(),
    )  # fmt: skip


def start_containers(engine: Engine, cluster: str, folder: Path) -> Hosts:
    """Start all in the network of that cluster's name; written down in ``folder``/hosts.json."""
    image = hosts_image(engine)
    certificates = folder / "certificates"
    ca = write_certificates(certificates)
    (certificates / "htpasswd").write_text(HTPASSWD + "\n")
    starting = _Starting(engine=engine, cluster=cluster, image=image, certificates=certificates)
    wanted = _wanted()
    with ThreadPoolExecutor(max_workers=4) as pool:
        started = dict(
            zip((one.name for one in wanted), pool.map(starting.start, wanted), strict=True)
        )
    addresses = {f"{name}.test": address for name, (address, _) in started.items()}
    addresses |= dict.fromkeys((*FAULTS, "undeclared.test"), addresses["faults.test"])
    # An address at which nothing listens on port 443.
    addresses["refused.test"] = addresses["registry.test"]
    names = "".join(f"{name} {address}\n" for name, address in addresses.items())
    addresses["dns"], _ = starting.start(
        Host(
            name="dns",
            command=("sh", "-c", 'echo "$NAMES" > /tmp/names && exec python3 /hosts/serve_names.py /tmp/names'),
            environment={"NAMES": names},
        )
    )  # fmt: skip
    ports = {f"{name}.test": port for name, (_, port) in started.items() if port}
    found = {"ca": ca, "addresses": addresses, "ports": ports}
    (folder / "hosts.json").write_text(json.dumps(found))
    return load_hosts(folder)


def _wanted() -> list[Host]:
    serve = ("python3", "/hosts/serve_faults.py", "/certificates")
    return [
        Host(name="faults", command=serve, environment={}),
        Host(name="plain", command=(*serve, "plain"), environment={}),
        Host(name="login", environment={}, port=443,
             command=("python3", "/hosts/serve_tokens.py", "/certificates")),
        _registry("registry", 80, REGISTRY_HTTP_ADDR=":80"),
        _registry("tls", 443),
        _registry(
            "private", 443,
            REGISTRY_AUTH="htpasswd",
            REGISTRY_AUTH_HTPASSWD_REALM="private",
            REGISTRY_AUTH_HTPASSWD_PATH="/certificates/htpasswd",
        ),
        _registry(
            "token", 443,
            REGISTRY_AUTH="token",
            REGISTRY_AUTH_TOKEN_REALM="https://login.test/token",
            REGISTRY_AUTH_TOKEN_SERVICE="token.test",
            REGISTRY_AUTH_TOKEN_ISSUER="login.test",
            REGISTRY_AUTH_TOKEN_JWKS=f"/certificates/{KEY_NAME}.jwks.json",
        ),
    ]  # fmt: skip


def _registry(name: str, port: int, **environment: str) -> Host:
    pem = f"/certificates/{name}.test.pem"
    tls = {
        "REGISTRY_HTTP_ADDR": ":443",
        "REGISTRY_HTTP_TLS_CERTIFICATE": pem,
        "REGISTRY_HTTP_TLS_KEY": pem,
    }
    settings = {
        "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/tmp/registry",
        "REGISTRY_STORAGE_DELETE_ENABLED": "true",
        "OTEL_TRACES_EXPORTER": "none",
        **(tls if port == 443 else {}),
        **environment,
    }
    command = ("/hosts/registry", "serve", "/hosts/registry.yaml")
    return Host(name=name, command=command, environment=settings, port=port)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Starting:
    engine: Engine
    cluster: str
    image: str
    certificates: Path

    def start(self, host: Host) -> tuple[str, int | None]:
        """Start a container; its address in the cluster's network, and its port on loopback."""
        container = f"{self.cluster}-{host.name}"
        options = [word for pair in host.environment.items() for word in ("-e", "=".join(pair))]
        if host.port:
            options += ["--publish", f"127.0.0.1::{host.port}"]
        run = self.engine.run
        run("create", "--name", container, "--label", f"{LABEL}={self.cluster}", "--network",
            self.cluster, *options, self.image, *host.command)  # fmt: skip
        run("cp", str(self.certificates), f"{container}:/certificates")
        run("start", container)
        address = address_of(self.engine, container, self.cluster)
        if not address:
            raise RuntimeError(f"{container} did not start: {run('logs', container).stderr}")
        if not host.port:
            return address, None
        return address, int(
            run("port", container, str(host.port)).stdout.split()[0].rpartition(":")[2]
        )


def address_of(engine: Engine, container: str, network: str) -> str:
    """A container's address in a network; empty where it does not run."""
    template = f'{{{{(index .NetworkSettings.Networks "{network}").IPAddress}}}}'
    return engine.run("inspect", "-f", template, container).stdout.strip()


def configure(cluster: Cluster, hosts: Hosts) -> None:
    """Tell nodes and CoreDNS about the hosts."""
    with ThreadPoolExecutor(max_workers=3) as pool:
        for waiting in [
            *(pool.submit(_configure_node, cluster, node, hosts) for node in cluster.nodes),
            pool.submit(_configure_coredns, cluster, hosts.addresses["dns"]),
        ]:
            waiting.result()


def _configure_node(cluster: Cluster, node: str, hosts: Hosts) -> None:
    """Its resolver, its own names, and how it reaches the registries (containerd's hosts.toml)."""
    assert cluster.engine is not None
    own = "".join(
        f"{address_of(cluster.engine, other, cluster.name)} {other}\n" for other in cluster.nodes
    )
    plain = 'server = "http://registry.test"\n[host."http://registry.test"]\n'
    tls = {
        name: f'server = "https://{name}"\n[host."https://{name}"]\n  ca = "{CERTS}/ca.pem"\n'
        for name in WITH_CA
        if name not in UNTRUSTED
    }
    files = {
        f"{CERTS}/{name}/hosts.toml": text for name, text in {"registry.test": plain, **tls}.items()
    }
    files[f"{CERTS}/ca.pem"] = hosts.ca
    # In place: /etc/resolv.conf is mounted by the engine and cannot be replaced.
    files["/etc/resolv.conf"] = (
        f"nameserver {hosts.addresses['dns']}\noptions timeout:2 attempts:1\n"
    )
    script = ["set -e", f"cat >> /etc/hosts <<'END'\n{own}END"]
    for path, text in files.items():
        script.append(f"mkdir -p {path.rpartition('/')[0]}\ncat > {path} <<'END'\n{text}END")
    cluster.node_exec(node, "sh", text_in="\n".join(script) + "\n")


def _configure_coredns(cluster: Cluster, dns: str) -> None:
    """Pods ask the same server; one replica, which starts with these settings."""
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
    fresh = {"metadata": {"annotations": {"pullproof-test/dns": dns}}}
    patch = {"spec": {"replicas": 1, "template": fresh}}
    cluster.kubectl("-n", "kube-system", "patch", "deployment", "coredns", "-p", json.dumps(patch))
