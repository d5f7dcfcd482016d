"""One line about long work, on a terminal only, and only once a second has passed."""

import sys
import time
from os import environ

FIRST_SECONDS = 1.0
STEP_SECONDS = 0.2


class Progress:
    """Call it with how many are done, and of how many."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._started = self._last = time.monotonic()
        self._shown = sys.stderr.isatty() and not environ.get("CI")

    def __call__(self, done: int, total: int) -> None:
        """Say so, if it is time."""
        now = time.monotonic()
        if not self._shown or now - self._started < FIRST_SECONDS:
            return
        if done < total and now - self._last < STEP_SECONDS:
            return
        self._last = now
        end = "\r\x1b[K" if done == total else ""
        sys.stderr.write(f"\r\x1b[K{done}/{total} {self._what}{end}")
        sys.stderr.flush()
