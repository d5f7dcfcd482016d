"""Wiring; the only reader of the environment."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from pullproof import metrics
from pullproof.kube.api import connect, connect_in_cluster
from pullproof.kube.gateway import ClusterError
from pullproof_guardian.keeping import Certificates, Keeper, Names, log_retry
from pullproof_program.health import Health
from pullproof_program.logs import set_up_logs
from pullproof_program.meters import Meters
from pullproof_program.running import run, until_stopped
from pullproof_program.settings_file import SettingsFile

METRICS = (
    metrics.CANARY_OK,
    metrics.CANARIES,
    metrics.REPAIRS,
    metrics.SETTINGS_REJECTED,
    metrics.SETTINGS_BUILT_IN,
)
KEEP_SECONDS = 2.0
"""A wiped caBundle or path is back within seconds; two reads by name cost the API server little."""
CANARY_SECONDS = 60.0


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), required=True, help="Settings (YAML).")
@click.option("--secret", required=True, help="Name of the Secret to keep.")
@click.option("--webhook-configuration", required=True, help="Its name.")
@click.option("--service", required=True, help="Name of the webhook's Service.")
@click.option("--deployment", required=True, help="Name of the guardian's own Deployment.")
@click.option(
    "--certificates",
    type=click.Choice([one.value for one in Certificates]),
    default="self",
    show_default=True,
)
@click.option("--namespace", help="Where all of them are; default: this Pod's own.")
@click.option("--health-port", default=8080, show_default=True)
@click.option("--kubeconfig", help="To run outside a cluster.")
@click.option("--log-level", default="INFO", show_default=True)
def main(  # noqa: PLR0913  # one parameter an option
    *,
    config: Path,
    secret: str,
    webhook_configuration: str,
    service: str,
    deployment: str,
    certificates: str,
    namespace: str | None,
    health_port: int,
    kubeconfig: str | None,
    log_level: str,
) -> None:
    """Make and rotate the certificates, keep the webhook configuration whole, send the canary."""
    set_up_logs(log_level.upper())
    own = namespace or os.environ.get("POD_NAMESPACE", "")
    if not own:
        raise click.UsageError("--namespace is missing, and POD_NAMESPACE is not set")
    names = Names(
        namespace=own,
        secret=secret,
        webhook_configuration=webhook_configuration,
        service=service,
        deployment=deployment,
    )
    run(_guard(names, Certificates(certificates), config, health_port, kubeconfig))


async def _guard(
    names: Names,
    certificates: Certificates,
    config: Path,
    health_port: int,
    kubeconfig: str | None,
) -> None:
    meters = Meters(METRICS)
    settings = SettingsFile(config, meters)
    cluster = await (connect(kubeconfig) if kubeconfig else connect_in_cluster())
    keeper = Keeper(cluster, names, certificates)
    kept = asyncio.Event()
    health = Health(health_port, meters, lambda: "" if kept.is_set() else "nothing kept yet")
    await health.start()
    try:
        await until_stopped(
            settings.follow(lambda _: None),
            _keep(keeper, settings, meters, kept),
            _send_canaries(keeper, meters, kept),
        )
    finally:
        await health.aclose()
        await cluster.close()


async def _keep(
    keeper: Keeper, settings: SettingsFile, meters: Meters, kept: asyncio.Event
) -> None:
    while True:
        try:
            bundle = await keeper.keep_secret(datetime.now(UTC))
            if await keeper.keep_configuration(bundle, settings.settings.mode):
                meters.count(metrics.REPAIRS)
            kept.set()
        except ClusterError as error:
            log_retry("keep", error)
        await asyncio.sleep(KEEP_SECONDS)


async def _send_canaries(keeper: Keeper, meters: Meters, kept: asyncio.Event) -> None:
    await kept.wait()
    while True:
        try:
            denied = await keeper.canary()
            outcome = "denied" if denied else "admitted"
        except ClusterError as error:
            log_retry("canary", error)
            denied, outcome = False, "failed"
        meters.set(metrics.CANARY_OK, int(denied))
        meters.count(metrics.CANARIES, outcome)
        # Until the first one is denied the webhook is still starting: ask again soon.
        await asyncio.sleep(CANARY_SECONDS if denied else 5.0)


if __name__ == "__main__":
    main()
