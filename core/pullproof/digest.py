"""Digests of content: reading them, and whether bytes have them."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from pullproof.errors import PullproofError

LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
"""Hexadecimal digits of each algorithm that the kubelet and the runtimes have."""

_HEX = re.compile(r"[0-9a-f]+", re.ASCII)
# What may be a digest of an algorithm that we do not have.
# https://github.com/opencontainers/go-digest/blob/v1.0.0/digest.go
_ANY = re.compile(r"[a-z0-9]++(?:[.+_-][a-z0-9]++)*+:[a-zA-Z0-9=_-]++", re.ASCII)


class DigestFault(StrEnum):
    """Which of go-digest's three errors it is."""

    UNSUPPORTED = "unsupported"
    """Well formed, by an algorithm that nobody in the pull knows."""
    LENGTH = "length"
    FORMAT = "format"


class InvalidDigest(PullproofError):
    """Text that is no digest of a known algorithm."""

    def __init__(self, text: str, fault: DigestFault) -> None:
        super().__init__(f"not a digest ({fault}): {text[:100]!r}")
        self.text = text
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """``algorithm:hex``."""

    algorithm: str
    """A key of ``LENGTHS``."""
    hex: str
    """Lower case, as long as the algorithm wants."""

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"


def parse_digest(text: str) -> Digest:
    """Read ``sha256:...``. Raises InvalidDigest.

    >>> parse_digest("sha256:" + "0" * 64).algorithm
    'sha256'
    """
    fault = find_fault(text)
    if fault is not None:
        raise InvalidDigest(text, fault)
    algorithm, _, digits = text.partition(":")
    return Digest(algorithm=algorithm, hex=digits)


def find_fault(text: str) -> DigestFault | None:
    """What is wrong with a digest, in go-digest's order of checks; None: it is right."""
    algorithm, _, digits = text.partition(":")
    length = LENGTHS.get(algorithm)
    if length is None:
        return DigestFault.UNSUPPORTED if _ANY.fullmatch(text) else DigestFault.FORMAT
    if len(digits) != length:
        return DigestFault.LENGTH if digits else DigestFault.FORMAT
    return None if _HEX.fullmatch(digits) else DigestFault.FORMAT


def verify(digest: Digest, data: bytes) -> bool:
    """Whether these bytes have this digest."""
    return hashlib.new(digest.algorithm, data).hexdigest() == digest.hex
