"""An expired certificate and a wrong clock give one sentence; the two times in it may decide.

Go prints ``current time NODE is after|before CERTIFICATE``. Without a clock from outside the text
allows both causes, but for a node time at which no container runtime existed.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pullproof.causes import Cause, Confidence

# Go crypto/x509/verify.go (isValid)
_TIMES = re.compile(
    r"current time (?P<node>[0-9T:.Z+-]{10,40}) is (?P<side>after|before) (?P<limit>[0-9T:.Z+-]{10,40})"
)
_FIRST_RUNTIME = datetime(2015, 1, 1, tzinfo=UTC)
"""An older clock was never set: neither the kubelet nor containerd had a release."""
_LAST_YEAR = 2100
_LONG_BEFORE = timedelta(days=365)
_LONG_EXPIRED = timedelta(days=5 * 365)
"""A registry that nodes use is not served with a certificate that ended so long ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The two times of the sentence, as written there, and what they make likely."""

    node: str
    certificate: str
    cause: Cause
    confidence: Confidence


def times(text: str) -> Times | None:
    """Read the two times; None where the text has none that can be read."""
    match = _TIMES.search(text)
    if match is None:
        return None
    node_text, limit_text = match["node"].rstrip(".:-"), match["limit"].rstrip(".:-")
    node, limit = _moment(node_text), _moment(limit_text)
    cause, confidence = _judged(node, limit, is_before=match["side"] == "before")
    return Times(node=node_text, certificate=limit_text, cause=cause, confidence=confidence)


def _judged(
    node: datetime | None, limit: datetime | None, *, is_before: bool
) -> tuple[Cause, Confidence]:
    if node is not None and (node < _FIRST_RUNTIME or node.year >= _LAST_YEAR):
        return Cause.NODE_CLOCK_SKEW, Confidence.CERTAIN
    if is_before:
        # Hardly ever is a certificate served before its time, and never years before.
        far = node is not None and limit is not None and limit - node > _LONG_BEFORE
        return Cause.NODE_CLOCK_SKEW, Confidence.CERTAIN if far else Confidence.LIKELY
    if node is not None and limit is not None and node - limit > _LONG_EXPIRED:
        return Cause.NODE_CLOCK_SKEW, Confidence.POSSIBLE
    return Cause.REGISTRY_CERTIFICATE_EXPIRED, Confidence.LIKELY


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
