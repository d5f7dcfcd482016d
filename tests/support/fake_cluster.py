"""A cluster in memory: the part of the API server's behaviour that we rely on.

It passes the same conformance tests as a real one (tests/kube, tests/e2e).
"""

import asyncio
import copy
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

from pullproof.kube.gateway import (
    ClusterConflict,
    ClusterError,
    ClusterForbidden,
    ClusterGone,
    ClusterNotFound,
    Json,
    Query,
)


class FakeCluster:
    """Objects by path; a version that counts; watches; refusals on demand."""

    def __init__(self) -> None:
        self.objects: dict[str, Json] = {}
        self.requests: list[tuple[str, str]] = []
        self.refuse: dict[tuple[str, str], ClusterError] = {}
        """Raise this for (verb, beginning of the path)."""
        self._versions = itertools.count(1)
        self._log: list[tuple[int, str, str, Json]] = []
        self._changed = asyncio.Event()
        self.oldest = 0
        """Watches from an older version are answered with 410."""

    def put(self, path: str, body: Json) -> Json:
        """Set an object as somebody else would."""
        kind = "MODIFIED" if path in self.objects else "ADDED"
        stored = copy.deepcopy(body)
        metadata = stored.setdefault("metadata", {})
        metadata.setdefault("name", path.rpartition("/")[2])
        metadata.setdefault("uid", f"uid-of-{path}")
        self._store(kind, path, stored)
        return copy.deepcopy(stored)

    def remove(self, path: str) -> None:
        """Delete an object."""
        body = self.objects.pop(path)
        self._note("DELETED", path, body)

    def of(self, verb: str) -> list[str]:
        """The paths asked with a verb."""
        return [path for one, path in self.requests if one == verb]

    def _store(self, kind: str, path: str, body: Json) -> None:
        self.objects[path] = body
        self._note(kind, path, body)

    def _note(self, kind: str, path: str, body: Json) -> None:
        version = next(self._versions)
        body["metadata"]["resourceVersion"] = str(version)
        self._log.append((version, kind, path, copy.deepcopy(body)))
        self._changed.set()

    def _ask(self, verb: str, path: str) -> None:
        self.requests.append((verb, path))
        for (refused, prefix), error in self.refuse.items():
            if verb == refused and path.startswith(prefix):
                raise error

    async def get(
        self, path: str, query: Query | None = None, *, metadata_only: bool = False
    ) -> bytes:
        self._ask("get", path)
        await asyncio.sleep(0)
        if path in self.objects:
            return json.dumps(self.objects[path]).encode()
        plural = path.rpartition("/")[2]
        if plural in ("pods", "nodes", "events", "podtemplates"):
            return self._list(path, query or {}, metadata_only=metadata_only)
        raise ClusterNotFound(f"404: {path}")

    def _list(self, path: str, query: Query, *, metadata_only: bool) -> bytes:
        plural = path.rpartition("/")[2]
        found = [
            body
            for key, body in self.objects.items()
            if key.split("/")[-2] == plural and (key.startswith(path) or path.count("/") == 3)
        ]
        limit, start = int(query.get("limit", 0)) or len(found), int(query.get("continue", 0))
        page = found[start : start + limit]
        rest = str(start + limit) if start + limit < len(found) else ""
        if metadata_only:
            page = [{"metadata": one["metadata"]} for one in page]
        last = self._log[-1][0] if self._log else 0
        metadata = {"resourceVersion": str(last), "continue": rest}
        return json.dumps({"metadata": metadata, "items": page}).encode()

    async def create(self, path: str, body: Json, query: Query | None = None) -> Json:
        self._ask("create", path)
        await asyncio.sleep(0)
        metadata = body.get("metadata", {})
        name = metadata.get("name") or f"{metadata.get('generateName', '')}{len(self.objects)}"
        key = f"{path}/{name}"
        if key in self.objects:
            raise ClusterConflict(f'409: "{name}" already exists')
        if (query or {}).get("dryRun"):
            return body
        return self.put(key, {**body, "metadata": {**metadata, "name": name}})

    async def patch(self, path: str, body: Json) -> Json:
        self._ask("patch", path)
        await asyncio.sleep(0)
        key = path.removesuffix("/status")
        if key not in self.objects:
            raise ClusterNotFound(f"404: {path}")
        before = self.objects[key]
        wanted = body.get("metadata", {})
        for field in ("uid", "resourceVersion"):
            if field in wanted and wanted[field] != before["metadata"].get(field):
                raise ClusterConflict(f"409: {field} is another")
        self._store("MODIFIED", key, _merged(before, body))
        return copy.deepcopy(self.objects[key])

    async def replace(self, path: str, body: Json) -> Json:
        self._ask("replace", path)
        await asyncio.sleep(0)
        if path not in self.objects:
            raise ClusterNotFound(f"404: {path}")
        version = body["metadata"].get("resourceVersion")
        if version != self.objects[path]["metadata"]["resourceVersion"]:
            raise ClusterConflict("409: the object has been modified")
        self._store("MODIFIED", path, copy.deepcopy(body))
        return copy.deepcopy(self.objects[path])

    async def watch(self, path: str, query: Query) -> AsyncIterator[bytes]:
        self._ask("watch", path)
        version = int(query["resourceVersion"])
        if version < self.oldest:
            raise ClusterGone("410: too old")
        plural = path.rpartition("/")[2]
        while True:
            self._changed.clear()
            for number, kind, key, body in list(self._log):
                if number > version and key.split("/")[-2] == plural:
                    version = number
                    yield json.dumps({"type": kind, "object": body}).encode()
            await self._changed.wait()


def _merged(before: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(before) if isinstance(before, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value)
    return result


FORBIDDEN = ClusterForbidden("403: not allowed")
