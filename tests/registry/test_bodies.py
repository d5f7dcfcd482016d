import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullproof.registry.bodies import parse_error, parse_tags, parse_token


def test_the_first_error_of_an_oci_body_counts():
    body = b'{"errors":[{"code":"manifest_unknown","message":"m"},{"code":"DENIED"}]}'
    error = parse_error(body)
    assert (error.code, error.message, error.is_oci) == ("MANIFEST_UNKNOWN", "m", True)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"message":"Not found"}', "Not found"),
        (b'{"details":"no"}', "no"),
        (b"404 page not found\n", "404 page not found"),
        (b"<html>login</html>", ""),
        (b"", ""),
        (b'{"errors":[]}', ""),
        (b'{"errors":{"code":"MANIFEST_UNKNOWN"}}', ""),
        (b'{"errors":[{"code":404}]}', ""),
        (b'{"errors":[{"code":"no code at all"}]}', ""),
        (b'["MANIFEST_UNKNOWN"]', ""),
    ],
)
def test_what_is_no_oci_error_gives_no_code(body, message):
    error = parse_error(body)
    assert not error.is_oci
    assert error.message == message


def test_a_token_is_read_under_either_name():
    assert parse_token(b'{"token":"a","expires_in":300}') == parse_token(
        b'{"access_token":"a","expires_in":300}'
    )


@pytest.mark.parametrize("expires", ["null", '"soon"', "1", "-5", "true", "1e400", "{}"])
def test_a_token_lives_a_minute_where_its_lifetime_says_nothing(expires):
    granted = parse_token(b'{"token":"a","expires_in":%s}' % expires.encode())
    if expires == "1e400":  # no number of JSON that we take
        assert granted is None or granted.expires_in_seconds <= 12 * 3600
    else:
        assert granted is not None
        assert granted.expires_in_seconds == 60


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX-Evil: 1", "ä", "x" * 70_000, 5, None, ["a"]])
def test_what_could_not_stand_in_a_header_is_no_token(token):
    assert parse_token(json.dumps({"token": token}).encode()) is None


def test_a_tag_list_without_tags_is_empty_in_all_its_forms():
    for body in (b'{"tags":null}', b'{"tags":[]}', b'{"name":"a"}'):
        assert parse_tags(body) == ()
    assert parse_tags(b"<html>") is None


def test_what_is_no_tag_is_left_out_of_a_list():
    body = json.dumps({"tags": ["1.0", "", "-x", "a b", 5, None, "x" * 200, "é"]}).encode()
    assert parse_tags(body) == ("1.0",)


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SHAPED = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("errors", "message", "token", "access_token", "expires_in", "tags", "detail"), NESTED
    ),
)


@given(st.binary() | SHAPED.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_read_without_an_error(body):
    parse_error(body)
    parse_token(body)
    parse_tags(body)


def test_deep_and_endless_numbers_are_read_without_an_error():
    for body in (b"[" * 100_000, b'{"expires_in":' + b"9" * 100_000 + b',"token":"a"}'):
        parse_error(body)
        parse_token(body)
        parse_tags(body)
