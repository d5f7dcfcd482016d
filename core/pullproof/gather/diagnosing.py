"""Gather the evidence about one container that waits for its image, and have it judged.

The operator and ``pullproof diagnose`` come here with what the node said; the registry is asked only
where its answer can make that sharper, with the credentials of the Pod.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pullproof.causes import Cause
from pullproof.diagnosis import Diagnosis, Evidence, diagnose
from pullproof.evidence import ProbeResult, RuntimeMessage
from pullproof.gather.answers import Answers
from pullproof.gather.keyrings import Keyrings, Reading, Wanted
from pullproof.gather.looking import parsed_reference
from pullproof.reference import InvalidReference, Reference
from pullproof.registry.probe import Ask
from pullproof.settings import Settings, is_asked

NOTHING_TO_ASK = frozenset(
    {
        Cause.CORRUPT_LOCAL_CONTENT,
        Cause.IMAGE_NOT_ON_NODE,
        Cause.INVALID_IMAGE_REFERENCE,
        Cause.KUBELET_PULL_THROTTLED,
        Cause.NODE_DISK_FULL,
        Cause.NODE_FILESYSTEM_ERROR,
        Cause.PROXY_FAILURE,
        Cause.PULL_SECRET_INVALID,
        Cause.REGISTRY_BLOCKED_BY_POLICY,
        Cause.REGISTRY_RATE_LIMITED,  # one more request would only make it worse
        Cause.RUNTIME_ERROR,
        Cause.SHORT_NAME_NOT_RESOLVABLE,
        Cause.SIGNATURE_REJECTED,
    }
)
"""The node alone knows; a registry's answer would change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One container that waits for its image."""

    container: str
    image: str
    message: RuntimeMessage | None
    namespace: str
    secrets: tuple[str, ...]
    service_account: str
    node: str = ""
    node_platform: str = ""


class Diagnosing:
    """Asks what is worth asking, then calls the pure judge."""

    def __init__(
        self, *, settings: Callable[[], Settings], answers: Answers, keyrings: Keyrings
    ) -> None:
        self._settings = settings
        self._answers = answers
        self._keyrings = keyrings

    async def diagnose(self, waiting: Waiting) -> Diagnosis:
        """One container's diagnosis. Never raises for what a registry or a Secret does."""
        parsed = parsed_reference(waiting.image)
        reference = parsed if isinstance(parsed, Reference) else None
        probe, reading = None, None
        if reference is not None and self._worth_asking(waiting, reference):
            reading = await self._read(waiting)
            probe = await self._probe(reference, reading, waiting)
        return diagnose(
            Evidence(
                image=waiting.image,
                reference=reference,
                invalid=parsed if isinstance(parsed, InvalidReference) else None,
                message=waiting.message,
                probe=probe,
                secret_problem=_problem(reading, reference),
                node=waiting.node,
                node_platform=waiting.node_platform,
                namespace=waiting.namespace,
                secrets=waiting.secrets,
                service_account=waiting.service_account,
            )
        )

    def _worth_asking(self, waiting: Waiting, reference: Reference) -> bool:
        if waiting.message is not None and waiting.message.cause in NOTHING_TO_ASK:
            return False
        return is_asked(self._settings(), reference.registry)

    async def _read(self, waiting: Waiting) -> Reading:
        # A Pod's list is complete: the admission plugin has copied the ServiceAccount's into it.
        return await self._keyrings.read(
            Wanted(namespace=waiting.namespace, secrets=waiting.secrets)
        )

    async def _probe(self, reference: Reference, reading: Reading, waiting: Waiting) -> ProbeResult:
        seconds = self._settings().times.probe_seconds
        mismatch = waiting.message is not None and (
            waiting.message.cause is Cause.PLATFORM_MISMATCH
        )
        return await self._answers.ask(
            Ask(
                reference=reference,
                candidates=reading.keyring.candidates(reference),
                tenant=waiting.namespace,
                deadline=asyncio.get_running_loop().time() + seconds,
                credentials_complete=reading.complete,
                want_platforms=mismatch,
            )
        )


def _problem(reading: Reading | None, reference: Reference | None) -> tuple[Cause, str] | None:
    if reading is None or reference is None:
        return None
    why = reading.why_unused(reference)
    return None if why is None or why[0] is Cause.UNKNOWN else why
