"""The admission flow: review, image uses, questions side by side, verdict, words."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pullproof.gather.keyrings import Wanted
from pullproof.gather.looking import Looking, Sight
from pullproof.policy import Mode, Verdict, decide
from pullproof.review import Review, answer
from pullproof.settings import Settings
from pullproof.wording import denial, warnings
from pullproof.wording.text import quoted
from pullproof.workload import controller, is_mirror, managed_by, pod_spec, secret_names

LIKE_PODS = frozenset({"Pod", "PodTemplate"})
"""PodTemplates are matched by the canary's entry alone, which must be answered as a Pod would be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer, and what the log and the metrics tell of it."""

    body: bytes
    verdict: Verdict | None
    """None: nothing was looked at."""
    skipped: str = ""
    """Why nothing was looked at."""


class Admission:
    """Answers one review after another, all side by side."""

    def __init__(self, *, settings: Callable[[], Settings], looking: Callable[[], Looking]) -> None:
        self._settings = settings
        self._looking = looking

    async def admit(self, review: Review, mode: Mode, seconds: float) -> Answered:
        """Answer within ``seconds``, with what is known by then."""
        settings = self._settings()
        mode = _effective_mode(review, mode, settings)
        skipped = _skipped(review) or ("switched off" if mode is Mode.OFF else "")
        if skipped:
            return Answered(body=answer(review), verdict=None, skipped=skipped)
        sight = _sight(review, asyncio.get_running_loop().time() + seconds)
        verdict = decide(await self._looking().look(sight), mode=mode, policy=settings.policy)
        subject = "" if review.kind in LIKE_PODS else f"{review.kind} {quoted(review.name, 63)}"
        body = answer(
            review,
            denial=denial(verdict, settings.docs_url, managed_by(review.thing.metadata)),
            warnings=warnings(verdict, subject),
            audit=_audit(verdict),
        )
        return Answered(body=body, verdict=verdict)


def _skipped(review: Review) -> str:
    """Why a review is admitted unseen. The API server's matchConditions keep most of these away."""
    thing = review.thing
    if review.operation not in ("CREATE", "UPDATE"):
        return "neither created nor updated"
    if pod_spec(thing) is None:
        return "no images in this kind"
    if thing.metadata.deletion_timestamp is not None:
        return "being deleted"
    if review.kind in LIKE_PODS:
        return "a static Pod" if is_mirror(thing) else ""
    return "made by a controller" if controller(thing) is not None else ""


def _effective_mode(review: Review, mode: Mode, settings: Settings) -> Mode:
    """A workload is never treated more strictly than a Pod in the same namespace."""
    if review.kind in LIKE_PODS or mode is Mode.OFF:
        return mode
    workloads = settings.policy.workloads
    return workloads if mode is Mode.ENFORCE or workloads is Mode.OFF else Mode.WARN


def _sight(review: Review, deadline: float) -> Sight:
    found = pod_spec(review.thing)
    assert found is not None
    _, spec = found
    account = None if review.kind in LIKE_PODS else spec.service_account_name or "default"
    return Sight(
        uses=review.uses,
        wanted=Wanted(
            namespace=review.namespace,
            secrets=secret_names(spec),
            service_account=account,
        ),
        deadline=deadline,
        unchanged=review.unchanged,
    )


def _audit(verdict: Verdict) -> dict[str, str]:
    """For the API server's audit log: causes only, never what was asked with whose credentials."""
    causes = sorted({f"{one.diagnosis.cause}={one.action}" for one in verdict.findings})
    return {"findings": ",".join(causes)[:1024]} if causes else {}
