"""Hints about references that are valid, and probably not what was meant. Never errors."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pullproof.reference.grammar import is_valid
from pullproof.reference.values import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One suspicion."""

    kind: str
    """Stable, in kebab case: ``tag-as-path``."""
    message: str
    suggestion: str | None
    """The reference that is probably meant, where that is clear."""


_VERSION = re.compile(r"v?\d+(?:\.\d+)+(?:[-_.]\w+)*|latest|stable|edge", re.ASCII)
_PLACEHOLDERS = frozenset(
    {"null", "none", "nil", "undefined", "true", "false", "nan", "tag", "todo"}
)
_HEX64 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ECR = re.compile(
    r"(?P<account>\d+)\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com", re.ASCII
)
_ACCOUNT_DIGITS = 12
_HOSTLIKE = frozenset({"registry", "harbor", "nexus", "artifactory", "quay", "ghcr", "gcr", "ecr"})
_KNOWN = {"ghcr": "ghcr.io", "quay": "quay.io", "gcr": "gcr.io"}
_LOOKALIKES = {
    "gchr.io": "ghcr.io",
    "ghrc.io": "ghcr.io",
    "ghcr.com": "ghcr.io",
    "quay.com": "quay.io",
    "hub.docker.com": "docker.io",
    "docker.com": "docker.io",
    "registry.hub.docker.com": "docker.io",
    "gcr.com": "gcr.io",
}


def hints(text: str, reference: Reference) -> tuple[Hint, ...]:
    """What looks wrong about a valid reference, the surest first."""
    found = (rule(text, reference) for rule in _RULES)
    return tuple(one for one in found if one is not None)


def _tag_as_path(text: str, reference: Reference) -> Hint | None:
    """``nginx/1.23-alpine``: a repository named like a version."""
    head, _, last = reference.repository.rpartition("/")
    if reference.tag or reference.digest or not head or not _VERSION.fullmatch(last):
        return None
    written = text.rpartition("/")[0]
    mend = f"{written}:{last}"
    message = f'"/" makes "{last}" part of the repository\'s name; a tag follows ":"'
    return Hint(kind="tag-as-path", message=message, suggestion=mend if is_valid(mend) else None)


def _bad_host(text: str, reference: Reference) -> Hint | None:
    if reference.registry:
        return None
    first = text.partition("/")[0]
    message = f'"{first}" is no valid host name, so no registry can be asked'
    mend = text.replace("_", "-", first.count("_"))
    return Hint(kind="invalid-host", message=message, suggestion=mend if is_valid(mend) else None)


def _host_without_dot(text: str, reference: Reference) -> Hint | None:
    """``registry/app`` is a path on Docker Hub."""
    first, slash, rest = text.partition("/")
    if not slash or not reference.is_docker_hub or first not in _HOSTLIKE:
        return None
    known = _KNOWN.get(first)
    return Hint(
        kind="host-without-dot",
        message=f'"{first}" has neither a dot nor a port, so Docker Hub is asked for {first}/...',
        suggestion=f"{known}/{rest}" if known else None,
    )


def _host_alone(text: str, reference: Reference) -> Hint | None:
    """``host:5000`` is a repository with the tag 5000."""
    name, colon, tag = text.partition(":")
    if "/" in text or not colon or not tag.isdigit() or not reference.is_docker_hub:
        return None
    if "." not in name and name != "localhost":
        return None
    message = f'without "/" this is the repository "{name}" with the tag "{tag}", not a host'
    return Hint(kind="host-alone", message=message, suggestion=None)


def _digest_as_tag(_: str, reference: Reference) -> Hint | None:
    """``sha256:...`` is a repository of that name."""
    if not reference.tag or not _HEX64.fullmatch(reference.tag):
        return None
    message = f'"{reference.tag[:12]}..." is a tag here; a digest follows "@"'
    return Hint(kind="digest-as-tag", message=message, suggestion=None)


def _placeholder(_: str, reference: Reference) -> Hint | None:
    if reference.tag is None or reference.tag.lower() not in _PLACEHOLDERS:
        return None
    message = f'the tag "{reference.tag}" looks like a value that was never filled in'
    return Hint(kind="placeholder-tag", message=message, suggestion=None)


def _lookalike(text: str, reference: Reference) -> Hint | None:
    meant = _LOOKALIKES.get(reference.registry)
    if meant is None:
        return None
    mend = meant + text[len(reference.registry) :]
    return Hint(
        kind="look-alike-host",
        message=f'"{reference.registry}" is probably meant to be "{meant}"',
        suggestion=mend if is_valid(mend) else None,
    )


def _upper_host(_: str, reference: Reference) -> Hint | None:
    if reference.registry.lower() == reference.registry:
        return None
    message = f'"{reference.registry}" is taken for a host; keys of pull secrets are case-sensitive'
    return Hint(kind="upper-case-host", message=message, suggestion=None)


def _ecr_account(_: str, reference: Reference) -> Hint | None:
    found = _ECR.match(reference.registry)
    if found is None or len(found["account"]) == _ACCOUNT_DIGITS:
        return None
    message = f"an AWS account id has {_ACCOUNT_DIGITS} digits, not {len(found['account'])}"
    return Hint(kind="ecr-account", message=message, suggestion=None)


def _port_range(_: str, reference: Reference) -> Hint | None:
    port = reference.registry.rpartition(":")[2]
    if ":" not in reference.registry or not port.isdigit() or 0 < int(port[:9]) <= 65535:  # noqa: PLR2004
        return None
    return Hint(kind="port-range", message=f"there is no port {port[:20]}", suggestion=None)


def _no_tag(_: str, reference: Reference) -> Hint | None:
    if reference.digest is not None or reference.tag not in (None, "latest"):
        return None
    said = "no tag means latest" if reference.tag is None else "latest is whatever was pushed last"
    message = f"{said}: what runs may change at every pull"
    return Hint(kind="latest", message=message, suggestion=None)


_RULES: tuple[Callable[[str, Reference], Hint | None], ...] = (
    _bad_host,
    _tag_as_path,
    _lookalike,
    _host_without_dot,
    _host_alone,
    _digest_as_tag,
    _placeholder,
    _ecr_account,
    _port_range,
    _upper_host,
    _no_tag,
)
