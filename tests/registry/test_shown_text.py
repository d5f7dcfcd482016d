import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullproof.registry.messages import parse_url
from pullproof.registry.showing import MAX_CHARACTERS, shown, shown_url


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("manifest\r\n  unknown", "manifest unknown"),
        ("a\x1b[31mred", "a [31mred"),
        ("abc\u202edef\u200b", "abc def"),
        ("see https://u:p@h.example/x?X-Amz-Signature=abc now", "see https://h.example/x now"),
        ("sent Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.e30.sig", "sent Authorization: Bearer …"),
        ("sent Basic dXNlcjpwYXNz", "sent Basic …"),
        ("is it there? yes", "is it there? yes"),
    ],
)
def test_a_registrys_words_become_one_harmless_line(text, result):
    assert shown(text) == result


def test_a_long_text_is_cut_to_256_characters():
    assert shown("x" * 1000) == "x" * 255 + "…"


def test_secrets_that_a_registry_repeats_are_taken_out():
    text = shown(
        "no user team+robot with password hunter2hunter2", ("hunter2hunter2", "team+robot")
    )
    assert text == "no user … with password …"


def test_a_secret_across_the_cut_leaves_no_half():
    secret = "s3cret" * 10
    text = "x" * (8 * MAX_CHARACTERS - 10) + secret
    assert "s3c" not in shown(" " * 100 + text, (secret,))


def test_a_url_is_shown_without_its_query():
    url = parse_url("https://h.example:5000/v2/a/blobs/x?X-Amz-Signature=abc")
    assert url is not None
    assert shown_url(url) == "https://h.example:5000/v2/a/blobs/x"


@given(st.text())
def test_any_text_is_one_short_line_of_visible_characters(text):
    result = shown(text)
    assert len(result) <= MAX_CHARACTERS
    assert not any(unicodedata.category(one).startswith("C") for one in result)
    assert "\n" not in result
