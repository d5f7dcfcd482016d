"""Leaves about what the registry does not have, or cannot say now.

They come last: a dozen other failures end in "not found".
"""

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages.rules import rule

_C, _LIKELY, _MAYBE = Cause, Confidence.LIKELY, Confidence.POSSIBLE

_ODD = r"(?:1\d\d|2\d\d|3\d\d|40[02568]|41[0-79]|42[0-8]|4[3-9]\d)"
"""What a registry never answers when it is asked for an image."""
_OR_NOT_YOURS = ("does not exist or may require", "does not exist or no pull access", "or you ")

MANIFEST = (
    rule(
        _C.TAG_NOT_FOUND,
        _LIKELY,
        "manifest unknown",
        "manifest_unknown",
        "tag_expired",
        "was deleted or has expired",
        "manifest tagged by",
        "requested image not found",
        "the named manifest is not known to the registry",
        source="distribution errcode: said only to those who may read that far; Quay; Azure; AWS ECR;"
        " Artifactory",
    ),
)

REPOSITORY = (
    rule(
        _C.REPOSITORY_NOT_FOUND,
        _LIKELY,
        "name unknown",
        "name_unknown",
        "repository name not known to registry",
        "repositorynotfoundexception",
        "repository not found",
        "unknown repository",
        "no such repository",
        "repository does not exist",
        unless=_OR_NOT_YOURS,
        source="distribution errcode; AWS ECR; go-containerregistry; GitLab",
    ),
    rule(
        _C.REPOSITORY_NOT_FOUND,
        _LIKELY,
        "repository ",
        "project ",
        "namespace ",
        pattern=r"repository with name .{1,300} does not exist"
        r"|\b(?:repository|project|namespace) \"?'?[^\s\"':,]{1,300}(?::\d{1,5}/[^\s\"':,]{1,300})?"
        r"\"?'? (?:was )?(?:not found|does not exist)",
        unless=_OR_NOT_YOURS,
        source="AWS ECR; Harbor server/middleware; Google Artifact Registry; moby",
    ),
)

SERVER = (
    rule(
        _C.REGISTRY_UNAVAILABLE,
        _LIKELY,
        "500 internal server error",
        "501 not implemented",
        "502 bad gateway",
        "502 proxy error",
        "503 service",
        "504 gateway time",
        "507 insufficient storage",
        "503 backend",
        "registry is unavailable",
        "registryunavailable",
        "no healthy upstream",
        "upstream connect error",
        "upstream request timeout",
        "backend fetch failed",
        "service is unavailable",
        "service temporarily unavailable",
        "temporarily unavailable",
        "web server is down",
        "origin is unreachable",
        unless=("resource temporarily unavailable",),
        source="Go net/http status.go; cri-api errors; Envoy; Varnish; Cloudflare",
    ),
    rule(
        _C.REGISTRY_UNAVAILABLE,
        _LIKELY,
        "status",
        "http code",
        "error parsing http 5",
        "from registry 5",
        "http://",
        "https://",
        pattern=r"(?:status|status ?code|http code|http status|http|response)[:=]? \(?5\d\d\b"
        r"|error parsing http 5\d\d|registry 5\d\d \(|https?://\S{1,1000}: 5\d\d\b",
        source="any 5xx by its number, as containerd, moby, containers/image and others print it",
    ),
    rule(
        _C.REGISTRY_UNAVAILABLE,
        _MAYBE,
        "internal server error",
        "bad gateway",
        "service unavailable",
        "gateway timeout",
        "gateway time-out",
        "internal error",
        "internal_error",
        "unavailable: ",
        "unknown: unknown error",
        "server error",
        "slow down",
        source="the words alone: an error body, or Go's text of a proxy that could not reach it",
    ),
    rule(
        _C.REGISTRY_UNAVAILABLE,
        _MAYBE,
        "unexpected status",
        "unexpected http",
        "invalid status code",
        "error parsing http",
        pattern=rf"(?:https?://\S{{1,1000}}|\]|status|code|registry|parsing http):? \(?{_ODD}\b(?!\.\d)",
        source="a status that no registry gives for an image: something else answers in its place",
    ),
)

NOT_FOUND = (
    rule(
        _C.REPOSITORY_NOT_FOUND,
        _MAYBE,
        "404 page not found",
        "error parsing http 404",
        source="Go net/http (NotFound), a web page: nothing here is a registry",
    ),
    rule(
        _C.TAG_NOT_FOUND,
        _LIKELY,
        "manifest for ",
        "manifest not found",
        "no such manifest",
        "tag ",
        "artifact ",
        'failed to fetch "',
        "image ",
        pattern=r"manifest for \S{1,600} not found|manifest not found|no such manifest"
        r"|\btag \"?'?[^\s\"']{1,128}\"?'? (?:was |is )?(?:not found|does not exist|not exist)"
        r"|artifact \S{1,600} (?:was )?not found|failed to fetch \"[^\"]{1,300}\""
        r"|\bimage \"?[^\s\"]{1,600}\"?:? (?:was |is )?(?:not found|does not exist)",
        source="moby distribution/errors.go; Harbor; Google; docker/cli; older engines",
    ),
    rule(
        _C.TAG_NOT_FOUND,
        _LIKELY,
        "404",
        pattern=r"\b404 (?:not found|\(not found\)|client error)|https?://\S{1,1000}: 404\b"
        r"|(?:status|status ?code|http code|http|code|error|response)[:=]? \(?404\b",
        source="Go net/http status.go, as containerd, moby, containers/image and others print it",
    ),
    rule(
        _C.TAG_NOT_FOUND,
        _LIKELY,
        ": not found",
        pattern=r"[/:@][^\s\"/:@]{1,200}\"?: not found(?:$|[\s\"',.\])])",
        unless=("find container", "find sandbox", "no such container", "command not found"),
        source="containerd core/remotes/docker/resolver.go (errdefs.ErrNotFound)",
    ),
)

NOT_FOUND_BY_CODE = (
    rule(
        _C.TAG_NOT_FOUND,
        _MAYBE,
        "not_found",
        ": not found",
        "code = notfound",
        "image not found",
        "does not exist",
        also=("pull", "image", "manifest", "/v2/", "registry"),
        unless=("find container", "find sandbox", "no such container", "container task"),
        source="grpc codes; Harbor (NOT_FOUND)",
    ),
)

NOT_A_REGISTRY = (
    rule(
        _C.REGISTRY_UNAVAILABLE,
        _MAYBE,
        "<html",
        "<!doctype html",
        "invalid character '<' looking for beginning of value",
        "unrecognized signature format",
        "stopped after 10 redirects",
        "does not appear to be a v2 registry",
        "can't talk to a v1 docker registry",
        "could not reach any registry endpoint",
        "malformed http response",
        "missing or empty content-type header",
        "unable to decode token response",
        ": unknown: ",
        "missing docker-distribution-api-version",
        source="Go encoding/json on a web page, net/http; moby registry; any unknown code",
    ),
)
