"""Who made a Pod, up to the object that people applied; and what a node is."""

import asyncio
from collections import OrderedDict

from pullproof.kube.api import segment
from pullproof.kube.gateway import Cluster, ClusterError, Json
from pullproof.kube.objects import read
from pullproof_operator.reporting import Subject

MAX_REMEMBERED = 2_000
STEPS = 3
"""Pod, ReplicaSet, Deployment; or Pod, Job, CronJob."""
_PATHS = {
    ("apps/v1", "ReplicaSet"): "/apis/apps/v1/namespaces/{}/replicasets/{}",
    ("batch/v1", "Job"): "/apis/batch/v1/namespaces/{}/jobs/{}",
}
"""Kinds that have a maker of their own; any other owner is the top one."""


class Owners:
    """Reads owners and nodes by name, each once."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._makers: OrderedDict[str, Json | None] = OrderedDict()
        self._platforms: OrderedDict[str, str] = OrderedDict()
        self._lock = asyncio.Lock()

    async def top(self, pod: Subject, body: Json) -> Subject | None:
        """The Deployment, CronJob, ... behind a Pod; None for a Pod that nobody made."""
        found: Subject | None = None
        maker = _controller(body)
        for _ in range(STEPS):
            if maker is None:
                break
            found = Subject(
                api_version=str(maker["apiVersion"]),
                kind=str(maker["kind"]),
                namespace=pod.namespace,
                name=str(maker["name"]),
                uid=str(maker["uid"]),
            )
            maker = await self._maker_of(found)
        return found

    async def _maker_of(self, one: Subject) -> Json | None:
        template = _PATHS.get((one.api_version, one.kind))
        if template is None:
            return None
        async with self._lock:
            if one.uid not in self._makers:
                path = template.format(segment(one.namespace), segment(one.name))
                try:
                    self._makers[one.uid] = _controller(await read(self._cluster, path))
                except ClusterError:
                    return None
                if len(self._makers) > MAX_REMEMBERED:
                    self._makers.popitem(last=False)
            return self._makers[one.uid]

    async def platform(self, node: str) -> str:
        """``linux/arm64``; empty where the node is not known."""
        if not node:
            return ""
        async with self._lock:
            if node not in self._platforms:
                try:
                    found = await read(self._cluster, f"/api/v1/nodes/{segment(node)}")
                except ClusterError:
                    return ""
                info = (found.get("status") or {}).get("nodeInfo") or {}
                system = str(info.get("operatingSystem", ""))
                self._platforms[node] = f"{system}/{info.get('architecture', '')}"
                if len(self._platforms) > MAX_REMEMBERED:
                    self._platforms.popitem(last=False)
            return self._platforms[node]


def _controller(body: Json) -> Json | None:
    for one in body["metadata"].get("ownerReferences") or ():
        if one.get("controller"):
            return dict(one)
    return None
