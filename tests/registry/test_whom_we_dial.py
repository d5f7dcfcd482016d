"""The author of a Pod chooses the host: where that may lead, and what is told of it."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from typing import Any

import pytest

from asking import Served, ask_for
from loopback_network import PUBLIC, LoopbackNetwork, public
from pullproof.causes import Cause, Confidence
from pullproof.evidence import UNTOLD, ProbeResult
from pullproof.registry.addresses import Reach
from pullproof.registry.dialing import SystemNetwork
from pullproof.registry.probe import Prober
from pullproof.settings import Mirror, Registry, Settings, Times

MakeProber = Callable[..., Prober]


def told(result: ProbeResult) -> tuple[object, ...]:
    return (result.cause, result.confidence, result.detail, result.declared, result.exchanges)


ONE_WORDING = (Cause.REGISTRY_UNAVAILABLE, Confidence.POSSIBLE, UNTOLD, False, ())


def declared(*hosts: str, **more: Any) -> Settings:
    return Settings(registries=tuple(Registry(host=host) for host in hosts), **more)


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["::ffff:10.0.0.1"],
        ["64:ff9b::7f00:1"],
        [PUBLIC, "10.0.0.1"],
        ["fd00::1"],
    ],
)
async def test_an_undeclared_host_with_any_address_that_is_not_global_is_not_dialled(
    make_prober: MakeProber, addresses: list[str]
):
    network = LoopbackNetwork(names={"evil.example": addresses})
    result = await make_prober(network=network).probe(ask_for("evil.example/a:1"))
    assert told(result) == ONE_WORDING
    assert network.dialled == []


@pytest.mark.parametrize(
    "image",
    [
        "10.0.0.1/a:1",
        "127.0.0.1/a:1",
        "[::1]/a:1",
        "[::ffff:7f00:1]/a:1",
        "169.254.169.254/a:1",
        "2130706433.0/a:1",
        "0177.0.0.1/a:1",
        "127.1/a:1",
        "localhost/a:1",
        "localhost:443/a:1",
        "evil.example:22/a:1",
        "evil.example:5000/a:1",
    ],
)
async def test_addresses_written_in_any_form_and_other_ports_are_not_dialled(
    make_prober: MakeProber, image: str
):
    network = LoopbackNetwork(names={"evil.example": [PUBLIC], "localhost": ["127.0.0.1"]})
    result = await make_prober(network=network).probe(ask_for(image))
    assert told(result) == ONE_WORDING
    assert network.dialled == []


async def test_a_name_that_changes_its_mind_is_asked_for_once_and_pinned(
    make_prober: MakeProber, tls_registry: Served
):
    """DNS rebinding: the second answer would be private, and there is no second question."""

    class Rebinding(LoopbackNetwork):
        async def resolve(self, host: str, reach: Reach):
            await super().resolve(host, reach)
            return (PUBLIC,) if len(self.looked_up) == 1 else ("127.0.0.1",)

    network = Rebinding(
        names={"registry.example": (PUBLIC,)}, ports={(PUBLIC, 443): tls_registry.port}
    )
    prober = make_prober(network=network, ca_bundle=tls_registry.ca)
    result = await prober.probe(ask_for("registry.example/ok/app:1.0"))
    assert result.cause is None
    assert network.looked_up == ["registry.example"]
    assert network.dialled == [(PUBLIC, 443)]


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(socket.gaierror(socket.EAI_NONAME, "x"), id="no-such-name"),
        pytest.param(socket.gaierror(socket.EAI_AGAIN, "x"), id="resolver-down"),
        pytest.param(["10.0.0.1"], id="private"),
        pytest.param(["169.254.169.254"], id="metadata"),
    ],
)
async def test_look_ups_that_fail_read_like_forbidden_addresses(make_prober: MakeProber, failure):
    network = LoopbackNetwork(names={"evil.example": failure})
    result = await make_prober(network=network).probe(ask_for("evil.example/a:1"))
    assert told(result) == ONE_WORDING


@pytest.mark.parametrize("number", [errno.ECONNREFUSED, errno.ENETUNREACH, errno.ETIMEDOUT])
async def test_connections_that_fail_read_alike(make_prober: MakeProber, number: int):
    network = LoopbackNetwork(
        names={"evil.example": [PUBLIC]}, ports={(PUBLIC, 443): OSError(number, "x")}
    )
    result = await make_prober(network=network).probe(ask_for("evil.example/a:1"))
    assert told(result) == ONE_WORDING


@pytest.mark.parametrize("fault", ["reset", "hang", "garbage", "headers", "redirect-loop"])
async def test_answers_that_are_none_read_alike(
    make_prober: MakeProber, tls_registry: Served, fault: str
):
    network = public(tls_registry.port, "registry.example")
    prober = make_prober(network=network, ca_bundle=tls_registry.ca)
    result = await prober.probe(ask_for(f"registry.example/{fault}/a:1", seconds=0.3))
    assert told(result) == ONE_WORDING


async def test_certificates_that_do_not_verify_read_alike(
    make_prober: MakeProber, tls_registry: Served
):
    network = public(tls_registry.port, "registry.example", "wrong.example")
    trusting = make_prober(network=network, ca_bundle=tls_registry.ca)
    for prober, host in ((make_prober(network=network), "registry"), (trusting, "wrong")):
        result = await prober.probe(ask_for(f"{host}.example/ok/a:1.0"))
        assert told(result) == ONE_WORDING
    assert tls_registry.seen.total == 0


@pytest.mark.parametrize(
    ("names", "ports", "cause"),
    [
        ({}, {}, Cause.REGISTRY_HOST_UNKNOWN),
        (
            {"own.example": socket.gaierror(socket.EAI_AGAIN, "x")},
            {},
            Cause.DNS_RESOLUTION_FAILED,
        ),
        (
            {"own.example": ["10.0.0.9"]},
            {("10.0.0.9", 5000): OSError(errno.ECONNREFUSED, "x")},
            Cause.CONNECTION_REFUSED,
        ),
        (
            {"own.example": ["10.0.0.9"]},
            {("10.0.0.9", 5000): OSError(errno.EHOSTUNREACH, "x")},
            Cause.NETWORK_UNREACHABLE,
        ),
        (
            {"own.example": ["10.0.0.9"]},
            {("10.0.0.9", 5000): OSError(errno.ETIMEDOUT, "x")},
            Cause.CONNECTION_TIMED_OUT,
        ),
        ({"own.example": ["127.0.0.1"]}, {}, Cause.REGISTRY_UNAVAILABLE),
        ({"own.example": ["169.254.169.254"]}, {}, Cause.REGISTRY_UNAVAILABLE),
    ],
)
async def test_of_a_declared_host_the_failure_is_told(make_prober: MakeProber, names, ports, cause):
    network = LoopbackNetwork(names=names, ports=ports)
    prober = make_prober(declared("own.example:5000"), network=network)
    result = await prober.probe(ask_for("own.example:5000/a:1"))
    assert result.cause is cause
    assert result.declared
    assert result.detail != UNTOLD


async def test_a_declared_host_may_be_private_and_have_its_port(
    make_prober: MakeProber, tls_registry: Served
):
    network = LoopbackNetwork(
        names={"registry.example": ["10.0.0.9"]}, ports={("10.0.0.9", 5000): tls_registry.port}
    )
    settings = Settings(
        registries=(Registry(host="registry.example:5000", ca_bundle=tls_registry.ca),)
    )
    prober = make_prober(settings, network=network)
    assert (await prober.probe(ask_for("registry.example:5000/ok/a:1.0"))).cause is None


async def test_a_forbidden_address_is_not_dialled_for_a_declared_host(make_prober: MakeProber):
    network = LoopbackNetwork(names={"own.example": ["10.96.0.1"]})
    prober = make_prober(
        declared("own.example"), network=network, forbidden_addresses=["10.96.0.1"]
    )
    result = await prober.probe(ask_for("own.example/a:1"))
    assert result.cause is Cause.REGISTRY_UNAVAILABLE
    assert network.dialled == []


@pytest.mark.parametrize(
    "fault",
    [
        "redirect-private",
        "redirect-loopback-443",
        "redirect-name-inside.example",
        "redirect-http",
        "redirect-userinfo",
        "redirect-odd",
        "evil-realm",
        "evil-realm-loopback-443",
        "evil-realm-name-inside.example",
        "evil-realm-userinfo",
    ],
)
async def test_redirects_and_realms_lead_to_nothing_that_is_private(
    make_prober: MakeProber, tls_registry: Served, fault: str
):
    """Not even to a host that is declared: it is so for its own images, not for strangers."""
    network = LoopbackNetwork(
        names={"registry.example": [PUBLIC], "inside.example": ["10.0.0.9"]},
        ports={(PUBLIC, 443): tls_registry.port, ("10.0.0.9", 443): tls_registry.port},
    )
    prober = make_prober(declared("inside.example"), network=network, ca_bundle=tls_registry.ca)
    result = await prober.probe(ask_for(f"registry.example/{fault}/a:1.0", "right"))
    assert told(result) == ONE_WORDING
    assert set(network.dialled) == {(PUBLIC, 443)}
    assert tls_registry.seen.total == 1


async def test_a_redirect_to_another_public_host_is_followed(
    make_prober: MakeProber, tls_registry: Served
):
    network = public(tls_registry.port, "registry.example", "other.example")
    prober = make_prober(network=network, ca_bundle=tls_registry.ca)
    result = await prober.probe(ask_for("registry.example/redirect-name-other.example/a:1.0"))
    assert result.cause is None
    assert [one["host"] for one in tls_registry.seen.log] == ["registry.example", "other.example"]


async def test_a_name_with_several_addresses_is_tried_at_each(
    make_prober: MakeProber, tls_registry: Served
):
    second = "93.184.215.15"
    network = LoopbackNetwork(
        names={"registry.example": [PUBLIC, second]},
        ports={
            (PUBLIC, 443): OSError(errno.ENETUNREACH, "x"),
            (second, 443): tls_registry.port,
        },
    )
    prober = make_prober(network=network, ca_bundle=tls_registry.ca)
    assert (await prober.probe(ask_for("registry.example/ok/a:1.0"))).cause is None
    assert network.dialled == [(PUBLIC, 443), (second, 443)]


async def test_a_first_address_that_swallows_everything_does_not_take_all_the_time(
    make_prober: MakeProber, tls_registry: Served
):
    second = "93.184.215.15"

    class Swallowing(LoopbackNetwork):
        async def open(self, address, port):
            if str(address) == PUBLIC:
                await asyncio.get_running_loop().create_future()
            return await super().open(address, port)

    network = Swallowing(
        names={"registry.example": [PUBLIC, second]}, ports={(second, 443): tls_registry.port}
    )
    settings = Settings(times=Times(connect_seconds=0.3))
    prober = make_prober(settings, network=network, ca_bundle=tls_registry.ca)
    assert (await prober.probe(ask_for("registry.example/ok/a:1.0"))).cause is None


async def test_the_name_goes_into_sni_and_is_what_the_certificate_must_have(
    make_prober: MakeProber, tls_registry: Served, server_context: ssl.SSLContext
):
    names: list[str | None] = []
    server_context.sni_callback = lambda _socket, name, _context: names.append(name)
    try:
        network = public(tls_registry.port, "registry.example")
        prober = make_prober(network=network, ca_bundle=tls_registry.ca)
        assert (await prober.probe(ask_for("registry.example/ok/a:1.0"))).cause is None
    finally:
        server_context.sni_callback = None
    assert names == ["registry.example"]


async def test_the_system_resolves_names_and_says_so_where_there_are_none():
    network = SystemNetwork()
    assert set(await network.resolve("localhost", Reach.ANY)) <= {"127.0.0.1", "::1"}
    with pytest.raises(socket.gaierror):
        await network.resolve("a..b", Reach.ANY)
    with pytest.raises(socket.gaierror):
        await network.resolve("x" * 100, Reach.ANY)


async def test_equal_look_ups_at_one_time_are_one(monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []

    def getaddrinfo(name: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(name)
        return [(0, 0, 0, "", (PUBLIC, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    network = SystemNetwork()
    found = await asyncio.gather(
        *(network.resolve("registry.example", Reach.PUBLIC) for _ in range(50))
    )
    assert found == [[PUBLIC]] * 50
    # The dot keeps search domains out: a Pod's own would turn the name into a Service.
    assert asked == ["registry.example."]


@pytest.mark.parametrize("address", ["93.184.215.14", "10.0.0.9"])
async def test_an_undeclared_mirror_is_impossible_and_a_declared_one_may_be_private(
    make_prober: MakeProber, tls_registry: Served, address: str
):
    network = LoopbackNetwork(
        names={"mirror.corp.example": [address], "registry-1.docker.io": [PUBLIC]},
        ports={(address, 443): tls_registry.port},
    )
    mirror = Mirror(url="https://mirror.corp.example", ca_bundle=tls_registry.ca)
    settings = Settings(registries=(Registry(host="docker.io", mirrors=(mirror,)),))
    result = await make_prober(settings, network=network).probe(ask_for("ok/app:1.0"))
    assert result.cause is None
    assert result.host == "mirror.corp.example"
    assert tls_registry.seen.log[0]["query"] == "ns=docker.io"
