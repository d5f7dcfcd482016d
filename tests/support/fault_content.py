"""Healthy answers of the fault registry, and the refusals that its styles describe."""

import functools
import json
import re
from dataclasses import dataclass

from aiohttp import web

from fault_images import TAGS, Stored, repository, single
from fault_styles import STYLES, V2, No, Style


@dataclass(frozen=True)
class Asked:
    """What one request to ``/v2/`` is about."""

    repository: str
    kind: str
    """``manifests``, ``blobs`` or ``tags``."""
    reference: str
    skip: int = 0
    """Components that are done with (``slow``)."""

    @property
    def fault(self) -> str:
        parts = self.repository.split("/")
        return parts[self.skip] if self.skip < len(parts) else "ok"

    @property
    def last(self) -> str:
        return self.repository.split("/")[-1]

    def inner(self) -> "Asked":
        return Asked(self.repository, self.kind, self.reference, self.skip + 1)

    def style(self) -> tuple[Style, bool]:
        """The style of this repository, and whether all of it is private."""
        for prefix, is_private in (("style-", False), ("anonymous-denied-", True)):
            if self.fault.startswith(prefix):
                return STYLES[self.fault.removeprefix(prefix)], is_private
        if self.fault in ("private", "basic"):
            return STYLES["token" if self.fault == "private" else "htpasswd"], True
        if self.fault.startswith(("token-", "evil-", "challenge-")):
            return STYLES["token"], False
        return STYLES["distribution"], False

    def stored(self) -> Stored:
        if self.fault == "docker":
            return single(self.repository, "docker")
        if self.fault in ("single", "missing-blob", "redirect-blob-single"):
            return single(self.repository, "oci")
        if self.fault in ("schema1", "artifact"):
            return single(self.repository, self.fault)
        if self.fault == "missing-tag":
            return repository(self.repository, ("0.9", "latest"))
        many = re.fullmatch(r"many-(\d{1,5})", self.fault)
        return repository(self.repository, TAGS + _numbered(int(many[1])) if many else TAGS)


@functools.lru_cache(maxsize=16)
def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"{n // 100}.{n // 10 % 10}.{n % 10}" for n in range(count))


def serve(request: web.Request, asked: Asked, *, allowed: bool = False) -> web.StreamResponse:
    """What a sound registry answers; ``allowed``: the login was already looked at."""
    style, _ = asked.style()
    if asked.last == "gone" and not allowed:
        return refuse(request, style.missing_tags if asked.kind == "tags" else style.missing, asked)
    if asked.kind == "tags":
        return _tags(request, asked)
    if asked.kind == "blobs":
        return _blob(request, asked)
    found = asked.stored().resolve(asked.reference)
    if found is None:
        return refuse(request, style.missing_tag, asked)
    digest, media_type, data = found
    headers = {**style.headers, "Docker-Content-Digest": digest}
    quota = re.fullmatch(r"quota-(\d+)", asked.fault)
    if quota:
        headers["ratelimit-limit"] = "100;w=21600"
        headers["ratelimit-remaining"] = f"{quota[1]};w=21600"
    return web.Response(body=data, headers=headers | {"Content-Type": media_type})


def _tags(request: web.Request, asked: Asked) -> web.Response:
    tags = sorted(asked.stored().tags)
    count = int(request.query.get("n", "10000"))
    after = request.query.get("last", "")
    page = [tag for tag in tags if tag > after][:count]
    headers = dict(V2)
    if page and page[-1] != tags[-1]:
        target = f"/v2/{asked.repository}/tags/list?last={page[-1]}&n={count}"
        headers["Link"] = f'<{target}>; rel="next"'
    return web.json_response({"name": asked.repository, "tags": page}, headers=headers)


def _blob(request: web.Request, asked: Asked) -> web.Response:
    data = asked.stored().blobs.get(asked.reference)
    if data is None:
        return refuse(request, No(404, "BLOB_UNKNOWN", "blob unknown to registry"), asked)
    headers = V2 | {"Docker-Content-Digest": asked.reference}
    return web.Response(body=data, headers=headers | {"Content-Type": "application/octet-stream"})


def refuse(request: web.Request, no: No, asked: Asked, *, with_token: bool = False) -> web.Response:
    """The answer that a style gives for one kind of no."""
    style, _ = asked.style()
    headers = dict(style.headers)
    if no.challenge == "basic":
        headers["WWW-Authenticate"] = 'Basic realm="fault registry"'
    elif no.challenge:
        error = ',error="insufficient_scope"' if with_token else ""
        headers["WWW-Authenticate"] = bearer(request, asked, style) + error
    if no.body:
        return web.Response(status=no.status, text=no.body, headers=headers)
    message = no.message.format(repository=asked.repository, tag=asked.reference)
    body = {"errors": [{"code": no.code, "message": message, "detail": None}]}
    return web.Response(
        status=no.status,
        body=json.dumps(body).encode() if no.code else b"",
        headers=headers | {"Content-Type": "application/json"},
    )


def bearer(request: web.Request, asked: Asked, style: Style) -> str:
    realm = f"{request.scheme}://{request.host}{style.realm}"
    scope = f"repository:{asked.repository}:pull"
    return f'Bearer realm="{realm}",service="{style.service}",scope="{scope}"'
