import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullproof.policy import Mode
from pullproof.settings import (
    InvalidSettings,
    Settings,
    declared,
    is_asked,
    parse_settings,
    to_mapping,
)


def test_nothing_means_the_defaults():
    assert parse_settings("") == Settings()


def test_names_are_camel_case():
    found = parse_settings("times: {foundSeconds: 7}\npolicy: {platformMismatch: warn}\nmode: warn")
    assert found.times.found_seconds == 7
    assert found.mode is Mode.WARN


def test_off_without_quotes_is_the_word():
    found = parse_settings("mode: off\npolicy: {workloads: off, platformMismatch: off}")
    assert (found.mode, found.policy.workloads) == (Mode.OFF, Mode.OFF)


def test_what_is_written_out_reads_back_the_same():
    found = parse_settings("registries: [{host: docker.io, mirrors: [{url: https://m:5000}]}]")
    assert parse_settings(json.dumps(to_mapping(found))) == found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("polcy: {}", "polcy"),
        ("policy: {absnt: deny}", "absnt"),
        ("mode: sometimes", "sometimes"),
        ("times: {foundSeconds: -1}", "foundSeconds"),
        ("- a list", "mapping"),
        ("a: [", "not YAML"),
        ("registries: [{host: 'https://ghcr.io'}]", "without scheme"),
        ("registries: [{host: a.example}, {host: a.example}]", "twice"),
        ("registries: [{host: a.example, mirrors: [{url: m.example}]}]", "https://"),
        ("registries: [{host: a.example, mirrors: [{url: 'https://u:p@m.example'}]}]", "user name"),
        ("!!python/object/apply:os.system ['true']", "not YAML"),
    ],
)
def test_a_bad_setting_is_named_in_a_sentence(text, says):
    with pytest.raises(InvalidSettings, match=says):
        parse_settings(text)


@given(st.text(max_size=300))
def test_no_text_does_more_than_be_refused(text):
    with contextlib.suppress(InvalidSettings):
        parse_settings(text)


def test_a_host_of_its_own_beats_a_pattern_and_a_pattern_takes_one_label():
    settings = parse_settings(
        "registries: [{host: '*.example.com', nodeAuth: true}, {host: a.example.com}]"
    )
    exact, pattern = declared(settings, "a.example.com"), declared(settings, "b.example.com")
    assert exact is not None
    assert exact.node_auth is None
    assert pattern is not None
    assert pattern.node_auth is True
    assert declared(settings, "x.b.example.com") is None
    assert declared(settings, "example.com") is None


def test_a_host_or_all_of_them_can_be_left_unasked():
    some = parse_settings("registries: [{host: a.example, verify: never}]")
    assert not is_asked(some, "a.example")
    assert is_asked(some, "b.example")
    assert not is_asked(parse_settings("verify: never"), "b.example")
