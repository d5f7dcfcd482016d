"""STAND-IN, to be replaced."""

import re
from dataclasses import dataclass
from enum import StrEnum

from pullproof.digest import Digest, InvalidDigest, parse_digest
from pullproof.errors import PullproofError


class ReferenceErrorKind(StrEnum):
    NAME_EMPTY = "name-empty"
    INVALID_FORMAT = "invalid-format"
    UPPERCASE = "uppercase"
    NAME_TOO_LONG = "name-too-long"
    IDENTIFIER = "identifier"
    DIGEST_UNSUPPORTED = "digest-unsupported"
    DIGEST_LENGTH = "digest-length"
    DIGEST_FORMAT = "digest-format"


class InvalidReference(PullproofError):
    def __init__(self, text, kind, message, position=None, suggestion=None):
        super().__init__(message)
        self.text, self.kind, self.message = text, kind, message
        self.position, self.suggestion = position, suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    kind: str
    message: str
    suggestion: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    registry: str
    repository: str
    tag: str | None
    digest: Digest | None

    @property
    def name(self):
        return f"{self.registry}/{self.repository}"

    @property
    def is_docker_hub(self):
        return self.registry == "docker.io"

    @property
    def normalized(self):
        return (
            self.name
            + (f":{self.tag}" if self.tag else "")
            + (f"@{self.digest}" if self.digest else "")
        )

    @property
    def familiar(self):
        n = self.normalized
        return n.removeprefix("docker.io/").removeprefix("library/") if self.is_docker_hub else n

    @property
    def pull(self):
        if self.digest:
            return f"{self.name}@{self.digest}"
        return f"{self.name}:{self.tag or 'latest'}"

    def __str__(self):
        return self.normalized


_NAME = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REST = re.compile(rf"({_NAME}(?:/{_NAME})*)(?::(\w[\w.-]{{0,127}}))?(?:@(\S+))?", re.ASCII)


def parse_reference(text):
    first, slash, rest = text.partition("/")
    host = "docker.io"
    if slash and (any(c in first for c in ".:") or first == "localhost" or first.lower() != first):
        host, path = first, rest
    else:
        path = text
    m = _REST.fullmatch(path)
    if not m:
        low = path.lower()
        if low != path and _REST.fullmatch(low):
            raise InvalidReference(
                text,
                ReferenceErrorKind.UPPERCASE,
                "repository names are lower case",
                0,
                text.lower(),
            )
        raise InvalidReference(
            text, ReferenceErrorKind.INVALID_FORMAT, "not a valid image reference"
        )
    repo = m[1]
    if host == "docker.io" and "/" not in repo:
        repo = f"library/{repo}"
    try:
        digest = parse_digest(m[3]) if m[3] else None
    except InvalidDigest as e:
        raise InvalidReference(text, ReferenceErrorKind.DIGEST_FORMAT, str(e)) from e
    return Reference(registry=host, repository=repo, tag=m[2], digest=digest)


def hints(text, reference):
    return ()
