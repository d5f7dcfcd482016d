"""Answers of registries, shared: one question in flight at a time, and remembered for a while.

What is found and what is absent is remembered; trouble never is. The key holds whose credentials
were used and, unless nobody's, the namespace: a tenant learns nothing from another.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from pullproof.causes import ABSENT_CAUSES
from pullproof.evidence import ProbeResult
from pullproof.registry.probe import Ask

MAX_ANSWERS = 20_000
"""About 1.5 kB each."""


class Prober(Protocol):
    """Who asks a registry (``pullproof.registry.probe.Prober``)."""

    async def probe(self, ask: Ask) -> ProbeResult:
        """One question; never raises for what a registry does."""
        ...


@dataclass(frozen=True, slots=True)
class _Remembered:
    result: ProbeResult
    until: float


class Answers:
    """A cache in front of a Prober. Times are those of the event loop, in seconds."""

    def __init__(
        self,
        prober: Prober,
        *,
        found_seconds: float,
        absent_seconds: float,
        probe_seconds: float,
        identity: Callable[[Ask], str],
    ) -> None:
        self._prober = prober
        self._found_seconds = found_seconds
        self._absent_seconds = absent_seconds
        self._probe_seconds = probe_seconds
        self._identity = identity
        self._remembered: OrderedDict[tuple[str, ...], _Remembered] = OrderedDict()
        self._flights: dict[tuple[str, ...], asyncio.Task[ProbeResult]] = {}
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._remembered)

    def key(self, ask: Ask) -> tuple[str, ...]:
        """Equal keys may share an answer."""
        identity = self._identity(ask)
        tenant = ask.tenant if ask.candidates else ""
        complete = "complete" if ask.credentials_complete else "incomplete"
        extras = f"{ask.want_platforms:d}{ask.want_suggestions:d}"
        return ask.reference.pull, identity, tenant, complete, extras

    def remembered(self, ask: Ask) -> ProbeResult | None:
        """An answer that is at hand, without waiting for anything."""
        key = self.key(ask)
        kept = self._remembered.get(key)
        if kept is None:
            return None
        if kept.until < asyncio.get_running_loop().time():
            del self._remembered[key]
            return None
        self._remembered.move_to_end(key)
        return kept.result

    async def ask(self, ask: Ask) -> ProbeResult:
        """The answer, from memory, from a flight under way, or from the registry.

        Cancelling one caller leaves the flight to the others, and its answer to the next.
        """
        kept = self.remembered(ask)
        if kept is not None:
            self.hits += 1
            return kept
        key = self.key(ask)
        flight = self._flights.get(key)
        if flight is None:
            self.misses += 1
            flight = asyncio.create_task(self._fly(key, ask))
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        return await asyncio.shield(flight)

    async def _fly(self, key: tuple[str, ...], ask: Ask) -> ProbeResult:
        loop = asyncio.get_running_loop()
        # Not the first caller's deadline: others may wait for the same answer with more time.
        own = Ask(
            reference=ask.reference,
            candidates=ask.candidates,
            tenant=ask.tenant,
            deadline=max(ask.deadline, loop.time() + self._probe_seconds),
            credentials_complete=ask.credentials_complete,
            want_suggestions=ask.want_suggestions,
            want_platforms=ask.want_platforms,
        )
        result = await self._prober.probe(own)
        seconds = 0.0
        if result.cause is None:
            seconds = self._found_seconds
        elif result.cause in ABSENT_CAUSES:
            seconds = self._absent_seconds
        if seconds > 0:
            self._remembered[key] = _Remembered(result, loop.time() + seconds)
            self._remembered.move_to_end(key)
            while len(self._remembered) > MAX_ANSWERS:
                self._remembered.popitem(last=False)
        return result

    async def aclose(self) -> None:
        """End what is under way."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await gather_quietly(flights)


async def gather_quietly(tasks: list[asyncio.Task[ProbeResult]]) -> None:
    """Wait for tasks whose outcome nobody needs any more."""
    waiting: list[Awaitable[object]] = list(tasks)
    await asyncio.gather(*waiting, return_exceptions=True)
