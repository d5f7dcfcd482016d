r"""The grammar, and the kubelet's order of checks.

```
reference       := name [ ":" tag ] [ "@" digest ]
name            := [ domain "/" ] path
domain          := host [ ":" port ]
host            := domain-component { "." domain-component } | "[" IPv6 "]"
domain-component := [a-zA-Z0-9] | [a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]
path            := component { "/" component }
component       := alphanumeric { separator alphanumeric }
alphanumeric    := [a-z0-9]+        separator := [_.] | "__" | "-"+
tag             := [\w][\w.-]{0,127}
digest          := algorithm ":" [0-9a-fA-F]{32,}
```

https://github.com/distribution/reference (regexp.go, normalize.go), as of v0.6.0; the kubelet calls
ParseNormalizedNamed with sha256, sha384 and sha512 registered (pkg/util/parsers).
"""

import re

from pullproof.digest import LENGTHS, Digest
from pullproof.reference.mends import invalid
from pullproof.reference.values import HUB, OFFICIAL, Reference
from pullproof.reference.values import ReferenceErrorKind as Kind

LEGACY_HUB = "index.docker.io"
MAX_PATH_CHARACTERS = 255

# re.ASCII, since "\w" would else accept "é"; fullmatch, since "$" would else accept a final newline.
# Each alternative begins with another character than what may come before it: matching is linear.
_COMPONENT = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"(?:{_COMPONENT}(?:\.{_COMPONENT})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_PATH = rf"{_PART}(?:/{_PART})*"
_TAG = r"\w[\w.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_REFERENCE = re.compile(
    rf"(?P<name>(?:{_HOST}/)?{_PATH})(?::(?P<tag>{_TAG}))?(?:@(?P<digest>{_DIGEST}))?", re.ASCII
)
_NAME = re.compile(rf"(?:(?P<domain>{_HOST})/)?(?P<path>{_PATH})", re.ASCII)
_IDENTIFIER = re.compile(r"[a-f0-9]{64}", re.ASCII)
_HEX = re.compile(r"[a-f0-9]+", re.ASCII)
# go-digest's own form of a digest, which decides between two errors for unknown algorithms.
_ANY_DIGEST = re.compile(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+", re.ASCII)


def parse_reference(text: str) -> Reference:
    """Read a reference as the kubelet does. Raises InvalidReference."""
    if _IDENTIFIER.fullmatch(text):
        raise invalid(text, Kind.IDENTIFIER, is_valid)
    domain, rest = split_domain(text)
    remote = rest.partition(":")[0]
    if remote.lower() != remote:
        raise invalid(text, Kind.UPPERCASE, is_valid)
    found = _REFERENCE.fullmatch(f"{domain}/{rest}")
    if found is None:
        lowered = f"{domain}/{rest}".lower()
        kind = Kind.UPPERCASE if _REFERENCE.fullmatch(lowered) else Kind.INVALID_FORMAT
        raise invalid(text, kind, is_valid)
    name = _NAME.fullmatch(found["name"])
    assert name is not None  # the reference's own pattern says so
    if len(name["path"]) > MAX_PATH_CHARACTERS:
        raise invalid(text, Kind.NAME_TOO_LONG, is_valid)
    return Reference(
        registry=name["domain"] or "",
        repository=name["path"],
        tag=found["tag"],
        digest=_digest(text, found["digest"]),
    )


def split_domain(text: str) -> tuple[str, str]:
    """The host that a reference names or means, and the rest of it.

    The first part is a host only if it could not be a repository's: with a dot, a colon or an upper
    case letter in it, or if it is ``localhost``.
    """
    first, slash, rest = text.partition("/")
    if not slash:
        return HUB, OFFICIAL + text
    if first == LEGACY_HUB:
        first = HUB
    elif not (first == "localhost" or "." in first or ":" in first or first.lower() != first):
        first, rest = HUB, text
    if first == HUB and "/" not in rest:
        rest = OFFICIAL + rest
    return first, rest


def is_valid(text: str) -> bool:
    """Whether a mend can be offered: it must be right itself."""
    try:
        parse_reference_plainly(text)
    except ValueError:
        return False
    return True


def parse_reference_plainly(text: str) -> None:
    """The same verdict without an explanation. Raises ValueError."""
    domain, rest = split_domain(text)
    remote = rest.partition(":")[0]
    found = _REFERENCE.fullmatch(f"{domain}/{rest}")
    if found is None or remote.lower() != remote or _IDENTIFIER.fullmatch(text):
        raise ValueError(text)
    name = _NAME.fullmatch(found["name"])
    if name is None or len(name["path"]) > MAX_PATH_CHARACTERS:
        raise ValueError(text)
    if found["digest"] and digest_problem(found["digest"]) is not None:
        raise ValueError(text)


def _digest(text: str, written: str | None) -> Digest | None:
    if written is None:
        return None
    problem = digest_problem(written)
    if problem is not None:
        raise invalid(text, problem, is_valid)
    algorithm, _, digits = written.partition(":")
    return Digest(algorithm=algorithm, hex=digits)


def digest_problem(written: str) -> Kind | None:
    """go-digest's verdict on a digest, in its order."""
    algorithm, _, digits = written.partition(":")
    length = LENGTHS.get(algorithm)
    if length is None:
        return Kind.DIGEST_UNSUPPORTED if _ANY_DIGEST.fullmatch(written) else Kind.DIGEST_FORMAT
    if len(digits) != length:
        return Kind.DIGEST_LENGTH
    return None if _HEX.fullmatch(digits) else Kind.DIGEST_FORMAT
