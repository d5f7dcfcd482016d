"""Several answers in one message: which leads.

The kubelet tries every login it has, and the answer that got furthest says most: a manifest that is
unknown was asked for by somebody who may read, so it outweighs the denial of another login. Where
several registries were asked for one short name it does not: the image may be in the one that denied.
"""

from collections.abc import Sequence
from dataclasses import replace

from pullproof.causes import Cause, Confidence
from pullproof.evidence import RuntimeMessage

_C = Cause
_ORDER = (
    _C.SIGNATURE_REJECTED,
    _C.REGISTRY_BLOCKED_BY_POLICY,
    _C.INVALID_IMAGE_REFERENCE,
    _C.SHORT_NAME_NOT_RESOLVABLE,
    _C.PULL_SECRET_INVALID,
    _C.NODE_DISK_FULL,
    _C.PLATFORM_MISMATCH,
    _C.UNSUPPORTED_IMAGE_FORMAT,
    _C.NODE_FILESYSTEM_ERROR,
    _C.CORRUPT_LOCAL_CONTENT,
    _C.CORRUPT_DOWNLOAD,
    _C.MANIFEST_BLOB_MISSING,
    _C.REGISTRY_RATE_LIMITED,
    _C.TAG_NOT_FOUND,
    _C.DIGEST_NOT_FOUND,
    _C.REPOSITORY_NOT_FOUND,
    _C.CREDENTIALS_REJECTED,
    _C.ACCESS_DENIED,
    _C.AUTHENTICATION_REQUIRED,
    _C.ACCESS_DENIED_OR_NOT_FOUND,
    _C.NODE_CREDENTIAL_PROVIDER_FAILED,
    _C.NODE_CLOCK_SKEW,
    _C.REGISTRY_CERTIFICATE_EXPIRED,
    _C.TLS_NAME_MISMATCH,
    _C.TLS_UNKNOWN_AUTHORITY,
    _C.PLAIN_HTTP_REGISTRY,
    _C.REGISTRY_UNAVAILABLE,
    _C.PROXY_FAILURE,
    _C.BLOB_STORAGE_UNREACHABLE,
    _C.REGISTRY_MIRROR_FAILING,
    _C.DNS_RESOLUTION_FAILED,
    _C.REGISTRY_HOST_UNKNOWN,
    _C.CONNECTION_REFUSED,
    _C.NETWORK_UNREACHABLE,
    _C.CONNECTION_TIMED_OUT,
    _C.CONNECTION_RESET,
    _C.RUNTIME_ERROR,
    _C.PULL_SECRET_MISSING,
    _C.IMAGE_NOT_ON_NODE,
    _C.PULL_TIMED_OUT,
    _C.KUBELET_PULL_THROTTLED,
    _C.UNKNOWN,
)
_ABSENT = frozenset({_C.TAG_NOT_FOUND, _C.DIGEST_NOT_FOUND, _C.REPOSITORY_NOT_FOUND})
_ACCESS = frozenset(
    {
        _C.CREDENTIALS_REJECTED,
        _C.ACCESS_DENIED,
        _C.AUTHENTICATION_REQUIRED,
        _C.ACCESS_DENIED_OR_NOT_FOUND,
    }
)


def leading(
    answers: Sequence[RuntimeMessage], *, several_registries: bool
) -> tuple[int, RuntimeMessage]:
    """The index of the answer that leads, and what is then concluded: no surer than they agree."""
    ranks = [_rank(one.cause, several_registries=several_registries) for one in answers]
    index = ranks.index(min(ranks))
    lead, causes = answers[index], {one.cause for one in answers}
    if len(causes) == 1:
        return index, lead
    if several_registries and causes & _ABSENT and causes <= _ABSENT | _ACCESS:
        cause = _C.ACCESS_DENIED_OR_NOT_FOUND if causes & _ACCESS else lead.cause
        return index, replace(lead, cause=cause, confidence=Confidence.POSSIBLE)
    if lead.confidence is Confidence.CERTAIN:
        lead = replace(lead, confidence=Confidence.LIKELY)
    return index, lead


def _rank(cause: Cause, *, several_registries: bool) -> int:
    rank = _ORDER.index(cause) if cause in _ORDER else len(_ORDER) - 1
    # What one registry does not have, another one may.
    return rank + len(_ORDER) if several_registries and cause in _ABSENT else rank
