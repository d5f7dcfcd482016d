import asyncio
import json

import msgspec
import pytest

from builders import pod, probe, review
from fake_cluster import FakeCluster
from pullproof.causes import Cause
from pullproof.gather.admission import Admission
from pullproof.policy import Mode, Policy, Presence
from pullproof.review import read_review
from pullproof.settings import Settings
from stubs import TableKnown, TableProber, make_looking

MISSING = "ghcr.io/acme/api:nope"
FOUND = "ghcr.io/acme/api:1"
SLOW = "slow.example/app:1"
CAUSES = {MISSING: Cause.TAG_NOT_FOUND}


class Desk:
    """The admission flow around registries that answer from a table."""

    def __init__(self, **settings):
        self.settings = Settings(**settings)
        self.prober = TableProber(
            lambda ask: probe(ask.reference.normalized, CAUSES.get(ask.reference.familiar))
        )
        self.known = TableKnown()
        self.cluster = FakeCluster()
        looking = make_looking(self.prober, self.cluster, self.known, self.settings)
        self._admission = Admission(settings=lambda: self.settings, looking=lambda: looking)

    async def ask(self, thing, mode=Mode.ENFORCE, seconds=5.0, **more):
        answered = await self._admission.admit(read_review(review(thing, **more)), mode, seconds)
        return json.loads(answered.body)["response"]

    @property
    def asked(self):
        return [one.reference.familiar for one in self.prober.asked]


def container(image, name="web", **more):
    return {"name": name, "image": image, **more}


def deployment(*containers, **metadata):
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", **metadata},
        "spec": {"template": {"spec": {"containers": list(containers)}}},
    }


@pytest.fixture
def desk():
    return Desk()


async def test_a_found_image_is_admitted_without_a_word(desk):
    assert await desk.ask(pod(container(FOUND))) == {
        "uid": "11111111-2222-3333-4444-555555555555",
        "allowed": True,
    }


async def test_a_missing_image_is_denied(desk):
    response = await desk.ask(pod(container(MISSING)))
    assert not response["allowed"]
    assert response["status"]["code"] == 403
    assert 'tag "nope" not found in ghcr.io/acme/api' in response["status"]["message"]


async def test_all_images_are_asked_for_each_once(desk):
    images = [FOUND, FOUND, "quay.io/a/b:1", "quay.io/a/b:1", "quay.io/a/c:1"]
    await desk.ask(pod(*(container(image, f"c{at}") for at, image in enumerate(images))))
    assert sorted(desk.asked) == sorted(set(images))


async def test_a_second_review_asks_nobody(desk):
    for _ in range(3):
        await desk.ask(pod(container(FOUND)))
    assert desk.asked == [FOUND]


async def test_what_is_not_known_in_time_is_admitted_and_the_rest_is_still_judged(desk):
    desk.prober.gates[SLOW] = asyncio.Event()
    response = await desk.ask(pod(container(SLOW), container(MISSING, "api")), seconds=0.05)
    assert not response["allowed"]
    assert "no answer in time" in response["warnings"][0]
    desk.prober.gates[SLOW].set()


async def test_an_update_that_leaves_an_image_alone_asks_nobody(desk):
    before = pod(container(MISSING))
    assert (await desk.ask(before, operation="UPDATE", old=before))["allowed"]
    assert desk.asked == []


async def test_an_update_is_judged_by_what_it_changes(desk):
    after = pod(container(MISSING), container("quay.io/a/b:1", "new"))
    response = await desk.ask(after, operation="UPDATE", old=pod(container(FOUND)))
    assert not response["allowed"]


@pytest.mark.parametrize(
    ("thing", "more"),
    [
        (pod(container(MISSING), metadata={"deletionTimestamp": "2026-11-24T08:00:00Z"}), {}),
        (
            pod(container(MISSING), metadata={"annotations": {"kubernetes.io/config.mirror": "1"}}),
            {},
        ),
        (pod(container(MISSING, imagePullPolicy="Never")), {}),
        (None, {"operation": "DELETE", "old": pod(container(MISSING))}),
        ({"kind": "Service", "spec": {}}, {}),
        (
            deployment(container(MISSING), ownerReferences=[{"kind": "App", "controller": True}]),
            {},
        ),
    ],
)
async def test_what_can_start_anyway_or_is_none_of_our_business_is_admitted(desk, thing, more):
    response = await desk.ask(thing, **more)
    assert response["allowed"]
    assert "warnings" not in response
    assert desk.asked == []


@pytest.mark.parametrize("presence", [Presence.PRESENT, Presence.UNKNOWN])
async def test_an_image_that_a_node_may_hold_is_admitted_with_a_warning(desk, presence):
    desk.known.table[MISSING] = presence
    response = await desk.ask(pod(container(MISSING)))
    assert response["allowed"]
    assert len(response["warnings"]) == 1


async def test_a_deployment_warns_and_says_what_will_happen_to_its_pods(desk):
    response = await desk.ask(deployment(container(MISSING), container("Bad:Name", "side")))
    assert response["allowed"]
    first, second = response["warnings"]
    assert first.startswith('Deployment "web": "web" ghcr.io/acme/api:nope: tag "nope" not found')
    assert "its Pods will be refused" in second


async def test_a_deployment_is_denied_only_where_that_is_wanted():
    desk = Desk(policy=Policy(workloads=Mode.ENFORCE))
    assert not (await desk.ask(deployment(container(MISSING))))["allowed"]
    assert (await desk.ask(deployment(container(MISSING)), Mode.WARN))["allowed"]


async def test_a_deployment_is_not_looked_at_where_workloads_are_off():
    desk = Desk(policy=Policy(workloads=Mode.OFF))
    assert "warnings" not in await desk.ask(deployment(container(MISSING)))
    assert desk.asked == []


async def test_a_namespace_in_warn_mode_is_only_warned(desk):
    response = await desk.ask(pod(container(MISSING)), Mode.WARN)
    assert response["allowed"]
    assert len(response["warnings"]) == 1


async def test_the_canary_is_denied_as_a_pod_would_be(desk):
    template = {"kind": "PodTemplate", "template": {"spec": {"containers": [container("Not:A:B")]}}}
    assert not (await desk.ask(template))["allowed"]


async def test_a_missing_pull_secret_admits_what_would_be_denied(desk):
    thing = pod(container(MISSING), spec={"imagePullSecrets": [{"name": "gone"}]})
    await desk.ask(thing)
    assert desk.prober.asked[0].credentials_complete is False


async def test_a_registry_that_is_not_to_be_asked_is_not(desk):
    from pullproof.settings import Registry, Verify

    quiet = Desk(registries=(Registry(host="ghcr.io", verify=Verify.NEVER),))
    assert (await quiet.ask(pod(container(MISSING))))["allowed"]
    assert quiet.asked == []


async def test_ten_thousand_containers_ask_for_a_hundred_images_at_most(desk):
    images = [container(f"ghcr.io/acme/x:{at}", f"c{at}") for at in range(10_000)]
    response = await desk.ask(pod(*images))
    assert response["allowed"]
    assert len(desk.asked) == msgspec.structs.astuple(desk.settings.limits)[-1]
    assert sum(map(len, response["warnings"])) <= 4096
