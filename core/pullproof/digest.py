"""Digests of content: which they are, and whether bytes have them."""

import hashlib
import re
from dataclasses import dataclass

from pullproof.errors import PullproofError

LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_HEX = re.compile(r"[0-9a-f]+", re.ASCII)


class InvalidDigest(PullproofError):
    """Text that is no digest of a registered algorithm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """``algorithm:hex``."""

    algorithm: str
    hex: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"


def parse_digest(text: str) -> Digest:
    """Read ``sha256:...``. Raises InvalidDigest."""
    algorithm, _, digits = text.partition(":")
    if LENGTHS.get(algorithm) != len(digits) or not _HEX.fullmatch(digits):
        raise InvalidDigest(f"not a digest: {text[:100]!r}")
    return Digest(algorithm=algorithm, hex=digits)


def verify(digest: Digest, data: bytes) -> bool:
    """Whether these bytes have this digest."""
    return hashlib.new(digest.algorithm, data).hexdigest() == digest.hex
