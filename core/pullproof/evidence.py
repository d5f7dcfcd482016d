"""What was observed, not judged: the registry's answers, the node's words, the secrets' state."""

from dataclasses import dataclass
from enum import StrEnum

from pullproof.causes import Cause, Confidence
from pullproof.reference import Reference

UNTOLD = "no answer that may be told for an undeclared host"
"""A probe's ``detail`` for an undeclared host, whatever went wrong: one wording for a port that is
closed, one that is filtered and one that does not exist, since a Pod's author chose the address."""


class Doubt(StrEnum):
    """Why a registry's "no" does not prove that the node could not pull.

    A denial needs an absence without any of these (``pullproof.policy``).
    """

    CREDENTIALS_UNREADABLE = "credentials-unreadable"
    """A Secret or the ServiceAccount could not be read, or none may be."""
    NODE_AUTH = "node-auth"
    """Nodes may hold credentials for this host that nobody else sees."""
    MIRROR_NOT_ASKED = "mirror-not-asked"
    """A declared mirror could not be asked, or gave no plain answer."""
    MAYBE_CACHE = "maybe-cache"
    """The host may be a pull-through cache: its 404 can hide an upstream that failed."""
    NO_ERROR_BODY = "no-error-body"
    """A 404 without an OCI error body: anything could have answered that."""
    NOT_A_REGISTRY = "not-a-registry"
    """The host does not answer like a registry."""
    MAYBE_PRIVATE = "maybe-private"
    """What is missing and what is private look alike on this host."""
    MIXED_ANSWERS = "mixed-answers"
    """Not every credential that the kubelet would try got the same answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request to a registry and its answer, fit to be shown: no query, no credential."""

    method: str
    url: str
    """Without query and user info, at most 256 characters."""
    status: int | None
    """None: no answer came."""
    code: str = ""
    """The OCI error code of the body, such as ``MANIFEST_UNKNOWN``."""
    message: str = ""
    """The registry's own words: one line, control characters removed, at most 256 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What a registry answered when it was asked for one image as the kubelet would ask."""

    reference: Reference
    cause: Cause | None
    """None: the image is there, and these credentials may pull it."""
    confidence: Confidence
    doubts: frozenset[Doubt] = frozenset()
    """For an absence only: why it may yet be pulled. Empty: the no is definite."""
    asked_as: str = "anonymous"
    """Whose credential: ``anonymous`` or ``Secret NAMESPACE/NAME``."""
    host: str = ""
    """The host that was asked last, with its port if it is not 443."""
    declared: bool = False
    """Whether the settings name this host."""
    detail: str = ""
    """One clause of evidence, fit to be shown: ``404 MANIFEST_UNKNOWN``, ``no answer``."""
    exchanges: tuple[Exchange, ...] = ()
    digest: str | None = None
    media_type: str = ""
    platforms: tuple[str, ...] = ()
    """``os/arch[/variant]`` of an image that was found, when asked for."""
    suggestions: tuple[str, ...] = ()
    """Nearest tags that the same credentials can list; never of another repository."""
    quota_remaining: int | None = None
    """From ``ratelimit-remaining``."""
    retry_after_seconds: float | None = None
    requests: int = 0
    """HTTP requests that this answer cost, token included; 0 from a cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeMessage:
    """What a kubelet, runtime or tool said, read."""

    text: str
    """The whole message, unwrapped from back-off and aggregation, line breaks folded."""
    cause: Cause
    confidence: Confidence
    """By the text alone."""
    image: str = ""
    """The reference that the message names, as written there."""
    host: str = ""
    """The host in the failing URL or lookup, with a port if one was given."""
    evidence: str = ""
    """The leaf that decided, at most 200 characters: ``dial tcp: lookup h: no such host``."""
    resolver: str = ""
    """Address of the DNS server, where the text names one."""
    address: str = ""
    """The dialled ``ip:port``."""
    status: int | None = None
    """An HTTP status in the text."""
    code: str = ""
    """A registry's error code in the text."""
    node_time: str = ""
    """The node's own clock (RFC 3339), which Go prints with a certificate's dates."""
    certificate_time: str = ""
    """The date that it was compared with."""
    platform: str = ""
    """The platform that was wanted, where the text names it."""
    mirror: bool = False
    """The failing host is a mirror of the image's registry."""
