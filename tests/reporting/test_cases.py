"""A Pod's way from the first failed pull to its recovery, over a cluster in memory."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from builders import probe
from fake_cluster import FakeCluster
from pullproof.causes import Cause
from pullproof.gather.diagnosing import Diagnosing
from pullproof.gather.keyrings import Keyrings
from pullproof.kube.gateway import ClusterBusy, ClusterForbidden
from pullproof.runtime_messages import read_message
from pullproof.settings import Operator, Settings
from pullproof_operator.cases import Cases, Tools
from pullproof_operator.owners import Owners
from pullproof_operator.reporting import Reporter, Subject
from stubs import TableProber, make_answers

IMAGE = "registry.example/app:nope"
PATH = "/api/v1/namespaces/shop/pods/web"
EVENTS = "/api/v1/namespaces/shop/events"
NOT_FOUND = (
    f'failed to pull and unpack image "{IMAGE}": failed to resolve image: {IMAGE}: not found'
)
ANNOTATION, DOCUMENT = "pullproof.io/diagnosis", "pullproof.io/diagnosis.json"


class Room:
    """An operator's cases, with a clock that tests move."""

    def __init__(self, cluster=None, *, absent=0.0, **operator):
        self.cluster = cluster or FakeCluster()
        self.settings = Settings(operator=Operator(writes_per_second=1000, **operator))
        self.time = datetime(2026, 11, 24, 8, tzinfo=UTC)
        self.causes = {IMAGE: Cause.TAG_NOT_FOUND}
        self.prober = TableProber(
            lambda ask: probe(str(ask.reference), self.causes.get(ask.reference.familiar))
        )
        self.diagnosed: list[Cause] = []
        answers = make_answers(self.prober, absent=absent)
        keyrings = Keyrings(self.cluster, lambda: self.settings.credentials)
        diagnosing = Diagnosing(settings=lambda: self.settings, answers=answers, keyrings=keyrings)
        reporter = Reporter(
            self.cluster,
            instance="test",
            writes_per_second=1000,
            written=lambda *_: None,
            now=lambda: self.time,
        )
        self.cases = Cases(
            Tools(
                cluster=self.cluster,
                reporter=reporter,
                diagnosing=lambda: diagnosing,
                settings=lambda: self.settings,
                owners=Owners(self.cluster),
                now=lambda: self.time,
                diagnosed=lambda diagnosis, _: self.diagnosed.append(diagnosis.cause),
            )
        )

    async def settle(self):
        """Until no case is being worked on."""
        async with asyncio.timeout(5):
            while any(case.task is not None for case in self.cases._cases.values()):
                await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def sees(self, body, path=PATH):
        stored = self.cluster.put(path, body)
        self.cases.seen(stored)
        await self.settle()

    @property
    def pod(self):
        return self.cluster.objects[PATH]

    @property
    def annotations(self):
        return self.pod["metadata"].get("annotations", {})

    def events(self, reason=None):
        found = [body for path, body in self.cluster.objects.items() if path.startswith(EVENTS)]
        return [one for one in found if reason is None or one["reason"] == reason]

    def patches(self, what="/status"):
        return [path for path in self.cluster.of("patch") if what in path]


def waiting(reason="ErrImagePull", message=NOT_FOUND, image=IMAGE, name="web", uid="u1"):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "uid": uid},
        "spec": {"containers": [{"name": "web", "image": image}], "nodeName": "one"},
        "status": {
            "phase": "Pending",
            "containerStatuses": [
                {"name": "web", "state": {"waiting": {"reason": reason, "message": message}}}
            ],
        },
    }


def running(annotations=None):
    body = waiting()
    body["status"] = {
        "phase": "Running",
        "containerStatuses": [{"name": "web", "imageID": "sha256:1", "state": {"running": {}}}],
    }
    if annotations:
        body["metadata"]["annotations"] = annotations
    return body


@pytest.fixture
async def room():
    one = Room()
    yield one
    await one.cases.aclose()


async def test_a_failed_pull_gets_one_event_and_both_annotations(room):
    await room.sees(waiting())
    (event,) = room.events()
    assert (event["reason"], event["type"], event["count"]) == ("TagNotFound", "Warning", 1)
    assert event["source"] == {"component": "pullproof"}
    assert event["involvedObject"]["fieldPath"] == "spec.containers{web}"
    assert event["involvedObject"]["uid"] == "u1"
    assert "eventTime" not in event
    assert room.annotations[ANNOTATION].startswith('web: tag "nope" not found')
    container = json.loads(room.annotations[DOCUMENT])["containers"][0]
    assert (container["cause"], container["confidence"]) == ("TagNotFound", "certain")


async def test_the_same_state_again_writes_nothing(room):
    await room.sees(waiting())
    before = len(room.cluster.of("patch")), len(room.cluster.of("create"))
    for _ in range(5):
        room.time += timedelta(minutes=1)
        room.cases.seen(dict(room.pod))
        await room.settle()
    assert (len(room.cluster.of("patch")), len(room.cluster.of("create"))) == before


async def test_back_off_without_its_reason_does_not_hide_what_was_said_before(room):
    await room.sees(waiting())
    await room.sees({**waiting("ImagePullBackOff", f'Back-off pulling image "{IMAGE}"'),
                     "metadata": room.pod["metadata"]})  # fmt: skip
    assert room.diagnosed == [Cause.TAG_NOT_FOUND]


async def test_a_recovery_is_told_and_the_annotations_go(room):
    await room.sees(waiting())
    room.time += timedelta(minutes=3)
    await room.sees({**running(), "metadata": room.pod["metadata"]})
    (event,) = room.events("ImagePullRecovered")
    assert event["type"] == "Normal"
    assert "3m00s" in event["message"]
    assert room.annotations == {}
    assert len(room.cases) == 0


async def test_an_event_of_the_kubelet_is_enough_before_the_status_says_anything(room):
    room.cluster.put(PATH, waiting("ContainerCreating", ""))
    subject = Subject(api_version="v1", kind="Pod", namespace="shop", name="web", uid="u1")
    room.cases.told(subject, "web", read_message(f'Failed to pull image "{IMAGE}": {NOT_FOUND}'))
    await room.settle()
    assert [one["reason"] for one in room.events()] == ["TagNotFound"]


async def test_an_old_event_about_a_pod_that_runs_by_now_says_nothing(room):
    room.cluster.put(PATH, running())
    subject = Subject(api_version="v1", kind="Pod", namespace="shop", name="web", uid="u1")
    room.cases.told(subject, "web", read_message(NOT_FOUND))
    await room.settle()
    assert room.events() == []
    assert len(room.cases) == 0


async def test_a_pod_of_the_same_name_made_anew_is_another(room):
    await room.sees(waiting())
    room.cluster.put(PATH, waiting(uid="u2"))
    room.cases.recheck()
    room.cases.left(waiting())
    await room.settle()
    assert room.cluster.objects[PATH]["metadata"].get("annotations") is None
    assert len(room.cases) == 0


async def test_after_a_restart_nothing_is_told_twice_and_the_time_goes_on(room):
    await room.sees(waiting())
    patches, later = len(room.patches()), Room(room.cluster)
    later.time = room.time + timedelta(hours=1)
    later.cases.seen(dict(room.pod))
    await later.settle()
    assert len(later.patches()) == patches
    assert [one["count"] for one in later.events()] == [1]
    await later.sees({**running(), "metadata": room.pod["metadata"]})
    assert "1h00m" in later.events("ImagePullRecovered")[0]["message"]


async def test_a_recovery_while_we_were_away_is_told_when_we_are_back(room):
    await room.sees(waiting())
    room.cluster.put(PATH, {**running(), "metadata": room.pod["metadata"]})
    later = Room(room.cluster)
    later.cases.adopt(Subject(api_version="v1", kind="Pod", namespace="shop", name="web", uid="u1"))
    await later.settle()
    assert len(later.events("ImagePullRecovered")) == 1
    assert later.annotations == {}


async def test_a_lasting_cause_renews_its_event_and_leaves_the_pod_alone(room):
    await room.sees(waiting())
    patches = len(room.patches())
    room.time += timedelta(minutes=46)
    room.cases.recheck()
    await room.settle()
    assert [one["count"] for one in room.events()] == [2]
    assert len(room.patches()) == patches


async def test_another_cause_is_another_event(room):
    await room.sees(waiting())
    room.causes[IMAGE] = Cause.REGISTRY_UNAVAILABLE
    body = waiting(
        message="unexpected status from HEAD request to https://x/: 503 Service Unavailable"
    )
    await room.sees({**body, "metadata": room.pod["metadata"]})
    assert {one["reason"] for one in room.events()} == {"TagNotFound", "RegistryUnavailable"}


async def test_another_image_is_judged_anew(room):
    await room.sees(waiting())
    body = waiting("InvalidImageName", "invalid reference format", image="Bad:Image")
    await room.sees({**body, "metadata": room.pod["metadata"]})
    assert (
        json.loads(room.annotations[DOCUMENT])["containers"][0]["cause"] == "InvalidImageReference"
    )


async def test_what_others_wrote_in_our_name_is_replaced(room):
    body = waiting()
    body["metadata"]["annotations"] = {ANNOTATION: "all is well", DOCUMENT: "[[["}
    await room.sees(body)
    assert room.annotations[ANNOTATION].startswith("web: tag")


async def test_what_others_wrote_on_a_pod_that_waits_for_nothing_is_removed(room):
    await room.sees(running({ANNOTATION: "all is well"}))
    assert room.annotations == {}
    assert room.events() == []


@pytest.mark.parametrize("error", [ClusterForbidden("403: quota"), ClusterBusy("429: slow down")])
async def test_an_event_that_cannot_be_written_does_not_keep_the_annotation_back(room, error):
    room.cluster.refuse["create", EVENTS] = error
    await room.sees(waiting())
    assert room.annotations[ANNOTATION].startswith("web: tag")


async def test_a_pod_that_is_being_deleted_is_left_alone(room):
    body = waiting()
    body["metadata"]["deletionTimestamp"] = "2026-11-24T08:00:00Z"
    await room.sees(body)
    assert room.events() == []


async def test_in_a_storm_pods_are_annotated_and_the_owner_is_told_once():
    room = Room(incident_pods=3)
    for at in range(6):
        body = waiting(name=f"web-{at}", uid=f"u{at}")
        body["metadata"]["ownerReferences"] = [
            {"apiVersion": "batch/v1", "kind": "CronJob", "name": "nightly", "uid": "owner",
             "controller": True}
        ]  # fmt: skip
        await room.sees(body, f"/api/v1/namespaces/shop/pods/web-{at}")
    kinds = [one["involvedObject"]["kind"] for one in room.events()]
    assert kinds.count("CronJob") == 1
    assert kinds.count("Pod") == 2
    await room.cases.aclose()


async def test_switched_off_nothing_is_written():
    room = Room(events=False, annotate=False)
    await room.sees(waiting())
    assert room.cluster.of("create") == []
    assert room.cluster.of("patch") == []
    await room.cases.aclose()


async def test_a_hundred_pods_of_one_image_ask_the_registry_once():
    room = Room(absent=5.0)
    for at in range(100):
        body = waiting(name=f"web-{at}", uid=f"u{at}")
        room.cases.seen(room.cluster.put(f"/api/v1/namespaces/shop/pods/web-{at}", body))
    await room.settle()
    assert len(room.prober.asked) == 1
    await room.cases.aclose()
