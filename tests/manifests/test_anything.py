"""Laws that hold for every document."""

import contextlib
import json

import hypothesis.strategies as st
from hypothesis import given, settings

from pullproof.manifest import (
    INDEX_TYPES,
    MANIFEST_TYPES,
    Index,
    InvalidManifest,
    Manifest,
    parse_config_platform,
    parse_manifest,
)
from pullproof.platforms import Platform, choose

SHA = "sha256:" + "0" * 64
TYPES = [*sorted(INDEX_TYPES | MANIFEST_TYPES), "application/vnd.oci.image.config.v1+json", ""]
NAMES = [
    *("schemaVersion", "mediaType", "config", "layers", "manifests", "fsLayers", "digest", "size"),
    *("platform", "os", "architecture", "variant", "os.version", "os.features", "annotations"),
    *("artifactType", "Manifests", "CONFIG", "subject", "vnd.docker.reference.type"),
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from([*TYPES, SHA, "linux", "unknown", "attestation-manifest"]),
)
DESCRIPTORS = st.fixed_dictionaries(
    {"mediaType": st.sampled_from(TYPES), "digest": st.just(SHA)},
    optional={
        "size": st.integers(0, 99) | SCALARS,
        "platform": st.dictionaries(st.sampled_from(["os", "architecture", "variant"]), SCALARS)
        | st.just({"os": "linux", "architecture": "amd64"}),
        "artifactType": SCALARS,
    },
)
VALUES = st.recursive(
    SCALARS | DESCRIPTORS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=12,
)
DOCUMENTS = st.one_of(
    VALUES,
    st.fixed_dictionaries(
        {"config": DESCRIPTORS}, optional={"layers": st.lists(DESCRIPTORS), "mediaType": SCALARS}
    ),
    st.fixed_dictionaries(
        {"manifests": st.lists(DESCRIPTORS)}, optional={"mediaType": SCALARS, "layers": VALUES}
    ),
)


def laws(data, content_type):
    try:
        found = parse_manifest(data, content_type)
    except InvalidManifest as refusal:
        message = str(refusal)
        assert message.isprintable()  # either outcome has its law
        return
    if isinstance(found, Index):
        assert found.media_type in INDEX_TYPES
        assert set(found.images) <= set(found.manifests)
        choose([one.platform for one in found.images], Platform(os="linux", architecture="arm"))
    else:
        assert isinstance(found, Manifest)
        assert found.media_type in MANIFEST_TYPES
        assert found.kind


@settings(max_examples=1000, deadline=None)
@given(DOCUMENTS, st.sampled_from(TYPES))
def test_any_document_is_read_or_refused(document, content_type):
    laws(json.dumps(document).encode(), content_type)


@settings(max_examples=500, deadline=None)
@given(st.binary(), st.sampled_from(TYPES) | st.text())
def test_any_bytes_are_read_or_refused(data, content_type):
    laws(data, content_type)


@settings(max_examples=500, deadline=None)
@given(DOCUMENTS)
def test_nothing_is_an_index_and_a_manifest(document):
    data = json.dumps(document).encode()
    read = 0
    for content_type in (TYPES[1], TYPES[2]):
        try:
            parse_manifest(data, content_type)
            read += isinstance(document, dict) and bool({"config", "manifests"} & set(document))
        except InvalidManifest:
            pass
    assert read <= 1


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS)
def test_any_configuration_has_a_platform_or_is_refused(document):
    with contextlib.suppress(InvalidManifest):
        assert isinstance(parse_config_platform(json.dumps(document).encode()), Platform)
