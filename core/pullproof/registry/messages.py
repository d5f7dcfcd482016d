"""What goes to a registry and what comes back: URLs, requests, answers, failures. Pure.

A URL from outside (a realm, a Location, a mirror) becomes a :class:`Url` or nothing: no user name,
no white space or control character, no other scheme, a host that is a name or an address.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from pullproof.causes import Cause

MAX_URL_CHARACTERS = 8_192
"""Signed URLs of object stores reach 2,000."""

_DEFAULT_PORTS = {"https": 443, "http": 80}
# A name of labels (underscores occur in Compose networks), or an IPv6 address in brackets.
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]", re.ASCII)
_PLAIN = re.compile(r"[!-~]*", re.ASCII)
_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>\d{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """An absolute http or https URL without user info and fragment."""

    scheme: str
    host: str
    """Lower case; an IPv6 address stands without brackets."""
    port: int
    path: str
    query: str = ""

    @property
    def origin(self) -> tuple[str, str, int]:
        """What must be equal for a credential to go along."""
        return (self.scheme, self.host, self.port)

    @property
    def authority(self) -> str:
        """``host[:port]``, the port only if it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def target(self) -> str:
        """What stands in the request line."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    def with_query(self, query: str) -> "Url":
        """The same with more in its query."""
        return replace(self, query="&".join(filter(None, (self.query, query))))


def parse_url(text: str, base: Url | None = None) -> Url | None:
    """Read a URL, relative to ``base`` if there is one; None: it is not to be followed."""
    if len(text) > MAX_URL_CHARACTERS or not _PLAIN.fullmatch(text):
        return None
    try:
        parts = urlsplit(urljoin(str(base), text) if base else text)
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or "@" in parts.netloc:
        return None
    place = parse_authority(parts.netloc.lower(), parts.scheme)
    if place is None:
        return None
    host, port = place
    path = parts.path or "/"
    return Url(scheme=parts.scheme, host=host, port=port, path=path, query=parts.query)


def parse_authority(text: str, scheme: str = "https") -> tuple[str, int] | None:
    """``host[:port]`` as (host, port), or None; nothing else is a host."""
    match = _AUTHORITY.fullmatch(text)
    if match is None or not _HOST.fullmatch(match["host"].lower()):
        return None
    port = int(match["port"]) if match["port"] else _DEFAULT_PORTS[scheme]
    if not 0 < port < 65_536:  # noqa: PLR2004  the width of a port
        return None
    return match["host"].lower().strip("[]"), port


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request."""

    method: str
    url: Url
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    limit_bytes: int
    """How much of an answer's body is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, tuple[str, ...]]
    """By lower-case name."""
    body: bytes = field(default=b"", repr=False)
    url: Url
    """That answered: after redirects, not the one that was asked first."""
    is_cut: bool = False
    """The body was longer than the limit."""

    def header(self, name: str) -> str:
        """The first value, or nothing."""
        return (self.headers.get(name) or ("",))[0]

    @property
    def media_type(self) -> str:
        """Without parameters, in lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """No usable answer came."""

    cause: Cause
    detail: str
    """One clause, fit to be shown."""
    is_host: bool = True
    """The host failed (the breaker counts that), not the budget or our own limits."""
    is_local: bool = False
    """Nothing was sent: a rule of ours, or the breaker."""
    is_told: bool = False
    """The registry itself said so: it may be told of a host that no setting names, too."""
    retry_after_seconds: float | None = None


Heard = Answer | Failure


def retry_after_seconds(answer: Answer) -> float | None:
    """Read Retry-After: seconds, or a date, which is compared with the registry's own clock."""
    written = answer.header("retry-after").strip()
    if re.fullmatch(r"\d{1,9}", written, re.ASCII):
        return float(written)
    try:
        until = parsedate_to_datetime(written)
        now = parsedate_to_datetime(answer.header("date"))
        return max((until - now).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None
