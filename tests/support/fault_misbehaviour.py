"""What a registry must not do and may: statuses, floods, resets, redirects."""

import asyncio
import gzip
import json
import re
import socket
import struct
from contextlib import suppress
from http import HTTPStatus

from aiohttp import web

from fault_content import Asked, bearer, refuse
from fault_images import OCI_INDEX, sha256
from fault_styles import No

CLOSING = web.AppKey("closing", asyncio.Event)
"""Set when the server ends, so that what hangs lets go."""

_CODES = {401: "UNAUTHORIZED", 403: "DENIED", 404: "MANIFEST_UNKNOWN", 429: "TOOMANYREQUESTS"}
_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>"
_CHUNK = b'{"errors":[' + b" " * 65_536


async def behave(request: web.Request, asked: Asked) -> web.StreamResponse | None:
    """Misbehave as the fault says; None: go on as usual."""
    for rule in (_status, _odd_body, _image, _redirect, _realm):
        answer = rule(request, asked)
        if answer is not None:
            return answer
    return await _wire(request, asked)


def _status(request: web.Request, asked: Asked) -> web.Response | None:
    match = re.fullmatch(r"status-(\d{3})", asked.fault)
    if match:
        status = int(match[1])
        known = {one.value: one.phrase for one in HTTPStatus}
        phrase = known.get(status, "unknown")
        code = _CODES.get(status, "UNAVAILABLE" if status == 503 else "UNKNOWN")
        return refuse(request, No(status, code, phrase.lower()), asked)
    if asked.fault == "limited":
        answer = refuse(request, No(429, "TOOMANYREQUESTS", "You have reached your limit."), asked)
        answer.headers["Retry-After"] = "7"
        return answer
    if asked.fault in ("missing-tag", "missing-repo"):
        code = "MANIFEST_UNKNOWN" if asked.fault == "missing-tag" else "NAME_UNKNOWN"
        if asked.kind == "tags" and asked.fault == "missing-tag":
            return None
        return refuse(request, No(404, code, "unknown"), asked)
    heads = {"lying-head": 404, "head-405": 405, "head-400": 400}
    if asked.fault in heads and request.method == "HEAD":
        return web.Response(status=heads[asked.fault])
    if asked.fault == "ns" and not request.query.get("ns"):
        return refuse(request, No(404, "NAME_UNKNOWN", "which registry?"), asked)
    return None


def _odd_body(request: web.Request, asked: Asked) -> web.Response | None:
    pages = {
        "html": (200, _PAGE, "text/html"),
        "html-404": (404, "<html><body>default backend - 404</body></html>", "text/html"),
        "plain-404": (404, "404 page not found\n", "text/plain"),
        "empty-404": (404, "", "text/plain"),
    }
    if asked.fault in pages:
        status, text, media_type = pages[asked.fault]
        return web.Response(status=status, text=text, content_type=media_type)
    if asked.fault == "not-json":
        return web.Response(body=b"{{{", headers={"Content-Type": OCI_INDEX})
    if asked.fault == "gzip":
        bomb = gzip.compress(b"\0" * 50_000_000, 1)
        headers = {"Content-Type": OCI_INDEX, "Content-Encoding": "gzip"}
        return web.Response(body=bomb, headers=headers)
    return None


def _image(request: web.Request, asked: Asked) -> web.Response | None:
    stored = asked.stored()
    found = stored.resolve(asked.reference) if asked.kind == "manifests" else None
    if asked.fault == "index-missing-child" and asked.reference.startswith("sha256:"):
        index_digests = set(stored.tags.values())
        if found is not None and found[0] not in index_digests:
            return refuse(request, No(404, "MANIFEST_UNKNOWN", "manifest unknown"), asked)
    if asked.fault == "missing-blob" and asked.kind == "blobs":
        return refuse(request, No(404, "BLOB_UNKNOWN", "blob unknown to registry"), asked)
    if found is None:
        return None
    digest, media_type, data = found
    if asked.fault == "head-nodigest":
        if request.method == "HEAD":
            return web.Response(headers={"Content-Type": media_type, "Content-Length": "0"})
        return web.Response(body=data, headers={"Content-Type": media_type})
    if asked.fault == "wrong-type":
        return web.Response(body=b'{"hello":"world"}', headers={"Content-Type": "application/json"})
    if asked.fault == "changed":
        document = json.loads(data) | {"annotations": {"changed": "yes"}}
        changed = json.dumps(document).encode()
        # Of a tag it tells the digest of the bytes that it no longer has; of a digest, none.
        told = {} if asked.reference.startswith("sha256:") else {"Docker-Content-Digest": digest}
        assert sha256(changed) != digest
        return web.Response(body=changed, headers=told | {"Content-Type": media_type})
    return None


def _redirect(request: web.Request, asked: Asked) -> web.Response | None:
    here = f"{request.scheme}://{request.host}"
    other = f"{request.scheme}://{other_host(request)}"
    healthy = re.sub(r"^/v2/[^/]+/", "/v2/ok/", request.path)
    targets = {
        "redirect-ok": healthy,
        "redirect-other": other + healthy,
        "redirect-loop": here + request.path,
        "redirect-http": f"http://{request.host}{healthy}",
        "redirect-private": f"{request.scheme}://169.254.169.254/latest/meta-data/",
        "redirect-userinfo": f"{request.scheme}://user:secret@{request.host}{healthy}",
        "redirect-odd": "gopher://[::1/\u202e",
    }
    if asked.fault == "redirect-nowhere":
        return web.Response(status=307)
    loopback = re.fullmatch(r"redirect-loopback-(\d+)", asked.fault)
    if loopback:
        targets[asked.fault] = f"{request.scheme}://127.0.0.1:{loopback[1]}{healthy}"
    named = re.fullmatch(r"redirect-name-([a-z0-9.-]+)", asked.fault)
    if named:
        targets[asked.fault] = f"{request.scheme}://{named[1]}{healthy}"
    if asked.fault in ("redirect-blob", "redirect-blob-single") and asked.kind == "blobs":
        signed = f"{other}/storage/{asked.reference}?X-Amz-Signature=secret&of={asked.repository}"
        return web.Response(status=307, headers={"Location": signed})
    if asked.fault in targets:
        return web.Response(status=307, headers={"Location": targets[asked.fault]})
    return None


async def storage(request: web.Request) -> web.StreamResponse:
    """Signed object storage: refuses a request that brings a login of its own."""
    if "Authorization" in request.headers:
        return web.Response(status=400, text="Only one auth mechanism allowed")
    asked = Asked(request.query.get("of", ""), "blobs", request.match_info["digest"])
    data = asked.stored().blobs.get(asked.reference)
    return web.Response(status=404) if data is None else web.Response(body=data)


def _realm(request: web.Request, asked: Asked) -> web.Response | None:
    if not asked.fault.startswith("evil-realm") or "Authorization" in request.headers:
        return None
    usual = bearer(request, asked, asked.style()[0])
    here = f"{request.scheme}://{request.host}"
    targets = {
        "evil-realm": f"{request.scheme}://169.254.169.254",
        "evil-realm-other": f"{request.scheme}://{other_host(request)}",
        "evil-realm-http": f"http://{request.host}",
        "evil-realm-userinfo": f"{request.scheme}://user:secret@{request.host}",
    }
    loopback = re.fullmatch(r"evil-realm-loopback-(\d+)", asked.fault)
    if loopback:
        targets[asked.fault] = f"{request.scheme}://127.0.0.1:{loopback[1]}"
    named = re.fullmatch(r"evil-realm-name-([a-z0-9.-]+)", asked.fault)
    if named:
        targets[asked.fault] = f"{request.scheme}://{named[1]}"
    answer = refuse(request, No(401, "UNAUTHORIZED", "authentication required"), asked)
    answer.headers["WWW-Authenticate"] = usual.replace(here, targets[asked.fault])
    return answer


async def _wire(request: web.Request, asked: Asked) -> web.StreamResponse | None:
    if asked.fault == "hang":
        await request.app[CLOSING].wait()
        return web.Response(status=503)
    if asked.fault == "flood":
        return await flood(request, OCI_INDEX)
    raw = {
        "truncated": b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: 999\r\n\r\n{"
        % OCI_INDEX.encode(),
        "hang-body": b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{",
        "headers": b"HTTP/1.1 200 OK\r\n" + b"X-Flood: %s\r\n" % (b"x" * 400) * 1000 + b"\r\n",
        "garbage": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        "closed": b"",
        "reset": b"",
    }
    if asked.fault not in raw or request.transport is None:
        return None
    if raw[asked.fault]:
        request.transport.write(raw[asked.fault])
    if asked.fault == "hang-body":
        await request.app[CLOSING].wait()
    if asked.fault == "reset":
        connection = request.transport.get_extra_info("socket")
        # No lingering: close() then sends a reset, not an end.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    elif request.transport is not None:
        request.transport.close()
    return web.Response(status=500)


async def flood(request: web.Request, media_type: str) -> web.StreamResponse:
    """A body without end, until the other side has enough."""
    answer = web.StreamResponse(headers={"Content-Type": media_type})
    await answer.prepare(request)
    with suppress(ConnectionError):
        while not request.app[CLOSING].is_set():
            await answer.write(_CHUNK)
    return answer


def other_host(request: web.Request) -> str:
    """This server under its other name."""
    name, _, port = request.host.partition(":")
    return f"{'localhost' if name != 'localhost' else '127.0.0.1'}:{port}"
