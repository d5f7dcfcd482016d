"""The engine that a long-running program keeps: settings, registries, answers, keyrings, put together."""

import asyncio
from collections.abc import Collection

from pullproof.credentials import identity
from pullproof.gather.answers import Answers
from pullproof.gather.diagnosing import Diagnosing
from pullproof.gather.keyrings import Keyrings
from pullproof.gather.looking import Known, Looking
from pullproof.kube.gateway import Cluster
from pullproof.registry.probe import Ask, Prober
from pullproof.settings import Settings

GRACE_SECONDS = 15.0
"""How long connections of former settings may end what they began."""


class Engine:
    """All that is shared between questions. Make it inside the event loop."""

    def __init__(
        self,
        settings: Settings,
        *,
        cluster: Cluster,
        known: Known,
        key: bytes,
        forbidden_addresses: Collection[str] = (),
    ) -> None:
        """``key``: random bytes of this process, under which credentials are told apart."""
        self._key = key
        self._forbidden = tuple(forbidden_addresses)
        self._retired: set[asyncio.Task[None]] = set()
        self.settings = settings
        self.keyrings = Keyrings(cluster, lambda: self.settings.credentials)
        self._known = known
        self.prober, self.answers = self._make(settings)
        self.looking = self._looking()
        self.diagnosing = self._diagnosing()

    def reconfigure(self, settings: Settings) -> None:
        """Go on with other settings; questions under way end with the former ones."""
        retired = asyncio.create_task(_retire(self.prober, self.answers))
        self._retired.add(retired)
        retired.add_done_callback(self._retired.discard)
        self.settings = settings
        self.prober, self.answers = self._make(settings)
        self.looking = self._looking()
        self.diagnosing = self._diagnosing()

    async def aclose(self) -> None:
        """End every connection."""
        for task in self._retired:
            task.cancel()
        await self.answers.aclose()
        await self.prober.aclose()

    def _make(self, settings: Settings) -> tuple[Prober, Answers]:
        prober = Prober(settings, forbidden_addresses=self._forbidden)
        answers = Answers(
            prober,
            found_seconds=settings.times.found_seconds,
            absent_seconds=settings.times.absent_seconds,
            probe_seconds=settings.times.probe_seconds,
            identity=self._identity,
        )
        return prober, answers

    def _looking(self) -> Looking:
        return Looking(
            settings=lambda: self.settings,
            answers=self.answers,
            keyrings=self.keyrings,
            known=self._known,
        )

    def _diagnosing(self) -> Diagnosing:
        return Diagnosing(
            settings=lambda: self.settings, answers=self.answers, keyrings=self.keyrings
        )

    def _identity(self, ask: Ask) -> str:
        return identity(ask.candidates, self._key)


async def _retire(prober: Prober, answers: Answers) -> None:
    await asyncio.sleep(GRACE_SECONDS)
    await answers.aclose()
    await prober.aclose()
