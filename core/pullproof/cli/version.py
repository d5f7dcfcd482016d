"""``pullproof version``."""

from importlib.metadata import version as installed

import click


@click.command()
def version() -> None:
    """Show the version."""
    click.echo(installed("pullproof"))
