"""Pull secrets, read as the kubelet reads them.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/credentialprovider/secrets/secrets.go and
config.go beside it.
"""

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pullproof.credentials.lenient_json import Members, NotJSON, Value, clean, fold, read_json
from pullproof.credentials.urls import stored_key
from pullproof.errors import PullproofError

MAX_SECRET_BYTES: Final = 1024 * 1024
"""The API server's own limit for all data of a Secret."""

DATA_KEYS: Final = {
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
    "kubernetes.io/dockercfg": ".dockercfg",
}
"""By the Secret's type: the one key of its data that the kubelet looks at."""

_PADDED = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)")
_PADDED_OR_WHOLE = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_UNPADDED = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3})?")


class InvalidSecret(PullproofError):
    """A pull secret that cannot be decoded: the kubelet then fails every container of the Pod."""

    def __init__(self, secret: str, message: str) -> None:
        super().__init__(f"Secret {secret} {message}")
        self.secret = secret
        """``NAMESPACE/NAME``."""
        self.message = message
        """What is wrong with it, never what it holds; follows ``Secret X`` in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One login of a pull secret."""

    username: str = field(repr=False)
    password: str = field(repr=False)
    token_only: bool = False
    """There is an identity or registry token, which the kubelet does not read, and no user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullSecret:
    """A Secret that a Pod names in ``imagePullSecrets``, of whatever type."""

    namespace: str
    name: str
    type: str
    data: Mapping[str, bytes] = field(repr=False)
    """Decoded: the document itself, not its base64 form."""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def document(self) -> bytes | None:
        """What the kubelet reads of it; None if it passes over this Secret without an error."""
        key = DATA_KEYS.get(self.type)
        return None if key is None else self.data.get(key) or None

    @classmethod
    def from_object(cls, mapping: Mapping[str, Any]) -> "PullSecret":
        """Read an object as the API server returns it, or a manifest.

        Raises InvalidSecret if it is not shaped like a Secret.
        """
        metadata = _mapping(mapping.get("metadata"), "?", "metadata")
        namespace = str(metadata.get("namespace") or "")
        name = str(metadata.get("name") or "")
        secret_type = str(mapping.get("type") or "Opaque")
        named = cls(namespace=namespace, name=name, type=secret_type, data={})
        data = _decode_data(str(named), _mapping(mapping.get("data"), str(named), "data"))
        plain = _mapping(mapping.get("stringData"), str(named), "stringData")
        for key, value in plain.items():  # as the API server merges it
            data[str(key)] = str(value).encode("utf-8", "surrogatepass")
        return cls(namespace=namespace, name=name, type=secret_type, data=data)


def read_entries(secret: PullSecret) -> dict[str, Entry]:
    """All logins of a Secret by the key that was written; empty if the kubelet passes over it.

    Raises InvalidSecret for whatever makes the kubelet fail. One broken entry is enough.
    """
    document = secret.document
    if document is None:
        return {}
    if len(document) > MAX_SECRET_BYTES:
        raise InvalidSecret(str(secret), f"is larger than {MAX_SECRET_BYTES} bytes")
    try:
        value = read_json(document)
        if secret.type.endswith("json"):
            return _read_config(value)
        return _read_map(value, "the document")
    except NotJSON as error:
        problem = f"is not JSON ({error})"
    except Unfit as error:
        problem = str(error)
    raise InvalidSecret(str(secret), problem)


def shown_key(key: str) -> str:
    """Make a key fit to be shown: no user info, no query, one short line."""
    stored = stored_key(key)
    if stored is None:
        return "a key that is no URL"
    return shown_stored_key(stored)


def shown_stored_key(key: bytes) -> str:
    """Make a stored key fit to be shown: one short line."""
    text = key[: 4 * _SHOWN_CHARACTERS].decode("utf-8", "replace")
    text = "".join(one if one.isprintable() else "\ufffd" for one in text)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


_SHOWN_CHARACTERS: Final = 100


class Unfit(ValueError):
    """JSON, but not of the form that the kubelet decodes."""


def _mapping(value: Any, secret: str, what: str) -> Mapping[Any, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidSecret(secret, f"has {what} that is no object")
    return value


def _decode_data(secret: str, data: Mapping[Any, Any]) -> dict[str, bytes]:
    decoded = {str(key): _decode_value(value) for key, value in data.items()}
    for key, value in decoded.items():
        if value is None:
            raise InvalidSecret(secret, f"has a value that is not base64, under {key[:100]!r}")
    return {key: value for key, value in decoded.items() if value is not None}


def _decode_value(value: Any) -> bytes | None:
    """Decode one value of ``data``; None if it is not base64."""
    if value is None:
        return b""
    if not isinstance(value, str):
        return None
    # Line breaks are fine for the API server; a block scalar of YAML has some.
    compact = value.replace("\n", "").replace("\r", "")
    if compact and not _PADDED_OR_WHOLE.fullmatch(compact):
        return None
    return binascii.a2b_base64(compact)


def _read_config(value: Value) -> dict[str, Entry]:
    """Read ``auths`` of a config.json. Nothing else counts, but HttpHeaders must have its form."""
    entries: dict[str, Entry] = {}
    for name, member in () if value is None else _members(value, "the document"):
        folded = fold(name)
        if folded == "auths" and member is None:
            entries.clear()
        elif folded == "auths":
            entries |= _read_map(member, name)  # a repeated one adds to the earlier
        elif folded == "httpheaders" and member is not None:
            for _, header in _members(member, "HttpHeaders"):
                _check_string(header, "a value of HttpHeaders")
    return entries


def _read_map(value: Value, what: str) -> dict[str, Entry]:
    entries = {}
    for name, member in () if value is None else _members(value, what):
        key = clean(name)
        try:
            entries[key] = _read_entry(member)
        except Unfit as error:
            raise Unfit(f"{error}, in the entry for {shown_key(key)}") from None
    return entries


def _read_entry(value: Value) -> Entry:
    if value is None:
        return Entry(username="", password="")
    fields = {"username": "", "password": "", "email": "", "auth": ""}
    has_token = False
    for name, member in _members(value, "a login"):
        folded = fold(name)
        if folded in fields:
            if member is not None:  # null leaves what an earlier one of the same name said
                _check_string(member, folded)
                fields[folded] = clean(member)
        elif folded in ("identitytoken", "registrytoken"):
            has_token = has_token or bool(member)
    username, password = fields["username"], fields["password"]
    if fields["auth"]:
        username, password = decode_auth(fields["auth"])
    token_only = has_token and not username and not password
    return Entry(username=username, password=password, token_only=token_only)


def decode_auth(text: str) -> tuple[str, str]:
    """Take user and password from the base64 form of ``user:password``.

    Line breaks may stand anywhere in it. Bytes that are no UTF-8 become U+FFFD, one each: the
    kubelet keeps them, but cannot send such a login to the runtime.
    """
    compact = text.replace("\n", "").replace("\r", "")
    form = _PADDED if compact.endswith("=") else _UNPADDED
    if not form.fullmatch(compact):
        raise Unfit("has an auth that is not base64")
    missing = -len(compact) % 4
    decoded = binascii.a2b_base64(compact + "=" * missing)
    username, colon, password = decoded.partition(b":")
    if not colon:
        raise Unfit("has an auth that is not the base64 form of user:password")
    return _text(username), _text(password)


def _text(data: bytes) -> str:
    return clean(data.decode("utf-8", "surrogateescape"))


def _members(value: Value, what: str) -> Members:
    if not isinstance(value, tuple):
        raise Unfit(f"is of the wrong form: {what} is no object")
    return value


def _check_string(value: Value, what: str) -> None:
    if value is not None and not isinstance(value, str):
        raise Unfit(f"is of the wrong form: {what} is no string")
