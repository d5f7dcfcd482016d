import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullproof.causes import Cause
from pullproof.runtime_messages import read_message
from pullproof_operator.annotations import since_when
from pullproof_operator.triage import better, containers, told_by_event

NOT_FOUND = 'failed to resolve reference "r.example/a:1": r.example/a:1: not found'


def status(reason="", message="", **more):
    state = {"waiting": {"reason": reason, "message": message}} if reason else {}
    return {"name": "c", "state": state, **more}


def pod(container_status, group="containers", statuses="containerStatuses"):
    return {
        "spec": {group: [{"name": "c", "image": "r.example/a:1"}]},
        "status": {statuses: [container_status]},
    }


@pytest.mark.parametrize(
    ("group", "statuses"),
    [
        ("containers", "containerStatuses"),
        ("initContainers", "initContainerStatuses"),
        ("ephemeralContainers", "ephemeralContainerStatuses"),
    ],
)
def test_containers_of_every_group_can_wait(group, statuses):
    (one,) = containers(pod(status("ErrImagePull", NOT_FOUND), group, statuses))
    assert one.waits
    assert one.field_path == f"spec.{group}{{c}}"


def test_a_container_that_has_started_does_not_wait():
    (one,) = containers(pod({"name": "c", "imageID": "sha256:1", "state": {"running": {}}}))
    assert (one.waits, one.started, one.undecided) == (False, True, False)


def test_a_container_that_crashes_does_not_wait():
    (one,) = containers(pod(status("CrashLoopBackOff", "back-off", imageID="sha256:1")))
    assert not one.waits


def test_a_failing_image_volume_is_judged_by_its_own_image():
    message = (
        'Back-off pulling image "models.example/m:1": ErrImagePull: models.example/m:1: not found'
    )
    (one,) = containers(pod(status("ImagePullBackOff", message)))
    assert one.image == "models.example/m:1"


def test_the_runtimes_longer_spelling_is_the_same_image():
    body = pod(
        status("ErrImagePull", 'failed to pull and unpack image "docker.io/library/nginx:1": x')
    )
    body["spec"]["containers"][0]["image"] = "nginx:1"
    (one,) = containers(body)
    assert one.image == "nginx:1"


def test_an_event_about_a_failed_pull_names_pod_and_container():
    event = {
        "source": {"component": "kubelet"},
        "involvedObject": {"kind": "Pod", "uid": "u", "fieldPath": "spec.containers{web}"},
        "message": f'Failed to pull image "r.example/a:1": {NOT_FOUND}',
    }
    told = told_by_event(event)
    assert told is not None
    assert told[:2] == ("u", "web")
    assert told[2].cause is Cause.TAG_NOT_FOUND


@pytest.mark.parametrize(
    "change",
    [
        {"source": {"component": "somebody"}},
        {"message": "Error: ErrImagePull"},
        {"involvedObject": {"kind": "Node"}},
    ],
)
def test_any_other_event_is_left_alone(change):
    event = {
        "source": {"component": "kubelet"},
        "involvedObject": {"kind": "Pod", "uid": "u"},
        "message": 'Failed to pull image "a": b',
    }
    assert told_by_event({**event, **change}) is None


def test_a_message_that_says_less_never_hides_one_that_said_more():
    good, throttled = read_message(NOT_FOUND), read_message("pull QPS exceeded")
    assert better(good, throttled) is good
    assert better(throttled, good) is good
    newer = read_message("connect: connection refused")
    assert better(good, newer) is newer
    assert better(None, good) is good
    assert better(good, None) is good


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(spec=JSON, state=JSON, event=JSON)
def test_no_object_does_harm(spec, state, event):
    containers({"spec": spec, "status": state})
    containers(pod(state if isinstance(state, dict) else {}))
    told_by_event(event if isinstance(event, dict) else {})


@given(st.text(max_size=200) | JSON.map(str))
def test_no_annotation_does_harm(text):
    since_when(text)
