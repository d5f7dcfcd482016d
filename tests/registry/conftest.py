"""A fault registry on loopback, plain and with TLS, and probers that ask it."""

import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
import trustme

from asking import NAMES, Probe, Served, ask_for
from fault_registry import SEEN, make_app, running
from pullproof.evidence import ProbeResult
from pullproof.registry.probe import Prober
from pullproof.settings import Settings


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
