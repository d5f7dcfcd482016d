"""Questions to registries, in tests."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fault_registry import Seen
from pullproof.credentials import Credential
from pullproof.evidence import ProbeResult
from pullproof.reference import parse_reference
from pullproof.registry.probe import Ask

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


Probe = Callable[..., Coroutine[Any, Any, ProbeResult]]


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
