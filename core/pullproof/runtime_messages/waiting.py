"""A container's waiting state: does it wait for an image, and what does the kubelet say about it.

https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/images/types.go
"""

from dataclasses import replace

from pullproof.causes import Cause, Confidence
from pullproof.evidence import RuntimeMessage
from pullproof.runtime_messages.access_rules import SECRET
from pullproof.runtime_messages.cleaning import cleaned
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
_DECIDED = {
    "InvalidImageName": Cause.INVALID_IMAGE_REFERENCE,
    "ErrImageNeverPull": Cause.IMAGE_NOT_ON_NODE,
    "SignatureValidationFailed": Cause.SIGNATURE_REJECTED,
}
"""Reasons that leave no choice, whatever the message says."""


def read_waiting(reason: str, message: str) -> RuntimeMessage | None:
    """The state of a container that waits for its image; None if it waits for something else.

    Since Kubernetes 1.33 a pull secret that does not decode makes the error text itself the reason.
    """
    if reason not in REASONS:
        text = message or reason
        if not _is_secret_error(reason) and not message.startswith("Back-off pulling image "):
            return None
        return read_message(text)
    read = read_message(message)
    decided = _DECIDED.get(reason)
    if decided is not None:
        return replace(read, cause=decided, confidence=Confidence.CERTAIN)
    if reason == "ImageInspectError" and read.cause is Cause.UNKNOWN:
        return replace(read, cause=Cause.RUNTIME_ERROR, confidence=Confidence.LIKELY)
    return read


def _is_secret_error(reason: str) -> bool:
    text = cleaned(reason)
    return any(one.pattern.search(text) for one in SECRET)
