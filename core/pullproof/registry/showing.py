"""What others wrote becomes fit to be shown: one line, short, no secret, no trick. Pure."""

import re
import unicodedata
from collections.abc import Collection

from pullproof.registry.messages import Url

MAX_CHARACTERS = 256

# Signed URLs and ``user:password@`` inside a registry's own words.
_QUERY = re.compile(r"(?<=[^\s?])\?[^\s\"'<>]*=[^\s\"'<>]*")
_USER_INFO = re.compile(r"(?<=://)[^\s/@]*@")
_LOGIN = re.compile(r"\b(Basic|Bearer)\s+[\w+/=.~-]{8,}", re.IGNORECASE | re.ASCII)
# Cc and Cf hold the control, bidi and zero-width characters, Cs lone surrogates.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MAX_READ = 64 * 1024


def shown(text: str, secrets: Collection[str] = (), limit: int = MAX_CHARACTERS) -> str:
    """One line of at most ``limit`` characters, without control and bidi characters.

    ``secrets`` are taken out wherever they stand, whole.
    """
    text = text[:_MAX_READ]
    for secret in secrets:
        if secret:
            text = text.replace(secret, "…")
    text = text[: 8 * limit]
    visible = text
    if not (text.isascii() and text.isprintable()):
        visible = "".join(" " if unicodedata.category(one) in _HIDDEN else one for one in text)
    visible = _LOGIN.sub(r"\1 …", _USER_INFO.sub("", _QUERY.sub("", visible)))
    visible = " ".join(visible.split())
    return visible if len(visible) <= limit else visible[: limit - 1] + "…"


def shown_url(url: Url) -> str:
    """Without its query: that is where signatures stand."""
    return shown(f"{url.scheme}://{url.authority}{url.path.partition('?')[0]}")
