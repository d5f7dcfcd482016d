import pytest

from pullproof.reference import parse_reference
from pullproof.registry.addresses import Reach
from pullproof.registry.endpoints import Places
from pullproof.registry.messages import parse_url
from pullproof.settings import Mirror, Registry, Settings


def places(*registries: Registry, open_network: bool = False, **options) -> Places:
    settings = Settings(registries=registries)
    return Places(settings=settings, open_network=open_network, **options)


def urls(found: Places, image: str) -> list[str]:
    reference = parse_reference(image)
    endpoints = found.endpoints(reference)
    assert endpoints is not None
    what = str(reference.digest or reference.tag)
    return [str(one.url(reference.repository, "manifests", what)) for one in endpoints]


def test_docker_hub_is_asked_at_its_address_and_not_at_its_name():
    assert urls(places(), "nginx:1") == [
        "https://registry-1.docker.io/v2/library/nginx/manifests/1"
    ]


def test_any_other_registry_is_asked_at_its_own_host():
    assert urls(places(), "registry.example:5000/a/b:1") == [
        "https://registry.example:5000/v2/a/b/manifests/1"
    ]


def test_mirrors_come_first_in_their_order_and_are_told_whom_they_stand_for():
    declared = Registry(
        host="docker.io",
        mirrors=(
            Mirror(url="https://one.example"),
            Mirror(url="https://two.example/hub"),
            Mirror(url="http://three.example:5000/v2/cache", override_path=True),
        ),
    )
    assert urls(places(declared), "nginx:1") == [
        "https://one.example/v2/library/nginx/manifests/1?ns=docker.io",
        "https://two.example/hub/v2/library/nginx/manifests/1?ns=docker.io",
        "http://three.example:5000/v2/cache/library/nginx/manifests/1?ns=docker.io",
        "https://registry-1.docker.io/v2/library/nginx/manifests/1",
    ]


def test_a_mirror_that_does_not_resolve_is_asked_for_digests_only():
    declared = Registry(
        host="docker.io", mirrors=(Mirror(url="https://one.example", capabilities=("pull",)),)
    )
    assert len(urls(places(declared), "nginx:1")) == 1
    assert len(urls(places(declared), "nginx@sha256:" + "0" * 64)) == 2


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("https://upstream.example", "https://upstream.example/v2/a/manifests/1"),
        ("upstream.example:5000", "https://upstream.example:5000/v2/a/manifests/1"),
    ],
)
def test_the_declared_server_stands_in_the_registrys_place(server, url):
    declared = Registry(host="registry.example", server=server)
    assert urls(places(declared), "registry.example/a:1") == [url]


def test_plain_http_is_spoken_where_it_is_declared():
    declared = Registry(host="registry.example:5000", plain_http=True)
    assert urls(places(declared), "registry.example:5000/a:1") == [
        "http://registry.example:5000/v2/a/manifests/1"
    ]


def test_plain_http_is_spoken_to_localhost_from_the_command_line_only():
    for host in ("localhost:5000", "127.0.0.1:5000"):
        assert urls(places(open_network=True), f"{host}/a:1")[0].startswith("http://")
        assert urls(places(), f"{host}/a:1")[0].startswith("https://")
    assert urls(places(open_network=True), "10.0.0.1:5000/a:1")[0].startswith("https://")


def test_a_wildcard_declares_one_label():
    found = places(Registry(host="*.example.com"), Registry(host="a.example.com", node_auth=True))
    exact = found.registry("a.example.com")
    assert exact is not None
    assert exact.node_auth
    assert found.registry("b.example.com") is not None
    assert found.registry("example.com") is None
    assert found.registry("a.b.example.com") is None
    assert found.registry("b.example.com:5000") is None


def reach(found: Places, url: str, at_most: Reach = Reach.ANY) -> Reach:
    parsed = parse_url(url)
    assert parsed is not None
    return found.route(parsed, at_most).reach


def test_only_what_is_declared_may_be_private_and_mirrors_and_servers_are():
    found = places(
        Registry(
            host="registry.example",
            server="https://upstream.example:8443",
            mirrors=(Mirror(url="https://mirror.example"),),
        ),
        Registry(host="docker.io"),
    )
    for url in (
        "https://registry.example/x",
        "https://upstream.example:8443/x",
        "https://mirror.example/x",
        "https://registry-1.docker.io/x",
    ):
        assert reach(found, url) is Reach.DECLARED, url
    for url in (
        "https://registry.example:5000/x",
        "https://upstream.example/x",
        "https://other.example/x",
        "https://a.registry.example/x",
    ):
        assert reach(found, url) is Reach.PUBLIC, url


def test_whoever_may_not_reach_far_leads_nobody_farther():
    found = places(Registry(host="registry.example"))
    assert reach(found, "https://registry.example/x", Reach.PUBLIC) is Reach.PUBLIC


def test_a_registrys_own_proxy_goes_before_the_common_one_and_no_proxy_before_both():
    found = places(
        Registry(host="registry.example", proxy="http://own:3128"),
        proxy="http://common:3128",
        no_proxy=("direct.example",),
    )
    chosen = {}
    for host in ("registry.example", "other.example", "direct.example"):
        url = parse_url(f"https://{host}/")
        assert url is not None
        chosen[host] = found.route(url).proxy
    assert chosen == {
        "registry.example": "http://own:3128",
        "other.example": "http://common:3128",
        "direct.example": "",
    }
