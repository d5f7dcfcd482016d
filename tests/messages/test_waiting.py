"""A container's waiting state, as the kubelet writes it."""

import pytest

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages import read_waiting

IMAGE = "registry.example/app:1"
NOT_FOUND = (
    f'failed to pull and unpack image "{IMAGE}": failed to resolve image: {IMAGE}: not found'
)


@pytest.mark.parametrize(
    ("reason", "message", "cause"),
    [
        ("ErrImagePull", NOT_FOUND, Cause.TAG_NOT_FOUND),
        ("ErrImagePull", "pull QPS exceeded", Cause.KUBELET_PULL_THROTTLED),
        ("ErrImagePull", "", Cause.UNKNOWN),
        ("ImagePullBackOff", f'Back-off pulling image "{IMAGE}"', Cause.UNKNOWN),
        ("ImagePullBackOff", f'Back-off pulling image "{IMAGE}": ErrImagePull: {NOT_FOUND}', Cause.TAG_NOT_FOUND),
        ("ImagePullBackOff", f'Back-off pulling image "{IMAGE}": RegistryUnavailable: something', Cause.REGISTRY_UNAVAILABLE),
        ("ImagePullBackOff", f'Back-off pulling image "{IMAGE}": SignatureValidationFailed: something', Cause.SIGNATURE_REJECTED),
        ("InvalidImageName", "", Cause.INVALID_IMAGE_REFERENCE),
        ("InvalidImageName", "Failed to apply default image tag \"A\": couldn't parse image name \"A\": invalid reference format", Cause.INVALID_IMAGE_REFERENCE),
        ("ErrImageNeverPull", f'Container image "{IMAGE}" is not present with pull policy of Never', Cause.IMAGE_NOT_ON_NODE),
        ("ErrImageNeverPull", "", Cause.IMAGE_NOT_ON_NODE),
        ("ImageInspectError", 'Failed to inspect image "": rpc error: code = Unknown desc = x', Cause.RUNTIME_ERROR),
        ("ImageInspectError", "", Cause.RUNTIME_ERROR),
        ("RegistryUnavailable", f"image pull failed for {IMAGE} because the registry is unavailable: x", Cause.REGISTRY_UNAVAILABLE),
        ("RegistryUnavailable", "", Cause.REGISTRY_UNAVAILABLE),
        ("RegistryUnavailable", 'pinging container registry r.example: Get "https://r.example/v2/": dial tcp 10.0.0.9:443: connect: connection refused', Cause.CONNECTION_REFUSED),
        ("SignatureValidationFailed", "", Cause.SIGNATURE_REJECTED),
        ("SignatureValidationFailed", f"image pull failed for {IMAGE} because the signature validation failed: Source image rejected: Running image docker://{IMAGE} is rejected by policy.", Cause.REGISTRY_BLOCKED_BY_POLICY),
        ("illegal base64 data at input byte 4", "illegal base64 data at input byte 4", Cause.PULL_SECRET_INVALID),
        ("illegal base64 data at input byte 4", "", Cause.PULL_SECRET_INVALID),
        ("unable to parse auth field, must be formatted as base64(username:password)", "", Cause.PULL_SECRET_INVALID),
        ("invalid character 'x' looking for beginning of value", "invalid character 'x' looking for beginning of value", Cause.PULL_SECRET_INVALID),
        ("json: cannot unmarshal string into Go value of type credentialprovider.DockerConfigEntry", "", Cause.PULL_SECRET_INVALID),
        ("failed to write pull intent: open /var/lib/kubelet/image_manager/pulling/x: no space left on device", "", Cause.NODE_DISK_FULL),
        ("failed to write pull intent: no space left on device", "something else", Cause.NODE_DISK_FULL),
        ("failed to check the pulled record: something new", "", Cause.UNKNOWN),
        ("SomethingNew", f'Back-off pulling image "{IMAGE}": ErrImagePull: {NOT_FOUND}', Cause.TAG_NOT_FOUND),
    ],
)  # fmt: skip
def test_a_container_that_waits_for_its_image_gives_the_cause(reason, message, cause):
    found = read_waiting(reason, message)
    assert found is not None
    assert found.cause is cause


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("", ""),
        ("ContainerCreating", ""),
        ("PodInitializing", ""),
        ("CrashLoopBackOff", "back-off 5m0s restarting failed container=web pod=web-0"),
        ("CreateContainerConfigError", 'secret "db" not found'),
        ("CreateContainerError", "failed to reserve container name"),
        ("RunContainerError", "exec: /app: no such file or directory"),
        ("a reason that nobody knows", ""),
    ],
)
def test_a_container_that_waits_for_something_else_is_left_alone(reason, message):
    assert read_waiting(reason, message) is None


def test_back_off_without_its_cause_still_names_the_image():
    found = read_waiting("ImagePullBackOff", f'Back-off pulling image "{IMAGE}"')
    assert found is not None
    assert (found.image, found.confidence) == (IMAGE, Confidence.POSSIBLE)


@pytest.mark.parametrize(
    "reason", ["InvalidImageName", "ErrImageNeverPull", "SignatureValidationFailed"]
)
def test_reasons_that_leave_no_choice_are_certain(reason):
    found = read_waiting(reason, "whatever: connection refused")
    assert found is not None
    assert found.confidence is Confidence.CERTAIN
