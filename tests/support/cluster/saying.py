"""What is being done, and how long it took: printed past pytest's capture, since it takes minutes."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator

_STARTED = time.monotonic()


def say(text: str) -> None:
    """One line, with the seconds since the start."""
    line = f"[{time.monotonic() - _STARTED:6.1f} s] {text}\n"
    # pytest replaces sys.stdout and the descriptor behind it; the real one it keeps nowhere public.
    stream = os.environ.get("PULLPROOF_SAY_FD")
    if stream is not None:
        with contextlib.suppress(OSError):
            os.write(int(stream), line.encode())
            return
    sys.stderr.write(line)
    sys.stderr.flush()


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """Say what begins, and how long it took."""
    begun = time.monotonic()
    say(f"{text} ...")
    yield
    say(f"{text}: {time.monotonic() - begun:.1f} s")
