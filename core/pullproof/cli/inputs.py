"""Options and inputs that several commands have."""

from pathlib import Path
from typing import Any

import click

from pullproof.logins import Logins
from pullproof.settings import InvalidSettings, Settings, parse_settings


def config_option(function: Any) -> Any:
    """``--config FILE``."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        help="settings (YAML): registries, mirrors, authorities; the chart's config:",
    )(function)


def anonymous_option(function: Any) -> Any:
    """``--anonymous``."""
    return click.option("--anonymous", is_flag=True, help="use no login of yours")(function)


def read_settings(config: Path | None) -> Settings:
    """The settings of a file, or the defaults. Raises click.UsageError."""
    if config is None:
        return Settings()
    try:
        return parse_settings(config.read_bytes())
    except OSError as error:
        raise click.UsageError(f"{config}: {error.strerror}") from error
    except InvalidSettings as error:
        raise click.UsageError(f"{config}: {error}") from error


def tell_notes(logins: Logins) -> None:
    """What went wrong with the user's own logins, such as a credential helper that failed."""
    for note in logins.notes:
        click.echo(f"pullproof: {note}", err=True)
