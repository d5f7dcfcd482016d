"""The images of the fault registry: real bytes, the same on every run, digests right.

Every repository holds the tags 1.0, 1.1 and latest; 1.1 and latest are one image. Each is an OCI
index for linux/amd64 and linux/arm64, with configs and one small layer that a runtime can unpack.
"""

import functools
import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
TAGS = ("1.0", "1.1", "latest")
ARCHITECTURES = ("amd64", "arm64")


@dataclass
class Stored:
    """What one repository holds."""

    tags: dict[str, str] = field(default_factory=dict)
    """Tag to digest."""
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """Digest to media type and bytes."""
    blobs: dict[str, bytes] = field(default_factory=dict)

    def put_blob(self, data: bytes) -> dict[str, object]:
        digest = sha256(data)
        self.blobs[digest] = data
        return {"digest": digest, "size": len(data)}

    def put_manifest(self, media_type: str, document: dict[str, object]) -> dict[str, object]:
        data = encoded(document)
        digest = sha256(data)
        self.manifests[digest] = (media_type, data)
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    def resolve(self, wanted: str) -> tuple[str, str, bytes] | None:
        """Digest, media type and bytes of a tag or digest."""
        digest = self.tags.get(wanted, wanted)
        if digest not in self.manifests:
            return None
        return (digest, *self.manifests[digest])


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def encoded(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


@functools.lru_cache(maxsize=256)
def repository(name: str, tags: tuple[str, ...] = TAGS) -> Stored:
    """Everything that a healthy repository of this name holds."""
    stored = Stored()
    newest: dict[str, object] = {}
    for tag in tags:
        if tag != "latest" or not newest:
            newest = _index(stored, name, tag)
        stored.tags[tag] = str(newest["digest"])
    return stored


@functools.lru_cache(maxsize=64)
def single(name: str, kind: str = "oci") -> Stored:
    """A repository whose tags are no index: ``oci``, ``docker``, ``schema1`` or ``artifact``."""
    stored = Stored()
    if kind == "schema1":
        document: dict[str, object] = {"schemaVersion": 1, "name": name, "tag": "1.0"}
        descriptor = stored.put_manifest(
            SCHEMA_1, {**document, "architecture": "amd64", "fsLayers": [], "history": []}
        )
    elif kind == "artifact":
        config = {"mediaType": "application/vnd.cncf.helm.config.v1+json"}
        chart = {"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip"}
        descriptor = stored.put_manifest(
            OCI_MANIFEST,
            {
                "schemaVersion": 2,
                "mediaType": OCI_MANIFEST,
                "config": config | stored.put_blob(b'{"name":"chart","version":"1.0.0"}'),
                "layers": [chart | stored.put_blob(_layer(name))],
            },
        )
    else:
        media_type = DOCKER_MANIFEST if kind == "docker" else OCI_MANIFEST
        descriptor = _manifest(stored, name, "1.0", "amd64", media_type)
    stored.tags = dict.fromkeys(TAGS, str(descriptor["digest"]))
    return stored


def _index(stored: Stored, name: str, tag: str) -> dict[str, object]:
    children = [
        _manifest(stored, name, tag, architecture)
        | {"platform": {"os": "linux", "architecture": architecture}}
        for architecture in ARCHITECTURES
    ]
    document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": children}
    return stored.put_manifest(OCI_INDEX, document)


def _manifest(
    stored: Stored, name: str, tag: str, architecture: str, media_type: str = OCI_MANIFEST
) -> dict[str, object]:
    is_docker = media_type == DOCKER_MANIFEST
    layer = _layer(name)
    config = {
        "os": "linux",
        "architecture": architecture,
        "config": {"Cmd": ["/hello"], "Labels": {"version": tag}},
        "rootfs": {"type": "layers", "diff_ids": [sha256(gzip.decompress(layer))]},
    }
    config_type = "application/vnd.docker.container.image.v1+json" if is_docker else CONFIG
    layer_type = "application/vnd.docker.image.rootfs.diff.tar.gzip" if is_docker else LAYER
    document = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": {"mediaType": config_type} | stored.put_blob(encoded(config)),
        "layers": [{"mediaType": layer_type} | stored.put_blob(layer)],
    }
    return stored.put_manifest(media_type, document)


@functools.lru_cache(maxsize=256)
def _layer(name: str) -> bytes:
    """One file; no time, no owner, so that the digest never changes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        content = f"hello from {name}\n".encode()
        member = tarfile.TarInfo("hello")
        member.size = len(content)
        member.mode = 0o755
        archive.addfile(member, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)
