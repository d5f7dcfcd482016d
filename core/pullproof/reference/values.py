"""A parsed reference, and the error for what is none."""

from dataclasses import dataclass
from enum import StrEnum

from pullproof.digest import Digest
from pullproof.errors import PullproofError

HUB = "docker.io"
OFFICIAL = "library/"
DEFAULT_TAG = "latest"


class ReferenceErrorKind(StrEnum):
    """Which of the parser's errors it is."""

    NAME_EMPTY = "name-empty"
    INVALID_FORMAT = "invalid-format"
    UPPERCASE = "uppercase"
    """It would be valid in lower case."""
    NAME_TOO_LONG = "name-too-long"
    IDENTIFIER = "identifier"
    """64 hexadecimal digits could be an image id."""
    DIGEST_UNSUPPORTED = "digest-unsupported"
    DIGEST_LENGTH = "digest-length"
    DIGEST_FORMAT = "digest-format"


class InvalidReference(PullproofError):
    """Text that the kubelet answers with InvalidImageName."""

    def __init__(
        self,
        text: str,
        kind: ReferenceErrorKind,
        message: str,
        position: int | None = None,
        suggestion: str | None = None,
    ) -> None:
        """``position``: of the first character that is wrong, where there is one."""
        super().__init__(message)
        self.text = text
        self.kind = kind
        self.message = message
        self.position = position
        self.suggestion = suggestion
        """A reference that is probably meant; it is valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An image reference in normal form."""

    registry: str
    """``docker.io``, ``ghcr.io``, ``localhost:5000``; empty where the first part looks like a host
    but is not a valid one (``my_host.example/app``): it parses, and cannot be pulled."""
    repository: str
    """Without the host; ``library/nginx`` for ``nginx``."""
    tag: str | None
    digest: Digest | None

    @property
    def name(self) -> str:
        """``registry/repository``."""
        return f"{self.registry}/{self.repository}" if self.registry else self.repository

    @property
    def is_docker_hub(self) -> bool:
        """Whether Docker Hub is asked: by its name, which is not its address."""
        return self.registry == HUB

    @property
    def normalized(self) -> str:
        """The whole reference with host; tag and digest as given, none added."""
        return self._with_tag_and_digest(self.name)

    @property
    def familiar(self) -> str:
        """As people write it: without ``docker.io/`` and ``library/``."""
        if not self.is_docker_hub:
            return self.normalized
        path = self.repository
        rest = path.removeprefix(OFFICIAL)
        return self._with_tag_and_digest(path if "/" in rest else rest)

    @property
    def pull(self) -> str:
        """What a runtime asks for: the digest decides over a tag; without either it is ``latest``."""
        if self.digest is not None:
            return f"{self.name}@{self.digest}"
        return f"{self.name}:{self.tag or DEFAULT_TAG}"

    def __str__(self) -> str:
        return self.normalized

    def _with_tag_and_digest(self, name: str) -> str:
        tag = f":{self.tag}" if self.tag is not None else ""
        digest = f"@{self.digest}" if self.digest is not None else ""
        return f"{name}{tag}{digest}"
