"""From a challenge to an ``Authorization`` header: passwords, token services, tokens kept.

Two ways led attackers to passwords in nearly every client of 2026: the realm of a challenge and
redirects. So a password goes only where ``tokens.may_have_password`` lets it; elsewhere the token
is asked for anonymously, and the outcome says that it was withheld.
"""

import asyncio
import re

from pullproof.credentials import Credential
from pullproof.registry.bodies import GrantedToken
from pullproof.registry.calls import Call, Login
from pullproof.registry.challenge import Challenge
from pullproof.registry.endpoints import Places, Route
from pullproof.registry.failures import refused
from pullproof.registry.messages import Failure, Heard, Url, parse_url
from pullproof.registry.pools import Pools
from pullproof.registry.tokens import (
    TokenCache,
    TokenKey,
    TokenQuestion,
    basic,
    is_safe_realm,
    may_have_password,
    token_flow,
)

_REPOSITORY = re.compile(r"/v2/(.+)/(?:manifests|blobs|tags)/[^/]+", re.ASCII)
_NOT_OURS = re.compile(r"repository[:(]", re.ASCII)


class Authoriser:
    """Answers challenges, and keeps tokens until they end."""

    def __init__(self, pools: Pools, places: Places, token_bytes: int) -> None:
        self._pools = pools
        self._places = places
        self._token_bytes = token_bytes
        self._tokens = TokenCache()

    async def login(
        self, call: Call, challenge: Challenge, at: Url, route: Route, *, refused_header: str = ""
    ) -> Login:
        """Answer a challenge that was made at a URL, which a redirect may have led to.

        ``refused_header``: what has just been refused; a kept token that is the same is dropped.
        """
        # A challenge by another host is none of this credential's business.
        is_at_home = at.origin == call.endpoint.base.origin
        credential = call.credential if is_at_home and _is_login(call.credential) else None
        if challenge.scheme == "basic":
            return _basic(credential)
        realm = parse_url(challenge["realm"], at)
        if realm is None or not is_safe_realm(at, realm):
            return Login(
                kind="bearer",
                is_withheld=credential is not None,
                refusal=refused("a token service that cannot be asked safely"),
            )
        way = self._places.route(realm, at_most=route.reach)
        is_vouched = route.is_declared or self._places.open_network
        is_withheld = credential is not None and not may_have_password(
            at, realm, vouched_for=is_vouched, realm_vouched=way.is_declared
        )
        question = _question(
            challenge, realm, at, None if is_withheld else credential, self._token_bytes
        )
        login = await self._token(call, question, way, refused_header)
        return Login(
            header=login.header,
            kind="bearer",
            with_password=question.password is not None,
            is_withheld=is_withheld,
            is_fresh=login.is_fresh,
            refusal=login.refusal,
        )

    async def _token(
        self, call: Call, question: TokenQuestion, way: Route, refused_header: str
    ) -> Login:
        key = _key(question, call)
        now = asyncio.get_running_loop().time()
        kept = self._tokens.get(key, now)
        if kept is not None:
            if _bearer(kept) != refused_header:
                return Login(header=_bearer(kept))
            self._tokens.drop(key)
        granted = await self._ask(call, question, way)
        if not isinstance(granted, GrantedToken):
            return Login(refusal=granted)
        self._tokens.put(key, granted, now)
        return Login(header=_bearer(granted.token), is_fresh=True)

    async def _ask(self, call: Call, question: TokenQuestion, way: Route) -> GrantedToken | Heard:
        flow = token_flow(question)
        request = next(flow)
        while True:
            # No redirects: a token service that moves says so in the challenge.
            heard = await self._pools.send(request, way, call.sender)
            call.trace.note(request.method, request.url, heard, call.secrets)
            if isinstance(heard, Failure):
                return heard
            try:
                request = flow.send(heard)
            except StopIteration as done:
                result: GrantedToken | Heard = done.value
                return result


def _is_login(credential: Credential | None) -> bool:
    """An entry with neither user nor password logs in nobody: runtimes then pull anonymously."""
    return credential is not None and bool(credential.username or credential.password)


def _basic(credential: Credential | None) -> Login:
    if credential is None:
        return Login()
    header = basic(credential.username, credential.password)
    return Login(header=header, kind="basic", with_password=True, is_fresh=True)


def _bearer(token: str) -> str:
    return f"Bearer {token}"


def _question(
    challenge: Challenge, realm: Url, at: Url, credential: Credential | None, limit_bytes: int
) -> TokenQuestion:
    return TokenQuestion(
        realm=realm,
        service=challenge["service"],
        scopes=_scopes(challenge["scope"], at),
        username=credential.username if credential else "",
        password=credential.password if credential else None,
        is_identity_token=credential is not None and credential.is_identity_token,
        limit_bytes=limit_bytes,
    )


def _scopes(asked: str, at: Url) -> tuple[str, ...]:
    """Ours, made from the path; the server's only where it is about something else.

    GHCR names a repository that is an example, Gitea says ``*``.
    """
    match = _REPOSITORY.search(at.path)
    own = (f"repository:{match[1]}:pull",) if match else ()
    other = asked and asked != "*" and not _NOT_OURS.match(asked)
    if not own:
        return (asked,) if asked else ()
    return (*own, asked) if other else own


def _key(question: TokenQuestion, call: Call) -> TokenKey:
    is_anonymous = question.password is None
    return TokenKey(
        realm=str(question.realm),
        service=question.service,
        scopes=question.scopes,
        identity="" if is_anonymous else call.sender.identity,
        tenant="" if is_anonymous else call.sender.tenant,
    )
