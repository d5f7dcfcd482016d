"""Laws that hold for every text."""

import subprocess
import sys

import hypothesis.strategies as st
from hypothesis import given, settings

from pullproof.reference import InvalidReference, Reference, hints, parse_reference
from pullproof.reference.grammar import names_host
from reference_cases import SEEDS

PIECES = [
    *SEEDS,
    *"aZ0./:@-_[] \n${}<>\\\"'",
    "sha256:",
    "docker.io",
    "\u201c",
    "\u2013",
    "https://",
]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=6).map("".join))


def parsed(text):
    try:
        return parse_reference(text)
    except InvalidReference as error:
        return error


@settings(max_examples=1500, deadline=None)
@given(TEXTS)
def test_nothing_but_a_reference_or_a_refusal_comes_out(text):
    found = parsed(text)
    if isinstance(found, Reference):
        for hint in hints(text, found):
            assert hint.message.isascii()
            assert hint.suggestion is None or isinstance(parsed(hint.suggestion), Reference)
        return
    assert found.text == text
    assert found.message
    assert found.message.isascii()
    assert found.message.isprintable()
    assert found.position is None or 0 <= found.position < len(text)
    assert found.suggestion is None or isinstance(parsed(found.suggestion), Reference)


@settings(max_examples=1500, deadline=None)
@given(TEXTS)
def test_every_form_of_a_reference_reads_back_as_the_same(text):
    found = parsed(text)
    if isinstance(found, InvalidReference):
        return
    assert parse_reference(found.normalized) == found
    assert str(found) == found.normalized
    pulled = parse_reference(found.pull)
    assert (pulled.name, pulled.digest) == (found.name, found.digest)
    assert pulled.tag == (None if found.digest else found.tag or "latest")
    assert len({found, parse_reference(found.normalized)}) == 1


@settings(max_examples=1000, deadline=None)
@given(TEXTS)
def test_the_familiar_form_reads_back_as_the_same(text):
    found = parsed(text)
    if isinstance(found, InvalidReference):
        return
    # Shortened, docker.io/library/<64 hexadecimal digits> is an image id, and docker.io/a.b/c is an
    # image of the host a.b. distribution/reference has the same flaw.
    first = found.familiar.partition("/")[0]
    if len(found.familiar) != 64 and not (found.is_docker_hub and names_host(first)):
        assert parse_reference(found.familiar) == found


def test_reading_references_imports_neither_the_web_nor_the_cluster():
    program = (
        "import sys; import pullproof.reference; print([one for one in ('rapidfuzz', 'msgspec',"
        " 'httpx', 'asyncio', 'yaml', 'kubernetes', 'aiohttp') if one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
