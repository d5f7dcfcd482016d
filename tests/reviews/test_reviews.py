import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import pod, review
from pullproof.review import InvalidReview, answer, read_review

WEB = {"name": "web", "image": "nginx:1.27"}


def test_a_pod_is_read():
    found = read_review(review(pod(WEB)))
    assert (found.kind, found.namespace, found.name) == ("Pod", "shop", "web")
    assert [use.image for use in found.uses] == ["nginx:1.27"]
    assert found.unchanged == frozenset()


def test_an_update_knows_what_it_left_alone():
    found = read_review(review(pod(WEB), operation="UPDATE", old=pod(WEB)))
    assert found.unchanged == {"nginx:1.27"}


def test_a_deletion_without_an_object_is_read():
    assert read_review(review(None, operation="DELETE", old=pod(WEB))).uses == ()


def test_an_allowed_answer_repeats_the_uid_and_the_version():
    found = read_review(review(pod(WEB)))
    document = json.loads(answer(found, warnings=("careful",)))
    assert document["apiVersion"] == "admission.k8s.io/v1"
    assert document["response"] == {
        "uid": found.uid,
        "allowed": True,
        "warnings": ["careful"],
    }


def test_a_denial_is_forbidden_with_its_whole_text():
    document = json.loads(answer(read_review(review(pod(WEB))), denial="no\n  why"))
    assert document["response"]["allowed"] is False
    assert document["response"]["status"] == {
        "status": "Failure",
        "code": 403,
        "reason": "Forbidden",
        "message": "no\n  why",
    }


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"apiVersion": "v1", "kind": "Pod"}',
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":'
        + b'{"uid":"1","object":{"spec":' * 1
        + b'{"x":' * 100_000,
        review(pod(WEB)).replace(b'"AdmissionReview"', b'"SomethingElse"'),
        review({"kind": "Pod", "spec": {"containers": "no list"}}),
    ],
)
def test_anything_else_is_refused_with_a_sentence(data):
    with pytest.raises(InvalidReview, match="not an AdmissionReview"):
        read_review(data)


@given(st.binary(max_size=500))
def test_no_bytes_do_more_than_be_refused(data):
    with pytest.raises(InvalidReview):
        read_review(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(spec=JSON, containers=JSON)
def test_no_object_does_more_than_be_refused(spec, containers):
    for thing in ({"kind": "Pod", "spec": spec}, pod(spec={"containers": containers})):
        try:
            read_review(review(thing)).uses  # noqa: B018  # reading it is the point
        except InvalidReview:
            continue
