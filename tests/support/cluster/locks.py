"""Two runs at the same time: neither takes down what the other uses."""

import contextlib
import fcntl
import os
from collections.abc import Iterator

from cluster.tools import ToolMissing, cache_folder

_held: dict[str, int] = {}
"""Held until this process ends: the kernel lets go of them however it ends."""


def hold(name: str) -> None:
    """Take the cluster of this name for this process. Raises ToolMissing where another has it."""
    if name in _held:
        return
    file = _open(name)
    if not _take(file, fcntl.LOCK_EX):
        owner = os.pread(file, 20, 0).decode().strip()
        os.close(file)
        raise ToolMissing(
            f"the cluster {name} is in use by process {owner}: wait until it has ended"
        )
    os.ftruncate(file, 0)
    os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    _held[name] = file


def is_held_elsewhere(name: str) -> bool:
    """Whether another process uses the cluster of this name."""
    if name in _held:
        return False
    file = _open(name)
    try:
        return not _take(file, fcntl.LOCK_EX)
    finally:
        os.close(file)


def let_go(name: str) -> None:
    """Others may have it."""
    file = _held.pop(name, None)
    if file is not None:
        os.close(file)


def use_engine() -> None:
    """While this process lives, no other process ends the engine that we share."""
    if "engine" not in _held:
        file = _open("engine")
        fcntl.flock(file, fcntl.LOCK_SH)  # waits for one that is just ending the engine
        _held["engine"] = file


@contextlib.contextmanager
def alone_with_engine() -> Iterator[bool]:
    """Whether no other process uses the engine; as long as this lasts, none begins to."""
    use_engine()
    file = _held["engine"]
    alone = _take(file, fcntl.LOCK_EX)
    try:
        yield alone
    finally:
        fcntl.flock(file, fcntl.LOCK_SH)


@contextlib.contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Wait for whoever does the same; for what takes seconds, or what both would make."""
    file = _open(name)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _open(name: str) -> int:
    """A bare descriptor: it may stay open to the end of the process without a warning."""
    folder = cache_folder() / "locks"
    folder.mkdir(exist_ok=True)
    return os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _take(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
