"""Characters that do not belong in a reference: how to call them, and which one was meant."""

import unicodedata

_CALLED = {
    " ": "a space",
    "\t": "a tab",
    "\n": "a line break",
    "\r": "a carriage return",
    '"': "a quotation mark",
    "'": "a quotation mark",
    "`": "a backquote",
}
_MAX_SHOWN_CHARACTERS = 40


def name_of(character: str) -> str:
    """Call a character by a name that a reader sees, though it be invisible."""
    called = _CALLED.get(character)
    if called is not None:
        return called
    if character.isascii() and character.isprintable():
        return f'"{character}"'
    name = unicodedata.name(character, "").lower()
    code = f"U+{ord(character):04X}"
    return f"the character {code} ({name})" if name else f"the control character {code}"


def shown(text: str) -> str:
    """What somebody wrote, in ASCII, on one line and cut."""
    head = text[:_MAX_SHOWN_CHARACTERS]
    plain = "".join(
        one if one.isascii() and one.isprintable() else f"\\u{ord(one):04x}" for one in head
    )
    return plain + ("..." if len(text) > len(head) else "")


_MEANT = {
    # dashes and minus
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad\ufe58", "-"),
    # colons, slashes, dots and the at sign of other scripts, where NFKC does not know them
    **dict.fromkeys("\u2236\ua789\u02d0", ":"),
    **dict.fromkeys("\u2044\u2215\u29f8", "/"),
    **dict.fromkeys("\u00b7\u3002", "."),
    # never seen: zero width, byte order mark, direction marks, joiners
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e", ""),
    # letters that look like Latin ones: Cyrillic, then Greek
    **dict(
        zip(
            "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0455\u0458\u0501\u04bb",
            "aeopcxyisjdh",
            strict=True,
        )
    ),
    **dict(zip("\u03bf\u03b1\u03bd\u03c1\u03b9", "oavpi", strict=True)),
}
_TO_MEANT = str.maketrans(_MEANT)


def in_ascii(text: str) -> str:
    """Put the character that was meant in place of one that looks like it."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text.translate(_TO_MEANT)).translate(_TO_MEANT)
