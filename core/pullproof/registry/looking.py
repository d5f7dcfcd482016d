"""One image at one endpoint with one login: HEAD first, and GET before anything is called absent.

At most three requests beside tokens: HEAD, GET, and either the list of tags or, for platforms, the
image's configuration.
"""

from dataclasses import dataclass, replace

from pullproof.causes import Cause, Confidence
from pullproof.digest import Digest, parse_digest
from pullproof.evidence import Doubt
from pullproof.manifest import ACCEPT, Index, Manifest
from pullproof.nearest import nearest_tags
from pullproof.reference import Reference
from pullproof.registry.bodies import parse_error, parse_tags
from pullproof.registry.calls import Call, Outcome, Stage
from pullproof.registry.client import Client, Question
from pullproof.registry.judging import Judgement, Sight, judge
from pullproof.registry.messages import Answer
from pullproof.registry.reading import Found, platform_of, platforms_of, read_body, read_head
from pullproof.registry.vendors import Vendor, recognise
from pullproof.settings import Limits

TAGS_PER_PAGE = 1_000
"""ECR refuses more."""
_MIN_QUOTA = 10
"""GETs that count against a quota are left to the nodes when so few remain."""
_OK = 200
_NOT_FOUND = 404
# A HEAD with these may be a proxy's or an old server's fault, or hides its reason: the body tells.
_ASK_AGAIN = frozenset({400, 403, 404, 405, 406, 412, 501})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one endpoint showed."""

    judgement: Judgement
    vendor: Vendor
    found: Found | None = None
    platforms: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is wanted to be known beside whether the image is there."""

    reference: Reference
    suggestions: bool
    platforms: bool

    @property
    def what(self) -> str:
        """What stands in the URL: the digest wins."""
        reference = self.reference
        return str(reference.digest or reference.tag or "latest")


class Looker:
    """Asks one endpoint for one image."""

    def __init__(self, client: Client, limits: Limits) -> None:
        self._client = client
        self._limits = limits

    async def look(self, call: Call, wanted: Wanted) -> View:
        """Look whether the image is there."""
        outcome = await self._manifest(call, "HEAD", wanted.what)
        read = _proof(outcome, wanted.reference)
        if read is None and _may_say_more(outcome):
            head_status = _status(outcome)
            outcome = await self._manifest(call, "GET", wanted.what)
            read = _content(outcome, wanted.reference.digest)
            if isinstance(read, Found) and head_status == _NOT_FOUND:
                # Runtimes that believe the HEAD do not find it.
                read = replace(read, confidence=Confidence.LIKELY)
        vendor = _vendor(call, outcome)
        if isinstance(read, Found):
            return await self._found(call, wanted, read, vendor)
        sight = Sight(reference=wanted.reference, vendor=vendor, secrets=call.secrets)
        judgement = read or judge(outcome, sight)
        if judgement.cause is Cause.TAG_NOT_FOUND and wanted.suggestions:
            return await self._missing_tag(call, wanted, judgement, vendor)
        return View(judgement=judgement, vendor=vendor)

    async def _manifest(self, call: Call, method: str, what: str) -> Outcome:
        limit = self._limits.manifest_bytes if method == "GET" else 0
        return await self._client.ask(
            call,
            Question(kind="manifests", what=what, accept=ACCEPT, limit_bytes=limit, method=method),
        )

    async def _found(self, call: Call, wanted: Wanted, found: Found, vendor: Vendor) -> View:
        judgement = Judgement(cause=None, confidence=found.confidence)
        if not wanted.platforms or _is_short(call):
            return View(judgement=judgement, vendor=vendor, found=found)
        if found.document is None:
            outcome = await self._manifest(call, "GET", found.digest)
            read = _content(outcome, parse_digest(found.digest))
            if isinstance(read, Judgement):
                return View(judgement=read, vendor=vendor, found=found)
            if read is None:
                return View(
                    judgement=_gone(outcome, judgement, "the manifest"), vendor=vendor, found=found
                )
            found = replace(found, document=read.document)
        if isinstance(found.document, Index):
            platforms = platforms_of(found.document)
            return View(judgement=judgement, vendor=vendor, found=found, platforms=platforms)
        assert isinstance(found.document, Manifest)  # read from a body
        platforms, judgement = await self._config(call, found.document, judgement)
        return View(judgement=judgement, vendor=vendor, found=found, platforms=platforms)

    async def _config(
        self, call: Call, manifest: Manifest, judgement: Judgement
    ) -> tuple[tuple[str, ...], Judgement]:
        outcome = await self._client.ask(
            call,
            Question(
                kind="blobs",
                what=str(manifest.config.digest),
                accept="*/*",
                limit_bytes=self._limits.manifest_bytes,
            ),
        )
        if isinstance(outcome.heard, Answer) and outcome.heard.status == _OK:
            return platform_of(outcome.heard.body), judgement
        return (), _gone(outcome, judgement, "the image's configuration")

    async def _missing_tag(
        self, call: Call, wanted: Wanted, judgement: Judgement, vendor: Vendor
    ) -> View:
        """Ask which tags there are: with the same login, and one page of them."""
        question = Question(
            kind="tags",
            what="list",
            accept="application/json",
            limit_bytes=self._limits.tags_bytes,
            query=f"n={TAGS_PER_PAGE}",
        )
        outcome = await self._client.ask(call, question)
        heard = outcome.heard
        if not isinstance(heard, Answer) or heard.is_cut:
            return View(judgement=judgement, vendor=vendor)
        if heard.status == _NOT_FOUND and not judgement.doubts:
            code = parse_error(heard.body).code
            if code in ("NAME_UNKNOWN", "NOT_FOUND"):
                judgement = replace(
                    judgement,
                    cause=Cause.REPOSITORY_NOT_FOUND,
                    detail=f"{judgement.detail}; tags: 404 {code}",
                )
        tags = parse_tags(heard.body) if heard.status == _OK else None
        if tags and wanted.what in tags:
            # It lists what it does not give: pushed this very moment, or a stale cache.
            doubts = judgement.doubts | {Doubt.MIXED_ANSWERS}
            judgement = replace(judgement, doubts=doubts, confidence=Confidence.POSSIBLE)
        near = nearest_tags(wanted.what, tags) if tags else ()
        return View(judgement=judgement, vendor=vendor, suggestions=near)


def _proof(outcome: Outcome, reference: Reference) -> Found | Judgement | None:
    """What a HEAD proves by itself; None: nothing, or it was refused."""
    heard = outcome.heard
    return read_head(heard, reference) if isinstance(heard, Answer) and _is_ok(heard) else None


def _content(outcome: Outcome, digest: Digest | None) -> Found | Judgement | None:
    """What the bytes are; None: there are none."""
    heard = outcome.heard
    return read_body(heard, digest) if isinstance(heard, Answer) and _is_ok(heard) else None


def _is_ok(answer: Answer) -> bool:
    return answer.status == _OK


def _status(outcome: Outcome) -> int | None:
    return outcome.heard.status if isinstance(outcome.heard, Answer) else None


def _may_say_more(outcome: Outcome) -> bool:
    """Whether a GET is worth its request."""
    is_image = outcome.stage is Stage.IMAGE
    return is_image and _status(outcome) in (_ASK_AGAIN | {_OK})


def _is_short(call: Call) -> bool:
    quota = call.trace.quota_remaining
    return quota is not None and quota < _MIN_QUOTA


def _vendor(call: Call, outcome: Outcome) -> Vendor:
    answer = outcome.heard if isinstance(outcome.heard, Answer) else None
    host = call.endpoint.base.host
    return recognise(host, call.repository, answer, outcome.challenge)


def _gone(outcome: Outcome, judgement: Judgement, what: str) -> Judgement:
    """A part that answers 404 fails the pull; any other trouble with it says nothing."""
    heard = outcome.heard
    if not isinstance(heard, Answer) or heard.status != _NOT_FOUND:
        return judgement
    code = parse_error(heard.body).code
    return Judgement(
        cause=Cause.MANIFEST_BLOB_MISSING,
        confidence=Confidence.LIKELY,
        detail=f"{what} is missing: {f'404 {code}'.strip()}",
    )
