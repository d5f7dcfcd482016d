"""A registry that answers as any might: the FIRST component of a repository names the fault.

    python -m fault_registry --port 5000 [--host 127.0.0.1] [--tls-cert C.pem --tls-key K.pem]
    app = make_app()          # for aiohttp's own runners; ``running(app)`` serves it on loopback

``127.0.0.1:5000/ok/app:1.0`` is a healthy image; ``127.0.0.1:5000/status-503/app:1.0`` is not.

Healthy
    ok                  any repository below it has 1.0, 1.1 and latest (linux/amd64, linux/arm64),
                        except where its last component is ``gone`` (no such repository)
    slow, slow-MS       waits 50 ms (or MS) at each request; the next component may be a fault
    quota-N             as ok, with Docker Hub's ratelimit-remaining: N
    many-N              as ok, with N more tags, 0.0.0 and so on; tags/list is paged by ``n``
    docker, single      one Docker (OCI) manifest, no index
    ns                  a mirror: answers 404 unless ``?ns=`` names what it mirrors

As a vendor answers (fault_styles.py; last components ``gone``, ``private``, ``forbidden``)
    style-NAME          token hub ghcr gar gitlab ecr ecr-expired acr quay quay-expired harbor
                        harbor-policy artifactory artifactory-virtual nexus gitea mcr aliyun
                        distribution htpasswd
    anonymous-denied-NAME   the same, and every repository is private
    private             Bearer, token at /token; the password is ``right``, whoever asks
    basic               Basic only; the password is ``right``
    missing-tag, missing-repo   404 MANIFEST_UNKNOWN, 404 NAME_UNKNOWN, whatever is asked

Statuses
    status-NNN          that status with a fitting OCI error
    limited             429, Retry-After: 7, TOOMANYREQUESTS
    html, html-404, empty-404, plain-404   a login page with 200; an ingress's default backend;
                        no body; text
    schema1, artifact, wrong-type, not-json   what is no image
    lying-head          HEAD 404, GET 200; head-405, head-400 alike
    head-nodigest       HEAD without digest and length
    changed             bytes that do not have the digest that was asked for or told
    index-missing-child, missing-blob      a part of the image answers 404

On the wire
    hang                accepts, never answers;   hang-body  answers a header, then nothing
    reset               a TCP reset;   closed  an end without an answer;   truncated  half a body
    flood               a body without end;   headers  400 KiB of them;   gzip  a bomb
    garbage             no HTTP

Redirects
    redirect-ok         307 to the same repository below ok, same host
    redirect-other      307 to the same on the other name of this host (localhost, 127.0.0.1)
    redirect-loop       to itself;   redirect-nowhere  no Location;   redirect-http  https to http
    redirect-private    to 169.254.169.254;   redirect-loopback-PORT  to 127.0.0.1:PORT
    redirect-name-HOST  to HOST
    redirect-userinfo, redirect-odd       odd Locations
    redirect-blob       blobs at /storage/ of the other name, with a signed query; 400 if
                        Authorization comes along, as S3 does;  redirect-blob-single: no index

Tokens (``right`` is the password; anonymous tokens may pull)
    token-NNN, token-hang, token-flood, token-html, token-empty, token-huge, token-redirect
    evil-realm          realm at 169.254.169.254;   evil-realm-other  at this host's other name
    evil-realm-http     realm on plain HTTP;   evil-realm-loopback-PORT, evil-realm-userinfo,
                        evil-realm-name-HOST
    challenge-NAME      odd but right: lower unquoted relative star multiple lines commas
                        broken: none garbage digest no-realm

Control
    GET /_requests      {"total", "counts": {"HEAD /v2/…": n}, "log": [{"method", "path", "query",
                        "host", "authorization": scheme or null, "cookie": bool}]}
    DELETE /_requests   forgets them
"""

import argparse
import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

import fault_login as login
import fault_misbehaviour as misbehaviour
from fault_content import Asked, serve

MAX_LOG = 10_000


@dataclass
class Seen:
    """What was asked, for tests to count."""

    counts: dict[str, int] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def clear(self) -> None:
        self.counts.clear()
        self.log.clear()


SEEN = web.AppKey("seen", Seen)


def make_app() -> web.Application:
    """The application; ``app[SEEN]`` is what was asked of it."""
    app = web.Application(middlewares=[_record], client_max_size=1024 * 1024)
    app[SEEN] = Seen()
    app[misbehaviour.CLOSING] = asyncio.Event()
    app.on_shutdown.append(_close)
    app.router.add_get("/_requests", _requests)
    app.router.add_delete("/_requests", _forget)
    for path in ("/token", "/service/token", "/v2/auth", "/oauth2/token"):
        app.router.add_route("*", path, login.token)
    app.router.add_route("*", "/storage/{digest}", misbehaviour.storage)
    app.router.add_route("*", "/{path:.*}", _registry)
    return app


async def _close(app: web.Application) -> None:
    app[misbehaviour.CLOSING].set()


@web.middleware
async def _record(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    if request.path != "/_requests":
        seen = request.app[SEEN]
        key = f"{request.method} {request.path}"
        seen.counts[key] = seen.counts.get(key, 0) + 1
        header = request.headers.get("Authorization")
        if len(seen.log) < MAX_LOG:
            seen.log.append(
                {
                    "method": request.method,
                    "path": request.path,
                    "query": request.query_string,
                    "host": request.host,
                    "authorization": header.split(" ")[0] if header else None,
                    "cookie": "Cookie" in request.headers,
                }
            )
    return await handler(request)


async def _requests(request: web.Request) -> web.Response:
    seen = request.app[SEEN]
    return web.json_response({"total": seen.total, "counts": seen.counts, "log": seen.log})


async def _forget(request: web.Request) -> web.Response:
    request.app[SEEN].clear()
    return web.Response(status=204)


_PATH = re.compile(r"/v2/(.+)/(manifests|blobs|tags)/([^/]+)")


async def _registry(request: web.Request) -> web.StreamResponse:
    if request.path in ("/v2/", "/v2"):
        return login.ping(request)
    match = _PATH.fullmatch(request.path)
    if match is None or request.method not in ("GET", "HEAD"):
        return web.Response(status=404, text="404 page not found\n")
    return await _ask(request, Asked(match[1], match[2], match[3]))


async def _ask(request: web.Request, asked: Asked) -> web.StreamResponse:
    delay = re.fullmatch(r"slow(?:-(\d+))?", asked.fault)
    if delay:
        await asyncio.sleep(int(delay[1] or 50) / 1000)
        asked = asked.inner()
    for behave in (misbehaviour.behave, login.behave):
        answer = await behave(request, asked)
        if answer is not None:
            return answer
    return serve(request, asked)


@asynccontextmanager
async def running(
    app: web.Application, *, host: str = "127.0.0.1", context: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Serve the application on loopback; gives the port."""
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, host, 0, ssl_context=context)
    await site.start()
    try:
        address: Any = runner.addresses[0]
        yield int(address[1])
    finally:
        await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tls-cert")
    parser.add_argument("--tls-key")
    arguments = parser.parse_args()
    context = None
    if arguments.tls_cert:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(arguments.tls_cert, arguments.tls_key)
    with suppress(KeyboardInterrupt):
        web.run_app(
            make_app(),
            host=arguments.host,
            port=arguments.port,
            ssl_context=context,
            access_log=None,
            print=None,
        )


if __name__ == "__main__":
    main()
