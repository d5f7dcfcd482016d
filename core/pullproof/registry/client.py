"""One question to one endpoint: redirects followed, challenges answered. It judges nothing.

As containerd asks: for the thing itself, and then what the 401 says. What a registry wanted last
time is remembered, so that the next question brings its token along.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace

from pullproof.causes import Cause
from pullproof.registry.authorising import Authoriser
from pullproof.registry.calls import Call, Login, Outcome, Stage
from pullproof.registry.challenge import Challenge, choose, parse_challenges
from pullproof.registry.endpoints import Places, Route
from pullproof.registry.messages import Answer, Failure, Heard, Request, Url, parse_url
from pullproof.registry.pools import Pools
from pullproof.settings import Limits

_MAX_HABITS = 4_096
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked for below a repository."""

    kind: str
    """``manifests``, ``tags`` or ``blobs``."""
    what: str
    accept: str
    limit_bytes: int
    method: str = "GET"
    query: str = ""


class Client:
    """Asks registries, and knows their habits."""

    def __init__(self, pools: Pools, places: Places, limits: Limits) -> None:
        self._pools = pools
        self._places = places
        self._redirects = limits.redirects
        self._authoriser = Authoriser(pools, places, limits.token_bytes)
        self._habits: OrderedDict[tuple[object, ...], Challenge] = OrderedDict()

    async def ask(self, call: Call, question: Question) -> Outcome:
        """Ask one question; at most two logins are tried for it, the kept one and a new one."""
        url = call.endpoint.url(call.repository, question.kind, question.what)
        if question.query:
            url = url.with_query(question.query)
        route = call.endpoint.route
        habit = self._habits.get((url.origin, route))
        login = Login()
        if habit is not None:
            login = await self._authoriser.login(call, habit, url, route)
            if login.refusal is not None:
                self._habits.pop((url.origin, route), None)
                return _refused(login.refusal, login, habit)
        heard, way = await self._follow(call, question, url, route, login)
        if isinstance(heard, Failure) or heard.status != _UNAUTHORIZED:
            return Outcome(heard=heard, login=login, challenge=habit)
        challenge = _challenge(heard)
        if challenge is None:
            return Outcome(heard=heard, login=login)
        was_token = login.kind == "bearer"
        if heard.url.origin == url.origin and (not was_token or challenge.scheme == "bearer"):
            self._remember(url, route, challenge)
        if login.is_fresh and (was_token or challenge.scheme == "basic"):
            return Outcome(heard=heard, login=login, challenge=challenge)
        return await self._again(call, question, heard, way, login)

    async def _again(
        self, call: Call, question: Question, first: Answer, way: Route, login: Login
    ) -> Outcome:
        """Answer the challenge of a 401; the second no is final."""
        challenge = _challenge(first)
        assert challenge is not None  # the caller looked
        again = await self._authoriser.login(
            call, challenge, first.url, way, refused_header=login.header
        )
        is_second_kind = login.kind == "bearer" and again.kind == "basic"
        again = replace(again, is_second_kind=is_second_kind)
        if again.refusal is not None:
            return _refused(again.refusal, again, challenge)
        if not again.header:
            return Outcome(heard=first, login=login, challenge=challenge)
        heard, _ = await self._follow(call, question, first.url, way, again)
        last = _challenge(heard) if isinstance(heard, Answer) else None
        return Outcome(heard=heard, login=again, challenge=last or challenge)

    async def _follow(
        self, call: Call, question: Question, url: Url, route: Route, login: Login
    ) -> tuple[Heard, Route]:
        """Send, and follow redirects by hand: every hop is routed, and so checked, anew.

        Who is led to another scheme, host or port comes there without ``Authorization``, and
        never farther than where he came from may reach.
        """
        header = login.header
        for _ in range(self._redirects + 1):
            headers = [("Accept", question.accept)]
            if header:
                headers.append(("Authorization", header))
            request = Request(
                method=question.method,
                url=url,
                headers=tuple(headers),
                limit_bytes=question.limit_bytes,
            )
            heard = await self._pools.send(request, route, call.sender)
            call.trace.note(request.method, url, heard, call.secrets)
            if isinstance(heard, Failure) or heard.status not in _REDIRECTS:
                return heard, route
            target = parse_url(heard.header("location"), url) if heard.header("location") else None
            if target is None:
                return _lost("a redirect that leads nowhere"), route
            if url.scheme == "https" and target.scheme == "http":
                return _lost("a redirect from https to http"), route
            if target.origin != url.origin:
                header = ""
            route = self._places.route(target, at_most=route.reach)
            url = target
        return _lost(f"more than {self._redirects} redirects"), route

    def _remember(self, url: Url, route: Route, challenge: Challenge) -> None:
        key = (url.origin, route)
        self._habits[key] = challenge
        self._habits.move_to_end(key)
        if len(self._habits) > _MAX_HABITS:
            self._habits.popitem(last=False)


def _challenge(answer: Answer) -> Challenge | None:
    return choose(parse_challenges(answer.headers.get("www-authenticate", ())))


def _refused(heard: Heard, login: Login, challenge: Challenge) -> Outcome:
    return Outcome(heard=heard, login=login, challenge=challenge, stage=Stage.TOKEN)


def _lost(detail: str) -> Failure:
    return Failure(cause=Cause.REGISTRY_UNAVAILABLE, detail=detail, is_host=False)
