"""``pullproof`` and ``kubectl pullproof``. Starts fast: a command's module is imported when it is called."""

import importlib
import sys
from pathlib import Path

import click

COMMANDS = {
    "check": ("check manifests before they are applied", "pullproof.cli.check:check"),
    "credentials": ("which login a pull would use", "pullproof.cli.credentials:credentials"),
    "explain": ("explain a pull error, or a cause", "pullproof.cli.explain:explain"),
    "parse": ("take image references apart", "pullproof.cli.parse:parse"),
    "probe": ("ask registries for images", "pullproof.cli.probe:probe"),
    "version": ("show the version", "pullproof.cli.version:version"),
}
EXIT_FINDINGS = 1
EXIT_UNREADABLE = 2
EXIT_UNVERIFIED = 3
EXIT_INTERRUPTED = 130


class LazyGroup(click.Group):
    """Knows its commands by name; importing all of them would cost ten times the start."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In alphabetical order."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][1].partition(":")
        found = getattr(importlib.import_module(module), name)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line each, without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][0]) for name in sorted(COMMANDS)])


EPILOG = """\b
Examples:
  pullproof check deploy/                     find images that cannot be pulled
  helm template ./chart | pullproof check -   the same for a chart
  pullproof explain "$(kubectl get pod web -o jsonpath='{..message}')"
  pullproof parse nginx/1.23-alpine
"""


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EPILOG)
def group() -> None:
    """Find images that a Kubernetes node could not pull, and say why, in one sentence.

    Exit status: 0 nothing found; 1 findings; 2 usage, or input that cannot be read; 3 could not
    verify (only with --fail-on-unverified); 130 interrupted.
    """


def main() -> None:
    """Entry point of ``pullproof`` and ``kubectl-pullproof``."""
    plugin = Path(sys.argv[0]).name.startswith("kubectl-")
    try:
        group(prog_name="kubectl pullproof" if plugin else "pullproof", standalone_mode=True)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        # `pullproof ... | head` has read enough.
        sys.stderr.close()
        sys.exit(0)
