import io
import json
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from builders import pod, probe, review
from fake_cluster import FakeCluster
from pullproof import metrics
from pullproof.causes import Cause
from pullproof.gather.admission import Admission
from pullproof.settings import Settings
from pullproof_program.meters import Meters
from pullproof_webhook.server import Server, budget
from stubs import TableKnown, TableProber, make_looking

SECRET = "ab" * 32
WEB = {"name": "web", "image": "ghcr.io/acme/api:nope"}
METRICS = (
    metrics.REVIEWS, metrics.REVIEW_SECONDS, metrics.FINDINGS, metrics.REVIEW_ERRORS,
    metrics.FOREIGN_REQUESTS,
)  # fmt: skip


class Site:
    """A server on loopback, and what stands behind it."""

    client: Any

    def __init__(self):
        self.settings = Settings()
        self.meters = Meters(METRICS)
        self.path = SECRET
        self.cluster = FakeCluster()
        self.prober = TableProber(lambda ask: probe(str(ask.reference), Cause.TAG_NOT_FOUND))
        looking = make_looking(self.prober, self.cluster, TableKnown(), self.settings)
        self.server = Server(
            admission=Admission(settings=lambda: self.settings, looking=lambda: looking),
            settings=lambda: self.settings,
            path=lambda: self.path,
            meters=self.meters,
        )

    async def post(self, path, data):
        response = await self.client.post(path, data=data)
        return response.status, await response.read()


@pytest.fixture
async def site():
    one = Site()
    async with TestClient(TestServer(one.server.app(8 * 1024 * 1024))) as client:
        one.client = client
        yield one


async def test_a_review_on_the_secret_path_is_answered(site):
    status, body = await site.post(f"/{SECRET}/pods/enforce?timeout=5s", review(pod(WEB)))
    assert status == 200
    assert json.loads(body)["response"]["allowed"] is False


async def test_the_mode_stands_in_the_path(site):
    _, body = await site.post(f"/{SECRET}/pods/warn?timeout=5s", review(pod(WEB)))
    assert json.loads(body)["response"]["allowed"] is True


@pytest.mark.parametrize(
    "path",
    ["/", "/healthz", "/metrics", f"/{'cd' * 32}/pods/enforce", f"/{SECRET}", f"/{SECRET}/pods",
     f"/{SECRET}/pods/never", f"/{SECRET}/secrets/enforce", f"/{SECRET}/pods/enforce/",
     f"/x/{SECRET}/pods/enforce", "/%00", f"/{SECRET.upper()}/pods/enforce"],
)  # fmt: skip
async def test_every_other_path_is_nothing_and_reads_no_secret(site, path):
    thing = pod(WEB, spec={"imagePullSecrets": [{"name": "one"}]})
    status, body = await site.post(path, review(thing))
    assert (status, body) == (404, b"")
    assert site.cluster.requests == []
    assert site.prober.asked == []


async def test_only_post_is_answered(site):
    for method in ("GET", "PUT", "HEAD", "DELETE"):
        response = await site.client.request(method, f"/{SECRET}/pods/enforce")
        assert response.status == 404


async def test_before_a_path_is_known_nothing_is_answered(site):
    site.path = ""
    status, _ = await site.post("/pods/enforce", review(pod(WEB)))
    assert status == 404


async def test_nonsense_is_a_bad_request(site):
    status, _ = await site.post(f"/{SECRET}/pods/enforce", b"{")
    assert status == 400


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(site):
    status, _ = await site.post(f"/{SECRET}/pods/enforce", io.BytesIO(b"x" * (8 * 1024 * 1024 + 1)))
    assert status == 413


async def test_a_failure_of_our_own_admits_with_a_warning(site, capsys):
    def broken(ask):
        raise RuntimeError("a bug")

    site.prober._answer = broken
    _, body = await site.post(f"/{SECRET}/pods/enforce", review(pod(WEB)))
    response = json.loads(body)["response"]
    assert response["allowed"] is True
    assert "failure of its own" in response["warnings"][0]
    assert b"pullproof_review_errors_total 1.0" in site.meters.text()


async def test_what_was_decided_is_counted(site):
    await site.post(f"/{SECRET}/pods/enforce", review(pod(WEB)))
    text = site.meters.text()
    assert b'pullproof_reviews_total{mode="enforce",outcome="denied"} 1.0' in text
    assert b'pullproof_findings_total{action="deny",cause="TagNotFound"} 1.0' in text


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [("5s", 4.5), ("10s", 9.5), ("1m", 59.5), ("1500ms", 1.0), ("100ms", 0.2), ("", 9.5), ("x", 9.5),
     ("99999999999999999999s", 9.5)],
)  # fmt: skip
def test_the_budget_is_the_api_servers_time_less_the_way(timeout, seconds):
    assert budget(timeout, Settings()) == pytest.approx(seconds)
