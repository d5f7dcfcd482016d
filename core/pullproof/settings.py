"""Every setting, its unit, its default and why. One to one with ``config:`` of the chart, by test.

All programs read one YAML document, :func:`parse_settings`; names there are camelCase. An unknown
name is an error: a mistyped setting must not be silently without effect.
"""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
import yaml

from pullproof.errors import PullproofError
from pullproof.policy import Mode, Policy

MAX_SETTINGS_BYTES = 1024 * 1024
"""A ConfigMap holds no more."""


class InvalidSettings(PullproofError):
    """The settings cannot be used; the message says which and why."""


class Verify(StrEnum):
    """Whether a registry may be asked at all."""

    ALWAYS = "always"
    NEVER = "never"


class CredentialsMode(StrEnum):
    """Whose pull secrets may be read."""

    REFERENCED = "referenced"
    """Those that a Pod or its ServiceAccount names, in every namespace."""
    NAMESPACES = "namespaces"
    """The same, in the listed namespaces only."""
    NONE = "none"
    """None: everything is asked anonymously, and only what an anonymous answer proves is denied."""


class _Group(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A group of settings."""


_Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
_Bytes = Annotated[int, msgspec.Meta(ge=1024, le=256 * 1024 * 1024)]


class Mirror(_Group, frozen=True, kw_only=True):
    """A mirror that the nodes ask before the registry, as in containerd's hosts.toml."""

    url: str
    """``https://host[:port][/path]``; ``http://`` only if the mirror speaks plain HTTP."""
    capabilities: tuple[str, ...] = ("pull", "resolve")
    """``pull`` alone: the mirror is asked for digests only."""
    override_path: bool = False
    """True: the path is used as it is; False: ``/v2`` is appended to it."""
    ca_bundle: str = ""
    """PEM. Empty: the system's authorities."""


class Registry(_Group, frozen=True, kw_only=True):
    """What is declared about one registry host. Declaring a host also permits its private address."""

    host: str
    """``host[:port]`` as in an image reference (``docker.io``), or ``*.example.com``: one label."""
    node_auth: bool | None = None
    """Nodes hold credentials that we cannot see. None: yes for ECR, GAR, GCR and ACR hosts."""
    cache: bool | None = None
    """The host may be a pull-through cache. None: as it looks (Nexus, Artifactory, Harbor: yes)."""
    plain_http: bool = False
    ca_bundle: str = ""
    """PEM of the authority that signed the registry's certificate, beside the system's."""
    verify: Verify = Verify.ALWAYS
    mirrors: tuple[Mirror, ...] = ()
    server: str = ""
    """The upstream that nodes ask last, if it is not the host itself (``server`` in hosts.toml)."""
    proxy: str = ""
    """``http://host:port`` of the proxy that the nodes use for this host."""


class Limits(_Group, frozen=True, kw_only=True):
    """Bounds, so that no registry and no Pod can hurt anyone else."""

    manifest_bytes: _Bytes = 4 * 1024 * 1024
    """As containerd: a larger manifest cannot be pulled either."""
    token_bytes: _Bytes = 1024 * 1024
    error_bytes: _Bytes = 64 * 1024
    tags_bytes: _Bytes = 4 * 1024 * 1024
    redirects: _Count = 5
    connections_per_host: _Count = 8
    """httpx slows down with the requests in flight on one pool (docs/performance.md)."""
    requests_in_flight: _Count = 64
    """All hosts together."""
    review_bytes: _Bytes = 8 * 1024 * 1024
    """An update carries the object twice."""
    images_per_review: _Count = 100
    """Distinct images asked for in one review; those beyond are told as not verified."""


class Times(_Group, frozen=True, kw_only=True):
    """All in seconds."""

    found_seconds: _Seconds = 300.0
    """How long an image that was found counts as found."""
    absent_seconds: _Seconds = 5.0
    """How long an absent one counts as absent: a push is seen within this time."""
    rejected_credential_seconds: _Seconds = 600.0
    """How long a refused password is not sent again: many of them ban an address."""
    connect_seconds: _Seconds = 3.0
    probe_seconds: _Seconds = 10.0
    """One image, token and all, where no review waits for the answer."""
    review_margin_seconds: _Seconds = 0.5
    """Taken off the API server's ``?timeout=``, for the way there and back."""
    breaker_seconds: _Seconds = 30.0
    """How long a host that failed repeatedly is not asked."""
    recheck_seconds: _Seconds = 30.0
    """How often open diagnoses of running Pods are read again."""
    event_refresh_seconds: _Seconds = 2_700.0
    """How often a lasting diagnosis refreshes its Event: the API server forgets after an hour."""


class Credentials(_Group, frozen=True, kw_only=True):
    """Which pull secrets may be read."""

    mode: CredentialsMode = CredentialsMode.REFERENCED
    namespaces: tuple[str, ...] = ()


class Operator(_Group, frozen=True, kw_only=True):
    """What the operator writes."""

    events: bool = True
    annotate: bool = True
    writes_per_second: Annotated[float, msgspec.Meta(gt=0, le=1_000)] = 20.0
    incident_pods: _Count = 20
    """From so many Pods with one host and cause on, Events go to the owners only."""


class Settings(_Group, frozen=True, kw_only=True):
    """The whole document."""

    mode: Mode = Mode.ENFORCE
    """For namespaces without the label ``pullproof.io/mode``."""
    verify: Verify = Verify.ALWAYS
    """``never``: no registry is asked by anyone; only malformed references are found."""
    docs_url: str = "https://github.com/pullproof/pullproof/blob/main/docs/causes.md"
    """Where a cause is explained; ``#cause`` in lower case is appended."""
    policy: Policy = Policy()
    credentials: Credentials = Credentials()
    registries: tuple[Registry, ...] = ()
    preloaded_images: tuple[str, ...] = ()
    """Images that every node holds: a node reports 50 at most."""
    limits: Limits = Limits()
    times: Times = Times()
    operator: Operator = Operator()


def parse_settings(text: str | bytes) -> Settings:
    """Read the settings from YAML.

    Raises InvalidSettings with a sentence that names the setting.
    """
    if len(text) > MAX_SETTINGS_BYTES:
        raise InvalidSettings(f"the settings are larger than {MAX_SETTINGS_BYTES} bytes")
    try:
        document: Any = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidSettings(f"the settings are not YAML: {_one_line(error)}") from error
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise InvalidSettings("the settings must be a mapping of names to values")
    _read_off_as_a_word(document)
    try:
        settings = msgspec.convert(document, Settings)
    except msgspec.ValidationError as error:
        raise InvalidSettings(f"the settings cannot be used: {_one_line(error)}") from error
    _check(settings)
    return settings


def declared(settings: Settings, host: str) -> Registry | None:
    """What is declared about a host: its own entry, else the one whose ``*`` fits its first label."""
    wildcard = None
    for registry in settings.registries:
        if registry.host == host:
            return registry
        if registry.host.startswith("*.") and host.partition(".")[2] == registry.host[2:]:
            wildcard = registry
    return wildcard


def is_asked(settings: Settings, host: str) -> bool:
    """Whether a registry may be asked at all."""
    registry = declared(settings, host)
    never = registry is not None and registry.verify is Verify.NEVER
    return settings.verify is Verify.ALWAYS and not never


def to_mapping(settings: Settings) -> dict[str, Any]:
    """The settings as the document would hold them, defaults included."""
    mapping = msgspec.to_builtins(settings)
    assert isinstance(mapping, dict)
    return mapping


def _read_off_as_a_word(document: dict[str, Any]) -> None:
    """YAML 1.1 reads ``off`` without quotes as a boolean; here it is a mode and an action."""
    policy = document.get("policy")
    for mapping in (document, policy if isinstance(policy, dict) else {}):
        for name, value in mapping.items():
            if value is False:
                mapping[name] = "off"


def _check(settings: Settings) -> None:
    """What types cannot say."""
    seen: set[str] = set()
    for registry in settings.registries:
        if not registry.host or "/" in registry.host or "@" in registry.host:
            raise InvalidSettings(
                f"registries: {registry.host!r} is no host; write host or host:port, without scheme"
            )
        if registry.host in seen:
            raise InvalidSettings(f"registries: {registry.host!r} is declared twice")
        seen.add(registry.host)
        for mirror in registry.mirrors:
            if not mirror.url.startswith(("https://", "http://")) or "@" in mirror.url:
                raise InvalidSettings(
                    f"registries: mirror {mirror.url!r} of {registry.host!r} must start with"
                    " https:// or http:// and hold no user name"
                )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
