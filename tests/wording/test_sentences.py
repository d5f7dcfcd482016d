import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import looked, probe, said
from pullproof.causes import Cause
from pullproof.diagnosis import Evidence, diagnose
from pullproof.evidence import UNTOLD
from pullproof.policy import Mode, NotAsked, Policy, Presence, decide
from pullproof.reference import parse_reference
from pullproof.wording import (
    ContainerDiagnosis,
    annotation_json,
    annotation_text,
    denial,
    event_message,
    remedy,
    summary,
    warnings,
)
from pullproof.wording.admission import ESCAPE

DOCS = "https://example.org/causes"


def verdict(*all_looked, mode=Mode.ENFORCE):
    return decide(all_looked, mode=mode, policy=Policy())


def diagnosed(cause, image="ghcr.io/acme/api:1.4.2", **more):
    evidence = Evidence(image=image, reference=parse_reference(image), message=said(cause, **more))
    return diagnose(evidence)


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_sentence_and_a_remedy(cause):
    diagnosis = diagnosed(cause)
    for text in (summary(diagnosis), remedy(diagnosis)):
        assert text
        assert not text.endswith(".")
        assert text == " ".join(text.split())


def test_a_denial_for_a_missing_tag():
    result = probe(
        suggestions=("1.4.1", "1.4.3"),
        detail="404 MANIFEST_UNKNOWN",
        asked_as="Secret shop/ghcr-pull",
    )
    assert denial(verdict(looked(result)), DOCS).splitlines() == [
        'image "ghcr.io/acme/api:1.4.2" (container "api") cannot be pulled:'
        ' tag "1.4.2" not found in ghcr.io/acme/api; nearest: 1.4.1, 1.4.3',
        "  seen: 404 MANIFEST_UNKNOWN, asked as Secret shop/ghcr-pull",
        "  fix:  push the tag, or use one that exists, such as ghcr.io/acme/api:1.4.1"
        " (in spec.containers[0].image)",
        "  docs: https://example.org/causes#tagnotfound",
        ESCAPE,
    ]


def test_several_images_are_told_in_one_message():
    text = denial(
        verdict(
            looked(probe()),
            looked(image="Postgres:16", container="init-db"),
            looked(probe(cause=None), container="proxy"),
        ),
        DOCS,
    )
    first = text.splitlines()[0]
    assert first.startswith("2 of 3 images cannot be pulled: ")
    assert '"api" ghcr.io/acme/api:1.4.2 (tag not found)' in first
    assert '"init-db" Postgres:16 (invalid image reference)' in first


def test_an_owner_in_git_is_named():
    assert "Argo CD owns this object" in denial(verdict(looked(probe())), DOCS, "Argo CD")


def test_a_registry_in_trouble_is_a_warning_that_says_there_is_nothing_to_do():
    result = probe(cause=Cause.REGISTRY_UNAVAILABLE, detail="503")
    assert warnings(verdict(looked(result))) == (
        '"api" ghcr.io/acme/api:1.4.2: could not check "ghcr.io/acme/api:1.4.2" now'
        " (ghcr.io is not answering as it should (503)); nothing to do unless the Pod fails to start",
    )


def test_an_undeclared_host_gives_the_line_that_declares_it():
    result = probe(
        "registry.internal/app:1", Cause.REGISTRY_UNAVAILABLE, declared=False, detail=UNTOLD
    )
    (line,) = warnings(verdict(looked(result, image="registry.internal/app:1")))
    assert 'add to config.registries: {host: "registry.internal"}' in line


def test_an_undeclared_host_that_answers_badly_is_told_as_it_is():
    result = probe("nginx:1", Cause.REGISTRY_UNAVAILABLE, declared=False, detail="503")
    (line,) = warnings(verdict(looked(result, image="nginx:1")))
    assert "Docker Hub is not answering as it should (503)" in line
    assert "config.registries" not in line


def test_docker_hub_is_never_said_to_miss_a_repository():
    result = probe("nginx/1.23-alpine", Cause.ACCESS_DENIED_OR_NOT_FOUND)
    (line,) = warnings(verdict(looked(result, image="nginx/1.23-alpine")))
    assert line.startswith('"api" nginx/1.23-alpine: Docker Hub shows no public repository')


def test_what_others_run_is_told_to_nobody():
    held = [
        warnings(verdict(looked(probe(), presence=presence)))
        for presence in (Presence.PRESENT, Presence.UNKNOWN)
    ]
    assert held[0] == held[1]


def test_a_warning_is_one_line_whatever_an_image_holds():
    for line in warnings(verdict(looked(image="Bad\nImage\x1b[31m\u202e"), mode=Mode.WARN)):
        assert line.isprintable()


@given(st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=40))
def test_all_warnings_together_are_shown_whole(images):
    found = verdict(*(looked(image=image) for image in images), mode=Mode.WARN)
    lines = warnings(found)
    assert sum(len(line) for line in lines) <= 4096
    assert all("\n" not in line and line.isprintable() for line in lines)


@given(st.lists(st.text(min_size=1, max_size=2000), min_size=1, max_size=30))
def test_a_denial_is_bounded_and_ends_with_the_way_out(images):
    text = denial(verdict(*(looked(image=image) for image in images)), DOCS)
    if text:
        assert len(text) <= 2048
        assert text.endswith(ESCAPE)


@given(st.text(max_size=3000), st.sampled_from(Cause))
def test_an_event_is_one_line_of_at_most_1024_bytes(text, cause):
    message = event_message(diagnosed(cause, text=text, evidence=text[:200]), DOCS)
    assert len(message.encode()) <= 1024
    assert "\n" not in message
    assert message.endswith(f"#{cause.lower()}")


def test_an_event_says_what_then_the_mend_then_where_to_read_on():
    assert event_message(diagnosed(Cause.TAG_NOT_FOUND), DOCS) == (
        'image "ghcr.io/acme/api:1.4.2": probably tag "1.4.2" not found in ghcr.io/acme/api.'
        " Fix: push the tag, or use one that exists. https://example.org/causes#tagnotfound"
    )


def test_the_annotation_for_people_has_a_short_line_a_container():
    found = [
        ContainerDiagnosis(container=name, diagnosis=diagnosed(cause), since="2026-11-24T08:00:00Z")
        for name, cause in (("api", Cause.TAG_NOT_FOUND), ("db", Cause.UNKNOWN))
    ]
    lines = annotation_text(found).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["api", "db"]
    assert all(len(line) <= 138 for line in lines)


def test_the_annotation_for_programs_has_the_promised_form():
    found = ContainerDiagnosis(
        container="api", diagnosis=diagnosed(Cause.TAG_NOT_FOUND), since="2026-11-24T08:00:00Z"
    )
    document = json.loads(annotation_json([found], "2026-11-24T08:00:05Z"))
    assert document["v"] == 1
    (container,) = document["containers"]
    assert list(container) == [
        "container", "image", "reference", "cause", "confidence", "summary", "remedy",
        "suggestions", "since", "checklist",
    ]  # fmt: skip
    assert list(container["checklist"]) == [
        "name", "tag", "access", "network", "registry", "localCache", "rateLimit", "clock",
    ]  # fmt: skip


def test_what_was_not_known_in_time_says_so():
    (line,) = warnings(verdict(looked(None, not_asked=NotAsked.NO_TIME)))
    assert "could not check" in line
    assert "no answer in time" in line
