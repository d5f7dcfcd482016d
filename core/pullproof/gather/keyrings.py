"""The credentials that the kubelet would use for a Pod, read with the rights that we have."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from pullproof.causes import Cause
from pullproof.credentials import (
    InvalidSecret,
    Keyring,
    PullSecret,
    effective_secret_names,
    make_keyring,
    unused,
)
from pullproof.kube.gateway import Cluster, ClusterError, ClusterNotFound
from pullproof.kube.objects import read_secret, read_service_account_secrets
from pullproof.reference import Reference
from pullproof.settings import Credentials, CredentialsMode
from pullproof.wording.text import quoted

REMEMBERED_SECONDS = 5.0
"""A burst of equal Pods reads a Secret once; a corrected Secret is seen within this time."""
MAX_REMEMBERED = 2_000
MAX_SECRETS = 20
"""Of one Pod; those beyond count as unread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose pull secrets are meant."""

    namespace: str
    secrets: tuple[str, ...]
    """As the Pod or the template names them."""
    service_account: str | None = None
    """Set for templates, where the admission plugin has not yet copied the account's secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read."""

    keyring: Keyring
    complete: bool
    """Every Secret and the ServiceAccount could be read: an absence may be definite."""
    secrets: tuple[PullSecret, ...]
    names: tuple[str, ...]
    """The Secrets that count, after the ServiceAccount rule."""
    problem: tuple[Cause, str] | None = None
    """The first thing that is wrong with them."""

    def why_unused(self, reference: Reference) -> tuple[Cause, str] | None:
        """Why the Pod's Secrets give nothing for this image; None where one does, or none is named."""
        if self.problem is not None:
            return self.problem
        if self.keyring.candidates(reference):
            return None
        for secret in self.secrets:
            reason = unused(secret, reference)
            if reason is not None:
                return _cause_of(secret), f"Secret {quoted(secret.name, 80)} {reason}"
        return None


def _cause_of(secret: PullSecret) -> Cause:
    kinds = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")
    if secret.type not in kinds:
        return Cause.PULL_SECRET_WRONG_TYPE
    return Cause.PULL_SECRET_HOST_MISMATCH


@dataclass(frozen=True, slots=True)
class _Remembered:
    reading: Reading
    until: float


class Keyrings:
    """Readings, each Secret by name and never listed; remembered for a few seconds."""

    def __init__(self, cluster: Cluster, credentials: Callable[[], Credentials]) -> None:
        self._cluster = cluster
        self._credentials = credentials
        self._remembered: OrderedDict[Wanted, _Remembered] = OrderedDict()
        self._flights: dict[Wanted, asyncio.Task[Reading]] = {}

    def remembered(self, wanted: Wanted) -> Reading | None:
        """A reading that is at hand."""
        if not wanted.secrets and wanted.service_account is None:
            return _NOTHING
        kept = self._remembered.get(wanted)
        if kept is None or kept.until < asyncio.get_running_loop().time():
            return None
        return kept.reading

    async def read(self, wanted: Wanted) -> Reading:
        """Read them now, or take part in a reading under way. Never raises for a bad Secret."""
        kept = self.remembered(wanted)
        if kept is not None:
            return kept
        flight = self._flights.get(wanted)
        if flight is None:
            flight = asyncio.create_task(self._read(wanted))
            self._flights[wanted] = flight
            flight.add_done_callback(lambda _: self._flights.pop(wanted, None))
        return await asyncio.shield(flight)

    async def _read(self, wanted: Wanted) -> Reading:
        reading = await self._gather(wanted)
        until = asyncio.get_running_loop().time() + REMEMBERED_SECONDS
        self._remembered[wanted] = _Remembered(reading, until)
        self._remembered.move_to_end(wanted)
        while len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
        return reading

    async def _gather(self, wanted: Wanted) -> Reading:
        if not self._may_read(wanted.namespace):
            return Reading(
                keyring=make_keyring(()),
                complete=False,
                secrets=(),
                names=wanted.secrets,
            )
        names, complete = wanted.secrets, True
        if wanted.service_account is not None:
            names, complete = await self._effective(wanted)
        # Without a name there is nothing to read; as a path it would be the list of all Secrets.
        names = tuple(filter(None, names))
        results = await asyncio.gather(
            *(self._one(wanted.namespace, name) for name in names[:MAX_SECRETS])
        )
        secrets = tuple(one for one in results if isinstance(one, PullSecret))
        problem = next((one for one in results if not isinstance(one, PullSecret)), None)
        complete = complete and problem is None and len(names) <= MAX_SECRETS
        try:
            keyring = make_keyring(secrets)
        except InvalidSecret as error:
            broken = Cause.PULL_SECRET_INVALID, str(error)
            return Reading(
                keyring=make_keyring(()),
                complete=False,
                secrets=secrets,
                names=names,
                problem=broken,
            )
        return Reading(
            keyring=keyring, complete=complete, secrets=secrets, names=names, problem=problem
        )

    def _may_read(self, namespace: str) -> bool:
        credentials = self._credentials()
        if credentials.mode is CredentialsMode.NONE:
            return False
        everywhere = credentials.mode is CredentialsMode.REFERENCED
        return everywhere or namespace in credentials.namespaces

    async def _effective(self, wanted: Wanted) -> tuple[tuple[str, ...], bool]:
        account = wanted.service_account or "default"
        try:
            of_account = await read_service_account_secrets(
                self._cluster, wanted.namespace, account
            )
        except ClusterError:
            return wanted.secrets, bool(wanted.secrets)
        return effective_secret_names(wanted.secrets, of_account), True

    async def _one(self, namespace: str, name: str) -> PullSecret | tuple[Cause, str]:
        try:
            return await read_secret(self._cluster, namespace, name)
        except ClusterNotFound:
            where = f"namespace {quoted(namespace, 63)}"
            return (
                Cause.PULL_SECRET_MISSING,
                f"the Pod names pull secret {quoted(name, 80)}, which {where} does not have",
            )
        except ClusterError:
            return Cause.UNKNOWN, f"Secret {quoted(name, 80)} could not be read"


_NOTHING = Reading(keyring=make_keyring(()), complete=True, secrets=(), names=())
