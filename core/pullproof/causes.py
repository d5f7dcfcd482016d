"""THE taxonomy: why an image cannot be pulled.

A cause is one word everywhere: the Event's reason, the annotation's ``cause``, the metric's label,
the rule id in reports, the anchor in the docs. Each fails exactly one of the eight questions that a
person asks of a failed pull.
"""

from dataclasses import dataclass
from enum import StrEnum


class Confidence(StrEnum):
    """How sure we are."""

    CERTAIN = "certain"
    """What was observed allows no other cause."""
    LIKELY = "likely"
    """Observed by one side that could be mistaken."""
    POSSIBLE = "possible"
    """One of several that look alike from here."""


class Question(StrEnum):
    """The eight questions of the checklist, in the order in which they are told."""

    NAME = "name"
    TAG = "tag"
    ACCESS = "access"
    NETWORK = "network"
    REGISTRY = "registry"
    LOCAL_CACHE = "localCache"
    RATE_LIMIT = "rateLimit"
    CLOCK = "clock"


class Actor(StrEnum):
    """Who has to do something."""

    AUTHOR = "author"
    """Whoever writes the manifest."""
    PLATFORM = "platform"
    """Whoever runs the cluster and its nodes."""
    REGISTRY = "registry"
    """Whoever runs the registry or publishes the image."""
    NOBODY = "nobody"
    """It passes by itself."""


class Cause(StrEnum):
    """One row of the taxonomy; the value is the name that people and programs see."""

    INVALID_IMAGE_REFERENCE = "InvalidImageReference"
    REGISTRY_HOST_UNKNOWN = "RegistryHostUnknown"
    REPOSITORY_NOT_FOUND = "RepositoryNotFound"
    SHORT_NAME_NOT_RESOLVABLE = "ShortNameNotResolvable"
    TAG_NOT_FOUND = "TagNotFound"
    DIGEST_NOT_FOUND = "DigestNotFound"
    MANIFEST_BLOB_MISSING = "ManifestBlobMissing"
    PLATFORM_MISMATCH = "PlatformMismatch"
    UNSUPPORTED_IMAGE_FORMAT = "UnsupportedImageFormat"
    PULL_SECRET_MISSING = "PullSecretMissing"
    PULL_SECRET_INVALID = "PullSecretInvalid"
    PULL_SECRET_WRONG_TYPE = "PullSecretWrongType"
    PULL_SECRET_HOST_MISMATCH = "PullSecretHostMismatch"
    CREDENTIALS_REJECTED = "CredentialsRejected"
    ACCESS_DENIED = "AccessDenied"
    AUTHENTICATION_REQUIRED = "AuthenticationRequired"
    ACCESS_DENIED_OR_NOT_FOUND = "AccessDeniedOrNotFound"
    NODE_CREDENTIAL_PROVIDER_FAILED = "NodeCredentialProviderFailed"
    DNS_RESOLUTION_FAILED = "DnsResolutionFailed"
    CONNECTION_REFUSED = "ConnectionRefused"
    CONNECTION_TIMED_OUT = "ConnectionTimedOut"
    NETWORK_UNREACHABLE = "NetworkUnreachable"
    CONNECTION_RESET = "ConnectionReset"
    PROXY_FAILURE = "ProxyFailure"
    BLOB_STORAGE_UNREACHABLE = "BlobStorageUnreachable"
    TLS_UNKNOWN_AUTHORITY = "TlsUnknownAuthority"
    TLS_NAME_MISMATCH = "TlsNameMismatch"
    PLAIN_HTTP_REGISTRY = "PlainHttpRegistry"
    REGISTRY_MIRROR_FAILING = "RegistryMirrorFailing"
    REGISTRY_UNAVAILABLE = "RegistryUnavailable"
    REGISTRY_CERTIFICATE_EXPIRED = "RegistryCertificateExpired"
    NODE_DISK_FULL = "NodeDiskFull"
    CORRUPT_LOCAL_CONTENT = "CorruptLocalContent"
    CORRUPT_DOWNLOAD = "CorruptDownload"
    IMAGE_NOT_ON_NODE = "ImageNotOnNode"
    CACHED_IMAGE_NOT_AUTHORIZED = "CachedImageNotAuthorized"
    NODE_FILESYSTEM_ERROR = "NodeFilesystemError"
    REGISTRY_RATE_LIMITED = "RegistryRateLimited"
    KUBELET_PULL_THROTTLED = "KubeletPullThrottled"
    NODE_CLOCK_SKEW = "NodeClockSkew"
    SIGNATURE_REJECTED = "SignatureRejected"
    REGISTRY_BLOCKED_BY_POLICY = "RegistryBlockedByPolicy"
    PULL_TIMED_OUT = "PullTimedOut"
    RUNTIME_ERROR = "RuntimeError"
    UNKNOWN = "Unknown"


ABSENT_CAUSES = frozenset({Cause.TAG_NOT_FOUND, Cause.DIGEST_NOT_FOUND, Cause.REPOSITORY_NOT_FOUND})
"""The image is not there. Only these may ever deny, and only without a doubt."""
ACCESS_CAUSES = frozenset(
    {
        Cause.ACCESS_DENIED,
        Cause.ACCESS_DENIED_OR_NOT_FOUND,
        Cause.AUTHENTICATION_REQUIRED,
        Cause.CREDENTIALS_REJECTED,
    }
)
"""These credentials may not pull it, as far as a registry or a node tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is fixed about a cause; its sentences stand in ``pullproof.wording``."""

    title: str
    """A phrase for tables: lower case, no full stop."""
    question: Question
    """The one question of the checklist that this cause fails."""
    actor: Actor
    transient: bool
    """True: the same pull may well work in a minute, with nothing changed."""


def _row(title: str, question: Question, actor: Actor, *, transient: bool = False) -> Explanation:
    return Explanation(title=title, question=question, actor=actor, transient=transient)


_Q, _A, _C = Question, Actor, Cause

EXPLANATIONS: dict[Cause, Explanation] = {
    _C.INVALID_IMAGE_REFERENCE: _row("invalid image reference", _Q.NAME, _A.AUTHOR),
    _C.REGISTRY_HOST_UNKNOWN: _row("registry host unknown", _Q.NAME, _A.AUTHOR),
    _C.REPOSITORY_NOT_FOUND: _row("repository not found", _Q.NAME, _A.AUTHOR),
    _C.SHORT_NAME_NOT_RESOLVABLE: _row("short name not resolvable", _Q.NAME, _A.AUTHOR),
    _C.TAG_NOT_FOUND: _row("tag not found", _Q.TAG, _A.AUTHOR),
    _C.DIGEST_NOT_FOUND: _row("digest not found", _Q.TAG, _A.AUTHOR),
    _C.MANIFEST_BLOB_MISSING: _row("part of the image is missing", _Q.REGISTRY, _A.REGISTRY),
    _C.PLATFORM_MISMATCH: _row("no image for this platform", _Q.TAG, _A.AUTHOR),
    _C.UNSUPPORTED_IMAGE_FORMAT: _row("unsupported image format", _Q.TAG, _A.AUTHOR),
    _C.PULL_SECRET_MISSING: _row("pull secret missing", _Q.ACCESS, _A.AUTHOR),
    _C.PULL_SECRET_INVALID: _row("pull secret unreadable", _Q.ACCESS, _A.AUTHOR),
    _C.PULL_SECRET_WRONG_TYPE: _row("pull secret of the wrong type", _Q.ACCESS, _A.AUTHOR),
    _C.PULL_SECRET_HOST_MISMATCH: _row("pull secret for another host", _Q.ACCESS, _A.AUTHOR),
    _C.CREDENTIALS_REJECTED: _row("credentials rejected", _Q.ACCESS, _A.AUTHOR),
    _C.ACCESS_DENIED: _row("access denied", _Q.ACCESS, _A.AUTHOR),
    _C.AUTHENTICATION_REQUIRED: _row("login required", _Q.ACCESS, _A.AUTHOR),
    _C.ACCESS_DENIED_OR_NOT_FOUND: _row("private or missing", _Q.ACCESS, _A.AUTHOR),
    _C.NODE_CREDENTIAL_PROVIDER_FAILED: _row("node login failed", _Q.ACCESS, _A.PLATFORM),
    _C.DNS_RESOLUTION_FAILED: _row("DNS failed", _Q.NETWORK, _A.PLATFORM, transient=True),
    _C.CONNECTION_REFUSED: _row("connection refused", _Q.NETWORK, _A.PLATFORM, transient=True),
    _C.CONNECTION_TIMED_OUT: _row("connection timed out", _Q.NETWORK, _A.PLATFORM, transient=True),
    _C.NETWORK_UNREACHABLE: _row("network unreachable", _Q.NETWORK, _A.PLATFORM, transient=True),
    _C.CONNECTION_RESET: _row("connection reset", _Q.NETWORK, _A.PLATFORM, transient=True),
    _C.PROXY_FAILURE: _row("proxy failed", _Q.NETWORK, _A.PLATFORM, transient=True),
    _C.BLOB_STORAGE_UNREACHABLE: _row(
        "layer storage unreachable", _Q.NETWORK, _A.PLATFORM, transient=True
    ),
    _C.TLS_UNKNOWN_AUTHORITY: _row("unknown certificate authority", _Q.NETWORK, _A.PLATFORM),
    _C.TLS_NAME_MISMATCH: _row("certificate for another name", _Q.NETWORK, _A.REGISTRY),
    _C.PLAIN_HTTP_REGISTRY: _row("registry speaks plain HTTP", _Q.NETWORK, _A.PLATFORM),
    _C.REGISTRY_MIRROR_FAILING: _row("registry mirror failing", _Q.NETWORK, _A.PLATFORM),
    _C.REGISTRY_UNAVAILABLE: _row("registry unavailable", _Q.REGISTRY, _A.REGISTRY, transient=True),
    _C.REGISTRY_CERTIFICATE_EXPIRED: _row("certificate expired", _Q.REGISTRY, _A.REGISTRY),
    _C.NODE_DISK_FULL: _row("node disk full", _Q.LOCAL_CACHE, _A.PLATFORM),
    _C.CORRUPT_LOCAL_CONTENT: _row("image store damaged", _Q.LOCAL_CACHE, _A.PLATFORM),
    _C.CORRUPT_DOWNLOAD: _row("download damaged", _Q.REGISTRY, _A.REGISTRY),
    _C.IMAGE_NOT_ON_NODE: _row("image not on the node", _Q.LOCAL_CACHE, _A.AUTHOR),
    _C.CACHED_IMAGE_NOT_AUTHORIZED: _row("cached image not authorized", _Q.LOCAL_CACHE, _A.AUTHOR),
    _C.NODE_FILESYSTEM_ERROR: _row("node file system error", _Q.LOCAL_CACHE, _A.PLATFORM),
    _C.REGISTRY_RATE_LIMITED: _row(
        "rate limit reached", _Q.RATE_LIMIT, _A.PLATFORM, transient=True
    ),
    _C.KUBELET_PULL_THROTTLED: _row(
        "node limits its pulls", _Q.RATE_LIMIT, _A.NOBODY, transient=True
    ),
    _C.NODE_CLOCK_SKEW: _row("node clock wrong", _Q.CLOCK, _A.PLATFORM),
    _C.SIGNATURE_REJECTED: _row("signature rejected", _Q.ACCESS, _A.PLATFORM),
    _C.REGISTRY_BLOCKED_BY_POLICY: _row("blocked by node policy", _Q.ACCESS, _A.PLATFORM),
    _C.PULL_TIMED_OUT: _row("pull timed out", _Q.NETWORK, _A.PLATFORM, transient=True),
    _C.RUNTIME_ERROR: _row("container runtime failed", _Q.LOCAL_CACHE, _A.PLATFORM),
    _C.UNKNOWN: _row("not recognised", _Q.REGISTRY, _A.PLATFORM, transient=True),
}


def explain(cause: Cause) -> Explanation:
    """What is fixed about a cause."""
    return EXPLANATIONS[cause]
