"""Which containers of a Pod wait for an image, and what has been said about each. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pullproof.causes import Cause, Confidence
from pullproof.evidence import RuntimeMessage
from pullproof.runtime_messages import read_message, read_waiting
from pullproof.workload import UseKind

Json = Mapping[str, Any]
ANNOTATION = "pullproof.io/diagnosis"
ANNOTATION_JSON = "pullproof.io/diagnosis.json"

_GROUPS = (
    ("initContainers", "initContainerStatuses", UseKind.INIT_CONTAINER),
    ("containers", "containerStatuses", UseKind.CONTAINER),
    ("ephemeralContainers", "ephemeralContainerStatuses", UseKind.EPHEMERAL_CONTAINER),
)
_STARTED_WAITING = frozenset({"", "ContainerCreating", "PodInitializing"})
"""Waiting reasons under which a failed pull may already have been told by an Event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container of a Pod as its status shows it."""

    name: str
    kind: UseKind
    group: str
    """``containers``: for the Event's ``fieldPath``."""
    image: str
    """As the spec spells it; of a failing image volume, the volume's reference."""
    waits: bool
    """It waits for an image now, as far as the status says."""
    undecided: bool
    """It has not started, and the status does not say why."""
    started: bool
    """Its image was pulled: the status carries an imageID, or it has run."""
    message: RuntimeMessage | None
    """What the status says about the failed pull."""

    @property
    def field_path(self) -> str:
        """``spec.containers{web}``, as the kubelet writes it."""
        return f"spec.{self.group}{{{self.name}}}"


def containers(pod: Json) -> tuple[Container, ...]:
    """Every container of a Pod."""
    spec, status = _mapping(pod.get("spec")), _mapping(pod.get("status"))
    found = []
    for group, statuses, kind in _GROUPS:
        by_name = {str(one.get("name", "")): one for one in _list(status.get(statuses))}
        for one in _list(spec.get(group)):
            name = str(one.get("name", ""))
            found.append(_container(one, by_name.get(name, {}), group, kind))
    return tuple(found)


def _container(spec: Json, status: Json, group: str, kind: UseKind) -> Container:
    state = _mapping(status.get("state"))
    waiting = state.get("waiting")
    reason = str(_mapping(waiting).get("reason") or "")
    text = str(_mapping(waiting).get("message") or "")
    message = read_waiting(reason, text) if isinstance(waiting, Mapping) else None
    image = str(spec.get("image") or "")
    if message is not None and message.image and _is_other(message.image, image):
        # An image volume fails in every container that mounts it; only the text names its image.
        image = message.image
    started = bool(status.get("imageID")) or "running" in state or "terminated" in state
    return Container(
        name=str(spec.get("name", "")),
        kind=kind,
        group=group,
        image=image,
        waits=message is not None,
        undecided=message is None and not started and reason in _STARTED_WAITING,
        started=started and message is None,
        message=message,
    )


def _is_other(told: str, spelt: str) -> bool:
    """Whether two spellings cannot mean the same image (runtimes add host and tag)."""
    bare = spelt.removeprefix("docker.io/").removeprefix("library/")
    return bool(bare) and bare not in told and told not in spelt


def told_by_event(event: Json) -> tuple[str, str, RuntimeMessage] | None:
    """Pod uid, container and message of a kubelet Event about a failed pull; None for any other."""
    source = _mapping(event.get("source")).get("component") or event.get("reportingComponent")
    text = str(event.get("message") or "")
    involved = _mapping(event.get("involvedObject"))
    if source != "kubelet" or involved.get("kind") != "Pod" or "Failed to pull image" not in text:
        return None
    path = str(involved.get("fieldPath") or "")
    container = path[path.find("{") + 1 : -1] if path.endswith("}") and "{" in path else ""
    return str(involved.get("uid") or ""), container, read_message(text)


def better(before: RuntimeMessage | None, now: RuntimeMessage | None) -> RuntimeMessage | None:
    """Of two messages about the same image the one that says more; the newer one if they are equal.

    ``pull QPS exceeded``, a cancelled pull or an unknown text must not hide the reason before it.
    """
    if before is None or now is None:
        return now or before
    return before if _weight(now) < _weight(before) else now


def _weight(message: RuntimeMessage) -> int:
    if message.cause is Cause.UNKNOWN:
        return 0
    if message.cause in (Cause.KUBELET_PULL_THROTTLED, Cause.PULL_TIMED_OUT):
        return 1
    return 2 if message.confidence is Confidence.POSSIBLE else 3


def has_annotations(pod: Json) -> bool:
    """Whether the Pod carries our annotations, or somebody's in our name."""
    annotations = _mapping(_mapping(pod.get("metadata")).get("annotations"))
    return ANNOTATION in annotations or ANNOTATION_JSON in annotations


def annotations(pod: Json) -> tuple[str | None, str | None]:
    """The two annotations as they are."""
    found = _mapping(_mapping(pod.get("metadata")).get("annotations"))
    return found.get(ANNOTATION), found.get(ANNOTATION_JSON)


def _mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
