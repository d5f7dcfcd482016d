"""Whole messages, each as its source writes it; hosts and images are invented."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages import read_message, read_waiting

D = "sha256:" + "ab" * 32
REF = '"registry.example/app:1"'
HEAD = 'failed to do request: Head "https://registry.example/v2/app/manifests/1": '
OLD = f"Failed to pull image {REF}: failed to pull and unpack image {REF}: failed to resolve reference {REF}: "
NEW = (
    f"Failed to pull image {REF}: failed to pull and unpack image {REF}: failed to resolve image: "
)
UNPACK = f"failed to pull and unpack image {REF}: "
C = Cause

MESSAGES = {
    # containerd, both families
    OLD + "registry.example/app:1: not found": C.TAG_NOT_FOUND,
    NEW + "registry.example/app:1: not found": C.TAG_NOT_FOUND,
    OLD.replace(":1", f"@{D}") + f"registry.example/app@{D}: not found": C.DIGEST_NOT_FOUND,
    OLD + HEAD + "dial tcp: lookup registry.example on 10.0.0.2:53: no such host": C.REGISTRY_HOST_UNKNOWN,
    OLD + HEAD + "dial tcp: lookup registry.example on 10.0.0.2:53: server misbehaving": C.DNS_RESOLUTION_FAILED,
    OLD + HEAD + "dial tcp: lookup registry.example on 10.0.0.2:53: read udp 10.0.0.3:5->10.0.0.2:53: i/o timeout": C.DNS_RESOLUTION_FAILED,
    OLD + HEAD + "dial tcp 10.0.0.9:443: connect: connection refused": C.CONNECTION_REFUSED,
    OLD + HEAD + "dial tcp 10.0.0.9:443: connect: no route to host": C.NETWORK_UNREACHABLE,
    OLD + HEAD + "dial tcp 10.0.0.9:443: i/o timeout": C.CONNECTION_TIMED_OUT,
    OLD + HEAD + "net/http: TLS handshake timeout": C.CONNECTION_TIMED_OUT,
    OLD + HEAD + "net/http: timeout awaiting response headers": C.CONNECTION_TIMED_OUT,
    OLD + HEAD + "read tcp 10.0.0.3:5->10.0.0.9:443: read: connection reset by peer": C.CONNECTION_RESET,
    OLD + HEAD + "tls: failed to verify certificate: x509: certificate signed by unknown authority": C.TLS_UNKNOWN_AUTHORITY,
    OLD + HEAD + "tls: failed to verify certificate: x509: certificate is valid for a.example, not registry.example": C.TLS_NAME_MISMATCH,
    OLD + HEAD + "http: server gave HTTP response to HTTPS client": C.PLAIN_HTTP_REGISTRY,
    OLD + HEAD + "proxyconnect tcp: dial tcp 10.0.0.8:3128: connect: connection refused": C.PROXY_FAILURE,
    OLD + "unexpected status from HEAD request to https://registry.example/v2/app/manifests/1: 503 Service Unavailable": C.REGISTRY_UNAVAILABLE,
    OLD + "unexpected status from HEAD request to https://registry.example/v2/app/manifests/1: 403 Forbidden\ndenied": C.ACCESS_DENIED,
    OLD + "unexpected status from HEAD request to https://registry.example/v2/app/manifests/1: 429 Too Many Requests\ntoomanyrequests: You have reached your pull rate limit": C.REGISTRY_RATE_LIMITED,
    OLD + "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed": C.ACCESS_DENIED_OR_NOT_FOUND,
    OLD + "pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials": C.AUTHENTICATION_REQUIRED,
    OLD + "failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://auth.example/token: 401 Unauthorized": C.CREDENTIALS_REJECTED,
    OLD + "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://auth.example/token: 401 Unauthorized": C.AUTHENTICATION_REQUIRED,
    OLD + "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://auth.example/token: 403 Forbidden": C.ACCESS_DENIED_OR_NOT_FOUND,
    UNPACK + "no match for platform in manifest: not found": C.PLATFORM_MISMATCH,
    UNPACK + f"failed to copy: httpReadSeeker: failed open: could not fetch content descriptor {D} (application/vnd.oci.image.layer.v1.tar) from remote: not found": C.MANIFEST_BLOB_MISSING,
    UNPACK + f"failed to copy: httpReadSeeker: failed open: content at https://registry.example/v2/app/manifests/{D} not found: not found": C.MANIFEST_BLOB_MISSING,
    UNPACK + f"content digest {D}: not found": C.CORRUPT_LOCAL_CONTENT,
    UNPACK + "failed to extract layer sha256:1: write /var/lib/containerd/x: no space left on device: unknown": C.NODE_DISK_FULL,
    UNPACK + f'failed commit on ref "layer-{D}": unexpected commit digest sha256:1, expected {D}: failed precondition': C.CORRUPT_DOWNLOAD,
    UNPACK + "failed to copy: short read: expected 9 bytes but got 3: unexpected EOF": C.CORRUPT_DOWNLOAD,
    UNPACK + 'not implemented: media type "application/vnd.docker.distribution.manifest.v1+prettyjws" is no longer supported since containerd v2.1, please rebuild': C.UNSUPPORTED_IMAGE_FORMAT,
    UNPACK + "failed to copy: context canceled": C.PULL_TIMED_OUT,
    UNPACK + "image verifier policy blocked pull of registry.example/app:1 with digest sha256:1 for reason: unsigned": C.SIGNATURE_REJECTED,
    # the kubelet itself
    "pull QPS exceeded": C.KUBELET_PULL_THROTTLED,
    f"Container image {REF} is not present with pull policy of Never": C.IMAGE_NOT_ON_NODE,
    'Failed to apply default image tag "Nginx": couldn\'t parse image name "Nginx": invalid reference format: repository name (library/Nginx) must be lowercase': C.INVALID_IMAGE_REFERENCE,
    'Failed to inspect image "": rpc error: code = Unknown desc = database is locked': C.RUNTIME_ERROR,
    "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.": C.PULL_SECRET_MISSING,
    # CRI-O
    "initializing source docker://registry.example/app:1: reading manifest 1 in registry.example/app: manifest unknown": C.TAG_NOT_FOUND,
    "initializing source docker://registry.example/app:1: reading manifest 1 in registry.example/app: name unknown: repository not known": C.REPOSITORY_NOT_FOUND,
    'choosing an image from manifest list docker://registry.example/app:1: no image found in image index for architecture "arm64", variant "v8", OS "linux"': C.PLATFORM_MISMATCH,
    'short-name "app" did not resolve to an alias and no unqualified-search registries are defined in "/etc/containers/registries.conf"': C.SHORT_NAME_NOT_RESOLVABLE,
    "SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists": C.SIGNATURE_REJECTED,
    "registry registry.example is blocked in /etc/containers/registries.conf": C.REGISTRY_BLOCKED_BY_POLICY,
    "initializing source docker://r.example/a:1: (Mirrors also failed: [m.example/a:1: pinging container registry m.example: dial tcp 10.0.0.9:443: connect: connection refused]): r.example/a:1: reading manifest 1 in r.example/a: manifest unknown": C.TAG_NOT_FOUND,
    "unable to pull image or OCI artifact: pull image err: initializing source docker://r.example/a:1: reading manifest 1 in r.example/a: manifest unknown; artifact err: get manifest: dial tcp: connection refused": C.TAG_NOT_FOUND,
    # Docker
    "Error response from daemon: manifest for registry.example/app:1 not found: manifest unknown: manifest unknown": C.TAG_NOT_FOUND,
    "Error response from daemon: unauthorized: incorrect username or password": C.CREDENTIALS_REJECTED,
    "Error response from daemon: no matching manifest for linux/arm64/v8 in the manifest list entries": C.PLATFORM_MISMATCH,
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?": C.RUNTIME_ERROR,
    # several logins
    "[rpc error: code = Unknown desc = unauthorized: authentication required, rpc error: code = Unknown desc = manifest unknown]": C.TAG_NOT_FOUND,
    "something that nobody has ever said before": C.UNKNOWN,
}  # fmt: skip
FORMS = {
    "plain": "{}",
    "grpc": "rpc error: code = NotFound desc = {}",
    "back-off": 'Back-off pulling image "registry.example/app:1": ErrImagePull: {}',
    "combined": "(combined from similar events): {}",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
def test_a_message_gives_its_cause_in_every_outer_form(message, form):
    assert read_message(FORMS[form].format(message)).cause is MESSAGES[message]


def test_a_missing_tag_is_never_certain_by_the_text_alone():
    assert read_message(OLD + "registry.example/app:1: not found").confidence is Confidence.LIKELY


def test_a_clock_that_was_never_set_is_told_from_an_expired_certificate():
    text = (
        OLD + HEAD + "x509: certificate has expired or is not yet valid: current time {} is {} {}"
    )
    early = read_message(text.format("1970-01-01T00:02:00Z", "before", "2026-01-01T00:00:00Z"))
    assert (early.cause, early.confidence) == (C.NODE_CLOCK_SKEW, Confidence.CERTAIN)
    late = read_message(text.format("2026-11-24T00:00:00Z", "after", "2026-11-01T00:00:00Z"))
    assert (late.cause, late.confidence) == (C.REGISTRY_CERTIFICATE_EXPIRED, Confidence.LIKELY)
    assert late.certificate_time == "2026-11-01T00:00:00Z"


def test_what_a_message_names_is_taken_along():
    found = read_message(
        OLD + HEAD + "dial tcp: lookup registry.example on 10.0.0.2:53: no such host"
    )
    assert found.image == "registry.example/app:1"
    assert found.host == "registry.example"
    assert found.resolver == "10.0.0.2:53"


def test_layers_that_come_from_elsewhere_are_told_from_the_registry():
    text = (
        UNPACK
        + 'failed to copy: Get "https://d1.cloudfront.net/x": dial tcp 10.0.0.9:443: i/o timeout'
    )
    assert read_message(text).cause is C.BLOB_STORAGE_UNREACHABLE


@pytest.mark.parametrize(
    ("reason", "message", "cause"),
    [
        ("ErrImagePull", OLD + "registry.example/app:1: not found", C.TAG_NOT_FOUND),
        ("ImagePullBackOff", 'Back-off pulling image "app"', C.UNKNOWN),
        ("InvalidImageName", "", C.INVALID_IMAGE_REFERENCE),
        ("ErrImageNeverPull", "", C.IMAGE_NOT_ON_NODE),
        ("illegal base64 data at input byte 4", "", C.PULL_SECRET_INVALID),
        ("ImageInspectError", 'Failed to inspect image "": x', C.RUNTIME_ERROR),
    ],
)
def test_a_waiting_state_gives_its_cause(reason, message, cause):
    found = read_waiting(reason, message)
    assert found is not None
    assert found.cause is cause


@pytest.mark.parametrize("reason", ["", "ContainerCreating", "CrashLoopBackOff", "PodInitializing"])
def test_a_container_that_waits_for_something_else_is_left_alone(reason):
    assert read_waiting(reason, "back-off 5m0s restarting failed container") is None


SECRETS = [
    "hunter2hunter2",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "X-Amz-Signature=abc",
]


@pytest.mark.parametrize(
    "text",
    [
        f"Get https://user:{SECRETS[0]}@registry.example/v2/: 401 Unauthorized",
        f"Authorization: Bearer {SECRETS[1]} was refused: 401",
        f'Get "https://s3.example/layer?{SECRETS[2]}&x=1": i/o timeout',
        f"password={SECRETS[0]} denied",
    ],
)
def test_nothing_secret_comes_out(text):
    shown = repr(read_message(text))
    assert not any(secret in shown for secret in SECRETS)


@given(st.text(max_size=4000))
def test_any_text_is_read_and_stays_bounded(text):
    found = read_message(text)
    assert len(found.text) <= 2000
    assert len(found.evidence) <= 200
    assert all(one.isprintable() for one in found.text)


@pytest.mark.parametrize(
    "piece", ["failed to extract layer ", "lookup x on ", "(", "a: ", "permission "]
)
def test_a_huge_message_is_read_in_no_time(piece):
    text = piece * (10_000_000 // len(piece))
    begun = time.process_time()
    read_message(text)
    assert time.process_time() - begun < 2  # a bound against blow-up, not a measurement
