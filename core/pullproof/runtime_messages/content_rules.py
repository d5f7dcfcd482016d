"""Leaves that are about the image itself: its name, its form, its bytes, its absence."""

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages.rules import rule

_C, _SURE, _LIKELY, _MAYBE = Cause, Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE

REFERENCE = (
    rule(
        r"short-name .{1,300} did not resolve|short name mode is enforcing"
        r"|short-name resolution enforced",
        _C.SHORT_NAME_NOT_RESOLVABLE,
        _SURE,
        "containers/image pkg/shortnames; cri-o",
    ),
    rule(
        r"invalid reference format|couldn't parse image (?:reference|name)"
        r"|could not parse reference"
        r"|invalid tag format|invalid digest format"
        r"|repository name must (?:be lowercase|not be more)"
        r"|\) must be lowercase|cannot specify 64-byte hexadecimal|invalid checksum digest"
        r"|failed to parse image (?:reference|name)|unable to parse image name|InvalidImageName"
        r"|parsing image reference|invalid repository name|unsupported digest algorithm",
        _C.INVALID_IMAGE_REFERENCE,
        _SURE,
        "distribution/reference; kubelet images/image_manager.go; go-containerregistry pkg/name",
    ),
)

PLATFORM = (
    rule(
        r"no match for platform|no matching manifest for"
        r"|no image found in (?:manifest list|image index)"
        r"|does not match the specified platform|no child with platform"
        r"|image operating system .{1,80} cannot be used|choosing image instance"
        r"|no supported platform found in manifest list|unable to find .{1,60} platform",
        _C.PLATFORM_MISMATCH,
        _SURE,
        "containerd core/images; containers/image manifest lists; moby distribution/pull_v2.go",
    ),
)

FORMAT = (
    rule(
        r"schema ?1 (?:image )?manifests?.{0,60}(?:no longer|deprecated|removed|not supported)"
        r"|schema 1 images have been deprecated|schema 1 support has been removed"
        r"|manifest\.v1\+(?:prettyjws|json).{0,80}(?:no longer|not supported|deprecated|removed)"
        r"|unsupported (?:manifest|docker v2s2|OCI) ?(?:media ?type|format)"
        r"|unimplemented manifest MIME type|no processor for media-type|unsupported media ?type"
        r"|media ?type \S{1,200} (?:not supported|is no longer supported)"
        r"|unsupported manifest format"
        r"|encountered remote \S{1,200} when fetching"
        r"|unexpected media ?type|unknown layer mediatype"
        r"|mediaType in manifest should be|unsupported schema version|invalid mixed OCI image with",
        _C.UNSUPPORTED_IMAGE_FORMAT,
        _LIKELY,
        "containerd core/images, core/remotes; containers/image manifest; moby distribution",
    ),
)

DOWNLOAD = (
    rule(
        r"unexpected commit (?:digest|size)|failed size validation|digest did not match"
        r"|digest mismatch|does not match config's DiffID|filesystem layer verification failed"
        r"|short read: expected|failed to read expected number of bytes|digest verification failed"
        r"|does \S+ match provided manifest digest|manifest verification failed"
        r"|happened during read: unexpected EOF|unexpected EOF",
        _C.CORRUPT_DOWNLOAD,
        _LIKELY,
        "containerd core/content, core/remotes; containers/image copy; moby distribution/xfer",
    ),
)

LOST = (
    rule(
        r"could not fetch content descriptor|blob unknown"
        r"|BLOB_UNKNOWN|unknown blob|MANIFEST_BLOB_UNKNOWN"
        r"|content at \S+ not found|(?:fetching|reading) blob.{0,300}(?:404|not found|unknown)"
        r"|rejecting \d+ byte manifest",
        _C.MANIFEST_BLOB_MISSING,
        _LIKELY,
        "containerd core/remotes/docker/fetcher.go; distribution error codes",
    ),
)

UNKNOWN_MANIFEST = (
    rule(
        r"manifest unknown|MANIFEST_UNKNOWN",
        _C.TAG_NOT_FOUND,
        _LIKELY,
        "distribution error codes: said only to those who may read the repository",
    ),
)

ABSENT = (
    rule(
        r"name unknown|NAME_UNKNOWN|repository name not known|repository (?:name )?\S+ not found"
        r"|repository with name .{1,200} does not exist|project \S+ not found|unknown repository"
        r"|repository does not exist in the registry|repository not found|no such repository",
        _C.REPOSITORY_NOT_FOUND,
        _LIKELY,
        "distribution error codes; AWS ECR; Harbor; moby distribution",
    ),
    rule(
        r"manifest (?:for \S+ )?(?:unknown|not found)|MANIFEST_UNKNOWN|\S+: not found"
        r"|404 Not Found|status(?:code)?:? ?404|manifest tagged by"
        r"|tag .{1,140}(?:not found|unknown|expired)"
        r"|TAG_EXPIRED|artifact \S+ not found|requested image not found|failed to fetch \S+"
        r"|no such (?:image|manifest)|could not find (?:the )?manifest|does not exist\b|not found",
        _C.TAG_NOT_FOUND,
        _LIKELY,
        "distribution error codes; containerd errdefs; containers/image; vendors' bodies",
    ),
)
