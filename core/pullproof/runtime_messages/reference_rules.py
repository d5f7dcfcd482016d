"""Leaves about how the image is spelt, before anybody is asked for it."""

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages.rules import rule

_C, _SURE, _LIKELY = Cause, Confidence.CERTAIN, Confidence.LIKELY

REFERENCE = (
    rule(
        _C.SHORT_NAME_NOT_RESOLVABLE,
        _SURE,
        "resolve to an alias",
        "short name mode is enforcing",
        "short-name resolution enforced",
        "no unqualified-search registries are defined",
        "no search registries are defined",
        source="containers/image pkg/shortnames; cri-o internal/storage",
    ),
    rule(
        _C.INVALID_IMAGE_REFERENCE,
        _SURE,
        "invalid reference format",
        "repository name must be lowercase",
        "repository name must not be more than",
        "repository name must be canonical",
        "repository name must have at least one component",
        ") must be lowercase",
        "invalid tag format",
        "invalid digest format",
        "invalid checksum digest",
        "unsupported digest algorithm",
        "cannot specify 64-byte hexadecimal strings",
        source="distribution/reference; opencontainers/go-digest",
    ),
    rule(
        _C.INVALID_IMAGE_REFERENCE,
        _SURE,
        "couldn't parse image reference",
        "couldn't parse image name",
        "failed to apply default image tag",
        "invalidimagename",
        "failed to parse image reference",
        "failed to parse image name",
        "unable to parse image name",
        source="kubelet pkg/util/parsers, images/image_manager.go;"
        " containerd internal/cri/server/images",
    ),
    rule(
        _C.INVALID_IMAGE_REFERENCE,
        _SURE,
        "could not parse reference",
        "can only contain the characters",
        "must be valid rfc 3986 uri authorities",
        "is not a valid repository/tag",
        "error parsing reference: ",
        "with both a tag and digest are currently not supported",
        source="go-containerregistry pkg/name; moby reference; containers/image docker/reference",
    ),
    rule(
        _C.INVALID_IMAGE_REFERENCE,
        _LIKELY,
        ": object required",
        ": hostname required",
        source="containerd pkg/reference",
    ),
    rule(
        _C.INVALID_IMAGE_REFERENCE,
        _SURE,
        "invalid repository name (",
        "invalid namespace name (",
        "invalid registry host",
        "invalid image reference",
        source="moby registry, before 1.10; buildkit; crane",
    ),
    rule(
        _C.INVALID_IMAGE_REFERENCE,
        _SURE,
        ".image: ",
        pattern=r"containers\[\d{1,4}\]\.image: (?:required value|invalid value)",
        source="kube-apiserver core validation",
    ),
    rule(
        _C.INVALID_IMAGE_REFERENCE,
        _LIKELY,
        "name invalid: ",
        "name_invalid",
        "tag invalid: ",
        "tag_invalid",
        "invalid parameter at 'repositoryname'",
        source="distribution registry/api/errcode; AWS ECR",
    ),
    rule(
        _C.INVALID_IMAGE_REFERENCE,
        _LIKELY,
        "in host name",
        "after host",
        "first path segment in url cannot contain colon",
        pattern=r"invalid (?:character .{1,12} in host name|port .{1,64} after host)"
        r"|first path segment",
        source="Go net/url",
    ),
)
