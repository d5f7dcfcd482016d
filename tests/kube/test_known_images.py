import asyncio

import pytest

from fake_cluster import FakeCluster
from pullproof.kube.gateway import ClusterUnreachable
from pullproof.kube.known_images import KnownImages
from pullproof.policy import Presence
from pullproof.reference import parse_reference

POD = "/api/v1/namespaces/shop/pods/web"
NODE = "/api/v1/nodes/one"


def pod(image, *, started, name="web"):
    status = {"name": name, "image": image, "imageID": "sha256:1" if started else ""}
    return {
        "metadata": {"uid": "p"},
        "spec": {"containers": [{"name": name, "image": image}]},
        "status": {"containerStatuses": [status]},
    }


def node(*names):
    return {"metadata": {"uid": "n"}, "status": {"images": [{"names": list(names)}]}}


class Running:
    """Known images over a fake cluster, followed as long as the test lasts."""

    def __init__(self):
        self.cluster = FakeCluster()
        self.known = KnownImages()
        self.task = None

    def start(self):
        self.task = asyncio.create_task(self.known.run(self.cluster))

    def presence(self, image):
        return self.known.presence(parse_reference(image))

    async def becomes(self, image, presence):
        async with asyncio.timeout(5):
            while self.presence(image) is not presence:
                await asyncio.sleep(0)


@pytest.fixture
async def running():
    one = Running()
    yield one
    if one.task is not None:
        one.task.cancel()
        await asyncio.gather(one.task, return_exceptions=True)


def test_before_the_lists_are_complete_nothing_is_known():
    assert KnownImages().presence(parse_reference("nginx")) is Presence.UNKNOWN


def test_a_preloaded_image_is_known_from_the_start_whatever_its_spelling():
    known = KnownImages(["nginx:1.27"])
    for spelling in ("nginx:1.27", "docker.io/library/nginx:1.27"):
        assert known.presence(parse_reference(spelling)) is Presence.PRESENT


async def test_what_a_node_reports_is_present_and_the_rest_is_absent(running):
    running.cluster.put(NODE, node("docker.io/library/nginx:1.27", "not an image"))
    running.start()
    await running.becomes("nginx:1.27", Presence.PRESENT)
    await running.becomes("nginx:1.26", Presence.ABSENT)


async def test_an_image_that_a_pod_has_started_is_present(running):
    running.cluster.put(POD, pod("acme/api:1", started=True))
    running.start()
    await running.becomes("acme/api:1", Presence.PRESENT)


async def test_a_pod_that_only_waits_for_an_image_proves_nothing(running):
    running.cluster.put(POD, pod("acme/api:1", started=False))
    running.start()
    await running.becomes("acme/api:1", Presence.ABSENT)


async def test_a_pod_that_goes_takes_its_image_along_but_not_anothers(running):
    running.cluster.put(POD, pod("acme/api:1", started=True))
    running.cluster.put(NODE, node("docker.io/acme/base:1"))
    running.start()
    await running.becomes("acme/api:1", Presence.PRESENT)
    running.cluster.remove(POD)
    await running.becomes("acme/api:1", Presence.ABSENT)
    assert running.presence("acme/base:1") is Presence.PRESENT


async def test_a_changed_node_is_followed(running):
    running.cluster.put(NODE, node("docker.io/acme/base:1"))
    running.start()
    await running.becomes("acme/base:1", Presence.PRESENT)
    running.cluster.put(NODE, node("docker.io/acme/base:2"))
    await running.becomes("acme/base:2", Presence.PRESENT)
    assert running.presence("acme/base:1") is Presence.ABSENT


async def test_an_api_server_that_does_not_answer_leaves_everything_unknown(running):
    running.cluster.refuse["get", "/api/v1/nodes"] = ClusterUnreachable("down")
    running.cluster.put(POD, pod("acme/api:1", started=True))
    running.start()
    await running.becomes("acme/api:1", Presence.PRESENT)
    assert running.presence("other:1") is Presence.UNKNOWN
    assert running.known.last_error == "down"


async def test_long_lists_are_read_in_pages(running):
    for number in range(1203):
        running.cluster.put(f"/api/v1/namespaces/shop/pods/p{number}", {
            **pod(f"acme/api:{number}", started=True), "metadata": {"uid": str(number)},
        })  # fmt: skip
    running.start()
    await running.becomes("acme/api:1202", Presence.PRESENT)
    assert running.cluster.of("get").count("/api/v1/pods") == 3
    assert len(running.known) == 1203
