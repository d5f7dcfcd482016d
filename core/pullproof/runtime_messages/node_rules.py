"""Leaves that are about the node: its policy, its store, its disk, its runtime."""

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages.rules import rule

_C, _SURE, _LIKELY, _MAYBE = Cause, Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE

POLICY = (
    rule(
        r"SignatureValidationFailed|signature validation failed|a signature was required"
        r"|none of the signatures were accepted|source image rejected:"
        r"|image verification failed|image verifier .{1,200} blocked pull"
        r"|failed to verify signature|no matching signatures",
        _C.SIGNATURE_REJECTED,
        _SURE,
        "containers/image signature/policy_*.go; containerd pkg/imageverifier; cri-o errors.go",
    ),
    rule(
        r"prohibited by policy|due to configured policy|invalid policy in|is blocked in /\S+"
        r"|registry \S+ is blocked|is rejected by policy|rejected by policy",
        _C.REGISTRY_BLOCKED_BY_POLICY,
        _SURE,
        "containers/image docker/docker_image_src.go, signature/policy_eval_simple.go",
    ),
)

THROTTLED = (
    rule(r"pull QPS exceeded", _C.KUBELET_PULL_THROTTLED, _SURE, "kubelet images/helpers.go"),
)

NEVER = (
    rule(
        r"is not present with pull policy of never|ErrImageNeverPull",
        _C.IMAGE_NOT_ON_NODE,
        _SURE,
        "kubelet images/image_manager.go",
    ),
)

RUNTIME = (
    rule(
        r"dial unix|cannot connect to the docker daemon"
        r"|containerd\.sock|crio\.sock|cri-dockerd\.sock"
        r"|unknown service \S+|transport: error while dialing"
        r"|container runtime is (?:down|not running)|failed to inspect image",
        _C.RUNTIME_ERROR,
        _LIKELY,
        "google.golang.org/grpc transport; moby client/errors.go; kubelet images/image_manager.go",
    ),
)

DISK = (
    rule(
        r"no space left on device|disk quota exceeded|not enough (?:disk )?space|\bENOSPC\b",
        _C.NODE_DISK_FULL,
        _SURE,
        "Go syscall (ENOSPC, EDQUOT)",
    ),
)

STORE = (
    rule(
        r"content digest \S+: not found|failed to get reader from content store|\bblob not found"
        r"|blob \S+ expected at|wrong diff id calculated|failed to stat snapshot"
        r"|parent snapshot \S+ does not exist|snapshot \S+:? (?:already exists|does not exist)"
        r"|failed to prepare extraction snapshot|archive/tar: invalid tar header"
        r"|gzip: invalid header|we have blob \S+, but don't know its layer"
        r"|layer for blob \S+ not found|internal inconsistency: layer|\blayer does not exist"
        r"|failed to extract layer .{0,300}(?:unexpected EOF|no such file|invalid checksum)"
        r"|file integrity checksum failed|corrupt(?:ed)? (?:content|layer|image) store"
        r"|error creating overlay mount|failed to register layer.{0,200}no such file",
        _C.CORRUPT_LOCAL_CONTENT,
        _LIKELY,
        "containerd core/content, core/snapshots, core/unpack; containers/storage",
    ),
    rule(
        r"read-only file system|input/output error|failed to l?chown|failed to setxattr"
        r"|structure needs cleaning|potentially insufficient UIDs or GIDs"
        r"|(?:failed to (?:extract|register|mount)|unpack|mount callback).{0,300}"
        r"(?:operation not permitted|permission denied|too many links|invalid argument)",
        _C.NODE_FILESYSTEM_ERROR,
        _LIKELY,
        "Go syscall (EROFS, EIO, EPERM); containerd pkg/archive",
    ),
)
