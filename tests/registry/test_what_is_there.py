"""Found and absent, and what it takes to say so."""

from collections.abc import Callable

import pytest

from asking import Probe, Served, ask_for
from fault_images import OCI_INDEX, repository
from pullproof.causes import Cause, Confidence
from pullproof.evidence import Doubt
from pullproof.policy import is_definite
from pullproof.registry.probe import Prober

ZEROS = "sha256:" + "0" * 64


async def test_an_image_that_is_there_takes_one_request(probe: Probe, registry: Served):
    result = await probe("ok/app:1.0")
    assert result.cause is None
    assert result.confidence is Confidence.CERTAIN
    assert result.digest == repository("ok/app").tags["1.0"]
    assert result.media_type == OCI_INDEX
    assert result.asked_as == "anonymous"
    assert result.host == registry.host
    assert registry.seen.counts == {"HEAD /v2/ok/app/manifests/1.0": 1}
    assert result.requests == 1


async def test_a_digest_decides_over_a_tag(probe: Probe, registry: Served):
    digest = repository("ok/app").tags["1.0"]
    result = await probe(f"ok/app:no-such-tag@{digest}")
    assert result.cause is None
    assert registry.seen.counts == {f"HEAD /v2/ok/app/manifests/{digest}": 1}


@pytest.mark.parametrize("image", ["ok/app:1.0", "quota-50/app:1.0"])
async def test_platforms_of_an_index_take_one_request_more(
    probe: Probe, registry: Served, image: str
):
    result = await probe(image, want_platforms=True)
    assert result.platforms == ("linux/amd64", "linux/arm64")
    assert result.requests == registry.seen.total == 2


@pytest.mark.parametrize("image", ["single/app:1.0", "docker/app:1.0"])
async def test_the_platform_of_a_single_image_stands_in_its_configuration(probe: Probe, image: str):
    result = await probe(image, want_platforms=True)
    assert result.cause is None
    assert result.platforms == ("linux/amd64",)


async def test_a_missing_tag_takes_three_requests_with_its_suggestions(
    probe: Probe, registry: Served
):
    result = await probe("ok/app:1.0-alpine")
    assert result.cause is Cause.TAG_NOT_FOUND
    assert result.detail == "404 MANIFEST_UNKNOWN"
    assert result.suggestions == ("1.0",)
    assert is_definite(result)
    assert registry.seen.counts == {
        "HEAD /v2/ok/app/manifests/1.0-alpine": 1,
        "GET /v2/ok/app/manifests/1.0-alpine": 1,
        "GET /v2/ok/app/tags/list": 1,
    }
    assert [one.status for one in result.exchanges] == [404, 404, 200]
    assert result.exchanges[1].code == "MANIFEST_UNKNOWN"


async def test_without_suggestions_the_tags_are_not_listed(probe: Probe, registry: Served):
    result = await probe("ok/app:2", want_suggestions=False)
    assert is_definite(result)
    assert registry.seen.total == 2


async def test_one_page_of_tags_is_all_that_is_asked_for(probe: Probe, registry: Served):
    result = await probe("many-3000/app:0.0.3-alpine")
    assert result.cause is Cause.TAG_NOT_FOUND
    assert "0.0.3" in result.suggestions
    assert registry.seen.counts["GET /v2/many-3000/app/tags/list"] == 1


async def test_a_missing_repository_is_told_from_a_missing_tag_by_its_tags(probe: Probe):
    result = await probe("ok/gone:1")
    assert result.cause is Cause.REPOSITORY_NOT_FOUND
    assert result.detail == "404 MANIFEST_UNKNOWN; tags: 404 NAME_UNKNOWN"
    assert is_definite(result)


async def test_a_missing_digest_is_told_as_that_and_gets_no_suggestions(
    probe: Probe, registry: Served
):
    result = await probe(f"ok/app:1.0@{ZEROS}")
    assert result.cause is Cause.DIGEST_NOT_FOUND
    assert is_definite(result)
    assert registry.seen.total == 2


async def test_a_tag_that_is_listed_but_not_given_is_not_called_absent(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("fault_content.TAGS", ("1.0", "2.0"))
    monkeypatch.setattr("fault_images.Stored.resolve", lambda self, wanted: None)
    result = await probe("ok/app:2.0")
    assert result.cause is Cause.TAG_NOT_FOUND
    assert Doubt.MIXED_ANSWERS in result.doubts
    assert not is_definite(result)


@pytest.mark.parametrize("fault", ["head-405", "head-400", "head-nodigest"])
async def test_where_a_head_is_not_answered_properly_a_get_is(probe: Probe, fault: str):
    result = await probe(f"{fault}/app:1.0")
    assert result.cause is None
    assert result.digest == repository(f"{fault}/app").tags["1.0"]
    assert result.requests == 2


async def test_a_head_that_lies_does_not_make_an_image_absent(probe: Probe):
    result = await probe("lying-head/app:1.0")
    assert result.cause is None
    assert result.confidence is Confidence.LIKELY


@pytest.mark.parametrize("fault", ["html-404", "empty-404", "plain-404", "html"])
async def test_what_answers_like_no_registry_proves_nothing(probe: Probe, fault: str):
    result = await probe(f"{fault}/app:1.0")
    assert result.cause is Cause.REGISTRY_UNAVAILABLE
    assert Doubt.NOT_A_REGISTRY in result.doubts
    assert result.confidence is Confidence.POSSIBLE
    assert not is_definite(result)


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        ("schema1", "a schema 1 manifest only, which current runtimes do not pull"),
        ("artifact", "a Helm chart, not an image"),
        ("wrong-type", "no manifest media type: 'application/json'"),
    ],
)
async def test_what_is_there_but_no_image_is_told_as_that(probe: Probe, fault: str, detail: str):
    result = await probe(f"{fault}/app:1.0", want_platforms=True)
    assert result.cause is Cause.UNSUPPORTED_IMAGE_FORMAT
    assert result.detail == detail


async def test_bytes_without_the_digest_that_was_asked_for_are_not_the_image(probe: Probe):
    digest = repository("changed/app").tags["1.0"]
    result = await probe(f"changed/app@{digest}")
    assert result.cause is Cause.CORRUPT_DOWNLOAD


async def test_a_missing_configuration_is_a_missing_part_of_the_image(probe: Probe):
    result = await probe("missing-blob/app:1.0", want_platforms=True)
    assert result.cause is Cause.MANIFEST_BLOB_MISSING


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (400, Cause.REGISTRY_UNAVAILABLE),
        (401, Cause.AUTHENTICATION_REQUIRED),
        (403, Cause.ACCESS_DENIED),
        (406, Cause.UNSUPPORTED_IMAGE_FORMAT),
        (408, Cause.REGISTRY_UNAVAILABLE),
        (429, Cause.REGISTRY_RATE_LIMITED),
        (451, Cause.ACCESS_DENIED),
        (500, Cause.REGISTRY_UNAVAILABLE),
        (502, Cause.REGISTRY_UNAVAILABLE),
        (503, Cause.REGISTRY_UNAVAILABLE),
        (504, Cause.REGISTRY_UNAVAILABLE),
        (299, Cause.REGISTRY_UNAVAILABLE),
        (599, Cause.REGISTRY_UNAVAILABLE),
    ],
)
async def test_every_other_status_has_its_cause_and_denies_nothing(
    probe: Probe, status: int, cause: Cause
):
    result = await probe(f"status-{status}/app:1.0")
    assert result.cause is cause
    assert result.detail.startswith(str(status))
    assert not is_definite(result)


async def test_a_limit_tells_how_long_to_wait_and_is_heeded(probe: Probe, registry: Served):
    result = await probe("limited/app:1.0")
    assert result.cause is Cause.REGISTRY_RATE_LIMITED
    assert result.retry_after_seconds == 7.0
    again = await probe("ok/app:1.0")
    assert again.cause is Cause.REGISTRY_RATE_LIMITED
    assert again.detail == "not asked again yet after a rate limit"
    assert again.retry_after_seconds is not None
    assert again.retry_after_seconds > 6
    assert registry.seen.total == 1


async def test_another_credential_is_not_held_to_that_limit(probe: Probe):
    await probe("limited/app:1.0")
    assert (await probe("ok/app:1.0", "right")).cause is None


async def test_the_quota_is_read_and_spared_when_little_is_left(probe: Probe, registry: Served):
    result = await probe("quota-3/app:1.0", want_platforms=True)
    assert result.cause is None
    assert result.quota_remaining == 3
    assert result.platforms == ()
    assert registry.seen.total == 1


async def test_unreadable_credentials_leave_an_absence_in_doubt(probe: Probe):
    result = await probe("ok/app:2", credentials_complete=False)
    assert result.doubts == {Doubt.CREDENTIALS_UNREADABLE}
    assert not is_definite(result)


async def test_a_name_that_is_no_host_is_told_without_a_request(
    make_prober: Callable[..., Prober],
):
    result = await make_prober().probe(ask_for("my_host.example/app:1"))
    assert result.cause is Cause.REGISTRY_HOST_UNKNOWN
    assert result.requests == 0
