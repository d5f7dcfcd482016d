"""A kind cluster with test registries, for development.

python tests/support/cluster up|down|status|kubeconfig|leftovers
"""

import argparse
import contextlib
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cluster import builds, kind_cluster  # after the path is set
from cluster.engine import find_engine, running_engine
from cluster.hosts import start_cluster_and_hosts
from cluster.leftovers import leftovers as what_is_left
from cluster.programs import ended_by_signals, undisturbed
from cluster.saying import say
from cluster.tools import ToolMissing

FOLDER = Path(__file__).parents[3] / ".cluster"
NAME = "pullproof-dev"
OTHERS = ("pullproof-e2e", "pullproof-demo")
"""Clusters of test runs: ``down`` removes what a crashed one has left."""


def main() -> None:
    """Do one of the commands."""
    parser = argparse.ArgumentParser(
        prog="cluster", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = {
        "up": up,
        "down": down,
        "status": status,
        "kubeconfig": kubeconfig,
        "leftovers": leftovers,
    }
    parser.add_argument("command", choices=commands)
    parser.add_argument("--yes", action="store_true", help="an engine may be installed and started")
    command = commands[parser.parse_args().command]
    with ended_by_signals():
        try:
            command()
        except ToolMissing as error:
            sys.exit(f"error: {error}")
        except KeyboardInterrupt:
            sys.exit(130)


def up() -> None:
    """Start; on any failure, or Ctrl-C, leave nothing."""
    begun = time.monotonic()
    try:
        cluster, _ = start_cluster_and_hosts(NAME, FOLDER)
    except BaseException:
        with undisturbed(say), contextlib.suppress(RuntimeError):
            remove()
        raise
    say(
        f"the cluster {NAME} runs after {time.monotonic() - begun:.0f} s; end it with make cluster-down"
    )
    print(f"export KUBECONFIG={cluster.kubeconfig}")


def down() -> None:
    """End it, and what a crashed run has left."""
    with undisturbed(say):
        if not remove(*OTHERS):
            say("no test cluster is left")


def remove(*others: str) -> list[str]:
    """The development cluster, and others; those that are in use and stay."""
    used = kind_cluster.stop(NAME, *others)
    builds.clear_all()
    if NAME not in used:
        shutil.rmtree(FOLDER, ignore_errors=True)
    return used


def status() -> None:
    """Which engine, which containers."""
    engine = running_engine() or find_engine()
    if engine is None:
        print("no engine answers")
        return
    print(f"engine: {engine.program}{', started by us' if engine.ours else ''}")
    for label in (kind_cluster.LABEL, kind_cluster.KIND_LABEL):
        listed = engine.run(
            "ps", "--filter", f"label={label}", "--format", "{{.Names}}  {{.Status}}"
        )
        print(listed.stdout, end="")


def kubeconfig() -> None:
    """Where it is."""
    path = FOLDER / "kubeconfig"
    if not path.exists():
        sys.exit("error: no cluster runs for development: make cluster-up")
    print(path)


def leftovers() -> None:
    """What is left of any of our clusters and engines; exit code 1 where that is something."""
    found = what_is_left(NAME, *OTHERS)
    if FOLDER.exists():
        found.append(f"folder {FOLDER}")
    for line in found:
        print(line)
    if found:
        sys.exit(1)
    say("nothing is left")


if __name__ == "__main__":
    main()
