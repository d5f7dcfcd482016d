"""Which entry of an index a node takes."""

import pytest

from pullproof.platforms import InvalidPlatform, Platform, choose, normalize, parse_platform


def chosen(offered, node, runtime="containerd"):
    position = choose(
        [one and parse_platform(one) for one in offered], parse_platform(node), runtime
    )
    return None if position is None else (offered[position] or "not said")


@pytest.mark.parametrize(
    "text", ["linux/amd64", "linux/arm64/v8", "linux/arm/v7", "windows/amd64", "linux/s390x"]
)
def test_a_platform_is_written_as_it_was_read(text):
    assert str(parse_platform(text)) == text


def test_a_version_of_windows_stands_in_brackets():
    found = parse_platform("windows(10.0.20348.2227)/amd64")
    assert found == Platform(os="windows", architecture="amd64", os_version="10.0.20348.2227")


@pytest.mark.parametrize(
    "text",
    ["", "linux", "linux/", "/amd64", "linux/a/b/c", "linux/amd64\n", "l\u00efnux/amd64", "a b/c"],
)
def test_what_is_no_platform_is_refused_with_the_form_to_use(text):
    with pytest.raises(InvalidPlatform, match="os/architecture"):
        parse_platform(text)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("linux/x86_64", "linux/amd64"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/amd64/v3", "linux/amd64/v3"),
        ("Linux/aarch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm64/9", "linux/arm64/v9"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/6", "linux/arm/v6"),
        ("linux/armhf", "linux/arm/v7"),
        ("linux/armel", "linux/arm/v6"),
        ("linux/i386", "linux/386"),
        ("macos/arm64", "darwin/arm64"),
    ],
)
def test_one_platform_has_many_spellings(written, normal):
    assert str(normalize(parse_platform(written))) == normal


CHOICES = [
    # node, offered, containerd's choice, CRI-O's
    ("linux/amd64", ["linux/arm64", "linux/amd64"], "linux/amd64", "linux/amd64"),
    ("linux/amd64", ["linux/arm64"], None, None),
    ("linux/amd64", ["linux/386"], "linux/386", None),
    ("linux/amd64", ["linux/386", "linux/amd64"], "linux/amd64", "linux/amd64"),
    ("linux/amd64", ["linux/amd64/v2"], None, None),
    ("linux/amd64/v3", ["linux/amd64", "linux/amd64/v2"], "linux/amd64/v2", "linux/amd64"),
    ("linux/amd64", ["windows/amd64"], None, None),
    ("linux/arm64", ["linux/arm/v7", "linux/arm64/v8"], "linux/arm64/v8", "linux/arm64/v8"),
    ("linux/arm64", ["linux/arm/v5", "linux/arm/v7"], "linux/arm/v7", None),
    ("linux/arm64/v9", ["linux/arm64/v8.5"], "linux/arm64/v8.5", None),
    ("linux/arm64", ["linux/arm64/v9"], None, None),
    ("linux/arm", ["linux/arm/v5", "linux/arm/v6"], "linux/arm/v6", "linux/arm/v6"),
    ("linux/arm/v6", ["linux/arm/v7", "linux/arm/v5"], "linux/arm/v5", "linux/arm/v5"),
    ("linux/arm/v7", ["linux/arm"], "linux/arm", "linux/arm"),
    ("linux/amd64", ["linux/x86_64"], "linux/x86_64", None),
    ("linux/amd64", [None, "linux/arm64"], "not said", "not said"),
    ("linux/amd64", [None, "linux/amd64"], "linux/amd64", "linux/amd64"),
    ("linux/s390x", [], None, None),
    ("linux/amd64", ["linux/amd64", "linux/amd64"], "linux/amd64", "linux/amd64"),
]


@pytest.mark.parametrize(
    ("node", "offered", "containerd", "crio"), CHOICES, ids=range(len(CHOICES))
)
def test_the_choice_depends_on_the_runtime(node, offered, containerd, crio):
    assert chosen(offered, node, "containerd") == containerd
    assert chosen(offered, node, "cri-o") == crio


@pytest.mark.parametrize(
    ("host", "image", "runs"),
    [
        ("10.0.17763.1", "10.0.17763.9999", True),
        ("10.0.17763.1", "10.0.17134.1", False),
        ("10.0.20348.1", "10.0.17763.1", False),
        ("10.0.20348.1", "10.0.20348.2", True),
        ("10.0.26100.1", "10.0.20348.2", True),
        ("10.0.26100.1", "10.0.26200.2", False),
        ("10.0.26100.1", "10.0.17763.1", False),
        ("10.0.20348.1", "", True),
        ("", "10.0.17763.1", True),
        ("10.0.20348.1", "latest", False),
    ],
)
def test_windows_runs_its_own_build_and_from_2022_on_the_release_before(host, image, runs):
    node = Platform(os="windows", architecture="amd64", os_version=host)
    offered = Platform(os="windows", architecture="amd64", os_version=image)
    assert (choose([offered], node) == 0) == runs


def test_an_image_that_asks_for_features_of_the_system_is_not_taken_without_them():
    plain = Platform(os="linux", architecture="amd64")
    demanding = Platform(os="linux", architecture="amd64", os_features=("x",))
    assert choose([demanding], plain) is None
    assert choose([plain, demanding], demanding) == 1
    assert choose([demanding], plain, "cri-o") == 0
