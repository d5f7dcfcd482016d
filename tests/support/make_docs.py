"""Write the pages of docs/ that are generated from code: ``python tests/support/make_docs.py``."""

from pathlib import Path

from pullproof.causes import EXPLANATIONS, Cause, Confidence
from pullproof.diagnosis import Diagnosis
from pullproof.reference import parse_reference
from pullproof.wording import remedy, summary

ROOT = Path(__file__).parents[2]
QUESTIONS = {
    "name": "Is the name spelled right?",
    "tag": "Does the tag exist?",
    "access": "May this Pod pull it?",
    "network": "Can the node reach the registry?",
    "registry": "Is the registry healthy?",
    "localCache": "Is the node's own store in order?",
    "rateLimit": "Is a rate limit reached?",
    "clock": "Is the clock right?",
}


def causes_page() -> str:
    """docs/causes.md: a section a cause, in the order of the eight questions."""
    lines = [
        "# Causes",
        "",
        "Why an image cannot be pulled. A cause is one word everywhere: the Event's reason, the",
        "annotation's `cause`, the metric's label. This page is generated from the code.",
    ]
    for key, question in QUESTIONS.items():
        lines += ["", f"# {question}"]
        for cause in Cause:
            facts = EXPLANATIONS[cause]
            if facts.question == key:
                lines += _section(cause)
    return "\n".join(lines) + "\n"


def _section(cause: Cause) -> list[str]:
    facts, example = EXPLANATIONS[cause], _example(cause)
    passes = "may pass by itself" if facts.transient else "stays until somebody acts"
    return [
        "",
        f"## {cause}",
        "",
        f"{facts.title[0].upper()}{facts.title[1:]}. Who acts: {facts.actor}. It {passes}.",
        "",
        f"> {summary(example)}",
        "",
        f"Fix: {remedy(example)}",
    ]


def _example(cause: Cause) -> Diagnosis:
    image = "registry.example.com/team/app:1.4.2"
    return Diagnosis(
        cause=cause,
        confidence=Confidence.CERTAIN,
        image=image,
        reference=parse_reference(image),
        host="registry.example.com",
        suggestions=("1.4.1", "1.4.3") if cause is Cause.TAG_NOT_FOUND else (),
        node="worker-1",
        node_platform="linux/arm64" if cause is Cause.PLATFORM_MISMATCH else "",
        platforms=("linux/amd64",) if cause is Cause.PLATFORM_MISMATCH else (),
        namespace="shop",
        message="..." if cause is Cause.UNKNOWN else "said",
    )


PAGES = {"docs/causes.md": causes_page}

if __name__ == "__main__":
    for path, make in PAGES.items():
        (ROOT / path).write_text(make())
