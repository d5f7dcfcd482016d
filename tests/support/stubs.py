"""Registries that answer from a table, and engines put together around them."""

import asyncio
from collections.abc import Callable

from pullproof.credentials import identity
from pullproof.evidence import ProbeResult
from pullproof.gather.answers import Answers
from pullproof.gather.keyrings import Keyrings
from pullproof.gather.looking import Looking
from pullproof.kube.gateway import Cluster
from pullproof.policy import Presence
from pullproof.reference import Reference
from pullproof.registry.probe import Ask
from pullproof.settings import Settings


class TableProber:
    """Answers by the image; counts what it was asked; can be made to wait."""

    def __init__(self, answer: Callable[[Ask], ProbeResult]) -> None:
        self._answer = answer
        self.asked: list[Ask] = []
        self.gates: dict[str, asyncio.Event] = {}
        """An image's answer waits for its gate."""

    async def probe(self, ask: Ask) -> ProbeResult:
        self.asked.append(ask)
        gate = self.gates.get(ask.reference.familiar)
        if gate is not None:
            await gate.wait()
        else:
            await asyncio.sleep(0)
        return self._answer(ask)


class TableKnown:
    """Presence by the image; absent unless told otherwise."""

    def __init__(self) -> None:
        self.table: dict[str, Presence] = {}

    def presence(self, reference: Reference) -> Presence:
        return self.table.get(reference.familiar, Presence.ABSENT)


def make_answers(prober: TableProber, *, found: float = 300, absent: float = 5) -> Answers:
    return Answers(
        prober,
        found_seconds=found,
        absent_seconds=absent,
        probe_seconds=10,
        identity=lambda ask: identity(ask.candidates, b"test"),
    )


def make_looking(
    prober: TableProber, cluster: Cluster, known: TableKnown, settings: Settings
) -> Looking:
    return Looking(
        settings=lambda: settings,
        answers=make_answers(prober),
        keyrings=Keyrings(cluster, lambda: settings.credentials),
        known=known,
    )
