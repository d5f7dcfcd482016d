"""The serving certificate and the secret path, as mounted from the guardian's Secret."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from cryptography import x509

from pullproof.metrics import CERTIFICATE_EXPIRY
from pullproof_program.meters import Meters

POLL_SECONDS = 2.0
HEX = frozenset("0123456789abcdef")
PATH_DIGITS = 64

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted:
    """What the folder holds."""

    certificate: bytes
    key: bytes
    path: str
    """64 hexadecimal digits."""
    not_after: datetime


class Certificates:
    """One SSLContext for the life of the program: a renewed pair serves the next handshake."""

    def __init__(self, folder: Path, meters: Meters, authority: Path | None = None) -> None:
        """``authority``: PEM file of who signs the API server's client certificate; None: not asked."""
        self._folder = folder
        self._meters = meters
        self._loaded: Mounted | None = None
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        if authority is not None:
            self.context.load_verify_locations(authority)
            self.context.verify_mode = ssl.CERT_REQUIRED

    @property
    def path(self) -> str:
        """The secret path's digits; empty before anything is loaded."""
        return self._loaded.path if self._loaded else ""

    def problem(self, now: datetime) -> str:
        """Why nothing can be served; empty if all is well."""
        if self._loaded is None:
            return "no certificate yet"
        return "the certificate has expired" if now >= self._loaded.not_after else ""

    def load(self) -> bool:
        """Read the folder; True if something else is served from now on."""
        try:
            mounted = _read(self._folder)
        except (OSError, ValueError) as error:
            if self._loaded is None:
                logger.warning("no certificate", reason=str(error))
            return False
        if mounted == self._loaded:
            return False
        try:
            self.context.load_cert_chain(self._folder / "tls.crt", self._folder / "tls.key")
        except (OSError, ssl.SSLError) as error:
            logger.error("certificate refused", reason=str(error))  # noqa: TRY400  # no traceback: it would add nothing
            return False
        self._loaded = mounted
        self._meters.set(CERTIFICATE_EXPIRY, mounted.not_after.timestamp())
        logger.info("certificate loaded", not_after=mounted.not_after.isoformat())
        return True

    async def follow(self, changed: Callable[[], None] = lambda: None) -> None:
        """Load again whenever the folder changes, until cancelled."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if self.load():
                changed()


def _read(folder: Path) -> Mounted:
    certificate = (folder / "tls.crt").read_bytes()
    path = (folder / "path").read_text("ascii").strip()
    if len(path) != PATH_DIGITS or not set(path) <= HEX:
        raise ValueError("the secret path is not 64 hexadecimal digits")
    not_after = x509.load_pem_x509_certificate(certificate).not_valid_after_utc
    return Mounted(
        certificate=certificate,
        key=(folder / "tls.key").read_bytes(),
        path=path,
        not_after=not_after.astimezone(UTC),
    )
