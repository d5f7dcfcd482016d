"""Bodies of a registry that are no manifests: errors, tokens, tag lists. Pure, and never raises.

Whatever arrives was cut to a limit before it comes here. msgspec reads only the fields that are
wanted, does not recurse into the rest, and takes no integer of a million digits.
"""

import re
from dataclasses import dataclass
from typing import Any

import msgspec

_MAX_CODE_CHARACTERS = 64
_CODE = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
_MAX_TEXT = 8_192
_MAX_TAGS = 20_000
_TAG = re.compile(r"[\w][\w.-]{0,127}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBody:
    """What an error's body says."""

    code: str = ""
    """Of the first error, upper case; empty where the body is no OCI error."""
    message: str = ""
    """Raw: sanitise it before anybody sees it."""

    @property
    def is_oci(self) -> bool:
        """Whether it has the form that the distribution specification gives errors."""
        return bool(self.code)


class _Error(msgspec.Struct):
    code: Any = None
    message: Any = None


class _Errors(msgspec.Struct):
    errors: list[_Error] | None = None
    message: Any = None
    details: Any = None
    error: Any = None
    detail: Any = None


class _Token(msgspec.Struct):
    token: Any = None
    access_token: Any = None
    expires_in: Any = None


class _Tags(msgspec.Struct):
    tags: list[Any] | None = None


# ValueError: integers that are longer than Python reads, and bytes that are no UTF-8.
_UNREADABLE = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)


def parse_error(body: bytes) -> ErrorBody:
    """The OCI error in a body, or the nearest thing to a message that it holds."""
    try:
        read = msgspec.json.decode(body, type=_Errors)
    except _UNREADABLE:
        return ErrorBody(message=_plain(body))
    for one in (read.errors or [])[:8]:
        code = one.code if isinstance(one.code, str) else ""
        code = code.strip().upper()[:_MAX_CODE_CHARACTERS]
        if _CODE.fullmatch(code):
            return ErrorBody(code=code, message=_text(one.message))
    loose = (read.message, read.details, read.detail, read.error)
    return ErrorBody(message=next((text for text in map(_text, loose) if text), ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedToken:
    """A token endpoint's grant."""

    token: str
    expires_in_seconds: float


DEFAULT_TOKEN_SECONDS = 60.0
"""Where no ``expires_in`` is given, and never less: distribution's token specification."""
_MAX_TOKEN_SECONDS = 12 * 3600.0
# No longer than a header that servers still take.
_VISIBLE = re.compile(r"[!-~]{1,65536}", re.ASCII)


def parse_token(body: bytes) -> GrantedToken | None:
    """The token in an endpoint's answer; None: there is none that could stand in a header."""
    try:
        read = msgspec.json.decode(body, type=_Token)
    except _UNREADABLE:
        return None
    for value in (read.token, read.access_token):
        if isinstance(value, str) and _VISIBLE.fullmatch(value):
            return GrantedToken(token=value, expires_in_seconds=_lifetime(read.expires_in))
    return None


def _lifetime(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return DEFAULT_TOKEN_SECONDS
    return float(min(max(value, DEFAULT_TOKEN_SECONDS), _MAX_TOKEN_SECONDS))


def parse_tags(body: bytes) -> tuple[str, ...] | None:
    """The tags of a list, what is no tag left out; None: it is no tag list.

    ``null``, absent and ``[]`` all mean that there are none.
    """
    try:
        read = msgspec.json.decode(body, type=_Tags)
    except _UNREADABLE:
        return None
    tags = (read.tags or [])[:_MAX_TAGS]
    return tuple(tag for tag in tags if isinstance(tag, str) and _TAG.fullmatch(tag))


def _text(value: object) -> str:
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _plain(body: bytes) -> str:
    """The beginning of a body that is no JSON object, if it is text and no page."""
    text = body[:_MAX_TEXT].decode("utf-8", "replace").strip()
    return "" if text.startswith(("<", "{", "[")) or "\0" in text else text
