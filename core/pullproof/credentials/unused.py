"""Why a pull secret gives nothing for an image, in words for people.

Each sentence goes on after ``Secret NAME``. Keys are shown without user info and query.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from pullproof.credentials.keyring import keyring_of
from pullproof.credentials.lenient_json import fold, read_json
from pullproof.credentials.secrets import (
    DATA_KEYS,
    InvalidSecret,
    PullSecret,
    read_entries,
    shown_key,
    shown_stored_key,
)
from pullproof.credentials.urls import Place, read_place, stored_key
from pullproof.reference import Reference

_NEVER_DOCKER_HUB: Final = frozenset(
    {
        "auth.docker.io",
        "cloud.docker.com",
        "hub.docker.com",
        "index.docker.io",  # with a path: the kubelet looks for the bare host only
        "production.cloudflare.docker.com",
        "registry-1.docker.io",
        "registry.docker.io",
        "registry.hub.docker.com",
        "www.docker.com",
    }
)
_SHOWN_KEYS: Final = 3
_LOOKED_AT: Final = 500
"""Nobody writes more, and a hostile Secret may hold a hundred thousand."""


def unused(secret: PullSecret, reference: Reference) -> str | None:
    """Why the kubelet gets no login for this image from this Secret; None if it gets one."""
    nothing = _nothing_to_read(secret)
    if nothing is not None:
        return nothing
    try:
        entries = read_entries(secret)
    except InvalidSecret as error:
        return error.message
    candidates = keyring_of([(secret, entries)]).candidates(reference)
    if not entries:
        return _without_entries(secret)
    if any(one.username or one.password for one in candidates):
        return None
    if candidates:
        reason = f"has an entry for {shown_key(candidates[0].key)} without user name and password"
        tokens = any(entry.token_only for entry in entries.values())
        return f"{reason}: the kubelet does not read identity tokens" if tokens else reason
    keys = [key for key in map(stored_key, entries) if key is not None]
    if not keys:
        return "has no entry whose key is a host or a URL"
    near = _near_misses(keys[:_LOOKED_AT], reference)
    return next(near, None) or _for_others(keys)


def _nothing_to_read(secret: PullSecret) -> str | None:
    key = DATA_KEYS.get(secret.type)
    if key is None:
        return (
            f"has type {secret.type[:100]}, which the kubelet ignores;"
            " it must be kubernetes.io/dockerconfigjson"
        )
    if key not in secret.data:
        return f"has no key {key}, the only one that the kubelet reads for its type"
    return None if secret.data[key] else f"has nothing under its key {key}"


def _without_entries(secret: PullSecret) -> str:
    document = read_json(secret.document or b"null")
    for name, value in document if isinstance(document, tuple) else ():
        if fold(name) in ("credsstore", "credhelpers") and value:
            return (
                f"holds no login, only {name}: the login itself stayed"
                " on the machine where the Secret was made"
            )
    return "holds no login"


def _near_misses(keys: Iterable[bytes], reference: Reference) -> Iterator[str]:
    image = read_place(reference.name.encode())
    for key in keys:
        place = read_place(key)
        if image is None or place is None:
            continue
        reason = _near_miss(place, image, reference)
        if reason is not None:
            yield f"has an entry for {shown_stored_key(key)}, {reason}"


def _near_miss(place: Place, image: Place, reference: Reference) -> str | None:
    """How this entry fails to cover the image, if it was probably meant to."""
    host = reference.registry
    if reference.is_docker_hub and ".".join(place.labels).lower() in _NEVER_DOCKER_HUB:
        return "which never counts for Docker Hub; the key must be https://index.docker.io/v1/"
    if _covers(place, image, port=image.port):
        return f"which has another port than {host}: both must be written the same way"
    if _covers(place, image, path=b""):
        path = place.path.decode("utf-8", "replace")[:100]
        return f"which counts for repositories that begin with {path.removeprefix('/')} only"
    labels = tuple(label.lower() for label in place.labels)
    if _covers(place, image, labels=labels, port=image.port, path=b""):
        return f"written in other capitals than {host}: hosts are compared letter by letter"
    if labels[0] == "*" and _ends_with(image.labels, labels[1:]):
        return f"whose star stands for exactly one label: it does not cover {host}"
    return None


def _covers(
    place: Place,
    image: Place,
    *,
    labels: tuple[str, ...] | None = None,
    port: bytes | None = None,
    path: bytes | None = None,
) -> bool:
    """Whether it would cover the image if it had this instead."""
    changed = Place(
        labels=place.labels if labels is None else labels,
        port=place.port if port is None else port,
        path=place.path if path is None else path,
    )
    return changed.covers(image)


def _ends_with(labels: tuple[str, ...], end: tuple[str, ...]) -> bool:
    return bool(end) and labels[-len(end) :] == end


def _for_others(keys: Iterable[bytes]) -> str:
    shown = sorted({shown_stored_key(key) for key in keys})
    rest = len(shown) - _SHOWN_KEYS
    if rest > 1:
        shown = [*shown[:_SHOWN_KEYS], f"{rest} others"]
    if len(shown) == 1:
        return f"has an entry for {shown[0]} only"
    return f"has entries for {', '.join(shown[:-1])} and {shown[-1]} only"
