"""How each registry says no, as data: registry, then where it says it, then in which words.

The last component of a repository chooses the case: ``gone`` does not exist, ``private`` needs a
login, ``forbidden`` exists but not for whoever asks; any other exists and is public.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

V2 = {"Docker-Distribution-Api-Version": "registry/2.0"}


@dataclass(frozen=True)
class No:
    """One refusal. ``{repository}`` and ``{tag}`` in the text are filled in."""

    status: int
    code: str = ""
    message: str = ""
    body: str = ""
    """Instead of an OCI error: plain text, as it is."""
    challenge: str = ""
    """``bearer`` or ``basic``: comes with WWW-Authenticate; ``error`` is in it if it is a 401."""


INSUFFICIENT = No(401, "UNAUTHORIZED", "authentication required", challenge="bearer")
NAME_UNKNOWN = No(404, "NAME_UNKNOWN", "repository name not known to registry")


@dataclass(frozen=True)
class Style:
    """One registry's ways. A field that is None: that case looks like any image."""

    auth: str = "bearer"
    """``none``, ``basic`` or ``bearer``; bearer asks for a token even for what is public."""
    missing_tag: No = No(404, "MANIFEST_UNKNOWN", "manifest unknown")
    missing: No = INSUFFICIENT
    """The repository, by the manifest request."""
    missing_tags: No = NAME_UNKNOWN
    """The repository, by tags/list."""
    private: No = INSUFFICIENT
    forbidden: No = INSUFFICIENT
    wrong_password: No | None = No(401, "UNAUTHORIZED", "incorrect username or password")
    """None: it gives an anonymous token instead."""
    token_missing: No | None = None
    """The token endpoint already refuses: anonymous, for what is missing or private."""
    token_denied: No | None = None
    """The same with a login that is right, but may not."""
    service: str = "fault-registry"
    realm: str = "/token"
    headers: Mapping[str, str] = field(default_factory=lambda: V2)


_BASIC = No(401, "UNAUTHORIZED", "authentication required", challenge="basic")
_MANIFEST_UNKNOWN = No(404, "MANIFEST_UNKNOWN", "manifest unknown")
_GAR_DENIED = No(
    403,
    "DENIED",
    'Permission "artifactregistry.repositories.downloadArtifacts" denied on resource'
    ' "projects/p/locations/eu/repositories/r" (or it may not exist)',
)
_GAR_ANONYMOUS = No(
    403,
    "DENIED",
    "Unauthenticated request. Unauthenticated requests do not have permission"
    ' "artifactregistry.repositories.downloadArtifacts" (or it may not exist)',
)
_GITLAB = No(403, "DENIED", "access forbidden")
_ECR_DENIED = No(
    403,
    "DENIED",
    "User: arn:aws:iam::123456789012:user/u is not authorized to perform: ecr:BatchGetImage"
    " on resource: arn:aws:ecr:eu-central-1:123456789012:repository/{repository}",
)
_ECR_MISSING = No(
    404,
    "NAME_UNKNOWN",
    "The repository with name '{repository}' does not exist in the registry with id '123456789012'",
)
_HARBOR_DENIED = No(
    401,
    "UNAUTHORIZED",
    "unauthorized to access repository: {repository}, action: pull: unauthorized to access"
    " repository: {repository}, action: pull",
    challenge="basic",
)

STYLES: dict[str, Style] = {
    "distribution": Style(auth="none", missing=_MANIFEST_UNKNOWN, private=_BASIC),
    "htpasswd": Style(auth="basic", missing=_MANIFEST_UNKNOWN, private=_BASIC, forbidden=_BASIC),
    "token": Style(),
    "hub": Style(service="registry.docker.io"),
    "ghcr": Style(
        token_missing=No(401, "UNAUTHORIZED", "authentication required"),
        token_denied=No(403, "DENIED", "denied"),
        wrong_password=No(403, "DENIED", "denied"),
        forbidden=No(403, "DENIED", "permission_denied: The token provided does not match"),
    ),
    "gar": Style(token_missing=_GAR_ANONYMOUS, token_denied=_GAR_DENIED),
    "gitlab": Style(
        token_missing=_GITLAB,
        token_denied=_GITLAB,
        service="container_registry",
        wrong_password=No(401, "UNAUTHORIZED", "HTTP Basic: Access denied."),
    ),
    "ecr": Style(
        auth="basic",
        missing_tag=No(404, "MANIFEST_UNKNOWN", "Requested image not found"),
        missing=_ECR_MISSING,
        missing_tags=_ECR_MISSING,
        private=_BASIC,
        forbidden=_ECR_DENIED,
    ),
    "acr": Style(
        missing_tag=No(
            404, "MANIFEST_UNKNOWN", 'manifest tagged by "{tag}" is not found', challenge=""
        ),
        missing=No(404, "NAME_UNKNOWN", 'repository "{repository}" is not found'),
        service="fault.azurecr.io",
        realm="/oauth2/token",
    ),
    "quay": Style(
        missing=No(
            401,
            "UNAUTHORIZED",
            "access to the requested resource is not authorized",
            challenge="bearer",
        ),
        wrong_password=No(
            401, "UNAUTHORIZED", "Could not find robot with username: org+robot and supplied token"
        ),
        realm="/v2/auth",
    ),
    "quay-expired": Style(
        missing_tag=No(404, "TAG_EXPIRED", "Tag {tag} was deleted or has expired. To pull, revive"),
        realm="/v2/auth",
    ),
    "harbor": Style(
        missing_tag=No(404, "NOT_FOUND", "artifact {repository}:{tag} not found"),
        missing=No(404, "NOT_FOUND", "repository {repository} not found"),
        missing_tags=No(404, "NOT_FOUND", "repository {repository} not found"),
        private=_HARBOR_DENIED,
        forbidden=_HARBOR_DENIED,
        wrong_password=None,
        service="harbor-registry",
        realm="/service/token",
    ),
    "harbor-policy": Style(
        missing_tag=No(
            412,
            "PROJECTPOLICYVIOLATION",
            "current image with 3 vulnerabilities cannot be pulled due to configured policy",
        ),
        service="harbor-registry",
        realm="/service/token",
    ),
    "artifactory": Style(
        missing_tag=No(404, "MANIFEST_UNKNOWN", "The named manifest is not known to the registry."),
        missing=No(404, "MANIFEST_UNKNOWN", "The named manifest is not known to the registry."),
        headers={**V2, "X-JFrog-Version": "Artifactory/7.90.5 79005900"},
    ),
    "artifactory-virtual": Style(
        missing_tag=No(403, "UNAUTHORIZED", "The client does not have permission for manifest"),
        missing=No(403, "UNAUTHORIZED", "The client does not have permission for manifest"),
        headers={**V2, "X-JFrog-Version": "Artifactory/7.90.5 79005900"},
    ),
    "nexus": Style(
        missing=_MANIFEST_UNKNOWN,
        headers={**V2, "Server": "Nexus/3.70.1-02 (OSS)"},
        wrong_password=No(401, body="Unauthorized"),
    ),
    "gitea": Style(
        missing=_MANIFEST_UNKNOWN,
        private=No(401, body="unauthorized", challenge="basic"),
        wrong_password=No(401, body="user does not exist"),
        service="container_registry",
    ),
    "mcr": Style(
        auth="none",
        missing_tag=No(404, "MANIFEST_UNKNOWN", 'manifest tagged by "{tag}" is not found'),
        missing=No(404, "NAME_UNKNOWN", 'repository "{repository}" is not found'),
    ),
    "aliyun": Style(
        missing=No(
            401, "UNAUTHORIZED", "requested access to the resource is denied", challenge="bearer"
        ),
        service="registry.aliyuncs.com:cn-hangzhou:26842",
    ),
}

STYLES["ecr-expired"] = replace(
    STYLES["ecr"],
    wrong_password=No(
        403, "DENIED", "Your authorization token has expired. Reauthenticate and try again."
    ),
)
