"""What a build that was killed has left: its processes and its files, and nothing of others."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cluster import builds, locks

SUPPORT = Path(__file__).parents[1] / "support"
# A build in short: a child of the child works on in its own session, as package installers do.
BUILD = """
import os, subprocess, sys
from cluster import builds, locks
with locks.one_at_a_time("node-image"):
    folder = builds.work_folder("a-build")
    (folder / "file").write_text("half")
    child = subprocess.Popen(["sleep", "600"], env={**os.environ, "TMPDIR": str(folder)}, start_new_session=True)
    print(child.pid, flush=True)
    child.wait()
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "pullproof"


@pytest.fixture
def build(cache):
    """A build that is under way, and the pid of what it has started."""
    with subprocess.Popen([sys.executable, "-c", BUILD], cwd=SUPPORT, text=True,
                          stdout=subprocess.PIPE) as process:  # fmt: skip
        assert process.stdout is not None
        child = int(process.stdout.readline())
        yield process, child
        process.kill()
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def test_a_build_that_was_killed_is_ended_and_its_files_go(build, cache):
    process, child = build
    process.kill()
    process.wait()
    assert builds.left() == [f"process {child} of a build", f"folder {cache}/work/a-build"]
    builds.clear_all()
    assert builds.left() == []
    assert not (cache / "work").exists()


def test_a_build_that_is_under_way_is_left_alone(build, cache):
    assert builds.left() == []
    builds.clear_all()
    assert (cache / "work" / "a-build" / "file").read_text() == "half"
    assert build[0].poll() is None


def test_the_next_build_of_the_same_kind_begins_with_nothing(build, cache):
    build[0].kill()
    build[0].wait()
    with locks.one_at_a_time("node-image"):
        assert list(builds.work_folder("a-build").iterdir()) == []
