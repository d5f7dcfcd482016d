"""Hosts for which the nodes of the big clouds usually hold credentials of their own."""

from typing import Final

from pullproof.credentials.urls import Place, read_place

_AMAZON_HOSTS: Final = ("*.dkr.ecr.*", "*.dkr.ecr-fips.*", "*.dkr-ecr.*", "*.dkr-ecr-fips.*")
_AMAZON_DOMAINS: Final = (
    # https://github.com/kubernetes/cloud-provider-aws/blob/master/cmd/ecr-credential-provider/main.go
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "on.aws",
    "on.amazonwebservices.com.cn",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
)
_PATTERNS: Final = (
    *(f"{host}.{domain}" for host in _AMAZON_HOSTS for domain in _AMAZON_DOMAINS),
    # https://github.com/kubernetes/cloud-provider-gcp/tree/master/cmd/auth-provider-gcp
    "container.cloud.google.com",
    "gcr.io",
    "*.gcr.io",
    "*.pkg.dev",
    # https://github.com/kubernetes-sigs/cloud-provider-azure/tree/master/cmd/acr-credential-provider
    "*.azurecr.io",
    "*.azurecr.cn",
    "*.azurecr.de",
    "*.azurecr.us",
    "*.azurecr.eaglex.ic.gov",
    "*.azurecr.microsoft.scloud",
    # A registry's own endpoint in one region, named REGISTRY.REGION.geo.
    "*.*.geo.azurecr.io",
)
_PLACES: Final = tuple(
    place for place in (read_place(pattern.encode()) for pattern in _PATTERNS) if place is not None
)


def is_node_auth_host(host: str) -> bool:
    """Whether the usual credential providers of a node log in at this ``host[:port]``.

    What such a host refuses to us, it may well grant to the node. ``public.ecr.aws`` is none of
    them: nodes may log in there for a higher rate limit, but everything can be pulled without.
    """
    place: Place | None = read_place(host.encode("utf-8", "surrogatepass"))
    return place is not None and any(pattern.covers(place) for pattern in _PLACES)
