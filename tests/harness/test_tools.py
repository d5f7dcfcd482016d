"""Where no engine answers, the message says what to do; and nobody is asked who cannot answer."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "support" / "cluster" / "__main__.py"


def cluster(folder, *arguments):
    """As on a machine without Docker and Podman, and without a terminal."""
    environment = {"XDG_CACHE_HOME": str(folder), "PULLPROOF_ENGINE": str(folder / "engine")}
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False,
        env={"PATH": "/nowhere", "HOME": "/nowhere", **environment}, start_new_session=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_without_an_engine_and_without_a_yes_up_says_what_is_missing(tmp_path):
    done = cluster(tmp_path, "up")
    assert done.returncode == 1
    assert done.stderr.startswith("error: no Docker and no Podman answers. Start one")
    assert "Traceback" not in done.stderr


def test_status_without_an_engine(tmp_path):
    done = cluster(tmp_path, "status")
    assert done.returncode == 0
    assert done.stdout == "no engine answers\n"
