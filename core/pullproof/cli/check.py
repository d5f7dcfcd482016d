"""``pullproof check``: manifests, before they are applied."""

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from pullproof.cli.checking import Item, check_documents, item_object
from pullproof.cli.inputs import anonymous_option, config_option, read_settings, tell_notes
from pullproof.cli.main import EXIT_FINDINGS, EXIT_UNREADABLE, EXIT_UNVERIFIED
from pullproof.cli.manifests import (
    Document,
    UnreadableManifest,
    documents,
    files_under,
    read_file,
)
from pullproof.cli.output import coloured, format_option, write_json, write_jsonl
from pullproof.cli.progress import Progress
from pullproof.logins import Logins
from pullproof.wording import remedy, summary
from pullproof.wording.text import shown

EPILOG = """\b
Examples:
  pullproof check deploy/ pod.yaml
  kustomize build overlays/prod | pullproof check -
  pullproof check --offline -o json deploy/     grammar only, for a commit hook
  pullproof check --fail-on warn deploy/
"""


@click.command(epilog=EPILOG)
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option("-f", "--file", "more", multiple=True, help="The same as PATH; - is stdin.")
@format_option
@click.option(
    "--fail-on",
    type=click.Choice(["deny", "warn"]),
    default="deny",
    show_default=True,
    help="from which findings on the exit status is 1",
)
@click.option(
    "--fail-on-unverified", is_flag=True, help="exit status 3 where a registry gave no answer"
)
@click.option("--offline", is_flag=True, help="ask no registry: the form of references only")
@anonymous_option
@config_option
@click.option(
    "--timeout", default=20.0, show_default=True, help="seconds for each image", metavar="SECONDS"
)
@click.pass_context
def check(  # noqa: PLR0913  # one parameter an option
    context: click.Context,
    *,
    paths: tuple[str, ...],
    more: tuple[str, ...],
    output: str,
    fail_on: str,
    fail_on_unverified: bool,
    offline: bool,
    anonymous: bool,
    config: Path | None,
    timeout: float,
) -> None:
    """Find images in manifests that a node could not pull. PATH is a file, a folder, or - for stdin."""
    settings, logins = read_settings(config), Logins()
    found = list(_read((*paths, *more)))
    items = asyncio.run(
        check_documents(
            found,
            settings=settings,
            logins=None if anonymous else logins.candidates,
            offline=offline,
            seconds=timeout,
            progress=Progress("images checked"),
        )
    )
    tell_notes(logins)
    _write(items, output)
    context.exit(_status(items, fail_on, unverified=fail_on_unverified))


def _read(paths: tuple[str, ...]) -> Iterable[Document]:
    if not paths:
        raise click.UsageError("give files or folders, or - for stdin")
    try:
        for path in paths:
            if path == "-":
                yield from documents("<stdin>", sys.stdin.read())
                continue
            for file in files_under(Path(path)):
                yield from documents(str(file), read_file(file))
    except UnreadableManifest as error:
        click.echo(f"pullproof: {error}", err=True)
        sys.exit(EXIT_UNREADABLE)


def _write(items: list[Item], output: str) -> None:
    objects = (item_object(one) for one in items)
    if output == "json":
        write_json({"apiVersion": "pullproof.io/v1", "kind": "CheckResult", "items": list(objects)})
    elif output == "jsonl":
        write_jsonl(objects)
    else:
        for line in _text(items):
            click.echo(line)


def _text(items: list[Item]) -> Iterable[str]:
    for one in items:
        if one.finding is None or one.action not in ("deny", "warn"):
            continue
        thing, diagnosis = one.document.thing, one.finding.diagnosis
        name = thing.metadata.name or thing.metadata.generate_name
        place = f"{one.document.file}:{one.document.line_of(one.use.field)}"
        yield f"{coloured(one.action.upper())}  {place}  {thing.kind}/{name} {one.use.field}"
        yield f"      {diagnosis.cause}: image {shown(one.use.image)}: {summary(diagnosis)}"
        yield f"      fix: {remedy(diagnosis)}"
    counts = {name: sum(one.action == name for one in items) for name in _ACTIONS}
    yield ", ".join(f"{count} {_ACTIONS[name]}" for name, count in counts.items() if count) or (
        "no images found"
    )


_ACTIONS = {
    "deny": "cannot be pulled",
    "warn": "with warnings",
    "ok": "ok",
    "skip": "not asked for",
}


def _status(items: list[Item], fail_on: str, *, unverified: bool) -> int:
    bad = {"deny"} if fail_on == "deny" else {"deny", "warn"}
    if any(one.action in bad for one in items):
        return EXIT_FINDINGS
    if unverified and any(one.unverified for one in items):
        return EXIT_UNVERIFIED
    return 0
