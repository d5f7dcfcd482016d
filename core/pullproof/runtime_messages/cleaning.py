"""Make a message fit to be read and shown: bounded, one line, nothing secret, nothing invisible."""

import re
import unicodedata

HEAD, TAIL = 6_000, 2_000
"""Characters kept of a longer text; what decides stands at one of its ends."""

_SECRETS = (
    (re.compile(r"://[^/\s@\"']{1,300}@"), "://"),
    (re.compile(r"(https?://[^\s\"'?]{1,600})\?(?!ns=)[^\s\"']*"), r"\1?..."),
    (
        re.compile(
            r"(?i)\b(authorization|bearer|basic|password|token|secret)([=:]\s*|\s+)[A-Za-z0-9+/_.=-]{12,}"
        ),
        r"\1\2...",
    ),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+){0,2}"), "..."),
)


def cleaned(text: str) -> str:
    """One line without secrets, control or bidi characters, at most 8,000 characters."""
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]} ... {text[-TAIL:]}"
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    visible = "".join(one if _is_shown(one) else " " for one in text)
    return " ".join(visible.split())


def _is_shown(one: str) -> bool:
    return one == " " or (one.isprintable() and unicodedata.category(one) != "Cf")
