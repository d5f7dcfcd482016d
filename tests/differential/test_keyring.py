"""Our keyring against the kubelet's own code, compiled from Kubernetes' source."""

import hashlib
import json
import os
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from keyring_cases import Case, Cases
from pullproof.credentials import InvalidSecret, PullSecret, make_keyring
from pullproof.credentials.secrets import read_entries
from pullproof.credentials.urls import stored_key
from pullproof.reference import Reference

KUBERNETES = "1.37.2"
CASES = 24_000
OUTCOMES = ("failed", "nothing", "one", "several")
SOURCE = Path(__file__).parent / "keyring"


def build() -> Path:
    """Compile the program, once for each version of its source."""
    sources = [(SOURCE / name).read_bytes() for name in ("main.go", "go.mod", "go.sum")]
    digest = hashlib.sha256(b"\0".join(sources)).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pullproof"
    program = cache / f"keyring-{KUBERNETES}-{digest}"
    if program.exists():
        return program
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = cache / f"{program.name}.{os.getpid()}"
    subprocess.run(
        ["go", "build", "-mod=readonly", "-trimpath", "-o", unfinished, "."],
        cwd=SOURCE,
        env=os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false", "GOWORK": "off"},
        check=True,
    )
    unfinished.rename(program)
    return program


@pytest.fixture(scope="module")
def kubelet() -> Path:
    if shutil.which("go") is None:
        if os.environ.get("PULLPROOF_WITHOUT_GO") == "1":
            pytest.skip("PULLPROOF_WITHOUT_GO=1")
        pytest.fail("the comparison needs Go; PULLPROOF_WITHOUT_GO=1 leaves it out")
    return build()


def ask(program: Path, cases: list[Case]) -> list[dict[str, Any]]:
    lines = "".join(case.to_line() + "\n" for case in cases)
    done = subprocess.run([program], input=lines.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(cases)
    return answers


def ours(case: Case, lookup: str) -> tuple[bool, list[tuple[str, str, str]]]:
    """Whether it fails, and what is tried."""
    registry, _, repository = lookup.partition("/")
    reference = Reference(registry=registry, repository=repository, tag=None, digest=None)
    try:
        candidates = make_keyring(map(to_secret, case.secrets)).candidates(reference)
    except InvalidSecret:
        return True, []
    return False, [(one.username, one.password, one.secret) for one in candidates]


def to_secret(secret: dict[str, Any]) -> PullSecret:
    return PullSecret(**secret)


def has_twins(case: Case) -> bool:
    """Two spellings of one key in one secret: Go walks through a map, so their order is chance."""
    for secret in map(to_secret, case.secrets):
        keys = [stored_key(written) for written in read_entries(secret)]
        if len(keys) != len(set(keys)):
            return True
    return False


def in_any_order(found: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Neighbours of one secret sorted."""
    runs: list[list[tuple[str, str, str]]] = []
    for one in found:
        if not runs or runs[-1][0][2] != one[2]:
            runs.append([])
        runs[-1].append(one)
    return [one for run in runs for one in sorted(run)]


def compare(program: Path, cases: list[Case]) -> list[tuple[Case, str, Any, Any]]:
    """List the cases in which the kubelet does something else."""
    differences = []
    for case, answer in zip(cases, ask(program, cases), strict=True):
        assert not answer["imageError"], case.image
        failed, found = ours(case, answer["lookup"])
        theirs = [(one["username"], one["password"], one["secret"]) for one in answer["candidates"]]
        case.outcome = (
            "failed" if answer["error"] else ("nothing", "one", "several")[min(len(theirs), 2)]
        )
        if not failed and found != theirs and has_twins(case):
            found, theirs = in_any_order(found), in_any_order(theirs)
        if failed != bool(answer["error"]) or found != theirs:
            differences.append((case, answer["error"], theirs, found))
    return differences


@pytest.mark.timeout(900)  # the first build
def test_the_kubelet_would_try_the_same_logins_in_the_same_order(kubelet):
    seed = int(os.environ.get("PULLPROOF_SEED") or time.time_ns() % 2**32)
    print(f"PULLPROOF_SEED={seed}")
    cases = list(Cases(seed).take(CASES))
    differences = compare(kubelet, cases)
    outcomes = Counter(case.outcome for case in cases)
    print(outcomes)
    assert not differences, f"seed {seed}: {len(differences)}, the first: {differences[:3]}"
    assert min(outcomes[kind] for kind in OUTCOMES) > CASES // 50  # they are worth something


@pytest.mark.timeout(900)
def test_documents_at_the_limits_are_read_like_the_kubelet_reads_them(kubelet):
    login = b'"docker.io":{"username":"u","password":"p"}'
    deep = [
        b'{"auths":{%s},"x":%s}' % (login, b"[" * depth + b"]" * depth)
        for depth in (100, 990, 1_000, 5_000, 9_998, 9_999, 10_000, 10_001, 60_000)
    ]
    entry = [
        b'{"auths":{"docker.io":{"username":"u","x":%s%s}}}'
        % (b'{"a":' * depth, b"1" + b"}" * depth)
        for depth in (900, 4_000, 9_997, 9_998)
    ]
    broken = [
        b'{"auths":{%s},"x":%s}' % (login, b"[" * 2_000 + odd + b"]" * 2_000)
        for odd in (
            b"",
            b"1",
            b"1,",
            b'{"a":1}',
            b"{1:1}",
            b'{"a"}',
            b'{"a":1,}',
            b"}",
            b"]",
            b"\xff",
            b'"\xff"',
        )
    ]
    wide = [
        b'{"auths":{%s%s}}' % (b'"a":{},' * 100_000, login),
        b'{"auths":{%s},"x":[%s0]}' % (login, b"[]," * 200_000),
        b'{"auths":{%s},"x":%s}' % (login, b"9" * 900_000),
        b'{"auths":{%s},"x":"%s"}' % (login, b"\xff" * 900_000),
    ]
    cases = [
        Case(
            "nginx",
            [{"namespace": "ns", "name": "s", "type": kind, "data": {f".{kind[14:]}": document}}],
        )
        for kind in ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")
        for document in (*deep, *entry, *broken, *wide)
    ]
    differences = compare(kubelet, cases)
    assert not differences, [(case.secrets[0]["data"], rest) for case, *rest in differences]
