"""Every metric's name, labels and help, in one table.

Labels are bounded: causes, actions, modes, outcomes; never an image, a host or a Pod, since whoever
writes Pods would choose how many there are.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What Prometheus calls it."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric."""

    name: str
    """Without the suffix ``_total`` of counters."""
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


def _counter(name: str, text: str, *labels: str) -> Metric:
    return Metric(name=f"pullproof_{name}", kind=Kind.COUNTER, help=text, labels=labels)


def _gauge(name: str, text: str, *labels: str) -> Metric:
    return Metric(name=f"pullproof_{name}", kind=Kind.GAUGE, help=text, labels=labels)


def _histogram(name: str, text: str, *labels: str) -> Metric:
    return Metric(name=f"pullproof_{name}", kind=Kind.HISTOGRAM, help=text, labels=labels)


REVIEWS = _counter("reviews", "Admission reviews answered.", "mode", "outcome")
REVIEW_SECONDS = _histogram("review_seconds", "Time to answer an admission review.")
FINDINGS = _counter("findings", "Images that something is wrong with.", "cause", "action")
REVIEW_ERRORS = _counter("review_errors", "Reviews admitted because of a failure of our own.")
FOREIGN_REQUESTS = _counter("foreign_requests", "Requests to any path but the secret one.")
KNOWN_IMAGES = _gauge("known_images", "Images that nodes hold or Pods have started.")
KNOWN_COMPLETE = _gauge("known_images_complete", "1 once Pods and Nodes have both been listed.")
CERTIFICATE_EXPIRY = _gauge(
    "certificate_expiry_timestamp_seconds", "When the serving certificate ends, in Unix time."
)
SETTINGS_REJECTED = _gauge("settings_rejected", "1 while the settings on disk cannot be used.")
SETTINGS_BUILT_IN = _gauge("settings_built_in", "1 while the built-in settings are in force.")
CANARY_OK = _gauge("canary_ok", "1 if the last canary was denied, as it must be.")
CANARIES = _counter("canaries", "Canaries sent.", "outcome")
REPAIRS = _counter("webhook_repairs", "Times that caBundle or path had to be put back.")
DIAGNOSES = _counter("diagnoses", "Diagnoses made.", "cause")
OPEN_DIAGNOSES = _gauge("open_diagnoses", "Containers that wait for an image now.", "cause")
DIAGNOSIS_SECONDS = _histogram(
    "diagnosis_seconds", "From the first sight of a failed pull to what was written about it."
)
WRITES = _counter("writes", "Writes to the API server.", "what", "outcome")

ALL: tuple[Metric, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Metric)
)
