"""Which images nodes hold already, as far as the API tells: what can start anyway is never denied.

A node reports 50 images at most (kubelet's nodeStatusMaxImages); images that a listed Pod has
started count too, and so do those that the settings declare as preloaded.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable

import msgspec

from pullproof.kube.gateway import Cluster, ClusterError
from pullproof.kube.watching import Follower, follow, list_decoder
from pullproof.policy import Presence
from pullproof.reference import InvalidReference, Reference, parse_reference


class _Wire(msgspec.Struct, frozen=True, rename="camel"):
    """Only what is needed of an object."""


class _Meta(_Wire, frozen=True):
    uid: str = ""
    name: str = ""


class _Image(_Wire, frozen=True):
    names: list[str] | None = None


class _NodeStatus(_Wire, frozen=True):
    images: list[_Image] | None = None


class _Node(_Wire, frozen=True):
    metadata: _Meta
    status: _NodeStatus = _NodeStatus()


class _Named(_Wire, frozen=True):
    name: str = ""
    image: str = ""


class _Started(_Wire, frozen=True):
    name: str = ""
    image: str = ""
    image_id: str = msgspec.field(default="", name="imageID")


class _PodSpec(_Wire, frozen=True):
    containers: list[_Named] | None = None
    init_containers: list[_Named] | None = None
    ephemeral_containers: list[_Named] | None = None


class _PodStatus(_Wire, frozen=True):
    container_statuses: list[_Started] | None = None
    init_container_statuses: list[_Started] | None = None
    ephemeral_container_statuses: list[_Started] | None = None


class _Pod(_Wire, frozen=True):
    metadata: _Meta
    spec: _PodSpec = _PodSpec()
    status: _PodStatus = _PodStatus()


class KnownImages:
    """The set, kept by two watches. Until both lists are complete every answer is UNKNOWN."""

    def __init__(self, preloaded: Iterable[str] = ()) -> None:
        self._preloaded = frozenset(_keys(preloaded))
        self._counts: Counter[str] = Counter()
        self._held: dict[str, tuple[str, ...]] = {}
        self._listed: set[str] = set()
        self._errors: dict[str, str] = {}

    @property
    def complete(self) -> bool:
        """Whether Pods and Nodes have both been listed."""
        return len(self._listed) == 2  # noqa: PLR2004  # Pods and Nodes

    @property
    def last_error(self) -> str:
        """Why one of the lists cannot be followed now; empty if both can."""
        return next(iter(self._errors.values()), "")

    def __len__(self) -> int:
        return len(self._counts)

    def preload(self, images: Iterable[str]) -> None:
        """Replace the declared images."""
        self._preloaded = frozenset(_keys(images))

    def presence(self, reference: Reference) -> Presence:
        """Whether some node may hold the image."""
        key = reference.pull
        if key in self._preloaded or key in self._counts:
            return Presence.PRESENT
        return Presence.ABSENT if self.complete else Presence.UNKNOWN

    async def run(self, cluster: Cluster) -> None:
        """Follow Pods and Nodes until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(follow(cluster, self._pods()))
            tasks.create_task(follow(cluster, self._nodes()))

    def _pods(self) -> Follower[_Pod]:
        return Follower(
            path="/api/v1/pods",
            decode_list=list_decoder(_Pod),
            decode_item=msgspec.json.Decoder(_Pod).decode,
            replaced=lambda pods: self._replace("pod", {_id(p): _started(p) for p in pods}),
            changed=lambda pod: self._set("pod", _id(pod), _started(pod)),
            deleted=lambda pod: self._set("pod", _id(pod), ()),
            failed=lambda error: self._note("pod", error),
        )

    def _nodes(self) -> Follower[_Node]:
        return Follower(
            path="/api/v1/nodes",
            decode_list=list_decoder(_Node),
            decode_item=msgspec.json.Decoder(_Node).decode,
            replaced=lambda nodes: self._replace("node", {_id(n): _reported(n) for n in nodes}),
            changed=lambda node: self._set("node", _id(node), _reported(node)),
            deleted=lambda node: self._set("node", _id(node), ()),
            failed=lambda error: self._note("node", error),
        )

    def _note(self, kind: str, error: ClusterError) -> None:
        self._errors[kind] = str(error)

    def _replace(self, kind: str, held: dict[str, tuple[str, ...]]) -> None:
        for key in [one for one in self._held if one.startswith(f"{kind}/")]:
            self._set(kind, key.partition("/")[2], ())
        for uid, images in held.items():
            self._set(kind, uid, images)
        self._listed.add(kind)
        self._errors.pop(kind, None)

    def _set(self, kind: str, uid: str, images: tuple[str, ...]) -> None:
        key = f"{kind}/{uid}"
        before = self._held.pop(key, ())
        if images:
            self._held[key] = images
            self._counts.update(images)
        for image in before:
            self._counts[image] -= 1
            if self._counts[image] <= 0:
                del self._counts[image]


def _id(thing: _Pod | _Node) -> str:
    return thing.metadata.uid or thing.metadata.name


def _reported(node: _Node) -> tuple[str, ...]:
    """The images that a node reports, each under all its names."""
    names = (name for image in node.status.images or () for name in image.names or ())
    return tuple(sorted(set(_keys(names))))


def _started(pod: _Pod) -> tuple[str, ...]:
    """The images that this Pod's containers have been started from.

    Only an ``imageID`` proves it: a Pod that merely waits for an image proves nothing. The spec's
    spelling counts, since the status may name the image otherwise, by its digest for instance.
    """
    spec, status = pod.spec, pod.status
    pairs = (
        (spec.containers, status.container_statuses),
        (spec.init_containers, status.init_container_statuses),
        (spec.ephemeral_containers, status.ephemeral_container_statuses),
    )
    images: list[str] = []
    for containers, statuses in pairs:
        started = {one.name: one.image for one in statuses or () if one.image_id}
        if started:
            images += [one.image for one in containers or () if one.name in started]
            images += [image for image in started.values() if image]
    return tuple(sorted(set(_keys(images))))


def _keys(images: Iterable[str]) -> Iterable[str]:
    """What a runtime would ask for, so that ``nginx`` and ``docker.io/library/nginx:latest`` agree."""
    for image in images:
        try:
            yield parse_reference(image).pull
        except InvalidReference:
            continue  # an image id, or a name that a runtime made up
