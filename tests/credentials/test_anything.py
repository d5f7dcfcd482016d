"""Whatever a Secret holds, the answer is a value or InvalidSecret, soon and in little memory."""

import contextlib
import json
import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullproof.credentials import (
    MAX_SECRET_BYTES,
    InvalidSecret,
    PullSecret,
    is_node_auth_host,
    make_keyring,
    unused,
)
from pullproof.credentials.urls import read_place, stored_key
from pullproof.reference import Reference

KINDS = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg", "Opaque")
IMAGES = [
    Reference(registry=registry, repository="library/nginx", tag=None, digest=None)
    for registry in ("docker.io", "a.example:5000", "[::1]:5000", "[:::]")
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
entries = st.fixed_dictionaries(
    {},
    optional={name: st.text() | json_values for name in ("auth", "username", "password", "Auth")},
)
documents = st.fixed_dictionaries(
    {},
    optional={
        "auths": st.dictionaries(st.text(), entries | json_values) | json_values,
        "HttpHeaders": json_values,
    },
)


def use(data: bytes, kind: str, images: list[Reference] = IMAGES) -> None:
    secret = PullSecret(
        namespace="ns", name="s", type=kind, data={".dockerconfigjson": data, ".dockercfg": data}
    )
    for image in images:
        reason = unused(secret, image)
        assert reason is None or (reason.isprintable() and len(reason) < 700)
    with contextlib.suppress(InvalidSecret):
        keyring = make_keyring([secret])
        for image in images:
            keyring.candidates(image)


@given(st.binary(), st.sampled_from(KINDS))
def test_bytes(data, kind):
    use(data, kind)


@given(documents, st.sampled_from(KINDS))
def test_documents(document, kind):
    use(json.dumps(document).encode(), kind)


@given(st.text(alphabet=st.characters() | st.sampled_from("[]%:/@*.?#")))
@settings(max_examples=500)
def test_keys(key):
    stored = stored_key(key)
    if stored is not None:
        read_place(stored)
    is_node_auth_host(key)


@given(st.dictionaries(st.text(), json_values))
def test_objects(thing):
    with contextlib.suppress(InvalidSecret):
        PullSecret.from_object(thing)


def _filled(front: str, unit: str, back: str) -> Callable[[], bytes]:
    def make() -> bytes:
        count = (MAX_SECRET_BYTES - len(front) - len(back)) // len(unit)
        return (front + unit * count + back).encode("utf-8", "surrogateescape")

    return make


WORST = {
    "open": _filled('{"auths":{},"x":', "[", ""),
    "nested": _filled('{"auths":{},"x":' + "[" * 3_000, "[],", "0" + "]" * 3_000 + "}"),
    "flat": _filled('{"auths":{},"x":[', "[],", "0]}"),
    "entries": _filled('{"auths":{', '"a":{},', '"a":{}}}'),
    "members": _filled('{"auths":{"a":{', '"auth":"dTpw",', '"auth":"dTpw"}}}'),
    "number": _filled('{"auths":{},"x":', "9", "}"),
    "broken text": _filled('{"auths":{"', "\udcff", '":{}}}'),
    "escapes": _filled('{"auths":{"', "\\ud800", '":{}}}'),
    "percent": _filled('{"auths":{"a/', "%25", '":{"username":"u"}}}'),
    "stars": _filled('{"auths":{"', "*a", '":{"username":"u"}}}'),
    "classes": _filled('{"auths":{"', "[a]", '":{"username":"u"}}}'),
    "labels": _filled('{"auths":{"', "a.", '":{"username":"u"}}}'),
    "colons": _filled('{"auths":{"[', ":", ']":{"username":"u"}}}'),
    "auth": _filled('{"auths":{"a":{"auth":"', "dTpw", '"}}}'),
    "auth lines": _filled('{"auths":{"a":{"auth":"', "\\n", '"}}}'),
}


@pytest.mark.parametrize("name", WORST)
def test_the_largest_secret_is_read_in_bounded_time_and_memory(name):
    data = WORST[name]()
    assert len(data) <= MAX_SECRET_BYTES
    started = time.process_time()
    use(data, KINDS[0], IMAGES[:1])
    assert time.process_time() - started < 3
    tracemalloc.start()
    with contextlib.suppress(InvalidSecret):
        make_keyring(
            [PullSecret(namespace="n", name="s", type=KINDS[0], data={".dockerconfigjson": data})]
        )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * 1024 * 1024


def test_a_secret_with_very_many_entries_is_read_in_bounded_time():
    document = json.dumps(
        {"auths": {f"h{index}.example/p%41": {"auth": "dTpw"} for index in range(20_000)}}
    )
    started = time.process_time()
    use(document.encode()[:MAX_SECRET_BYTES], KINDS[0], IMAGES[:1])
    assert time.process_time() - started < 3


def test_a_secret_over_the_limit_is_refused_unread():
    secret = PullSecret(
        namespace="ns",
        name="s",
        type=KINDS[0],
        data={".dockerconfigjson": b" " * (MAX_SECRET_BYTES + 1)},
    )
    with pytest.raises(InvalidSecret, match=r"is larger than 1048576 bytes"):
        make_keyring([secret])
