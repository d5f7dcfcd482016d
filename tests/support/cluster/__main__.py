"""``python tests/support/cluster up|down|status``: a kind cluster with test registries, for development."""

import argparse
import contextlib
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cluster import kind_cluster  # after the path is set
from cluster.engine import find_engine, running_engine
from cluster.hosts import start_hosts
from cluster.tools import ToolMissing

FOLDER = Path(__file__).parents[3] / ".cluster"
NAME = "pullproof-dev"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["up", "down", "status"])
    parser.add_argument("--yes", action="store_true", help="an engine may be installed and started")
    command = parser.parse_args().command
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        {"up": up, "down": down, "status": status}[command]()
    except ToolMissing as error:
        sys.exit(f"error: {error}")


def up() -> None:
    """Start; on any failure, or Ctrl-C, leave nothing."""
    try:
        cluster = kind_cluster.start(NAME, FOLDER)
        start_hosts(cluster, FOLDER)
    except BaseException:
        with contextlib.suppress(Exception):
            kind_cluster.stop(NAME)
        raise
    print(f"export KUBECONFIG={cluster.kubeconfig}")


def down() -> None:
    """End it, and what a crashed run has left."""
    for name in (NAME, "pullproof-e2e", "pullproof-demo"):
        kind_cluster.stop(name)


def status() -> None:
    """Which engine, which containers."""
    engine = running_engine() or find_engine()
    if engine is None:
        print("no engine answers")
        return
    print(f"engine: {engine.program}{', ours' if engine.ours else ''}")
    print(engine.run("ps", "--format", "{{.Names}}  {{.Status}}").stdout, end="")


if __name__ == "__main__":
    main()
