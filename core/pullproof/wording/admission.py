"""What the API server passes on: a denial of several lines, warnings of one line each.

A denial's first line is complete in itself, since Events and dashboards show only that. All text is
deterministic: a controller that retries for hours then counts one Event instead of making many.
"""

from pullproof.causes import ABSENT_CAUSES, Cause, explain
from pullproof.diagnosis import Diagnosis
from pullproof.evidence import UNTOLD
from pullproof.policy import Finding, Verdict
from pullproof.wording.notes import docs_link
from pullproof.wording.sentences import remedy, summary
from pullproof.wording.text import cut, quoted, shown

MAX_DENIAL_CHARACTERS = 2048
MAX_FIRST_LINE_CHARACTERS = 400
MAX_LISTED = 8
MAX_WARNINGS_CHARACTERS = 3_500
"""Beyond 4,096 of all webhooks together the API server cuts each to 256."""
MAX_WARNING_CHARACTERS = 400
ESCAPE = (
    "If this is wrong, ask your platform team"
    " (they can set the namespace label pullproof.io/mode=warn)."
)


def denial(verdict: Verdict, docs_url: str, managed_by: str = "") -> str:
    """The message of a denial; empty if nothing is denied."""
    denied = verdict.denials
    if not denied:
        return ""
    if len(denied) == 1:
        lines = _single(denied[0], docs_url)
    else:
        lines = _several(denied, len(verdict.findings) + len(verdict.fine), docs_url)
    if managed_by:
        lines.append(f"  note: {managed_by} owns this object: change it in Git or in the values")
    head = "\n".join(lines)
    return f"{cut(head, MAX_DENIAL_CHARACTERS - len(ESCAPE) - 1)}\n{ESCAPE}"


def _single(finding: Finding, docs_url: str) -> list[str]:
    diagnosis = finding.diagnosis
    first = (
        f"image {quoted(finding.use.image)} ({finding.use.kind} {quoted(finding.use.container, 63)})"
        f" cannot be pulled: {summary(diagnosis)}"
    )
    lines = [cut(first, MAX_FIRST_LINE_CHARACTERS)]
    if diagnosis.detail and diagnosis.cause is not Cause.INVALID_IMAGE_REFERENCE:
        lines.append(f"  seen: {shown(diagnosis.detail, 160)}, asked {_as(diagnosis)}")
    lines.append(f"  fix:  {remedy(diagnosis)} (in {finding.use.field})")
    lines.append(f"  docs: {docs_link(diagnosis, docs_url)}")
    return lines


def _several(denied: tuple[Finding, ...], images: int, docs_url: str) -> list[str]:
    named = ", ".join(
        f"{quoted(one.use.container, 63)} {shown(one.use.image, 80)}"
        f" ({explain(one.diagnosis.cause).title})"
        for one in denied[:MAX_LISTED]
    )
    more = f" and {len(denied) - MAX_LISTED} more" if len(denied) > MAX_LISTED else ""
    lines = [cut(f"{len(denied)} of {images} images cannot be pulled: {named}{more}", 1000)]
    lines += [
        f"  {one.use.kind} {quoted(one.use.container, 63)}: {summary(one.diagnosis)};"
        f" fix: {remedy(one.diagnosis)} (in {one.use.field})"
        for one in denied[:MAX_LISTED]
    ]
    lines.append(f"  docs: {docs_link(denied[0].diagnosis, docs_url)}")
    return lines


def _as(diagnosis: Diagnosis) -> str:
    if diagnosis.asked_as in ("", "anonymous"):
        return "anonymously"
    return f"as {diagnosis.asked_as}"


def warnings(verdict: Verdict, subject: str = "") -> tuple[str, ...]:
    """One line for each finding that warns, all together short enough to be shown whole.

    ``subject`` (``Deployment "api"``) is set for a workload, whose Pods would meet the denial.
    """
    lines: list[str] = []
    room = MAX_WARNINGS_CHARACTERS
    found = verdict.warnings
    for index, finding in enumerate(found):
        line = cut(" ".join(_warning(finding, subject).split()), MAX_WARNING_CHARACTERS)
        if len(line) > room - 60 and index < len(found):
            lines.append(f"pullproof: {len(found) - index} more images with warnings")
            break
        lines.append(line)
        room -= len(line)
    return tuple(dict.fromkeys(lines))


def _warning(finding: Finding, subject: str) -> str:
    diagnosis = finding.diagnosis
    place = f"{quoted(finding.use.container, 63)} {shown(finding.use.image)}"
    if subject:
        place = f"{subject}: {place}"
    if diagnosis.cause is Cause.INVALID_IMAGE_REFERENCE:
        return f"{place}: {summary(diagnosis)}{_consequence(subject)}"
    if diagnosis.cause in ABSENT_CAUSES and not diagnosis.doubts:
        return f"{place}: {summary(diagnosis)}{_held(finding, subject)}"
    if diagnosis.cause is Cause.UNKNOWN:
        return _unverified(finding, place, diagnosis.detail)
    if explain(diagnosis.cause).transient:
        return _unverified(finding, place, summary(diagnosis))
    return f"{place}: {summary(diagnosis)}. Admitted."


def _unverified(finding: Finding, place: str, reason: str) -> str:
    line = (
        f"{place}: could not check {quoted(finding.use.image)} now ({reason}); nothing to do unless"
        " the Pod fails to start"
    )
    if finding.diagnosis.detail == UNTOLD:
        return f"{line}; {remedy(finding.diagnosis)}"
    return line


def _consequence(subject: str) -> str:
    return "; its Pods will be refused" if subject else ". Admitted, but no node can start it."


def _held(finding: Finding, subject: str) -> str:
    if subject:
        return "; its Pods may be refused"
    if finding.held_back:
        return ". Admitted: a node may hold it already."
    return ". Admitted in warn mode."
