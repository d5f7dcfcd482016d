"""What a fake and a real registry must both show, or the fake proves nothing."""

from typing import Any

from fault_images import OCI_INDEX
from pullproof.causes import Cause
from pullproof.policy import is_definite

Place = Any  # tests/wire/conftest.py


async def test_a_tag_is_found_with_its_digest_in_one_request(place: Place):
    await place.probe("app:latest")  # from here on the login is known
    result = await place.probe("app:1.0")
    assert result.cause is None
    assert result.digest == place.index.tags["1.0"]
    assert result.media_type == OCI_INDEX
    assert result.requests == 1


async def test_a_digest_is_found(place: Place):
    digest = place.index.tags["1.1"]
    result = await place.probe(f"app@{digest}")
    assert result.cause is None
    assert result.digest == digest


async def test_the_platforms_of_an_index_are_read(place: Place):
    result = await place.probe("app:1.0", want_platforms=True)
    assert result.platforms == ("linux/amd64", "linux/arm64")


async def test_the_platform_of_a_single_image_is_read(place: Place):
    child = next(iter(place.index.manifests))
    result = await place.probe(f"app@{child}", want_platforms=True)
    assert result.cause is None
    assert result.platforms == ("linux/amd64",)


async def test_a_missing_tag_is_definite_and_has_suggestions(place: Place):
    await place.probe("app:1.0")
    result = await place.probe("app:1.0-alpine")
    assert result.cause is Cause.TAG_NOT_FOUND
    assert is_definite(result)
    assert result.suggestions == ("1.0",)
    assert result.requests == 3


async def test_a_missing_digest_is_definite(place: Place):
    result = await place.probe("app@sha256:" + "0" * 64)
    assert result.cause is Cause.DIGEST_NOT_FOUND
    assert is_definite(result)


async def test_a_missing_repository_is_told_from_a_missing_tag(place: Place):
    result = await place.probe("gone:1.0")
    assert result.cause is Cause.REPOSITORY_NOT_FOUND
    assert is_definite(result)


async def test_without_a_login_a_registry_that_wants_one_says_so(place: Place):
    result = await place.anonymously("app:1.0")
    assert result.cause is (Cause.AUTHENTICATION_REQUIRED if place.needs_login else None)


async def test_a_wrong_password_is_told_where_it_is_looked_at(place: Place):
    result = await place.anonymously("app:1.0", "wrong")
    assert result.cause is (Cause.CREDENTIALS_REJECTED if place.needs_login else None)
    again = await place.probe("app:1.0")
    assert again.cause is None


async def test_one_login_after_another_is_tried(place: Place):
    result = await place.anonymously("app:1.0", "wrong", "right")
    assert result.cause is None
    assert result.asked_as == f"Secret team/login-{1 if place.needs_login else 0}"
