"""Make a message fit to be read and shown: bounded, one line, nothing secret, nothing invisible.

All that follows sees only what comes out of here, so no field of a result can hold a secret.
"""

import re

from pullproof.runtime_messages.secrets import redacted

HEAD_CHARACTERS, TAIL_CHARACTERS = 4_000, 2_000
"""Kept of a longer text: who speaks stands at its start, what decides mostly at its end."""
GAP = " ... "
_DROPPED_WORDS = 3
"""At the tail's start: ``Authorization: Bearer SECRET`` cut anywhere leaves nothing of SECRET."""

_COLOUR = re.compile(r"\x1b\[[0-9;]{0,16}m")
_ESCAPED_QUOTE = re.compile(r'\\{1,64}"')
_ENTITIES = (("&quot;", '"'), ("&#34;", '"'), ("&amp;", "&"), ("\\u003c", "<"), ("\\u0026", "&"))
_ESCAPED_SPACE = re.compile(r"\\{1,64}[rnt]")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Zero-width and bidi characters, soft hyphens, tags, and halves of surrogate pairs.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def cleaned(text: str) -> str:
    """One line of some 6,000 characters at most; a JSON or log quoting is taken back."""
    text = _COLOUR.sub("", _bounded(text))
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    text = _SPACE.sub(" ", _unquoted(text)).strip()
    if not text.isprintable():
        text = "".join(one if one.isprintable() else "\ufffd" for one in text)
    return redacted(text)


def lower(text: str) -> str:
    """In lower case, ASCII only: no character may change its place."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


_LOWER = {ord(one): ord(one) + 32 for one in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def _bounded(text: str) -> str:
    """Head and tail, cut between words, since half a secret is not recognised as one."""
    if len(text) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return text
    words = re.split(r"\s", text[-TAIL_CHARACTERS:], maxsplit=_DROPPED_WORDS)
    tail = words[_DROPPED_WORDS] if len(words) > _DROPPED_WORDS else ""
    head = re.split(r"\s", text[:HEAD_CHARACTERS][::-1], maxsplit=1)
    return (head[1][::-1] if len(head) > 1 else "") + GAP + tail


def _unquoted(text: str) -> str:
    r"""Without the backslashes of ``err="a \\"b\\"\\nc"``, however deep; a Windows path keeps its own."""
    for written, meant in _ENTITIES:
        text = text.replace(written, meant)
    text = _ESCAPED_QUOTE.sub('"', text)
    return text if ":\\" in text else _ESCAPED_SPACE.sub(" ", text)
