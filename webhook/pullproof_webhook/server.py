"""HTTP: the secret path and nothing else. Nothing here decides."""

import hmac
import re
import time
from collections.abc import Callable

import structlog
from aiohttp import web

from pullproof.gather.admission import Admission, Answered
from pullproof.metrics import FINDINGS, FOREIGN_REQUESTS, REVIEW_ERRORS, REVIEW_SECONDS, REVIEWS
from pullproof.policy import Mode
from pullproof.review import InvalidReview, Review, answer, read_review
from pullproof.settings import Settings
from pullproof_program.meters import Meters

DEFAULT_TIMEOUT_SECONDS = 10.0
"""What the API server waits where a webhook configuration names no time."""
LEAST_SECONDS = 0.2
_TIMEOUT = re.compile(r"(\d{1,4})(ms|s|m)", re.ASCII)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
CANARY = "canary"
UNCHECKED = "pullproof could not check this object because of a failure of its own. Admitted."

logger = structlog.get_logger()


class Server:
    """Routes of the TLS port: ``/<64 hex>/pods/<mode>``, ``/workloads/<mode>``, ``/canary``."""

    def __init__(
        self,
        *,
        admission: Admission,
        settings: Callable[[], Settings],
        path: Callable[[], str],
        meters: Meters,
    ) -> None:
        self._admission = admission
        self._settings = settings
        self._path = path
        self._meters = meters

    def app(self, review_bytes: int) -> web.Application:
        """The application; a body over ``review_bytes`` is refused before it is read whole."""
        app = web.Application(client_max_size=review_bytes)
        app.router.add_route("*", "/{tail:.*}", self._any)
        return app

    async def _any(self, request: web.Request) -> web.Response:
        mode = self._mode(request)
        if mode is None:
            # Any Pod can reach this port. Not a word of what is here, and no body is read.
            self._meters.count(FOREIGN_REQUESTS)
            return web.Response(status=404)
        started = time.perf_counter()
        data = await request.read()
        seconds = budget(request.query.get("timeout", ""), self._settings())
        status, body = await self._answer(data, mode, seconds)
        self._meters.observe(REVIEW_SECONDS, time.perf_counter() - started)
        return web.Response(status=status, body=body, content_type="application/json")

    def _mode(self, request: web.Request) -> Mode | None:
        """What the path wants; None for any path that is not ours."""
        secret, _, rest = request.path.removeprefix("/").partition("/")
        expected = self._path()
        if request.method != "POST" or not expected:
            return None
        if not hmac.compare_digest(secret.encode(), expected.encode()):
            return None
        if rest == CANARY:
            return Mode.ENFORCE
        kind, _, mode = rest.partition("/")
        if kind not in ("pods", "workloads") or mode not in set(Mode):
            return None
        return Mode(mode)

    async def _answer(self, data: bytes, mode: Mode, seconds: float) -> tuple[int, bytes]:
        try:
            review = read_review(data)
        except InvalidReview as error:
            logger.warning("not a review", reason=str(error)[:300])
            return 400, b'{"message": "not an AdmissionReview"}'
        started = time.perf_counter()
        try:
            answered = await self._admission.admit(review, mode, seconds)
        except Exception:  # the outermost function: an object is never held up by our own failure
            logger.exception("review failed", kind=review.kind, namespace=review.namespace)
            self._meters.count(REVIEW_ERRORS)
            return 200, answer(review, warnings=(UNCHECKED,))
        self._tell(review, mode, answered, time.perf_counter() - started)
        return 200, answered.body

    def _tell(self, review: Review, mode: Mode, answered: Answered, seconds: float) -> None:
        verdict = answered.verdict
        outcome = "skipped"
        if verdict is not None:
            outcome = "allowed" if verdict.allowed else "denied"
            for finding in verdict.findings:
                self._meters.count(FINDINGS, finding.diagnosis.cause, finding.action)
        self._meters.count(REVIEWS, mode, outcome)
        if verdict is None or not verdict.findings:
            return
        logger.info(
            outcome,
            kind=review.kind,
            namespace=review.namespace,
            name=review.name,
            operation=review.operation,
            mode=mode.value,
            dry_run=review.dry_run,
            milliseconds=round(seconds * 1000, 1),
            findings=[
                {
                    "field": one.use.field,
                    "image": one.use.image[:300],
                    "cause": one.diagnosis.cause.value,
                    "action": one.action.value,
                    "seen": one.diagnosis.detail,
                    "asked_as": one.diagnosis.asked_as,
                    "doubts": sorted(one.diagnosis.doubts),
                    "held_back": one.held_back,
                }
                for one in verdict.findings[:20]
            ],
        )


def budget(timeout: str, settings: Settings) -> float:
    """Seconds to answer in: the API server's ``?timeout=`` less the margin for the way."""
    found = _TIMEOUT.fullmatch(timeout)
    seconds = float(found[1]) * _UNITS[found[2]] if found else DEFAULT_TIMEOUT_SECONDS
    return max(LEAST_SECONDS, seconds - settings.times.review_margin_seconds)
