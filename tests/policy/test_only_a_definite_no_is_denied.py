import pytest

from builders import looked, probe
from pullproof.causes import Cause, Confidence
from pullproof.evidence import Doubt
from pullproof.policy import Action, Mode, NotAsked, Policy, Presence, decide

ABSENT = (Cause.TAG_NOT_FOUND, Cause.DIGEST_NOT_FOUND, Cause.REPOSITORY_NOT_FOUND)


def judge(*all_looked, mode=Mode.ENFORCE, policy=None):
    return decide(all_looked, mode=mode, policy=policy or Policy())


@pytest.mark.parametrize("cause", ABSENT)
def test_a_definite_absence_is_denied(cause):
    assert not judge(looked(probe(cause=cause))).allowed


@pytest.mark.parametrize("doubt", Doubt)
@pytest.mark.parametrize("cause", ABSENT)
def test_no_absence_with_any_doubt_is_denied(cause, doubt):
    verdict = judge(looked(probe("ghcr.io/acme/api:1.4.2", cause, doubt)))
    assert verdict.allowed
    assert [one.action for one in verdict.findings] == [Action.WARN]


@pytest.mark.parametrize("confidence", [Confidence.LIKELY, Confidence.POSSIBLE])
def test_an_absence_that_is_not_certain_is_admitted(confidence):
    assert judge(looked(probe(confidence=confidence))).allowed


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause not in ABSENT])
def test_every_other_answer_of_a_registry_is_admitted_even_if_it_is_certain(cause):
    assert judge(looked(probe(cause=cause))).allowed


@pytest.mark.parametrize("presence", [Presence.PRESENT, Presence.UNKNOWN])
def test_what_a_node_may_hold_is_never_denied(presence):
    verdict = judge(looked(probe(), presence=presence))
    assert verdict.allowed
    assert verdict.warnings[0].held_back


def test_a_malformed_reference_is_denied_even_where_nothing_may_be_pulled():
    assert not judge(looked(image="Nginx:Latest", not_asked=NotAsked.NEVER_PULLED)).allowed


def test_a_malformed_reference_that_an_update_left_alone_is_admitted_in_silence():
    verdict = judge(looked(image="Nginx:Latest", not_asked=NotAsked.UNCHANGED))
    assert verdict.allowed
    assert verdict.findings == ()


@pytest.mark.parametrize(
    "not_asked",
    [NotAsked.UNCHANGED, NotAsked.NEVER_PULLED, NotAsked.VERIFY_NEVER, NotAsked.OFFLINE],
)
def test_what_was_not_to_be_asked_is_fine(not_asked):
    verdict = judge(looked(None, not_asked=not_asked))
    assert verdict.allowed
    assert verdict.findings == ()


@pytest.mark.parametrize("not_asked", [NotAsked.NO_TIME, NotAsked.TOO_MANY])
def test_what_could_not_be_asked_is_admitted_with_a_warning(not_asked):
    verdict = judge(looked(None, not_asked=not_asked))
    assert verdict.allowed
    assert len(verdict.warnings) == 1


def test_a_namespace_in_warn_mode_denies_nothing():
    verdict = judge(looked(probe()), looked(image="Nginx:Latest"), mode=Mode.WARN)
    assert verdict.allowed
    assert len(verdict.warnings) == 2


def test_a_refused_access_where_nodes_log_in_by_themselves_is_told_to_nobody():
    result = probe("ghcr.io/acme/api:1", Cause.AUTHENTICATION_REQUIRED, Doubt.NODE_AUTH)
    verdict = judge(looked(result))
    assert verdict.findings[0].action is Action.OFF
    assert verdict.warnings == ()


@pytest.mark.parametrize("cause", [Cause.REGISTRY_UNAVAILABLE, Cause.AUTHENTICATION_REQUIRED])
def test_silence_never_tells_what_others_run(cause):
    verdicts = [judge(looked(probe(cause=cause), presence=presence)) for presence in Presence]
    assert {len(one.warnings) for one in verdicts} == {1}


def test_a_rule_that_says_deny_for_what_is_unverified_still_only_warns():
    policy = Policy(unverified=Action.DENY, platform_mismatch=Action.DENY)
    for cause in (Cause.REGISTRY_UNAVAILABLE, Cause.PLATFORM_MISMATCH):
        assert judge(looked(probe(cause=cause)), policy=policy).allowed


def test_one_bad_image_denies_the_object_and_every_finding_is_kept():
    verdict = judge(
        looked(probe(cause=None)),
        looked(probe(), container="api"),
        looked(probe(cause=Cause.REGISTRY_RATE_LIMITED), container="side"),
    )
    assert not verdict.allowed
    assert [len(verdict.denials), len(verdict.warnings), len(verdict.fine)] == [1, 1, 1]
