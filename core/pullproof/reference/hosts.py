"""Registry hosts that everybody knows, and what is written in their place."""

WELL_KNOWN = (
    "docker.io",
    "ghcr.io",
    "gcr.io",
    "quay.io",
    "registry.k8s.io",
    "mcr.microsoft.com",
    "public.ecr.aws",
    "registry.gitlab.com",
    "registry.access.redhat.com",
    "registry.redhat.io",
    "docker.elastic.co",
    "nvcr.io",
    "lscr.io",
    "icr.io",
    "cgr.dev",
)

DOCKER_HUB_ALIASES = frozenset({"registry-1.docker.io", "registry.docker.io", "docker.io:443"})
"""Docker Hub to the network, another registry to a kubelet: no ``library/``, no shared login."""

WEB_PAGES = {
    "hub.docker.com": "docker.io",
    "registry.hub.docker.com": "docker.io",
    "www.docker.com": "docker.io",
    "docker.com": "docker.io",
    "dockerhub.com": "docker.io",
    "dockerhub.io": "docker.io",
    "github.com": "ghcr.io",
    "ghcr.com": "ghcr.io",
    "gitlab.com": "registry.gitlab.com",
    "quay.com": "quay.io",
    "gcr.com": "gcr.io",
    "microsoft.com": "mcr.microsoft.com",
}
"""Sites about images, which serve none under that name."""

RETIRED = {"k8s.gcr.io": "registry.k8s.io"}
"""Hosts that only hold what was published years ago, and their successors."""

SHORTENED = {
    "ghcr": "ghcr.io",
    "quay": "quay.io",
    "gcr": "gcr.io",
    "mcr": "mcr.microsoft.com",
    "nvcr": "nvcr.io",
    "lscr": "lscr.io",
}
"""A known host without its end is a user's name on Docker Hub."""

HOST_WORDS = frozenset(
    {
        "registry",
        "docker-registry",
        "container-registry",
        "local-registry",
        "localregistry",
        "my-registry",
        "myregistry",
        "private-registry",
        "harbor",
        "nexus",
        "artifactory",
        "jfrog",
        "ecr",
        "acr",
        "gar",
        "localhost",
    }
)
"""Names that people give their registry's host, and nobody a repository on Docker Hub."""

_SHORTEST_COMPARED = 7
"""Hosts of the length of ``gcr.io`` differ by a letter and are all somebody's."""


def lookalike_of(host: str) -> str | None:
    """Give the well-known host that a host is but for one slip; None: it is none, or is one."""
    if host in WELL_KNOWN or host.endswith(tuple(f".{one}" for one in WELL_KNOWN)):
        return None
    for known in WELL_KNOWN:
        swapped = sorted(host) == sorted(known)
        if _is_one_slip(host, known) and (swapped or len(known) >= _SHORTEST_COMPARED):
            return known
    return None


def _is_one_slip(text: str, meant: str) -> bool:
    """Whether one character is wrong, missing or too many, or two neighbours are swapped."""
    if text == meant or abs(len(text) - len(meant)) > 1:
        return False
    at = next(
        (at for at, pair in enumerate(zip(text, meant, strict=False)) if pair[0] != pair[1]), -1
    )
    if at < 0:
        return True  # one is the other and one more
    if len(text) < len(meant):
        return text[at:] == meant[at + 1 :]
    if len(text) > len(meant):
        return text[at + 1 :] == meant[at:]
    swapped = text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]
    return text[at + 1 :] == meant[at + 1 :] or swapped == meant
