"""``WWW-Authenticate`` in every form that registries write it. Pure, and never raises.

RFC 9110 section 11.6.1 with what is met beside it: several challenges in one line or in several,
schemes in any case, values without quotes (URLs among them), commas inside quotes and, in a scope,
outside of them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MAX_CHARACTERS = 8_192
MAX_CHALLENGES = 16

_TCHARS = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_WORD = re.compile(_TCHARS, re.ASCII)
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"?', re.DOTALL)
_UNQUOTED = re.compile(r"[^\s,]*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PARAMETER_FOLLOWS = re.compile(rf"[ \t]+{_TCHARS}", re.ASCII)
_KNOWN = frozenset({"basic", "bearer", "digest", "negotiate", "ntlm"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What one scheme asks for."""

    scheme: str
    """Lower case."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name; of a name given twice, the first."""

    def __getitem__(self, name: str) -> str:
        return self.parameters.get(name, "")


def parse_challenges(values: Iterable[str]) -> tuple[Challenge, ...]:
    """All challenges of all ``WWW-Authenticate`` lines, in their order."""
    found: list[tuple[str, dict[str, str]]] = []
    for value in values:
        first = len(found)
        _read(value[:MAX_CHARACTERS], found, first)
        if len(found) >= MAX_CHALLENGES:
            break
    return tuple(
        Challenge(scheme=scheme, parameters=parameters)
        for scheme, parameters in found[:MAX_CHALLENGES]
    )


def choose(challenges: Iterable[Challenge]) -> Challenge | None:
    """Bearer if it is offered (with a realm), else Basic, else nothing that we know."""
    known = [one for one in challenges if one.scheme == "basic" or _is_usable(one)]
    known.sort(key=lambda one: one.scheme != "bearer")
    return known[0] if known else None


def _is_usable(challenge: Challenge) -> bool:
    return challenge.scheme == "bearer" and bool(challenge["realm"])


def _read(text: str, found: list[tuple[str, dict[str, str]]], first: int) -> None:
    """Append the challenges of one line; those from ``first`` on are this line's own."""
    position = 0
    while position < len(text) and len(found) < MAX_CHALLENGES:
        word = _WORD.match(text, position)
        if word is None:
            position += 1
            continue
        position = word.end()
        equals = _EQUALS.match(text, position)
        if equals is None:
            if _starts_challenge(word[0], text, position, is_first=len(found) == first):
                found.append((word[0].lower(), {}))
            continue
        value, position = _value(text, equals.end())
        if len(found) > first:
            found[-1][1].setdefault(word[0].lower(), value)


def _starts_challenge(word: str, text: str, position: int, *, is_first: bool) -> bool:
    """Whether a word without ``=`` is a scheme, not the rest of an unquoted list."""
    return is_first or word.lower() in _KNOWN or bool(_PARAMETER_FOLLOWS.match(text, position))


def _value(text: str, position: int) -> tuple[str, int]:
    quoted = _QUOTED.match(text, position)
    if quoted is not None:
        return _ESCAPED.sub(r"\1", quoted[1]), quoted.end()
    plain = _UNQUOTED.match(text, position)
    assert plain is not None  # it matches the empty string
    return plain[0], plain.end()
