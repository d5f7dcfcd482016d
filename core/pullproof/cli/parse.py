"""``pullproof parse``: what a reference means to a kubelet."""

from collections.abc import Iterable, Iterator
from typing import IO, Any

import click

from pullproof.cli.output import format_option, read_lines, write_json, write_jsonl
from pullproof.reference import InvalidReference, Reference, hints, parse_reference

EPILOG = """\b
Examples:
  pullproof parse nginx ghcr.io/acme/api:1.4.2
  pullproof parse -o json Nginx:Latest
  kubectl get pods -A -o jsonpath='{range ..image}{@}{"\\n"}{end}' | pullproof parse -f - -o jsonl
"""


@click.command(epilog=EPILOG)
@click.argument("references", nargs=-1, metavar="REF...")
@click.option(
    "-f", "--file", type=click.File("r"), help='Lines, plain or {"input": "..."}; - is stdin.'
)
@format_option
@click.pass_context
def parse(
    context: click.Context, references: tuple[str, ...], file: IO[str] | None, output: str
) -> None:
    """Take image references apart exactly as a kubelet does.

    With REF arguments the exit status is 1 if one is malformed; with -f it is 0, each line says.
    """
    if bool(references) == (file is not None):
        raise click.UsageError("give references, or a file with -f")
    inputs: Iterable[str] = references if file is None else read_lines(file, "input")
    objects = (parsed_object(one) for one in inputs)
    malformed = False

    def counted() -> Iterator[dict[str, Any]]:
        nonlocal malformed
        for one in objects:
            malformed = malformed or not one["valid"]
            yield one

    if output == "jsonl":
        write_jsonl(counted())
    elif output == "json":
        found = list(counted())
        write_json(found[0] if len(found) == 1 and file is None else found)
    else:
        for one in counted():
            click.echo("\n".join(_lines(one)))
    if malformed and file is None:
        context.exit(1)


def parsed_object(text: str) -> dict[str, Any]:
    """One reference as the command line's JSON has it."""
    empty: dict[str, Any] = dict.fromkeys(
        ("registry", "repository", "tag", "digest", "normalized", "familiar", "pull")
    )
    try:
        reference = parse_reference(text)
    except InvalidReference as error:
        problem = {"kind": error.kind.value, "message": error.message, "position": error.position}
        mend = [_suggestion(error.suggestion)] if error.suggestion else []
        return {"input": text, "valid": False, **empty, "error": problem, "hints": mend}
    return {
        "input": text,
        "valid": True,
        **_parts(reference),
        "error": None,
        "hints": [
            {"kind": one.kind, "message": one.message, "suggestion": one.suggestion}
            for one in hints(text, reference)
        ],
    }


def _suggestion(text: str) -> dict[str, Any]:
    return {"kind": "did-you-mean", "message": f'did you mean "{text}"?', "suggestion": text}


def _parts(reference: Reference) -> dict[str, Any]:
    return {
        "registry": reference.registry,
        "repository": reference.repository,
        "tag": reference.tag,
        "digest": str(reference.digest) if reference.digest else None,
        "normalized": reference.normalized,
        "familiar": reference.familiar,
        "pull": reference.pull,
    }


def _lines(one: dict[str, Any]) -> Iterator[str]:
    if not one["valid"]:
        position = one["error"]["position"]
        yield f"{_printable(one['input'])}"
        if position is not None and one["input"].isprintable():
            yield f"{' ' * position}^"
        yield f"  not valid: {one['error']['message']}"
    else:
        yield one["input"]
        names = ("registry", "repository", "tag", "digest", "pull")
        yield from (f"  {name:<11} {one[name]}" for name in names if one[name])
    for hint in one["hints"]:
        yield f"  hint: {hint['message']}"


def _printable(text: str) -> str:
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
