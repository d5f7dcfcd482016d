"""Names become addresses, addresses are judged, and exactly those are connected to.

There is no second look-up between the check and the connection, so a name that changes its mind
(DNS rebinding) changes nothing. Every connection of this package comes from here: registries,
mirrors, realms, redirects, proxies.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, Protocol

import httpcore

from pullproof.causes import Cause
from pullproof.registry.addresses import (
    HTTPS_PORT,
    Address,
    Block,
    Reach,
    is_name,
    may_dial,
    parse_address,
)
from pullproof.registry.failures import DialError, from_exception, refused, timed_out
from pullproof.registry.messages import Failure
from pullproof.registry.vendors import is_well_known

MAX_ADDRESSES = 4
"""Of one name that are tried, one after the other."""
_LOOKUPS = 16
"""Threads of one kind of host: a resolver that hangs holds a thread, and nobody can stop it."""


class Network(Protocol):
    """The two things that a dialler needs of the world."""

    async def resolve(self, host: str, reach: Reach) -> Sequence[str]:
        """All addresses of a name. Raises OSError."""
        ...

    async def open(self, address: Address, port: int) -> socket.socket:
        """Return a connected socket. Raises OSError."""
        ...


class SystemNetwork:
    """The resolver and the sockets of this machine.

    Look-ups run in daemon threads: they cannot be cancelled, and must not keep a program from
    ending. Hosts that a Pod's author made up cannot use up the threads of those that are declared
    or well known.
    """

    def __init__(self) -> None:
        self._slots = {kind: asyncio.Semaphore(_LOOKUPS) for kind in ("known", "other")}
        self._under_way: dict[str, asyncio.Future[list[str]]] = {}

    async def resolve(self, host: str, reach: Reach) -> Sequence[str]:
        """Ask the system's resolver; equal questions at one time are one."""
        # A made-up name is asked for as it is: with a dot at its end no search domain is tried.
        name = f"{host}." if reach is Reach.PUBLIC and not host.endswith(".") else host
        flight = self._under_way.get(name)
        if flight is None:
            kind = "known" if reach is not Reach.PUBLIC or is_well_known(host) else "other"
            flight = asyncio.ensure_future(self._look_up(name, self._slots[kind]))
            self._under_way[name] = flight
            flight.add_done_callback(lambda done: self._landed(name, done))
        return await asyncio.shield(flight)

    async def open(self, address: Address, port: int) -> socket.socket:
        """Connect without blocking."""
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET  # noqa: PLR2004  IPv6
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)  # noqa: FBT003  socket's interface
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().sock_connect(sock, (str(address), port))
        except BaseException:
            sock.close()
            raise
        return sock

    def _landed(self, name: str, done: asyncio.Future[list[str]]) -> None:
        self._under_way.pop(name, None)
        if not done.cancelled():
            done.exception()  # seen: whoever asked may be gone

    async def _look_up(self, name: str, slots: asyncio.Semaphore) -> list[str]:
        async with slots:
            loop = asyncio.get_running_loop()
            answer: asyncio.Future[list[str]] = loop.create_future()
            threading.Thread(target=_look_up, args=(name, loop, answer), daemon=True).start()
            return await answer


def _look_up(
    name: str, loop: asyncio.AbstractEventLoop, answer: "asyncio.Future[list[str]]"
) -> None:
    error: Exception | None = None
    found: list[str] = []
    try:
        entries = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        found = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    except (OSError, UnicodeError) as caught:
        # UnicodeError: a label that IDNA cannot hold is a name that nobody has.
        is_name_error = isinstance(caught, UnicodeError)
        error = socket.gaierror(socket.EAI_NONAME, "no such host") if is_name_error else caught
    with suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(_tell, answer, found, error)


def _tell(answer: "asyncio.Future[list[str]]", found: list[str], error: Exception | None) -> None:
    if answer.done():
        return
    if error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(found)


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """httpcore's way to the network, for one reach."""

    def __init__(self, network: Network, reach: Reach, forbidden: Collection[Block] = ()) -> None:
        self._network = network
        self._reach = reach
        self._forbidden = tuple(forbidden)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's interface
        local_address: str | None = None,  # noqa: ARG002  httpcore's interface
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002  httpcore's interface
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers; all of them must be allowed.

        Raises DialError.
        """
        if self._reach is Reach.PUBLIC and port != HTTPS_PORT:
            raise DialError(refused(f"port {port} of a host that no setting declares"))
        try:
            async with asyncio.timeout(timeout):
                return _Stream(await self._connect(host, port, timeout))
        except TimeoutError as error:
            raise DialError(timed_out(connecting=True)) from error

    async def sleep(self, seconds: float) -> None:
        """Wait, for httpcore's retries, which are off."""
        await asyncio.sleep(seconds)

    async def _connect(self, host: str, port: int, seconds: float | None) -> socket.socket:
        addresses = await self._addresses(host, port)
        error: OSError | None = None
        for index, address in enumerate(addresses):
            left = len(addresses) - index
            # Not all of the time for the first: an IPv6 that leads nowhere is common.
            share = None if seconds is None or left == 1 else seconds / (left + 1)
            try:
                async with asyncio.timeout(share):
                    return await self._network.open(address, port)
            except OSError as caught:  # TimeoutError among them
                error = error or caught
        assert error is not None  # there is at least one address
        if isinstance(error, TimeoutError) and error.errno is None:
            raise DialError(timed_out(connecting=True)) from error
        raise DialError(from_exception(error)) from error

    async def _addresses(self, host: str, port: int) -> tuple[Address, ...]:
        literal = parse_address(host)
        if literal is not None:
            found: tuple[Address, ...] = (literal,)
        elif not is_name(host, self._reach):
            raise DialError(Failure(cause=Cause.REGISTRY_HOST_UNKNOWN, detail="no name of a host"))
        else:
            found = await self._resolve(host)
        if not all(may_dial(one, port, self._reach, self._forbidden) for one in found):
            raise DialError(refused("an address that may not be dialled"))
        return found[:MAX_ADDRESSES]

    async def _resolve(self, host: str) -> tuple[Address, ...]:
        try:
            found = await self._network.resolve(host, self._reach)
        except OSError as error:
            raise DialError(from_exception(error)) from error
        if not found:
            raise DialError(Failure(cause=Cause.REGISTRY_HOST_UNKNOWN, detail="no such host"))
        return tuple(ip_address(one) for one in found)


class _Stream(httpcore.AsyncNetworkStream):
    """A connected socket, which speaks plain text or TLS from its first byte."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket: socket.socket | None = sock
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's interface
    ) -> bytes:
        reader, _ = await self._plain()
        try:
            async with asyncio.timeout(timeout):
                return await reader.read(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's interface
    ) -> None:
        if not buffer:
            return
        _, writer = await self._plain()
        try:
            async with asyncio.timeout(timeout):
                writer.write(buffer)
                await writer.drain()
        except TimeoutError as error:
            raise httpcore.WriteTimeout from error
        except (OSError, RuntimeError) as error:  # RuntimeError: uvloop's, for a closed transport
            raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        if self._writer is not None:
            # No goodbye in TLS: the other side might never answer it.
            self._writer.transport.abort()
        elif self._socket is not None:
            self._socket.close()
            self._socket = None

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's interface
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                if self._writer is not None:  # after a proxy's CONNECT
                    await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
                else:
                    await self._open(ssl_context, server_hostname)
        except TimeoutError as error:
            await self.aclose()
            raise DialError(timed_out(connecting=True)) from error
        except BaseException:
            await self.aclose()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # of an idle connection: it has ended
            reader = self._reader
            return reader is not None and (reader.at_eof() or reader.exception() is not None)
        return None if self._writer is None else self._writer.get_extra_info(info)

    async def _plain(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None:
            await self._open(None, None)
        assert self._reader is not None
        assert self._writer is not None
        return self._reader, self._writer

    async def _open(self, context: ssl.SSLContext | None, name: str | None) -> None:
        options: dict[str, Any] = {}
        if context is not None:
            options = {"ssl": context, "server_hostname": name}
        # From here on it is asyncio's to close, however this ends.
        sock, self._socket = self._socket, None
        self._reader, self._writer = await asyncio.open_connection(sock=sock, **options)
