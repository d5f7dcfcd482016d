"""Credential helpers: programs that keep logins elsewhere.

``docker-credential-NAME get`` reads a host from its standard input and answers with JSON.
https://github.com/docker/docker-credential-helpers
"""

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
from collections.abc import Mapping
from typing import Final

from pullproof.logins.files import Entry

MAX_ANSWER_BYTES: Final = 64 * 1024
TIME_LIMIT_SECONDS: Final = 20.0
"""A helper may have to ask a cloud for a token."""

_ENDING_SECONDS: Final = 2.0

# Nothing that could name a program elsewhere.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)

_NONE_THERE: Final = b"credentials not found"
"""What helpers print, with a failing exit code, when they know no login for the host."""


class HelperFailed(Exception):
    """A helper could not say. The text names it, and never repeats what it printed."""


async def ask_helper(
    name: str,
    server: str,
    environment: Mapping[str, str],
    time_limit_seconds: float = TIME_LIMIT_SECONDS,
) -> Entry | None:
    """Ask a helper for the login at ``server``; None: it has none. Raises HelperFailed."""
    program = f"docker-credential-{name}"
    if not _NAME.fullmatch(name):
        raise HelperFailed("a credential helper has a name that is none")
    path = shutil.which(program, path=environment.get("PATH", os.defpath))
    if path is None:
        raise HelperFailed(f"{program} is not installed, or not in PATH")
    try:
        async with asyncio.timeout(time_limit_seconds):
            status, answer = await _run(path, server, environment)
    except TimeoutError:
        raise HelperFailed(f"{program} gave no answer in {time_limit_seconds:g} s") from None
    except OSError as error:
        raise HelperFailed(f"{program} cannot be run: {error.strerror}") from None
    if len(answer) > MAX_ANSWER_BYTES:
        raise HelperFailed(f"{program} answered with more than {MAX_ANSWER_BYTES} bytes")
    if status != 0 and _NONE_THERE in answer:
        return None
    if status != 0:
        raise HelperFailed(f"{program} failed with exit code {status}")
    return _read(program, answer)


async def _run(path: str, server: str, environment: Mapping[str, str]) -> tuple[int, bytes]:
    """Run it to its end, or end it with all that it started."""
    process = await _start(path, environment)
    assert process.stdin is not None
    assert process.stdout is not None
    finished = False
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it need not listen
            process.stdin.write(server.encode() + b"\n")
            await process.stdin.drain()
        process.stdin.close()
        answer = b""
        while len(answer) <= MAX_ANSWER_BYTES:
            piece = await process.stdout.read(MAX_ANSWER_BYTES + 1)
            if not piece:
                status = await process.wait()
                finished = True
                return status, answer
            answer += piece
        return -1, answer
    finally:
        if not finished:
            await _end(process)


async def _start(path: str, environment: Mapping[str, str]) -> asyncio.subprocess.Process:
    starting = asyncio.create_task(
        asyncio.create_subprocess_exec(
            path,
            "get",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=dict(environment),
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # Cancelled half-way, asyncio would leave pipes open.
        with contextlib.suppress(OSError):
            await _end(await starting)
        raise


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    assert process.stdout is not None
    # Read to the end first: with a full pipe, wait() would never return. What has left the group may
    # keep the pipe open, and is not waited for.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_ENDING_SECONDS):
            while await process.stdout.read(MAX_ANSWER_BYTES):
                pass
            await process.wait()


def _read(program: str, answer: bytes) -> Entry | None:
    try:
        document = json.loads(answer)
    except (ValueError, RecursionError):
        document = None
    username = document.get("Username", "") if isinstance(document, dict) else None
    secret = document.get("Secret", "") if isinstance(document, dict) else None
    if not isinstance(username, str) or not isinstance(secret, str):
        raise HelperFailed(f"{program} answered with something else than a login")
    if username == "<token>":
        return Entry(username="", password=secret, is_identity_token=True) if secret else None
    return Entry(username=username, password=secret) if username or secret else None
