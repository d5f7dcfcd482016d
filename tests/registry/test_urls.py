import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullproof.registry.messages import Answer, parse_url, retry_after_seconds

BASE = parse_url("https://registry.example/v2/a/manifests/1?x=y")


@pytest.mark.parametrize(
    "text",
    [
        "https://user@registry.example/",
        "https://user:password@registry.example/",
        "https://registry.example@evil.example/",
        "https://evil.example\\@registry.example/",
        "https://registry.example/\r\nX-Evil: 1",
        "https://registry.example/a b",
        "https://registry.example/\x00",
        "https://registry.exämple/",
        "https://registry.example:0/",
        "https://registry.example:70000/",
        "https://registry.example:80:80/",
        "https:///path",
        "https://",
        "https://[::1",
        "https://[::1]evil/",
        "https://a..b/",
        "ftp://registry.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "gopher://registry.example/",
        "https://" + "a" * 10_000 + "/",
        "",
    ],
)
def test_what_is_not_to_be_followed_is_no_url(text):
    assert parse_url(text) is None


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("https://A.example:443/x", "https://a.example/x"),
        ("http://a.example:80", "http://a.example/"),
        ("https://a.example:5000/x?y=z#frag", "https://a.example:5000/x?y=z"),
        ("https://[2001:db8::1]:5000/x", "https://[2001:db8::1]:5000/x"),
    ],
)
def test_a_url_is_brought_to_one_form(text, result):
    assert str(parse_url(text)) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("/token", "https://registry.example/token"),
        ("//other.example/t", "https://other.example/t"),
        ("2", "https://registry.example/v2/a/manifests/2"),
        ("?n=1", "https://registry.example/v2/a/manifests/1?n=1"),
    ],
)
def test_a_relative_target_is_read_from_where_it_was_said(text, result):
    assert str(parse_url(text, BASE)) == result


@given(st.text(max_size=100), st.sampled_from(["", "https://", "https://a.example/"]))
def test_any_text_is_a_safe_url_or_none(text, start):
    url = parse_url(start + text, BASE)
    if url is not None:
        assert "@" not in url.authority
        assert url.target.isascii()
        assert url.target.isprintable()
        assert " " not in url.target
        assert parse_url(str(url)) == url


def answer(**headers: str) -> Answer:
    assert BASE is not None
    lines = {name.replace("_", "-"): (value,) for name, value in headers.items()}
    return Answer(status=429, headers=lines, url=BASE)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("9" * 40, None),
        ("²", None),
    ],
)
def test_retry_after_in_seconds(value, seconds):
    assert retry_after_seconds(answer(retry_after=value)) == seconds


def test_a_date_in_retry_after_is_read_by_the_clock_of_the_registry():
    waits = answer(
        retry_after="Tue, 24 Nov 2026 10:01:00 GMT", date="Tue, 24 Nov 2026 10:00:00 GMT"
    )
    assert retry_after_seconds(waits) == 60.0
    assert retry_after_seconds(answer(retry_after="Tue, 24 Nov 2026 10:01:00 GMT")) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_retry_after_is_read_without_an_error(value, date):
    retry_after_seconds(answer(retry_after=value, date=date))
