import asyncio

import pytest

from builders import probe
from pullproof.causes import Cause
from pullproof.credentials import Credential
from pullproof.reference import parse_reference
from pullproof.registry.probe import Ask
from stubs import TableProber, make_answers

IMAGE = "ghcr.io/acme/api:1"
JANE = Credential(username="jane", password="x", secret="shop/one", key="ghcr.io")


def ask(image=IMAGE, *, candidates=(), tenant="shop", deadline=None, complete=True):
    loop = asyncio.get_running_loop()
    return Ask(
        reference=parse_reference(image),
        candidates=candidates,
        tenant=tenant,
        deadline=loop.time() + 5 if deadline is None else deadline,
        credentials_complete=complete,
    )


def answering(cause=None):
    return TableProber(lambda one: probe(one.reference.normalized, cause))


async def test_equal_questions_at_once_are_asked_once():
    prober = answering()
    answers = make_answers(prober)
    await asyncio.gather(*(answers.ask(ask()) for _ in range(50)))
    assert len(prober.asked) == 1


@pytest.mark.parametrize("cause", [None, Cause.TAG_NOT_FOUND, Cause.REPOSITORY_NOT_FOUND])
async def test_what_is_found_or_absent_is_remembered(cause):
    prober = answering(cause)
    answers = make_answers(prober)
    for _ in range(3):
        await answers.ask(ask())
    assert len(prober.asked) == 1


@pytest.mark.parametrize(
    "cause", [Cause.REGISTRY_UNAVAILABLE, Cause.REGISTRY_RATE_LIMITED, Cause.ACCESS_DENIED]
)
async def test_trouble_is_never_remembered(cause):
    prober = answering(cause)
    answers = make_answers(prober)
    for _ in range(3):
        await answers.ask(ask())
    assert len(prober.asked) == 3


async def test_an_absence_is_forgotten_when_its_time_is_over():
    prober = answering(Cause.TAG_NOT_FOUND)
    answers = make_answers(prober, absent=0)
    await answers.ask(ask())
    await answers.ask(ask())
    assert len(prober.asked) == 2


async def test_an_anonymous_answer_is_shared_between_namespaces():
    prober = answering()
    answers = make_answers(prober)
    for tenant in ("shop", "bank"):
        await answers.ask(ask(tenant=tenant))
    assert len(prober.asked) == 1


async def test_an_answer_to_a_login_stays_in_its_namespace():
    prober = answering()
    answers = make_answers(prober)
    for tenant in ("shop", "bank"):
        await answers.ask(ask(tenant=tenant, candidates=(JANE,)))
    assert len(prober.asked) == 2


async def test_another_password_is_another_question():
    prober = answering()
    answers = make_answers(prober)
    other = Credential(username="jane", password="y", secret="shop/one", key="ghcr.io")
    for one in (JANE, other):
        await answers.ask(ask(candidates=(one,)))
    assert len(prober.asked) == 2


async def test_a_doubtful_reading_does_not_pass_for_a_complete_one():
    prober = answering(Cause.TAG_NOT_FOUND)
    answers = make_answers(prober)
    for complete in (False, True):
        await answers.ask(ask(complete=complete))
    assert len(prober.asked) == 2


async def test_a_caller_that_gives_up_leaves_the_answer_to_the_others():
    prober = answering()
    gate = prober.gates[parse_reference(IMAGE).familiar] = asyncio.Event()
    answers = make_answers(prober)
    first = asyncio.create_task(answers.ask(ask()))
    second = asyncio.create_task(answers.ask(ask()))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    gate.set()
    assert (await second).cause is None
    assert len(prober.asked) == 1


async def test_a_flight_has_a_deadline_of_its_own_not_the_first_callers():
    prober = answering()
    answers = make_answers(prober)
    now = asyncio.get_running_loop().time()
    await answers.ask(ask(deadline=now + 0.1))
    assert prober.asked[0].deadline >= now + 9


async def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr("pullproof.gather.answers.MAX_ANSWERS", 10)
    answers = make_answers(answering())
    for number in range(50):
        await answers.ask(ask(f"ghcr.io/acme/api:{number}"))
    assert len(answers) == 10
