"""Start other programs so that none outlives us: each in a process group of its own, ended with us."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE_SECONDS = 20
"""For a script that is told to end: it takes down what it has mounted."""


def run(
    command: Sequence[str],
    environment: dict[str, str] | None = None,
    *,
    text_in: str | None = None,
    timeout: float = 300,
) -> subprocess.CompletedProcess[str]:
    """As subprocess.run with captured text, but Ctrl-C reaches us alone, and then we end the group.

    Else a child of the child, which nobody waits for, could go on making what we have just removed.
    """
    with _started(
        command, environment, stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL if text_in is None else subprocess.PIPE,
    ) as process:  # fmt: skip
        out, err = process.communicate(text_in, timeout=timeout)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def follow(
    command: Sequence[str],
    environment: dict[str, str] | None,
    heard: Callable[[str], None],
    *,
    first_seconds: float,
    seconds: float,
) -> tuple[int, str]:
    """Run, and hand over each line as it comes; exit code and all lines.

    A program that has said nothing within ``first_seconds``, or not ended within ``seconds``, is ended.
    """
    lines: list[str] = []
    with _started(
        command, environment, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT
    ) as process:
        late = threading.Timer(seconds, end_group, [process])
        silent = threading.Timer(first_seconds, end_group, [process])
        try:
            late.start()
            silent.start()
            assert process.stdout is not None
            for line in process.stdout:
                silent.cancel()
                lines.append(line)
                heard(line.rstrip())
            return process.wait(), "".join(lines)
        finally:
            late.cancel()
            silent.cancel()


@contextlib.contextmanager
def _started(
    command: Sequence[str], environment: dict[str, str] | None, *, stdin: int, stderr: int
) -> Iterator[subprocess.Popen[str]]:
    """A program in a group of its own, which ends with this block however it is left."""
    release = _defer_signals()
    try:
        process = subprocess.Popen(
            command, env=environment, text=True, errors="replace", start_new_session=True,
            stdin=stdin, stdout=subprocess.PIPE, stderr=stderr,
        )  # fmt: skip
    except BaseException:
        release()
        raise
    with process:
        try:
            release()
            yield process
        except BaseException:
            end_group(process)
            raise


def _defer_signals() -> Callable[[], None]:
    """Hold signals back until the result is called: in between is a child that nobody knows of yet."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None  # handlers run in the main thread only
    noted: list[int] = []
    before = {one: handler for one in ENDING if callable(handler := signal.getsignal(one))}
    for number in before:
        signal.signal(number, lambda number, _: noted.append(number))

    def release() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)
        for missed in noted:
            signal.raise_signal(missed)

    return release


def end_group(process: subprocess.Popen[str]) -> None:
    """End a process that ``run`` started, and its children."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
            break
    until = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < until and _alive_in_group(process.pid):
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Whether a process runs: one that ended and that nobody has waited for does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return False
    state = stat.rpartition(")")[2].split()[0]  # the name before it may hold anything
    return state not in ("Z", "X")


def _alive_in_group(group: int) -> bool:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(ProcessLookupError):
                if os.getpgid(int(entry.name)) == group and is_alive(int(entry.name)):
                    return True
    return False


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end us in the way of Ctrl-C: through every ``finally``."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = [(one, signal.signal(one, interrupt)) for one in (signal.SIGTERM, signal.SIGHUP)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


@contextlib.contextmanager
def undisturbed(say: Callable[[str], None]) -> Iterator[None]:
    """A second Ctrl-C must not stop the cleaning that the first has begun."""

    def refuse(*_: object) -> None:
        say("cleaning up: a few seconds more")

    before = [(one, signal.signal(one, refuse)) for one in ENDING]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
