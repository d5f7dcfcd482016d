"""Two runs at the same time leave each other alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cluster import locks
from cluster.tools import ToolMissing

SUPPORT = Path(__file__).parents[1] / "support"
OTHER = """
import sys
sys.path.insert(0, sys.argv[1])
from cluster import locks
{command}
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(locks, "_held", {})
    yield
    for name in list(locks._held):
        locks.let_go(name)


@pytest.fixture
def other_process():
    started = []

    def start(command):
        process = subprocess.Popen(
            [sys.executable, "-c", OTHER.format(command=command), str(SUPPORT)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ),
        )  # fmt: skip
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.communicate()


def test_a_cluster_that_another_process_uses_is_refused_with_its_pid(other_process):
    process = other_process("locks.hold('some-cluster')")
    assert locks.is_held_elsewhere("some-cluster")
    with pytest.raises(ToolMissing, match=f"in use by process {process.pid}"):
        locks.hold("some-cluster")


def test_a_cluster_is_free_once_its_process_has_ended_however_it_ended(other_process):
    process = other_process("locks.hold('some-cluster')")
    process.kill()
    process.wait()
    assert not locks.is_held_elsewhere("some-cluster")
    locks.hold("some-cluster")


def test_an_engine_that_another_process_uses_is_not_ended(other_process):
    process = other_process("locks.use_engine()")
    with locks.alone_with_engine() as alone:
        assert not alone
    process.kill()
    process.wait()
    with locks.alone_with_engine() as alone:
        assert alone
