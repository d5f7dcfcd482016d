"""What the operator writes on a Pod: the Event's message, the annotation for people and for machines."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from pullproof.causes import Question, explain
from pullproof.diagnosis import Answer, Diagnosis
from pullproof.wording.sentences import hedge, remedy, summary
from pullproof.wording.text import cut, cut_bytes, quoted, shown

MAX_EVENT_BYTES = 1024
"""What events.k8s.io accepts; core/v1 would take more, but others copy Events."""
MAX_LINE_CHARACTERS = 138
"""``kubectl describe`` cuts each line of an annotation there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerDiagnosis:
    """A diagnosis at its place in a Pod."""

    container: str
    diagnosis: Diagnosis
    since: str
    """RFC 3339: when this container was first seen waiting for this cause."""


def docs_link(diagnosis: Diagnosis, docs_url: str) -> str:
    """The page that explains the cause."""
    return f"{docs_url}#{diagnosis.cause.lower()}" if docs_url else ""


def event_message(diagnosis: Diagnosis, docs_url: str) -> str:
    """One line of at most 1,024 bytes: what, then the mend, then where to read on."""
    first = f"image {quoted(diagnosis.image)}: {hedge(diagnosis)}{summary(diagnosis)}."
    second = f" Fix: {remedy(diagnosis)}."
    link = docs_link(diagnosis, docs_url)
    tail = f" {link}" if link else ""
    room = MAX_EVENT_BYTES - len(tail.encode())
    return cut_bytes(_line(first + second), room) + tail


def recovery_message(image: str, seconds: float) -> str:
    """The Event when a container got its image after all."""
    return f"image {quoted(image)} was pulled after {duration(seconds)}"


def duration(seconds: float) -> str:
    """``45s``, ``12m30s``, ``3h05m``."""
    whole = max(0, int(seconds))
    if whole < 60:  # noqa: PLR2004  # a minute
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:  # noqa: PLR2004  # an hour
        return f"{minutes}m{rest:02d}s"
    return f"{minutes // 60}h{minutes % 60:02d}m"


def annotation_text(diagnoses: Sequence[ContainerDiagnosis]) -> str:
    """``pullproof.io/diagnosis``: a line a container, each whole within what describe shows."""
    lines = []
    for one in diagnoses:
        head = f"{shown(one.container, 63)}: {hedge(one.diagnosis)}{summary(one.diagnosis)}"
        whole = f"{head}. {remedy(one.diagnosis)}"
        lines.append(cut(_line(whole if len(whole) <= MAX_LINE_CHARACTERS else head), 138))
    return "\n".join(lines)


def annotation_json(diagnoses: Sequence[ContainerDiagnosis], diagnosed_at: str) -> str:
    """``pullproof.io/diagnosis.json``, for programs; the schema stands in docs/annotations.md."""
    containers = [container_object(one) for one in diagnoses]
    document = {"v": 1, "diagnosedAt": diagnosed_at, "containers": containers}
    return msgspec.json.encode(document).decode()


def container_object(one: ContainerDiagnosis) -> dict[str, object]:
    """One container's part of the annotation, also what ``pullproof diagnose -o json`` prints."""
    diagnosis = one.diagnosis
    reference = diagnosis.reference
    return {
        "container": one.container,
        "image": shown(diagnosis.image, 512),
        "reference": reference.normalized if reference else None,
        "cause": diagnosis.cause.value,
        "confidence": diagnosis.confidence.value,
        "summary": cut(_line(summary(diagnosis)), 500),
        "remedy": cut(_line(remedy(diagnosis)), 700),
        "suggestions": list(suggested(diagnosis)),
        "since": one.since,
        "checklist": checklist_object(diagnosis),
    }


def suggested(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Tags near the wanted one, or the one reference that is meant."""
    if diagnosis.suggestions:
        return diagnosis.suggestions
    return (diagnosis.mend,) if diagnosis.mend else ()


def checklist_object(diagnosis: Diagnosis) -> dict[str, str]:
    """The eight questions, each answered."""
    answers = diagnosis.checklist
    failed = explain(diagnosis.cause).question
    return {
        question.value: (
            Answer.FAILED if question is failed else answers.get(question, Answer.UNKNOWN)
        ).value
        for question in Question
    }


def _line(text: str) -> str:
    return " ".join(text.split())
