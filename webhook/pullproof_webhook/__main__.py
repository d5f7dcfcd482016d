"""Wiring; the only reader of the environment."""

import asyncio
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

import click
from aiohttp import web

from pullproof import metrics
from pullproof.gather.admission import Admission
from pullproof.gather.engine import Engine
from pullproof.kube.api import Api, connect, connect_in_cluster
from pullproof.kube.known_images import KnownImages
from pullproof.settings import Settings
from pullproof_program.health import Health
from pullproof_program.logs import set_up_logs
from pullproof_program.meters import Meters
from pullproof_program.running import run, until_stopped
from pullproof_program.settings_file import SettingsFile
from pullproof_webhook.certificates import Certificates
from pullproof_webhook.server import Server

METRICS = (
    metrics.REVIEWS,
    metrics.REVIEW_SECONDS,
    metrics.FINDINGS,
    metrics.REVIEW_ERRORS,
    metrics.FOREIGN_REQUESTS,
    metrics.KNOWN_IMAGES,
    metrics.KNOWN_COMPLETE,
    metrics.CERTIFICATE_EXPIRY,
    metrics.SETTINGS_REJECTED,
    metrics.SETTINGS_BUILT_IN,
)
KEEP_ALIVE_SECONDS = 600.0
"""A handshake costs ten times a review; the API server keeps 25 idle connections (client-go)."""
DRAIN_SECONDS = 10.0


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), required=True, help="Settings (YAML).")
@click.option(
    "--certificates",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder with tls.crt, tls.key and path.",
)
@click.option(
    "--client-authority",
    type=click.Path(path_type=Path, exists=True),
    help="PEM of the authority of the API server's client certificate; callers without are refused.",
)
@click.option("--port", default=8443, show_default=True)
@click.option("--health-port", default=8080, show_default=True)
@click.option("--kubeconfig", help="To run outside a cluster.")
@click.option("--log-level", default="INFO", show_default=True)
def main(  # one parameter an option
    *,
    config: Path,
    certificates: Path,
    client_authority: Path | None,
    port: int,
    health_port: int,
    kubeconfig: str | None,
    log_level: str,
) -> None:
    """Answer admission reviews: refuse Pods whose images cannot be pulled."""
    set_up_logs(log_level.upper())
    forbidden = tuple(filter(None, [os.environ.get("KUBERNETES_SERVICE_HOST", "")]))
    run(
        _serve(
            config=config,
            certificates=certificates,
            client_authority=client_authority,
            ports=(port, health_port),
            kubeconfig=kubeconfig,
            forbidden=forbidden,
        )
    )


async def _serve(  # wiring
    *,
    config: Path,
    certificates: Path,
    client_authority: Path | None,
    ports: tuple[int, int],
    kubeconfig: str | None,
    forbidden: tuple[str, ...],
) -> None:
    meters = Meters(METRICS)
    settings = SettingsFile(config, meters)
    loaded = Certificates(certificates, meters, client_authority)
    loaded.load()
    cluster: Api = await (connect(kubeconfig) if kubeconfig else connect_in_cluster())
    known = KnownImages(settings.settings.preloaded_images)
    engine = Engine(
        settings.settings,
        cluster=cluster,
        known=known,
        key=secrets.token_bytes(32),
        forbidden_addresses=forbidden,
    )

    def reconfigure(changed: Settings) -> None:
        known.preload(changed.preloaded_images)
        engine.reconfigure(changed)

    server = Server(
        admission=Admission(settings=lambda: engine.settings, looking=lambda: engine.looking),
        settings=lambda: engine.settings,
        path=lambda: loaded.path,
        meters=meters,
    )
    health = Health(ports[1], meters, lambda: loaded.problem(datetime.now(UTC)))
    runner = web.AppRunner(
        server.app(engine.settings.limits.review_bytes),
        access_log=None,
        keepalive_timeout=KEEP_ALIVE_SECONDS,
        shutdown_timeout=DRAIN_SECONDS,
    )
    await runner.setup()
    await health.start()
    await web.TCPSite(runner, None, ports[0], ssl_context=loaded.context, backlog=1024).start()
    try:
        await until_stopped(
            settings.follow(reconfigure),
            loaded.follow(),
            known.run(cluster),
            _measure(known, meters),
        )
    finally:
        await runner.cleanup()
        await health.aclose()
        await engine.aclose()
        await cluster.close()


async def _measure(known: KnownImages, meters: Meters) -> None:
    while True:
        meters.set(metrics.KNOWN_IMAGES, len(known))
        meters.set(metrics.KNOWN_COMPLETE, int(known.complete))
        await asyncio.sleep(5)


if __name__ == "__main__":
    main()
