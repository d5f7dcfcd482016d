"""Logins of the fault registry: Basic, Bearer, the token endpoint, and odd challenges."""

import asyncio
import base64
import binascii
import json

from aiohttp import BasicAuth, web

from fault_content import Asked, bearer, refuse, serve
from fault_misbehaviour import CLOSING, flood, other_host
from fault_styles import V2, No, Style

PASSWORD = "right"
SPECIAL = ("gone", "private", "forbidden")


async def behave(request: web.Request, asked: Asked) -> web.StreamResponse | None:
    """Look at the login; None where nothing of the kind is asked for."""
    style, all_private = asked.style()
    is_private = all_private or asked.last in ("private", "forbidden")
    if asked.fault.startswith("challenge-"):
        return _odd(request, asked, style)
    if style.auth == "bearer":
        return _bearer(request, asked, style)
    if style.auth == "basic" or is_private:
        return _basic(request, asked, style)
    return None


def _basic(request: web.Request, asked: Asked, style: Style) -> web.StreamResponse:
    password = _password(request)
    if password is None:
        return refuse(request, No(401, "UNAUTHORIZED", "no basic auth", challenge="basic"), asked)
    if password != PASSWORD:
        wrong = style.wrong_password or style.private
        challenge = "" if wrong.status == 403 else "basic"
        no = No(wrong.status, wrong.code, wrong.message, wrong.body, challenge)
        return refuse(request, no, asked)
    if asked.last == "forbidden":
        return refuse(request, style.forbidden, asked)
    return serve(request, asked)


def _bearer(request: web.Request, asked: Asked, style: Style) -> web.StreamResponse:
    header = request.headers.get("Authorization", "")
    rights = _rights(header.removeprefix("Bearer "), asked.repository) if header else None
    if rights is None:
        return refuse(
            request, No(401, "UNAUTHORIZED", "authentication required", challenge="bearer"), asked
        )
    style_, all_private = asked.style()
    if asked.last == "gone":
        may_see = rights == "pull" or style.missing.status == 404
        no = style.missing_tags if asked.kind == "tags" and may_see else style.missing
        return refuse(request, no, asked, with_token=True)
    if asked.last == "forbidden":
        return refuse(request, style.forbidden, asked, with_token=True)
    if (all_private or asked.last == "private") and rights != "pull":
        return refuse(request, style_.private, asked, with_token=True)
    return serve(request, asked, allowed=True)


def _odd(request: web.Request, asked: Asked, style: Style) -> web.StreamResponse:
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer ") and _rights(header[7:], asked.repository):
        return serve(request, asked, allowed=True)
    usual = bearer(request, asked, style)
    realm = f"{request.scheme}://{request.host}{style.realm}"
    scope = f"repository:{asked.repository}:pull"
    forms: dict[str, list[str]] = {
        "lower": [usual.replace("Bearer", "bearer").replace("realm", "REALM")],
        "unquoted": [f"Bearer realm={realm},service=fault-registry,scope={scope}"],
        "relative": [f'Bearer realm="{style.realm}",service="fault-registry"'],
        "star": [f'Bearer realm="{realm}",service="fault-registry",scope="*"'],
        "multiple": ['Negotiate, Basic realm="a, b", ' + usual],
        "lines": ["Negotiate", 'Basic realm="x"', usual],
        "commas": [usual.replace(",", " ,,  ") + ', note="one, \\"two\\", three"'],
        "none": [],
        "garbage": ['=,"""Bearer'],
        "digest": ['Digest realm="x", nonce="y"'],
        "no-realm": ['Bearer service="x"'],
    }
    answer = refuse(request, No(401, "UNAUTHORIZED", "authentication required"), asked)
    for value in forms[asked.fault.removeprefix("challenge-")]:
        answer.headers.add("WWW-Authenticate", value)
    return answer


def ping(request: web.Request) -> web.Response:
    """``/v2/``: a challenge, since clients that begin here log in nowhere after a 200."""
    if "Authorization" in request.headers:
        return web.json_response({}, headers=V2)
    unauthorized = No(401, "UNAUTHORIZED", "authentication required")
    answer = refuse(request, unauthorized, Asked("token", "manifests", ""))
    realm = f"{request.scheme}://{request.host}/token"
    answer.headers["WWW-Authenticate"] = f'Bearer realm="{realm}",service="fault-registry"'
    return answer


async def token(request: web.Request) -> web.StreamResponse:
    """The token endpoint: GET with Basic, or POST with a form."""
    form = await request.post() if request.method == "POST" else {}
    scope = str(form.get("scope") or request.query.get("scope") or "")
    name = scope.split(":")[1] if scope.count(":") >= 2 else ""
    asked = Asked(name, "manifests", "")
    if asked.fault.startswith("slow"):
        await asyncio.sleep(0.05)
        asked = asked.inner()
    odd = await _misbehave(request, asked)
    if odd is not None:
        return odd
    secret = form.get("password") or form.get("refresh_token")
    password = str(secret) if secret is not None else _password(request)
    return _issue(request, asked, password)


def _issue(request: web.Request, asked: Asked, password: str | None) -> web.Response:
    style, all_private = asked.style()
    special = asked.last if asked.last in SPECIAL else "private" if all_private else ""
    rights = "pull"
    if password is None:
        if special and style.token_missing is not None:
            return refuse(request, style.token_missing, asked)
        rights = "none" if special else "pull"
    elif password != PASSWORD:
        if style.wrong_password is not None:
            return refuse(request, style.wrong_password, asked)
        rights = "none" if special else "pull"
    elif special in ("gone", "forbidden") and style.token_denied is not None:
        return refuse(request, style.token_denied, asked)
    value = base64.urlsafe_b64encode(f"{rights}|{asked.repository}".encode()).decode()
    return web.json_response({"token": value, "access_token": value, "expires_in": 300})


async def _misbehave(request: web.Request, asked: Asked) -> web.StreamResponse | None:
    kind = asked.fault.removeprefix("token-") if asked.fault.startswith("token-") else ""
    if kind.isdecimal():
        return refuse(request, No(int(kind), "DENIED", "as asked"), asked)
    if kind == "hang":
        await request.app[CLOSING].wait()
        return web.Response(status=503)
    if kind == "flood":
        return await flood(request, "application/json")
    if kind == "html":
        return web.Response(text="<html>please log in</html>", content_type="text/html")
    if kind == "empty":
        return web.json_response({})
    if kind == "huge":
        return web.Response(body=json.dumps({"token": "x" * 900_000}).encode())
    if kind == "redirect":
        target = f"{request.scheme}://{other_host(request)}{request.path_qs}"
        return web.Response(status=307, headers={"Location": target})
    return None


def _password(request: web.Request) -> str | None:
    header = request.headers.get("Authorization", "")
    if not header.startswith("Basic "):
        return None
    try:
        return str(BasicAuth.decode(header, encoding="utf-8").password)
    except ValueError:
        return ""


def _rights(value: str, repository: str) -> str | None:
    """``pull`` or ``none``, if the token was made for this repository."""
    try:
        rights, _, name = base64.urlsafe_b64decode(value).decode().partition("|")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return rights if name == repository else None
