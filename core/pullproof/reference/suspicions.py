"""Hints about references that are valid, and probably not what was meant. Never errors.

The kinds are stable names, listed in ``HintKind``; the surest come first.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pullproof.reference import hosts
from pullproof.reference.characters import shown
from pullproof.reference.grammar import is_valid, names_host
from pullproof.reference.values import HUB, Reference


class HintKind(StrEnum):
    """What is suspicious."""

    TAG_AS_PATH = "tag-as-path"
    """``nginx/1.27-alpine``"""
    DIGEST_AS_TAG = "digest-as-tag"
    """``sha256:...``, ``app:<64 hexadecimal digits>``"""
    PLACEHOLDER_TAG = "placeholder-tag"
    """``app:null``"""
    UNDERSCORE_HOST = "underscore-host"
    """``my_registry.example.com/app``: valid, and no registry can be asked"""
    LOOKALIKE_HOST = "lookalike-host"
    """``dokcer.io/nginx``, ``hub.docker.com/r/bitnami/redis``"""
    RETIRED_HOST = "retired-host"
    """``k8s.gcr.io/pause``"""
    DOCKER_HUB_ALIAS = "docker-hub-alias"
    """``registry-1.docker.io/nginx``"""
    HOST_WITHOUT_DOT = "host-without-dot"
    """``registry/app``: a path on Docker Hub"""
    TOO_DEEP_FOR_DOCKER_HUB = "too-deep-for-docker-hub"
    """``team/group/app``: Docker Hub has two levels"""
    HOST_WITHOUT_REPOSITORY = "host-without-repository"
    """``ghcr.io``, ``host:5000``"""
    UPPERCASE_HOST = "uppercase-host"
    """``Bitnami/redis``: a host, because of the upper-case letter"""
    PORT_OUT_OF_RANGE = "port-out-of-range"
    ECR_ACCOUNT = "ecr-account"
    ECR_HOST = "ecr-host"
    TAG_IGNORED = "tag-ignored"
    """Beside a digest a tag decides nothing."""
    NO_TAG = "no-tag"
    LATEST_TAG = "latest-tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One suspicion."""

    kind: HintKind
    message: str
    """One clause, lower case, ASCII."""
    suggestion: str | None
    """The reference that is probably meant, where that is clear; it is valid."""


def hints(text: str, reference: Reference) -> tuple[Hint, ...]:
    """Tell what looks wrong about a valid reference, given the text that it was read from."""
    found = tuple(one for rule in _RULES if (one := rule(text, reference)) is not None)
    if not found and (mild := _decoration(reference)) is not None:
        return (mild,)
    return found


def _hint(kind: HintKind, message: str, suggestion: str | None = None) -> Hint:
    if suggestion is not None and not is_valid(suggestion):
        suggestion = None
    return Hint(kind=kind, message=message, suggestion=suggestion)


_SURE_VERSION = re.compile(
    r"v?\d+(?:\.\d+)+(?:[-_.]?\w+)*|v\d+|\d+-[a-z]\w*(?:[-.]\w+)*|latest|stable", re.ASCII
)
_NUMBER = re.compile(r"\d{1,4}", re.ASCII)
_OFFICIAL = frozenset(
    """
    alpine busybox debian ubuntu fedora nginx httpd haproxy traefik caddy redis memcached
    postgres mysql mariadb mongo rabbitmq elasticsearch kibana logstash node python golang ruby
    php rust openjdk eclipse-temurin maven gradle tomcat wordpress ghost registry vault consul
    influxdb grafana
    """.split()  # noqa: SIM905  # a list would take 40 lines
)
"""Official images, where even a bare number is a tag: ``postgres/16``."""


def _tag_as_path(text: str, reference: Reference) -> Hint | None:
    head, slash, last = text.rpartition("/")
    head_is_host = "/" not in head and names_host(head)
    if reference.tag or reference.digest or not slash or head_is_host:
        return None
    number_of_official = head in _OFFICIAL and _NUMBER.fullmatch(last)
    if not (_SURE_VERSION.fullmatch(last) or number_of_official):
        return None
    message = f'"/" makes "{shown(last)}" part of the repository\'s name; a tag follows ":"'
    return _hint(HintKind.TAG_AS_PATH, message, f"{head}:{last}")


_HEX64 = re.compile(r"[0-9a-f]{64}", re.ASCII)


def _digest_as_tag(text: str, reference: Reference) -> Hint | None:
    if reference.tag is None or reference.digest or not _HEX64.fullmatch(reference.tag):
        return None
    name = text.removesuffix(f":{reference.tag}")
    if name.rpartition("/")[2] == "sha256":
        message = (
            f'"{name}" is the repository here, and the digits its tag; write NAME@sha256:DIGITS'
        )
        head = name.rpartition("/")[0]
        mend = f"{head}@sha256:{reference.tag}" if head and not names_host(head) else None
        return _hint(HintKind.DIGEST_AS_TAG, message, mend)
    message = f'"{reference.tag[:12]}..." is a tag here; a digest is written @sha256:DIGITS'
    return _hint(HintKind.DIGEST_AS_TAG, message, f"{name}@sha256:{reference.tag}")


_UNFILLED = frozenset(
    """
    null none nil undefined nan true false todo fixme changeme change-me change_me replaceme
    replace-me replace_me placeholder
    """.split()  # noqa: SIM905  # a list would take 40 lines
)
_VARIABLE = re.compile(r"_*(?:IMAGE_?)?(?:TAG|VERSION|RELEASE|COMMIT_SHA|GIT_SHA)_*", re.ASCII)


def _placeholder(_: str, reference: Reference) -> Hint | None:
    tag = reference.tag
    if tag is None or not (tag.lower() in _UNFILLED or _VARIABLE.fullmatch(tag)):
        return None
    message = f'the tag "{tag}" looks like a value that was never filled in'
    return _hint(HintKind.PLACEHOLDER_TAG, message)


def _underscore_host(text: str, reference: Reference) -> Hint | None:
    if reference.registry:
        return None
    first = text.partition("/")[0]
    message = (
        f'"{shown(first)}" cannot be a host, because of "_"; the kubelet takes the reference,'
        " and no runtime can pull it"
    )
    return _hint(HintKind.UNDERSCORE_HOST, message)


def _lookalike(text: str, reference: Reference) -> Hint | None:
    host = reference.registry.lower()
    page = hosts.WEB_PAGES.get(host)
    meant = page or hosts.lookalike_of(host)
    if meant is None:
        return None
    rest = text.partition("/")[2]
    if page == HUB:
        rest = rest.removeprefix("r/").removeprefix("library/")
    what = "serves no images; they are at" if page else "looks like"
    message = f'"{shown(reference.registry)}" {what} "{meant}"'
    return _hint(HintKind.LOOKALIKE_HOST, message, rest if page == HUB else f"{meant}/{rest}")


def _retired(text: str, reference: Reference) -> Hint | None:
    successor = hosts.RETIRED.get(reference.registry)
    if successor is None:
        return None
    message = f'"{reference.registry}" is frozen; its images moved to "{successor}"'
    return _hint(HintKind.RETIRED_HOST, message, f"{successor}/{text.partition('/')[2]}")


def _docker_hub_alias(text: str, reference: Reference) -> Hint | None:
    host = reference.registry.lower()
    if host not in hosts.DOCKER_HUB_ALIASES and (host != HUB or reference.registry == HUB):
        return None
    message = (
        f'"{reference.registry}" is another registry than docker.io to a kubelet: no "library/" is'
        " put in, and pull secrets for Docker Hub do not count"
    )
    return _hint(HintKind.DOCKER_HUB_ALIAS, message, f"{HUB}/{text.partition('/')[2]}")


_HUB_LEVELS = 2


def _not_on_docker_hub(text: str, reference: Reference) -> Hint | None:
    """``registry/app`` is a path on Docker Hub."""
    first, slash, rest = text.partition("/")
    if not slash or not reference.is_docker_hub or names_host(first):
        return None
    known = hosts.SHORTENED.get(first)
    if known is not None or first in hosts.HOST_WORDS:
        message = (
            f'"{first}" has neither a dot nor a port, so it is no host: Docker Hub is asked for'
            f' "{shown(reference.repository)}"'
        )
        return _hint(HintKind.HOST_WITHOUT_DOT, message, f"{known}/{rest}" if known else None)
    if reference.repository.count("/") >= _HUB_LEVELS:
        message = (
            f'no host is named, so Docker Hub is asked for "{shown(reference.repository)}";'
            " its repositories have two levels at most"
        )
        return _hint(HintKind.TOO_DEEP_FOR_DOCKER_HUB, message)
    return None


_COMMON_PORTS = frozenset({"80", "443", "5000", "5001", "8080", "8081", "8082", "8083", "8443"})
_TOP_LEVEL = re.compile(
    r".+\.(?:com|net|org|io|dev|cloud|local|internal|lan|corp|home|aws|co|eu|de|fr|uk|svc)",
    re.ASCII,
)


def _host_without_repository(text: str, reference: Reference) -> Hint | None:
    """``ghcr.io`` and ``host:5000`` are repositories of Docker Hub."""
    if "/" in text or reference.digest is not None:
        return None
    name = text.partition(":")[0]
    like_host = name in hosts.HOST_WORDS or bool(_TOP_LEVEL.fullmatch(name))
    if reference.tag is None:
        if not like_host or name == "registry":  # Docker's own image of a registry
            return None
        message = f'without "/" this is the repository "library/{shown(name)}" of Docker Hub'
        return _hint(HintKind.HOST_WITHOUT_REPOSITORY, message)
    numeric = reference.tag.isdigit() and like_host and name != "registry"
    if not numeric and reference.tag not in _COMMON_PORTS:
        return None
    message = (
        f'without "/" this is the tag "{reference.tag}" of the repository "{shown(name)}",'
        " not a host with a port"
    )
    return _hint(HintKind.HOST_WITHOUT_REPOSITORY, message)


def _uppercase_host(text: str, reference: Reference) -> Hint | None:
    host = reference.registry
    if host.lower() == host or host.lower() == HUB:
        return None
    if "." in host or ":" in host:
        message = f'the upper-case letters of "{shown(host)}" count when pull secrets are matched'
    else:
        message = f'the upper-case letter makes "{shown(host)}" a host; paths are lower case'
    return _hint(HintKind.UPPERCASE_HOST, message, host.lower() + text[len(host) :])


_MAX_PORT = 65_535


def _port(_: str, reference: Reference) -> Hint | None:
    port = re.search(r":(\d+)$", reference.registry, re.ASCII)
    if port is None or (len(port[1]) < len("1000000") and 0 < int(port[1]) <= _MAX_PORT):
        return None
    message = f"there is no port {shown(port[1])}; they go from 1 to {_MAX_PORT}"
    return _hint(HintKind.PORT_OUT_OF_RANGE, message)


_ECR = re.compile(
    r"(?P<account>[a-z0-9-]+)\.(?P<service>dkr\.ecr|dkr\.ecr-fips|ecr|ecr-fips)"
    r"(?:\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com(?P<china>\.cn)?",
    re.ASCII,
)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


def _ecr(text: str, reference: Reference) -> Hint | None:
    found = _ECR.fullmatch(reference.registry)
    if found is None:
        return None
    account, region = found["account"], found["region"]
    if not _ACCOUNT.fullmatch(account):
        count = f", not {len(account)}" if account.isdigit() else ""
        message = f'"{shown(account)}" is no AWS account id, which has 12 digits{count}'
        return _hint(HintKind.ECR_ACCOUNT, message)
    if region is None:
        return _hint(HintKind.ECR_HOST, "the region is missing: ...dkr.ecr.REGION.amazonaws.com")
    service = found["service"] if found["service"].startswith("dkr.") else f"dkr.{found['service']}"
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    host = f"{account}.{service}.{region}.{domain}"
    if host == reference.registry:
        return None
    message = f'the registry of that account and region is "{host}"'
    return _hint(HintKind.ECR_HOST, message, host + text[len(reference.registry) :])


def _decoration(reference: Reference) -> Hint | None:
    """Give the mild hints, which are left out beside any other."""
    if reference.digest is not None:
        if reference.tag is None:
            return None
        message = f'the digest decides; that "{reference.tag}" still points there is not checked'
        return _hint(HintKind.TAG_IGNORED, message)
    if reference.tag is None:
        return _hint(HintKind.NO_TAG, "no tag means latest, which changes when somebody pushes")
    if reference.tag == "latest":
        return _hint(HintKind.LATEST_TAG, "latest is no version: it changes when somebody pushes")
    return None


_RULES: tuple[Callable[[str, Reference], Hint | None], ...] = (
    _underscore_host,
    _tag_as_path,
    _digest_as_tag,
    _placeholder,
    _lookalike,
    _retired,
    _docker_hub_alias,
    _not_on_docker_hub,
    _host_without_repository,
    _uppercase_host,
    _port,
    _ecr,
)
