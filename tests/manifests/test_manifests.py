"""Manifests and indexes, read from what registries answer."""

import json

import pytest

from pullproof.manifest import (
    ACCEPT,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    MAX_MANIFEST_BYTES,
    OCI_INDEX,
    OCI_MANIFEST,
    ArtifactKind,
    Index,
    InvalidManifest,
    Manifest,
    ObsoleteManifest,
    parse_config_platform,
    parse_manifest,
)
from pullproof.platforms import Platform, choose

SHA = "sha256:" + "0123456789abcdef" * 4
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def descriptor(media_type="", **more):
    return {"mediaType": media_type, "digest": SHA, "size": 7} | more


def manifest(config=OCI_CONFIG, layers=(OCI_LAYER,), **more):
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor(config),
        "layers": [descriptor(one) for one in layers],
    }
    return document | more


def index(*entries, **more):
    return {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(entries)} | more


def read(document, content_type=OCI_MANIFEST):
    return parse_manifest(json.dumps(document).encode(), content_type)


def entry(platform, **more):
    system, _, architecture = platform.partition("/")
    written = {"os": system, "architecture": architecture}
    return descriptor(OCI_MANIFEST, platform=written, **more)


def test_an_image_is_read_in_either_dress():
    for content_type, stated in (
        (OCI_MANIFEST, OCI_MANIFEST),
        (DOCKER_MANIFEST, DOCKER_MANIFEST),
        (f"{OCI_MANIFEST}; charset=utf-8", OCI_MANIFEST),
        (OCI_MANIFEST.upper(), OCI_MANIFEST),
    ):
        found = read(manifest(mediaType=stated), content_type)
        assert isinstance(found, Manifest)
        assert (str(found.config.digest), found.config.size_bytes) == (SHA, 7)
        assert found.is_runnable


def test_a_manifest_need_not_name_its_own_type():
    document = manifest()
    del document["mediaType"]
    assert isinstance(read(document), Manifest)


def test_an_index_lists_its_platforms_and_leaves_out_what_is_no_image():
    marked = {"vnd.docker.reference.type": "attestation-manifest"}
    found = read(
        index(
            entry("linux/amd64"),
            entry("linux/arm64"),
            entry("unknown/unknown"),
            entry("linux/amd64", annotations=marked),
            entry("linux/amd64", artifactType="application/spdx+json"),
            descriptor("application/vnd.example.thing"),
            descriptor(OCI_MANIFEST),
            descriptor(OCI_INDEX),
        ),
        OCI_INDEX,
    )
    assert isinstance(found, Index)
    assert len(found.manifests) == 8
    assert [str(one.platform) if one.platform else None for one in found.images] == [
        "linux/amd64",
        "linux/arm64",
        None,
        None,
    ]
    assert [one.is_index for one in found.images] == [False, False, False, True]


def test_a_platform_is_read_with_variant_version_and_features_and_can_be_chosen():
    written = {
        "os": "windows",
        "architecture": "amd64",
        "os.version": "10.0.20348.1",
        "os.features": ["win32k"],
    }
    arm = {"os": "linux", "architecture": "arm", "variant": "v7"}
    found = read(
        index(descriptor(OCI_MANIFEST, platform=written), descriptor(OCI_MANIFEST, platform=arm)),
        OCI_INDEX,
    )
    assert isinstance(found, Index)
    platforms = [one.platform for one in found.images]
    assert platforms == [
        Platform(
            os="windows",
            architecture="amd64",
            os_version="10.0.20348.1",
            os_features=("win32k",),
        ),
        Platform(os="linux", architecture="arm", variant="v7"),
    ]
    assert choose(platforms, Platform(os="linux", architecture="arm64")) == 1


def test_docker_lists_are_indexes():
    document = index(descriptor(DOCKER_MANIFEST), mediaType=DOCKER_LIST)
    found = read(document, DOCKER_LIST)
    assert isinstance(found, Index)
    assert len(found.images) == 1


@pytest.mark.parametrize(
    "content_type", ["text/html", "application/json", "", "text/plain", OCI_CONFIG]
)
def test_what_is_not_called_a_manifest_is_none(content_type):
    with pytest.raises(InvalidManifest, match="no manifest media type"):
        read(manifest(), content_type)


def test_the_accept_header_has_the_four_types_and_no_other():
    assert set(ACCEPT.split(", ")) == {OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST}


@pytest.mark.parametrize(
    ("document", "content_type"),
    [
        (manifest(), OCI_INDEX),
        (index(entry("linux/amd64")), OCI_MANIFEST),
        (manifest(mediaType=OCI_INDEX), OCI_MANIFEST),
        (manifest(mediaType=DOCKER_LIST), OCI_MANIFEST),
        (index(mediaType=OCI_MANIFEST), OCI_INDEX),
        (manifest(manifests=[]), OCI_MANIFEST),
        (manifest(manifests=None), OCI_MANIFEST),
        (manifest(Manifests=[]), OCI_MANIFEST),
        (manifest() | {"manife\u017ft\u017f": []}, OCI_MANIFEST),
        (index(layers=[]), OCI_INDEX),
        (index(config=descriptor()), OCI_INDEX),
        (index(CONFIG=descriptor()), OCI_INDEX),
    ],
    ids=range(12),
)
def test_what_can_be_read_as_a_manifest_and_as_an_index_is_refused(document, content_type):
    # CVE-2021-41190; Go reads the names of fields without regard to case.
    with pytest.raises(InvalidManifest, match="reads as"):
        read(document, content_type)


def test_of_two_fields_with_one_name_the_last_counts_as_it_does_to_a_node():
    text = json.dumps(manifest())
    other = "sha256:" + "f" * 64
    text = text[:-1] + ', "Config": ' + json.dumps(descriptor() | {"digest": other}) + "}"
    found = parse_manifest(text.encode(), OCI_MANIFEST)
    assert isinstance(found, Manifest)
    assert str(found.config.digest) == other


def test_schema_1_is_told_apart_from_nonsense():
    with pytest.raises(ObsoleteManifest):
        read({}, "application/vnd.docker.distribution.manifest.v1+prettyjws")
    with pytest.raises(ObsoleteManifest):
        read({"schemaVersion": 1, "fsLayers": []}, DOCKER_MANIFEST)


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        "text",
        1,
        None,
        manifest(config=None) | {"config": None},
        manifest() | {"config": []},
        manifest() | {"config": {"size": 1}},
        manifest() | {"config": descriptor() | {"digest": 1}},
        manifest() | {"config": descriptor() | {"digest": "sha256:abc"}},
        manifest() | {"config": descriptor() | {"digest": SHA.upper()}},
        manifest() | {"config": descriptor() | {"size": -1}},
        manifest() | {"config": descriptor() | {"size": True}},
        manifest() | {"config": descriptor() | {"size": 1.5}},
        manifest() | {"config": descriptor() | {"size": "7"}},
        manifest() | {"config": descriptor() | {"size": 1 << 63}},
        manifest() | {"config": descriptor() | {"platform": "linux"}},
        manifest() | {"config": descriptor() | {"platform": {"os": 1}}},
        manifest() | {"layers": {}},
        manifest() | {"layers": ["x"]},
        manifest() | {"mediaType": 1},
    ],
    ids=range(21),
)
def test_a_field_of_the_wrong_kind_is_refused(document):
    with pytest.raises(InvalidManifest):
        read(document)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
        b"[" * 1_000_000,
        b'{"config":' * 300_000,
        b'{"config":{"size":' + b"9" * 100_000 + b"}}",
        b'{"config":NaN}',
        b'{"config":Infinity}',
        b" " * (MAX_MANIFEST_BYTES + 1),
    ],
    ids=range(10),
)
def test_hostile_bytes_are_refused(data):
    with pytest.raises(InvalidManifest):
        parse_manifest(data, OCI_MANIFEST)


def test_what_a_registry_wrote_can_be_shown():
    platform = {"os": "li\x1b[31mnux\ud800", "architecture": "a" * 10_000}
    found = read(index(descriptor(OCI_MANIFEST, platform=platform)), OCI_INDEX)
    assert isinstance(found, Index)
    shown = str(found.manifests[0].platform)
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) < 600


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (manifest(), ArtifactKind.IMAGE),
        (manifest(layers=()), ArtifactKind.IMAGE),
        (manifest(config="application/vnd.docker.container.image.v1+json"), ArtifactKind.IMAGE),
        (manifest(config="application/octet-stream"), ArtifactKind.IMAGE),
        (manifest(layers=("application/vnd.example.layer",)), ArtifactKind.IMAGE),
        (
            manifest("application/vnd.cncf.helm.config.v1+json", ("application/tar+gzip",)),
            ArtifactKind.HELM_CHART,
        ),
        (manifest("application/vnd.wasm.config.v0+json", ("application/wasm",)), ArtifactKind.WASM),
        (
            manifest(layers=("application/vnd.dev.cosign.simplesigning.v1+json",)),
            ArtifactKind.SIGNATURE,
        ),
        (
            manifest("application/vnd.cncf.notary.signature", ("application/jose+json",)),
            ArtifactKind.SIGNATURE,
        ),
        (manifest(layers=("application/vnd.in-toto+json",)), ArtifactKind.ATTESTATION),
        (manifest(layers=("application/vnd.dsse.envelope.v1+json",)), ArtifactKind.ATTESTATION),
        (manifest(layers=("application/vnd.cyclonedx+json",)), ArtifactKind.SBOM),
        (
            manifest(
                "application/vnd.oci.empty.v1+json",
                ("application/vnd.oci.empty.v1+json",),
                artifactType="application/spdx+json",
            ),
            ArtifactKind.SBOM,
        ),
        (manifest("application/vnd.docker.plugin.v1+json"), ArtifactKind.DOCKER_PLUGIN),
        (manifest("application/vnd.cncf.model.config.v1+json", ("x",)), ArtifactKind.MODEL),
        (manifest("application/vnd.oci.empty.v1+json", ("text/plain",)), ArtifactKind.OTHER),
        (manifest("application/vnd.unknown.config.v1+json"), ArtifactKind.OTHER),
    ],
    ids=range(17),
)
def test_an_artifact_is_no_runnable_image_and_is_called_by_its_name(document, kind):
    found = read(document)
    assert isinstance(found, Manifest)
    assert found.kind is kind
    assert found.is_runnable == (kind is ArtifactKind.IMAGE)


def test_the_platform_of_a_single_image_stands_in_its_configuration():
    data = json.dumps({"os": "linux", "architecture": "arm64", "variant": "v8", "config": {}})
    assert str(parse_config_platform(data.encode())) == "linux/arm64/v8"
    with pytest.raises(InvalidManifest):
        parse_config_platform(b'{"os": 1}')
