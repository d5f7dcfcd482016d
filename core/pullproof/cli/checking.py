"""Check the images of manifests: the same engine and the same judges as the webhook's."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from os import environ
from typing import Any

from pullproof.cli.manifests import Document
from pullproof.credentials import Credential, identity
from pullproof.evidence import ProbeResult
from pullproof.gather.answers import Answers
from pullproof.gather.looking import parsed_reference
from pullproof.policy import Action, Finding, Looked, Mode, NotAsked, Policy, Presence, decide
from pullproof.reference import InvalidReference, Reference
from pullproof.registry.probe import Ask, Prober
from pullproof.settings import Settings
from pullproof.wording import remedy, summary
from pullproof.wording.notes import suggested
from pullproof.workload import ImageUse, uses_of

SIDE_BY_SIDE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One image use of one object, judged."""

    document: Document
    use: ImageUse
    reference: Reference | None
    finding: Finding | None
    skipped: bool

    @property
    def action(self) -> str:
        """``deny``, ``warn``, ``ok`` or ``skip``."""
        if self.finding is not None and self.finding.action is not Action.OFF:
            return self.finding.action.value
        return "skip" if self.skipped else "ok"

    @property
    def unverified(self) -> bool:
        """Nothing definite was learnt."""
        return self.action == "warn" and self.finding is not None


Candidates = Callable[[Reference], Awaitable[tuple[Credential, ...]]]
"""The user's own logins for a reference (``pullproof.logins.Logins.candidates``)."""


async def check_documents(
    documents: Sequence[Document],
    *,
    settings: Settings,
    logins: Candidates | None,
    offline: bool,
    seconds: float,
    progress: Callable[[int, int], None],
) -> list[Item]:
    """Judge every image of every document, each distinct reference asked once."""
    uses = [(document, use) for document in documents for use in uses_of(document.thing)]
    references = {
        parsed
        for _, use in uses
        if isinstance(parsed := parsed_reference(use.image), Reference)
        and use.pull_policy != "Never"
    }
    asked: dict[Reference, ProbeResult] = {}
    if not offline:
        ordered = sorted(references, key=str)
        asked = await ask_all(ordered, settings, logins, seconds, progress)
    return [_judged(document, use, asked, offline=offline) for document, use in uses]


async def ask_all(
    references: Sequence[Reference],
    settings: Settings,
    logins: Candidates | None,
    seconds: float,
    progress: Callable[[int, int], None],
    *,
    platforms: bool = False,
) -> dict[Reference, ProbeResult]:
    """Ask for each reference once, side by side, each within ``seconds``."""
    key = secrets.token_bytes(32)
    prober = Prober(
        settings,
        open_network=True,
        proxy=_of_user("HTTPS_PROXY"),
        no_proxy=tuple(filter(None, _of_user("NO_PROXY").replace(" ", "").split(","))),
    )
    answers = Answers(
        prober,
        found_seconds=3600,
        absent_seconds=3600,
        probe_seconds=seconds,
        identity=lambda ask: identity(ask.candidates, key),
    )
    loop = asyncio.get_running_loop()
    gate = asyncio.Semaphore(SIDE_BY_SIDE)
    results: dict[Reference, ProbeResult] = {}

    async def one(reference: Reference) -> None:
        async with gate:
            candidates = await logins(reference) if logins is not None else ()
            # The helper of a login may take its time; the registry's own begins now.
            results[reference] = await answers.ask(
                Ask(
                    reference=reference,
                    candidates=candidates,
                    tenant="",
                    deadline=loop.time() + seconds,
                    want_platforms=platforms,
                )
            )
            progress(len(results), len(references))

    try:
        async with asyncio.TaskGroup() as tasks:
            for reference in references:
                tasks.create_task(one(reference))
    finally:
        await answers.aclose()
        await prober.aclose()
    return results


def _of_user(name: str) -> str:
    """A proxy setting, in either spelling that curl and Go take."""
    return environ.get(name) or environ.get(name.lower()) or ""


def _judged(
    document: Document, use: ImageUse, asked: dict[Reference, ProbeResult], *, offline: bool
) -> Item:
    parsed = parsed_reference(use.image)
    invalid = parsed if isinstance(parsed, InvalidReference) else None
    reference = parsed if isinstance(parsed, Reference) else None
    not_asked = None
    if use.pull_policy == "Never":
        not_asked = NotAsked.NEVER_PULLED
    elif offline:
        not_asked = NotAsked.OFFLINE
    looked = Looked(
        use=use,
        reference=reference,
        invalid=invalid,
        probe=asked.get(reference) if reference is not None and not_asked is None else None,
        not_asked=not_asked if invalid is None else None,
        presence=Presence.ABSENT,
    )
    verdict = decide([looked], mode=Mode.ENFORCE, policy=Policy())
    return Item(
        document=document,
        use=use,
        reference=reference,
        finding=verdict.findings[0] if verdict.findings else None,
        skipped=not_asked is not None,
    )


def item_object(item: Item) -> dict[str, Any]:
    """One item as ``-o json`` has it."""
    thing, finding = item.document.thing, item.finding
    diagnosis = finding.diagnosis if finding is not None else None
    return {
        "source": {"file": item.document.file, "line": item.document.line_of(item.use.field)},
        "object": {
            "apiVersion": thing.api_version,
            "kind": thing.kind,
            "namespace": thing.metadata.namespace,
            "name": thing.metadata.name or thing.metadata.generate_name,
        },
        "field": item.use.field,
        "container": item.use.container,
        "image": item.use.image,
        "reference": item.reference.normalized if item.reference else None,
        "action": item.action,
        "cause": diagnosis.cause.value if diagnosis else None,
        "confidence": diagnosis.confidence.value if diagnosis else None,
        "summary": summary(diagnosis) if diagnosis else None,
        "remedy": remedy(diagnosis) if diagnosis else None,
        "suggestions": list(suggested(diagnosis)) if diagnosis else [],
    }
