"""One case a Pod: from the first sight of a failed pull to its recovery.

A case is worked on by one task at a time. What arrives meanwhile is kept, and only the newest state
is looked at next, so a burst of changes of one Pod costs one diagnosis.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from pullproof.causes import Cause
from pullproof.diagnosis import Diagnosis
from pullproof.evidence import RuntimeMessage
from pullproof.gather.diagnosing import Diagnosing, Waiting
from pullproof.kube.api import segment
from pullproof.kube.gateway import Cluster, ClusterError, ClusterNotFound, Json
from pullproof.kube.objects import read
from pullproof.settings import Settings
from pullproof.wording import (
    ContainerDiagnosis,
    annotation_json,
    annotation_text,
    event_message,
    recovery_message,
)
from pullproof_operator.annotations import document_of, since_when
from pullproof_operator.owners import Owners
from pullproof_operator.reporting import RECOVERED, Reporter, Subject, event_name, stamp
from pullproof_operator.triage import (
    Container,
    annotations,
    better,
    containers,
    has_annotations,
)

RETRY_SECONDS = 5.0
logger = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Complaint:
    """What is known about one container that waits."""

    since: datetime
    """When it was first seen waiting; of the annotation, after a restart of ours."""
    image: str = ""
    restored: bool = False
    """It stands in the Pod's annotation: an earlier life of ours has told it."""
    message: RuntimeMessage | None = None
    diagnosis: Diagnosis | None = None
    told: set[str] = field(default_factory=set)
    """Names of the Events that exist for it."""
    renewed: datetime | None = None
    """When its Event was last made or renewed."""


@dataclass(slots=True, kw_only=True)
class Case:
    """One Pod."""

    subject: Subject
    body: Json | None = None
    """The newest state; None: to be read."""
    complaints: dict[str, Complaint] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None
    dirty: bool = False
    restored: bool = False
    pending: bool = True
    """The Pod is in the watched selection, so its changes arrive by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a case is worked on with."""

    cluster: Cluster
    reporter: Reporter
    diagnosing: Callable[[], Diagnosing]
    settings: Callable[[], Settings]
    owners: Owners
    now: Callable[[], datetime]
    diagnosed: Callable[[Diagnosis, float], None]
    """Told of each new diagnosis and of the seconds since the failure was first seen."""


class Cases:
    """All open cases, by Pod uid."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._cases: dict[str, Case] = {}

    def __len__(self) -> int:
        return len(self._cases)

    def open_causes(self) -> dict[str, int]:
        """How many containers wait, by cause."""
        counts: dict[str, int] = {}
        for case in self._cases.values():
            for complaint in case.complaints.values():
                if complaint.diagnosis is not None:
                    cause = complaint.diagnosis.cause.value
                    counts[cause] = counts.get(cause, 0) + 1
        return counts

    def seen(self, pod: Json) -> None:
        """A Pod's newest state, from a watch or a read."""
        uid = str(pod["metadata"]["uid"])
        case = self._cases.get(uid)
        if case is None:
            if not has_annotations(pod) and not any(one.waits for one in containers(pod)):
                return
            case = self._open(_subject(pod))
        case.body = pod
        self._work(case)

    def told(self, subject: Subject, container: str, message: RuntimeMessage) -> None:
        """An Event of the kubelet about a failed pull: earlier than the status by a second."""
        case = self._cases.get(subject.uid) or self._open(subject)
        complaint = case.complaints.setdefault(container, Complaint(since=self._tools.now()))
        complaint.message = better(complaint.message, message)
        case.body = None
        self._work(case)

    def left(self, pod: Json) -> None:
        """The Pod left the selection: it runs, has ended, or is gone. Read it to know."""
        case = self._cases.get(str(pod["metadata"]["uid"]))
        if case is not None:
            case.body = None
            self._work(case)

    def adopt(self, subject: Subject) -> None:
        """A Pod that carries our annotations from an earlier life of ours: read it."""
        if subject.uid not in self._cases:
            self._work(self._open(subject))

    def recheck(self) -> None:
        """Read the open cases that the watch does not show, and those whose Event is to be renewed."""
        for case in list(self._cases.values()):
            if case.task is None and (not case.pending or self._renewal_due(case)):
                case.body = None
                self._work(case)

    def _renewal_due(self, case: Case) -> bool:
        return any(self._due(one) for one in case.complaints.values())

    def _due(self, complaint: Complaint) -> bool:
        if complaint.renewed is None:
            return True
        seconds = (self._tools.now() - complaint.renewed).total_seconds()
        return seconds >= self._tools.settings().times.event_refresh_seconds

    async def aclose(self) -> None:
        """End what is under way."""
        tasks = [case.task for case in self._cases.values() if case.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _open(self, subject: Subject) -> Case:
        case = Case(subject=subject)
        self._cases[subject.uid] = case
        return case

    def _work(self, case: Case) -> None:
        case.dirty = True
        if case.task is None:
            case.task = asyncio.create_task(self._until_clean(case))
            case.task.add_done_callback(lambda _: setattr(case, "task", None))

    async def _until_clean(self, case: Case) -> None:
        while case.dirty:
            case.dirty = False
            try:
                await self._step(case)
            except ClusterNotFound:
                self._cases.pop(case.subject.uid, None)
                return
            except ClusterError as error:
                logger.warning("will try again", pod=case.subject.name, reason=str(error)[:300])
                await asyncio.sleep(RETRY_SECONDS)
                case.dirty = True
            except Exception:  # the outermost function of a case: one bad Pod stops no other
                logger.exception("case failed", pod=case.subject.name)
                self._cases.pop(case.subject.uid, None)
                return

    async def _step(self, case: Case) -> None:
        pod = case.body or await self._read(case)
        case.body = None
        if str(pod["metadata"]["uid"]) != case.subject.uid or _ends(pod):
            self._cases.pop(case.subject.uid, None)
            return
        case.pending = (pod.get("status") or {}).get("phase") == "Pending"
        if not case.restored:
            self._restore(case, pod)
        waiting = [one for one in containers(pod) if _waits(one, case)]
        diagnoses = await self._diagnose(case, pod, waiting)
        if case.dirty:
            return  # newer news has come while the registry was asked: judge by that
        await self._write(case, pod, waiting, diagnoses)

    async def _read(self, case: Case) -> Json:
        subject = case.subject
        path = f"/api/v1/namespaces/{segment(subject.namespace)}/pods/{segment(subject.name)}"
        return await read(self._tools.cluster, path)

    def _restore(self, case: Case, pod: Json) -> None:
        """After a restart: the time since when, from our own annotation, if it is ours."""
        case.restored = True
        _, document = annotations(pod)
        for name, since in since_when(document):
            complaint = case.complaints.setdefault(name, Complaint(since=since))
            complaint.since, complaint.restored = since, True

    async def _diagnose(
        self, case: Case, pod: Json, waiting: list[Container]
    ) -> list[ContainerDiagnosis]:
        results = await asyncio.gather(*(self._one(case, pod, one) for one in waiting))
        return [
            ContainerDiagnosis(
                container=one.name,
                diagnosis=diagnosis,
                since=stamp(case.complaints[one.name].since),
            )
            for one, diagnosis in zip(waiting, results, strict=True)
        ]

    async def _one(self, case: Case, pod: Json, container: Container) -> Diagnosis:
        complaint = case.complaints.setdefault(container.name, Complaint(since=self._tools.now()))
        if complaint.image not in ("", container.image):
            # Somebody has changed the image: what was said about the old one is void.
            case.complaints[container.name] = complaint = Complaint(since=self._tools.now())
        complaint.image = container.image
        complaint.message = better(complaint.message, container.message)
        spec = pod.get("spec") or {}
        node = str(spec.get("nodeName") or "")
        secrets = tuple(
            str(one["name"]) for one in spec.get("imagePullSecrets") or () if one.get("name")
        )
        return await self._tools.diagnosing().diagnose(
            Waiting(
                container=container.name,
                image=container.image,
                message=complaint.message,
                namespace=case.subject.namespace,
                secrets=secrets,
                service_account=str(spec.get("serviceAccountName") or ""),
                node=node,
                node_platform=await self._tools.owners.platform(node),
            )
        )

    async def _write(
        self,
        case: Case,
        pod: Json,
        waiting: list[Container],
        diagnoses: list[ContainerDiagnosis],
    ) -> None:
        for container, one in zip(waiting, diagnoses, strict=True):
            await self._tell(case, pod, container, one.diagnosis)
        await self._annotate(case, pod, diagnoses)
        still = {one.name for one in waiting}
        by_name = {one.name: one for one in containers(pod)}
        for name in [one for one in case.complaints if one not in still]:
            complaint = case.complaints.pop(name)
            container_or_none = by_name.get(name)
            # Only what was told can be taken back: an old Event of the kubelet proves nothing.
            told = complaint.diagnosis is not None or complaint.restored
            if container_or_none is not None and container_or_none.started and told:
                await self._recovered(case, container_or_none, complaint)
        if not case.complaints:
            self._cases.pop(case.subject.uid, None)

    async def _tell(
        self, case: Case, pod: Json, container: Container, diagnosis: Diagnosis
    ) -> None:
        complaint = case.complaints[container.name]
        before, complaint.diagnosis = complaint.diagnosis, diagnosis
        now, settings = self._tools.now(), self._tools.settings()
        new = before is None or before.cause is not diagnosis.cause
        if new:
            self._tools.diagnosed(diagnosis, (now - complaint.since).total_seconds())
        # Without a word from the node and without an answer there is nothing worth an Event yet.
        if diagnosis.cause is Cause.UNKNOWN and not diagnosis.message:
            return
        if not settings.operator.events or not (new or self._due(complaint)):
            return
        message = event_message(diagnosis, settings.docs_url)
        name = event_name(case.subject, container.field_path, diagnosis.cause)
        again = name in complaint.told
        if self._is_incident(diagnosis):
            owner = await self._tools.owners.top(case.subject, pod)
            written = owner is None or await self._tools.reporter.tell(
                owner, reason=diagnosis.cause, message=message, again=False
            )
        else:
            written = await self._tools.reporter.tell(
                case.subject,
                reason=diagnosis.cause,
                message=message,
                field_path=container.field_path,
                again=again,
            )
        if written:
            complaint.told.add(name)
            complaint.renewed = now

    def _is_incident(self, diagnosis: Diagnosis) -> bool:
        """Whether so many Pods fail alike that telling each would be a storm."""
        limit = self._tools.settings().operator.incident_pods
        alike = 0
        for case in self._cases.values():
            if any(_alike(one.diagnosis, diagnosis) for one in case.complaints.values()):
                alike += 1
        return alike >= limit

    async def _annotate(self, case: Case, pod: Json, diagnoses: list[ContainerDiagnosis]) -> None:
        if not self._tools.settings().operator.annotate:
            return
        now_text, now_document = annotations(pod)
        if not diagnoses:
            if now_text is not None or now_document is not None:
                await self._tools.reporter.annotate(case.subject, None, None)
            return
        text = annotation_text(diagnoses)
        document = annotation_json(diagnoses, _diagnosed_at(now_document, diagnoses, self._tools))
        if (text, document) != (now_text, now_document):
            await self._tools.reporter.annotate(case.subject, text, document)

    async def _recovered(self, case: Case, container: Container, complaint: Complaint) -> None:
        if not self._tools.settings().operator.events:
            return
        seconds = (self._tools.now() - complaint.since).total_seconds()
        await self._tools.reporter.tell(
            case.subject,
            reason=RECOVERED,
            message=recovery_message(container.image, seconds),
            field_path=container.field_path,
            warning=False,
            again=bool(complaint.told),
        )


def _waits(container: Container, case: Case) -> bool:
    """By the status, or by an Event that came before it."""
    complaint = case.complaints.get(container.name)
    return container.waits or (
        container.undecided and complaint is not None and complaint.message is not None
    )


def _alike(one: Diagnosis | None, other: Diagnosis) -> bool:
    return one is not None and one.cause is other.cause and one.host == other.host


def _ends(pod: Json) -> bool:
    """Whether the Pod is being deleted or has ended: nothing more is to be said about it."""
    phase = (pod.get("status") or {}).get("phase")
    return bool(pod["metadata"].get("deletionTimestamp")) or phase in ("Succeeded", "Failed")


def _subject(pod: Json) -> Subject:
    metadata = pod["metadata"]
    return Subject(
        api_version="v1",
        kind="Pod",
        namespace=str(metadata["namespace"]),
        name=str(metadata["name"]),
        uid=str(metadata["uid"]),
    )


def _diagnosed_at(document: str | None, diagnoses: list[ContainerDiagnosis], tools: Tools) -> str:
    """The time in the annotation, if the diagnosis there is this one; else now."""
    before = document_of(document).get("diagnosedAt")
    if isinstance(before, str) and annotation_json(diagnoses, before) == document:
        return before
    return stamp(tools.now())
