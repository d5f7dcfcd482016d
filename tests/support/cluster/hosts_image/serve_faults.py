"""The fault registry under several names: which certificate it shows goes by the name asked for.

serve_faults.py FOLDER: FOLDER holds NAME.pem (certificate and key) for each name.
"""

import asyncio
import ssl
import sys
from pathlib import Path

from aiohttp import web

from fault_registry import make_app

FOLDER = Path(sys.argv[1])
DEFAULT = "faults.test"


def context_for(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FOLDER / f"{name}.pem")
    return context


def choosing() -> ssl.SSLContext:
    contexts = {path.stem: context_for(path.stem) for path in FOLDER.glob("*.pem")}

    def choose(sock: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        sock.context = contexts.get(name or "", contexts[DEFAULT])

    context = context_for(DEFAULT)
    context.sni_callback = choose
    return context


async def main() -> None:
    runner = web.AppRunner(make_app(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    if len(sys.argv) > 2:  # plain HTTP where TLS is expected
        await web.TCPSite(runner, None, 443).start()
    else:
        await web.TCPSite(runner, None, 443, ssl_context=choosing()).start()
        await web.TCPSite(runner, None, 80).start()
    await asyncio.Event().wait()


asyncio.run(main())
