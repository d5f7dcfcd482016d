"""Tags near one that is missing, for "did you mean".

Plain edit distance puts ``1.2.3-alpine`` before ``1.23.0-alpine`` for a wanted ``1.23-alpine``. So a
tag is read as a version and a variant first: the same variant comes first, then the nearest
version, then the fewest edits. Tags that share neither are no suggestion, however few there are.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

MAX_TAGS = 50_000
"""A registry may list more; the rest is not looked at."""
_SHORTLIST = 100
"""Tags by edit distance that are then compared as versions, and as many by common version."""

_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_NEVER_MEANT = re.compile(r"sha(?:256|384|512)-[0-9a-f]{64,}.*", re.ASCII)
"""Tags under which signatures and attestations are kept."""


def nearest_tags(wanted: str, tags: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Return the tags that were probably meant, best first; none where none is near.

    The order of ``tags`` does not matter.

    >>> nearest_tags("1.23-alpin", ["1.23-alpine", "1.22-alpine", "latest"], limit=1)
    ('1.23-alpine',)
    """
    asked = _read(wanted)
    ranked: list[tuple[_Rank, str]] = []
    for tag in _shortlist(asked, sorted(set(tags) - {wanted})[:MAX_TAGS]):
        if _TAG.fullmatch(tag) and not _NEVER_MEANT.fullmatch(tag):
            offered = _read(tag)
            rank = _rank(asked, offered)
            if rank is not None:
                ranked.append((rank, tag))
    return tuple(tag for _, tag in sorted(ranked)[:limit])


_Rank = tuple[int, float, int, tuple[int, ...]]
"""How alike the variants, how far the versions, how many edits, and an order among equals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tag:
    """A tag, read."""

    text: str
    """In lower case."""
    has_v: bool
    numbers: tuple[int, ...]
    """``(1, 23)``; empty: no version in front."""
    pre_release: str
    """``rc1``; ``beta.2``."""
    variant: str
    """What is left: ``alpine3.18``, ``bookworm-slim``; all of it where there is no version."""


_VERSION = re.compile(
    r"(?P<v>v)?(?P<numbers>\d{1,18}(?:\.\d{1,18}){0,7})(?![0-9])"
    r"(?P<pre>[-_.]?(?:alpha|beta|rc|pre|preview|dev|snapshot|milestone|m|a|b)[-_.]?\d*(?![a-z0-9]))?"
    r"(?P<rest>.*)",
    re.ASCII,
)


def _read(tag: str) -> _Tag:
    text = tag[:128].lower()
    found = _VERSION.fullmatch(text)
    if found is None:
        return _Tag(text=text, has_v=False, numbers=(), pre_release="", variant=text)
    return _Tag(
        text=text,
        has_v=found["v"] is not None,
        numbers=tuple(int(one) for one in found["numbers"].split(".")),
        pre_release=(found["pre"] or "").strip("-_."),
        variant=found["rest"].lstrip("-_."),
    )


def _shortlist(asked: _Tag, tags: list[str]) -> set[str]:
    """Those worth reading: few edits away, or of the same version."""
    far = max(2, len(asked.text) // 2)
    near = process.extract(
        asked.text, tags, scorer=OSA.distance, limit=_SHORTLIST, score_cutoff=far
    )
    found = {tag for tag, *_ in near}
    found.update({"-".join(reversed(_parts(asked.text)))}.intersection(tags))
    stem = ".".join(str(one) for one in asked.numbers[:2]) or asked.text
    if stem:
        same = [tag for tag in tags if stem in tag]
        same.sort(key=len)  # stable: the tags are in order already
        found.update(same[:_SHORTLIST])
    return found


_SAME, _RELATED, _OTHER = 0, 1, 2
"""How alike two variants are: but for a slip; one is part of the other; not at all."""
_FARTHEST = {_SAME: 10.0, _RELATED: 2.5, _OTHER: 0.3}
"""The version cost up to which a tag is near, by how alike the variants are."""


_SHORTEST_WORD = 3
"""In a shorter one every letter counts."""


def _rank(asked: _Tag, offered: _Tag) -> _Rank | None:
    """Return how far a tag is from the wanted one, to be sorted by; None: it is not near."""
    edits = OSA.distance(asked.text, offered.text)
    if not asked.numbers or not offered.numbers:
        return _rank_of_words(asked.text, offered.text, edits)
    likeness, slip = _compare_variants(asked.variant, offered.variant)
    version = _version_cost(asked.numbers, offered.numbers)
    if version is None:
        return None
    cost = version + slip + _pre_release_cost(asked.pre_release, offered.pre_release)
    if cost > _FARTHEST[likeness]:
        return None
    if asked.has_v != offered.has_v:
        cost += 0.1
    # 1.23 is today's 1.23.x, so the newest of those first; else the older neighbour first.
    continued = offered.numbers[: len(asked.numbers)] == asked.numbers
    order = tuple(-one for one in offered.numbers) if continued else offered.numbers
    return likeness, round(cost, 3), edits, order


def _rank_of_words(asked: str, offered: str, edits: int) -> _Rank | None:
    """Rank tags of which at least one has no version in front: ``latest``, ``bookworm-slim``."""
    if edits <= _allowed_slips(asked):
        return _SAME, float(edits), edits, ()
    if sorted(_parts(asked)) == sorted(_parts(offered)):
        return _SAME, 1.5, edits, ()  # alpine-1.23 for 1.23-alpine
    if asked and offered.startswith(asked) and re.match(r"[-_.\d]", offered[len(asked) :]):
        return _RELATED, 2.0, edits, ()  # bookworm for bookworm-slim
    return None


def _parts(text: str) -> list[str]:
    return re.split("[-_]", text)


def _allowed_slips(word: str) -> int:
    """Edits by which two words may differ and still be one, mistyped."""
    return min(3, max(len(word) // 4, int(len(word) >= _SHORTEST_WORD)))


def _compare_variants(asked: str, offered: str) -> tuple[int, float]:
    """Return how alike two variants are, and what the slip between like ones costs."""
    if asked == offered:
        return _SAME, 0.0
    if asked and offered:
        slips = OSA.distance(asked, offered)
        if slips <= _allowed_slips(asked):
            return _SAME, 0.3 * slips
        shorter, longer = sorted((asked, offered), key=len)
        if longer.startswith(shorter) or set(shorter.split("-")) <= set(longer.split("-")):
            return _RELATED, 0.0
        return _OTHER, 0.0
    return _RELATED, 0.0


def _pre_release_cost(asked: str, offered: str) -> float:
    if asked == offered:
        return 0.0
    return 0.5 if asked and offered else 1.2  # 1.4.2-rc1 for 1.4.2: after 1.4.1, before 1.4.0


_MISTYPED = 1.8
"""Cost of one wrong, missing, doubled or swapped character in a version."""
_LONG_NUMBER = 100_000
"""From here on a number is a date or a build, and near ones differ by more than a few."""


def _version_cost(asked: tuple[int, ...], offered: tuple[int, ...]) -> float | None:
    """Return how far two versions are apart; None: too far to be meant."""
    cost = _numeric_cost(asked, offered)
    if cost is not None and cost <= _MISTYPED:
        return cost
    ours, theirs = _written(asked), _written(offered)
    if len(ours) == 1 or OSA.distance(ours, theirs, score_cutoff=1) > 1:
        return cost
    return _MISTYPED if len(ours) == len(theirs) else _MISTYPED + 0.1


def _numeric_cost(asked: tuple[int, ...], offered: tuple[int, ...]) -> float | None:
    length = max(len(asked), len(offered))
    if asked + (0,) * (length - len(asked)) == offered + (0,) * (length - len(offered)):
        return 0.0
    if offered[: len(asked)] == asked:
        return 0.2
    if asked[: len(offered)] == offered:  # 1.4, which moves along, for 1.4.2
        return 0.3 + len(asked) - len(offered)
    first = next(at for at in range(length) if asked[at] != offered[at])
    apart = abs(asked[first] - offered[first])
    if first == 0:
        return _lone_cost(asked, offered, apart)
    steps = min(5.0, math.log2(1 + apart))
    if first < len(asked) - 1:
        return 3.0 + steps
    return steps if len(asked) == len(offered) else 0.5 + steps


def _lone_cost(asked: tuple[int, ...], offered: tuple[int, ...], apart: int) -> float | None:
    """Compare versions that have nothing in common: near only as single numbers."""
    if len(asked) > 1 or len(offered) > 1:
        return None
    near = asked[0] // 1_000 if asked[0] >= _LONG_NUMBER else 15
    return min(9.0, math.log2(1 + apart)) if apart <= near else None


def _written(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))
