"""Which tags were probably meant."""

import random
import time

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from pullproof.nearest import nearest_tags

CASES = [
    (
        "1.23-alpin",
        ["1.22-alpine", "1.23", "1.23-alpine", "latest"],
        ["1.23-alpine", "1.22-alpine", "1.23"],
    ),
    ("1.4.2", ["1.4.1", "1.4.3", "1.4.2-rc1"], ["1.4.1", "1.4.3", "1.4.2-rc1"]),
    (
        "1.4.2",
        ["latest", "2.0.0", "1.4.0", "1.4.1", "1.4.3", "1.4.2-rc1", "1.5.0", "1.4.2-alpine", "1.4"],
        ["1.4.1", "1.4.3", "1.4.2-rc1"],
    ),
    # the variant is kept, then the version is
    ("1.23-alpine", ["1.2.3-alpine", "1.23.0-alpine"], ["1.23.0-alpine", "1.2.3-alpine"]),
    (
        "1.23-alpine",
        ["1.23", "1.23-bookworm", "1.22-alpine"],
        ["1.22-alpine", "1.23", "1.23-bookworm"],
    ),
    ("1.23", ["1.23-alpine", "1.23.4", "1.23.5"], ["1.23.5", "1.23.4", "1.23-alpine"]),
    ("1.23.4", ["1.23"], ["1.23"]),
    (
        "3.11-slim-bookworm",
        ["3.11-slim-bullseye", "3.11-slim", "3.12-slim-bookworm"],
        ["3.12-slim-bookworm", "3.11-slim", "3.11-slim-bullseye"],
    ),
    ("17", ["16", "18-alpine", "15", "9"], ["16", "15", "9"]),
    # the v
    ("v1.2", ["1.2"], ["1.2"]),
    ("1.2", ["v1.2"], ["v1.2"]),
    ("1.2.0", ["v1.2.0", "1.2.1"], ["v1.2.0", "1.2.1"]),
    ("V1.2", ["v1.2"], ["v1.2"]),
    # slips
    ("latset", ["latest", "stable"], ["latest"]),
    ("Latest", ["latest"], ["latest"]),
    ("stabel", ["stable"], ["stable"]),
    ("1.32", ["1.23", "2.0"], ["1.23"]),
    ("1.23_alpine", ["1.23-alpine"], ["1.23-alpine"]),
    ("1.23.alpine", ["1.23-alpine"], ["1.23-alpine"]),
    ("alpine-1.23", ["1.23-alpine"], ["1.23-alpine"]),
    ("bookworm", ["bookworm-slim", "trixie"], ["bookworm-slim"]),
    ("1.4.2-rc1", ["1.4.2-rc2", "1.4.2"], ["1.4.2-rc2", "1.4.2"]),
    ("20260115", ["20260114", "19990101"], ["20260114"]),
    # nothing is near
    ("1.4.2", ["latest", "main", "9.9.9"], []),
    ("sha-1a2b3c4", ["sha-9f8e7d6", "sha-0000000"], []),
    ("latest", ["1.0", "2.0"], []),
    ("1.4.2", [], []),
    ("", ["a", "1"], []),
]


@pytest.mark.parametrize(("wanted", "tags", "near"), CASES, ids=range(len(CASES)))
def test_the_tags_that_were_probably_meant(wanted, tags, near):
    assert list(nearest_tags(wanted, tags)) == near


def test_there_are_three_at_most_or_as_many_as_asked_for():
    tags = [f"1.4.{patch}" for patch in range(50)]
    assert nearest_tags("1.4.99", tags) == nearest_tags("1.4.99", tags, limit=3)
    assert len(nearest_tags("1.4.99", tags)) == 3
    assert len(nearest_tags("1.4.99", tags, limit=1)) == 1


def test_the_wanted_tag_is_no_suggestion_for_itself():
    assert nearest_tags("1.4.2", ["1.4.2", "1.4.1"]) == ("1.4.1",)


def test_signatures_and_what_is_no_tag_are_no_suggestions():
    wanted = "sha256-" + "0" * 64
    assert nearest_tags(wanted, [f"{wanted}.sig", f"{wanted}.att"]) == ()
    assert nearest_tags("1.4.2", ["1.4.3\x1b[31m", "1.4.3\n", "1.4.3 ", "-1.4.3", "1.4.3"]) == (
        "1.4.3",
    )


def lists_of_ten_thousand():
    chance = random.Random(1)
    variants = ("", "-alpine", "-bookworm", "-slim", "-rc1")
    mixed = {
        f"1.{minor}.{patch}{variant}"
        for minor in range(50)
        for patch in range(40)
        for variant in variants
    }
    yield "mixed", "1.23-alpin", sorted(mixed)
    yield "patches", "1.4.2", [f"1.4.{patch}" for patch in range(10_000)]
    yield "commits", "main-1a2b3c4", [f"main-{chance.getrandbits(28):07x}" for _ in range(10_000)]
    yield "long", "a" * 128, ["a" * 100 + f"{number:028}" for number in range(10_000)]


@pytest.mark.parametrize(
    ("wanted", "tags"),
    [pytest.param(wanted, tags, id=name) for name, wanted, tags in lists_of_ten_thousand()],
)
def test_ten_thousand_tags_take_less_than_twenty_milliseconds(wanted, tags):
    assert len(tags) == 10_000
    taken = []
    for _ in range(5):  # the quickest: other work on this machine is not our subject
        start = time.perf_counter()
        nearest_tags(wanted, tags)
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.020


TAGS = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"\Av?[0-9]{1,3}(\.[0-9]{1,2}){0,3}(-(alpine|slim|rc1|bookworm))?\Z"),
    st.sampled_from([tag for row in CASES for tag in (row[0], *row[1])]),
)


@settings(max_examples=600, deadline=None)
@given(TAGS, st.lists(TAGS, max_size=30), st.randoms(use_true_random=False))
def test_suggestions_are_from_the_list_in_an_order_that_does_not_depend_on_it(wanted, tags, chance):
    found = nearest_tags(wanted, tags)
    assert set(found) <= set(tags) - {wanted}
    assert len(found) == len(set(found)) <= 3
    shuffled = tags * 2
    chance.shuffle(shuffled)
    assert nearest_tags(wanted, shuffled) == found


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.lists(st.text(max_size=200), max_size=10))
def test_any_text_is_taken(wanted, tags):
    assert set(nearest_tags(wanted, tags)) <= set(tags)
