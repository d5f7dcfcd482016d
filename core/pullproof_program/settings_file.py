"""The settings on disk, read again when they change: a mounted ConfigMap, swapped by the kubelet."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from pullproof.metrics import SETTINGS_BUILT_IN, SETTINGS_REJECTED
from pullproof.policy import Mode
from pullproof.settings import InvalidSettings, Settings, parse_settings
from pullproof_program.meters import Meters

POLL_SECONDS = 5.0
"""The kubelet needs up to about 80 seconds to bring a changed ConfigMap; together under 90."""

logger = structlog.get_logger()


class SettingsFile:
    """Holds the settings in force: the newest good ones, or the built-in ones in warn mode."""

    def __init__(self, path: Path, meters: Meters) -> None:
        self._path = path
        self._meters = meters
        self._text: bytes | None = None
        self.settings = msgspec.structs.replace(Settings(), mode=Mode.WARN)
        self.built_in = True
        self.read()

    def read(self) -> bool:
        """Read the file; True if other settings are in force now."""
        try:
            text = self._path.read_bytes()
        except OSError as error:
            return self._refuse(f"{self._path} cannot be read: {error.strerror}")
        if text == self._text:
            return False
        self._text = text
        try:
            settings = parse_settings(text)
        except InvalidSettings as error:
            return self._refuse(str(error))
        changed = self.built_in or settings != self.settings
        self.settings, self.built_in = settings, False
        self._meters.set(SETTINGS_REJECTED, 0)
        self._meters.set(SETTINGS_BUILT_IN, 0)
        if changed:
            logger.info("settings in force", mode=settings.mode.value)
        return changed

    def _refuse(self, why: str) -> bool:
        self._meters.set(SETTINGS_REJECTED, 1)
        self._meters.set(SETTINGS_BUILT_IN, int(self.built_in))
        kept = "the built-in settings, in warn mode" if self.built_in else "the last good settings"
        logger.error("settings refused", reason=why, in_force=kept)
        return False

    async def follow(self, changed: Callable[[Settings], None]) -> None:
        """Read again whenever the file changes, until cancelled."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if self.read():
                changed(self.settings)
