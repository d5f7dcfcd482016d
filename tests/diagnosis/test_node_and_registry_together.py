import pytest

from builders import probe, said
from pullproof.causes import Cause, Confidence, Question, explain
from pullproof.diagnosis import Answer, Evidence, diagnose
from pullproof.evidence import Doubt
from pullproof.reference import InvalidReference, parse_reference

IMAGE = "ghcr.io/acme/api:1.4.2"


def judge(message=None, result=None, problem=None, image=IMAGE):
    try:
        reference, invalid = parse_reference(image), None
    except InvalidReference as error:
        reference, invalid = None, error
    evidence = Evidence(
        image=image,
        reference=reference,
        invalid=invalid,
        message=message,
        probe=result,
        secret_problem=problem,
    )
    return diagnose(evidence)


def test_a_missing_tag_that_both_see_is_certain():
    found = judge(said(Cause.TAG_NOT_FOUND), probe(suggestions=("1.4.1",)))
    assert (found.cause, found.confidence) == (Cause.TAG_NOT_FOUND, Confidence.CERTAIN)
    assert found.suggestions == ("1.4.1",)


def test_the_registry_knows_which_part_is_missing():
    found = judge(said(Cause.TAG_NOT_FOUND), probe(cause=Cause.REPOSITORY_NOT_FOUND))
    assert found.cause is Cause.REPOSITORY_NOT_FOUND


def test_an_image_that_the_registry_has_meanwhile_is_only_possibly_missing():
    found = judge(said(Cause.TAG_NOT_FOUND, Confidence.CERTAIN), probe(cause=None))
    assert (found.cause, found.confidence) == (Cause.TAG_NOT_FOUND, Confidence.POSSIBLE)


def test_a_doubtful_absence_is_never_certain():
    found = judge(said(Cause.TAG_NOT_FOUND), probe(IMAGE, Cause.TAG_NOT_FOUND, Doubt.MAYBE_CACHE))
    assert found.confidence is not Confidence.CERTAIN


def test_a_missing_secret_explains_a_refused_access():
    problem = (Cause.PULL_SECRET_MISSING, 'the Pod names pull secret "regcred", which is missing')
    found = judge(
        said(Cause.ACCESS_DENIED_OR_NOT_FOUND),
        probe(cause=Cause.AUTHENTICATION_REQUIRED),
        problem,
    )
    assert found.cause is Cause.PULL_SECRET_MISSING
    assert "regcred" in found.reason


def test_a_missing_secret_does_not_explain_a_missing_tag():
    problem = (Cause.PULL_SECRET_MISSING, "a secret is missing")
    assert judge(said(Cause.TAG_NOT_FOUND), probe(), problem).cause is Cause.TAG_NOT_FOUND


def test_a_host_that_nobody_can_resolve_does_not_exist():
    found = judge(said(Cause.DNS_RESOLUTION_FAILED), probe(cause=Cause.REGISTRY_HOST_UNKNOWN))
    assert (found.cause, found.confidence) == (Cause.REGISTRY_HOST_UNKNOWN, Confidence.CERTAIN)


def test_a_host_that_only_the_node_cannot_resolve_is_a_matter_of_the_node():
    found = judge(said(Cause.DNS_RESOLUTION_FAILED), probe(cause=None))
    assert found.cause is Cause.DNS_RESOLUTION_FAILED


def test_without_any_evidence_nothing_is_invented():
    found = judge()
    assert (found.cause, found.confidence) == (Cause.UNKNOWN, Confidence.POSSIBLE)


def test_without_a_word_of_the_node_the_registry_alone_is_never_certain():
    assert judge(None, probe()).confidence is Confidence.LIKELY


def test_a_malformed_reference_needs_nobody_else():
    found = judge(said(Cause.UNKNOWN), image="Nginx:Latest")
    assert (found.cause, found.confidence) == (
        Cause.INVALID_IMAGE_REFERENCE,
        Confidence.CERTAIN,
    )


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_fails_exactly_one_question(cause):
    message = said(cause)
    found = judge(message)
    failed = [name for name, answer in found.checklist.items() if answer is Answer.FAILED]
    assert failed == [explain(found.cause).question]


def test_a_question_is_only_ok_where_something_was_seen():
    assert set(judge().checklist.values()) == {Answer.FAILED, Answer.UNKNOWN}


def test_an_absence_shows_that_the_registry_can_be_reached_and_answers():
    checklist = judge(said(Cause.TAG_NOT_FOUND), probe()).checklist
    assert checklist[Question.TAG] is Answer.FAILED
    assert checklist[Question.NETWORK] is Answer.OK
    assert checklist[Question.REGISTRY] is Answer.OK
    assert checklist[Question.LOCAL_CACHE] is Answer.UNKNOWN


def test_an_answer_of_docker_hub_does_not_disprove_its_rate_limit():
    found = judge(said(Cause.TAG_NOT_FOUND), probe("nginx:9"), image="nginx:9")
    assert found.checklist[Question.RATE_LIMIT] is Answer.UNKNOWN
