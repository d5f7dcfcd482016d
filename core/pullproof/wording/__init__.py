"""Sentences for people: denials, warnings, Events, annotations, lines of the command line.

Every sentence is made from a Diagnosis alone and is the same from all three programs. Nothing here
may say more than was seen, and nothing secret can be said: a Diagnosis holds none.
"""

from pullproof.wording.admission import denial, warnings
from pullproof.wording.notes import (
    ContainerDiagnosis,
    annotation_json,
    annotation_text,
    docs_link,
    event_message,
    recovery_message,
)
from pullproof.wording.sentences import hedge, remedy, summary

__all__ = [
    "ContainerDiagnosis",
    "annotation_json",
    "annotation_text",
    "denial",
    "docs_link",
    "event_message",
    "hedge",
    "recovery_message",
    "remedy",
    "summary",
    "warnings",
]
