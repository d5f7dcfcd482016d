"""Ask for one image as a node would: its logins in turn, its mirrors before the registry.

It never raises for what a registry does. Nothing is cached here but tokens, habits and refused
logins: equal questions are joined, and answers kept, by whoever asks (``pullproof.gather``).
"""

import asyncio
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace

from pullproof.causes import ABSENT_CAUSES, ACCESS_CAUSES, Cause, Confidence
from pullproof.credentials import Credential, identity, is_node_auth_host
from pullproof.evidence import UNTOLD, Doubt, ProbeResult
from pullproof.reference import Reference
from pullproof.registry.addresses import parse_blocks
from pullproof.registry.calls import Call, Sender, Trace
from pullproof.registry.client import Client
from pullproof.registry.dialing import Network, SystemNetwork
from pullproof.registry.endpoints import Endpoint, Places
from pullproof.registry.failures import IN_TIME
from pullproof.registry.judging import Judgement, Scope
from pullproof.registry.logins import Logins
from pullproof.registry.looking import Looker, View, Wanted
from pullproof.registry.pools import Pools
from pullproof.registry.tls import Contexts
from pullproof.registry.vendors import OTHER
from pullproof.settings import Registry, Settings

MAX_CANDIDATES = 10
"""Logins of one image that are tried; the kubelet tries them all."""
_MARGIN_SECONDS = 0.02
"""Requests end so long before the question does, so that what hangs is still told as that."""
_ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question."""

    reference: Reference
    candidates: tuple[Credential, ...]
    """In the kubelet's order. Empty: it is asked anonymously, else never."""
    tenant: str
    """Whose it is: the namespace; empty for the command line."""
    deadline: float
    """Event loop time."""
    credentials_complete: bool = True
    """False: a Secret or the ServiceAccount could not be read."""
    want_suggestions: bool = True
    want_platforms: bool = False


class Prober:
    """Asks registries. One for a program, on one event loop."""

    def __init__(
        self,
        settings: Settings,
        *,
        open_network: bool = False,
        forbidden_addresses: Collection[str] = (),
        ca_bundle: str = "",
        proxy: str = "",
        no_proxy: Collection[str] = (),
        network: Network | None = None,
    ) -> None:
        """``open_network``: the command line, which may ask its user's own machine and networks.

        ``forbidden_addresses``: addresses and blocks that nobody may dial (the API server's).
        ``ca_bundle``: PEM, trusted for every host. ``proxy``: for hosts without one of their own.
        ``network``: in place of this machine's resolver and sockets. Raises ValueError for an
        address that is none.
        """
        self._places = Places(
            settings=settings,
            open_network=open_network,
            proxy=proxy,
            no_proxy=tuple(no_proxy),
        )
        self._pools = Pools(
            network=network or SystemNetwork(),
            contexts=Contexts(ca_bundle),
            limits=settings.limits,
            times=settings.times,
            forbidden=parse_blocks(forbidden_addresses),
        )
        client = Client(self._pools, self._places, settings.limits)
        self._looker = Looker(client, settings.limits)
        self._logins = Logins(settings.times.rejected_credential_seconds)
        self._key = secrets.token_bytes(32)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pools.aclose()

    async def probe(self, ask: Ask) -> ProbeResult:
        """Ask for one image; an answer comes by the deadline in any case."""
        trace = Trace()
        try:
            async with asyncio.timeout_at(ask.deadline):
                result = await self._probe(ask, trace)
        except TimeoutError:
            late = Judgement(
                cause=Cause.REGISTRY_UNAVAILABLE,
                confidence=Confidence.POSSIBLE,
                detail=IN_TIME,
                is_network=True,
            )
            view = View(judgement=late, vendor=OTHER)
            result = self._result(ask, trace, _Seen(view=view, credential=None))
        return result

    async def _probe(self, ask: Ask, trace: Trace) -> ProbeResult:
        endpoints = self._places.endpoints(ask.reference)
        if endpoints is None:
            unknown = Judgement(
                cause=Cause.REGISTRY_HOST_UNKNOWN,
                confidence=Confidence.CERTAIN,
                detail="no name of a host",
            )
            seen = _Seen(view=View(judgement=unknown, vendor=OTHER), credential=None)
            return self._result(ask, trace, seen)
        candidates: tuple[Credential | None, ...] = ask.candidates[:MAX_CANDIDATES] or (None,)
        all_seen: list[_Seen] = []
        for credential in candidates:
            seen = await self._as(credential, endpoints, ask, trace)
            if seen.view.judgement.cause is None:
                return self._result(ask, trace, seen)
            all_seen.append(seen)
        chosen = _together(all_seen, is_all=len(ask.candidates) <= MAX_CANDIDATES)
        return self._result(ask, trace, chosen)

    async def _as(
        self,
        credential: Credential | None,
        endpoints: tuple[Endpoint, ...],
        ask: Ask,
        trace: Trace,
    ) -> "_Seen":
        """Ask mirrors and registry with one login, as one pull of a node does.

        A node goes on to the next place after whatever an earlier one answered but the image.
        """
        mirror_failed = self._places.has_unusable_mirrors(ask.reference)
        seen = None
        for endpoint in endpoints:
            view = await self._look(credential, endpoint, ask, trace)
            seen = _Seen(
                view=view,
                credential=credential,
                host=endpoint.base.authority,
                is_declared=endpoint.route.is_declared,
                mirror_failed=mirror_failed,
            )
            if view.judgement.cause is None:
                break
            mirror_failed |= view.judgement.cause not in ABSENT_CAUSES
        assert seen is not None  # the registry itself is always among the endpoints
        return seen

    async def _look(
        self, credential: Credential | None, endpoint: Endpoint, ask: Ask, trace: Trace
    ) -> View:
        wanted = Wanted(
            reference=ask.reference,
            suggestions=ask.want_suggestions and not endpoint.namespace,
            platforms=ask.want_platforms,
        )
        is_login = credential is not None and bool(credential.username or credential.password)
        who = identity((credential,), self._key) if credential is not None and is_login else ""
        call = Call(
            endpoint=endpoint,
            repository=ask.reference.repository,
            credential=credential if is_login else None,
            sender=Sender(tenant=ask.tenant, identity=who, deadline=ask.deadline - _MARGIN_SECONDS),
            trace=trace,
        )
        if not is_login:
            return await self._looker.look(call, wanted)
        at_host = (endpoint.base.authority, who, ask.tenant)
        at_repository = (*at_host, call.repository)
        loop = asyncio.get_running_loop()
        async with self._logins.turn(at_host):
            for key in (at_host, at_repository):
                refusal = self._logins.refusal(key, loop.time())
                if refusal is not None:
                    return View(judgement=refusal, vendor=OTHER)
            view = await self._looker.look(call, wanted)
            judgement = view.judgement
            if judgement.refused is Scope.HOST:
                self._logins.refuse(at_host, judgement, loop.time())
            elif judgement.refused is Scope.REPOSITORY:
                self._logins.refuse(at_repository, judgement, loop.time())
            elif judgement.cause is None or judgement.cause in ABSENT_CAUSES:
                self._logins.prove(at_host)
        return view

    def _result(self, ask: Ask, trace: Trace, seen: "_Seen") -> ProbeResult:
        judgement, view = seen.view.judgement, seen.view
        registry = self._places.registry(ask.reference.registry)
        is_told = seen.is_declared or registry is not None or self._places.open_network
        doubts = _doubts(ask, registry, seen)
        credential = seen.credential
        result = ProbeResult(
            reference=ask.reference,
            cause=judgement.cause,
            confidence=Confidence.POSSIBLE if doubts else judgement.confidence,
            doubts=doubts,
            asked_as=credential.source if credential is not None else _ANONYMOUS,
            host=seen.host,
            declared=registry is not None,
            detail=judgement.detail,
            exchanges=tuple(trace.exchanges),
            digest=view.found.digest if view.found else None,
            media_type=view.found.media_type if view.found else "",
            platforms=view.platforms,
            suggestions=view.suggestions,
            quota_remaining=trace.quota_remaining,
            retry_after_seconds=judgement.retry_after_seconds,
            requests=trace.requests,
        )
        if judgement.is_network and not is_told:
            return _untold(result)
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What one login got to see, in the end."""

    view: View
    credential: Credential | None
    host: str = ""
    is_declared: bool = False
    mirror_failed: bool = False
    """A mirror gave neither the image nor a plain no: a node may have more luck with it."""
    is_mixed: bool = False


def _together(all_seen: list[_Seen], *, is_all: bool) -> _Seen:
    """Of the answers to several logins, the one to tell.

    First what may pass, then an absence, then a refusal; an absence that not every login saw is
    not definite.
    """
    chosen = min(all_seen, key=lambda one: _rank(one.view.judgement))
    causes = {one.view.judgement.cause for one in all_seen}
    return chosen if len(causes) == 1 and is_all else replace(chosen, is_mixed=True)


def _rank(judgement: Judgement) -> int:
    if judgement.cause in ABSENT_CAUSES:
        return 1
    return 2 if judgement.cause in ACCESS_CAUSES else 0


def _doubts(ask: Ask, registry: Registry | None, seen: _Seen) -> frozenset[Doubt]:
    """Why a no from here does not prove that the node could not pull."""
    judgement = seen.view.judgement
    if judgement.cause not in ABSENT_CAUSES | ACCESS_CAUSES:
        return judgement.doubts
    is_cache = seen.view.vendor.may_be_cache
    if registry is not None and registry.cache is not None:
        is_cache = registry.cache
    node_auth = is_node_auth_host(ask.reference.registry)
    if registry is not None and registry.node_auth is not None:
        node_auth = registry.node_auth
    held = {
        Doubt.CREDENTIALS_UNREADABLE: not ask.credentials_complete,
        Doubt.NODE_AUTH: node_auth,
        Doubt.MIRROR_NOT_ASKED: seen.mirror_failed,
        Doubt.MAYBE_CACHE: is_cache and judgement.cause in ABSENT_CAUSES,
        Doubt.MIXED_ANSWERS: seen.is_mixed,
    }
    return judgement.doubts | {doubt for doubt, holds in held.items() if holds}


def _untold(result: ProbeResult) -> ProbeResult:
    """The one wording for every failure towards a host that no setting names.

    Refused, timed out, no such name, a forbidden address: whoever chose the host must not learn
    which, or Pods would map the network.
    """
    return ProbeResult(
        reference=result.reference,
        cause=Cause.REGISTRY_UNAVAILABLE,
        confidence=Confidence.POSSIBLE,
        asked_as=result.asked_as,
        host=result.host,
        declared=False,
        detail=UNTOLD,
    )
