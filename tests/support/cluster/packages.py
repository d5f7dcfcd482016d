"""Debian packages: installed where they are missing, without the services that come with them."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from cluster.programs import run
from cluster.saying import step
from cluster.tools import ToolMissing

POLICY = Path("/usr/sbin/policy-rc.d")
INSTALL_SECONDS = 900


def install(names: list[str]) -> None:
    """Those that are missing. Raises ToolMissing."""
    missing = [name for name in names if run(["dpkg", "-s", name]).returncode]
    if not missing:
        return
    if os.geteuid() != 0:
        raise ToolMissing(f"missing packages; as root: apt-get install {' '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step(f"installing {' '.join(missing)}"), no_services():
        for command in (
            ["update", "-q"],
            ["install", "-q", "-y", "--no-install-recommends", *missing],
        ):
            done = run(["apt-get", *command], environment, timeout=INSTALL_SECONDS)
            if done.returncode:
                raise ToolMissing(f"apt-get {' '.join(command)} failed: {done.stderr[-1000:]}")


@contextlib.contextmanager
def no_services() -> Iterator[None]:
    """Nothing that is installed starts: docker.io would start an engine in the machine's own folders.

    https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
    """
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
