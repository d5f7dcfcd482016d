"""What an answer means: a cause, how sure, and why a no may not be one. Pure.

"Missing" and "not allowed" are one answer on purpose on nearly every public registry; what cannot
be told apart stays ambiguous here (``vendors``). Absent is only a 404 in the words of a registry.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from pullproof.causes import Cause, Confidence
from pullproof.evidence import Doubt
from pullproof.reference import Reference
from pullproof.registry.bodies import ErrorBody, parse_error
from pullproof.registry.calls import Outcome, Stage
from pullproof.registry.messages import Answer, Failure, retry_after_seconds
from pullproof.registry.showing import shown
from pullproof.registry.vendors import Vendor


class Scope(StrEnum):
    """For what a refused login is not tried again."""

    NOTHING = ""
    REPOSITORY = "repository"
    HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one endpoint said about one image to one login."""

    cause: Cause | None
    """None: it is there."""
    confidence: Confidence
    detail: str = ""
    doubts: frozenset[Doubt] = frozenset()
    refused: Scope = Scope.NOTHING
    is_network: bool = False
    """No answer came; for an undeclared host that may not be told."""
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Who looked at what."""

    reference: Reference
    vendor: Vendor
    secrets: tuple[str, ...] = ()
    """What must not be in any text."""


ABSENT_CODES = frozenset({"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "NOT_FOUND", "TAG_EXPIRED"})
"""By the specification; ``NOT_FOUND`` is Harbor's word, ``TAG_EXPIRED`` Quay's."""
_SERVER_ERROR = 500
_ECR_TOKEN_ENDED = re.compile(r"authorization token (?:has expired|is invalid)", re.IGNORECASE)
_BLOCKED_ADDRESS = re.compile(r"with IP \S+ is not allowed", re.IGNORECASE)


def judge(outcome: Outcome, sight: Sight) -> Judgement:
    """Judge an answer that is not the image, or no answer at all."""
    heard = outcome.heard
    if isinstance(heard, Failure):
        return Judgement(
            cause=heard.cause,
            confidence=Confidence.LIKELY,
            detail=heard.detail,
            is_network=not heard.is_told,
            retry_after_seconds=heard.retry_after_seconds,
        )
    error = parse_error(heard.body)
    if heard.status == HTTPStatus.NOT_FOUND and outcome.stage is Stage.IMAGE:
        return _absent(heard, error, sight)
    if heard.status == HTTPStatus.UNAUTHORIZED:
        return _unauthorized(outcome, heard, error, sight)
    if heard.status == HTTPStatus.FORBIDDEN:
        return _forbidden(outcome, heard, error, sight)
    return _other(outcome, heard, error, sight)


def not_a_registry(detail: str) -> Judgement:
    """Something answers there, but not as a registry does."""
    return Judgement(
        cause=Cause.REGISTRY_UNAVAILABLE,
        confidence=Confidence.POSSIBLE,
        detail=detail,
        doubts=frozenset({Doubt.NOT_A_REGISTRY}),
    )


def is_like_a_registry(answer: Answer, error: ErrorBody) -> bool:
    """Whether an answer shows the API's header, or an error in its form."""
    return error.is_oci or answer.header("docker-distribution-api-version") == "registry/2.0"


def _absent(answer: Answer, error: ErrorBody, sight: Sight) -> Judgement:
    if not is_like_a_registry(answer, error):
        return not_a_registry(f"{_told(answer, error)} from what does not answer like a registry")
    doubts = frozenset() if error.code in ABSENT_CODES else frozenset({Doubt.NO_ERROR_BODY})
    return Judgement(
        cause=_absent_cause(error, sight.reference),
        confidence=Confidence.POSSIBLE if doubts else Confidence.CERTAIN,
        detail=_told(answer, error),
        doubts=doubts,
    )


def _absent_cause(error: ErrorBody, reference: Reference) -> Cause:
    text = error.message.lower()
    is_repository = error.code == "NAME_UNKNOWN" or (
        error.code == "NOT_FOUND" and text.startswith(("repository", "project"))
    )
    if is_repository:
        return Cause.REPOSITORY_NOT_FOUND
    return Cause.TAG_NOT_FOUND if reference.digest is None else Cause.DIGEST_NOT_FOUND


def _unauthorized(outcome: Outcome, answer: Answer, error: ErrorBody, sight: Sight) -> Judgement:
    login, told = outcome.login, _told(answer, error)
    if login.is_withheld:
        return _private_or_missing(
            f"{told}; the login was not sent to another host's token service"
        )
    is_basic = login.kind == "basic" and not login.is_second_kind
    if login.with_password and (outcome.stage is Stage.TOKEN or is_basic):
        return Judgement(
            cause=Cause.CREDENTIALS_REJECTED,
            confidence=Confidence.CERTAIN,
            detail=told,
            refused=Scope.HOST,
        )
    is_token = login.kind == "bearer" or login.is_second_kind
    asked_with_token = outcome.stage is Stage.IMAGE and is_token
    if asked_with_token or sight.vendor.hides_missing:
        return _private_or_missing(told)
    return Judgement(cause=Cause.AUTHENTICATION_REQUIRED, confidence=Confidence.LIKELY, detail=told)


def _forbidden(outcome: Outcome, answer: Answer, error: ErrorBody, sight: Sight) -> Judgement:
    told = _told(answer, error)
    if outcome.login.with_password and _ECR_TOKEN_ENDED.search(error.message):
        return Judgement(
            cause=Cause.CREDENTIALS_REJECTED,
            confidence=Confidence.CERTAIN,
            detail=f"{told}: the authorization token is expired or invalid",
            refused=Scope.HOST,
        )
    if outcome.login.is_withheld:
        return _private_or_missing(
            f"{told}; the login was not sent to another host's token service"
        )
    if outcome.stage is Stage.TOKEN or sight.vendor.hides_missing:
        is_blocked = _BLOCKED_ADDRESS.search(error.message) is not None
        if not is_blocked:
            refused = Scope.REPOSITORY if outcome.login.with_password else Scope.NOTHING
            return _private_or_missing(told, refused)
    doubts = frozenset() if is_like_a_registry(answer, error) else frozenset({Doubt.NOT_A_REGISTRY})
    return Judgement(
        cause=Cause.ACCESS_DENIED,
        confidence=Confidence.POSSIBLE if doubts else Confidence.LIKELY,
        detail=told,
        doubts=doubts,
    )


def _private_or_missing(detail: str, refused: Scope = Scope.NOTHING) -> Judgement:
    return Judgement(
        cause=Cause.ACCESS_DENIED_OR_NOT_FOUND,
        confidence=Confidence.POSSIBLE,
        detail=detail,
        doubts=frozenset({Doubt.MAYBE_PRIVATE}),
        refused=refused,
    )


_BY_STATUS: dict[int, tuple[Cause, Confidence]] = {
    406: (Cause.UNSUPPORTED_IMAGE_FORMAT, Confidence.LIKELY),
    412: (Cause.ACCESS_DENIED, Confidence.LIKELY),  # Harbor's policy on scans and signatures
    429: (Cause.REGISTRY_RATE_LIMITED, Confidence.LIKELY),
    451: (Cause.ACCESS_DENIED, Confidence.LIKELY),
}


def _other(outcome: Outcome, answer: Answer, error: ErrorBody, sight: Sight) -> Judgement:
    told = _told(answer, error)
    if outcome.stage is Stage.TOKEN and answer.status < _SERVER_ERROR:
        told = f"{told} from the token service"
        if answer.status == HTTPStatus.OK:
            told = "the token service gave no token"
    is_format = error.code == "UNSUPPORTED" and outcome.stage is Stage.IMAGE
    cause, confidence = _BY_STATUS.get(
        answer.status, (Cause.REGISTRY_UNAVAILABLE, Confidence.LIKELY)
    )
    if is_format:
        cause = Cause.UNSUPPORTED_IMAGE_FORMAT
    if cause is Cause.ACCESS_DENIED and error.message:
        told = f"{told}: {shown(error.message, sight.secrets, 120)}"
    return Judgement(
        cause=cause,
        confidence=confidence,
        detail=told,
        retry_after_seconds=retry_after_seconds(answer),
    )


def _told(answer: Answer, error: ErrorBody) -> str:
    """``404 MANIFEST_UNKNOWN``, or ``503 Service Unavailable``."""
    if error.code:
        return f"{answer.status} {error.code}"
    try:
        return f"{answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        return str(answer.status)
