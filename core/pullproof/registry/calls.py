"""What one question to one endpoint is, and how far it got. Values; pure."""

from dataclasses import dataclass, field
from enum import StrEnum

from pullproof.credentials import Credential
from pullproof.evidence import Exchange
from pullproof.registry.bodies import parse_error
from pullproof.registry.challenge import Challenge
from pullproof.registry.endpoints import Endpoint
from pullproof.registry.messages import Answer, Failure, Heard, Url
from pullproof.registry.showing import shown, shown_url
from pullproof.registry.tokens import basic

MAX_EXCHANGES = 32
"""That are kept to be shown."""
_FIRST_ERROR = 400
_MIN_SECRET_CHARACTERS = 3
"""Shorter ones stand in any text."""


class Stage(StrEnum):
    """Which request brought the answer: some registries refuse at one, some at the other."""

    TOKEN = "token"  # noqa: S105  the endpoint, no secret
    IMAGE = "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """On whose behalf a request goes out."""

    tenant: str
    identity: str
    """Of the credential, empty for none: limits that a registry sets hold for it alone."""
    deadline: float
    """Event loop time."""


@dataclass(slots=True)
class Trace:
    """What was asked and answered so far; survives a deadline."""

    exchanges: list[Exchange] = field(default_factory=list)
    requests: int = 0
    quota_remaining: int | None = None

    def note(self, method: str, url: Url, heard: Heard, secrets: tuple[str, ...]) -> None:
        """Keep one exchange, fit to be shown."""
        answer = heard if isinstance(heard, Answer) else None
        if not (isinstance(heard, Failure) and heard.is_local):
            self.requests += 1
        if len(self.exchanges) >= MAX_EXCHANGES:
            return
        status, code, message = None, "", ""
        if answer is not None:
            status = answer.status
            if status >= _FIRST_ERROR:
                error = parse_error(answer.body)
                code, message = error.code, shown(error.message, secrets)
            quota = answer.header("ratelimit-remaining").partition(";")[0].strip()
            if quota.isdecimal() and quota.isascii():
                self.quota_remaining = int(quota[:9])
        self.exchanges.append(
            Exchange(method=method, url=shown_url(url), status=status, code=code, message=message)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who asks one endpoint about one repository, and as whom."""

    endpoint: Endpoint
    repository: str
    credential: Credential | None
    """None: anonymously."""
    sender: Sender
    trace: Trace = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be in any text: a registry may repeat it. The longest come first."""
        one = self.credential
        if one is None:
            return ()
        encoded = basic(one.username, one.password).removeprefix("Basic ")
        found = (encoded, one.password, one.username)
        return tuple(text for text in found if len(text) >= _MIN_SECRET_CHARACTERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What goes into ``Authorization``, and where it comes from."""

    header: str = field(default="", repr=False)
    kind: str = ""
    """``basic`` or ``bearer``; empty: nothing goes along."""
    with_password: bool = False
    """The credential was used, itself or for the token."""
    is_withheld: bool = False
    """There is a credential, but this is no place to send it to."""
    is_second_kind: bool = False
    """Basic, after a token had been refused: Harbor and Gitea offer it to whom they refuse."""
    is_fresh: bool = False
    """Made for this very question: asking for another would bring the same."""
    refusal: Heard | None = None
    """There is none, since the token service said no, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The answer that counts, and how far we got for it."""

    heard: Heard
    login: Login = Login()
    stage: Stage = Stage.IMAGE
    challenge: Challenge | None = None
    """The last that was made, or that is known of this host."""
