"""Look at every image of an object: each distinct question once, side by side, within the budget."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from pullproof.causes import ACCESS_CAUSES, Cause, Confidence
from pullproof.credentials import Credential
from pullproof.evidence import Doubt, ProbeResult
from pullproof.gather.answers import Answers
from pullproof.gather.keyrings import Keyrings, Reading, Wanted
from pullproof.policy import Looked, NotAsked, Presence
from pullproof.reference import InvalidReference, Reference, parse_reference
from pullproof.registry.probe import Ask
from pullproof.settings import Settings, is_asked
from pullproof.workload import ImageUse


class Known(Protocol):
    """Who knows what nodes hold (``pullproof.kube.known_images.KnownImages``)."""

    def presence(self, reference: Reference) -> Presence:
        """Whether some node may hold the image."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is to be looked at, and until when."""

    uses: Sequence[ImageUse]
    wanted: Wanted
    deadline: float
    """Event-loop time. What is not known by then is told as not verified."""
    unchanged: Collection[str] = ()


class Looking:
    """Puts reference grammar, keyring, known images and registries together."""

    def __init__(
        self,
        *,
        settings: Callable[[], Settings],
        answers: Answers,
        keyrings: Keyrings,
        known: Known,
    ) -> None:
        self._settings = settings
        self._answers = answers
        self._keyrings = keyrings
        self._known = known

    async def look(self, sight: Sight) -> tuple[Looked, ...]:
        """One Looked for each use, in the order of the object."""
        settings = self._settings()
        asked: dict[Reference, ProbeResult | NotAsked] = {}
        for use in sight.uses:
            parsed = parsed_reference(use.image)
            if isinstance(parsed, Reference) and not _exempt(use, sight, settings, parsed):
                asked.setdefault(parsed, NotAsked.NO_TIME)
        await self._ask(asked, sight, settings)
        return tuple(self._looked(use, sight, settings, asked) for use in sight.uses)

    def _looked(
        self,
        use: ImageUse,
        sight: Sight,
        settings: Settings,
        asked: dict[Reference, ProbeResult | NotAsked],
    ) -> Looked:
        parsed = parsed_reference(use.image)
        if isinstance(parsed, InvalidReference):
            return Looked(
                use=use,
                reference=None,
                invalid=parsed,
                probe=None,
                not_asked=NotAsked.UNCHANGED if use.image in sight.unchanged else None,
                presence=Presence.ABSENT,
            )
        outcome = _exempt(use, sight, settings, parsed) or asked[parsed]
        probe = outcome if isinstance(outcome, ProbeResult) else None
        return Looked(
            use=use,
            reference=parsed,
            invalid=None,
            probe=probe,
            not_asked=None if isinstance(outcome, ProbeResult) else outcome,
            presence=self._known.presence(parsed),
        )

    async def _ask(
        self,
        asked: dict[Reference, ProbeResult | NotAsked],
        sight: Sight,
        settings: Settings,
    ) -> None:
        """Fill in the answers that are known by the deadline."""
        if not asked:
            return
        limit = settings.limits.images_per_review
        for reference in list(asked)[limit:]:
            asked[reference] = NotAsked.TOO_MANY
        waiting = list(asked)[:limit]
        reading = self._keyrings.remembered(sight.wanted)
        if reading is not None:
            # At hand: a cached review takes neither a task nor a turn of the loop.
            for reference in list(waiting):
                kept = self._answers.remembered(_ask_for(reference, reading, sight))
                if kept is not None:
                    asked[reference] = _with_problem(kept, reading)
                    waiting.remove(reference)
        if not waiting:
            return
        tasks = {asyncio.create_task(self._one(one, sight)): one for one in waiting}
        loop = asyncio.get_running_loop()
        done, late = await asyncio.wait(tasks, timeout=max(0.0, sight.deadline - loop.time()))
        for task in late:
            task.cancel()
        for task in done:
            asked[tasks[task]] = task.result()

    async def _one(self, reference: Reference, sight: Sight) -> ProbeResult:
        reading = await self._keyrings.read(sight.wanted)
        if reading.problem is not None and reading.problem[0] is Cause.PULL_SECRET_INVALID:
            return unreadable(reference, reading.problem[1])
        result = await self._answers.ask(_ask_for(reference, reading, sight))
        return _with_problem(result, reading)


def _ask_for(reference: Reference, reading: Reading, sight: Sight) -> Ask:
    candidates: tuple[Credential, ...] = reading.keyring.candidates(reference)
    return Ask(
        reference=reference,
        candidates=candidates,
        tenant=sight.wanted.namespace,
        deadline=sight.deadline,
        credentials_complete=reading.complete,
    )


def _exempt(
    use: ImageUse, sight: Sight, settings: Settings, reference: Reference
) -> NotAsked | None:
    """Why no registry is asked for this use, if so."""
    if use.image in sight.unchanged:
        return NotAsked.UNCHANGED
    if use.pull_policy == "Never":
        return NotAsked.NEVER_PULLED
    if not is_asked(settings, reference.registry):
        return NotAsked.VERIFY_NEVER
    return None


def _with_problem(result: ProbeResult, reading: Reading) -> ProbeResult:
    """A refused access, told by the Secret that is to blame where one is."""
    if result.cause not in ACCESS_CAUSES:
        return result
    why = reading.why_unused(result.reference)
    if why is None or why[0] is Cause.UNKNOWN:
        return result
    return replace(result, cause=why[0], detail=why[1])


def unreadable(reference: Reference, clause: str) -> ProbeResult:
    """One broken Secret fails every pull of its Pod, whatever the registry would say."""
    return ProbeResult(
        reference=reference,
        cause=Cause.PULL_SECRET_INVALID,
        confidence=Confidence.LIKELY,
        doubts=frozenset({Doubt.CREDENTIALS_UNREADABLE}),
        host=reference.registry,
        detail=clause,
    )


_LONGEST_REMEMBERED = 512


def parsed_reference(image: str) -> Reference | InvalidReference:
    """The reference, or why it is none; remembered, since clusters run few images many times."""
    if len(image) > _LONGEST_REMEMBERED:
        return _parsed(image)
    return _remembered(image)


def _parsed(image: str) -> Reference | InvalidReference:
    try:
        return parse_reference(image)
    except InvalidReference as error:
        return error.with_traceback(None)


_remembered = lru_cache(maxsize=8192)(_parsed)
