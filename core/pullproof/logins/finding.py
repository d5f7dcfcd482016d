"""The login that docker or podman would use for an image."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pullproof.credentials import Credential
from pullproof.logins.files import Entry, LoginFile, read_login_files
from pullproof.logins.helpers import TIME_LIMIT_SECONDS, HelperFailed, ask_helper
from pullproof.reference import Reference

_DOCKER_HUB_SERVER: Final = "https://index.docker.io/v1/"
"""Under this name docker's helpers keep the login for Docker Hub."""


class Logins:
    """Reads files once, and asks a helper once for each host."""

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        home: Path | None = None,
        helper_seconds: float = TIME_LIMIT_SECONDS,
    ) -> None:
        self._environment = dict(os.environ if environment is None else environment)
        self._home = home
        self._helper_seconds = helper_seconds
        self._files: asyncio.Task[tuple[LoginFile, ...]] | None = None
        self._asked: dict[tuple[str, str], asyncio.Task[Entry | None]] = {}
        self._notes: dict[str, None] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """What went wrong so far, each once: sentences for people, without secrets."""
        return tuple(self._notes)

    async def candidates(self, reference: Reference) -> tuple[Credential, ...]:
        """The first login that fits, or nothing. Never raises for a broken file or helper."""
        if self._files is None:
            self._files = asyncio.create_task(asyncio.to_thread(self._read_files))
        for file in await asyncio.shield(self._files):
            self._notes |= dict.fromkeys(file.notes)
            found = await self._in_file(file, reference)
            if found is not None:
                return (found,)
        return ()

    def _read_files(self) -> tuple[LoginFile, ...]:
        home = self._home or Path(self._environment.get("HOME") or Path.home())
        return read_login_files(self._environment, home)

    async def _in_file(self, file: LoginFile, reference: Reference) -> Credential | None:
        """Helper of the host, then what stands in the file, then the helper for everything."""
        places = _places(reference)
        helper_place = next((place for place in places if place in file.helpers), None)
        if helper_place is not None:
            found = await self._from_helper(file.helpers[helper_place], helper_place, reference)
            if found is not None:
                return found
        for place in places:
            entry = file.entries.get(place)
            if entry is not None:
                return _credential(entry, place, file.name)
        if helper_place is not None:
            return None
        return await self._from_helper(file.store, reference.registry, reference)

    async def _from_helper(
        self, helper: str, place: str, reference: Reference
    ) -> Credential | None:
        if not helper:
            return None
        server = _DOCKER_HUB_SERVER if reference.is_docker_hub else reference.registry
        flight = self._asked.get((helper, server))
        if flight is None:
            question = ask_helper(helper, server, self._environment, self._helper_seconds)
            flight = self._asked[helper, server] = asyncio.create_task(question)
        try:
            entry = await asyncio.shield(flight)
        except HelperFailed as error:
            self._notes[f"{error}; {reference.registry} is asked without its login"] = None
            return None
        return None if entry is None else _credential(entry, place, f"docker-credential-{helper}")


def _places(reference: Reference) -> list[str]:
    """Where a login for this image may be kept: the longest path first, the host last.

    >>> from pullproof.reference import parse_reference
    >>> _places(parse_reference("ghcr.io/team/app:1"))
    ['ghcr.io/team/app', 'ghcr.io/team', 'ghcr.io']
    """
    parts = reference.name.split("/")
    return ["/".join(parts[:end]) for end in range(len(parts), 0, -1)]


def _credential(entry: Entry, place: str, origin: str) -> Credential:
    return Credential(
        username=entry.username,
        password=entry.password,
        secret="",
        key=place,
        login=origin,
        is_identity_token=entry.is_identity_token,
    )
