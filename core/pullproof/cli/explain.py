"""``pullproof explain``: what a pull error means, by its text alone."""

from collections.abc import Iterable, Iterator
from typing import IO, Any

import click

from pullproof.causes import Cause
from pullproof.causes import explain as fixed_facts
from pullproof.cli.output import format_option, write_json, write_jsonl
from pullproof.diagnosis import from_message
from pullproof.runtime_messages import read_message
from pullproof.wording import hedge, remedy, summary

EPILOG = """\b
Examples:
  pullproof explain 'failed to resolve reference "ghcr.io/acme/api:1": ghcr.io/acme/api:1: not found'
  pullproof explain TagNotFound
  jq -c '{message}' errors.json | pullproof explain -f - -o jsonl
"""


@click.command(epilog=EPILOG)
@click.argument("message", required=False)
@click.option("-f", "--file", type=click.File("r"), help='Lines {"message": "..."}; - is stdin.')
@format_option
def explain(message: str | None, file: IO[str] | None, output: str) -> None:
    """Explain what a kubelet, runtime or tool said about a pull, or one cause by its name."""
    if (message is None) == (file is None):
        raise click.UsageError("give a message, or a file with -f")
    objects: Iterator[dict[str, Any]]
    if file is not None:
        objects = (explained(one) for one in _messages(file))
    else:
        assert message is not None
        if message in set(Cause):
            click.echo("\n".join(_cause_lines(Cause(message))))
            return
        objects = iter([explained(message)])
    if output == "jsonl":
        write_jsonl(objects)
    elif output == "json":
        found = list(objects)
        write_json(found if file is not None else found[0])
    else:
        for one in objects:
            click.echo("\n".join(_lines(one)))


def _messages(file: IO[str]) -> Iterable[str]:
    import json  # noqa: PLC0415  # only here

    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = line.rstrip("\n")
        if isinstance(found, dict) and isinstance(found.get("message"), str):
            yield found["message"]
        elif isinstance(found, str):
            yield found
        else:
            raise click.UsageError(f'line {number}: an object without a text "message"')


def explained(message: str) -> dict[str, Any]:
    """One message as the command line's JSON has it."""
    read = read_message(message)
    diagnosis = from_message(read)
    return {
        "message": message,
        "cause": diagnosis.cause.value,
        "confidence": diagnosis.confidence.value,
        "summary": f"{hedge(diagnosis)}{summary(diagnosis)}",
        "remedy": remedy(diagnosis),
        "evidence": read.evidence,
    }


def _lines(one: dict[str, Any]) -> Iterator[str]:
    yield f"{one['cause']} ({one['confidence']}): {one['summary']}"
    yield f"  fix:  {one['remedy']}"
    if one["evidence"]:
        yield f"  seen: {one['evidence']}"


def _cause_lines(cause: Cause) -> Iterator[str]:
    facts = fixed_facts(cause)
    yield f"{cause}: {facts.title}"
    yield f"  answers the question: {facts.question}"
    yield f"  who acts: {facts.actor}"
    passes = "may pass by itself" if facts.transient else "does not pass by itself"
    yield f"  it {passes}"
