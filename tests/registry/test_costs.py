"""Requests and connections are few, and nobody waits for somebody else's registry."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from asking import Probe, Served, ask_for
from loopback_network import PUBLIC, LoopbackNetwork, public
from pullproof.causes import Cause
from pullproof.registry.probe import Prober
from pullproof.settings import Limits, Settings

MakeProber = Callable[..., Prober]


async def test_one_connection_serves_one_question_after_another(
    make_prober: MakeProber, tls_registry: Served
):
    network = public(tls_registry.port, "registry.example")
    prober = make_prober(network=network, ca_bundle=tls_registry.ca)
    for image in ("ok/a:1.0", "ok/a:9", "private/b:1.0", "status-503/c:1", "ok/d:1.0"):
        await prober.probe(ask_for(f"registry.example/{image}"))
    assert len(network.dialled) == 1
    assert network.looked_up == ["registry.example"]


async def test_no_host_gets_more_than_eight_connections(
    make_prober: MakeProber, tls_registry: Served
):
    network = public(tls_registry.port, "registry.example")
    prober = make_prober(network=network, ca_bundle=tls_registry.ca, open_network=True)
    images = [f"registry.example/slow-5/ok/app-{n}:1.0" for n in range(60)]
    results = await asyncio.gather(*(prober.probe(ask_for(one)) for one in images))
    assert {one.cause for one in results} == {None}
    assert len(network.dialled) == 8


async def test_a_connection_that_the_registry_closed_meanwhile_is_replaced(
    make_prober: MakeProber,
):
    served = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        await reader.readuntil(b"\r\n\r\n")
        served += 1
        digest = "sha256:" + "0" * 64
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.oci.image.index.v1+json\r\n"
            b"Docker-Content-Digest: %s\r\nContent-Length: 0\r\n\r\n" % digest.encode()
        )
        await writer.drain()
        if served == 1:
            # Ends only when the next question has come, as a keep-alive timeout in the worst case.
            await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        prober = make_prober(open_network=True)
        for _ in range(2):
            result = await prober.probe(ask_for(f"127.0.0.1:{port}/a:1"))
            assert result.cause is None
    assert served == 2


async def test_a_hundred_hanging_questions_do_not_delay_another_host(
    make_prober: MakeProber, tls_registry: Served
):
    network = public(tls_registry.port, "registry.example", "other.example")
    prober = make_prober(network=network, ca_bundle=tls_registry.ca)
    hanging = [
        asyncio.create_task(
            prober.probe(
                ask_for(f"registry.example/hang/app-{n}:1", tenant=f"team-{n % 4}", seconds=20)
            )
        )
        for n in range(100)
    ]
    while tls_registry.seen.total < 8:
        await asyncio.sleep(0.001)
    async with asyncio.timeout(2):
        result = await prober.probe(ask_for("other.example/ok/app:1.0", tenant="team-0"))
    assert result.cause is None
    assert tls_registry.seen.total == 9
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


async def test_one_tenant_whose_hosts_all_hang_leaves_room_for_the_others(
    make_prober: MakeProber, tls_registry: Served
):
    hosts = [f"h{n}.example" for n in range(40)]
    network = public(tls_registry.port, *hosts, "registry.example")
    # The names are not on the certificate: the handshake is what hangs here.
    async with hanging_server() as port:
        network.ports = {
            (PUBLIC, 443): port,
            ("93.184.215.15", 443): tls_registry.port,
        }
        network.names = dict.fromkeys(hosts, (PUBLIC,)) | {"registry.example": ("93.184.215.15",)}
        prober = make_prober(network=network, ca_bundle=tls_registry.ca)
        hanging = [
            asyncio.create_task(prober.probe(ask_for(f"{host}/a:{n}", tenant="greedy", seconds=20)))
            for host in hosts
            for n in range(4)
        ]
        while len(network.dialled) < 16:
            await asyncio.sleep(0.001)
        async with asyncio.timeout(2):
            result = await prober.probe(ask_for("registry.example/ok/app:1.0", tenant="modest"))
        assert result.cause is None
        assert len(network.dialled) == 17
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)


@asynccontextmanager
async def hanging_server() -> AsyncIterator[int]:
    """Accepts, and says nothing."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.read()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        server.close()
        for _ in range(10):  # who was let in at the last moment is to be let go, too
            await asyncio.sleep(0)
        for writer in writers:
            writer.transport.abort()


@pytest.mark.parametrize("fault", ["flood", "token-flood", "gzip", "headers", "truncated"])
async def test_what_floods_is_cut_and_costs_little_memory(probe: Probe, fault: str):
    await probe(f"{fault}/warm-up:1.0")
    tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        result = await probe(f"{fault}/app:1.0")
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert result.cause is not None
    # 4 MiB of a manifest, twice while it is put together, beside what the server itself takes.
    assert peak < (80 if fault == "gzip" else 20) * 1024 * 1024


@pytest.mark.parametrize("fault", ["hang", "hang-body", "token-hang", "slow-2000"])
async def test_an_answer_comes_by_the_deadline_in_any_case(probe: Probe, fault: str):
    loop = asyncio.get_running_loop()
    started = loop.time()
    result = await probe(f"{fault}/app:1.0", seconds=0.2)
    assert loop.time() - started < 0.4
    assert result.cause is Cause.REGISTRY_UNAVAILABLE
    assert result.detail == "no answer in time"


async def test_a_host_that_fails_again_and_again_is_not_asked_for_a_while(
    probe: Probe, registry: Served
):
    for n in range(3):
        await probe(f"status-503/app-{n}:1")
    sent = registry.seen.total
    loop = asyncio.get_running_loop()
    started = loop.time()
    result = await probe("ok/app:1.0")
    assert loop.time() - started < 0.05
    assert result.cause is Cause.REGISTRY_UNAVAILABLE
    assert result.detail == "not asked again yet after failures"
    assert result.retry_after_seconds is not None
    assert registry.seen.total == sent


async def test_refusals_and_absences_are_no_failures_of_the_host(probe: Probe, registry: Served):
    for n in range(5):
        await probe(f"status-403/app-{n}:1")
        await probe(f"missing-tag/app-{n}:1")
        await probe(f"private/app-{n}:1", f"wrong-{n}")
    assert (await probe("ok/app:1.0")).cause is None


async def test_a_deadline_that_was_too_near_is_not_held_against_the_host(probe: Probe):
    for n in range(5):
        await probe(f"hang/app-{n}:1", seconds=0.05)
    assert (await probe("ok/app:1.0")).cause is None


async def test_made_up_hosts_do_not_pile_up(make_prober: MakeProber, tls_registry: Served):
    network = LoopbackNetwork()
    prober = make_prober(network=network, settings=Settings(limits=Limits()))
    for n in range(600):
        await prober.probe(ask_for(f"h{n}.example/a:1"))
    assert len(prober._pools._lanes) == 512


async def test_a_caller_who_gives_up_leaves_nothing_behind(probe: Probe, registry: Served):
    for n in range(30):
        task = asyncio.create_task(probe(f"hang/app-{n}:1"))
        while registry.seen.total <= n:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (await probe("ok/app:1.0")).cause is None
