"""Whole messages, hosts, images and digests invented: ``measured`` was said by real runtimes to our fault
registry; the others are written as the source that is named with each writes them.

``causes``: what may be said (the first is meant); ``certain``: whether it may be said for certain, where
the row tells; the other keys are fields of the result, but ``secret``, which must not come out, and
``contains``, which the evidence must hold.
"""

import json
from pathlib import Path

import pytest

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages import read_message
from pullproof.runtime_messages.reading import answer
from pullproof.runtime_messages.table import TABLE

FILES = sorted((Path(__file__).parent / "recorded").glob("*.jsonl"))
ROWS = {
    f"{file.stem}-{number}": json.loads(line)
    for file in FILES
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
}
FIELDS = (
    "address",
    "certificate_time",
    "code",
    "host",
    "mirror",
    "node_time",
    "platform",
    "resolver",
    "status",
)
FORMS = {
    "as the kubelet has it": "{}",
    "with a grpc code": "rpc error: code = Unknown desc = {}",
    "in back-off": 'Back-off pulling image "registry.example/app:1": ErrImagePull: {}',
    "of similar events": "(combined from similar events): {}",
    "of a failed pull": 'Failed to pull image "registry.example/app:1": {}',
    "with its field": "spec.containers{{web}}: {}",
}


@pytest.mark.parametrize("name", ROWS)
def test_a_recorded_message_gives_its_cause_and_what_it_names(name):
    row = ROWS[name]
    found = read_message(row["message"])
    assert found.cause.value in row["causes"]
    assert {key: getattr(found, key) for key in FIELDS if key in row} == {
        key: row[key] for key in FIELDS if key in row
    }
    assert row.get("contains", "") in found.evidence


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if "certain" in row])
def test_it_is_certain_only_where_the_text_allows_nothing_else(name):
    row = ROWS[name]
    assert (read_message(row["message"]).confidence is Confidence.CERTAIN) is row["certain"]


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if "secret" in row])
def test_no_secret_of_a_recorded_message_comes_out(name):
    assert ROWS[name]["secret"] not in repr(read_message(ROWS[name]["message"]))


@pytest.mark.parametrize("form", FORMS)
def test_the_outer_form_of_a_message_changes_nothing(form):
    changed = {
        name: (read_message(row["message"]).cause, wrapped)
        for name, row in ROWS.items()
        if (wrapped := read_message(FORMS[form].format(row["message"])).cause)
        is not read_message(row["message"]).cause
    }
    assert changed == {}


def test_every_rule_decides_a_recorded_message():
    decided = {id(answer(row["message"]).rule) for row in ROWS.values()}
    idle = [(one.cause, one.says) for one in TABLE if id(one) not in decided]
    assert idle == []


def test_every_rule_tells_whose_words_it_knows():
    assert all(one.source and one.says for one in TABLE)


def test_every_phrase_is_in_lower_case_as_the_text_that_is_searched():
    phrases = [phrase for one in TABLE for phrase in (*one.says, *one.also, *one.unless)]
    assert [phrase for phrase in phrases if phrase != phrase.lower()] == []


def test_every_cause_that_a_text_can_tell_is_recorded():
    # These are told by secrets and nodes, never by a message alone.
    by_other_evidence = {
        Cause.PULL_SECRET_WRONG_TYPE,
        Cause.PULL_SECRET_HOST_MISMATCH,
        Cause.CACHED_IMAGE_NOT_AUTHORIZED,
    }
    recorded = {Cause(cause) for row in ROWS.values() for cause in row["causes"]}
    assert set(Cause) - recorded == by_other_evidence


def test_an_unknown_text_is_possible_and_shows_its_start():
    found = read_message("something\nthat nobody has ever said before" + " and more" * 100)
    assert (found.cause, found.confidence) == (Cause.UNKNOWN, Confidence.POSSIBLE)
    assert found.evidence.startswith("something that nobody has ever said before")
