"""Leaves about what the image is made of: its platforms, its form, its bytes here and there."""

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages.rules import rule

_C, _SURE, _LIKELY, _MAYBE = Cause, Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE

PLATFORM = (
    rule(
        _C.PLATFORM_MISMATCH,
        _SURE,
        "no match for platform",
        "no matching manifest for",
        "no image found in manifest list",
        "no image found in image index",
        "no supported platform found in manifest list",
        "no child with platform",
        "match the specified platform",
        "provide the specified platform",
        "descriptor matching platform",
        "match the expected platform",
        source="containerd core/images, platforms; moby distribution/pull_v2.go;"
        " containers/image internal/manifest; go-containerregistry pkg/v1/remote",
    ),
    rule(
        _C.PLATFORM_MISMATCH,
        _SURE,
        "cannot be used on this platform",
        "-based image is incompatible with a",
        "match the host operating system",
        source="moby distribution, for Windows and Linux; hcsshim",
    ),
    rule(
        _C.PLATFORM_MISMATCH,
        _LIKELY,
        "platform",
        "exec format error",
        pattern=r"\bno (?:matching |suitable )?(?:manifest|image|entry|variant|descriptor)s?"
        r" (?:was |were )?(?:found )?.{0,80}\bplatform|does not match the detected host platform"
        r"|(?:could not|unable to) find .{1,80}\bplatform|platform .{1,60} not (?:found|supported)"
        r"|exec format error",
        source="nerdctl, buildkit, regclient, docker run; Linux (ENOEXEC)",
    ),
)

FORMAT = (
    rule(
        _C.UNSUPPORTED_IMAGE_FORMAT,
        _SURE,
        "schema 1",
        "schema1",
        "schema v1",
        "manifest.v1+",
        pattern=r"(?:schema ?v?1|manifest\.v1\+\w{4,10}).{0,120}"
        r"(?:no longer|not supported|unsupported|deprecated|removed|disabled)"
        r"|(?:unsupported|unimplemented).{0,80}(?:schema ?v?1|manifest\.v1\+)",
        source="containerd core/remotes/docker/schema1, core/transfer; moby distribution/pull_v2.go",
    ),
    rule(
        _C.UNSUPPORTED_IMAGE_FORMAT,
        _SURE,
        "but accept header does not support oci",
        "missing signature key",
        "mediatype in manifest should be",
        "unsupported manifest format",
        source="distribution registry/handlers/manifests.go; moby distribution (libtrust)",
    ),
    rule(
        _C.UNSUPPORTED_IMAGE_FORMAT,
        _LIKELY,
        "no signatures",
        pattern=r"(?:^|: )no signatures\"?$",
        source="containerd remotes/docker/schema1 (docker/libtrust): schema 1 without a signature",
    ),
    rule(
        _C.UNSUPPORTED_IMAGE_FORMAT,
        _MAYBE,
        "unexpected media type text/",
        "unsupported media type text/",
        'mime type "text/',
        "unsupported manifest media type and no default available: text/",
        source="containerd core/images, containers/image: a web page where a manifest should be",
    ),
    rule(
        _C.UNSUPPORTED_IMAGE_FORMAT,
        _LIKELY,
        "unsupported media type",
        "unsupported mediatype",
        "unexpected media type",
        "unimplemented manifest mime type",
        "unsupported docker v2s2 media type",
        "unsupported manifest media type",
        "unsupported manifest type",
        "unsupported image media type",
        "unsupported oci",
        "unsupported schema version",
        "no processor for media-type",
        "unknown layer media type",
        "unknown media type",
        "unknown mediatype",
        "unrecognized manifest",
        "mismatched image rootfs and manifest layers",
        "no fslayers in manifest",
        "invalid mixed oci image",
        "unsupported config media type",
        "unsupported image index media type",
        "unsupported layer media type",
        source="moby distribution; containerd core/diff, core/images; containers/image manifest;"
        " buildkit; go-containerregistry",
    ),
    rule(
        _C.UNSUPPORTED_IMAGE_FORMAT,
        _LIKELY,
        "supported",
        "when fetching",
        "mediatype",
        "media type",
        pattern=r"(?:media ?type )?\"?application/[\w.+-]{1,120}\"?:? (?:is |are )?"
        r"(?:not|no longer) supported|encountered remote .{1,160}when fetching"
        r"|media ?type .{1,160}(?:not|no longer) supported|invalid media ?type",
        source="containerd core/images/handlers.go; moby distribution/pull_v2.go",
    ),
    rule(
        _C.UNSUPPORTED_IMAGE_FORMAT,
        _LIKELY,
        "byte manifest for",
        "exceeded maximum allowed size",
        "manifest invalid",
        "manifest_invalid",
        pattern=r"rejecting \d{1,12} byte manifest|exceeded maximum allowed size|manifest.invalid",
        source="containerd core/remotes/docker/resolver.go; containers/image; distribution errcode",
    ),
)

STORE = (
    rule(
        _C.CORRUPT_LOCAL_CONTENT,
        _LIKELY,
        "failed to get reader from content store",
        "wrong diff id ",
        "failed to stat snapshot",
        "failed to prepare extraction snapshot",
        "content digest ",
        "expected at ",
        "parent snapshot ",
        pattern=r"failed to get reader from content store|wrong diff id "
        r"|failed to stat snapshot|failed to prepare extraction snapshot"
        r"|content digest \S{1,200}: not found|blob \S{1,200} expected at"
        r"|parent snapshot \S{1,200} does not exist",
        source="containerd core/content, core/unpack/unpacker.go, core/snapshots, core/metadata",
    ),
    rule(
        _C.CORRUPT_LOCAL_CONTENT,
        _LIKELY,
        "snapshot ",
        "target snapshot",
        pattern=r"snapshot \"?\S{1,200}:? (?:already exists|does not exist|not found)",
        source="containerd core/metadata/snapshot.go, core/snapshots/storage",
    ),
    rule(
        _C.CORRUPT_LOCAL_CONTENT,
        _LIKELY,
        "don't know its layer id",
        "layer for blob ",
        "layer not known",
        "internal inconsistency: layer",
        "layer does not exist",
        "is unknown, failing getsize",
        "file integrity checksum failed",
        "incomplete layer",
        "layer integrity check failed",
        "unexpected diffid",
        "locating image with id",
        source="containers/image storage; containers/storage; moby layer; vbatts/tar-split",
    ),
    rule(
        _C.CORRUPT_LOCAL_CONTENT,
        _LIKELY,
        "no such file or directory",
        "file exists",
        "directory not empty",
        "is a directory",
        "not a directory",
        also=("/var/lib/", "/layers/", "failed to register layer", "processing tar file"),
        unless=(".sock", "auth.json", "config.json", "policy.json"),
        source="Go os, in the stores of containerd, moby and containers/storage",
    ),
    rule(
        _C.CORRUPT_LOCAL_CONTENT,
        _MAYBE,
        "invalid tar header",
        "gzip: invalid",
        "zlib: invalid",
        "flate: corrupt input",
        "zstd: invalid",
        "magic number mismatch",
        "corrupted -- ",
        source="Go archive/tar, compress; klauspost/compress, while a layer is unpacked",
    ),
)

NO_MANIFEST = (
    rule(
        _C.UNSUPPORTED_IMAGE_FORMAT,
        _MAYBE,
        "invalid character ",
        "cannot unmarshal",
        pattern=r"(?:invalid desc|unmarshal\w{0,4}|decode|parsing|daemon:|from source|manifest|index)"
        r".{0,400}(?:invalid character '[^<]{1,6}' (?:looking|after|in)|cannot unmarshal)",
        unless=("http", "token"),
        source="Go encoding/json on a manifest: containerd core/images, containers/image, moby",
    ),
)

DOWNLOAD = (
    rule(
        _C.CORRUPT_LOCAL_CONTENT,
        _MAYBE,
        "unexpected eof",
        also=("failed to extract layer",),
        source="Go io, while containerd unpacks what its content store holds",
    ),
    rule(
        _C.CORRUPT_DOWNLOAD,
        _LIKELY,
        "unexpected commit digest",
        "unexpected commit size",
        "failed size validation",
        "short read: expected",
        "failed to read expected number of bytes",
        source="containerd core/content, core/remotes, plugins/content/local/writer.go",
    ),
    rule(
        _C.CORRUPT_DOWNLOAD,
        _LIKELY,
        "digest did not match",
        "match, expected sha",
        "digest mismatch",
        "match config's diffid",
        "filesystem layer verification failed",
        "verification failed for digest",
        "match provided manifest digest",
        "match expected digest",
        "digest verification failed",
        "checksum mismatch",
        "size mismatch",
        "layers from manifest don't match image configuration",
        "error verifying sha256 checksum",
        "unexpected digest",
        "unexpected size",
        source="containers/image copy, docker, image; moby distribution/pull_v2.go;"
        " go-containerregistry internal/verify; skopeo; regclient",
    ),
    rule(
        _C.CORRUPT_DOWNLOAD,
        _LIKELY,
        "unexpected eof",
        "unexpected end of json input",
        pattern=r"(?<!/: )(?<!/\": )unexpected e(?:of|nd of json input)",
        unless=("failed to do request", "transport connection broken", "error parsing http"),
        source="Go io, compress, encoding/json, in the midst of a layer or manifest",
    ),
)

BROKEN_OFF = (
    rule(
        _C.CORRUPT_DOWNLOAD,
        _MAYBE,
        ": eof",
        pattern=r": eof(?:$|[\s\"')\]])",
        also=(
            "httpreadseeker",
            "failed to copy",
            "reading blob",
            "writing blob",
            "download failed",
        ),
        source="Go io, net/http: the connection ended before or within a layer",
    ),
)

LOST = (
    rule(
        _C.MANIFEST_BLOB_MISSING,
        _LIKELY,
        "could not fetch content descriptor",
        "blob unknown",
        "blob_unknown",
        "unknown blob",
        "blobnotfound",
        "manifest references to unknown blob",
        "nosuchkey",
        source="containerd core/remotes/docker/fetcher.go; distribution errcode; Azure and S3 bodies",
    ),
    rule(
        _C.MANIFEST_BLOB_MISSING,
        _LIKELY,
        "content at ",
        pattern=r"content at (?:https?://)?\S{1,1000}/(?:blobs|manifests)/\w{1,20}:[0-9a-f]{1,128}"
        r"\S{0,300} not found",
        source="containerd core/remotes/docker/fetcher.go",
    ),
    rule(
        _C.MANIFEST_BLOB_MISSING,
        _LIKELY,
        "reading manifest sha",
        pattern=r"manifest unknown|name unknown|not found|statuscode: 404",
        also=("from manifest list", "choosing image instance", "determining manifest mime type"),
        source="containers/image copy/multiple.go: an image of the list is gone",
    ),
    rule(
        _C.MANIFEST_BLOB_MISSING,
        _LIKELY,
        "/blobs/",
        "reading blob",
        "fetching blob",
        "reading config blob",
        pattern=r": 404\b|\b404 (?:not found|\(not found\))|statuscode: 404|: not found",
        unless=("401", "403", "denied", "unauthorized", "500 ", "502 ", "503 "),
        source="containerd; containers/image docker/docker_image_src.go",
    ),
)
