"""Manifests and indexes, read from bytes that anybody may have written.

What is refused here is what a node would refuse, or what no node should be given to read twice in
two ways (CVE-2021-41190). Bounded in size and depth; nothing but InvalidManifest is raised.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pullproof.digest import Digest, InvalidDigest, parse_digest
from pullproof.errors import PullproofError
from pullproof.platforms import Platform

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

INDEX_TYPES = frozenset({OCI_INDEX, DOCKER_LIST})
MANIFEST_TYPES = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
SCHEMA_1_TYPES = frozenset(
    {
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    }
)

ACCEPT = ", ".join((OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST))
"""The ``Accept`` header for a manifest, with HEAD and GET alike.

Complete on purpose: registries answer 404, or convert, when the one type that they hold is missing.
Without schema 1, which containerd gave up in 2.0: a registry that has nothing else says so.
"""

MAX_MANIFEST_BYTES = 4 * 1024 * 1024
"""As containerd and the registries: larger ones are not pulled."""
_MAX_TEXT_CHARACTERS = 256
_MAX_SIZE = (1 << 63) - 1

_ATTESTATION_MARK = "vnd.docker.reference.type"
# https://github.com/moby/buildkit/blob/v0.25.0/docs/attestations/attestation-storage.md


class InvalidManifest(PullproofError):
    """Bytes that no node would take for a manifest or an index; the message says why."""


class ObsoleteManifest(InvalidManifest):
    """Docker's schema 1: it is there, and no current runtime pulls it."""


class ArtifactKind(StrEnum):
    """What a manifest describes; all but an image cannot be run."""

    IMAGE = "image"
    HELM_CHART = "Helm chart"
    WASM = "WebAssembly module"
    SIGNATURE = "signature"
    ATTESTATION = "attestation"
    SBOM = "SBOM"
    MODEL = "AI model"
    DOCKER_PLUGIN = "Docker plugin"
    OTHER = "OCI artifact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """A reference by digest from a manifest or an index."""

    media_type: str
    digest: Digest
    size_bytes: int
    platform: Platform | None = None
    """None: not said, which is usual in a manifest and possible in an index."""
    artifact_type: str = ""
    is_attestation: bool = False
    """Provenance or an SBOM that BuildKit puts beside the images."""

    @property
    def is_index(self) -> bool:
        """Whether it leads to another index."""
        return self.media_type in INDEX_TYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One image, or one artifact in an image's clothes."""

    media_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]
    artifact_type: str = ""

    @property
    def kind(self) -> ArtifactKind:
        """What it describes, by its media types."""
        return _kind(self)

    @property
    def is_runnable(self) -> bool:
        """Whether a container can be made of it."""
        return self.kind is ArtifactKind.IMAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """The images of one tag, for several platforms."""

    media_type: str
    manifests: tuple[Descriptor, ...]
    """All entries, in order."""
    artifact_type: str = ""

    @property
    def images(self) -> tuple[Descriptor, ...]:
        """The entries that can be an image: no attestations, no artifacts, no foreign types."""
        return tuple(one for one in self.manifests if _may_be_image(one))


def parse_manifest(data: bytes, content_type: str) -> Manifest | Index:
    """Read a manifest or an index as the type that the registry gave with it.

    Raises InvalidManifest, and ObsoleteManifest for schema 1.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in SCHEMA_1_TYPES:
        raise ObsoleteManifest("a schema 1 manifest, which current runtimes do not pull")
    if media_type not in INDEX_TYPES | MANIFEST_TYPES:
        raise InvalidManifest(f"no manifest media type: {_clean(content_type)!r}")
    document = _document(data)
    if "fslayers" in document:
        raise ObsoleteManifest("a schema 1 manifest, which current runtimes do not pull")
    stated = _text(document, "mediatype").lower()
    if media_type in INDEX_TYPES:
        if "config" in document or "layers" in document or stated in MANIFEST_TYPES:
            raise InvalidManifest("given as an index, but it reads as a manifest")
        return _index(document, media_type)
    if "manifests" in document or stated in INDEX_TYPES:
        raise InvalidManifest("given as a manifest, but it reads as an index")
    return _manifest(document, media_type)


def parse_config_platform(data: bytes) -> Platform:
    """Read the platform that an image configuration names. Raises InvalidManifest."""
    return _platform(_document(data))


def _document(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_MANIFEST_BYTES:
        raise InvalidManifest(f"larger than {MAX_MANIFEST_BYTES} bytes")
    try:
        # Go puts a replacement for what is not UTF-8 and reads on.
        document = json.loads(
            data.decode("utf-8", "replace"), object_pairs_hook=_folded, parse_constant=_no_constant
        )
    except RecursionError as error:
        raise InvalidManifest("nested too deep") from error
    except ValueError as error:  # not JSON, or a number of thousands of digits
        raise InvalidManifest(f"not JSON: {_clean(str(error))}") from error
    if not isinstance(document, dict):
        raise InvalidManifest("not a JSON object")
    return document


def _folded(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Read names without regard to case, the last one wins: so does Go, which the nodes run."""
    return {name.casefold(): value for name, value in pairs}


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def _index(document: Mapping[str, Any], media_type: str) -> Index:
    return Index(
        media_type=media_type,
        manifests=_descriptors(document, "manifests"),
        artifact_type=_text(document, "artifacttype"),
    )


def _manifest(document: Mapping[str, Any], media_type: str) -> Manifest:
    config = document.get("config")
    if not isinstance(config, dict):
        raise InvalidManifest("a manifest without config")
    return Manifest(
        media_type=media_type,
        config=_descriptor(config),
        layers=_descriptors(document, "layers"),
        artifact_type=_text(document, "artifacttype"),
    )


def _descriptors(document: Mapping[str, Any], name: str) -> tuple[Descriptor, ...]:
    entries = document.get(name)
    if entries is None:
        return ()
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise InvalidManifest(f"{name} is not a list of objects")
    return tuple(_descriptor(one) for one in entries)


def _descriptor(entry: Mapping[str, Any]) -> Descriptor:
    size = entry.get("size", 0)
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= _MAX_SIZE:
        raise InvalidManifest("a size that is no count of bytes")
    platform = entry.get("platform")
    if platform is not None and not isinstance(platform, dict):
        raise InvalidManifest("a platform that is no object")
    annotations = entry.get("annotations")
    mark = annotations.get(_ATTESTATION_MARK) if isinstance(annotations, dict) else None
    written = None if platform is None else _platform(platform)
    return Descriptor(
        media_type=_text(entry, "mediatype").lower(),
        digest=_digest(entry),
        size_bytes=size,
        platform=written,
        artifact_type=_text(entry, "artifacttype"),
        is_attestation=mark == "attestation-manifest" or _is_unknown(written),
    )


def _digest(entry: Mapping[str, Any]) -> Digest:
    written = entry.get("digest")
    if not isinstance(written, str):
        raise InvalidManifest("a descriptor without digest")
    try:
        return parse_digest(written)
    except InvalidDigest as error:
        raise InvalidManifest(f"a descriptor with a wrong digest: {_clean(written)!r}") from error


def _platform(entry: Mapping[str, Any]) -> Platform:
    features = entry.get("os.features")
    if not isinstance(features, list):
        features = []
    return Platform(
        os=_text(entry, "os"),
        architecture=_text(entry, "architecture"),
        variant=_text(entry, "variant"),
        os_version=_text(entry, "os.version"),
        os_features=tuple(_clean(one) for one in features if isinstance(one, str)),
    )


def _is_unknown(platform: Platform | None) -> bool:
    return platform is not None and "unknown" in (platform.os, platform.architecture)


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidManifest(f"{name} is not text")
    return _clean(value)


def _clean(text: str) -> str:
    """Shorten and defuse what a registry wrote: it may be shown, and must be encodable."""
    head = text[:_MAX_TEXT_CHARACTERS]
    return head if head.isascii() and head.isprintable() else "".join(map(_plain, head))


def _plain(one: str) -> str:
    return one if one.isascii() and one.isprintable() else "?"


_IMAGE_CONFIGS = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
        # Old registries lost the type of the configuration; the runtimes do not look at it.
        "application/octet-stream",
        "",
    }
)
_KINDS = (
    ("helm", ArtifactKind.HELM_CHART),
    ("wasm", ArtifactKind.WASM),
    ("simplesigning", ArtifactKind.SIGNATURE),
    ("cosign.signature", ArtifactKind.SIGNATURE),
    ("notary.signature", ArtifactKind.SIGNATURE),
    ("sigstore.bundle", ArtifactKind.SIGNATURE),
    ("in-toto", ArtifactKind.ATTESTATION),
    ("dsse", ArtifactKind.ATTESTATION),
    ("spdx", ArtifactKind.SBOM),
    ("cyclonedx", ArtifactKind.SBOM),
    ("syft", ArtifactKind.SBOM),
    ("sbom", ArtifactKind.SBOM),
    ("cncf.model", ArtifactKind.MODEL),
    ("ollama", ArtifactKind.MODEL),
    ("ai.model", ArtifactKind.MODEL),
    ("docker.plugin", ArtifactKind.DOCKER_PLUGIN),
)
"""Parts of media types that tell an artifact's kind."""


def _kind(manifest: Manifest) -> ArtifactKind:
    # cosign and BuildKit give their artifacts an image's configuration: the layers tell.
    layers = [one.media_type for one in manifest.layers]
    is_config_of_image = manifest.config.media_type in _IMAGE_CONFIGS
    if is_config_of_image and (not layers or any(map(_is_image_layer, layers))):
        return ArtifactKind.IMAGE
    for said in (manifest.config.media_type, manifest.artifact_type, *layers):
        for part, kind in _KINDS:
            if part in said.lower():
                return kind
    # Layers of a type that nobody knows, under an image's configuration: no "no" from us.
    return ArtifactKind.IMAGE if is_config_of_image else ArtifactKind.OTHER


def _is_image_layer(media_type: str) -> bool:
    return media_type.startswith(
        ("application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs.")
    )


def _may_be_image(entry: Descriptor) -> bool:
    if entry.is_attestation:
        return False
    if entry.is_index:
        return True
    is_manifest = entry.media_type in MANIFEST_TYPES
    return is_manifest and (not entry.artifact_type or entry.artifact_type in _IMAGE_CONFIGS)
