"""Whose host failed: the image's registry, its token service, its layer storage, or a mirror."""

import re
from enum import Enum, auto

from pullproof.reference import InvalidReference, parse_reference

HUB = "docker.io"
_ALIASES = {
    "registry-1.docker.io": HUB,
    "index.docker.io": HUB,
    "auth.docker.io": HUB,
    "registry.hub.docker.com": HUB,
    "docker.io": HUB,
    "k8s.gcr.io": "registry.k8s.io",
}
# Where large registries keep their layers; the registry sends its clients there by a redirect.
_STORAGE = re.compile(
    r"(?:^|\.)(?:cloudfront\.net|blob\.core\.(?:windows\.net|chinacloudapi\.cn)|storage\.googleapis\.com"
    r"|r2\.cloudflarestorage\.com|production\.cloudflare\.docker\.com|digitaloceanspaces\.com"
    r"|pkg-containers\.githubusercontent\.com|gitlab-static\.net|backblazeb2\.com|wasabisys\.com"
    r"|data\.azurecr\.io|data\.mcr\.microsoft\.com|myqcloud\.com|docker-images-prod\.[\w.-]{1,200})$"
    r"|(?:^|[.-])s3(?:[.-][\w-]{1,40}){0,4}\.amazonaws\.com(?:\.cn)?$|^cdn\d{0,3}\.|\boss-[\w-]{1,40}\."
    r"|^production\.cloudflare\.|\.objectstorage\."
)
_WELL_KNOWN = frozenset(
    {
        "docker.io",
        "registry.k8s.io",
        "quay.io",
        "ghcr.io",
        "gcr.io",
        "mcr.microsoft.com",
        "public.ecr.aws",
        "registry.gitlab.com",
        "registry.redhat.io",
    }
)


class Place(Enum):
    """What a failing host is to an image."""

    REGISTRY = auto()
    """Its registry or token service, or nothing speaks against that."""
    STORAGE = auto()
    MIRROR = auto()


def place(host: str, path: str, image: str, *, asked_for_other: bool) -> Place:
    """What ``host`` is, that failed with ``path`` in a pull of ``image``.

    ``asked_for_other``: the URL carries ``?ns=``, containerd's mark of a mirror.
    """
    if asked_for_other:
        return Place.MIRROR
    name, registry = _real(host), _real(registry_of(image))
    if not name or name == registry:
        return Place.REGISTRY
    # Past /v2/ there are token services, which have no blobs, and storage.
    if _STORAGE.search(name) or ("/blobs/" in path and not path.startswith("/v2/")):
        return Place.STORAGE
    if registry == HUB and path.startswith("/v2/"):
        # dockerd and CRI-O leave no mark; but Docker Hub sends nobody to another registry.
        return Place.MIRROR
    return Place.REGISTRY


def is_well_known(host: str) -> bool:
    """Whether this host exists for certain, so that its absence from DNS is the resolver's fault."""
    return _real(host) in _WELL_KNOWN


def registry_of(image: str) -> str:
    """The registry that an image names itself; empty where it names none.

    Which one a short name means depends on the runtime, and is not guessed.
    """
    if "/" not in image:
        return ""
    try:
        reference = parse_reference(image)
    except InvalidReference:
        return ""
    return reference.registry if image.startswith((reference.registry, "index.docker.io")) else ""


def _real(host: str) -> str:
    name = host.partition(":")[0].lower()
    return _ALIASES.get(name, name)
