"""Findings and rules become a verdict. Pure: what is asked where is decided elsewhere.

The two rules that do not bend stand here. Only a definite no is denied: a reference that the
kubelet would refuse, or an absence without a doubt. And what can start anyway is never denied.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from pullproof.causes import ABSENT_CAUSES, ACCESS_CAUSES, Cause, Confidence
from pullproof.diagnosis import Diagnosis, from_invalid, from_probe
from pullproof.evidence import Doubt, ProbeResult
from pullproof.reference import InvalidReference, Reference
from pullproof.workload import ImageUse


class Mode(StrEnum):
    """What a namespace wants of us: the label ``pullproof.io/mode``."""

    ENFORCE = "enforce"
    WARN = "warn"
    OFF = "off"


class Action(StrEnum):
    """What a rule does with a finding."""

    DENY = "deny"
    WARN = "warn"
    OFF = "off"


class Policy(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What is done about which kind of finding in a Pod."""

    malformed: Action = Action.DENY
    """The kubelet would refuse the reference itself."""
    absent: Action = Action.DENY
    """The registry's no is definite (nothing uncertain is ever denied)."""
    unverified: Action = Action.WARN
    """Nothing definite is known. ``deny`` is read as ``warn``: it would deny what may start."""
    workloads: Mode = Mode.WARN
    """Deployments and the like: enforce, warn or off. Their images may still be filled in later."""
    platform_mismatch: Action = Action.OFF


class Presence(StrEnum):
    """Whether a node holds the image already."""

    ABSENT = "absent"
    """The lists are complete, and no node and no started Pod has it."""
    PRESENT = "present"
    UNKNOWN = "unknown"
    """The lists are not complete yet, or nobody looked."""


class NotAsked(StrEnum):
    """Why no registry was asked for an image."""

    UNCHANGED = "unchanged"
    """An update left it as it was."""
    NEVER_PULLED = "never-pulled"
    """``imagePullPolicy: Never``: the node holds it, or the Pod does not start."""
    VERIFY_NEVER = "verify-never"
    """A setting says that this host is not to be asked."""
    OFFLINE = "offline"
    NO_TIME = "no-time"
    """The answer was due before anything was known."""
    TOO_MANY = "too-many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One use of an image, and all that was learnt about it."""

    use: ImageUse
    reference: Reference | None
    invalid: InvalidReference | None
    probe: ProbeResult | None
    """None: not asked, and ``not_asked`` says why."""
    not_asked: NotAsked | None
    presence: Presence


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong, or not known, with one use of an image."""

    use: ImageUse
    action: Action
    """DENY or WARN; OFF: it is told to nobody but the log."""
    diagnosis: Diagnosis
    held_back: bool = False
    """It would have been denied, but a node may hold the image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the API server is told."""

    allowed: bool
    findings: tuple[Finding, ...]
    """In the order of the object; those that deny among them."""
    fine: tuple[ImageUse, ...]
    """Found, or not to be asked for."""

    @property
    def denials(self) -> tuple[Finding, ...]:
        """The findings that deny."""
        return tuple(one for one in self.findings if one.action is Action.DENY)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that warn."""
        return tuple(one for one in self.findings if one.action is Action.WARN)


def decide(looked: Iterable[Looked], *, mode: Mode, policy: Policy) -> Verdict:
    """Judge one object by its images."""
    findings: list[Finding] = []
    fine: list[ImageUse] = []
    for one in looked:
        finding = _finding(one, policy)
        if finding is None:
            fine.append(one.use)
        else:
            findings.append(finding if mode is Mode.ENFORCE else _softened(finding))
    allowed = not any(one.action is Action.DENY for one in findings)
    return Verdict(allowed=allowed, findings=tuple(findings), fine=tuple(fine))


def is_definite(probe: ProbeResult) -> bool:
    """Whether a registry's answer proves that the image is not there for these credentials."""
    return (
        probe.cause in ABSENT_CAUSES and not probe.doubts and probe.confidence is Confidence.CERTAIN
    )


def _finding(looked: Looked, policy: Policy) -> Finding | None:
    if looked.not_asked is NotAsked.UNCHANGED:
        return None
    if looked.invalid is not None:
        diagnosis = from_invalid(looked.use.image, looked.invalid)
        return Finding(use=looked.use, action=policy.malformed, diagnosis=diagnosis)
    if looked.probe is None:
        return _unasked(looked, policy)
    diagnosis_or_none = from_probe(looked.use.image, looked.probe)
    if diagnosis_or_none is None:
        return None
    return _answered(looked, looked.probe, diagnosis_or_none, policy)


def _answered(looked: Looked, probe: ProbeResult, diagnosis: Diagnosis, policy: Policy) -> Finding:
    if probe.cause in ACCESS_CAUSES and Doubt.NODE_AUTH in probe.doubts:
        # The nodes log in by themselves there: a 401 to us is the normal case, not news.
        return Finding(use=looked.use, action=Action.OFF, diagnosis=diagnosis)
    if is_definite(probe):
        if looked.presence is Presence.ABSENT:
            return Finding(use=looked.use, action=policy.absent, diagnosis=diagnosis)
        action = _no_more_than_warn(policy.absent)
        return Finding(use=looked.use, action=action, diagnosis=diagnosis, held_back=True)
    if probe.cause is Cause.PLATFORM_MISMATCH:
        action = _no_more_than_warn(policy.platform_mismatch)
        return Finding(use=looked.use, action=action, diagnosis=diagnosis)
    # Whether a node holds the image makes no difference here: silence would tell what others run.
    action = _no_more_than_warn(policy.unverified)
    return Finding(use=looked.use, action=action, diagnosis=diagnosis)


def _unasked(looked: Looked, policy: Policy) -> Finding | None:
    if looked.not_asked not in (NotAsked.NO_TIME, NotAsked.TOO_MANY):
        return None
    detail = (
        "no answer in time"
        if looked.not_asked is NotAsked.NO_TIME
        else "too many images in one object"
    )
    diagnosis = Diagnosis(
        cause=Cause.UNKNOWN,
        confidence=Confidence.POSSIBLE,
        image=looked.use.image,
        reference=looked.reference,
        host=looked.reference.registry if looked.reference else "",
        detail=detail,
    )
    action = _no_more_than_warn(policy.unverified)
    return Finding(use=looked.use, action=action, diagnosis=diagnosis)


def _no_more_than_warn(action: Action) -> Action:
    return Action.WARN if action is Action.DENY else action


def _softened(finding: Finding) -> Finding:
    """The same finding where the namespace, or the kind of object, only wants to be warned."""
    return Finding(
        use=finding.use,
        action=_no_more_than_warn(finding.action),
        diagnosis=finding.diagnosis,
        held_back=finding.held_back,
    )
