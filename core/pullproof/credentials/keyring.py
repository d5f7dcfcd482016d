"""The logins that the kubelet would try for an image, in its order.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/credentialprovider/keyring.go
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pullproof.credentials.lenient_json import clean
from pullproof.credentials.secrets import Entry, PullSecret, read_entries
from pullproof.credentials.urls import Place, read_place, stored_key
from pullproof.reference import Reference

ANONYMOUS: Final = "anonymous"

_DOCKER_HUB_KEY: Final = b"index.docker.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One login, and where it comes from."""

    username: str = field(repr=False)
    password: str = field(repr=False)
    """Empty like the user name for an entry without a login: runtimes then pull anonymously."""
    secret: str
    """``NAMESPACE/NAME``; empty for a login of the command line."""
    key: str
    """The stored key that matched: host, port and path, of any length."""
    login: str = ""
    """On the command line: the file or the helper that it comes from."""
    is_identity_token: bool = False
    """The password is an OAuth 2 refresh token, and the user name means nothing."""

    @property
    def source(self) -> str:
        """Whose credential it is, for people: ``Secret NAMESPACE/NAME``."""
        return f"Secret {self.secret}" if self.secret else f"the login from {self.login}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    """All logins under one stored key, in the order in which they were added."""

    key: bytes
    place: Place | None
    credentials: tuple[Credential, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The logins of all pull secrets of a Pod."""

    _slots: tuple[_Slot, ...] = field(default=(), repr=False)
    """Sorted as the kubelet does: by the bytes of the key, the greatest first."""

    def candidates(self, reference: Reference) -> tuple[Credential, ...]:
        """List what the kubelet hands to the runtime, one after the other until one works.

        Nothing: the kubelet tries once, anonymously. With anything it never does.
        """
        image = read_place(reference.name.encode())
        found = tuple(
            credential
            for slot in self._slots
            if image is not None and slot.place is not None and slot.place.covers(image)
            for credential in slot.credentials
        )
        return found or self._docker_hub(reference.registry)

    def _docker_hub(self, host: str) -> tuple[Credential, ...]:
        """List what stands under ``https://index.docker.io/v1/``, for when nothing else matched.

        For the kubelet every host without a dot and a port is Docker Hub here: ``localhost``, too.
        """
        if host != "docker.io" and ("." in host or ":" in host):
            return ()
        return next((one.credentials for one in self._slots if one.key == _DOCKER_HUB_KEY), ())


def make_keyring(secrets: Iterable[PullSecret]) -> Keyring:
    """Make a keyring from a Pod's pull secrets, in the order in which the Pod names them.

    Raises InvalidSecret, as the kubelet fails, whatever the image and whatever the other secrets.
    """
    return keyring_of((secret, read_entries(secret)) for secret in secrets)


def keyring_of(read: Iterable[tuple[PullSecret, Mapping[str, Entry]]]) -> Keyring:
    """Make a keyring from secrets that have been read."""
    shelves: dict[bytes, list[Credential]] = {}
    for secret, entries in read:
        for written, entry in entries.items():
            key = stored_key(written)
            if key is None:
                continue  # the kubelet logs a line and goes on
            credential = Credential(
                username=entry.username,
                password=entry.password,
                secret=str(secret),
                key=clean(key.decode("utf-8", "surrogateescape")),
            )
            shelves.setdefault(key, []).append(credential)
    slots = tuple(
        _Slot(key=key, place=read_place(key), credentials=tuple(credentials))
        for key, credentials in sorted(shelves.items(), key=lambda one: one[0], reverse=True)
    )
    return Keyring(_slots=slots)


def effective_secret_names(
    pod_names: Iterable[str], service_account_names: Iterable[str]
) -> tuple[str, ...]:
    """Choose the pull secrets that count: the ServiceAccount's only if the Pod names none at all.

    A Pod that lists nothing but an empty name gets none: the admission plugin counts it, and the
    kubelet passes over it.

    https://github.com/kubernetes/kubernetes/blob/v1.37.2/plugin/pkg/admission/serviceaccount/admission.go
    """
    named = tuple(pod_names) or tuple(service_account_names)
    return tuple(name for name in named if name)


def identity(candidates: Iterable[Credential], key: bytes) -> str:
    """Stand for these logins in the key of a cache: equal for equal logins in equal order only.

    Nothing can be read from it. ``key`` is random and of this process, so that nobody can try out
    passwords on it either.
    """
    digest = hmac.new(key, digestmod=hashlib.sha256)
    empty = True
    for credential in candidates:
        empty = False
        kind = "token" if credential.is_identity_token else "password"
        for part in (kind, credential.username, credential.password):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8) + data)
    return ANONYMOUS if empty else digest.hexdigest()
