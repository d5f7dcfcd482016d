"""Where a reference is asked for: declared mirrors in order, then the registry. Pure.

As containerd reads ``hosts.toml``: https://github.com/containerd/containerd/blob/v2.1.0/docs/hosts.md
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from pullproof.reference import Reference
from pullproof.registry.addresses import Reach, parse_address
from pullproof.registry.messages import Url, parse_authority, parse_url
from pullproof.registry.proxies import bypasses
from pullproof.settings import Mirror, Registry, Settings

HUB_HOST = "registry-1.docker.io"
"""``docker.io`` is a name, not an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How one origin is reached, and how far that may lead."""

    reach: Reach
    is_declared: bool
    ca_bundle: str = ""
    proxy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One place that a node asks."""

    base: Url
    """With the root of the API as its path: ``/v2``."""
    route: Route
    namespace: str = ""
    """For a mirror: which registry it is asked for, as ``?ns=``."""

    def url(self, repository: str, kind: str, what: str) -> Url:
        """``…/v2/REPOSITORY/manifests/TAG``."""
        path = f"{self.base.path}/{repository}/{kind}/{what}"
        query = f"ns={quote(self.namespace, safe='')}" if self.namespace else ""
        base = self.base
        return Url(scheme=base.scheme, host=base.host, port=base.port, path=path, query=query)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """All that the settings say about hosts."""

    settings: Settings
    open_network: bool = False
    proxy: str = ""
    no_proxy: tuple[str, ...] = ()

    def registry(self, host: str) -> Registry | None:
        """What is declared about a host as it stands in a reference."""
        exact = next((one for one in self.settings.registries if one.host == host), None)
        if exact is not None:
            return exact
        below = host.partition(".")[2]
        wanted = f"*.{below}"
        return next((one for one in self.settings.registries if one.host == wanted), None)

    def endpoints(self, reference: Reference) -> tuple[Endpoint, ...] | None:
        """In the order in which a node asks; None: the host of the reference is none."""
        declared = self.registry(reference.registry)
        upstream = self._upstream(reference.registry, declared)
        if upstream is None:
            return None
        mirrors = self._mirrors(reference, declared.mirrors) if declared else ()
        return (*mirrors, Endpoint(base=upstream, route=self.route(upstream)))

    def has_unusable_mirrors(self, reference: Reference) -> bool:
        """Whether a declared mirror cannot be asked at all, since its URL is none."""
        declared = self.registry(reference.registry)
        return declared is not None and any(parse_url(one.url) is None for one in declared.mirrors)

    def route(self, url: Url, at_most: Reach = Reach.ANY) -> Route:
        """How to reach an origin; ``at_most``: how far whoever led there may reach himself."""
        declared = self._declared_origin(url)
        reach = Reach.PUBLIC if declared is None else Reach.DECLARED
        if self.open_network:
            reach = Reach.ANY
        proxy = declared.proxy if isinstance(declared, Registry) and declared.proxy else self.proxy
        if proxy and bypasses(url.host, url.port, self.no_proxy):
            proxy = ""
        return Route(
            reach=min(reach, at_most),
            is_declared=declared is not None,
            ca_bundle=declared.ca_bundle if declared is not None else "",
            proxy=proxy,
        )

    def _declared_origin(self, url: Url) -> Registry | Mirror | None:
        names = [url.authority]
        if url.host == HUB_HOST:
            names.append("docker.io")
        for name in names:
            registry = self.registry(name)
            if registry is not None:
                return registry
        for registry in self.settings.registries:
            if _same_origin(_server(registry), url):
                return registry
            for mirror in registry.mirrors:
                if _same_origin(parse_url(mirror.url), url):
                    return mirror
        return None

    def _upstream(self, host: str, declared: Registry | None) -> Url | None:
        if declared is not None and declared.server:
            server = _server(declared)
            return None if server is None else _with_root(server, override=False)
        scheme = "http" if self._is_plain(host, declared) else "https"
        name = HUB_HOST if host == "docker.io" else host
        place = parse_authority(name, scheme)
        if place is None:
            return None
        return Url(scheme=scheme, host=place[0], port=place[1], path="/v2")

    def _is_plain(self, host: str, declared: Registry | None) -> bool:
        """Plain HTTP where declared; and on the user's own machine, as containerd takes it."""
        if declared is not None:
            return declared.plain_http
        return self.open_network and _is_localhost(host)

    def _mirrors(self, reference: Reference, mirrors: Iterable[Mirror]) -> tuple[Endpoint, ...]:
        needed = "pull" if reference.digest is not None else "resolve"
        found: list[Endpoint] = []
        for mirror in mirrors:
            url = parse_url(mirror.url)
            if url is not None and needed in mirror.capabilities:
                base = _with_root(url, override=mirror.override_path)
                namespace = reference.registry
                found.append(Endpoint(base=base, route=self.route(base), namespace=namespace))
        return tuple(found)


def _with_root(url: Url, *, override: bool) -> Url:
    path = url.path.rstrip("/")
    if not override and not path.endswith("/v2"):
        path += "/v2"
    return Url(scheme=url.scheme, host=url.host, port=url.port, path=path)


def _server(registry: Registry) -> Url | None:
    if not registry.server:
        return None
    scheme = "http" if registry.plain_http else "https"
    written = registry.server if "://" in registry.server else f"{scheme}://{registry.server}"
    return parse_url(written)


def _same_origin(one: Url | None, other: Url) -> bool:
    return one is not None and one.origin == other.origin


def _is_localhost(host: str) -> bool:
    place = parse_authority(host)
    if place is None:
        return False
    address = parse_address(place[0])
    return place[0] == "localhost" or (address is not None and address.is_loopback)
