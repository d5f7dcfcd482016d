import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullproof.registry.challenge import Challenge, choose, parse_challenges

BEARER = 'Bearer realm="https://auth.example/token",service="reg",scope="repository:a/b:pull"'


def one(*values: str) -> Challenge | None:
    return choose(parse_challenges(values))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(BEARER, id="usual"),
        pytest.param(BEARER.replace("Bearer", "bEaReR"), id="any-case"),
        pytest.param(BEARER.replace('"', ""), id="unquoted"),
        pytest.param(BEARER.replace(",", " , "), id="spaces"),
        pytest.param(BEARER.replace("=", " = "), id="spaces-around-equals"),
        pytest.param(BEARER.replace("realm", "Realm"), id="parameter-names-in-any-case"),
        pytest.param('Negotiate, Basic realm="a, b=c", ' + BEARER, id="after-others"),
        pytest.param("NTLM TlRMTVNTUAAB==, " + BEARER, id="after-a-token68"),
        pytest.param(BEARER + ', Basic realm="x"', id="before-others"),
        pytest.param(BEARER.rstrip('"'), id="quote-never-closed"),
    ],
)
def test_every_form_of_a_bearer_challenge_is_read(value):
    challenge = one(value)
    assert challenge is not None
    assert challenge.scheme == "bearer"
    assert challenge["realm"] == "https://auth.example/token"
    assert challenge["service"] == "reg"
    assert challenge["scope"] == "repository:a/b:pull"


def test_challenges_may_come_in_lines_of_their_own():
    challenge = one("Negotiate", 'Basic realm="x"', BEARER)
    assert challenge is not None
    assert challenge.scheme == "bearer"


def test_bearer_is_preferred_and_basic_is_taken_where_it_is_alone():
    assert one('Basic realm="x"', BEARER) == one(BEARER)
    basic = one('Negotiate, Basic realm="x"')
    assert basic is not None
    assert basic.scheme == "basic"


def test_a_comma_in_quotes_is_no_separator_and_escapes_are_read():
    challenge = one('Bearer realm="https://a.example/t", note="one, \\"two\\", service=x"')
    assert challenge is not None
    assert challenge["note"] == 'one, "two", service=x'
    assert challenge["service"] == ""


def test_an_unquoted_list_of_actions_does_not_start_a_challenge():
    challenge = one("Bearer realm=https://a.example/t,scope=repository:a:pull,push,service=reg")
    assert challenge is not None
    assert challenge["service"] == "reg"


def test_the_error_that_tells_a_lacking_right_is_kept():
    challenge = one(BEARER + ',error="insufficient_scope"')
    assert challenge is not None
    assert challenge["error"] == "insufficient_scope"


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer service=x", "Digest realm=x", '=,"""'])
def test_what_cannot_be_answered_is_nothing(value):
    assert one(value) is None


@given(st.lists(st.text(max_size=200), max_size=5))
def test_any_text_is_read_without_an_error(values):
    for challenge in parse_challenges(values):
        assert challenge.scheme == challenge.scheme.lower()


@given(st.lists(st.sampled_from(["Bearer ", "realm=", '"', "\\", ",", " ", "x", "=", "\t"])))
def test_pieces_of_challenges_in_any_order_are_read_without_an_error(pieces):
    choose(parse_challenges(["".join(pieces)]))


@pytest.mark.parametrize("piece", ['"', "\\", 'a="', "a ", ",", "a=", 'a="\\'])
def test_a_hostile_header_takes_no_time(piece):
    started = time.process_time()
    parse_challenges(["Bearer " + piece * 50_000] * 50)
    assert time.process_time() - started < 1
