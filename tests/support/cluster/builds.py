"""Temporary files of builds, and what a build that was killed has left of itself.

A build's programs all have its folder as TMPDIR, so that they can be found again: as root they mount
file systems in there, and they go on when the process that started them is killed.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from cluster import locks
from cluster.programs import is_alive
from cluster.tools import cache_folder

LOCKS = ("node-image", "hosts-image")
"""Each build holds one of them."""
END_SECONDS = 10


def work_folder(name: str) -> Path:
    """An empty folder for one kind of build, whose lock is held: what an earlier one left in it goes."""
    folder = _work() / name
    clear(folder)
    folder.mkdir(parents=True)
    return folder


def clear_all() -> None:
    """What builds that were interrupted have left; nothing while one is running."""
    if any(locks.is_held_elsewhere(one) for one in LOCKS):
        return
    with contextlib.ExitStack() as stack:
        for one in LOCKS:
            stack.enter_context(locks.one_at_a_time(one))
        clear(_work())


def left() -> list[str]:
    """One line for each thing that ``clear_all`` would remove."""
    if any(locks.is_held_elsewhere(one) for one in LOCKS):
        return []
    folder = _work()
    found = [f"process {pid} of a build" for pid in _processes_of(folder)]
    found += [f"mount {one}" for one in _mounts_below(folder)]
    return found + [f"folder {one}" for one in folder.glob("*") if any(one.iterdir())]


def clear(folder: Path) -> None:
    """End what works in a folder, unmount what is mounted below it, remove it. Raises RuntimeError."""
    until = time.monotonic() + END_SECONDS
    while found := [pid for pid in _processes_of(folder) if is_alive(pid)]:
        if time.monotonic() > until:
            raise RuntimeError(f"processes {found} in {folder} do not end")
        for pid in found:  # again each time: they may have started others meanwhile
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    for one in sorted(_mounts_below(folder), reverse=True):
        subprocess.run(["umount", one], capture_output=True, check=False)
    mounts = _mounts_below(folder)
    if mounts:  # never reach through them: one could be a folder of the machine's
        raise RuntimeError(f"cannot be unmounted: {', '.join(mounts)}")
    shutil.rmtree(folder, ignore_errors=True)


def _work() -> Path:
    return cache_folder() / "work"


def _processes_of(folder: Path) -> list[int]:
    """Those whose TMPDIR is the folder or below it; never ourselves."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                variables = (entry / "environ").read_bytes().split(b"\0")
                if any(
                    f"{one.decode(errors='replace')}/".startswith(f"TMPDIR={folder}/")
                    for one in variables
                ):
                    found.append(int(entry.name))
    return found


def _mounts_below(folder: Path) -> list[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [one for one in (line.split()[1] for line in lines) if one.startswith(f"{folder}/")]
