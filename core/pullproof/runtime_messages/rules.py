"""What a rule is, and the order in which rules are tried.

Outer wrappers change with every release of a runtime; inner leaves (Go's net and crypto/x509, the
registries' error codes) have been stable for years. So rules look for leaves, and the order decides
where they overlap: "not found" comes last, since a dozen other failures end in those words.
"""

import re
from dataclasses import dataclass

from pullproof.causes import Cause, Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One leaf."""

    pattern: re.Pattern[str]
    cause: Cause
    confidence: Confidence
    source: str
    """Whose words these are."""


def rule(pattern: str, cause: Cause, confidence: Confidence, source: str) -> Rule:
    """A rule; matching ignores case, and stays linear: no nested repetition, bounded gaps."""
    return Rule(
        pattern=re.compile(pattern, re.IGNORECASE),
        cause=cause,
        confidence=confidence,
        source=source,
    )
