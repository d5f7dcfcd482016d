"""Push tiny images to a registry, and delete them: the push side of the distribution protocol."""

import base64
import hashlib
import io
import json
import re
import ssl
import tarfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from platform import machine
from typing import Any

import httpx

OCI = "application/vnd.oci.image."
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
THIS_PLATFORM = f"linux/{ARCHITECTURES[machine()]}"
MANIFEST, INDEX = f"{OCI}manifest.v1+json", f"{OCI}index.v1+json"


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pusher:
    """A registry by its address; ``program`` is a static program that images run."""

    url: str
    program: Path
    ca: str | None = None
    login: tuple[str, str] | None = None
    host: str = ""
    """The name that the certificate is for, where ``url`` holds an address."""
    token_url: str | None = None
    """Where the token server is reached, for a registry that wants tokens."""

    def _client(self) -> httpx.Client:
        auth: Any = self.login
        if self.token_url is not None and self.login is not None:
            auth = _TokenAuth(self.token_url, self.login)
        verify: Any = ssl.create_default_context(cadata=self.ca) if self.ca else True
        headers = {"Host": self.host} if self.host else {}
        return httpx.Client(
            base_url=self.url, verify=verify, auth=auth, headers=headers, trust_env=False,
            timeout=30, follow_redirects=False,
        )  # fmt: skip

    def _extensions(self) -> dict[str, Any]:
        return {"sni_hostname": self.host} if self.host else {}

    def push(self, repository: str, *tags: str, platform: str = THIS_PLATFORM,
             content: str = "") -> str:  # fmt: skip
        """Push one image under some tags; its digest. ``content`` makes it differ from others."""
        system, architecture = platform.split("/")[:2]
        layer = self._layer(content or f"{repository}:{tags}")
        config = json.dumps(
            {
                "architecture": architecture,
                "os": system,
                "rootfs": {"type": "layers", "diff_ids": [digest_of(layer)]},
                "config": {"Entrypoint": ["/pause"]},
            }
        ).encode()
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": _descriptor(f"{OCI}config.v1+json", config),
                "layers": [_descriptor(f"{OCI}layer.v1.tar", layer)],
            }
        ).encode()
        with self._client() as client:
            for blob in (config, layer):
                self._blob(client, repository, blob)
            for tag in (*tags, digest_of(manifest)):
                self._put(client, repository, tag, MANIFEST, manifest)
        return digest_of(manifest)

    def push_index(self, repository: str, tag: str, *platforms: str) -> str:
        """Push an index of one image a platform."""
        entries = []
        for platform in platforms:
            system, architecture = platform.split("/")
            digest = self.push(repository, f"{tag}-{architecture}", platform=platform)
            with self._client() as client:
                found = client.get(
                    f"/v2/{repository}/manifests/{digest}", headers={"Accept": MANIFEST},
                    extensions=self._extensions(),
                )  # fmt: skip
            entries.append(
                {
                    **_descriptor(MANIFEST, found.content),
                    "platform": {"os": system, "architecture": architecture},
                }
            )
        index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
        with self._client() as client:
            self._put(client, repository, tag, INDEX, index)
        return digest_of(index)

    def delete(self, repository: str, digest: str) -> None:
        """Delete a manifest and every tag on it."""
        with self._client() as client:
            done = client.delete(
                f"/v2/{repository}/manifests/{digest}", extensions=self._extensions()
            )
            done.raise_for_status()

    def _layer(self, content: str) -> bytes:
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w") as tar:
            for name, data, mode in (
                ("pause", self.program.read_bytes(), 0o755),
                ("content", content.encode(), 0o644),
            ):
                info = tarfile.TarInfo(name)
                info.size, info.mode = len(data), mode
                tar.addfile(info, io.BytesIO(data))
        return raw.getvalue()

    def _blob(self, client: httpx.Client, repository: str, data: bytes) -> None:
        digest = digest_of(data)
        head = client.head(f"/v2/{repository}/blobs/{digest}", extensions=self._extensions())
        if head.status_code == 200:
            return
        begun = client.post(f"/v2/{repository}/blobs/uploads/", extensions=self._extensions())
        begun.raise_for_status()
        where = httpx.URL(begun.headers["Location"])
        path = where.raw_path.decode()
        separator = "&" if "?" in path else "?"
        done = client.put(
            f"{path}{separator}digest={digest}", content=data, extensions=self._extensions()
        )
        done.raise_for_status()

    def _put(self, client: httpx.Client, repository: str, tag: str, kind: str, data: bytes) -> None:
        done = client.put(
            f"/v2/{repository}/manifests/{tag}", content=data, headers={"Content-Type": kind},
            extensions=self._extensions(),
        )  # fmt: skip
        done.raise_for_status()


def _descriptor(kind: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest_of(data), "size": len(data)}


class _TokenAuth(httpx.Auth):
    """Fetches a token for whatever the registry's challenge asks."""

    requires_response_body = True

    def __init__(self, url: str, login: tuple[str, str]) -> None:
        self._url = url
        self._basic = base64.b64encode(":".join(login).encode()).decode()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        response = yield request
        if response.status_code != 401:
            return
        challenge = dict(re.findall(r'(\w+)="([^"]*)"', response.headers["WWW-Authenticate"]))
        realm = httpx.URL(challenge["realm"])
        answer = yield httpx.Request(
            "GET", f"{self._url}{realm.path}",
            headers={"Host": realm.host, "Authorization": f"Basic {self._basic}"},
            params={"service": challenge["service"], "scope": challenge["scope"]},
            extensions={**request.extensions, "sni_hostname": realm.host},
        )  # fmt: skip
        request.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        yield request
