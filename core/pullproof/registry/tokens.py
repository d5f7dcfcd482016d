"""Bearer tokens: the question to a token endpoint, who may be given a password, what is kept.

The flow is a generator that yields requests and is sent answers; it never awaits. Pure.
"""

import base64
import re
from collections import OrderedDict
from collections.abc import Generator
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode

from pullproof.registry.addresses import parse_address
from pullproof.registry.bodies import GrantedToken, parse_token
from pullproof.registry.messages import Answer, Request, Url

CLIENT_ID = "pullproof"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenQuestion:
    """What is asked for, and as whom."""

    realm: Url
    service: str
    scopes: tuple[str, ...]
    """The first is the one that matters: some endpoints read no other."""
    username: str = field(default="", repr=False)
    password: str | None = field(default=None, repr=False)
    """None: anonymously."""
    is_identity_token: bool = False
    """The password is a refresh token; so is one that comes without a user name."""
    limit_bytes: int


TokenFlow = Generator[Request, Answer, GrantedToken | Answer]


def token_flow(question: TokenQuestion) -> TokenFlow:
    """Ask for a token; returns the grant, or the answer that refused it.

    GET with Basic, as most endpoints know nothing else; an identity token (no user name) goes by
    POST, as containerd sends it. 404, 405 and 501 say that the endpoint knows the other form only.
    """
    forms = [_get(question), _post(question)]
    if question.password is not None and _is_refresh_token(question):
        forms.reverse()
    answer = yield forms[0]
    other = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)
    if answer.status in other and question.password is not None:
        answer = yield forms[1]
    if answer.status != HTTPStatus.OK:
        return answer
    return parse_token(answer.body) or answer


def basic(username: str, password: str) -> str:
    """The value of an ``Authorization`` header."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def _is_refresh_token(question: TokenQuestion) -> bool:
    return question.is_identity_token or not question.username


def _get(question: TokenQuestion) -> Request:
    fields = [("service", question.service)] if question.service else []
    fields += [("scope", scope) for scope in question.scopes]
    headers = [("Accept", "application/json")]
    if question.password is not None:
        headers.append(("Authorization", basic(question.username, question.password)))
    return Request(
        method="GET",
        url=question.realm.with_query(urlencode(fields)),
        headers=tuple(headers),
        limit_bytes=question.limit_bytes,
    )


def _post(question: TokenQuestion) -> Request:
    secret = {"grant_type": "refresh_token", "refresh_token": question.password or ""}
    if not _is_refresh_token(question):
        secret = {
            "grant_type": "password",
            "username": question.username,
            "password": question.password or "",
        }
    form = {
        "service": question.service,
        "client_id": CLIENT_ID,
        "scope": " ".join(question.scopes),
        **secret,
    }
    return Request(
        method="POST",
        url=question.realm,
        headers=(
            ("Accept", "application/json"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ),
        body=urlencode(form).encode(),
        limit_bytes=question.limit_bytes,
    )


# Registries whose token endpoint is another host, by their own documentation. Aliyun's are told by
# their region, since a bucket's host is under aliyuncs.com as well and anybody may own one.
_KNOWN_REALMS = tuple(
    (re.compile(registry, re.ASCII), re.compile(realm, re.ASCII))
    for registry, realm in (
        (r"registry-1\.docker\.io", r"auth\.docker\.io"),
        (r"registry\.gitlab\.com", r"gitlab\.com"),
        (
            r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.aliyuncs\.com",
            r"dockerauth(?:-[a-z]+)?(?:\.(?:cn|ap|us|eu|me)-[a-z0-9-]+)?\.aliyuncs\.com",
        ),
    )
)


def is_safe_realm(registry: Url, realm: Url) -> bool:
    """Whether a realm may be asked at all: never by plain HTTP for a registry that speaks TLS."""
    return realm.scheme == "https" or registry.scheme == "http"


def may_have_password(registry: Url, realm: Url, *, vouched_for: bool, realm_vouched: bool) -> bool:
    """Whether a registry's realm may be given a password: the password would go where it says.

    The same host; a known pair; or, for a registry that a setting vouches for, a host of the same
    domain or one that is declared itself. Anything else is asked anonymously.
    """
    if registry.host == realm.host:
        return True
    if any(
        host.fullmatch(registry.host) and other.fullmatch(realm.host)
        for host, other in _KNOWN_REALMS
    ):
        return True
    return vouched_for and (realm_vouched or _domain(registry.host) == _domain(realm.host))


# About what one owner registers: example.com, example.co.uk.
_DOMAIN = re.compile(r"[^.]+\.(?:[^.]{1,3}\.[a-z]{2}|[^.]+)\Z", re.ASCII)


def _domain(host: str) -> str:
    match = None if parse_address(host) else _DOMAIN.search(host.rstrip("."))
    return match[0] if match else host


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """What a token is good for; rule 4: never for anybody else."""

    realm: str
    service: str
    scopes: tuple[str, ...]
    identity: str
    """Of the credential; empty: anonymous."""
    tenant: str
    """Empty for anonymous tokens, which anybody may have."""


_EARLY_SECONDS = 5.0
"""A token is renewed so long before it ends: it has to arrive, too."""


class TokenCache:
    """Tokens until they expire; bounded by their characters, the oldest go first."""

    def __init__(self, max_characters: int = 16 * 1024 * 1024) -> None:
        self._tokens: OrderedDict[TokenKey, tuple[str, float]] = OrderedDict()
        self._characters = 0
        self._max_characters = max_characters

    def get(self, key: TokenKey, now: float) -> str | None:
        """A token that still lives for some seconds."""
        token, until = self._tokens.get(key, ("", 0.0))
        return token if token and now < until else None

    def put(self, key: TokenKey, granted: GrantedToken, now: float) -> None:
        """Keep a grant."""
        self.drop(key)
        self._tokens[key] = (granted.token, now + granted.expires_in_seconds - _EARLY_SECONDS)
        self._characters += len(granted.token)
        while self._characters > self._max_characters:
            self.drop(next(iter(self._tokens)))

    def drop(self, key: TokenKey) -> None:
        """Forget a token that was refused."""
        token, _ = self._tokens.pop(key, ("", 0.0))
        self._characters -= len(token)
