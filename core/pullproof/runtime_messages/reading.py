"""Read one message: clean it, unwrap it, find the leaf that decides, take along what it names."""

from dataclasses import dataclass, replace

from pullproof.causes import Cause, Confidence
from pullproof.evidence import RuntimeMessage
from pullproof.runtime_messages import clock, details
from pullproof.runtime_messages.cleaning import cleaned, lower
from pullproof.runtime_messages.hosts import Place, is_well_known, place, registry_of
from pullproof.runtime_messages.rules import Found, Rule, first
from pullproof.runtime_messages.table import TABLE
from pullproof.runtime_messages.unwrapping import Unwrapped, unwrapped
from pullproof.runtime_messages.weighing import leading

TEXT_CHARACTERS = 2_000
EVIDENCE_CHARACTERS = 200
_BEFORE_CHARACTERS = 110
"""Of the evidence, at most so many stand before the words that decided."""
_MARKS = ('": ', "desc = ", "daemon: ", 'error="', 'err="')
_DOTS = "..."

_NETWORK = frozenset(
    {
        Cause.CONNECTION_REFUSED,
        Cause.CONNECTION_RESET,
        Cause.CONNECTION_TIMED_OUT,
        Cause.DNS_RESOLUTION_FAILED,
        Cause.NETWORK_UNREACHABLE,
        Cause.REGISTRY_HOST_UNKNOWN,
    }
)
_EMPTY_BODY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of those that a message holds, read."""

    message: RuntimeMessage
    rule: Rule | None
    """What decided; None where nothing is known."""


def read_message(text: str) -> RuntimeMessage:
    """What a message says by itself. Never raises; time and result are bounded."""
    return answer(text).message


def answer(text: str) -> Answer:
    """The same, with the rule that decided."""
    whole = cleaned(text)
    inner = unwrapped(whole)
    named = inner.image or details.image(inner.text)
    # The runtime's own spelling carries the host; the kubelet's may be a short name.
    full = next((one for one in (details.image(inner.text), named) if registry_of(one)), named)
    answers = [_read(part, full) for part in inner.parts]
    index, lead = leading(
        [one.message for one in answers], several_registries=inner.several_registries
    )
    message = replace(
        lead,
        text=_cut(inner.text, TEXT_CHARACTERS),
        image=named,
        evidence=_evidence(index, answers, inner),
    )
    return Answer(message=message, rule=answers[index].rule)


def _read(part: str, full: str) -> Answer:
    lowered = lower(part)
    found = first(TABLE, lowered)
    if found is None:
        message = _facts(part, lowered, 0, len(part), full)
        return Answer(message=replace(message, evidence=part), rule=None)
    begin = _begin(part, found.start)
    message = replace(
        _facts(part, lowered, begin, found.end, full),
        cause=found.rule.cause,
        confidence=found.rule.confidence,
        evidence=part[begin:],
    )
    return Answer(message=_refined(message, part, found, full), rule=found.rule)


def _facts(part: str, lowered: str, begin: int, end: int, full: str) -> RuntimeMessage:
    """What a part names, before it is known what of it matters."""
    url = details.url(part, end)
    name, resolver = details.lookup(part)
    host = name or (url.host if url else "") or details.named_host(part)
    return RuntimeMessage(
        text="",
        cause=Cause.UNKNOWN,
        confidence=Confidence.POSSIBLE,
        image=full,
        host=host,
        resolver=resolver,
        address=details.address(part),
        status=details.status(lowered),
        code=details.code(lowered[begin:]) or details.code(lowered),
        platform=details.platform(lowered),
    )


def _refined(message: RuntimeMessage, part: str, found: Found, full: str) -> RuntimeMessage:
    """The same cause made sharper by what stands around it."""
    url = details.url(part, found.end)
    where = place(
        message.host,
        url.path if url and url.host == message.host else "",
        full,
        asked_for_other=bool(url and url.asked_for_other),
    )
    message = replace(message, mirror=where is Place.MIRROR)
    if message.cause in _NETWORK:
        return _by_the_host(message, where)
    if message.cause is Cause.TAG_NOT_FOUND:
        return _by_the_reference(message, part, url)
    if message.cause is Cause.MANIFEST_BLOB_MISSING:
        return _by_the_digest(message, url, full)
    if message.cause is Cause.REGISTRY_CERTIFICATE_EXPIRED:
        return _by_the_times(message, part)
    return message


def _by_the_host(message: RuntimeMessage, where: Place) -> RuntimeMessage:
    if where is Place.STORAGE:
        return replace(message, cause=Cause.BLOB_STORAGE_UNREACHABLE, confidence=Confidence.LIKELY)
    if where is Place.MIRROR:
        return replace(message, cause=Cause.REGISTRY_MIRROR_FAILING, confidence=Confidence.LIKELY)
    if message.cause is Cause.REGISTRY_HOST_UNKNOWN and is_well_known(message.host):
        return replace(message, cause=Cause.DNS_RESOLUTION_FAILED)
    return message


def _by_the_reference(
    message: RuntimeMessage, part: str, url: details.Url | None
) -> RuntimeMessage:
    """A missing tag or a missing digest."""
    named = details.image(part) or message.image
    by_digest = "@sha256:" in named or "@sha512:" in named
    if url is not None and "/manifests/" in url.path and not by_digest:
        by_digest = "/manifests/sha256:" in url.path
    return replace(message, cause=Cause.DIGEST_NOT_FOUND) if by_digest else message


def _by_the_digest(message: RuntimeMessage, url: details.Url | None, full: str) -> RuntimeMessage:
    """The manifest that the reference itself pins is no lost part: there is no such image."""
    digest = full.partition("@")[2]
    if digest and url is not None and url.path.endswith(f"/manifests/{digest}"):
        return replace(message, cause=Cause.DIGEST_NOT_FOUND)
    return message


def _by_the_times(message: RuntimeMessage, part: str) -> RuntimeMessage:
    found = clock.times(part)
    if found is None:
        return message
    cause, confidence = found.cause, found.confidence
    if cause is Cause.REGISTRY_CERTIFICATE_EXPIRED and is_well_known(message.host):
        # These renew in time; a clock that runs ahead, or somebody in between, is as likely.
        confidence = Confidence.POSSIBLE
    return replace(
        message,
        cause=cause,
        confidence=confidence,
        node_time=found.node,
        certificate_time=found.certificate,
    )


def _begin(part: str, start: int) -> int:
    """Where the clause begins in which the leaf stands."""
    marks = [part.rfind(mark, 0, start + 1) + len(mark) for mark in _MARKS if mark in part[:start]]
    unquoted = part.rfind("://", 0, start)
    space = part.find(": ", unquoted, start) if unquoted >= 0 else -1
    if space >= 0:
        marks.append(space + 2)
    begin = max((one for one in marks if one <= start), default=0)
    if start - begin <= _BEFORE_CHARACTERS:
        return begin
    colon = part.find(": ", start - _BEFORE_CHARACTERS, start)
    return colon + 2 if colon >= 0 else start


def _evidence(index: int, answers: list[Answer], inner: Unwrapped) -> str:
    """The leaf that decided, and what the others said, shortly."""
    said = answers[index].message.evidence
    if _EMPTY_BODY in said:
        return _cut(f"an empty body came for a layer: {said}", EVIDENCE_CHARACTERS)
    others = [one.message.evidence for one in answers]
    others = [f"also: {one}" for one in others if one and one != said]
    others += [f"mirror {name}: {what}" for name, what in inner.mirrors]
    if not others:
        return _cut(said, EVIDENCE_CHARACTERS)
    first_half = _cut(said, EVIDENCE_CHARACTERS - 70)
    return _cut(f"{first_half}; {others[0]}", EVIDENCE_CHARACTERS)


def _cut(text: str, limit: int) -> str:
    text = text.strip()
    return text if len(text) <= limit else text[: limit - len(_DOTS)].rstrip() + _DOTS
