"""kopf's settings and its life; and what an earlier life of ours left on Pods."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import kopf
import msgspec

from pullproof.kube.gateway import Cluster
from pullproof.workload import Metadata
from pullproof_operator import handlers
from pullproof_operator.reporting import Subject
from pullproof_operator.triage import ANNOTATION, ANNOTATION_JSON

PAGE = "500"


class _NoDiffBase(kopf.DiffBaseStorage):
    """kopf copies each object five times to find out what changed; nobody here asks."""

    def build(self, **_: Any) -> kopf.BodyEssence:
        return kopf.BodyEssence({})

    def fetch(self, **_: Any) -> kopf.BodyEssence | None:
        return None

    def store(self, **_: Any) -> None:
        return None


class _NoProgress(kopf.ProgressStorage):
    """Nothing is ever retried by kopf, so nothing is remembered on objects."""

    def fetch(self, **_: Any) -> None:
        return None

    def store(self, **_: Any) -> None:
        return None

    def purge(self, **_: Any) -> None:
        return None

    def touch(self, **_: Any) -> None:
        return None

    def clear(self, *, essence: kopf.BodyEssence) -> kopf.BodyEssence:
        return essence


def configure(settings: kopf.OperatorSettings) -> None:
    """Server-side selection, nothing written by kopf, nothing posted."""
    # Item by item: assigning a dict breaks kopf at its first list (1.45.2).
    settings.watching.field_selectors["pods"] = "status.phase=Pending"
    settings.watching.field_selectors["events"] = "involvedObject.kind=Pod,reason=Failed"
    settings.watching.chunk_size = 500
    settings.scanning.disabled = True
    settings.posting.enabled = False
    settings.persistence.diffbase_storage = _NoDiffBase()
    settings.persistence.progress_storage = _NoProgress()
    settings.peering.standalone = True


Login = Callable[[kopf.OperatorSettings], kopf.ConnectionInfo | None]


def registry(login: Login) -> kopf.OperatorRegistry:
    """The handlers of ``handlers.py``, with our own login and settings."""
    found: kopf.OperatorRegistry = kopf.get_default_registry()

    @kopf.on.startup(registry=found)
    async def _startup(settings: kopf.OperatorSettings, **_: Any) -> None:
        configure(settings)

    @kopf.on.login(registry=found)
    async def _login(settings: kopf.OperatorSettings, **_: Any) -> kopf.ConnectionInfo | None:
        return login(settings)

    assert handlers.pod_changed is not None  # importing it has registered it
    return found


class _Items(msgspec.Struct, frozen=True):
    metadata: Metadata


class _Meta(msgspec.Struct, frozen=True):
    continue_: str = msgspec.field(default="", name="continue")


class _Page(msgspec.Struct, frozen=True):
    metadata: _Meta = _Meta()
    items: list[_Items] | None = None


async def annotated_pods(cluster: Cluster) -> AsyncIterator[Subject]:
    """Pods that carry our annotations, by a paged list of metadata alone. Raises ClusterError."""
    decoder = msgspec.json.Decoder(_Page)
    query = {"limit": PAGE}
    while True:
        data = await cluster.get("/api/v1/pods", query, metadata_only=True)
        page = decoder.decode(data)
        for one in page.items or ():
            metadata = one.metadata
            marks = metadata.annotations or {}
            if ANNOTATION in marks or ANNOTATION_JSON in marks:
                yield Subject(
                    api_version="v1",
                    kind="Pod",
                    namespace=metadata.namespace,
                    name=metadata.name,
                    uid=metadata.uid,
                )
        if not page.metadata.continue_:
            return
        query = {"limit": PAGE, "continue": page.metadata.continue_}
