"""What is wrong with a malformed reference, in a sentence, and what was probably meant.

Each rule looks for one mistake that people make. A mend is offered only if it is valid itself.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pullproof.digest import LENGTHS
from pullproof.reference.values import InvalidReference
from pullproof.reference.values import ReferenceErrorKind as Kind

IsValid = Callable[[str], bool]
MAX_LOOKED_AT = 4096
"""Of a longer text only the kind is told: nobody meant that."""

_SCHEME = re.compile(r"(?i:https?|docker|oci|docker-daemon|containers-storage)://", re.ASCII)
_TEMPLATE = re.compile(r"\$\{[^}]*\}?|\$\([^)]*\)?|\{\{[^}]*\}?\}?|<[^>]*>|%[A-Za-z_]\w*%|\$\w+")
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb"
_DASHES = {"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-"}
_ALLOWED = re.compile(r"[A-Za-z0-9._/:@+\[\]-]", re.ASCII)
_TAG_TAIL = re.compile(r":([^/:@]*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """One mistake that was recognised."""

    message: str
    position: int | None = None
    mend: str | None = None


_Rule = Callable[[str], _Fault | None]


def invalid(text: str, kind: Kind, is_valid: IsValid) -> InvalidReference:
    """The error for a text that the grammar refuses with this kind."""
    fault = _fault(text[: MAX_LOOKED_AT + 1], kind, is_valid)
    mend = fault.mend
    if mend is not None and (len(text) > MAX_LOOKED_AT or mend == text or not is_valid(mend)):
        mend = None
    return InvalidReference(text, kind, fault.message, fault.position, mend)


def _fault(text: str, kind: Kind, is_valid: IsValid) -> _Fault:
    if kind is Kind.IDENTIFIER:
        return _Fault(message="64 hexadecimal digits alone are an image id, not a reference")
    if kind is Kind.NAME_TOO_LONG:
        return _Fault(message="the repository's path is longer than 255 characters")
    if kind in (Kind.DIGEST_FORMAT, Kind.DIGEST_LENGTH, Kind.DIGEST_UNSUPPORTED):
        return _digest_fault(text, kind)
    return next(_recognised(text, kind, is_valid))


def _recognised(text: str, kind: Kind, is_valid: IsValid) -> Iterator[_Fault]:
    """The faults in a text, the surest first; the last one always applies."""
    for rule in _RULES:
        fault = rule(text)
        if fault is not None:
            yield fault
    if kind is Kind.UPPERCASE:
        yield _upper(text)
    yield from filter(None, (rule(text) for rule in _LATER))
    for mend in _guesses(text):
        if is_valid(mend):
            yield _Fault(message="not a valid image reference", mend=mend)
    yield _Fault(
        message=f"not a valid image reference{_first_bad(text)[1]}", position=_first_bad(text)[0]
    )


def _empty(text: str) -> _Fault | None:
    return _Fault(message="the image is empty", position=0) if not text.strip() else None


def _template(text: str) -> _Fault | None:
    found = _TEMPLATE.search(text)
    if found is None:
        return None
    left = found[0][:40]
    return _Fault(message=f"a placeholder was left unfilled: {left}", position=found.start())


def _scheme(text: str) -> _Fault | None:
    found = _SCHEME.match(text)
    if found is None:
        return None
    rest = text[found.end() :].rstrip("/")
    return _Fault(
        message=f'an image has no scheme: leave out "{found[0]}"', position=0, mend=_tidy(rest)
    )


def _spaces(text: str) -> _Fault | None:
    position = next((at for at, one in enumerate(text) if one.isspace()), None)
    if position is None:
        return None
    place = "in front" if position == 0 else "in it"
    if text.rstrip() != text and text.rstrip().isprintable() and " " not in text.strip():
        place = "at its end" if position else "around it"
    what = "a line break" if text[position] in "\r\n" else "a space"
    joined = re.sub(r"\s*([:@/])\s*", r"\1", text.strip())
    mend = joined if not re.search(r"\s", joined) else None
    return _Fault(message=f"the image has {what} {place}", position=position, mend=mend)


def _quotes(text: str) -> _Fault | None:
    position = next((at for at, one in enumerate(text) if one in _QUOTES), None)
    if position is None:
        return None
    mend = "".join(one for one in text if one not in _QUOTES)
    return _Fault(message="quotation marks are part of the image", position=position, mend=mend)


def _typography(text: str) -> _Fault | None:
    position = next((at for at, one in enumerate(text) if one in _DASHES), None)
    if position is None:
        return None
    mend = "".join(_DASHES.get(one, one) for one in text)
    return _Fault(
        message="a typographic dash stands where - is meant", position=position, mend=mend
    )


def _tag_after_digest(text: str) -> _Fault | None:
    name, at, rest = text.partition("@")
    digest, colon, tag = rest.rpartition(":")
    if not at or not colon or ":" not in digest:
        return None
    return _Fault(
        message="a tag comes before the digest, not after it",
        position=len(name) + 1 + len(digest),
        mend=f"{name}:{tag}@{digest}",
    )


def _upper(text: str) -> _Fault:
    """Only the name has to be in lower case; the tag stays as it is."""
    head, slash, last = text.rpartition("/")
    stem, mark, tail = last, "", ""
    for one in ":@":
        if one in stem:
            stem, mark, tail = last.partition(one)[0], one, last.partition(one)[2]
    first = text.partition("/")[0]
    is_host = bool(slash) and ("." in first or ":" in first)
    start = len(first) if is_host else 0
    lowered = text[:start] + f"{head}{slash}{stem}"[start:].lower() + mark + tail
    position = next((at for at in range(start, len(text)) if text[at].isupper()), None)
    if "@" in text and position is not None and position > text.index("@"):
        return _Fault(
            message="digests are written in lower case", position=position, mend=text.lower()
        )
    # `Nginx:Latest`: whoever capitalises the name has capitalised the tag along with it.
    if tail.istitle() and stem.istitle():
        lowered = lowered[: len(lowered) - len(tail)] + tail.lower()
    return _Fault(message="repository names are lower case", position=position, mend=lowered)


def _empty_tag(text: str) -> _Fault | None:
    if not text.endswith((":", "@")):
        return None
    what = "tag" if text.endswith(":") else "digest"
    return _Fault(
        message=f'nothing follows "{text[-1]}": the {what} is missing',
        position=len(text) - 1,
        mend=text.rstrip(":@"),
    )


def _no_repository(text: str) -> _Fault | None:
    if not text.endswith("/"):
        return None
    return _Fault(
        message='the image ends with "/": the repository is missing',
        position=len(text) - 1,
        mend=text.rstrip("/") if "/" in text.rstrip("/") else None,
    )


def _leading(text: str) -> _Fault | None:
    if not text or text[0] not in "/:@.-_":
        return None
    return _Fault(
        message=f'an image cannot begin with "{text[0]}"', position=0, mend=text.lstrip("/:@.-_")
    )


def _double_slash(text: str) -> _Fault | None:
    position = text.find("//")
    if position < 0:
        return None
    return _Fault(
        message='"//" stands where one "/" is meant',
        position=position + 1,
        mend=re.sub("/{2,}", "/", text),
    )


def _two_tags(text: str) -> _Fault | None:
    name = text.partition("@")[0]
    last = name.rpartition("/")[2]
    if last.count(":") < 2:  # noqa: PLR2004  # one is a tag
        return None
    start = len(name) - len(last)
    first = start + last.index(":")
    second = name.index(":", first + 1)
    mend = name[:first] + name[second:] if second == first + 1 else name[:second]
    message = '"::" stands where one ":" is meant' if second == first + 1 else "there are two tags"
    return _Fault(message=message, position=second, mend=mend if second == first + 1 else None)


def _tag(text: str) -> _Fault | None:
    """A tag with characters that no tag may have."""
    found = _TAG_TAIL.search(text.partition("@")[0])
    if found is None:
        return None
    tag = found[1]
    if tag and tag[0] in ".-":
        return _Fault(
            message=f'a tag cannot begin with "{tag[0]}"',
            position=found.start(1),
            mend=text[: found.start(1)] + text[found.start(1) :].lstrip(".-"),
        )
    if len(tag) > 128:  # noqa: PLR2004  # the grammar's limit
        return _Fault(message="a tag has at most 128 characters", position=found.start(1) + 128)
    position = next(
        (
            at
            for at, one in enumerate(tag)
            if not (one.isascii() and (one.isalnum() or one in "_.-"))
        ),
        None,
    )
    if position is None:
        return None
    where = found.start(1) + position
    mend = text[:where] + text[where:].replace("+", "-") if tag[position] == "+" else None
    return _Fault(
        message=f'a tag cannot hold "{_visible(tag[position])}"', position=where, mend=mend
    )


def _port(text: str) -> _Fault | None:
    first, slash, _ = text.partition("/")
    host, colon, port = first.rpartition(":")
    if not slash or not colon or "]" in port or port.isdigit():
        return None
    if "." in host or host == "localhost":
        return _Fault(
            message=f'the port after ":" must be a number, not "{_visible(port[:20])}"',
            position=len(host) + 1,
        )
    return _Fault(
        message='a tag comes last: a "/" cannot follow it', position=len(first), mend=None
    )


def _digest_form(text: str) -> _Fault | None:
    name, at, digest = text.partition("@")
    if not at:
        return None
    algorithm, colon, digits = digest.partition(":")
    if not colon:
        return _Fault(
            message='a digest is written as sha256:... after "@"',
            position=len(name) + 1,
            mend=f"{name}:{digest}" if ":" not in name.rpartition("/")[2] else None,
        )
    wanted = LENGTHS.get(algorithm.lower())
    if wanted and len(digits) != wanted:
        return _Fault(
            message=f"a {algorithm.lower()} digest has {wanted} hexadecimal digits, not {len(digits)}",
            position=len(name) + len(algorithm) + 2,
        )
    return None


def _digest_fault(text: str, kind: Kind) -> _Fault:
    name, _, digest = text.partition("@")
    algorithm, _, digits = digest.partition(":")
    position = len(name) + 1
    if kind is Kind.DIGEST_UNSUPPORTED:
        known = ", ".join(LENGTHS)
        return _Fault(
            message=f'"{_visible(algorithm[:40])}" is no digest algorithm of the kubelet ({known})',
            position=position,
        )
    if kind is Kind.DIGEST_LENGTH:
        return _Fault(
            message=f"a {algorithm} digest has {LENGTHS[algorithm]} hexadecimal digits,"
            f" not {len(digits)}",
            position=position + len(algorithm) + 1,
        )
    return _Fault(
        message="digests are written in lower case",
        position=position,
        mend=name + "@" + digest.lower(),
    )


def _guesses(text: str) -> Iterator[str]:
    """Mends for what no rule has named."""
    yield _tidy(text)
    yield _tidy(text).lower()


def _tidy(text: str) -> str:
    return text.strip().strip(_QUOTES).rstrip(".,;:/-_")


def _first_bad(text: str) -> tuple[int | None, str]:
    for at, one in enumerate(text):
        if not _ALLOWED.match(one):
            return at, f': it cannot hold "{_visible(one)}"'
    return None, ""


def _visible(text: str) -> str:
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


_RULES: tuple[_Rule, ...] = (
    _empty,
    _template,
    _scheme,
    _quotes,
    _spaces,
    _typography,
    _tag_after_digest,
    _double_slash,
    _leading,
    _empty_tag,
    _no_repository,
    _two_tags,
    _port,
)
_LATER: tuple[_Rule, ...] = (_digest_form, _tag)
