"""What our clusters and our engine have left on this machine; empty when all is gone.

What a living run uses is no leftover, and neither is anything that an engine of somebody else keeps.
"""

import os
import subprocess
from pathlib import Path

from cluster import builds, locks, machine
from cluster import engine as engines
from cluster.engine import STATE, Engine
from cluster.kind_cluster import KIND_LABEL, LABEL
from cluster.tools import cache_folder


def leftovers(*names: str) -> list[str]:
    """One line for each thing that is left of these clusters, or of an engine that we started."""
    unused = [name for name in names if not locks.is_held_elsewhere(name)]
    engine = engines.running_engine() or engines.find_engine()
    found = [line for name in unused for line in _of_cluster(name, engine)] if engine else []
    if engines.running_engine() is None:
        found += _of_engine()
        if not _any_engine_runs():
            found += _of_network()
    elif len(unused) == len(names):
        found.append(f"an engine, with {STATE}")
    return found + builds.left()


def _of_cluster(name: str, engine: Engine) -> list[str]:
    found = []
    for label in (LABEL, KIND_LABEL):
        listed = engine.run(
            "ps", "-a", "--filter", f"label={label}={name}", "--format", "{{.Names}}"
        )
        found += [f"container {one}" for one in listed.stdout.split()]
    listed = engine.run(
        "network", "ls", "--filter", f"label={LABEL}={name}", "--format", "{{.Name}}"
    )
    return found + [f"network {one}" for one in listed.stdout.split()]


def _of_engine() -> list[str]:
    """Of one that has ended: none of this may outlive it."""
    data = f"{cache_folder()}/engine"
    found = [f"folder {STATE}"] if STATE.exists() else []
    for pid, line in _processes().items():
        if f"{STATE}/" in line or f"{data}/" in line or f"{data} " in line:
            found.append(f"process {pid}: {line[:120]}")
    for line in Path("/proc/self/mounts").read_text().splitlines():
        where = line.split()[1]
        if f"{where}/".startswith((f"{STATE}/", f"{data}/")):
            found.append(f"mount {where}")
    groups = Path("/sys/fs/cgroup")
    tops = [groups / machine.CGROUP, *(one / machine.CGROUP for one in groups.glob("*"))]
    return found + [f"control group {one}" for one in tops if one.exists()]


def _of_network() -> list[str]:
    """Only to be asked where no engine runs at all: a bridge does not say whose it is."""
    links = _output("ip", "-o", "link", "show", "type", "bridge").splitlines()
    names = [line.split(": ")[1].split("@")[0] for line in links]
    found = [f"bridge {one}" for one in names if one == "docker0" or one.startswith("br-")]
    for table in machine.TABLES:
        for line in _output(f"{table}-save").splitlines():
            of_docker = line.startswith((":DOCKER", "-A")) and "DOCKER" in line
            if of_docker or line.startswith(":FORWARD DROP"):
                found.append(f"{table}: {line}")
    return found


def _any_engine_runs() -> bool:
    """Whoever's; also one on a socket that we do not know."""
    programs = {line.split()[0].rpartition("/")[2] for line in _processes().values()}
    return "dockerd" in programs or engines.find_engine() is not None


def _processes() -> dict[int, str]:
    """Command lines by pid, our own left out; those of the kernel have none."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended meanwhile
        if words[0].strip():
            found[int(entry.name)] = b" ".join(words).decode(errors="replace").strip()
    return found


def _output(*command: str) -> str:
    """Empty where the program is not installed."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return ""
