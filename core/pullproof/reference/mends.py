"""What was probably meant by a malformed reference.

Each step undoes one mistake. The steps are applied one after the other, in an order in which none
spoils the next, until the text is valid. A mend never invents a tag, a digest or a host, and drops
none that says something: where that would be needed there is no mend.
"""

import re
from collections.abc import Callable

from pullproof.digest import LENGTHS
from pullproof.reference.characters import in_ascii
from pullproof.reference.faults import MAX_LOOKED_AT, PLACEHOLDER, QUOTES, SCHEME, without_login
from pullproof.reference.grammar import TAG, names_host, take_apart
from pullproof.reference.values import Reference

_Step = Callable[[str], str]


def mend(text: str) -> str | None:
    """Give the valid reference that a malformed one was meant to be; None where that is not clear."""
    if len(text) > MAX_LOOKED_AT or PLACEHOLDER.search(text):
        return None
    current = text
    for step in _STEPS:
        mended = step(current)
        if mended != current and _can_be_pulled(mended):
            return mended
        current = mended
    return None


def _can_be_pulled(text: str) -> bool:
    """Whether this is valid, and more than formally: with a host that can exist."""
    found = take_apart(text)
    return isinstance(found, Reference) and bool(found.registry)


def _strip(text: str) -> str:
    return in_ascii(text).strip()


_COMMAND = re.compile(
    r"(?:-\s*+)?image:\s*+|(?:docker|podman|nerdctl|crictl)\s++(?:image\s++)?(?:pull|run)\s++",
    re.ASCII,
)


def _without_command(text: str) -> str:
    found = _COMMAND.match(text)
    return text[found.end() :] if found else text


def _without_quotes(text: str) -> str:
    return "".join(one for one in text if one not in QUOTES).strip()


_PAGES = (
    (re.compile(r"https?://hub\.docker\.com/_/([\w.-]+)/?(?:tags/?)?", re.ASCII), r"\1"),
    (
        re.compile(r"https?://hub\.docker\.com/r/([\w.-]+/[\w.-]+)/?(?:tags/?)?", re.ASCII),
        r"\1",
    ),
    (
        re.compile(r"https?://quay\.io/repository/([\w./-]+?)/?", re.ASCII),
        r"quay.io/\1",
    ),
)
"""Pages that show an image, as people copy their addresses."""


def _without_scheme(text: str) -> str:
    found = SCHEME.match(text)
    if found is None:
        return text
    plain = re.sub(r"[?#].*", "", text)
    for page, image in _PAGES:
        if page.fullmatch(plain):
            return page.sub(image, plain)
    return plain[found.end() :].rstrip("/")


_ARN = re.compile(
    r"arn:(aws(?:-[a-z-]+)?):ecr:([a-z0-9-]+):(\d{12}):repository/([^:@\s]+)(.*)", re.ASCII
)


def _from_arn(text: str) -> str:
    found = _ARN.fullmatch(text)
    if found is None:
        return text
    partition, region, account, repository, rest = found.groups()
    domain = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    return f"{account}.dkr.ecr.{region}.{domain}/{repository}{rest}"


def _without_backslashes(text: str) -> str:
    return text.replace("\\", "/")


def _without_spaces(text: str) -> str:
    """``nginx : 1.27`` and ``nginx 1.27``, but not two words that could be anything."""
    closed = re.sub(r"\s*+([:@/])\s*+", r"\1", text)
    words = closed.split()
    if len(words) == 2 and _looks_like_version(words[1]) and ":" not in words[0]:  # noqa: PLR2004
        return ":".join(words)
    return closed


def _looks_like_version(text: str) -> bool:
    return bool(re.fullmatch(r"v?\d[\w.-]*+|latest|stable|main|master", text, re.ASCII))


def _single_separators(text: str) -> str:
    text = re.sub(r":{2,}(?=[\w.-])", ":", text) if not text.startswith(("[", ":")) else text
    return re.sub(r"@{2,}", "@", re.sub(r"/{2,}", "/", text))


_ALGORITHMS = "|".join(LENGTHS)
_DIGEST_BY_COLON = re.compile(rf":({_ALGORITHMS})[:@]([0-9a-f]{{32,}})", re.IGNORECASE)
_DIGEST_BY_OTHER = re.compile(rf"@({_ALGORITHMS})[-=_/]([0-9a-f]{{32,}})", re.IGNORECASE)
_BARE_DIGEST = re.compile(r"@([0-9a-f]{64})", re.IGNORECASE)
_TAG_AFTER_DIGEST = re.compile(
    rf"([^:@]*(?::[0-9]+/[^:@]*)?)(@(?:{_ALGORITHMS}):[0-9a-f]+):({TAG.pattern})", re.ASCII
)


def _right_digest(text: str) -> str:
    text = text.replace(":@", "@")
    text = _DIGEST_BY_COLON.sub(r"@\1:\2", text)
    text = _DIGEST_BY_OTHER.sub(r"@\1:\2", text)
    text = re.sub(rf"{_BARE_DIGEST.pattern}$", r"@sha256:\1", text, flags=re.IGNORECASE)
    return re.sub(
        rf"@(?:{_ALGORITHMS}):[0-9a-f]+",
        lambda found: found[0].lower(),
        text,
        flags=re.IGNORECASE,
    )


def _tag_before_digest(text: str) -> str:
    found = _TAG_AFTER_DIGEST.fullmatch(text)
    return f"{found[1]}:{found[3]}{found[2]}" if found else text


def _right_tag_mark(text: str) -> str:
    """``nginx@1.27`` as with npm, ``nginx==1.27`` as with pip."""
    found = re.fullmatch(r"([^@=:\s]+)(?:@|={1,2})([^@=:/\s]+)", text)
    if found and TAG.fullmatch(found[2]) and _looks_like_version(found[2]):
        return f"{found[1]}:{found[2]}"
    return text


def _one_tag(text: str) -> str:
    """Of two tags the one that says more, where the other says nothing new."""
    found = re.fullmatch(r"((?:[^/]*/)*[^/:@]+):([^/:@]+):([^/:@]+)", text)
    if found is None:
        return text
    name, first, second = found.groups()
    if second in (first, "latest"):
        return f"{name}:{first}"
    return f"{name}:{second}" if first == "latest" else text


def _right_tag(text: str) -> str:
    found = re.fullmatch(r"((?:[^/]*/)*[^/:@]+):([^/:@]+)(@.*)?", text)
    if found is None:
        return text
    name, tag, digest = found.groups()
    tag = re.sub(r"(?<=\d),(?=\d)", ".", tag.lstrip(".-").rstrip(".,;!?)]}>"))
    return f"{name}:{tag.replace('+', '-')}{digest or ''}"


def _tag_with_slash(text: str) -> str:
    """``nginx:1.27/alpine``, where ``nginx`` can be no host."""
    found = re.fullmatch(r"([a-z0-9_-]+):(v?\d[\w.-]*)/([a-z][\w.-]*)", text, re.ASCII)
    if found and not found[2].isdigit():
        return f"{found[1]}:{found[2]}-{found[3]}"
    return text


def _plain_host(text: str) -> str:
    """``localhost:/app``, and the final dot of a full domain name."""
    return re.sub(r"^(localhost|[\w-]+(?:\.[\w-]+)+)\.?(?::(?=/))?(?=[:/])", r"\1", text)


def _slash_after_host(text: str) -> str:
    """``ghcr.io:acme/api`` and ``123456789012.dkr.ecr.eu-west-1.amazonaws.com:api:1.2``."""
    found = re.fullmatch(r"([\w-]+(?:\.[\w-]+)+):([a-z][\w.-]*(?:[/:@].*)?)", text, re.ASCII)
    if found and (re.match(r"[\w.-]+[/:]", found[2]) or _HOST_OF_CLOUD.search(found[1])):
        return f"{found[1]}/{found[2]}"
    return text


_HOST_OF_CLOUD = re.compile(r"\.amazonaws\.com(?:\.cn)?$|\.azurecr\.io$|\.pkg\.dev$|^ghcr\.io$")


def _project_of_domain(text: str) -> str:
    """``gcr.io/example.com:project/app``, which Google writes with a slash."""
    return re.sub(r"^((?:[a-z]+\.)?gcr\.io/[a-z0-9.-]+\.[a-z]+):(?=[a-z][a-z0-9-]*/)", r"\1/", text)


def _bracketed(text: str) -> str:
    """``::1/app``; where the last digits may be a port, nobody knows."""
    found = re.match(r"([0-9a-f]*:[0-9a-f:]*:([0-9a-f]*))/", text)
    if found is None or re.fullmatch(r"\d{2,5}", found[2]):
        return text
    return f"[{found[1]}]{text[found.end() - 1 :]}"


def _without_punctuation(text: str) -> str:
    """Lose what a sentence, a list or a path left at the ends; a ":" may stand for a lost tag."""
    kept = text.lstrip(".,;!?()[]{}<>/_-=*").rstrip(".,;!?()[]{}<>/_-=*\\|&")
    only_a_host = text.endswith("/") and "/" not in kept and names_host(kept)
    return text if only_a_host else kept


def _lower_name(text: str) -> str:
    """Lower the name and keep the case of a host and of the tag."""
    name, at, digest = text.partition("@")
    head, slash, last = name.rpartition("/")
    stem, colon, tag = last.partition(":")
    host, dash, path = head.partition("/")
    lowered = (
        f"{host}{dash}{path.lower()}" if slash and ("." in host or ":" in host) else head.lower()
    )
    if stem.istitle() and tag.istitle() and tag.isalpha():
        tag = tag.lower()  # Nginx:Latest: one who capitalises words capitalised them all
    return f"{lowered}{slash}{stem.lower()}{colon}{tag}{at}{digest.lower()}"


_STEPS: tuple[_Step, ...] = (
    _lower_name,
    _strip,
    _without_command,
    _without_quotes,
    _without_scheme,
    without_login,
    _from_arn,
    _without_backslashes,
    _without_spaces,
    _single_separators,
    _right_digest,
    _tag_before_digest,
    _project_of_domain,
    _slash_after_host,
    _one_tag,
    _right_tag_mark,
    _tag_with_slash,
    _right_tag,
    _plain_host,
    _bracketed,
    _without_punctuation,
    _lower_name,
)
