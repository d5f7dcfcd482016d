"""Requests go out: one small pool a host, bounded in number, bytes and time.

httpcore's connections are used without httpx and without httpcore's own pool. Both cost more the
more requests are in flight (docs/performance.md), and httpx keeps cookies: a session that one
tenant's login opened would answer the next tenant. Here nothing outlives a request but the
connection itself: no cookie, no redirect, no decompression, no proxy from the environment.
"""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

import httpcore

from pullproof.causes import Cause
from pullproof.registry.addresses import Block, Reach
from pullproof.registry.breaker import Breaker
from pullproof.registry.calls import Sender
from pullproof.registry.dialing import CheckedBackend, Network
from pullproof.registry.endpoints import Route
from pullproof.registry.failures import from_exception, is_stale, refused, timed_out
from pullproof.registry.fairness import FairLimiter
from pullproof.registry.messages import (
    Answer,
    Failure,
    Heard,
    Request,
    Url,
    retry_after_seconds,
)
from pullproof.registry.tls import Contexts
from pullproof.settings import Limits, Times

USER_AGENT = "pullproof"
MAX_LANES = 512
"""Hosts with connections that are kept open."""
_KEEP_ALIVE_SECONDS = 30.0
_TOLD_ENOUGH_SECONDS = 1.0
"""A host that had less time to answer is not counted as failed."""
_OK = 200
_LIMITED = 429
_UNAVAILABLE = 503
_SERVER_ERRORS = frozenset({500, 502, 503, 504})
_CERTIFICATE_CAUSES = frozenset(
    {
        Cause.REGISTRY_CERTIFICATE_EXPIRED,
        Cause.TLS_NAME_MISMATCH,
        Cause.TLS_UNKNOWN_AUTHORITY,
    }
)
_PAUSE_SECONDS = 10.0
"""After a 429 that names no time."""

_Way = httpcore.AsyncHTTPConnection | httpcore.AsyncHTTPProxy


@dataclass(slots=True)
class _Lane:
    """One origin as it is reached by one route."""

    url: Url
    route: Route
    slots: FairLimiter
    idle: list[httpcore.AsyncHTTPConnection] = field(default_factory=list)
    proxy: httpcore.AsyncHTTPProxy | None = None
    is_shed: bool = False
    """Nobody finds it any more: what comes back is closed."""

    async def close(self) -> None:
        """Close what is kept open."""
        self.is_shed = True
        idle, self.idle = self.idle, []
        for connection in idle:
            await connection.aclose()
        if self.proxy is not None:
            await self.proxy.aclose()


class Pools:
    """All connections to registries."""

    def __init__(
        self,
        *,
        network: Network,
        contexts: Contexts,
        limits: Limits,
        times: Times,
        forbidden: Collection[Block] = (),
    ) -> None:
        self._contexts = contexts
        self._connect_seconds = times.connect_seconds
        self._error_bytes = limits.error_bytes
        self._per_host = limits.connections_per_host
        self._breaker = Breaker(times.breaker_seconds)
        # No tenant gets more than a quarter of everything and half of one host: the others go on
        # while all of its requests hang.
        self._all = FairLimiter(limits.requests_in_flight, limits.requests_in_flight // 4)
        self._lanes: OrderedDict[tuple[object, ...], _Lane] = OrderedDict()
        self._closing: set[asyncio.Future[None]] = set()
        self._backends = {reach: CheckedBackend(network, reach, forbidden) for reach in Reach}

    async def send(self, request: Request, route: Route, sender: Sender) -> Heard:
        """Send one request and hear the answer, whatever it is. Raises nothing but cancellation."""
        host = request.url.authority
        stopped = self._stopped(request.url, route, sender)
        if stopped is not None:
            return stopped
        loop = asyncio.get_running_loop()
        started = 0.0
        lane = self._lane(request.url, route)
        try:
            async with (
                asyncio.timeout_at(sender.deadline),
                lane.slots.slot(sender.tenant),
                self._all.slot(sender.tenant),
            ):
                started = loop.time()
                heard = await self._exchange(lane, request)
                if isinstance(heard, Failure) and heard.cause in _CERTIFICATE_CAUSES:
                    heard = await self._with_certificate(lane, heard)
        except TimeoutError:
            had_time = bool(started) and loop.time() - started >= _TOLD_ENOUGH_SECONDS
            heard = timed_out(is_host=had_time)
        self._learn(host, heard, sender, loop.time())
        return heard

    async def aclose(self) -> None:
        """Close what is kept open."""
        lanes, self._lanes = list(self._lanes.values()), OrderedDict()
        for lane in lanes:
            await lane.close()
        await asyncio.gather(*self._closing)

    def _stopped(self, url: Url, route: Route, sender: Sender) -> Failure | None:
        """Why this request does not go out."""
        if route.proxy and route.reach is Reach.PUBLIC:
            # The proxy does the look-up, so nothing could be checked.
            return refused("undeclared hosts are not asked through a proxy")
        now = asyncio.get_running_loop().time()
        seconds = self._breaker.wait_seconds(_limit_key(url.authority, sender), now)
        if seconds > 0:
            limited = replace(
                refused("not asked again yet after a rate limit"),
                cause=Cause.REGISTRY_RATE_LIMITED,
                is_told=True,
            )
            return replace(limited, retry_after_seconds=seconds)
        seconds = self._breaker.wait_seconds(url.authority, now)
        if seconds > 0:
            failed = refused("not asked again yet after failures")
            return replace(failed, retry_after_seconds=seconds)
        return None

    def _learn(self, host: str, heard: Heard, sender: Sender, now: float) -> None:
        if isinstance(heard, Failure):
            if heard.is_host:
                self._breaker.failed(host, now)
            return
        if heard.status in _SERVER_ERRORS:
            self._breaker.failed(host, now)
        else:
            self._breaker.worked(host)
        wait = retry_after_seconds(heard)
        if heard.status == _LIMITED:
            seconds = _PAUSE_SECONDS if wait is None else wait
            self._breaker.pause(_limit_key(host, sender), seconds, now)
        elif heard.status == _UNAVAILABLE and wait is not None:
            self._breaker.pause(host, wait, now)
        else:
            self._breaker.worked(_limit_key(host, sender))

    def _lane(self, url: Url, route: Route) -> _Lane:
        key = (url.origin, route)
        lane = self._lanes.get(key)
        if lane is None:
            slots = FairLimiter(self._per_host, self._per_host // 2)
            lane = self._lanes[key] = _Lane(url=url, route=route, slots=slots)
            self._shed()
        self._lanes.move_to_end(key)
        return lane

    def _shed(self) -> None:
        """Let go of hosts that nobody has asked for the longest time."""
        while len(self._lanes) > MAX_LANES:
            _, oldest = self._lanes.popitem(last=False)
            closing = asyncio.ensure_future(oldest.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def _exchange(self, lane: _Lane, request: Request) -> Heard:
        context = self._contexts.get(lane.route.ca_bundle) if lane.url.scheme == "https" else None
        if isinstance(context, Failure):
            return context
        while True:
            kept = await _take_idle(lane)
            way = kept or self._way(lane, context)
            try:
                return await self._once(lane, way, request)
            except Exception as error:  # noqa: BLE001  whatever was raised becomes a value here
                if kept is None or not is_stale(error):
                    return from_exception(error)

    async def _with_certificate(self, lane: _Lane, failure: Failure) -> Failure:
        """Say which certificate did not verify, where that may be told anyway."""
        if lane.route.reach is Reach.PUBLIC or lane.route.proxy or failure.is_local:
            return failure
        # Slow to import, and hardly ever needed.
        from pullproof.registry.certificates import describe  # noqa: PLC0415

        backend = self._backends[lane.route.reach]
        try:
            detail = await describe(backend, lane.url, failure.cause, self._connect_seconds)
        except Exception:  # noqa: BLE001  the failure itself is known; this only words it better
            return failure
        return replace(failure, detail=detail)

    def _way(self, lane: _Lane, context: ssl.SSLContext | None) -> _Way:
        if not lane.route.proxy:
            return httpcore.AsyncHTTPConnection(
                _origin(lane.url),
                ssl_context=context,
                keepalive_expiry=_KEEP_ALIVE_SECONDS,
                network_backend=self._backends[lane.route.reach],
            )
        if lane.proxy is None:
            # Whoever declared the proxy vouches for its address.
            backend = self._backends[max(lane.route.reach, Reach.DECLARED)]
            lane.proxy = _proxy(lane.route.proxy, context, backend, self._per_host)
        return lane.proxy

    async def _once(self, lane: _Lane, way: _Way, request: Request) -> Heard:
        is_own = isinstance(way, httpcore.AsyncHTTPConnection)
        try:
            response = await way.handle_async_request(self._outgoing(request))
            try:
                body, is_cut = await self._read(response, request)
            finally:
                await response.aclose()
        except BaseException:
            if is_own:
                await way.aclose()
            raise
        if isinstance(way, httpcore.AsyncHTTPConnection):
            if way.is_idle() and not lane.is_shed:
                lane.idle.append(way)
            else:
                await way.aclose()
        return Answer(
            status=response.status,
            headers=_headers(response.headers),
            body=body,
            url=request.url,
            is_cut=is_cut,
        )

    async def _read(self, response: httpcore.Response, request: Request) -> tuple[bytes, bool]:
        """Read the body up to the limit, and whether there was more."""
        # Of a HEAD, too: a connection is only kept if its answer was read to the end.
        limit = request.limit_bytes
        if response.status != _OK:
            limit = min(limit, self._error_bytes)
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_stream():
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                return b"".join(chunks)[:limit], True
        return b"".join(chunks), False

    def _outgoing(self, request: Request) -> httpcore.Request:
        url = request.url
        headers = [
            ("Host", url.authority),
            ("User-Agent", USER_AGENT),
            ("Accept-Encoding", "identity"),
            *request.headers,
        ]
        if request.body:
            headers.append(("Content-Length", str(len(request.body))))
        return httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=url.scheme.encode(),
                host=url.host.encode(),
                port=url.port,
                target=url.target.encode(),
            ),
            headers=[(name.encode(), value.encode("latin-1")) for name, value in headers],
            content=request.body or None,
            extensions={"timeout": {"connect": self._connect_seconds}},
        )


def _origin(url: Url) -> httpcore.Origin:
    return httpcore.Origin(url.scheme.encode(), url.host.encode(), url.port)


def _proxy(
    proxy: str, context: ssl.SSLContext | None, backend: CheckedBackend, connections: int
) -> httpcore.AsyncHTTPProxy:
    parts = urlsplit(proxy)
    login = None
    if parts.username:
        login = (unquote(parts.username).encode(), unquote(parts.password or "").encode())
    return httpcore.AsyncHTTPProxy(
        f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
        proxy_auth=login,
        ssl_context=context,
        max_connections=connections,
        keepalive_expiry=_KEEP_ALIVE_SECONDS,
        network_backend=backend,
    )


async def _take_idle(lane: _Lane) -> httpcore.AsyncHTTPConnection | None:
    """Take the connection that was used last, and still is one."""
    while lane.idle:
        connection = lane.idle.pop()
        if not connection.is_closed() and not connection.has_expired():
            return connection
        await connection.aclose()
    return None


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, tuple[str, ...]]:
    headers: dict[str, tuple[str, ...]] = {}
    for name, value in raw:
        key = name.decode("latin-1").lower()
        headers[key] = (*headers.get(key, ()), value.decode("latin-1"))
    return headers


def _limit_key(host: str, sender: Sender) -> str:
    return f"{host} {sender.identity or 'anonymous'}"
