"""The token server of token.test: serve_tokens.py FOLDER.

It knows one login; without one it gives tokens for repositories under open/ only, and for pulling.
https://distribution.github.io/distribution/spec/auth/token/
"""

import asyncio
import base64
import json
import secrets
import ssl
import sys
import time
from pathlib import Path

from aiohttp import BasicAuth, web
from cryptography.hazmat.primitives.serialization import load_pem_private_key

FOLDER = Path(sys.argv[1])
KEY = load_pem_private_key((FOLDER / "token-key.key").read_bytes(), None)
LOGIN = ("user", "right")
LIVES_SECONDS = 60


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(user, audience, access):
    now = int(time.time())
    claims = {
        "iss": "login.test", "sub": user, "aud": audience, "iat": now, "nbf": now - 5,
        "exp": now + LIVES_SECONDS, "jti": secrets.token_hex(8), "access": access,
    }  # fmt: skip
    header = {"typ": "JWT", "alg": "EdDSA", "kid": "token-key"}
    text = b".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    return (text + b"." + encoded(KEY.sign(text))).decode()


def granted(user, scopes):
    access = []
    for scope in scopes:
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        wanted = actions.split(",")
        if not user:
            wanted = ["pull"] if "pull" in wanted and name.startswith("open/") else []
        access.append({"type": kind, "name": name, "actions": wanted})
    return access


def basic(request):
    header = request.headers.get("Authorization")
    if header is None:
        return None
    login = BasicAuth.decode(header)
    return login.login, login.password


def answer(login, service, scopes):
    if login is not None and login != LOGIN:
        return web.json_response({"details": "incorrect username or password"}, status=401)
    user = login[0] if login else ""
    text = token(user, service, granted(user, scopes))
    return web.json_response({"token": text, "access_token": text, "expires_in": LIVES_SECONDS})


async def get(request):
    scopes = [word for one in request.query.getall("scope", []) for word in one.split()]
    return answer(basic(request), request.query.get("service", ""), scopes)


async def post(request):
    """OAuth 2, which containerd tries first."""
    form = await request.post()
    login = (form.get("username"), form.get("password")) if "password" in form else None
    return answer(login, form.get("service", ""), form.get("scope", "").split())


async def main():
    app = web.Application()
    app.add_routes([web.get("/token", get), web.post("/token", post)])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FOLDER / "login.test.pem")
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, None, 443, ssl_context=context).start()
    await asyncio.Event().wait()


asyncio.run(main())
