"""Leaves about the node: its kubelet, its runtime, its disk and its file systems."""

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages.rules import rule

_C, _SURE, _LIKELY, _MAYBE = Cause, Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE

KUBELET = (
    rule(
        _C.KUBELET_PULL_THROTTLED,
        _SURE,
        "pull qps exceeded",
        source="kubelet images/helpers.go",
    ),
    rule(
        _C.IMAGE_NOT_ON_NODE,
        _SURE,
        "present with pull policy of never",
        "errimageneverpull",
        source="kubelet images/image_manager.go, images/types.go",
    ),
)

DISK = (
    rule(
        _C.NODE_DISK_FULL,
        _SURE,
        "no space left on device",
        "disk quota exceeded",
        "there is not enough space on the disk",
        unless=("unexpected http status", "server error"),
        source="Go syscall (ENOSPC, EDQUOT; Windows ERROR_DISK_FULL)",
    ),
    rule(
        _C.NODE_DISK_FULL,
        _LIKELY,
        "failed to garbage collect required amount of images",
        "[diskpressure]",
        "low on resource: ephemeral-storage",
        "not enough free space",
        "insufficient disk space",
        source="kubelet images/image_gc_manager.go, eviction",
    ),
)

SOCKETS = (
    rule(
        _C.RUNTIME_ERROR,
        _SURE,
        "cannot connect to the docker daemon",
        "is the docker daemon running",
        "cannot connect to podman",
        "validate service connection",
        "validate cri v1 ",
        "failed to get runtime connection",
        "unable to determine runtime api version",
        source="moby client/errors.go; podman; cri-client, kubelet and crictl at start",
    ),
    rule(
        _C.RUNTIME_ERROR,
        _SURE,
        ".sock",
        "npipe",
        "dial unix",
        "/pipe/",
        pattern=r"dial unix|\.sock\"?: (?:connect|bind|connection)|\.sock: no such file"
        r"|(?:open|dial) (?://\./|npipe:)\S{0,120}pipe|npipe:\S{1,120}pipe",
        source="Go net (unix sockets); grpc transport; Windows named pipes",
    ),
    rule(
        _C.RUNTIME_ERROR,
        _SURE,
        "unknown service ",
        pattern=r"unimplemented desc = unknown service",
        source="grpc server: containerd's cri plugin is disabled, or another API version",
    ),
)

RUNTIME = (
    rule(
        _C.RUNTIME_ERROR,
        _LIKELY,
        "transport is closing",
        "ttrpc: closed",
        "grpc: the connection is unavailable",
        "connection closed before server preface received",
        "error reading from server: eof",
        "transport: error while dialing",
        "the client connection is closing",
        "server is not initialized yet",
        "container runtime is down",
        source="grpc; containerd/ttrpc; containerd internal/cri; kubelet",
    ),
    rule(
        _C.RUNTIME_ERROR,
        _LIKELY,
        "snapshotter not loaded",
        "no unpack platforms defined",
        "failed to create snapshotter",
        "unable to initialize unpacker",
        "invalid memory address or nil pointer dereference",
        "database is locked",
        "trying to send message larger than max",
        "failed to initialize the image service",
        source="containerd core/unpack, plugins; Go runtime; bbolt, containers/storage",
    ),
    rule(
        _C.RUNTIME_ERROR,
        _MAYBE,
        " locked",
        pattern=r"\blocked(?: for [\d.hms]{1,20} \(since [^)]{1,60}\))?: unavailable",
        source="containerd plugins/content/local/locks.go",
    ),
)

FILESYSTEM = (
    rule(
        _C.NODE_FILESYSTEM_ERROR,
        _LIKELY,
        "read-only file system",
        "input/output error",
        "structure needs cleaning",
        "stale nfs file handle",
        "stale file handle",
        "too many open files",
        source="Go syscall (EROFS, EIO, EUCLEAN, ESTALE, EMFILE)",
    ),
    rule(
        _C.NODE_FILESYSTEM_ERROR,
        _LIKELY,
        "lchown",
        "setxattr",
        "potentially insufficient uids or gids",
        "not enough ids available in the namespace",
        source="containerd pkg/archive/tar.go; containers/storage; moby pkg/archive",
    ),
    rule(
        _C.NODE_FILESYSTEM_ERROR,
        _LIKELY,
        "operation not permitted",
        "permission denied",
        "too many links",
        "file name too long",
        "no such device",
        "invalid argument",
        "function not implemented",
        "operation not supported",
        "cannot allocate memory",
        also=(
            "failed to extract",
            "failed to register layer",
            "failed to apply",
            "failed to mount",
            "failed to prepare",
            "failed to create",
            "failed to remove",
            "failed to convert",
            "readlink /",
            "unpack image on",
            "unpack: ",
            "unpacking",
            "mount callback",
            "applylayer",
            "overlay",
            "processing tar file",
            "writing blob",
            "storing blob",
            "committing",
            "mkdir /",
            "mkdirat ",
            "open /",
            "chmod /",
            "unlinkat /",
            "rename /",
            "link /",
            "mknod",
            "write /",
            "/var/lib/",
        ),
        unless=("not loaded", "authorization", "artifactregistry"),
        source="Go syscall, as containerd, moby and containers/storage unpack layers",
    ),
)

UNPACKING = (
    rule(
        _C.NODE_FILESYSTEM_ERROR,
        _MAYBE,
        "failed to register layer",
        "failed to extract layer",
        "failed to unmount",
        "untar re-exec error",
        "processing tar file",
        "unpacking failed",
        "adding layer with blob",
        "error creating overlay mount",
        "failed in win32",
        source="moby layer, containerd core/unpack, containers/storage: whatever else goes wrong",
    ),
)

INSPECTING = (
    rule(
        _C.RUNTIME_ERROR,
        _LIKELY,
        "failed to inspect image",
        "imageinspecterror",
        "unable to convert a nil pointer to a runtime api image",
        source="kubelet images/image_manager.go; cri-dockerd",
    ),
)

ABSENT_LOCALLY = (
    rule(
        _C.IMAGE_NOT_ON_NODE,
        _LIKELY,
        "no such image",
        "image not known",
        source="moby daemon/images; containers/storage",
    ),
)
