"""Our parser against the kubelet's: distribution/reference, compiled."""

import itertools
import json
import os
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from go_program import go_program
from pullproof.reference import InvalidReference, Reference, parse_reference
from pullproof.reference.grammar import take_apart
from reference_cases import SEEDS, cases

CASES = 300_000


@pytest.fixture(scope="module")
def upstream():
    return go_program(Path(__file__).parent / "reference", "v0.6.0")


def ask(program, texts):
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    done = subprocess.run([program], input=lines.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(texts)
    return answers


def as_answer(found):
    """What we found, in the words of the Go program, which leaves out what is empty."""
    if not isinstance(found, Reference):
        return {"valid": False, "kind": found.value}
    parts = {
        "domain": found.registry,
        "path": found.repository,
        "tag": found.tag,
        "digest": str(found.digest or ""),
        "familiar": found.familiar,
        "normalized": found.normalized,
        "pull": found.pull,
    }
    return {"valid": True} | {name: part for name, part in parts.items() if part}


def verdict(text):
    """As callers get it."""
    try:
        return as_answer(parse_reference(text))
    except InvalidReference as error:
        return as_answer(error.kind)


@pytest.mark.timeout(300)  # the first build
def test_every_reference_is_to_us_what_it_is_to_the_kubelet(upstream):
    seed = int(os.environ.get("PULLPROOF_SEED") or time.time_ns() % 2**32)
    print(f"PULLPROOF_SEED={seed}")
    texts = list(itertools.islice(cases(seed), CASES))
    kinds: Counter[str] = Counter()
    differences = []
    for text, theirs in zip(texts, ask(upstream, texts), strict=True):
        ours = as_answer(take_apart(text))
        kinds[theirs.get("kind", "valid")] += 1
        if ours != theirs:
            differences.append((text, theirs, ours))
    print(dict(kinds))
    assert differences[:20] == [], f"{len(differences)} differences with PULLPROOF_SEED={seed}"
    # The comparison is worth something only if it reaches every branch.
    assert min(kinds.values()) >= 50, kinds
    assert len(kinds) == 8, kinds
    assert 0.1 < kinds["valid"] / len(texts) < 0.8, kinds


def test_the_error_that_callers_get_says_the_same_as_the_bare_verdict(upstream):
    texts = [*SEEDS, *itertools.islice(cases(1), len(SEEDS), 5_000)]
    answers = ask(upstream, texts)
    assert [verdict(text) for text in texts] == answers
