"""Small rules of text: quoting what others wrote, cutting to a length, naming a host."""

import unicodedata

HUB_HOSTS = frozenset({"docker.io", "registry-1.docker.io", "index.docker.io"})
MAX_QUOTED_CHARACTERS = 120
ELLIPSIS = "..."


def shown(text: str, limit: int = MAX_QUOTED_CHARACTERS) -> str:
    """What somebody else wrote, fit to be shown: one line, no control or bidi characters, cut.

    An image string may hold anything: line breaks that drop an API warning, or characters that
    reorder what follows on a terminal.
    """
    head = text[: limit + 1]
    kept = "".join(one if one.isascii() and one.isprintable() else _escaped(one) for one in head)
    return cut(kept, limit) if len(text) <= limit else cut(kept + ELLIPSIS, limit)


def _escaped(one: str) -> str:
    if unicodedata.category(one)[0] in "LNPS":
        return (
            one  # letters, numbers, punctuation, symbols of any alphabet: the reader's own typing
        )
    return one.encode("unicode_escape").decode("ascii")


def quoted(text: str, limit: int = MAX_QUOTED_CHARACTERS) -> str:
    """The same in quotation marks."""
    return f'"{shown(text, limit)}"'


def cut(text: str, limit: int) -> str:
    """At most ``limit`` characters, with dots where something is missing."""
    return text if len(text) <= limit else text[: limit - len(ELLIPSIS)] + ELLIPSIS


def cut_bytes(text: str, limit: int) -> str:
    """At most ``limit`` bytes of UTF-8, never half a character: the API server counts bytes."""
    data = text.encode("utf-8", "replace")
    if len(data) <= limit:
        return data.decode("utf-8")
    return data[: limit - len(ELLIPSIS)].decode("utf-8", "ignore") + ELLIPSIS


def host_words(host: str) -> str:
    """How people call a registry."""
    return "Docker Hub" if host in HUB_HOSTS else shown(host)


def listed(words: tuple[str, ...], limit: int = 3) -> str:
    """``a, b, c``."""
    return ", ".join(shown(one, 64) for one in words[:limit])
