"""Mirrors as containerd asks them: first, in order, and never the last word."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from asking import Served, ask_for
from fault_registry import SEEN, make_app, running
from pullproof.causes import Cause
from pullproof.evidence import Doubt
from pullproof.policy import is_definite
from pullproof.registry.probe import Prober
from pullproof.settings import Mirror, Registry, Settings

MakeProber = Callable[..., Prober]


@pytest_asyncio.fixture
async def mirror() -> AsyncIterator[Served]:
    app = make_app()
    async with running(app) as port:
        yield Served(port, app[SEEN])


def prober_with(
    make_prober: MakeProber, registry: Served, *mirrors: Mirror, plain: bool = True
) -> Prober:
    own = Registry(host=registry.host, plain_http=plain, mirrors=mirrors)
    return make_prober(Settings(registries=(own,)), open_network=True)


async def test_an_image_that_the_mirror_has_is_found_there(
    make_prober: MakeProber, registry: Served, mirror: Served
):
    prober = prober_with(make_prober, registry, Mirror(url=f"http://{mirror.host}"))
    result = await prober.probe(ask_for(f"{registry.host}/ns/app:1.0"))
    assert result.cause is None
    assert result.host == mirror.host
    assert result.requests == 1
    assert registry.seen.total == 0
    assert mirror.seen.log[0]["query"].startswith("ns=127.0.0.1")


async def test_absent_on_the_mirror_but_present_upstream_is_present(
    make_prober: MakeProber, registry: Served, mirror: Served
):
    cut_off = Mirror(url=f"http://{mirror.host}/v2/missing-tag", override_path=True)
    prober = prober_with(make_prober, registry, cut_off)
    result = await prober.probe(ask_for(f"{registry.host}/ok/app:1.0"))
    assert result.cause is None
    assert result.host == registry.host


async def test_absent_on_both_is_definite(
    make_prober: MakeProber, registry: Served, mirror: Served
):
    prober = prober_with(make_prober, registry, Mirror(url=f"http://{mirror.host}"))
    result = await prober.probe(ask_for(f"{registry.host}/ok/app:9"))
    assert is_definite(result)
    assert result.host == registry.host
    assert mirror.seen.total == 2


@pytest.mark.parametrize("fault", ["status-503", "reset", "private", "limited", "html"])
async def test_a_mirror_that_gave_no_plain_no_leaves_an_absence_in_doubt(
    make_prober: MakeProber, registry: Served, mirror: Served, fault: str
):
    failing = Mirror(url=f"http://{mirror.host}/v2/{fault}", override_path=True)
    prober = prober_with(make_prober, registry, failing)
    result = await prober.probe(ask_for(f"{registry.host}/ok/app:9"))
    assert result.cause is Cause.TAG_NOT_FOUND
    assert Doubt.MIRROR_NOT_ASKED in result.doubts
    assert not is_definite(result)


async def test_a_mirror_that_fails_does_not_hide_what_the_registry_has(
    make_prober: MakeProber, registry: Served, mirror: Served
):
    failing = Mirror(url=f"http://{mirror.host}/v2/status-500", override_path=True)
    prober = prober_with(make_prober, registry, failing)
    assert (await prober.probe(ask_for(f"{registry.host}/ok/app:1.0"))).cause is None


async def test_a_mirror_whose_url_is_none_leaves_an_absence_in_doubt(
    make_prober: MakeProber, registry: Served
):
    prober = prober_with(make_prober, registry, Mirror(url="https://a b/"))
    result = await prober.probe(ask_for(f"{registry.host}/ok/app:9"))
    assert Doubt.MIRROR_NOT_ASKED in result.doubts


async def test_a_mirror_that_serves_digests_only_is_not_asked_for_a_tag(
    make_prober: MakeProber, registry: Served, mirror: Served
):
    prober = prober_with(
        make_prober, registry, Mirror(url=f"http://{mirror.host}", capabilities=("pull",))
    )
    result = await prober.probe(ask_for(f"{registry.host}/ok/app:9"))
    assert is_definite(result)
    assert mirror.seen.total == 0


async def test_the_token_of_a_mirror_is_for_the_path_that_is_asked_there(
    make_prober: MakeProber, registry: Served, mirror: Served
):
    below = Mirror(url=f"http://{mirror.host}/v2/style-token", override_path=True)
    prober = prober_with(make_prober, registry, below)
    result = await prober.probe(ask_for(f"{registry.host}/team/private:1.0", "right"))
    assert result.cause is None
    assert "repository:style-token/team/private:pull" in "".join(
        one["query"] for one in mirror.seen.log
    )
