"""Through a proxy the proxy looks names up: only declared hosts are asked, by name."""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from asking import Served, ask_for
from loopback_network import PUBLIC, LoopbackNetwork
from pullproof.causes import Cause, Confidence
from pullproof.evidence import UNTOLD
from pullproof.registry.probe import Prober
from pullproof.settings import Registry, Settings

MakeProber = Callable[..., Prober]


async def test_through_a_proxy_only_declared_hosts_are_asked(make_prober: MakeProber):
    network = LoopbackNetwork(names={"evil.example": [PUBLIC], "proxy.example": ["10.0.0.3"]})
    prober = make_prober(network=network, proxy="http://proxy.example:3128")
    result = await prober.probe(ask_for("evil.example/a:1"))
    assert (result.cause, result.confidence) == (Cause.REGISTRY_UNAVAILABLE, Confidence.POSSIBLE)
    assert (result.detail, result.declared, result.exchanges) == (UNTOLD, False, ())
    assert network.dialled == []


@asynccontextmanager
async def connect_proxy(target: int) -> AsyncIterator[tuple[int, list[str]]]:
    """A proxy that takes CONNECT to anywhere and leads to one port."""
    asked: list[str] = []
    writers: list[asyncio.StreamWriter] = []
    tasks: set[asyncio.Task[None]] = set()

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.decode())
        there, back = await asyncio.open_connection("127.0.0.1", target)
        writers.extend((writer, back))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for one in (copy(reader, back), copy(there, writer)):
            tasks.add(asyncio.create_task(one))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], asked
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for one in writers:
            one.transport.abort()


async def test_a_declared_host_is_asked_through_its_proxy_by_name(
    make_prober: MakeProber, tls_registry: Served
):
    async with connect_proxy(tls_registry.port) as (port, asked):
        network = LoopbackNetwork(
            names={"proxy.example": ["10.0.0.3"]}, ports={("10.0.0.3", 3128): port}
        )
        own = Registry(
            host="registry.example",
            proxy="http://user:hunter2@proxy.example:3128",
            ca_bundle=tls_registry.ca,
        )
        prober = make_prober(Settings(registries=(own,)), network=network)
        result = await prober.probe(ask_for("registry.example/ok/a:1.0"))
        again = await prober.probe(ask_for("registry.example/ok/a:1.1"))
        await prober.aclose()
    assert (result.cause, again.cause) == (None, None)
    assert network.looked_up == ["proxy.example"]
    assert len(asked) == 1
    assert asked[0].startswith("CONNECT registry.example:443 HTTP/1.1\r\n")
    assert "hunter2" not in repr(result)


async def test_a_proxy_that_cannot_be_reached_is_told(make_prober: MakeProber):
    network = LoopbackNetwork(
        names={"proxy.example": ["10.0.0.3"]},
        ports={("10.0.0.3", 3128): OSError(errno.ECONNREFUSED, "x")},
    )
    own = Registry(host="registry.example", proxy="http://proxy.example:3128")
    prober = make_prober(Settings(registries=(own,)), network=network)
    result = await prober.probe(ask_for("registry.example/a:1"))
    assert result.cause is Cause.CONNECTION_REFUSED
