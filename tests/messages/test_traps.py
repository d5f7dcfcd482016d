"""Messages that are easily read wrong."""

import pytest

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages import read_message

D = "sha256:" + "ab" * 32
IMAGE = "registry.example/app:1"
PULL = f'Failed to pull image "{IMAGE}": failed to pull and unpack image "{IMAGE}": '
RESOLVE = f'{PULL}failed to resolve reference "{IMAGE}": '
HEAD = f'{RESOLVE}failed to do request: Head "https://registry.example/v2/app/manifests/1": '
EXPIRED = HEAD + "x509: certificate has expired or is not yet valid: current time {} is {} {}"


@pytest.mark.parametrize(
    "message",
    [
        PULL + "no match for platform in manifest: not found",
        HEAD + "dial tcp: lookup registry.example on 10.0.0.2:53: no such host",
        PULL + f"content digest {D}: not found",
        PULL + f"could not fetch content descriptor {D} (application/x) from remote: not found",
        PULL + f"unexpected media type text/html for {D}: not found",
        'an error occurred when try to find container "abc": not found',
        'secrets "regcred" not found',
        "/bin/sh: curl: not found",
    ],
)
def test_what_ends_in_not_found_is_not_always_a_missing_tag(message):
    assert read_message(message).cause not in (Cause.TAG_NOT_FOUND, Cause.DIGEST_NOT_FOUND)


def test_an_upstream_without_the_tag_outweighs_a_mirror_that_is_down():
    found = read_message(
        "initializing source docker://r.example/a:1: (Mirrors also failed: [m.example:5000/a:1: "
        'pinging container registry m.example:5000: Get "https://m.example:5000/v2/": dial tcp '
        "10.0.0.9:5000: connect: connection refused]): r.example/a:1: reading manifest 1 in "
        "r.example/a: manifest unknown"
    )
    assert found.cause is Cause.TAG_NOT_FOUND
    assert "manifest unknown" in found.evidence
    assert "mirror m.example:5000/a:1" in found.evidence
    assert found.image == "r.example/a:1"


def test_the_artifact_fall_back_of_crio_is_not_what_counts():
    found = read_message(
        "unable to pull image or OCI artifact: pull image err: initializing source "
        "docker://r.example/a:1: reading manifest 1 in r.example/a: manifest unknown; artifact err: "
        "get manifest: dial tcp 10.0.0.9:443: connect: connection refused"
    )
    assert found.cause is Cause.TAG_NOT_FOUND
    assert "refused" not in found.evidence


def test_of_several_logins_the_one_that_got_furthest_leads_and_the_other_is_mentioned():
    found = read_message(
        f'Failed to pull image "{IMAGE}": [rpc error: code = Unknown desc = Error response from '
        "daemon: Get https://registry.example/v2/app/manifests/1: unauthorized: authentication "
        "required, rpc error: code = Unknown desc = Error response from daemon: manifest for "
        f"{IMAGE} not found: manifest unknown: manifest unknown]"
    )
    assert found.cause is Cause.TAG_NOT_FOUND
    assert found.confidence is not Confidence.CERTAIN
    assert "authentication required" in found.evidence


def test_a_login_that_was_refused_outweighs_a_registry_that_did_not_answer():
    found = read_message(
        "[failed to authorize: failed to fetch oauth token: unexpected status from GET request to "
        "https://auth.example/token: 401 Unauthorized, failed to do request: Head "
        '"https://registry.example/v2/app/manifests/1": dial tcp 10.0.0.9:443: connect: connection refused]'
    )
    assert found.cause is Cause.CREDENTIALS_REJECTED
    assert "connection refused" in found.evidence


def test_one_registry_of_several_that_denies_leaves_open_what_the_others_lack():
    found = read_message(
        "2 errors occurred while pulling:\n * initializing source docker://a.example/app:1: reading "
        "manifest 1 in a.example/app: manifest unknown\n * initializing source docker://b.example/app:1: "
        "reading manifest 1 in b.example/app: denied: requested access to the resource is denied"
    )
    assert found.cause is Cause.ACCESS_DENIED_OR_NOT_FOUND
    assert found.confidence is Confidence.POSSIBLE


@pytest.mark.parametrize(
    ("body", "cause", "code"),
    [
        ("403 Forbidden\ndenied", Cause.ACCESS_DENIED, "DENIED"),
        ("403 Forbidden\ndenied: Your authorization token has expired. Reauthenticate and try again.", Cause.CREDENTIALS_REJECTED, "DENIED"),
        ("429 Too Many Requests\ntoomanyrequests: You have reached your pull rate limit.\nSee https://x.example", Cause.REGISTRY_RATE_LIMITED, "TOOMANYREQUESTS"),
    ],
)  # fmt: skip
def test_a_body_after_a_line_break_is_read(body, cause, code):
    found = read_message(
        f"{RESOLVE}unexpected status from HEAD request to https://registry.example/v2/app/manifests/1: {body}"
    )
    assert (found.cause, found.code, found.status) == (cause, code, int(body[:3]))
    assert "\n" not in found.text


def test_the_kubelets_own_limit_is_not_the_registrys():
    assert read_message(PULL + "pull QPS exceeded").cause is Cause.KUBELET_PULL_THROTTLED


@pytest.mark.parametrize(
    ("node", "side", "limit", "cause", "confidence"),
    [
        ("1970-01-01T00:02:00Z", "before", "2026-01-01T00:00:00Z", Cause.NODE_CLOCK_SKEW, Confidence.CERTAIN),
        ("1980-01-01T00:02:00Z", "after", "1979-12-31T00:00:00Z", Cause.NODE_CLOCK_SKEW, Confidence.CERTAIN),
        ("2106-02-07T06:28:15Z", "after", "2027-01-01T00:00:00Z", Cause.NODE_CLOCK_SKEW, Confidence.CERTAIN),
        ("2020-01-01T00:00:00Z", "before", "2026-01-01T00:00:00Z", Cause.NODE_CLOCK_SKEW, Confidence.CERTAIN),
        ("2026-01-01T00:00:00Z", "before", "2026-01-01T00:05:00Z", Cause.NODE_CLOCK_SKEW, Confidence.LIKELY),
        ("2026-08-13T05:50:29Z", "after", "2026-08-13T04:59:29Z", Cause.REGISTRY_CERTIFICATE_EXPIRED, Confidence.LIKELY),
        ("2036-08-13T05:50:29Z", "after", "2026-08-13T04:59:29Z", Cause.NODE_CLOCK_SKEW, Confidence.POSSIBLE),
        ("2026-13-99T99:99:99Z", "after", "2026-08-13T04:59:29Z", Cause.REGISTRY_CERTIFICATE_EXPIRED, Confidence.LIKELY),
    ],
)  # fmt: skip
def test_the_two_times_tell_a_wrong_clock_from_an_expired_certificate(
    node, side, limit, cause, confidence
):
    found = read_message(EXPIRED.format(node, side, limit))
    assert (found.cause, found.confidence) == (cause, confidence)
    assert (found.node_time, found.certificate_time) == (node, limit)


def test_without_times_and_at_a_registry_that_renews_in_time_nothing_is_sure():
    bare = read_message(HEAD + "x509: certificate has expired or is not yet valid")
    hub = read_message(
        'Get "https://registry-1.docker.io/v2/": x509: certificate has expired or is not yet valid:'
        " current time 2026-08-13T05:50:29Z is after 2026-08-13T04:59:29Z"
    )
    assert {bare.confidence, hub.confidence} == {Confidence.POSSIBLE}


def test_an_empty_layer_is_told_as_such():
    empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    found = read_message(
        f'{PULL}failed commit on ref "layer-{D}": unexpected commit digest {empty}, expected {D}: failed'
        " precondition"
    )
    assert found.cause is Cause.CORRUPT_DOWNLOAD
    assert "empty body" in found.evidence


def test_a_proxy_is_blamed_for_what_a_proxy_did():
    for leaf in (
        "proxyconnect tcp: tls: first record does not look like a TLS handshake",
        "proxyconnect tcp: x509: certificate signed by unknown authority",
        "proxyconnect tcp: dial tcp: lookup proxy.example on 10.0.0.2:53: no such host",
        "Proxy Authentication Required",
    ):
        assert read_message(HEAD + leaf).cause is Cause.PROXY_FAILURE


def test_layers_that_come_from_elsewhere_are_told_from_the_registry():
    found = read_message(
        f"{PULL}failed to copy: httpReadSeeker: failed open: failed to do request: Get "
        '"https://d1.cloudfront.net/a/b?Expires=1&Signature=s3cr3tS1gn": dial tcp 10.0.0.9:443: i/o timeout'
    )
    assert (found.cause, found.host) == (Cause.BLOB_STORAGE_UNREACHABLE, "d1.cloudfront.net")
    assert "s3cr3tS1gn" not in repr(found)


@pytest.mark.parametrize("ns", ["docker.io", "%5BREDACTED%5D"])
def test_a_mirror_shows_by_the_name_of_the_registry_that_it_stands_for(ns):
    found = read_message(
        'failed to pull and unpack image "docker.io/library/redis:7": failed to resolve reference '
        '"docker.io/library/redis:7": failed to do request: Head '
        f'"https://m.example/v2/library/redis/manifests/7?ns={ns}": dial tcp 10.0.0.9:443: i/o timeout'
    )
    assert (found.cause, found.host, found.mirror) == (
        Cause.REGISTRY_MIRROR_FAILING,
        "m.example",
        True,
    )


def test_an_image_volume_is_named_by_the_text():
    found = read_message(
        'Back-off pulling image "models.example/llm:7": ErrImagePull: rpc error: code = NotFound desc = '
        'failed to pull and unpack image "models.example/llm:7": failed to resolve image: '
        "models.example/llm:7: not found"
    )
    assert (found.cause, found.image) == (Cause.TAG_NOT_FOUND, "models.example/llm:7")


def test_an_event_and_a_status_of_one_failure_give_one_text():
    leaf = f'failed to pull and unpack image "{IMAGE}": failed to resolve image: {IMAGE}: not found'
    said = {
        read_message(form.format(leaf)).text
        for form in (
            "{}",
            f'Failed to pull image "{IMAGE}": {{}}',
            f'(combined from similar events): Failed to pull image "{IMAGE}": {{}}',
            f'Back-off pulling image "{IMAGE}": ErrImagePull: {{}}',
        )
    }
    assert said == {leaf}


@pytest.mark.parametrize(
    "image",
    [
        "registry.example/connection-refused:1",
        "registry.example/team/unauthorized:429",
        "registry.example/not-found/manifest-unknown:503",
        "registry.example/proxyconnect:1",
    ],
)
def test_words_in_a_name_decide_nothing(image):
    found = read_message(
        f'Failed to pull image "{image}": failed to pull and unpack image "{image}": failed to resolve '
        f'image: failed to do request: Head "https://{image.replace(":", "/manifests/")}": '
        "net/http: TLS handshake timeout"
    )
    assert found.cause is Cause.CONNECTION_TIMED_OUT


def test_the_authors_words_in_a_malformed_name_decide_nothing():
    found = read_message(
        'Failed to apply default image tag "x509: no space left on device": couldn\'t parse image name '
        '"x509: no space left on device": invalid reference format'
    )
    assert (found.cause, found.confidence) == (
        Cause.INVALID_IMAGE_REFERENCE,
        Confidence.CERTAIN,
    )


def test_what_stands_in_the_result_is_taken_from_the_text():
    found = read_message(HEAD + "dial tcp: lookup registry.example on 10.0.0.2:53: no such host")
    assert (found.image, found.host, found.resolver) == (
        IMAGE,
        "registry.example",
        "10.0.0.2:53",
    )
    assert found.evidence == "dial tcp: lookup registry.example on 10.0.0.2:53: no such host"


def test_a_mirror_of_docker_hub_shows_without_a_mark_too():
    # dockerd and CRI-O add no ?ns=; but Docker Hub sends nobody to another registry.
    found = read_message(
        "initializing source docker://docker.io/library/redis:7: Get "
        '"https://m.example/v2/library/redis/manifests/7": dial tcp 10.0.0.9:443: i/o timeout'
    )
    assert (found.cause, found.mirror) == (Cause.REGISTRY_MIRROR_FAILING, True)


def test_several_registries_are_told_apart_without_bullets_too():
    found = read_message(
        "5 errors occurred:\n\tError initializing source docker://a.example/app:1: Error reading manifest 1 "
        "in a.example/app: manifest unknown\n\tError initializing source docker://b.example/app:1: Error "
        "reading manifest 1 in b.example/app: unauthorized: access to the requested resource is not authorized"
    )
    assert found.cause is Cause.ACCESS_DENIED_OR_NOT_FOUND


def test_answers_that_differ_are_never_certain():
    full = "write /var/lib/containerd/x: no space left on device"
    both = read_message(f"[failed to copy: {full}, failed to copy: context canceled]")
    assert (both.cause, both.confidence) == (Cause.NODE_DISK_FULL, Confidence.LIKELY)
    assert read_message(f"failed to copy: {full}").confidence is Confidence.CERTAIN
