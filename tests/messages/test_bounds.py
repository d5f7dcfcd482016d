"""Any text is read in bounded time, into a bounded result, without an error."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages import read_message, read_waiting
from pullproof.runtime_messages.table import TABLE

MEGABYTES = 10_000_000
PHRASES = sorted({phrase for one in TABLE for phrase in one.says if phrase})
PIECES = [
    *PHRASES[::7],
    "a",
    " ",
    "\n",
    '"',
    "\\",
    '\\"',
    "(",
    "[",
    "@",
    "a:b@",
    "//",
    "https://h/",
    "?a=b",
    "token=",
    "eyJ",
    "aA1",
    "bearer ",
    "\u202e",
    "lookup x on ",
    "docker://a: ",
    "initializing source docker://a: ",
    "1 error occurred: * ",
    ", rpc error: ",
    'Failed to pull image "',
    "Back-off pulling image ",
    "(Mirrors also failed: [m: e] ",
    "pull image err: ",
    "current time 2026-01-01T00:00:00Z is after ",
]


def _is_sound(found):
    assert isinstance(found.cause, Cause)
    assert isinstance(found.confidence, Confidence)
    assert len(found.text) <= 2_000
    assert len(found.evidence) <= 200
    strings = (found.text, found.evidence, found.image, found.host, found.resolver, found.address)
    assert all(one.isprintable() for one in strings)
    assert all(len(one) <= 2_000 for one in strings)


@given(st.text(max_size=3_000))
def test_any_text_is_read(text):
    _is_sound(read_message(text))


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=60).map("".join))
def test_any_mixture_of_the_words_of_runtimes_is_read(text):
    _is_sound(read_message(text))


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_waiting_state_is_read(reason, message):
    found = read_waiting(reason, message)
    if found is not None:
        _is_sound(found)


@given(st.lists(st.sampled_from(PHRASES), min_size=1, max_size=4).map(": ".join))
def test_the_same_text_gives_the_same_answer_in_any_case_of_letters(text):
    assert read_message(text).cause is read_message(text.upper()).cause


@pytest.mark.parametrize("piece", PIECES)
def test_ten_megabytes_are_read_in_no_time(piece):
    text = piece * (MEGABYTES // len(piece))
    begun = time.process_time()
    found = read_message(text)
    elapsed_seconds = time.process_time() - begun
    _is_sound(found)
    # Some 10 ms here; a bound against blow-up, which would take minutes, on a machine that is busy.
    assert elapsed_seconds < 0.25


def test_what_decides_is_found_at_either_end_of_a_long_text():
    leaf = "dial tcp 10.0.0.9:443: connect: connection refused"
    assert read_message(f"{leaf} {'x ' * 9_000}").cause is Cause.CONNECTION_REFUSED
    assert read_message(f"{'x ' * 9_000} {leaf}").cause is Cause.CONNECTION_REFUSED
