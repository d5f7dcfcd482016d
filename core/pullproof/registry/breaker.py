"""Hosts that failed repeatedly are not asked for a while. Pure: the time comes in."""

from collections import OrderedDict
from dataclasses import dataclass

MAX_HOSTS = 10_000
FAILURES = 3
"""In a row; any answer in between starts the count again."""
MAX_WAIT_SECONDS = 300.0
"""Of a Retry-After: a registry that asks for hours is asked again all the same, by one request."""


@dataclass(slots=True)
class _State:
    failures: int = 0
    until: float = 0.0


class Breaker:
    """One state a key: ``host`` for failures, ``host`` and credential for limits."""

    def __init__(self, open_seconds: float) -> None:
        self._open_seconds = open_seconds
        self._states: OrderedDict[str, _State] = OrderedDict()

    def wait_seconds(self, key: str, now: float) -> float:
        """How long this key is not to be asked; 0: ask.

        When the time is over one request goes through; the others wait for what it brings.
        """
        state = self._states.get(key)
        if state is None or state.until == 0.0:
            return 0.0
        if now < state.until:
            return state.until - now
        state.until = now + min(self._open_seconds, 5.0)
        return 0.0

    def failed(self, key: str, now: float) -> None:
        """The host did not answer, or not usably."""
        state = self._state(key)
        state.failures += 1
        if state.failures >= FAILURES:
            state.until = now + self._open_seconds

    def worked(self, key: str) -> None:
        """It answered."""
        self._states.pop(key, None)

    def pause(self, key: str, seconds: float, now: float) -> None:
        """It asked to be left alone for so long."""
        self._state(key).until = now + min(max(seconds, 0.0), MAX_WAIT_SECONDS)

    def _state(self, key: str) -> _State:
        state = self._states.setdefault(key, _State())
        self._states.move_to_end(key)
        if len(self._states) > MAX_HOSTS:
            self._states.popitem(last=False)
        return state
