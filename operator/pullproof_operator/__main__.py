"""Wiring; the only reader of the environment."""

import asyncio
import contextlib
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

import click
import kopf
import structlog

from pullproof import metrics
from pullproof.diagnosis import Diagnosis
from pullproof.gather.engine import Engine
from pullproof.kube.api import Api, connect, connect_in_cluster
from pullproof.kube.gateway import ClusterError
from pullproof.policy import Presence
from pullproof.reference import Reference
from pullproof_operator.cases import Cases, Tools
from pullproof_operator.handlers import Memo
from pullproof_operator.owners import Owners
from pullproof_operator.reporting import Reporter
from pullproof_operator.startup import Login, annotated_pods, registry
from pullproof_program.health import Health
from pullproof_program.logs import set_up_logs
from pullproof_program.meters import Meters
from pullproof_program.running import run, until_stopped
from pullproof_program.settings_file import SettingsFile

METRICS = (
    metrics.DIAGNOSES,
    metrics.OPEN_DIAGNOSES,
    metrics.DIAGNOSIS_SECONDS,
    metrics.WRITES,
    metrics.SETTINGS_REJECTED,
    metrics.SETTINGS_BUILT_IN,
)
REMOVAL_SECONDS = 30.0

logger = structlog.get_logger()


class _NobodyKnows:
    """The operator diagnoses what does not start: nothing there depends on what nodes hold."""

    def presence(self, reference: Reference) -> Presence:
        del reference
        return Presence.UNKNOWN


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), help="Settings (YAML).")
@click.option("--health-port", default=8080, show_default=True)
@click.option("--kubeconfig", help="To run outside a cluster.")
@click.option("--log-level", default="INFO", show_default=True)
@click.option(
    "--remove-annotations",
    is_flag=True,
    help="Take our annotations off every Pod and end; never fails (before an uninstall).",
)
def main(
    *,
    config: Path | None,
    health_port: int,
    kubeconfig: str | None,
    log_level: str,
    remove_annotations: bool,
) -> None:
    """Watch Pods that wait for an image, find the cause, write it back."""
    set_up_logs(log_level.upper())
    if remove_annotations:
        run(_remove_annotations(kubeconfig))
        return
    if config is None:
        raise click.UsageError("--config is missing")
    forbidden = tuple(filter(None, [os.environ.get("KUBERNETES_SERVICE_HOST", "")]))
    instance = os.environ.get("POD_NAME") or os.environ.get("HOSTNAME") or "pullproof-operator"
    run(_operate(config, health_port, kubeconfig, forbidden, instance))


async def _operate(
    config: Path,
    health_port: int,
    kubeconfig: str | None,
    forbidden: tuple[str, ...],
    instance: str,
) -> None:
    meters = Meters(METRICS)
    settings = SettingsFile(config, meters)
    cluster: Api = await (connect(kubeconfig) if kubeconfig else connect_in_cluster())
    engine = Engine(
        settings.settings,
        cluster=cluster,
        known=_NobodyKnows(),
        key=secrets.token_bytes(32),
        forbidden_addresses=forbidden,
    )
    cases = Cases(_tools(cluster, engine, meters, instance))
    memo = Memo()
    memo.cases = cases
    started = asyncio.Event()
    health = Health(health_port, meters, lambda: "" if started.is_set() else "not started yet")
    await health.start()
    try:
        await until_stopped(
            settings.follow(engine.reconfigure),
            kopf.operator(
                registry=registry(_login(kubeconfig)),
                clusterwide=True,
                standalone=True,
                memo=memo,
                # Its own guess needs a user name, which uid 65532 has not.
                identity=instance,  # type: ignore[arg-type]  # a NewType that kopf keeps private
                ready_flag=started,
            ),
            _adopt(cases, cluster),
            _recheck(cases, engine, meters),
        )
    finally:
        await cases.aclose()
        await health.aclose()
        await engine.aclose()
        await cluster.close()


def _tools(cluster: Api, engine: Engine, meters: Meters, instance: str) -> Tools:
    def now() -> datetime:
        return datetime.now(UTC)

    def diagnosed(diagnosis: Diagnosis, seconds: float) -> None:
        meters.count(metrics.DIAGNOSES, diagnosis.cause)
        meters.observe(metrics.DIAGNOSIS_SECONDS, seconds)
        logger.info(
            "diagnosed",
            cause=diagnosis.cause.value,
            confidence=diagnosis.confidence.value,
            image=diagnosis.image[:300],
            namespace=diagnosis.namespace,
            node=diagnosis.node,
            seconds=round(seconds, 2),
        )

    reporter = Reporter(
        cluster,
        instance=instance,
        writes_per_second=engine.settings.operator.writes_per_second,
        written=lambda what, outcome: meters.count(metrics.WRITES, what, outcome),
        now=now,
    )
    return Tools(
        cluster=cluster,
        reporter=reporter,
        diagnosing=lambda: engine.diagnosing,
        settings=lambda: engine.settings,
        owners=Owners(cluster),
        now=now,
        diagnosed=diagnosed,
    )


def _login(kubeconfig: str | None) -> Login:
    def login(settings: kopf.OperatorSettings) -> kopf.ConnectionInfo | None:
        if kubeconfig:
            os.environ["KUBECONFIG"] = kubeconfig  # where kopf looks for it
            return kopf.login_with_kubeconfig(settings=settings)
        return kopf.login_with_service_account(settings=settings)

    return login


async def _adopt(cases: Cases, cluster: Api) -> None:
    """At start: Pods that carry our annotations though they may wait for nothing any more."""
    while True:
        try:
            async for subject in annotated_pods(cluster):
                cases.adopt(subject)
            break
        except ClusterError as error:
            logger.warning("will try again", step="annotated Pods", reason=str(error)[:300])
            await asyncio.sleep(5)
    await asyncio.Event().wait()


async def _recheck(cases: Cases, engine: Engine, meters: Meters) -> None:
    shown: set[str] = set()
    while True:
        await asyncio.sleep(engine.settings.times.recheck_seconds)
        cases.recheck()
        counts = cases.open_causes()
        for cause in shown | set(counts):
            meters.set(metrics.OPEN_DIAGNOSES, counts.get(cause, 0), cause)
        shown |= set(counts)


async def _remove_annotations(kubeconfig: str | None) -> None:
    """Best effort, before an uninstall: whatever happens, the uninstall goes on."""
    with contextlib.suppress(ClusterError, TimeoutError, OSError):
        cluster = await (connect(kubeconfig) if kubeconfig else connect_in_cluster())
        reporter = Reporter(
            cluster,
            instance="uninstall",
            writes_per_second=100,
            written=lambda *_: None,
            now=lambda: datetime.now(UTC),
        )
        try:
            async with asyncio.timeout(REMOVAL_SECONDS):
                async for subject in annotated_pods(cluster):
                    await reporter.annotate(subject, None, None)
        finally:
            await cluster.close()


if __name__ == "__main__":
    main()
