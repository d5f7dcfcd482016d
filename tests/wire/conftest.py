"""The same questions to the fault registry and to a real one, plain, with TLS, with logins."""

import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import trustme

from asking import ask_for
from fault_images import Stored, repository, single
from fault_registry import make_app, running
from pullproof.evidence import ProbeResult
from pullproof.registry.probe import Prober
from pullproof.settings import Registry, Settings
from real_registry import docker_registry, push


@dataclass
class Place:
    """A registry with images, and how it is asked."""

    host: str
    prefix: str
    prober: Prober
    needs_login: bool
    index: Stored
    """What ``app`` holds; ``one`` holds a single image, ``gone`` is not there."""

    async def probe(self, image: str, *passwords: str, **options: Any) -> ProbeResult:
        """Ask for ``app:1.0`` and the like; without passwords with the right one, if needed."""
        if not passwords and self.needs_login:
            passwords = ("right",)
        return await self.anonymously(image, *passwords, **options)

    async def anonymously(self, image: str, *passwords: str, **options: Any) -> ProbeResult:
        return await self.prober.probe(
            ask_for(f"{self.host}/{self.prefix}{image}", *passwords, **options)
        )


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


Real = Callable[[str], str]


@pytest.fixture(scope="session")
def real(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    """Start real registries when they are asked for; ``plain``, ``tls`` or ``login``."""
    started: dict[str, str] = {}
    closing = []

    def start(kind: str) -> str:
        if kind not in started:
            directory: Path = tmp_path_factory.mktemp(kind)
            certificate = authority.issue_cert("127.0.0.1") if kind == "tls" else None
            manager = docker_registry(directory, certificate=certificate, login=kind == "login")
            port = manager.__enter__()
            closing.append(manager)
            context = ssl.create_default_context()
            authority.configure_trust(context)
            base = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
            push(base, "team/app", repository("team/app"), context)
            push(base, "team/one", single("team/one", "docker"), context)
            started[kind] = f"127.0.0.1:{port}"
        return started[kind]

    yield start
    for manager in closing:
        manager.__exit__(None, None, None)


@pytest_asyncio.fixture(
    params=["fault", "fault-tls", "fault-basic", "real", "real-tls", "real-login"]
)
async def place(
    request: pytest.FixtureRequest, real: Real, authority: trustme.CA
) -> AsyncIterator[Place]:
    kind: str = request.param
    where = _real(kind, real) if kind.startswith("real") else _fault(kind, authority)
    async with where as (host, prefix, index):
        ca_bundle = authority.cert_pem.bytes().decode() if kind.endswith("-tls") else ""
        own = Registry(host=host, ca_bundle=ca_bundle, plain_http=not ca_bundle)
        prober = Prober(Settings(registries=(own,)), open_network=True)
        needs_login = kind in ("fault-basic", "real-login")
        yield Place(host, prefix, prober, needs_login, index)
        await prober.aclose()


_Where = AbstractAsyncContextManager[tuple[str, str, Stored]]


def _fault(kind: str, authority: trustme.CA) -> _Where:
    @asynccontextmanager
    async def serving() -> AsyncIterator[tuple[str, str, Stored]]:
        context = None
        if kind.endswith("-tls"):
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            authority.issue_cert("127.0.0.1").configure_cert(context)
        fault = "basic" if kind.endswith("-basic") else "ok"
        async with running(make_app(), context=context) as port:
            yield f"127.0.0.1:{port}", f"{fault}/", repository(f"{fault}/app")

    return serving()


def _real(kind: str, real: Real) -> _Where:
    @asynccontextmanager
    async def serving() -> AsyncIterator[tuple[str, str, Stored]]:
        yield real(kind.removeprefix("real").strip("-") or "plain"), "team/", repository("team/app")

    return serving()
