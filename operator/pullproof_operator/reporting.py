"""Writes Events and annotations: on change only, no faster than the limit, never about a Pod that is gone."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from aiolimiter import AsyncLimiter

from pullproof.kube.api import segment
from pullproof.kube.gateway import (
    Cluster,
    ClusterConflict,
    ClusterError,
    ClusterForbidden,
    ClusterNotFound,
    Json,
)
from pullproof.kube.objects import read
from pullproof_operator.triage import ANNOTATION, ANNOTATION_JSON

COMPONENT = "pullproof"
ACTION = "DiagnoseImagePull"
RECOVERED = "ImagePullRecovered"
NAME_CHARACTERS = 200
"""Of the object's name in an Event's; 253 in all, with the hash."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The object that an Event is about."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str


def stamp(now: datetime) -> str:
    """RFC 3339 in UTC, to the second, as core/v1 Events have it."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def event_name(subject: Subject, field_path: str, reason: str) -> str:
    """One name for one (object, container, cause), so that nothing is ever written twice."""
    text = f"{subject.uid}|{field_path}|{reason}".encode()
    return f"{subject.name[:NAME_CHARACTERS]}.{hashlib.sha256(text).hexdigest()[:16]}"


class Reporter:
    """Every write of the operator goes through here."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        instance: str,
        writes_per_second: float,
        written: Callable[[str, str], None],
        now: Callable[[], datetime],
    ) -> None:
        """``written(what, outcome)`` is told of each write, for the metrics."""
        self._cluster = cluster
        self._instance = instance
        self._limiter = AsyncLimiter(writes_per_second, 1.0)
        self._written = written
        self._now = now

    async def tell(
        self,
        subject: Subject,
        *,
        reason: str,
        message: str,
        field_path: str = "",
        warning: bool = True,
        again: bool = False,
    ) -> bool:
        """Make the one live Event of (subject, container, reason), or bring it up to date.

        ``again``: the cause has come back or lasts, so an Event that exists already is renewed;
        otherwise it is left as it is (a restart of ours is no news).
        """
        name = event_name(subject, field_path, reason)
        path = f"/api/v1/namespaces/{segment(subject.namespace)}/events"
        body = self._event(subject, name, reason, message, field_path, warning=warning)
        try:
            async with self._limiter:
                await self._cluster.create(path, body)
        except ClusterConflict:
            if not again:
                return True
            return await self._renew(f"{path}/{segment(name)}", message)
        except ClusterError as error:
            return self._failed("event", subject, error)
        self._written("event", "created")
        return True

    async def _renew(self, path: str, message: str) -> bool:
        try:
            found = await read(self._cluster, path)
            body = {
                "count": int(found.get("count") or 1) + 1,
                "lastTimestamp": stamp(self._now()),
                "message": message,
            }
            async with self._limiter:
                await self._cluster.patch(path, body)
        except ClusterError as error:
            logger.warning("event not renewed", path=path, reason=str(error)[:300])
            self._written("event", "failed")
            return False
        self._written("event", "patched")
        return True

    def _event(  # the fields of an Event
        self,
        subject: Subject,
        name: str,
        reason: str,
        message: str,
        field_path: str,
        *,
        warning: bool,
    ) -> Json:
        involved = {
            "apiVersion": subject.api_version,
            "kind": subject.kind,
            "namespace": subject.namespace,
            "name": subject.name,
            "uid": subject.uid,
        }
        if field_path:
            involved["fieldPath"] = field_path
        now = stamp(self._now())
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": subject.namespace},
            "involvedObject": involved,
            "reason": reason,
            "message": message,
            "type": "Warning" if warning else "Normal",
            "action": ACTION,
            "count": 1,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "source": {"component": COMPONENT},
            "reportingComponent": COMPONENT,
            "reportingInstance": self._instance,
        }

    async def annotate(self, pod: Subject, text: str | None, document: str | None) -> bool:
        """Set both annotations, or take them off; None takes off.

        By ``pods/status``, which cannot change an image; with the uid, so that a Pod of the same
        name made meanwhile is left alone.
        """
        path = f"/api/v1/namespaces/{segment(pod.namespace)}/pods/{segment(pod.name)}/status"
        values: Mapping[str, Any] = {ANNOTATION: text, ANNOTATION_JSON: document}
        body = {"metadata": {"uid": pod.uid, "annotations": dict(values)}}
        try:
            async with self._limiter:
                await self._cluster.patch(path, body)
        except ClusterError as error:
            return self._failed("annotation", pod, error)
        self._written("annotation", "patched" if text is not None else "removed")
        return True

    def _failed(self, what: str, subject: Subject, error: ClusterError) -> bool:
        gone = isinstance(error, ClusterNotFound | ClusterConflict)
        quota = isinstance(error, ClusterForbidden)
        self._written(what, "gone" if gone else "forbidden" if quota else "failed")
        level = logger.debug if gone else logger.warning
        level(f"{what} not written", name=subject.name, reason=str(error)[:300])
        # Forbidden is final (a quota, a namespace that ends, our rights); the rest is tried again.
        return gone or quota
