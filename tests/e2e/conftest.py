"""One cluster for the whole run, test hosts beside it, and pullproof installed in it by Helm."""

import contextlib
import os
import secrets
import signal
import sys
import tempfile
from pathlib import Path

import pytest

from cluster import kind_cluster
from cluster.engine import find_engine, running_engine
from cluster.hosts import load_hosts, start_hosts
from cluster.tools import ToolMissing
from product import install

HERE = Path(__file__).parent
NAME = "pullproof-e2e"


def pytest_collection_modifyitems(config, items):
    """Everything in this folder is e2e; on somebody else's cluster only what may run anywhere."""
    existing = os.environ.get("PULLPROOF_TEST_CLUSTER", "kind") == "existing"
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        if HERE not in Path(item.path).parents:
            kept.append(item)
            continue
        item.add_marker(pytest.mark.e2e)
        item.add_marker(pytest.mark.timeout(600))
        (dropped if existing and not item.get_closest_marker("any_cluster") else kept).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def development_cluster():
    """The one that `make cluster-up` keeps running."""
    kubeconfig = HERE.parents[1] / ".cluster" / "kubeconfig"
    engine = running_engine() or find_engine()
    if engine is None or not kubeconfig.exists():
        pytest.fail("PULLPROOF_REUSE_CLUSTER=1 needs a cluster: make cluster-up", pytrace=False)
    return kind_cluster.Cluster(name="pullproof-dev", kubeconfig=kubeconfig, engine=engine)


@pytest.fixture(scope="session")
def speaking(request):
    """Progress goes to the terminal itself: starting a cluster takes its time."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        copy = os.dup(sys.stdout.fileno())
    os.environ["PULLPROOF_SAY_FD"] = str(copy)
    yield
    del os.environ["PULLPROOF_SAY_FD"]
    os.close(copy)


@pytest.fixture(scope="session")
def cluster(speaking):
    which = os.environ.get("PULLPROOF_TEST_CLUSTER", "kind")
    if which == "existing":
        kubeconfig = os.environ.get("KUBECONFIG")
        if not kubeconfig:
            pytest.fail("PULLPROOF_TEST_CLUSTER=existing needs KUBECONFIG", pytrace=False)
        yield kind_cluster.Cluster(name="existing", kubeconfig=Path(kubeconfig), engine=None)
        return
    if os.environ.get("PULLPROOF_REUSE_CLUSTER") == "1":
        yield development_cluster()
        return
    if which != "kind":
        pytest.fail(f"PULLPROOF_TEST_CLUSTER is kind or existing, not {which!r}", pytrace=False)
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="pullproof-e2e.") as folder:
        try:
            try:
                yield kind_cluster.start(NAME, Path(folder))
            except ToolMissing as error:
                pytest.fail(str(error), pytrace=False)
        finally:
            with contextlib.suppress(KeyboardInterrupt):
                kind_cluster.stop(NAME)
            signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def hosts(cluster):
    folder = cluster.kubeconfig.parent
    return load_hosts(folder) if (folder / "hosts.json").exists() else start_hosts(cluster, folder)


@pytest.fixture(scope="session")
def product(cluster, hosts):
    """pullproof, as `helm install` puts it there."""
    return install(cluster, hosts)


@pytest.fixture
def make_namespace(cluster):
    """Namespaces with a random suffix, removed afterwards."""
    made = []

    def make(**labels):
        name = f"try-{secrets.token_hex(4)}"
        cluster.kubectl("create", "namespace", name)
        if labels:
            pairs = [f"pullproof.io/{key}={value}" for key, value in labels.items()]
            cluster.kubectl("label", "namespace", name, *pairs)
        cluster.kubectl(
            "-n", name, "wait", "--for=create", "serviceaccount/default", "--timeout=30s"
        )
        made.append(name)
        return name

    yield make
    for name in made:
        cluster.kubectl("delete", "namespace", name, "--wait=false", check=False)


@pytest.fixture
def namespace(make_namespace):
    """A namespace that is enforced, as it is by default."""
    return make_namespace()


@pytest.fixture
def unenforced(make_namespace):
    """A namespace in which bad Pods reach the kubelet."""
    return make_namespace(mode="off")
