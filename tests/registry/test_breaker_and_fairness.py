import asyncio

import pytest

from pullproof.causes import Cause, Confidence
from pullproof.registry.breaker import MAX_WAIT_SECONDS, Breaker
from pullproof.registry.fairness import FairLimiter
from pullproof.registry.judging import Judgement
from pullproof.registry.logins import Logins

REFUSED = Judgement(cause=Cause.CREDENTIALS_REJECTED, confidence=Confidence.CERTAIN)


def test_a_host_is_left_alone_after_three_failures_in_a_row():
    breaker = Breaker(30.0)
    for _ in range(3):
        assert breaker.wait_seconds("h", 0.0) == 0.0
        breaker.failed("h", 0.0)
    assert breaker.wait_seconds("h", 1.0) == 29.0
    assert breaker.wait_seconds("other", 1.0) == 0.0


def test_an_answer_in_between_starts_the_count_again():
    breaker = Breaker(30.0)
    for _ in range(5):
        breaker.failed("h", 0.0)
        breaker.failed("h", 0.0)
        breaker.worked("h")
    assert breaker.wait_seconds("h", 0.0) == 0.0


def test_when_the_time_is_over_one_goes_first():
    breaker = Breaker(30.0)
    for _ in range(3):
        breaker.failed("h", 0.0)
    assert breaker.wait_seconds("h", 31.0) == 0.0
    assert breaker.wait_seconds("h", 31.0) > 0.0
    breaker.worked("h")
    assert breaker.wait_seconds("h", 31.0) == 0.0


def test_a_registry_may_ask_to_be_left_alone_but_not_for_hours():
    breaker = Breaker(30.0)
    breaker.pause("h", 7.0, 100.0)
    assert breaker.wait_seconds("h", 100.0) == 7.0
    breaker.pause("h", 1e9, 100.0)
    assert breaker.wait_seconds("h", 100.0) == MAX_WAIT_SECONDS


def test_made_up_hosts_do_not_fill_the_memory():
    breaker = Breaker(30.0)
    for number in range(20_000):
        breaker.failed(str(number), 0.0)
    assert len(breaker._states) == 10_000


async def test_a_tenant_has_its_share_and_no_more():
    limiter = FairLimiter(8, 4)
    release = asyncio.Event()

    async def hold(tenant: str) -> None:
        async with limiter.slot(tenant):
            await release.wait()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(20):
            tasks.create_task(hold("greedy"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert limiter.held == 4
        async with asyncio.timeout(1), limiter.slot("modest"):
            assert limiter.held == 5
        release.set()
    assert limiter.held == 0


async def test_free_slots_go_to_tenants_in_turn():
    limiter = FairLimiter(1, 1)
    order: list[str] = []

    async def hold(tenant: str) -> None:
        async with limiter.slot(tenant):
            order.append(tenant)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(hold("many"))
        await asyncio.sleep(0)
        tasks.create_task(hold("few"))
    assert order.index("few") <= 3
    assert sorted(order) == ["few", *["many"] * 5]


async def test_the_command_line_may_use_all_slots():
    limiter = FairLimiter(4, 1)
    async with limiter.slot(""), limiter.slot(""), limiter.slot(""), limiter.slot(""):
        assert limiter.held == 4


@pytest.mark.parametrize("when", ["waiting", "granted"])
async def test_who_gives_up_leaves_no_slot_behind(when):
    limiter = FairLimiter(1, 1)
    entered = asyncio.Event()

    async def hold() -> None:
        async with limiter.slot("b"):
            entered.set()

    async with limiter.slot("a"):
        waiting = asyncio.create_task(hold())
        await asyncio.sleep(0)
        if when == "waiting":
            waiting.cancel()
            await asyncio.sleep(0)
    if when == "granted":
        waiting.cancel()  # the slot is its own by now, but it has not run
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not entered.is_set()
    async with asyncio.timeout(1), limiter.slot("c"):
        assert limiter.held == 1
    assert limiter.held == 0


def test_a_refused_login_is_remembered_for_its_time():
    logins = Logins(600.0)
    logins.refuse("k", REFUSED, 0.0)
    assert logins.refusal("k", 599.0) is REFUSED
    assert logins.refusal("k", 601.0) is None
    assert logins.refusal("other", 0.0) is None


async def test_until_a_login_has_worked_its_attempts_wait_for_one_another():
    logins = Logins(600.0)
    at_once = most = 0

    async def attempt() -> None:
        nonlocal at_once, most
        async with logins.turn("k"):
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1

    async with asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(attempt())
    assert most == 1
    logins.prove("k")
    async with asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(attempt())
    assert most == 5
