"""What a rule is: one leaf of an error text, what it means, and whose words these are.

Outer wrappers change with every release of a runtime; inner leaves (Go's net and crypto/x509, the
registries' error codes) have been stable for years. So rules look for leaves, and the order of the
table (``pullproof.runtime_messages.table``) decides where they overlap: "not found" comes last,
since a dozen other failures end in those words.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pullproof.causes import Cause, Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One leaf; every word of it is in lower case, as the text is when it is searched."""

    cause: Cause
    confidence: Confidence
    """By the text alone: ``certain`` only where it allows no other cause."""
    says: tuple[str, ...]
    """Phrases; one of them must be there. Found as plain text, which costs next to nothing."""
    pattern: re.Pattern[str] | None = None
    """Must be found as well, where a phrase alone would be too little."""
    also: tuple[str, ...] = ()
    """Phrases; one of these must be there, too. Empty: none need be."""
    unless: tuple[str, ...] = ()
    """Phrases that make it something else."""
    source: str
    """Whose words these are: project, and file or function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A rule that fits, and where: offsets into the text that was searched."""

    rule: Rule
    start: int
    end: int


def rule(
    cause: Cause,
    confidence: Confidence,
    *says: str,
    source: str,
    pattern: str = "",
    also: tuple[str, ...] = (),
    unless: tuple[str, ...] = (),
) -> Rule:
    """A row of the table.

    A pattern stays linear: no repetition inside a repetition, every gap bounded.
    """
    return Rule(
        cause=cause,
        confidence=confidence,
        says=says,
        pattern=re.compile(pattern, re.ASCII) if pattern else None,
        also=also,
        unless=unless,
        source=source,
    )


def first(table: Iterable[Rule], lowered: str) -> Found | None:
    """The first rule of a table that fits a text in lower case."""
    for one in table:
        found = fit(one, lowered)
        if found is not None:
            return found
    return None


def fit(one: Rule, lowered: str) -> Found | None:
    """Where a rule fits: its pattern, or else the first of its phrases that is there."""
    phrase = next((phrase for phrase in one.says if phrase in lowered), None)
    if phrase is None or any(other in lowered for other in one.unless):
        return None
    if one.also and not any(other in lowered for other in one.also):
        return None
    if one.pattern is not None:
        match = one.pattern.search(lowered)
        return Found(rule=one, start=match.start(), end=match.end()) if match else None
    start = lowered.index(phrase)
    return Found(rule=one, start=start, end=start + len(phrase))
