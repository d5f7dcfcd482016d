"""Every image in any Pod-bearing object, with its field path.

The structs decode only the fields that are needed: of an AdmissionReview of 7 kB that is a tenth of
the time of decoding all of it (docs/performance.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import msgspec

MIRROR_ANNOTATION = "kubernetes.io/config.mirror"
"""The kubelet sets it on the API server's copy of a static Pod."""


class UseKind(StrEnum):
    """Where in a Pod an image stands, in the words that people read."""

    CONTAINER = "container"
    INIT_CONTAINER = "init container"
    EPHEMERAL_CONTAINER = "ephemeral container"
    IMAGE_VOLUME = "image volume"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageUse:
    """One image at one field path of one object."""

    image: str
    """As written."""
    field: str
    """``spec.template.spec.containers[0].image``."""
    container: str
    """Name of the container or volume."""
    kind: UseKind
    pull_policy: str = ""
    """``Always``, ``IfNotPresent``, ``Never``; empty where the API server has not filled it in."""


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Part of an API object; unknown fields are passed over."""


class _Container(_Wire, frozen=True, kw_only=True):
    name: str = ""
    image: str | None = None
    image_pull_policy: str | None = None


class _ImageSource(_Wire, frozen=True, kw_only=True):
    reference: str | None = None
    pull_policy: str | None = None


class _Volume(_Wire, frozen=True, kw_only=True):
    name: str = ""
    image: _ImageSource | None = None


class _LocalReference(_Wire, frozen=True, kw_only=True):
    name: str = ""


class PodSpec(_Wire, frozen=True, kw_only=True):
    """What of a Pod's spec decides about its images."""

    containers: list[_Container] | None = None
    init_containers: list[_Container] | None = None
    ephemeral_containers: list[_Container] | None = None
    volumes: list[_Volume] | None = None
    image_pull_secrets: list[_LocalReference] | None = None
    service_account_name: str | None = None
    node_name: str | None = None


class _Template(_Wire, frozen=True, kw_only=True):
    spec: PodSpec | None = None


class _JobSpec(_Wire, frozen=True, kw_only=True):
    template: _Template | None = None


class _JobTemplate(_Wire, frozen=True, kw_only=True):
    spec: _JobSpec | None = None


class _Spec(PodSpec, frozen=True, kw_only=True):
    """The spec of any kind: a Pod's own fields, a template, or a job's template."""

    template: _Template | None = None
    job_template: _JobTemplate | None = None


class Owner(_Wire, frozen=True, kw_only=True):
    """An ownerReference."""

    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool | None = None


class Metadata(_Wire, frozen=True, kw_only=True):
    """What of an object's metadata is needed."""

    name: str = ""
    generate_name: str = ""
    namespace: str = ""
    uid: str = ""
    deletion_timestamp: str | None = None
    annotations: dict[str, str] | None = None
    labels: dict[str, str] | None = None
    owner_references: list[Owner] | None = None


class Object(_Wire, frozen=True, kw_only=True):
    """Any object that bears Pods, or is one."""

    api_version: str = ""
    kind: str = ""
    metadata: Metadata = Metadata()
    spec: _Spec | None = None
    template: _Template | None = None
    """A PodTemplate's."""


_TEMPLATE_KINDS = frozenset(
    {"ReplicationController", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job"}
)
POD_BEARING_KINDS = _TEMPLATE_KINDS | {"Pod", "CronJob", "PodTemplate"}


def pod_spec(thing: Object) -> tuple[str, PodSpec] | None:
    """The Pod spec in an object and its field path; None where the kind bears no Pod."""
    spec = thing.spec
    found: tuple[str, PodSpec | None]
    if thing.kind == "Pod":
        found = "spec", spec
    elif thing.kind in _TEMPLATE_KINDS:
        found = "spec.template.spec", spec.template.spec if spec and spec.template else None
    elif thing.kind == "CronJob":
        job = spec.job_template.spec if spec and spec.job_template else None
        inner = job.template.spec if job and job.template else None
        found = "spec.jobTemplate.spec.template.spec", inner
    elif thing.kind == "PodTemplate":
        found = "template.spec", thing.template.spec if thing.template else None
    else:
        return None
    path, inner_spec = found
    return (path, inner_spec) if inner_spec is not None else None


def image_uses(path: str, spec: PodSpec) -> Iterator[ImageUse]:
    """Every image of a Pod spec, in the order in which people read a manifest."""
    groups = (
        ("initContainers", spec.init_containers, UseKind.INIT_CONTAINER),
        ("containers", spec.containers, UseKind.CONTAINER),
        ("ephemeralContainers", spec.ephemeral_containers, UseKind.EPHEMERAL_CONTAINER),
    )
    for name, containers, kind in groups:
        for index, container in enumerate(containers or ()):
            # Without an image: the API server refuses it, or a mutator has yet to fill it in.
            if container.image:
                yield ImageUse(
                    image=container.image,
                    field=f"{path}.{name}[{index}].image",
                    container=container.name,
                    kind=kind,
                    pull_policy=container.image_pull_policy or "",
                )
    for index, volume in enumerate(spec.volumes or ()):
        if volume.image is not None and volume.image.reference:
            yield ImageUse(
                image=volume.image.reference,
                field=f"{path}.volumes[{index}].image.reference",
                container=volume.name,
                kind=UseKind.IMAGE_VOLUME,
                pull_policy=volume.image.pull_policy or "",
            )


def uses_of(thing: Object) -> tuple[ImageUse, ...]:
    """Every image of an object; empty where it bears no Pod."""
    found = pod_spec(thing)
    return tuple(image_uses(*found)) if found else ()


def secret_names(spec: PodSpec) -> tuple[str, ...]:
    """The pull secrets that a Pod spec names, in its order.

    Empty names stay: a list that holds only one still keeps the ServiceAccount's secrets out.
    """
    return tuple(one.name for one in spec.image_pull_secrets or ())


def is_mirror(thing: Object) -> bool:
    """Whether this is the API server's copy of a static Pod, which runs whatever we say."""
    return MIRROR_ANNOTATION in (thing.metadata.annotations or {})


def controller(thing: Object) -> Owner | None:
    """The owner that made this object and would make it again."""
    return next((one for one in thing.metadata.owner_references or () if one.controller), None)


def managed_by(metadata: Metadata) -> str:
    """The tool that would put the object back as it was; empty where none shows."""
    labels = metadata.labels or {}
    annotations = metadata.annotations or {}
    if "kustomize.toolkit.fluxcd.io/name" in labels or "helm.toolkit.fluxcd.io/name" in labels:
        return "Flux"
    if "argocd.argoproj.io/tracking-id" in annotations or "argocd.argoproj.io/instance" in labels:
        return "Argo CD"
    if labels.get("app.kubernetes.io/managed-by") == "Helm":
        return "Helm"
    return ""
