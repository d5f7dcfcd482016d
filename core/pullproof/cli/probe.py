"""``pullproof probe``: ask registries for images, as a node would."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from pullproof.cli.checking import ask_all
from pullproof.cli.inputs import anonymous_option, config_option, read_settings, tell_notes
from pullproof.cli.main import EXIT_FINDINGS
from pullproof.cli.output import format_option, write_json, write_jsonl
from pullproof.cli.progress import Progress
from pullproof.diagnosis import from_probe
from pullproof.evidence import ProbeResult
from pullproof.logins import Logins
from pullproof.reference import InvalidReference, parse_reference
from pullproof.wording import remedy, summary

EPILOG = """\b
Examples:
  pullproof probe nginx:1.27 registry.example.com/app:2
  pullproof probe --anonymous -o json alpine
"""


@click.command(epilog=EPILOG)
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@format_option
@anonymous_option
@config_option
@click.option(
    "--timeout", default=20.0, show_default=True, metavar="SECONDS", help="seconds for each image"
)
@click.pass_context
def probe(  # one parameter an option
    context: click.Context,
    *,
    images: tuple[str, ...],
    output: str,
    anonymous: bool,
    config: Path | None,
    timeout: float,
) -> None:
    """Ask the registries whether the images are there, with your own logins unless --anonymous."""
    settings, logins = read_settings(config), Logins()
    try:
        references = {image: parse_reference(image) for image in images}
    except InvalidReference as error:
        raise click.UsageError(f"{error.text}: {error.message}") from error
    results = asyncio.run(
        ask_all(
            sorted(set(references.values()), key=str),
            settings,
            None if anonymous else logins.candidates,
            timeout,
            Progress("images asked for"),
            platforms=True,
        )
    )
    tell_notes(logins)
    objects = [probe_object(image, results[references[image]]) for image in images]
    if output == "json":
        write_json(objects[0] if len(objects) == 1 else objects)
    elif output == "jsonl":
        write_jsonl(objects)
    else:
        for one in objects:
            click.echo("\n".join(_lines(one)))
    context.exit(EXIT_FINDINGS if any(one["cause"] for one in objects) else 0)


def probe_object(image: str, result: ProbeResult) -> dict[str, Any]:
    """One answer as the command line's JSON has it."""
    diagnosis = from_probe(image, result)
    return {
        "image": image,
        "reference": result.reference.normalized,
        "cause": result.cause.value if result.cause else None,
        "confidence": diagnosis.confidence.value if diagnosis else result.confidence.value,
        "doubts": sorted(result.doubts),
        "summary": summary(diagnosis) if diagnosis else None,
        "remedy": remedy(diagnosis) if diagnosis else None,
        "digest": result.digest,
        "mediaType": result.media_type or None,
        "platforms": list(result.platforms),
        "suggestions": list(result.suggestions),
        "askedAs": result.asked_as,
        "host": result.host,
        "exchanges": [
            {
                "method": one.method,
                "url": one.url,
                "status": one.status,
                "code": one.code or None,
                "message": one.message or None,
            }
            for one in result.exchanges
        ],
    }


def _lines(one: dict[str, Any]) -> Iterator[str]:
    yield f"{one['image']}: {one['summary'] or 'there'}"
    if one["digest"]:
        yield f"  digest:    {one['digest']}"
    if one["platforms"]:
        yield f"  platforms: {', '.join(one['platforms'])}"
    if one["remedy"]:
        yield f"  fix:       {one['remedy']}"
    for exchange in one["exchanges"]:
        status = exchange["status"] if exchange["status"] is not None else "no answer"
        code = f" {exchange['code']}" if exchange["code"] else ""
        yield f"  asked:     {exchange['method']} {exchange['url']}: {status}{code}"
    yield f"  asked as:  {one['askedAs']}"
