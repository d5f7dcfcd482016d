"""Cut out what nobody may read: passwords, tokens, signed URLs. Every pattern is linear."""

import re
from collections.abc import Callable
from dataclasses import dataclass

MARK = "[redacted]"

_KEY = (
    r"(?:proxy-?|x-registry-)?auth|authorization|(?:api|access|secret|private|account)[_-]?key(?:[_-]?id)?"
    r"|(?:access|refresh|id|identity|registry|session|csrf|security|deploy|auth)?[_-]?token"
    r"|(?:client[_-]?)?secret|pass(?:word|wd|phrase)?|pwd|sig(?:nature)?|credentials?|user(?:name)?"
    r"|account|login|(?:set-)?cookie|jwt|sas"
)
_PREFIX = (
    r"(?:gh[opsur]_|github_pat_|gl(?:pat|dt|ptt|rt)-|dckr_[po]at_|xox[a-z]-|npm_|hf_|akcp|cmvmd)"
    r"[a-z0-9_-]{10,}|(?:akia|asia)[a-z0-9]{12,}|aiza[\w-]{20,}|ya29\.[\w.-]+"
)
_OPAQUE = 100
"""From so many characters on, a run of mixed letters and digits is a token (tags have 128)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Secret:
    needles: tuple[str, ...]
    """Only where one of these stands, in lower case, is the pattern looked for."""
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]


def _secret(
    needles: str, pattern: str, replacement: str | Callable[[re.Match[str]], str]
) -> _Secret:
    compiled = re.compile(pattern, re.ASCII | re.IGNORECASE)
    return _Secret(needles=tuple(needles.split()), pattern=compiled, replacement=replacement)


def _opaque(match: re.Match[str]) -> str:
    """A digest has one case, a path has words; a token has everything."""
    run = match[0]
    classes = (str.islower, str.isupper, str.isdigit)
    mixed = all(any(is_one(one) for one in run) for is_one in classes)
    return MARK if mixed else run


def _query(match: re.Match[str]) -> str:
    """Keep containerd's ``?ns=docker.io``, which tells that a mirror was asked; and what follows."""
    query = match["query"]
    cut = query.rstrip(":,.;)]}")
    mirrored = re.search(r"(?:^|&)ns=((?:[A-Za-z0-9.:-]|%[35][ABD]){1,255})(?=&|$)", cut)
    kept = f"?ns={mirrored[1]}" if mirrored else f"?{MARK}"
    return kept + query[len(cut) :]


_SECRETS = (
    # user:password@ in a URL (but docker://name@sha256:...), and with a slash in the password.
    _secret("@", r"(?<=//)[^\s/@\"'<>]{1,512}@(?!sha\d)", f"{MARK}@"),
    _secret(
        "@",
        r"(?<=//)[^\s/:@\"'<>]{1,256}:(?!\d{1,5}/)[^\s@\"'<>]{1,512}@(?!sha\d)",
        f"{MARK}@",
    ),
    # ... and without a scheme, as people write it into an image field.
    _secret(
        "@",
        r"(?<![^\s\"'(=])[\w.+-]{1,128}:(?!//)[^\s/@\"']{1,256}@(?![a-z0-9+.]{1,32}:[0-9a-f]{8})",
        f"{MARK}@",
    ),
    # The query of a URL, whole: signatures, scopes and accounts stand there.
    _secret("?", r"(?<=[^\s?\"'(])\?(?P<query>[a-z0-9_.%-]{1,64}=[^\s\"'<>]*)", _query),
    _secret(
        "?",
        r"(?<=://)(?P<url>[^\s\"'<>?]{1,1000})\?(?!ns=|\[)[^\s\"'>:]{2,}",
        rf"\g<url>?{MARK}",
    ),
    _secret(
        "authorization",
        r"\b((?:proxy-)?authorization[\"']?\s?[:=]\s?[\"'\[]{0,3})"
        r"(?:(?:basic|bearer|negotiate|digest|token)\s[^\s\"',;\]}]+"
        r"|(?=[^\s\d]{0,64}\d)[^\s\"',;\]}]{12,})",
        rf"\1{MARK}",
    ),
    _secret(
        "basic bearer negotiate",
        r"\b(basic|bearer|negotiate)\s[\w+/=.~-]{16,}",
        rf"\1 {MARK}",
    ),
    _secret("eyj", r"\b(?-i:eyJ)[\w+/=-]{8,}(?:\.[\w+/=-]*){0,2}", MARK),
    _secret(
        "gho_ ghp_ ghs_ ghu_ ghr_ github_pat_ glpat glptt gldt glrt dckr_ xox npm_ hf_ akcp cmvmd"
        " akia asia aiza ya29",
        rf"\b(?:{_PREFIX})",
        MARK,
    ),
    # key=value, "key": "value", and Password: value (but "invalid username/password: ERROR").
    _secret("=", rf"(?<![a-z0-9])((?:{_KEY})[\"']?=)[\"']?[^\s\"'&,;]+", rf"\1{MARK}"),
    _secret(
        "\": ':",
        rf"([\"'](?:{_KEY})[\"']\s?:\s?)[\"'][^\"']*[\"']?",
        rf'\1"{MARK}"',
    ),
    _secret(
        "password: passwd:",
        r"(?<![\w/])(?<!or )(?<!and )(pass(?:word|wd):\s)[^\s,;]+(?=[\s,;]|$)",
        rf"\1{MARK}",
    ),
    _secret("password", r"(--[\w-]{0,20}password)\s[^\s-]\S*", rf"\1 {MARK}"),
    _secret("", rf"(?<![\w+=-])[\w+=-]{{{_OPAQUE},}}", _opaque),
)


def redacted(text: str) -> str:
    """The text, one line with single spaces, with every secret replaced."""
    lowered = text.lower()
    for one in _SECRETS:
        if not one.needles or any(needle in lowered for needle in one.needles):
            text = one.pattern.sub(one.replacement, text)
    return text
