"""kopf decorators; each handler unpacks, and calls one function. None returns a value: kopf would write it.

Only ``on.event`` handlers: every other kind makes kopf write to Pods.
"""

from typing import Any

import kopf

from pullproof_operator.cases import Cases
from pullproof_operator.reporting import Subject
from pullproof_operator.triage import told_by_event


class Memo:
    """What the handlers share."""

    cases: Cases


@kopf.on.event("", "v1", "pods")
async def pod_changed(event: Any, body: Any, memo: Any, **_: Any) -> None:
    """A Pod that is Pending, or has ceased to be."""
    if event["type"] == "DELETED":
        memo.cases.left(dict(body))
    else:
        memo.cases.seen(dict(body))


@kopf.on.event("", "v1", "events")
async def event_changed(event: Any, body: Any, memo: Any, **_: Any) -> None:
    """A kubelet's Event of reason Failed."""
    if event["type"] == "DELETED":
        return
    told = told_by_event(body)
    if told is None:
        return
    uid, container, message = told
    involved = body["involvedObject"]
    subject = Subject(
        api_version="v1",
        kind="Pod",
        namespace=str(involved["namespace"]),
        name=str(involved["name"]),
        uid=uid,
    )
    memo.cases.told(subject, container, message)
