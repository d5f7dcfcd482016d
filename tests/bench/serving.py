"""The servers that are measured, each a process of its own: ``serving.py ours|bare PORT REGISTRY_PORT``.

``ours`` is the product's server, engine and certificates over a cluster in memory; ``bare`` is an
aiohttp handler that decodes the same review with the same structs and allows it: the reference.
"""

import asyncio
import resource
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from aiohttp import web

from fake_cluster import FakeCluster
from pullproof import metrics
from pullproof.gather.admission import Admission
from pullproof.gather.engine import Engine
from pullproof.review import answer, read_review
from pullproof.settings import Settings, parse_settings
from pullproof_guardian.authority import make_bundle
from pullproof_program.logs import set_up_logs
from pullproof_program.meters import Meters
from pullproof_webhook.__main__ import KEEP_ALIVE_SECONDS, METRICS
from pullproof_webhook.certificates import Certificates
from pullproof_webhook.server import Server
from stubs import TableKnown

SECRET = "ab" * 32


def settings(registry_port: str) -> Settings:
    # The test's registry stands on loopback, which no setting can permit: the engine is given an open
    # network below, as the command line has it.
    return parse_settings(
        f'registries: [{{host: "localhost:{registry_port}", plainHttp: true}}]\n'
        "times: {foundSeconds: 3600}"
    )


async def handle_bare(request: web.Request) -> web.Response:
    review = read_review(await request.read())
    return web.Response(body=answer(review), content_type="application/json")


async def main(kind: str, port: int, registry_port: str) -> None:
    set_up_logs("WARNING")
    meters = Meters(METRICS)
    folder = Path(tempfile.mkdtemp(prefix="pullproof-bench."))
    bundle = make_bundle(("localhost",), datetime.now(UTC))
    for name, data in {**bundle.to_data(), "path": SECRET.encode()}.items():
        (folder / name).write_bytes(data)
    certificates = Certificates(folder, meters)
    certificates.load()
    if kind == "bare":
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", "/{tail:.*}", handle_bare)
    else:
        app = ours(meters, certificates, registry_port).app(8 * 1024 * 1024)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=KEEP_ALIVE_SECONDS)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=certificates.context).start()
    print(str(folder / "ca.crt"), flush=True)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, used.ru_maxrss, flush=True)
    await runner.cleanup()


def ours(meters: Meters, certificates: Certificates, registry_port: str) -> Server:
    from pullproof.registry.probe import Prober

    class OpenEngine(Engine):
        def _make(self, chosen):
            prober, answers = super()._make(chosen)
            answers._prober = Prober(chosen, open_network=True)
            return prober, answers

    known = TableKnown()
    engine = OpenEngine(settings(registry_port), cluster=FakeCluster(), known=known, key=b"bench")
    assert metrics.REVIEWS in METRICS
    return Server(
        admission=Admission(settings=lambda: engine.settings, looking=lambda: engine.looking),
        settings=lambda: engine.settings,
        path=lambda: certificates.path,
        meters=meters,
    )


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
