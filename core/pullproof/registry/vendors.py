"""Which vendor answers, and what its answers cannot tell apart. Data, and one look-up; pure.

Recognised by the host where the vendor has hosts of its own, else by headers, by the service that
a challenge names, or by the path of its realm. What is not recognised is ``OTHER``: an ordinary
registry by the specification.
"""

import re
from dataclasses import dataclass

from pullproof.registry.challenge import Challenge
from pullproof.registry.messages import Answer, parse_url


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """How far a vendor's "no" may be believed."""

    name: str
    hides_missing: bool = False
    """A refusal (401, 403) to whoever asks may also mean that there is no such repository."""
    may_be_cache: bool = False
    """Its repositories may be filled from elsewhere at the first pull, and its 404 can hide an
    upstream that refused, limited or failed."""


OTHER = Vendor(name="")
DOCKER_HUB = Vendor(name="Docker Hub", hides_missing=True)
GHCR = Vendor(name="GHCR", hides_missing=True)
QUAY_IO = Vendor(name="Quay", hides_missing=True)
QUAY = Vendor(name="Quay", hides_missing=True, may_be_cache=True)  # proxy organisations
GOOGLE = Vendor(name="Artifact Registry", hides_missing=True, may_be_cache=True)
ECR = Vendor(name="ECR", may_be_cache=True)  # the first pull creates a pull-through repository
ECR_PUBLIC = Vendor(name="ECR Public")
ACR = Vendor(name="ACR", hides_missing=True, may_be_cache=True)  # cache rules
GITLAB = Vendor(name="GitLab", hides_missing=True)
GITLAB_PROXY = Vendor(name="GitLab dependency proxy", hides_missing=True, may_be_cache=True)
HARBOR = Vendor(name="Harbor", hides_missing=True, may_be_cache=True)
ARTIFACTORY = Vendor(name="Artifactory", hides_missing=True, may_be_cache=True)
NEXUS = Vendor(name="Nexus", hides_missing=True, may_be_cache=True)
GITEA = Vendor(name="Gitea")
MCR = Vendor(name="MCR")
KUBERNETES = Vendor(name="registry.k8s.io")
ALIYUN = Vendor(name="Aliyun", hides_missing=True)

_HOSTS: tuple[tuple[re.Pattern[str], Vendor], ...] = tuple(
    (re.compile(pattern, re.ASCII), vendor)
    for pattern, vendor in (
        (r"(?:registry-1\.|index\.)?docker\.io", DOCKER_HUB),
        (r"ghcr\.io", GHCR),
        (r"quay\.io", QUAY_IO),
        (r"(?:.+\.)?gcr\.io|.+\.pkg\.dev", GOOGLE),
        (r"\d{12}\.dkr[.-]ecr(?:-fips)?\..+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)", ECR),
        (r"public\.ecr\.aws", ECR_PUBLIC),
        (r".+\.azurecr\.(?:io|cn|us|de)", ACR),
        (r"mcr\.microsoft\.com", MCR),
        (r"registry\.gitlab\.com", GITLAB),
        (r"registry\.k8s\.io", KUBERNETES),
        (r".+\.aliyuncs\.com", ALIYUN),
        (r".+\.jfrog\.io", ARTIFACTORY),
    )
)
_REALM_PATHS: tuple[tuple[str, Vendor], ...] = (
    ("/service/token", HARBOR),
    ("/v2/auth", QUAY),
    ("/jwt/auth", GITLAB),
)
_JFROG_HEADERS = ("x-jfrog-version", "x-artifactory-id", "x-artifactory-node-id")
_NEXUS_SERVER = re.compile(r"nexus/", re.IGNORECASE)


def is_well_known(host: str) -> bool:
    """Whether the host is a public vendor's own: not something that a Pod's author made up."""
    return _by_host(host) is not None


def recognise(
    host: str, repository: str, answer: Answer | None, challenge: Challenge | None
) -> Vendor:
    """The vendor, by all that was seen of it."""
    vendor = _by_host(host) or _by_answer(answer) or _by_challenge(challenge) or OTHER
    # The proxy lives on the GitLab host itself, so only its path tells it.
    if "/dependency_proxy/containers" in f"/{repository}":
        return GITLAB_PROXY
    return vendor


def _by_host(host: str) -> Vendor | None:
    return next((vendor for pattern, vendor in _HOSTS if pattern.fullmatch(host)), None)


def _by_answer(answer: Answer | None) -> Vendor | None:
    if answer is None:
        return None
    if any(answer.header(name) for name in _JFROG_HEADERS):
        return ARTIFACTORY
    return NEXUS if _NEXUS_SERVER.match(answer.header("server")) else None


def _by_challenge(challenge: Challenge | None) -> Vendor | None:
    if challenge is None:
        return None
    if challenge["service"] == "harbor-registry":
        return HARBOR
    realm = parse_url(challenge["realm"])
    if realm is None:
        return None
    for path, vendor in _REALM_PATHS:
        if realm.path.endswith(path):
            return vendor
    is_gitea = challenge["service"] == "container_registry" and realm.path.endswith("/v2/token")
    return GITEA if is_gitea else None
