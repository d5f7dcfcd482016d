r"""The grammar, and the kubelet's order of checks.

```
reference        := name [ ":" tag ] [ "@" digest ]
name             := [ domain "/" ] path
domain           := host [ ":" digits ]
host             := domain-component { "." domain-component } | "[" hex digits and colons "]"
domain-component := letters and digits, with "-" inside
path             := component { "/" component }
component        := alphanumeric { separator alphanumeric }
alphanumeric     := [a-z0-9]+
separator        := "." | "_" | "__" | "-"+
tag              := [A-Za-z0-9_] and up to 127 of [A-Za-z0-9_.-]
digest           := algorithm ":" 32 or more hexadecimal digits
```

https://github.com/distribution/reference/blob/v0.6.0/regexp.go and normalize.go; the kubelet calls
ParseNormalizedNamed with sha256, sha384 and sha512 registered:
https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/util/parsers/parsers.go
"""

import re

from pullproof.digest import DigestFault, find_fault, parse_digest
from pullproof.reference.values import HUB, OFFICIAL, Reference
from pullproof.reference.values import ReferenceErrorKind as Kind

LEGACY_HUB = "index.docker.io"
MAX_PATH_CHARACTERS = 255
"""Of the path in normal form, so a bare name has 8 fewer."""
MAX_TAG_CHARACTERS = 128

# re.ASCII, since "\w" would else accept "é"; fullmatch, since "$" would else accept a final newline.
# Possessive, so that a hostile text costs one pass.
_COMPONENT = r"[a-z0-9]++(?:(?:__|[._]|-++)[a-z0-9]++)*+"
_LABEL = r"[a-zA-Z0-9]++(?:-++[a-zA-Z0-9]++)*+"
COMPONENT = re.compile(_COMPONENT, re.ASCII)
PATH = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*+", re.ASCII)
HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*+|\[[a-fA-F0-9:]++\]", re.ASCII)
DOMAIN = re.compile(rf"(?:{HOST.pattern})(?::[0-9]++)?+", re.ASCII)
TAG = re.compile(r"\w[\w.-]{0,127}+", re.ASCII)
DIGEST = re.compile(
    r"[A-Za-z][A-Za-z0-9]*+(?:[-_+.][A-Za-z][A-Za-z0-9]*+)*+:[0-9a-fA-F]{32,}+", re.ASCII
)
_AFTER_DOMAIN = re.compile(
    rf"(?P<path>{PATH.pattern})(?::(?P<tag>{TAG.pattern}))?+(?:@(?P<digest>{DIGEST.pattern}))?+",
    re.ASCII,
)
IDENTIFIER = re.compile(r"[a-f0-9]{64}", re.ASCII)

_DIGEST_KINDS = {
    DigestFault.UNSUPPORTED: Kind.DIGEST_UNSUPPORTED,
    DigestFault.LENGTH: Kind.DIGEST_LENGTH,
    DigestFault.FORMAT: Kind.DIGEST_FORMAT,
}


def take_apart(text: str) -> Reference | Kind:
    """Give the reference that a text is to the kubelet, or the kind of its error."""
    if IDENTIFIER.fullmatch(text):
        return Kind.IDENTIFIER
    domain, rest = split_domain(text)
    remote = rest.partition(":")[0]
    if _lower(remote) != remote:
        return Kind.UPPERCASE
    found = _AFTER_DOMAIN.fullmatch(rest) if _may_lead(domain) else None
    if found is None:
        return _kind_of_mismatch(domain, rest)
    # What looks like a host and is none is read as a part of the path: my_host.example/app.
    registry = domain if DOMAIN.fullmatch(domain) else ""
    path = found["path"] if registry else f"{domain}/{found['path']}"
    if len(path) > MAX_PATH_CHARACTERS:
        return Kind.NAME_TOO_LONG
    if found["digest"] is None:
        return Reference(registry=registry, repository=path, tag=found["tag"], digest=None)
    fault = find_fault(found["digest"])
    if fault is not None:
        return _DIGEST_KINDS[fault]
    digest = parse_digest(found["digest"])
    return Reference(registry=registry, repository=path, tag=found["tag"], digest=digest)


def is_valid(text: str) -> bool:
    """Whether the kubelet takes this text for a reference."""
    return isinstance(take_apart(text), Reference)


def split_domain(text: str) -> tuple[str, str]:
    """Split off the host that a text names, or else means; ``library/`` is put in for Docker Hub."""
    first, slash, rest = text.partition("/")
    if not slash:
        return HUB, OFFICIAL + text
    if first == LEGACY_HUB:
        first = HUB
    elif not names_host(first):
        return HUB, text
    if first == HUB and "/" not in rest:
        rest = OFFICIAL + rest
    return first, rest


def names_host(first: str) -> bool:
    """Whether the part before the first slash is a host, and not a part of the path.

    An upper-case letter makes it one too, since no path may have that.
    """
    return first == "localhost" or "." in first or ":" in first or _lower(first) != first


def _may_lead(domain: str) -> bool:
    return bool(DOMAIN.fullmatch(domain) or COMPONENT.fullmatch(domain))


def _kind_of_mismatch(domain: str, rest: str) -> Kind:
    lowered, lowered_rest = _lower(domain), _lower(rest)
    if (lowered, lowered_rest) == (domain, rest) or not _may_lead(lowered):
        return Kind.INVALID_FORMAT
    return Kind.UPPERCASE if _AFTER_DOMAIN.fullmatch(lowered_rest) else Kind.INVALID_FORMAT


def _lower(text: str) -> str:
    """Lower a text as Go does, character by character."""
    return text.lower() if text.isascii() else text.replace("\u0130", "i").lower()
