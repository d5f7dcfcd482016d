"""Two runs at the same time: neither takes down what the other uses."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from typing import IO

from cluster.tools import ToolMissing, cache_folder

_held: dict[str, IO[str]] = {}
"""Held until this process ends: the kernel lets go of them however it ends."""


def hold(name: str) -> None:
    """Take the cluster of this name for this process. Raises ToolMissing where another has it."""
    if name in _held:
        return
    file = _file(name)
    if not _take(file, fcntl.LOCK_EX):
        owner = file.read().strip()
        file.close()
        raise ToolMissing(
            f"the cluster {name} is in use by process {owner}: wait until it has ended"
        )
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    _held[name] = file


def is_held_elsewhere(name: str) -> bool:
    """Whether another process uses the cluster of this name."""
    if name in _held:
        return False
    with _file(name) as file:
        return not _take(file, fcntl.LOCK_EX)


def let_go(name: str) -> None:
    """Others may have it."""
    file = _held.pop(name, None)
    if file is not None:
        file.close()


def use_engine() -> None:
    """While this process lives, no other process ends the engine that we share."""
    if "engine" not in _held:
        file = _file("engine")
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
    with _file(name) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _file(name: str) -> IO[str]:
    folder = cache_folder() / "locks"
    folder.mkdir(exist_ok=True)
    return (folder / name).open("a+", encoding="utf-8")


def _take(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        return False
    return True
