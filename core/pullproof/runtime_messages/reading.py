"""Read one message: clean it, unwrap it, find the leaf that decides, take along what it names."""

import re
from dataclasses import replace
from datetime import datetime

from pullproof.causes import Cause, Confidence
from pullproof.evidence import RuntimeMessage
from pullproof.reference import InvalidReference, parse_reference
from pullproof.runtime_messages import access_rules as access
from pullproof.runtime_messages import content_rules as content
from pullproof.runtime_messages import network_rules as network
from pullproof.runtime_messages import node_rules as node
from pullproof.runtime_messages.cleaning import cleaned
from pullproof.runtime_messages.rules import Rule

# The first that matches decides (facts of precedence stand in each module's docstring).
ORDER: tuple[Rule, ...] = (
    *node.POLICY,
    *content.REFERENCE,
    *access.SECRET,
    *node.NEVER,
    *node.THROTTLED,
    *node.DISK,
    *content.PLATFORM,
    *content.FORMAT,
    *node.STORE,
    *content.DOWNLOAD,
    *access.LIMIT,
    *network.CERTIFICATE_TIME,
    *network.TLS,
    *network.PROXY,
    *node.RUNTIME,
    *network.DNS,
    *network.SOCKET,
    *content.UNKNOWN_MANIFEST,
    *access.EITHER,
    *access.REJECTED,
    *access.UNAUTHENTICATED,
    *content.LOST,
    *content.ABSENT[:1],
    *access.AMBIGUOUS,
    *access.DENIED[:1],
    *network.SERVER[:1],
    *access.DENIED[1:],
    *content.ABSENT[1:],
    *network.CANCELLED,
    *network.SERVER[1:],
)

_BACK_OFF = re.compile(r'Back-off pulling image "[^"]{0,600}"(?:: )?(?:\w+: )?')
_AGGREGATED = re.compile(r"^\(combined from similar events\): ?")
_ARTIFACT = re.compile(r"pull image err: (?P<image>.+?); artifact err: ")
_IMAGE = re.compile(
    r"(?:pull(?: and unpack)? image|resolve reference|pulling image|parse image (?:name|reference)"
    r'|inspect image|Container image|resolve image) \\?"(?P<image>[^"\\]{1,600})'
)
_URL = re.compile(r"\bhttps?://(?P<host>[^/\s\"'?#@]{1,255})(?P<rest>[^\s\"']{0,300})")
_LOOKUP = re.compile(
    r"lookup (?P<host>[^\s:]{1,253})(?: on (?P<resolver>[0-9a-fA-F.:\[\]]{3,60}))?"
)
_DIAL = re.compile(r"dial tcp (?P<address>[0-9a-fA-F.:\[\]]{5,60}:\d{1,5})")
_STATUS = re.compile(
    r"\b(?P<status>[45]\d\d) (?:[A-Z][a-z]|$)|status(?:code)?:? (?P<code>[45]\d\d)", re.IGNORECASE
)
_CODE = re.compile(
    r"\b(MANIFEST_UNKNOWN|NAME_UNKNOWN|UNAUTHORIZED|DENIED|TOOMANYREQUESTS|NOT_FOUND)\b"
)
_TIMES = re.compile(r"current time (?P<now>\S{10,35}) is (?:after|before) (?P<limit>\S{10,35})")
_PLATFORM = re.compile(
    r'architecture "?(?P<arch>[a-z0-9]+)|platform (?P<platform>[a-z]+/[a-z0-9/]+)', re.IGNORECASE
)
_STORAGE = re.compile(
    r"cloudfront|amazonaws\.com$|\.s3[.-]|blob\.core\.|storage\.googleapis|r2\.cloudflarestorage"
    r"|production\.cloudflare\.docker|\bcdn\b|\.data\.|aliyuncs\.com$",
    re.IGNORECASE,
)
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
_EVIDENCE_CHARACTERS = 200


def read_message(text: str) -> RuntimeMessage:
    """What a message says by itself. Never raises; time and result are bounded."""
    whole = cleaned(text)
    inner = _unwrapped(whole)
    facts = _facts(inner, whole)
    for one in ORDER:
        found = one.pattern.search(inner)
        if found is not None:
            message = replace(
                facts,
                cause=one.cause,
                confidence=one.confidence,
                evidence=_around(inner, found.start(), found.end()),
            )
            return _refined(message, inner)
    return replace(facts, evidence=inner[:_EVIDENCE_CHARACTERS])


def _unwrapped(text: str) -> str:
    inner = _AGGREGATED.sub("", text)
    inner = _BACK_OFF.sub("", inner, count=1) or inner
    artifact = _ARTIFACT.search(inner)
    if artifact is not None:
        inner = artifact["image"]
    mirrors = inner.rfind("): ")
    if "(Mirrors also failed:" in inner and mirrors > 0:
        # What comes last is the upstream's answer, and that is the one that counts.
        inner = inner[mirrors + 3 :]
    return inner


def _facts(inner: str, whole: str) -> RuntimeMessage:
    """What the text names, before it is known what of it matters."""
    image = _IMAGE.search(inner) or _IMAGE.search(whole)
    url, lookup, dial = _URL.search(inner), _LOOKUP.search(inner), _DIAL.search(inner)
    status, code, times = _STATUS.search(inner), _CODE.search(inner), _TIMES.search(inner)
    platform = _PLATFORM.search(inner)
    host = lookup["host"] if lookup else url["host"] if url else ""
    named = image["image"] if image else ""
    return RuntimeMessage(
        text=inner[:2000],
        cause=Cause.UNKNOWN,
        confidence=Confidence.POSSIBLE,
        image=named,
        host=host,
        resolver=(lookup["resolver"] or "").rstrip(":") if lookup else "",
        address=dial["address"] if dial else "",
        status=int(status["status"] or status["code"]) if status else None,
        code=code[1] if code else "",
        node_time=times["now"] if times else "",
        certificate_time=times["limit"].rstrip(".,;)") if times else "",
        platform=(platform["platform"] or platform["arch"]) if platform else "",
        mirror="?ns=" in inner or "(Mirrors also failed:" in whole,
    )


def _refined(message: RuntimeMessage, inner: str) -> RuntimeMessage:
    """The same cause made sharper by what stands around it."""
    if message.cause is Cause.TAG_NOT_FOUND and "@sha256:" in (message.image or inner):
        return replace(message, cause=Cause.DIGEST_NOT_FOUND)
    if message.cause is Cause.REGISTRY_CERTIFICATE_EXPIRED:
        return _by_the_times(message)
    if message.cause in _NETWORK and _is_storage(message):
        return replace(message, cause=Cause.BLOB_STORAGE_UNREACHABLE, confidence=Confidence.LIKELY)
    if message.cause in _NETWORK and message.mirror and "?ns=" in inner:
        return replace(message, cause=Cause.REGISTRY_MIRROR_FAILING, confidence=Confidence.LIKELY)
    return message


def _is_storage(message: RuntimeMessage) -> bool:
    """Whether the failing host serves layers, and is not the image's registry itself."""
    if not message.host or not message.image or not _STORAGE.search(message.host):
        return False
    try:
        registry = parse_reference(message.image).registry
    except InvalidReference:
        return False
    return registry != message.host


def _by_the_times(message: RuntimeMessage) -> RuntimeMessage:
    """An expired certificate and a wrong clock give one sentence; the two times may tell them apart."""
    now, limit = _time(message.node_time), _time(message.certificate_time)
    if now is None or limit is None:
        return message
    if now.year < 2015:  # noqa: PLR2004  # no node was set up then: the clock was never set
        return replace(message, cause=Cause.NODE_CLOCK_SKEW, confidence=Confidence.CERTAIN)
    if now < limit:
        # Not yet valid: rarely is a certificate made for the future.
        return replace(message, cause=Cause.NODE_CLOCK_SKEW, confidence=Confidence.LIKELY)
    return message


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _around(text: str, start: int, end: int) -> str:
    """The clause in which a leaf stands, at most 200 characters."""
    begin = text.rfind(": ", 0, start)
    begin = (
        begin + 2
        if begin >= 0 and start - begin < _EVIDENCE_CHARACTERS // 2
        else max(0, start - 60)
    )
    return text[begin : max(end, begin) + 80][:_EVIDENCE_CHARACTERS].strip()
