"""List and watch, as client-go does it: paged list, then a watch from there, then again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from pullproof.kube.gateway import Cluster, ClusterError, ClusterGone

PAGE = "500"
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0

Item = TypeVar("Item")


class _ListMeta(msgspec.Struct, frozen=True, rename={"resource_version": "resourceVersion"}):
    resource_version: str = ""
    continue_: str = msgspec.field(default="", name="continue")


class _Version(msgspec.Struct, frozen=True, rename={"resource_version": "resourceVersion"}):
    resource_version: str = ""


class _Versioned(msgspec.Struct, frozen=True):
    metadata: _Version = _Version()


class _Event(msgspec.Struct, frozen=True):
    type: str
    object: msgspec.Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower(Generic[Item]):
    """Who is told: first everything, then every change."""

    path: str
    decode_list: Callable[[bytes], tuple[list[Item], str, str]]
    """A page's items, its resourceVersion and the token of the next page."""
    decode_item: Callable[[bytes], Item]
    replaced: Callable[[list[Item]], None]
    """The whole list, at the start and whenever it had to be read again."""
    changed: Callable[[Item], None]
    deleted: Callable[[Item], None]
    failed: Callable[[ClusterError], None]


def list_decoder(kind: type[Item]) -> Callable[[bytes], tuple[list[Item], str, str]]:
    """A decoder of list pages that reads only what ``kind`` names."""
    page = msgspec.defstruct(
        "_Page",
        [("metadata", _ListMeta, _ListMeta()), ("items", list[kind] | None, None)],  # type: ignore[valid-type]  # a type made at run time
    )
    decoder = msgspec.json.Decoder(page)

    def decode(data: bytes) -> tuple[list[Item], str, str]:
        one = decoder.decode(data)
        meta: _ListMeta = one.metadata  # type: ignore[attr-defined]  # defstruct's fields
        items: list[Item] = one.items or []  # type: ignore[attr-defined]
        return items, meta.resource_version, meta.continue_

    return decode


async def follow(
    cluster: Cluster, who: Follower[Item], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Never returns; failures are told to ``who`` and tried again, ever more slowly."""
    wait = FIRST_WAIT_SECONDS
    version = ""
    while True:
        try:
            if not version:
                version = await _list(cluster, who)
            version = await _watch(cluster, who, version)
            wait = FIRST_WAIT_SECONDS
        except ClusterGone:
            version = ""
        except (ClusterError, msgspec.MsgspecError) as error:
            known = error if isinstance(error, ClusterError) else ClusterError(str(error))
            who.failed(known)
            await sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)


async def _list(cluster: Cluster, who: Follower[Item]) -> str:
    items: list[Item] = []
    query = {"limit": PAGE}
    while True:
        page, version, following = who.decode_list(await cluster.get(who.path, query))
        items += page
        if not following:
            who.replaced(items)
            return version
        query = {"limit": PAGE, "continue": following}


async def _watch(cluster: Cluster, who: Follower[Item], version: str) -> str:
    decoder = msgspec.json.Decoder(_Event)
    versions = msgspec.json.Decoder(_Versioned)
    query = {"resourceVersion": version, "allowWatchBookmarks": "true"}
    async for line in cluster.watch(who.path, query):
        event = decoder.decode(line)
        if event.type == "ERROR":
            raise ClusterGone("the watch has to begin anew")
        version = versions.decode(event.object).metadata.resource_version or version
        if event.type in ("ADDED", "MODIFIED"):
            who.changed(who.decode_item(event.object))
        elif event.type == "DELETED":
            who.deleted(who.decode_item(event.object))
    return version
