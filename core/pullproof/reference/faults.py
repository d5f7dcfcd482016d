"""What is wrong with a malformed reference, and where, for people who never saw the grammar.

First the mistakes that people make with whole texts (a placeholder, a scheme, a quotation mark), as
each of them upsets the grammar somewhere else than where it is. Then the reference is read from left
to right up to the first character that cannot stand there (``pullproof.reference.reading``).
"""

import re
from collections.abc import Callable

from pullproof.digest import LENGTHS
from pullproof.reference.characters import name_of, shown
from pullproof.reference.grammar import DOMAIN
from pullproof.reference.reading import Fault, first_fault
from pullproof.reference.values import ReferenceErrorKind as Kind

MAX_LOOKED_AT = 1024
"""Characters; a host, a path, a tag and a digest together have fewer. Nobody meant more."""


def describe(text: str, kind: Kind) -> Fault:
    """Say what is wrong with a text that the grammar refuses with this kind of error."""
    if len(text) > MAX_LOOKED_AT:
        return Fault(message=f"it is {len(text)} characters long, which no image reference can be")
    if kind is Kind.IDENTIFIER:
        return Fault(
            message="64 hexadecimal digits alone are an image id, which a kubelet cannot pull;"
            " write REPOSITORY@sha256:DIGITS"
        )
    if kind is Kind.NAME_TOO_LONG:
        return Fault(
            message="the repository's path is longer than 255 characters,"
            ' of which "library/" takes 8 when none is given'
        )
    found = next(filter(None, (rule(text) for rule in _RULES)), None)
    if found is not None:
        return found
    if kind is Kind.UPPERCASE:
        return _upper_case(text)
    return first_fault(text)


def _empty(text: str) -> Fault | None:
    if not text:
        return Fault(message="it is empty")
    return Fault(message="it is only white space", position=0) if text.isspace() else None


PLACEHOLDER = re.compile(
    r"\$\{[^}]*+\}?+|\$\([^)]*+\)?+|\$\w++|\{\{.*?(?:\}\}|$)|\}\}|#\{[^}]*+\}?+"
    r"|\{\w*+\}|<[^>]*+>?+|%\w++%|%[sdv](?!\w)|@[A-Z][A-Z_]++@|\[\[[\s\w.]*+\]\]",
    re.ASCII | re.DOTALL,
)
"""What shells, Go templates, Jinja, Ruby, Windows and autoconf leave when nobody fills it in."""


def _placeholder(text: str) -> Fault | None:
    found = PLACEHOLDER.search(text)
    if found is None:
        return None
    return Fault(
        message=f'"{shown(found[0])}" was never filled in: a template or variable is missing its'
        " value",
        position=found.start(),
    )


SCHEME = re.compile(
    r"(?:https?|docker|oci):/++|[A-Za-z][A-Za-z0-9+.-]*+://", re.ASCII | re.IGNORECASE
)


def _scheme(text: str) -> Fault | None:
    lead = len(text) - len(text.lstrip())
    found = SCHEME.match(text, lead)
    if found is None:
        return None
    return Fault(
        message=f'a scheme ("{shown(found[0])}") stands in front; an image reference begins with'
        " the host or the repository",
        position=lead,
    )


_COMMAND = re.compile(r"(?:-\s*+)?image:\s|(?:docker|podman|nerdctl|crictl)\s+\w", re.ASCII)


def _command(text: str) -> Fault | None:
    found = _COMMAND.match(text)
    if found is None:
        return None
    word = found[0].partition(":" if "image:" in found[0] else " ")[0]
    return Fault(
        message=f'"{shown(word)}" belongs to a command or a manifest, not to the reference',
        position=0,
    )


_DIGEST_HEAD = re.compile(rf"(?:{'|'.join(LENGTHS)})\b", re.ASCII | re.IGNORECASE)


_HOST_MARK = re.compile(r"\.[A-Za-z]|:", re.ASCII)


def without_login(text: str) -> str:
    """Lose ``user:password@`` in front of a host."""
    first, slash, rest = text.partition("/")
    login, at, host = first.rpartition("@")
    is_digest = bool(_DIGEST_HEAD.match(host))
    marks = (":" in login) + bool(_HOST_MARK.search(host)) + bool(slash)
    enough = 2  # of a password, a host and a path
    return f"{host}{slash}{rest}" if at and login and not is_digest and marks >= enough else text


def _login(text: str) -> Fault | None:
    """Quote nothing of the text: it holds a password."""
    if without_login(text) == text:
        return None
    return Fault(
        message="a login stands in front of the host; logins come from imagePullSecrets",
        position=0,
    )


QUOTES = "\"'`\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2032\u2033"


def _quotes(text: str) -> Fault | None:
    position = next((at for at, one in enumerate(text) if one in QUOTES), None)
    if position is None:
        return None
    return Fault(
        message=f"{name_of(text[position])} is part of the reference; it was quoted twice, or"
        " pasted",
        position=position,
    )


def _white_space(text: str) -> Fault | None:
    position = next((at for at, one in enumerate(text) if one.isspace()), None)
    if position is None:
        return None
    if position == 0:
        place = "it begins with"
    elif text[position:].isspace():
        place = "it ends with"
    else:
        place = "it holds"
    return Fault(message=f"{place} {name_of(text[position])}", position=position)


def _foreign_character(text: str) -> Fault | None:
    position = next(
        (at for at, one in enumerate(text) if not (one.isascii() and one.isprintable())), None
    )
    if position is None:
        return None
    return Fault(
        message=f"it holds {name_of(text[position])}; a reference is plain ASCII",
        position=position,
    )


def _resource_name(text: str) -> Fault | None:
    if not text.lower().startswith("arn:"):
        return None
    return Fault(
        message="this is the ARN of an AWS resource; an image in ECR is written"
        " ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG",
        position=0,
    )


def _backslash(text: str) -> Fault | None:
    position = text.find("\\")
    if position < 0:
        return None
    return Fault(message='"\\" stands where "/" is meant', position=position)


def _upper_case(text: str) -> Fault:
    first, slash, _ = text.partition("/")
    start = 0
    if slash and ("." in first or ":" in first):
        if not DOMAIN.fullmatch(first):
            return first_fault(text)
        start = len(first)  # a host may be in upper case
    position = next((at for at in range(start, len(text)) if text[at].isupper()), None)
    if position is not None and 0 <= text.find("@") < position:
        return Fault(message="digests are written in lower case", position=position)
    return Fault(message="repository names are lower case", position=position)


_RULES: tuple[Callable[[str], Fault | None], ...] = (
    _empty,
    _placeholder,
    _command,
    _quotes,
    _scheme,
    _login,
    _white_space,
    _foreign_character,
    _resource_name,
    _backslash,
)
