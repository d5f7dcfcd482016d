"""A 200 to a question for a manifest: is that an image, and which. Pure."""

import hashlib
from dataclasses import dataclass

import msgspec

from pullproof.causes import Cause, Confidence
from pullproof.digest import Digest, InvalidDigest, parse_digest, verify
from pullproof.manifest import (
    INDEX_TYPES,
    MANIFEST_TYPES,
    SCHEMA_1_TYPES,
    Index,
    InvalidManifest,
    Manifest,
    ObsoleteManifest,
    parse_config_platform,
    parse_manifest,
)
from pullproof.reference import Reference
from pullproof.registry.judging import Judgement, not_a_registry
from pullproof.registry.messages import Answer
from pullproof.registry.showing import shown

_PAGES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An image that is there."""

    digest: str
    media_type: str
    document: Manifest | Index | None = None
    """None: only a HEAD was answered."""
    confidence: Confidence = Confidence.CERTAIN


class _Typed(msgspec.Struct):
    media_type: str = msgspec.field(default="", name="mediaType")


def read_head(answer: Answer, reference: Reference) -> Found | Judgement | None:
    """What a HEAD answered with 200 proves; None: only the bytes can tell."""
    if answer.media_type in SCHEMA_1_TYPES:
        return _schema_1()
    if answer.media_type in _PAGES:
        return not_a_registry("a web page instead of a manifest")
    if answer.media_type not in INDEX_TYPES | MANIFEST_TYPES:
        return None
    digest = _digest(answer.header("docker-content-digest"))
    if digest is None or (reference.digest is not None and digest != reference.digest):
        return None
    return Found(digest=str(digest), media_type=answer.media_type)


def read_body(answer: Answer, wanted: Digest | None) -> Found | Judgement:
    """What a GET answered with 200 brought; ``wanted``: the digest that it was asked by."""
    if answer.is_cut:
        return _unsupported(f"a manifest of more than {len(answer.body)} bytes")
    if answer.header("content-encoding").lower() not in ("", "identity"):
        return not_a_registry("an encoded answer that nobody asked for")
    if answer.media_type in _PAGES or answer.body.lstrip()[:1] == b"<":
        return not_a_registry("a web page instead of a manifest")
    if wanted is not None and not verify(wanted, answer.body):
        return Judgement(
            cause=Cause.CORRUPT_DOWNLOAD,
            confidence=Confidence.LIKELY,
            detail="bytes that do not have the digest that was asked for",
        )
    media_type = _media_type(answer)
    try:
        document = parse_manifest(answer.body, media_type)
    except ObsoleteManifest:
        return _schema_1()
    except InvalidManifest as error:
        return _unsupported(shown(str(error)))
    problem = _problem(document)
    if problem:
        return _unsupported(problem)
    digest = wanted or _digest(answer.header("docker-content-digest")) or _hashed(answer.body)
    return Found(digest=str(digest), media_type=media_type, document=document)


def platforms_of(index: Index) -> tuple[str, ...]:
    """``os/arch[/variant]`` of an index's images, each once, in its order."""
    named = (str(one.platform) for one in index.images if one.platform is not None)
    return tuple(dict.fromkeys(named))


def platform_of(config: bytes) -> tuple[str, ...]:
    """The one platform of an image configuration; nothing where it names none."""
    try:
        platform = parse_config_platform(config)
    except InvalidManifest:
        return ()
    return (str(platform),) if platform.os and platform.architecture else ()


def _problem(document: Manifest | Index) -> str:
    if isinstance(document, Manifest):
        return "" if document.is_runnable else f"a {document.kind}, not an image"
    return "" if document.images else "an index without any image"


def _media_type(answer: Answer) -> str:
    """The header's, unless that says nothing of manifests: then what the document says itself."""
    if answer.media_type in INDEX_TYPES | MANIFEST_TYPES | SCHEMA_1_TYPES:
        return answer.media_type
    try:
        return msgspec.json.decode(answer.body, type=_Typed).media_type or answer.media_type
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return answer.media_type


def _digest(text: str) -> Digest | None:
    try:
        return parse_digest(text)
    except InvalidDigest:
        return None


def _hashed(data: bytes) -> Digest:
    return Digest(algorithm="sha256", hex=hashlib.sha256(data).hexdigest())


def _unsupported(detail: str) -> Judgement:
    return Judgement(
        cause=Cause.UNSUPPORTED_IMAGE_FORMAT, confidence=Confidence.LIKELY, detail=detail
    )


def _schema_1() -> Judgement:
    return _unsupported("a schema 1 manifest only, which current runtimes do not pull")
