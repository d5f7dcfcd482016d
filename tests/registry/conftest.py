"""A fault registry on loopback, plain and with TLS, and probers that ask it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
import trustme

from fault_registry import SEEN, Seen, make_app, running
from pullproof.credentials import Credential
from pullproof.evidence import ProbeResult
from pullproof.reference import parse_reference
from pullproof.registry.probe import Ask, Prober
from pullproof.settings import Settings

NAMES = (
    "registry.example",
    "other.example",
    "localhost",
    "127.0.0.1",
    "registry-1.docker.io",
    "auth.docker.io",
    "ghcr.io",
    "quay.io",
    "registry.gitlab.com",
    "eu.gcr.io",
    "europe-docker.pkg.dev",
    "public.ecr.aws",
    "mcr.microsoft.com",
    "registry.k8s.io",
    "fault.azurecr.io",
    "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
    "registry.cn-hangzhou.aliyuncs.com",
    "registry.corp.example",
    "mirror.corp.example",
    "auth.corp.example",
)


@dataclass
class Served:
    """A registry that is served."""

    port: int
    seen: Seen
    ca: str = ""
    """PEM of the authority; empty: plain HTTP."""

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


Probe = Callable[..., Awaitable[ProbeResult]]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*NAMES).configure_cert(context)
    return context


@pytest.fixture(scope="session")
def ca_bundle(authority: trustme.CA) -> str:
    return authority.cert_pem.bytes().decode()


@pytest_asyncio.fixture
async def registry() -> AsyncIterator[Served]:
    """Plain HTTP."""
    app = make_app()
    async with running(app) as port:
        yield Served(port, app[SEEN])


@pytest_asyncio.fixture
async def tls_registry(server_context: ssl.SSLContext, ca_bundle: str) -> AsyncIterator[Served]:
    app = make_app()
    async with running(app, context=server_context) as port:
        yield Served(port, app[SEEN], ca_bundle)


@pytest_asyncio.fixture
async def make_prober() -> AsyncIterator[Callable[..., Prober]]:
    """Make probers that are closed at the end."""
    made: list[Prober] = []

    def make(settings: Settings | None = None, **options: Any) -> Prober:
        made.append(Prober(settings or Settings(), **options))
        return made[-1]

    yield make
    for prober in made:
        await prober.aclose()


@pytest_asyncio.fixture
async def probe(registry: Served, make_prober: Callable[..., Prober]) -> Probe:
    """``await probe("ok/app:1.0", "right")``: ask the plain registry from the command line."""
    prober = make_prober(open_network=True)

    async def ask(image: str, *passwords: str, **options: Any) -> ProbeResult:
        return await prober.probe(ask_for(f"{registry.host}/{image}", *passwords, **options))

    return ask


def ask_for(image: str, *passwords: str, seconds: float = 10.0, **options: Any) -> Ask:
    return Ask(
        reference=parse_reference(image),
        candidates=tuple(credential(one, n) for n, one in enumerate(passwords)),
        tenant=options.pop("tenant", ""),
        deadline=asyncio.get_running_loop().time() + seconds,
        **options,
    )


def credential(password: str, number: int = 0, username: str = "someone") -> Credential:
    return Credential(
        username=username, password=password, secret=f"team/login-{number}", key="127.0.0.1"
    )


@pytest.fixture
def no_leak(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing of a password on either output."""
    yield
    out, err = capfd.readouterr()
    assert "secret-password" not in out + err
