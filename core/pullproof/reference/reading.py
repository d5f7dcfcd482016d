"""Reading a malformed reference from left to right, up to what cannot stand there."""

import re
from dataclasses import dataclass

from pullproof.digest import LENGTHS
from pullproof.reference.characters import name_of, shown
from pullproof.reference.grammar import (
    COMPONENT,
    DOMAIN,
    HOST,
    MAX_TAG_CHARACTERS,
    PATH,
    names_host,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One mistake."""

    message: str
    """Lower case, no full stop, ASCII: ``a tag cannot begin with "."``."""
    position: int | None = None
    """Offset of the first character that is wrong; None: something is missing, or all is wrong."""


def first_fault(text: str) -> Fault:
    """Say what the first character is that cannot stand where it does, and why."""
    first, slash, rest = text.partition("/")
    if not slash or not names_host(first):
        return _in_path(text, 0)
    if not DOMAIN.fullmatch(first) and not COMPONENT.fullmatch(first):
        return _in_host(first)
    if not rest:
        return Fault(
            message=f'the repository is missing after "{shown(first)}/"', position=len(first)
        )
    return _in_path(text, len(first) + 1)


def _in_host(first: str) -> Fault:
    if first.startswith("[") or first.count(":") > 1:
        return _in_address(first)
    host, colon, port = first.partition(":")
    if not HOST.fullmatch(host):
        return _in_host_name(host, port if colon else None)
    if not port:
        return Fault(message="the port after the host is empty", position=len(host))
    if "." not in host and host != "localhost":
        return Fault(
            message=f'a "/" cannot follow a tag; "{shown(host)}" is read as a host'
            f' and "{shown(port)}" as its port',
            position=len(first),
        )
    position = next(at for at, one in enumerate(port) if not _is_digit(one))
    return Fault(
        message=f'the port of a host is a number, which "{shown(port)}" is not',
        position=len(host) + 1 + position,
    )


def _is_digit(one: str) -> bool:
    return one.isascii() and one.isdigit()


def _in_host_name(host: str, port: str | None) -> Fault:
    if not host:
        return Fault(message='the host is missing in front of ":"', position=0)
    found = HOST.match(host)
    position = found.end() if found else 0
    character = host[position]
    if character == "_":
        with_port = " with a port" if port is not None else ""
        message = f'a host name{with_port} cannot hold "_"'
    elif character in ".-" and position == 0:
        message = f'a host name cannot begin with "{character}"'
    elif character in ".-":
        message = f'in a host name, "{character}" stands between letters and digits only'
    else:
        message = f"a host name cannot hold {name_of(character)}"
    return Fault(message=message, position=position)


def _in_address(first: str) -> Fault:
    if first.startswith("["):
        found = re.match(r"\[[a-fA-F0-9:]*", first)
        assert found is not None  # it starts with the bracket
        end = found.end()
        if end < len(first) and first[end] == "]":
            end += 1
        return Fault(
            message="an IPv6 host is hexadecimal digits and colons in square brackets,"
            " such as [fd00::1]:5000",
            position=min(end, len(first) - 1),
        )
    if re.fullmatch(r"[a-fA-F0-9:]+", first):
        return Fault(message="an IPv6 host stands in square brackets: [fd00::1]:5000", position=0)
    position = first.index(":", first.index(":") + 1)
    return Fault(message='there is a second ":" before the first "/"', position=position)


def _in_path(text: str, start: int) -> Fault:
    found = PATH.match(text, start)
    if found is None:
        return _no_component(text, start)
    end = found.end()
    if end == len(text):  # cannot be, but an explanation must not fail
        return Fault(message="this is not an image reference")
    character = text[end]
    if character == ":":
        return _in_tag(text, end + 1)
    if character == "@":
        return _in_digest(text, end + 1)
    if character == "/":
        return _no_component(text, end + 1)
    if character in "._-":
        return _in_separator(text, end)
    return Fault(message=f"a repository name cannot hold {name_of(character)}", position=end)


def _no_component(text: str, start: int) -> Fault:
    """A part of the path does not even begin."""
    if start >= len(text):
        return Fault(message='nothing follows the last "/"', position=len(text) - 1)
    character = text[start]
    if character == "/":
        message = '"//" stands where one "/" is meant' if start else 'it begins with "/"'
    elif character in ":@" and start == 0:
        message = f'the repository is missing in front of "{character}"'
    elif character in ":@":
        message = f'the repository is missing between "/" and "{character}"'
    elif character in "._-":
        message = f'no part of a repository name can begin with "{character}"'
    else:
        message = f"a repository name cannot hold {name_of(character)}"
    return Fault(message=message, position=start)


_SEPARATOR = re.compile(r"__|[._]|-+")


def _in_separator(text: str, start: int) -> Fault:
    found = _SEPARATOR.match(text, start)
    assert found is not None  # a separator stands there
    following = text[found.end() : found.end() + 1]
    if following in ("", "/", ":", "@"):
        return Fault(
            message=f'no part of a repository name can end with "{text[start]}"', position=start
        )
    if following in ("_", "-", "."):
        return Fault(
            message='between two letters or digits of a name stands one ".", one or two "_",'
            f' or any number of "-", not "{shown(found[0] + following)}"',
            position=found.end(),
        )
    return Fault(
        message=f"a repository name cannot hold {name_of(following)}", position=found.end()
    )


_TAG_CHARACTERS = re.compile(r"\w[\w.-]*", re.ASCII)


def _in_tag(text: str, start: int) -> Fault:
    found = _TAG_CHARACTERS.match(text, start)
    if found is None:
        return _no_tag(text, start)
    end = found.end()
    if end - start > MAX_TAG_CHARACTERS:
        return Fault(
            message=f"a tag has at most {MAX_TAG_CHARACTERS} characters, this one {end - start}",
            position=start + MAX_TAG_CHARACTERS,
        )
    character = text[end : end + 1]
    tag = found[0]
    if character == "@":
        return _in_digest(text, end + 1)
    if character == ":" and tag in LENGTHS:
        message = f'a digest follows "@", not ":", as in @{tag}:DIGITS'
        return Fault(message=message, position=start - 1)
    if character == ":":
        return Fault(
            message=f'there are two tags: "{shown(tag)}" and "{shown(text[end + 1 :])}"',
            position=end,
        )
    if character == "/":
        return Fault(message='a "/" cannot follow a tag', position=end)
    return Fault(message=f"a tag cannot hold {name_of(character)}", position=end)


def _no_tag(text: str, start: int) -> Fault:
    character = text[start : start + 1]
    if character in ("", "@"):
        return Fault(message='the tag after ":" is empty', position=start - 1)
    if character == ":":
        return Fault(message='"::" stands where one ":" is meant', position=start)
    if character in ".-":
        return Fault(message=f'a tag cannot begin with "{character}"', position=start)
    return Fault(message=f"a tag cannot hold {name_of(character)}", position=start)


_ALGORITHM = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*")
_HEX = re.compile(r"[0-9a-fA-F]*")


def _in_digest(text: str, start: int) -> Fault:
    if start == len(text):
        return Fault(message='the digest after "@" is empty', position=start - 1)
    found = _ALGORITHM.match(text, start)
    end = found.end() if found else start
    if found is None or text[end : end + 1] != ":":
        return Fault(
            message='after "@" stands a digest, such as sha256: and 64 hexadecimal digits;'
            ' a tag follows ":"',
            position=start,
        )
    return _in_digits(text, found[0], end + 1)


def _in_digits(text: str, algorithm: str, start: int) -> Fault:
    """What is wrong behind the colon of a digest."""
    found = _HEX.match(text, start)
    assert found is not None  # it matches nothing, too
    end, count = found.end(), len(found[0])
    wanted = LENGTHS.get(algorithm.lower())
    if text[end : end + 1] == ":" and count:
        return Fault(message="a tag stands before the digest, not after it", position=end)
    if end < len(text):
        return Fault(
            message=f"a digest is hexadecimal digits only, without {name_of(text[end])}",
            position=end,
        )
    if wanted is None:
        known = ", ".join(LENGTHS)
        return Fault(
            message=f'"{shown(algorithm)}" is no digest algorithm that a kubelet knows ({known})',
            position=start - len(algorithm) - 1,
        )
    if count != wanted:
        return Fault(
            message=f"a {algorithm.lower()} digest has {wanted} hexadecimal digits, this one"
            f" {count}",
            position=min(start + wanted, len(text)) if count > wanted else None,
        )
    position = next(
        (at for at in range(start - len(algorithm) - 1, end) if text[at].isupper()), None
    )
    return Fault(message="digests are written in lower case", position=position)
