"""Evidence becomes a diagnosis: one cause, how sure, and the checklist. Pure.

The three programs speak from a Diagnosis alone, so the same image gets the same words everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pullproof.causes import ABSENT_CAUSES, ACCESS_CAUSES, Cause, Confidence, Question, explain
from pullproof.evidence import Doubt, ProbeResult, RuntimeMessage
from pullproof.reference import InvalidReference, Reference


class Answer(StrEnum):
    """To one question of the checklist. ``ok`` needs an observation made for this diagnosis."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


Checklist = Mapping[Question, Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A cause, and the evidence for it."""

    cause: Cause
    confidence: Confidence
    image: str
    """As written in the object."""
    reference: Reference | None
    """None where the image is malformed, or only a message is known."""
    host: str = ""
    detail: str = ""
    """One clause of evidence: ``404 MANIFEST_UNKNOWN``."""
    asked_as: str = ""
    suggestions: tuple[str, ...] = ()
    """Nearest tags."""
    mend: str | None = None
    """The whole reference that is probably meant."""
    reason: str = ""
    """Why a reference is malformed, in a clause."""
    platforms: tuple[str, ...] = ()
    node: str = ""
    node_platform: str = ""
    namespace: str = ""
    secrets: tuple[str, ...] = ()
    """Pull secrets that the Pod names."""
    service_account: str = ""
    declared: bool = True
    """False: no setting names the host."""
    message: str = ""
    """What the node said, verbatim but redacted; empty where only the registry was asked."""
    doubts: frozenset[Doubt] = frozenset()
    """Why an absence does not prove that the node could not pull."""
    checklist: Checklist = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that was gathered about one container that waits for its image."""

    image: str
    reference: Reference | None
    invalid: InvalidReference | None = None
    message: RuntimeMessage | None = None
    """The best that the node has said so far."""
    probe: ProbeResult | None = None
    """None: the registry was not asked."""
    secret_problem: tuple[Cause, str] | None = None
    """A pull secret that is missing, broken or of no use here, and the clause that says so."""
    node: str = ""
    node_platform: str = ""
    namespace: str = ""
    secrets: tuple[str, ...] = ()
    service_account: str = ""


_ACCESS_OR_ABSENT = ACCESS_CAUSES | ABSENT_CAUSES
_NETWORK = frozenset(
    {
        Cause.CONNECTION_REFUSED,
        Cause.CONNECTION_RESET,
        Cause.CONNECTION_TIMED_OUT,
        Cause.DNS_RESOLUTION_FAILED,
        Cause.NETWORK_UNREACHABLE,
        Cause.REGISTRY_UNAVAILABLE,
    }
)


def from_invalid(image: str, error: InvalidReference) -> Diagnosis:
    """What the kubelet would refuse before it asks anyone."""
    return Diagnosis(
        cause=Cause.INVALID_IMAGE_REFERENCE,
        confidence=Confidence.CERTAIN,
        image=image,
        reference=None,
        reason=error.message,
        mend=error.suggestion,
        checklist=_checklist(Cause.INVALID_IMAGE_REFERENCE, None, None),
    )


def from_probe(image: str, probe: ProbeResult) -> Diagnosis | None:
    """What the registry alone says; None where the image is there."""
    if probe.cause is None:
        return None
    return Diagnosis(
        cause=probe.cause,
        confidence=Confidence.POSSIBLE if probe.doubts else probe.confidence,
        image=image,
        reference=probe.reference,
        host=probe.host or probe.reference.registry,
        detail=probe.detail,
        asked_as=probe.asked_as,
        suggestions=probe.suggestions,
        platforms=probe.platforms,
        declared=probe.declared,
        doubts=probe.doubts,
        checklist=_checklist(probe.cause, None, probe),
    )


def from_message(message: RuntimeMessage) -> Diagnosis:
    """What a message alone says (``pullproof explain``)."""
    return Diagnosis(
        cause=message.cause,
        confidence=message.confidence,
        image=message.image,
        reference=None,
        host=message.host,
        detail=message.evidence,
        message=message.text,
        checklist=_checklist(message.cause, message, None),
    )


def diagnose(evidence: Evidence) -> Diagnosis:
    """Judge one container by all that was gathered.

    The node's words come first, since the node is what has to pull; the registry's answer makes
    them sharper, and where the two differ that is told and never called certain.
    """
    if evidence.invalid is not None:
        return _placed(from_invalid(evidence.image, evidence.invalid), evidence)
    cause, confidence = _cause(evidence)
    message, probe = evidence.message, evidence.probe
    said = message is not None and cause is message.cause
    asked = probe is not None and cause is probe.cause
    host = (probe.host if asked and probe else "") or (message.host if message else "")
    if not host and evidence.reference:
        host = evidence.reference.registry
    detail = probe.detail if asked and probe and probe.detail else ""
    if not detail and said and message:
        detail = message.evidence
    problem = evidence.secret_problem
    diagnosis = Diagnosis(
        cause=cause,
        confidence=confidence,
        image=evidence.image,
        reference=evidence.reference,
        host=host,
        detail=detail,
        reason=problem[1] if problem and problem[0] is cause else "",
        asked_as=probe.asked_as if probe else "",
        suggestions=probe.suggestions if asked and probe else (),
        platforms=probe.platforms if probe else (),
        declared=probe.declared if probe else True,
        message=message.text if message else "",
        doubts=probe.doubts if asked and probe else frozenset(),
        checklist=_checklist(cause, message, probe),
    )
    return _placed(diagnosis, evidence)


def _placed(diagnosis: Diagnosis, evidence: Evidence) -> Diagnosis:
    return replace(
        diagnosis,
        node=evidence.node,
        node_platform=evidence.node_platform,
        namespace=evidence.namespace,
        secrets=evidence.secrets,
        service_account=evidence.service_account,
    )


def _cause(evidence: Evidence) -> tuple[Cause, Confidence]:
    message, probe = evidence.message, evidence.probe
    said = message.cause if message is not None else None
    asked = probe.cause if probe is not None else None
    problem = evidence.secret_problem
    if said is None or message is None:
        return _without_message(evidence)
    if problem is not None and (said in ACCESS_CAUSES or said is problem[0]):
        return problem[0], Confidence.CERTAIN
    if said in ABSENT_CAUSES and probe is not None and asked in ABSENT_CAUSES:
        # Both say absent: the registry knows better which part is.
        return asked, Confidence.LIKELY if probe.doubts else Confidence.CERTAIN
    if said in ABSENT_CAUSES and probe is not None and asked is None:
        # The registry has it now: pushed meanwhile, or the node asks elsewhere.
        return said, Confidence.POSSIBLE
    if said in ACCESS_CAUSES and asked is not None and asked in _ACCESS_OR_ABSENT:
        return _sharper(said, message, asked, probe)
    return _network(said, asked, message.confidence)


def _network(said: Cause, asked: Cause | None, confidence: Confidence) -> tuple[Cause, Confidence]:
    """Where the node could not even talk to the registry, or nobody knows what it said."""
    if asked is Cause.REGISTRY_HOST_UNKNOWN and said in (asked, Cause.DNS_RESOLUTION_FAILED):
        return asked, Confidence.CERTAIN
    if said is Cause.REGISTRY_HOST_UNKNOWN:
        return said, Confidence.LIKELY
    if said is Cause.UNKNOWN and asked is not None and asked is not Cause.UNKNOWN:
        return asked, Confidence.LIKELY
    if said in _NETWORK and said is asked:
        return said, Confidence.CERTAIN
    return said, confidence


def _sharper(
    said: Cause, message: RuntimeMessage, asked: Cause, probe: ProbeResult | None
) -> tuple[Cause, Confidence]:
    """Of two answers about access, the one that says more, no surer than either."""
    doubts = probe.doubts if probe is not None else frozenset()
    if asked in ABSENT_CAUSES and not doubts:
        return asked, Confidence.LIKELY
    order = (
        Cause.CREDENTIALS_REJECTED,
        Cause.AUTHENTICATION_REQUIRED,
        Cause.ACCESS_DENIED,
        Cause.ACCESS_DENIED_OR_NOT_FOUND,
    )
    for cause in order:
        if cause in (said, asked):
            agreed = said is asked
            return cause, message.confidence if cause is said or agreed else Confidence.LIKELY
    return said, message.confidence


def _without_message(evidence: Evidence) -> tuple[Cause, Confidence]:
    """The node has said nothing of use yet: back-off without its reason, or an Event that expired."""
    probe = evidence.probe
    if evidence.secret_problem is not None and probe is not None and probe.cause in ACCESS_CAUSES:
        return evidence.secret_problem[0], Confidence.LIKELY
    if probe is not None and probe.cause is not None:
        return probe.cause, Confidence.LIKELY
    return Cause.UNKNOWN, Confidence.POSSIBLE


def _checklist(
    cause: Cause, message: RuntimeMessage | None, probe: ProbeResult | None
) -> dict[Question, Answer]:
    """One question failed; the others are ok only where this diagnosis saw it."""
    answers = dict.fromkeys(Question, Answer.UNKNOWN)
    for question in _seen_ok(message, probe):
        answers[question] = Answer.OK
    answers[explain(cause).question] = Answer.FAILED
    return answers


def _seen_ok(message: RuntimeMessage | None, probe: ProbeResult | None) -> set[Question]:
    ok: set[Question] = set()
    if message is not None and message.cause is not Cause.INVALID_IMAGE_REFERENCE and message.image:
        ok.add(Question.NAME)  # the kubelet parsed it, or no runtime would have been asked
    if probe is None:
        return ok
    answered = any(one.status is not None for one in probe.exchanges)
    if probe.cause is None:
        ok |= {Question.NAME, Question.TAG, Question.ACCESS, Question.NETWORK, Question.REGISTRY}
    elif probe.cause in ABSENT_CAUSES and not probe.doubts:
        ok |= {Question.ACCESS, Question.NETWORK, Question.REGISTRY}
        if probe.cause is not Cause.REPOSITORY_NOT_FOUND:
            ok.add(Question.NAME)
    elif answered:
        ok.add(Question.NETWORK)
        if probe.cause in ACCESS_CAUSES:
            ok.add(Question.REGISTRY)
    # A HEAD that was answered proves nothing on Docker Hub, which counts only GETs of manifests.
    counted = probe.quota_remaining is None or probe.quota_remaining > 0
    free = probe.reference.is_docker_hub and probe.quota_remaining is None
    if answered and counted and not free and probe.cause is not Cause.REGISTRY_RATE_LIMITED:
        ok.add(Question.RATE_LIMIT)
    return ok
