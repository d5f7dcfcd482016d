"""One cluster for the whole run, test hosts beside it, and pullproof installed in it by Helm."""

import contextlib
import os
import secrets
import shutil
import sys
from pathlib import Path

import pytest

from cluster import kind_cluster
from cluster.engine import find_engine, running_engine
from cluster.hosts import load_hosts, start_cluster_and_hosts
from cluster.programs import ended_by_signals, undisturbed
from cluster.saying import say
from cluster.tools import ToolMissing, cache_folder
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
        # Only the test itself: the first one starts the cluster, and on the first run builds its nodes.
        item.add_marker(pytest.mark.timeout(600, func_only=True))
        (dropped if existing and not item.get_closest_marker("any_cluster") else kept).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def development_cluster():
    """The one that `make cluster-up` keeps running."""
    folder = HERE.parents[1] / ".cluster"
    engine = running_engine() or find_engine()
    if engine is None or not (folder / "hosts.json").exists():
        pytest.fail("PULLPROOF_REUSE_CLUSTER=1 needs a cluster: make cluster-up", pytrace=False)
    kubeconfig = folder / "kubeconfig"
    cluster = kind_cluster.Cluster(name="pullproof-dev", kubeconfig=kubeconfig, engine=engine)
    return cluster, load_hosts(folder)


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


@contextlib.contextmanager
def cluster_of_this_run():
    """kind, with the test hosts beside it; gone afterwards, also after Ctrl-C and SIGTERM."""
    folder = cache_folder() / "runs" / NAME
    shutil.rmtree(folder, ignore_errors=True)  # of a run that crashed
    with ended_by_signals():
        try:
            yield start_cluster_and_hosts(NAME, folder)
        finally:
            with undisturbed(say):
                kind_cluster.stop(NAME)
                shutil.rmtree(folder, ignore_errors=True)


def cluster_of_the_caller():
    kubeconfig = os.environ.get("KUBECONFIG")
    if not kubeconfig:
        pytest.fail("PULLPROOF_TEST_CLUSTER=existing needs KUBECONFIG", pytrace=False)
    return kind_cluster.Cluster(name="existing", kubeconfig=Path(kubeconfig), engine=None)


@pytest.fixture(scope="session")
def cluster_and_hosts(speaking):
    which = os.environ.get("PULLPROOF_TEST_CLUSTER", "kind")
    if which == "existing":
        yield cluster_of_the_caller(), None
    elif which != "kind":
        pytest.fail(f"PULLPROOF_TEST_CLUSTER is kind or existing, not {which!r}", pytrace=False)
    elif os.environ.get("PULLPROOF_REUSE_CLUSTER") == "1":
        yield development_cluster()
    else:
        with contextlib.ExitStack() as stack:
            try:
                found = stack.enter_context(cluster_of_this_run())
            except ToolMissing as error:
                pytest.fail(str(error), pytrace=False)
            yield found


@pytest.fixture(scope="session")
def cluster(cluster_and_hosts):
    return cluster_and_hosts[0]


@pytest.fixture(scope="session")
def hosts(cluster_and_hosts):
    """The test hosts; a test that asks for them runs on kind only."""
    assert cluster_and_hosts[1] is not None, "only a cluster of kind has test hosts"
    return cluster_and_hosts[1]


@pytest.fixture(scope="session")
def product(cluster, hosts):
    """pullproof, as `helm install` puts it there."""
    return install(cluster, hosts)


@pytest.fixture(scope="session")
def leaving(cluster):
    """Names of namespaces that are being deleted: a cluster of the caller's is left without them."""
    names: list[str] = []
    yield names
    if cluster.engine is None and names:
        cluster.kubectl("wait", "--for=delete", "--timeout=120s",
                        *(f"namespace/{name}" for name in names), timeout=130)  # fmt: skip


@pytest.fixture
def make_namespace(cluster, leaving):
    """Namespaces with a random suffix, removed afterwards."""
    made = []

    def make(**labels):
        name = f"try-{secrets.token_hex(4)}"
        made.append(name)
        cluster.kubectl("create", "namespace", name)
        if labels:
            pairs = [f"pullproof.io/{key}={value}" for key, value in labels.items()]
            cluster.kubectl("label", "namespace", name, *pairs)
        cluster.kubectl(
            "-n", name, "wait", "--for=create", "serviceaccount/default", "--timeout=30s"
        )
        return name

    yield make
    for name in made:
        cluster.kubectl("delete", "namespace", name, "--wait=false", "--ignore-not-found")
    leaving += made


@pytest.fixture
def namespace(make_namespace):
    """A namespace that is enforced, as it is by default."""
    return make_namespace()


@pytest.fixture
def unenforced(make_namespace):
    """A namespace in which bad Pods reach the kubelet."""
    return make_namespace(mode="off")
