"""``pullproof credentials``: which login of these Secrets a pull would use, and why not the others."""

import json
from collections.abc import Iterator
from typing import IO, Any

import click

from pullproof.cli.output import format_option, write_json, write_jsonl
from pullproof.credentials import InvalidSecret, PullSecret, make_keyring, unused
from pullproof.reference import InvalidReference, Reference, parse_reference
from pullproof.wording.text import shown

EPILOG = """\b
Examples:
  kubectl -n shop get secret regcred -o json | jq '[.]' | pullproof credentials ghcr.io/acme/api:1 -f -
  pullproof credentials nginx -f secrets.json -o json
"""


@click.command(epilog=EPILOG)
@click.argument("image")
@click.option(
    "-f",
    "--file",
    type=click.File("r"),
    required=True,
    help="JSON list of Secrets as the API server returns them, in their order; - is stdin.",
)
@format_option
def credentials(image: str, file: IO[str], output: str) -> None:
    """Show which logins the kubelet would try for IMAGE, in its order. Never shows a password."""
    secrets = _secrets(file)
    try:
        reference = parse_reference(image)
    except InvalidReference as error:
        raise click.UsageError(f"{shown(image)}: {error.message}") from error
    found = credentials_object(image, reference, secrets)
    if output == "json":
        write_json(found)
    elif output == "jsonl":
        write_jsonl([found])
    else:
        click.echo("\n".join(_lines(found, reference, secrets)))


def credentials_object(
    image: str, reference: Reference, secrets: list[PullSecret]
) -> dict[str, Any]:
    """The command's JSON."""
    empty: dict[str, Any] = {"image": image, "lookup": reference.name}
    try:
        keyring = make_keyring(secrets)
    except InvalidSecret as error:
        problem = {"secret": error.secret, "message": error.message}
        return {**empty, "error": problem, "candidates": []}
    candidates = [
        {"secret": one.secret, "key": one.key, "username": one.username}
        for one in keyring.candidates(reference)
    ]
    return {**empty, "error": None, "candidates": candidates}


def _secrets(file: IO[str]) -> list[PullSecret]:
    try:
        document = json.load(file)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"not JSON: {error}") from error
    if isinstance(document, dict) and document.get("kind") == "List":
        document = document.get("items")
    listed = document if isinstance(document, list) else [document]
    if not all(isinstance(one, dict) for one in listed):
        raise click.UsageError("not a list of Secrets")
    try:
        return [PullSecret.from_object(one) for one in listed]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise click.UsageError(f"not a list of Secrets: {error}") from error


def _lines(found: dict[str, Any], reference: Reference, secrets: list[PullSecret]) -> Iterator[str]:
    yield f"looked up as {found['lookup']}"
    if found["error"] is not None:
        yield f"Secret {found['error']['secret']}: {found['error']['message']}"
        yield "one Secret that cannot be read fails every pull of the Pod"
        return
    for number, one in enumerate(found["candidates"], 1):
        yield f"{number}. {one['username']} of Secret {one['secret']} (key {one['key']})"
    if not found["candidates"]:
        yield "no login: the pull is anonymous"
    for secret in secrets:
        reason = unused(secret, reference)
        if reason is not None:
            yield f"   Secret {secret} {reason}"
