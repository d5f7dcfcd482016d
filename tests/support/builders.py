"""Values that tests begin with."""

import json
from typing import Any

from pullproof.causes import Cause, Confidence
from pullproof.evidence import Doubt, Exchange, ProbeResult, RuntimeMessage
from pullproof.policy import Looked, NotAsked, Presence
from pullproof.reference import InvalidReference, parse_reference
from pullproof.workload import ImageUse, UseKind


def use(
    image: str = "ghcr.io/acme/api:1.4.2",
    *,
    container: str = "api",
    kind: UseKind = UseKind.CONTAINER,
    field: str = "spec.containers[0].image",
    pull_policy: str = "IfNotPresent",
) -> ImageUse:
    return ImageUse(
        image=image, field=field, container=container, kind=kind, pull_policy=pull_policy
    )


def probe(
    image: str = "ghcr.io/acme/api:1.4.2",
    cause: Cause | None = Cause.TAG_NOT_FOUND,
    *doubts: Doubt,
    confidence: Confidence = Confidence.CERTAIN,
    **more: Any,
) -> ProbeResult:
    reference = parse_reference(image)
    fields: dict[str, Any] = {
        "host": reference.registry,
        "declared": True,
        "exchanges": (Exchange(method="GET", url="https://registry/v2/", status=404),),
    }
    return ProbeResult(
        reference=reference,
        cause=cause,
        confidence=confidence,
        doubts=frozenset(doubts),
        **{**fields, **more},
    )


def looked(
    result: ProbeResult | None = None,
    *,
    image: str = "ghcr.io/acme/api:1.4.2",
    presence: Presence = Presence.ABSENT,
    not_asked: NotAsked | None = None,
    **of_use: Any,
) -> Looked:
    invalid, reference = None, None
    try:
        reference = parse_reference(image)
    except InvalidReference as error:
        invalid = error
    return Looked(
        use=use(image, **of_use),
        reference=reference,
        invalid=invalid,
        probe=result,
        not_asked=not_asked,
        presence=presence,
    )


def said(cause: Cause, confidence: Confidence = Confidence.LIKELY, **more: Any) -> RuntimeMessage:
    fields = {"text": f"the node said {cause}", "image": "ghcr.io/acme/api:1.4.2", **more}
    return RuntimeMessage(cause=cause, confidence=confidence, **fields)


def pod(*containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    metadata = {"name": "web", "namespace": "shop", "uid": "pod-uid"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**metadata, **more.pop("metadata", {})},
        "spec": {"containers": list(containers), **more.pop("spec", {})},
        **more,
    }


def review(
    thing: dict[str, Any] | None,
    *,
    operation: str = "CREATE",
    old: dict[str, Any] | None = None,
    namespace: str = "shop",
    **request: Any,
) -> bytes:
    kind = (thing or old or {}).get("kind", "Pod")
    document = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "11111111-2222-3333-4444-555555555555",
            "kind": {"group": "", "version": "v1", "kind": kind},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "namespace": namespace,
            "operation": operation,
            "userInfo": {"username": "jane"},
            "object": thing,
            "oldObject": old,
            "dryRun": False,
            **request,
        },
    }
    return json.dumps(document).encode()
