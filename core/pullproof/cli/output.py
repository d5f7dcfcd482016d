"""How results are written: text for people, one JSON document, or one JSON object a line."""

import json
import sys
from collections.abc import Iterable, Sequence
from os import environ
from typing import IO, Any

import click

FORMATS = ("text", "json", "jsonl")
COLOURS = {"DENY": "red", "WARN": "yellow", "OK": "green", "SKIP": "blue"}


def format_option(function: Any) -> Any:
    """``-o text|json|jsonl``."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(FORMATS),
        default="text",
        show_default=True,
        help="text for people; json: one document; jsonl: one object a line",
    )(function)


def write_json(document: object) -> None:
    """One document."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def write_jsonl(objects: Iterable[object]) -> None:
    """One object a line, in the order of the input."""
    for one in objects:
        click.echo(json.dumps(one, ensure_ascii=False, separators=(",", ":")))


def coloured(word: str) -> str:
    """A word in its colour, where the terminal and the user want any; the word itself says it all."""
    if _environ("NO_COLOR") or _environ("TERM") == "dumb":
        return word
    if not sys.stdout.isatty() and not _environ("FORCE_COLOR"):
        return word
    return click.style(word, fg=COLOURS.get(word), bold=True)


def read_lines(file: IO[str], key: str) -> Iterable[str]:
    """Lines of a file: JSON objects with ``key``, or the text itself. Raises click.UsageError."""
    for number, raw in enumerate(file, 1):
        line = raw.rstrip("\n").removesuffix("\r")
        if not line:
            continue
        if line.startswith("{") and line.endswith("}"):
            yield _of_json(line, key, number)
        else:
            yield line


def _of_json(line: str, key: str, number: int) -> str:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return line  # `{{ .Values.image }}` is a reference that somebody left unfilled
    if isinstance(found, dict) and isinstance(found.get(key), str):
        return str(found[key])
    raise click.UsageError(f'line {number}: an object without a text "{key}"')


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Rows under headings, each column as wide as it needs; the last one is not padded."""
    widths = [
        max(len(row[index]) for row in (headings, *rows)) for index in range(len(headings) - 1)
    ]
    for row in (headings, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, row[-1]]).rstrip()


def _environ(name: str) -> str:
    return environ.get(name, "")
