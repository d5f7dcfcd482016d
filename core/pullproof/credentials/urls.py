"""Where a login belongs: keys taken apart as Go's net/url does, and matched as the kubelet does.

All in bytes, since percent-decoding may leave anything, and the kubelet sorts by bytes. The rules
are those of Go 1.26, with which the kubelet of Kubernetes 1.37 is built. Older ones take a few more
keys with stray colons or brackets, none of which any image matches.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_PORT = re.compile(rb"(?::[0-9]*)?")
_USER_INFO = re.compile(rb"[A-Za-z0-9._:~!$&'()*+,;=%@-]*")

# What may stand in a host, and what may be percent-encoded there and in the zone of an address:
# https://github.com/golang/go/blob/go1.26.0/src/net/url/gen_encoding_table.go (shouldEscape)
_HOST = re.compile(rb"""[A-Za-z0-9_.~!$&'()*+,;=:<>"%\[\]\x80-\xff-]*""")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_BAD_IN_HOST = re.compile(rb"%(?!25|[89A-Fa-f][0-9A-Fa-f])")
_BAD_IN_ZONE = re.compile(
    rb"%(?!2[0124-9A-Ea-e]|3[0-9A-Ea-e]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[BbDdFf]|7[Ee])"
)
_USUAL_KEY = re.compile(rb"([A-Za-z0-9.*_-]+(?::[0-9]+)?)(/[A-Za-z0-9._/-]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A host, maybe with globs, and a path: what an image name is held against."""

    labels: tuple[str, ...]
    """The host's labels; bytes that are no UTF-8 as lone surrogates."""
    port: bytes
    """As it was written: ``443`` is another port than none."""
    path: bytes
    """Empty, or with its leading slash; percent-decoded."""

    def covers(self, image: "Place") -> bool:
        """Whether a login for this place is offered for that image.

        https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/credentialprovider/keyring.go
        (URLsMatch): the path is a prefix of characters, not of path segments.
        """
        return (
            self.port == image.port
            and len(self.labels) == len(image.labels)
            and image.path.startswith(self.path)
            and all(map(_glob, self.labels, image.labels))
        )


def stored_key(key: str) -> bytes | None:
    """Make the key under which the kubelet keeps an entry; None: it drops it with a log line.

    >>> stored_key("https://index.docker.io/v1/")
    b'index.docker.io'
    """
    raw = key.encode("utf-8", "surrogatepass")
    if not raw.startswith((b"https://", b"http://")):
        raw = b"https://" + raw
    parts = _parse(raw)
    if parts is None:
        return None
    host, path = parts
    if path.startswith((b"/v1/", b"/v2/")):
        path = path[3:]
    return host if path == b"/" else host + path


def read_place(name: bytes) -> Place | None:
    """Take apart a stored key or an image's name (without tag and digest); None: matches nothing.

    A stored key is parsed a second time here, as the kubelet does: what percent-decoding left in it
    is decoded, or refused, once more.
    """
    parts = _parse(b"https://" + name)
    if parts is None:
        return None
    host, port = _split_port(parts[0])
    labels = tuple(host.decode("utf-8", "surrogateescape").split("."))
    return Place(labels=labels, port=port, path=parts[1])


def _parse(url: bytes) -> tuple[bytes, bytes] | None:
    """Host and path of a URL whose scheme is http or https; None where Go reports an error."""
    rest = url[url.index(b"//") + 2 :]
    usual = _USUAL_KEY.fullmatch(rest)
    if usual is not None:  # a short cut: what follows comes to the same
        return usual[1], usual[2] or b""
    rest, _, fragment = rest.partition(b"#")
    if _CONTROL.search(rest) or _unescape(fragment) is None:
        return None
    rest = rest.partition(b"?")[0]
    authority, slash, path = rest.partition(b"/")
    user_info, _, host_port = authority.rpartition(b"@")
    if not _USER_INFO.fullmatch(user_info) or _unescape(user_info) is None:
        return None
    host = _parse_host(host_port)
    decoded_path = _unescape(slash + path)
    return None if host is None or decoded_path is None else (host, decoded_path)


def _parse_host(host: bytes) -> bytes | None:
    bracket = host.rfind(b"[")
    if bracket > 0:
        return None
    if bracket == 0:
        return _parse_bracketed(host)
    colon = host.find(b":")
    if colon >= 0 and not _PORT.fullmatch(host[colon:]):
        return None
    return _unescape_host(host)


def _parse_bracketed(host: bytes) -> bytes | None:
    """Read an IPv6 address, maybe with a zone, in brackets."""
    inside, bracket, port = host[1:].rpartition(b"]")
    if not bracket or not _PORT.fullmatch(port):
        return None
    zone_at = inside.find(b"%25")
    if zone_at < 0:
        address = _unescape_host(inside)
    else:
        front = _unescape_host(inside[:zone_at])
        zone = inside[zone_at:]
        back = _unescape(zone, _BAD_IN_ZONE) if _HOST.fullmatch(zone) else None
        address = None if front is None or back is None else front + back
    if address is None or not _is_ipv6(address):
        return None
    return b"[" + address + b"]" + port


def _unescape_host(text: bytes) -> bytes | None:
    return _unescape(text, _BAD_IN_HOST) if _HOST.fullmatch(text) else None


def _unescape(text: bytes, bad_escape: re.Pattern[bytes] = _BAD_ESCAPE) -> bytes | None:
    """Percent-decode; None if an escape is broken, or stands for what may not be escaped here."""
    if b"%" not in text:
        return text
    return None if bad_escape.search(text) else unquote_to_bytes(text)


def _is_ipv6(text: bytes) -> bool:
    address, percent, zone = text.partition(b"%")
    if (percent and not zone) or not address.isascii():
        return False
    try:
        ipaddress.IPv6Address(address.decode())
    except ValueError:
        return False
    return True


def _split_port(host: bytes) -> tuple[bytes, bytes]:
    """Name and port as Go's net.SplitHostPort has them; where that fails, all is name."""
    colon = host.rfind(b":")
    if colon < 0:
        return host, b""
    if host.startswith(b"["):
        end = host.find(b"]")
        if end + 1 != colon or b"[" in host[1:] or b"]" in host[colon:]:
            return host, b""
        return host[1:end], host[colon + 1 :]
    name, port = host[:colon], host[colon + 1 :]
    if b":" in name or b"[" in host or b"]" in host:
        return host, b""
    return name, port


def _glob(pattern: str, label: str) -> bool:
    """Match one label as Go's path/filepath.Match does: ``*`` and character classes.

    Question mark, backslash and caret mean something there too, but none of them survives in a
    host. A malformed pattern matches nothing.
    """
    if "*" not in pattern and "[" not in pattern:
        return pattern == label
    chunks = [_read_chunk(chunk) for chunk in _split_at_stars(pattern)]
    first, *others = chunks
    if first is None or not _fits(first, label, 0):
        return False
    position = len(first)
    if not others:
        return position == len(label)
    *middle, last = others
    for chunk in middle:
        found = _find(chunk, label, position)
        if chunk is None or found < 0:
            return False
        position = found + len(chunk)
    if last is None or len(label) - len(last) < position:
        return False
    return _fits(last, label, len(label) - len(last))


_Chunk = list[list[tuple[str, str]]]
"""What stands between stars: for each character the ranges that it may be from."""


def _split_at_stars(pattern: str) -> list[str]:
    """Split where a star is one: inside of brackets it is a character."""
    chunks, start, inside = [], 0, False
    for index, character in enumerate(pattern):
        if character == "[":
            inside = True
        elif character == "]":
            inside = False
        elif character == "*" and not inside:
            chunks.append(pattern[start:index])
            start = index + 1
    return [*chunks, pattern[start:]]


def _read_chunk(text: str) -> _Chunk | None:
    """None: malformed."""
    chunk: _Chunk = []
    position = 0
    while position < len(text):
        if text[position] != "[":
            chunk.append([(text[position], text[position])])
            position += 1
            continue
        ranges, position = _read_class(text, position + 1)
        if position < 0:
            return None
        chunk.append(ranges)
    return chunk


def _read_class(text: str, position: int) -> tuple[list[tuple[str, str]], int]:
    """Read the ranges of a character class, and where it ends; -1: malformed."""
    ranges: list[tuple[str, str]] = []
    while not (ranges and text[position] == "]"):
        low = high = _read_character(text, position)
        position += 1
        if low and text[position] == "-":
            high = _read_character(text, position + 1)
            position += 2
        if not low or not high:
            return [], -1
        ranges.append((low, high))
    return ranges, position + 1


def _read_character(text: str, position: int) -> str:
    """Read a character of a class; empty if it may not stand there, or nothing follows it."""
    character = text[position : position + 1]
    broken = "\ud800" <= character <= "\udfff"
    if character in ("", "-", "]") or broken or position + 1 >= len(text):
        return ""
    return character


def _fits(chunk: _Chunk, label: str, position: int) -> bool:
    if len(label) - position < len(chunk):
        return False
    return all(
        any(low <= label[index] <= high for low, high in ranges)
        for index, ranges in enumerate(chunk, position)
    )


def _find(chunk: _Chunk | None, label: str, position: int) -> int:
    """Find the first place from ``position`` on where the chunk fits; -1: none."""
    if chunk is None:
        return -1
    places = range(position, len(label) - len(chunk) + 1)
    return next((place for place in places if _fits(chunk, label, place)), -1)
