"""A container's waiting state: does it wait for an image, and what does the kubelet say about it.

https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/images/types.go
"""

from dataclasses import replace

from pullproof.causes import Cause, Confidence
from pullproof.evidence import RuntimeMessage
from pullproof.runtime_messages.reading import read_message

REASONS = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)
_MEANT = {
    "InvalidImageName": Cause.INVALID_IMAGE_REFERENCE,
    "ErrImageNeverPull": Cause.IMAGE_NOT_ON_NODE,
    "SignatureValidationFailed": Cause.SIGNATURE_REJECTED,
}
"""Reasons that leave no choice, whatever the message says."""
_ALSO = {"SignatureValidationFailed": Cause.REGISTRY_BLOCKED_BY_POLICY}
"""What the message may say more exactly."""
_SAID_BY_REASON = {
    "ImageInspectError": Cause.RUNTIME_ERROR,
    "RegistryUnavailable": Cause.REGISTRY_UNAVAILABLE,
}
"""What a reason says where the message says nothing."""
_RAW = ("pull intent", "pulled record", "pulling record", "image pull", "pull secret")


def read_waiting(reason: str, message: str) -> RuntimeMessage | None:
    """The state of a container that waits for its image; None if it waits for something else.

    Since Kubernetes 1.33 the reason may be an error's text, of a pull secret that does not decode
    or of a pull record that the kubelet cannot write; any other reason is one word.
    """
    if reason in REASONS:
        return _by_reason(reason, read_message(message))
    if message.startswith("Back-off pulling image "):
        return read_message(message)
    if " " not in reason:
        return None
    read = read_message(message or reason)
    if read.cause is Cause.UNKNOWN and message:
        read = read_message(reason)
    if read.cause is not Cause.UNKNOWN or any(one in reason for one in _RAW):
        return read
    return None


def _by_reason(reason: str, read: RuntimeMessage) -> RuntimeMessage:
    if reason in _MEANT:
        cause = read.cause if read.cause is _ALSO.get(reason) else _MEANT[reason]
        return replace(read, cause=cause, confidence=Confidence.CERTAIN)
    said = _SAID_BY_REASON.get(reason)
    if said is not None and read.cause is Cause.UNKNOWN:
        return replace(read, cause=said, confidence=Confidence.LIKELY)
    return read
