"""AdmissionReview, in and out. Pure: bytes to values, values to bytes.

https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
"""

from dataclasses import dataclass

import msgspec

from pullproof.errors import PullproofError
from pullproof.workload import ImageUse, Object, uses_of

GROUP = "admission.k8s.io"


class InvalidReview(PullproofError):
    """Bytes that are no AdmissionReview; the caller is answered with 400."""


class _Kind(msgspec.Struct, frozen=True, kw_only=True):
    kind: str = ""


class _User(msgspec.Struct, frozen=True, kw_only=True):
    username: str = ""


class _Request(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    uid: str
    kind: _Kind = _Kind()
    sub_resource: str = ""
    name: str = ""
    namespace: str = ""
    operation: str = ""
    user_info: _User = _User()
    object: Object | None = None
    old_object: Object | None = None
    dry_run: bool | None = None


class _Review(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    api_version: str
    kind: str
    request: _Request


_DECODER = msgspec.json.Decoder(_Review)
_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One question of the API server."""

    uid: str
    api_version: str
    operation: str
    """``CREATE``, ``UPDATE``, ``DELETE``, ``CONNECT``."""
    namespace: str
    name: str
    """Empty on older servers for what gets a generated name."""
    kind: str
    username: str
    dry_run: bool
    thing: Object
    unchanged: frozenset[str]
    """Images that the object held before this update; empty on CREATE."""

    @property
    def uses(self) -> tuple[ImageUse, ...]:
        """Every image of the object."""
        return uses_of(self.thing)


def read_review(data: bytes) -> Review:
    """Decode a request. Raises InvalidReview with a sentence."""
    try:
        review = _DECODER.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidReview(f"not an AdmissionReview: {' '.join(str(error).split())}") from error
    if review.kind != "AdmissionReview" or not review.api_version.startswith(f"{GROUP}/"):
        raise InvalidReview("not an AdmissionReview: the kind or the apiVersion is another")
    request = review.request
    # The object's kind is that of its resource, for subresources too (pods/ephemeralcontainers).
    thing = request.object or Object(kind=request.kind.kind)
    old = request.old_object if request.operation == "UPDATE" else None
    return Review(
        uid=request.uid,
        api_version=review.api_version,
        operation=request.operation,
        namespace=request.namespace,
        name=request.name or thing.metadata.name or thing.metadata.generate_name,
        kind=thing.kind or request.kind.kind,
        username=request.user_info.username,
        dry_run=bool(request.dry_run),
        thing=thing,
        unchanged=frozenset(use.image for use in uses_of(old)) if old else frozenset(),
    )


def answer(
    review: Review,
    *,
    denial: str = "",
    warnings: tuple[str, ...] = (),
    audit: dict[str, str] | None = None,
) -> bytes:
    """The API server's answer: allowed unless there is a denial.

    403 Forbidden: of a 422 kubectl prints only the causes, and drops the message.
    """
    response: dict[str, object] = {"uid": review.uid, "allowed": not denial}
    if denial:
        response["status"] = {
            "status": "Failure",
            "code": 403,
            "reason": "Forbidden",
            "message": denial,
        }
    if warnings:
        response["warnings"] = list(warnings)
    if audit:
        response["auditAnnotations"] = audit
    document = {
        "apiVersion": review.api_version,
        "kind": "AdmissionReview",
        "response": response,
    }
    return _ENCODER.encode(document)
