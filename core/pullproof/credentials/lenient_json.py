"""JSON as Go's encoding/json reads it, where Python's own reader differs.

A pull secret means what the kubelet takes it for, so this accepts and refuses the same bytes:
invalid UTF-8 becomes U+FFFD byte by byte, so does half a surrogate pair, NaN is refused, numbers
may have any length, and nesting ends at 10,000 levels. Objects keep repeated names and their order,
since Go walks through them one by one.
"""

import json
import re
from typing import Any, Final, NoReturn, TypeAlias

Value: TypeAlias = Any
"""An object is a tuple of (name, value), an array a list, a number some int, not its value."""

Members: TypeAlias = tuple[tuple[str, Value], ...]

MAX_DEPTH: Final = 10_000
"""https://github.com/golang/go/blob/go1.26.0/src/encoding/json/scanner.go (maxNestingDepth)."""

MAX_DEEP_CHARACTERS: Final = 128 * 1024
"""What is too deep for Python's reader is walked through slowly, and refused if it is longer."""

_KEPT_DEPTH: Final = 8
"""More levels than are ever looked at: what lies below is checked and left out."""

_SURROGATES: Final = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")

_TOKEN = re.compile(
    r'[ \t\n\r]*((?:"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")'
    r"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
    r"|true|false|null|[][{},:])"
)


class NotJSON(ValueError):
    """The bytes are no JSON. The text says where, and quotes nothing of what stands there."""


def read_json(data: bytes) -> Value:
    """Read one document. Raises NotJSON."""
    # "replace" would make one character of several broken bytes, where Go makes one of each.
    text = data.decode("utf-8", "surrogateescape")
    try:
        value = _decode(text)
    except RecursionError:
        return _decode(_hollow(text))
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise NotJSON("nested too deeply")
    return value


def clean(text: str) -> str:
    """Turn a string of the document into what Go has: always valid Unicode."""
    return text if text.isascii() else text.translate(_SURROGATES)


def fold(name: str) -> str:
    """Make field names comparable: case does not count, and the long s is an s."""
    return name.lower().replace("\u017f", "s")


def _decode(text: str) -> Value:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        position = error.pos
    # Outside of the handler: the error holds the whole document, and would be kept as the context.
    raise NotJSON(f"at character {position + 1}")


def _refuse_constant(_: str) -> NoReturn:
    raise NotJSON("NaN or Infinity")


# len: the value of a number is never needed, and int() refuses more than 4,300 digits.
_DECODER = json.JSONDecoder(
    object_pairs_hook=tuple,
    parse_constant=_refuse_constant,
    parse_float=len,
    parse_int=len,
)


def _depth(value: Value) -> int:
    """Measure how deep the document nests, level by level: this must not recurse."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, (list, tuple))]:
        depth += 1
        below: list[Value] = []
        for one in level:
            below.extend(one if isinstance(one, list) else (value for _, value in one))
        level = below
    return depth


_CLOSER: Final = {"{": "}", "[": "]"}

_ALLOWED: Final = {
    "value": '{["s',
    "first value": '{["s]',
    "name": '"',
    "first name": '"}',
    "colon": ":",
    "next": ",}]",
}
"""What may come: ``s`` stands for a number, true, false and null."""


def _hollow(text: str) -> str:
    """Leave out what lies deep inside, having checked all of it. Raises NotJSON."""
    if len(text) > MAX_DEEP_CHARACTERS:
        raise NotJSON("nested too deeply")
    kept: list[str] = []
    open_ones: list[str] = []
    state, position = "value", 0
    while state != "end":
        match = _TOKEN.match(text, position)
        kind = _kind(match[1]) if match else "nothing"
        if match is None or not _may_follow(state, kind, open_ones):
            raise NotJSON(f"at character {position + 1}")
        depth = len(open_ones) + (kind in "{[")
        if depth > MAX_DEPTH:
            raise NotJSON("nested too deeply")
        if depth <= _KEPT_DEPTH:
            kept.append(match[1])
        elif depth == _KEPT_DEPTH + 1 and kind in "{[":
            kept.append("0")  # in its place
        state, position = _next_state(state, kind, open_ones), match.end()
    if text[position:].strip(" \t\n\r"):
        raise NotJSON(f"at character {position + 1}")
    return "".join(kept)


def _kind(token: str) -> str:
    return token[0] if token[0] in '{}[],:"' else "s"


def _may_follow(state: str, kind: str, open_ones: list[str]) -> bool:
    fits = kind in _ALLOWED[state]
    return fits and (kind not in "}]" or (bool(open_ones) and _CLOSER[open_ones[-1]] == kind))


def _next_state(state: str, kind: str, open_ones: list[str]) -> str:
    if kind in "{[":
        open_ones.append(kind)
        return "first name" if kind == "{" else "first value"
    if kind == ",":
        return "name" if open_ones[-1] == "{" else "value"
    if kind == ":":
        return "value"
    if kind == '"' and state in ("name", "first name"):
        return "colon"
    if kind in "}]":
        open_ones.pop()
    return "next" if open_ones else "end"
