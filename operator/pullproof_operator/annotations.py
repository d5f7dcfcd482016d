"""Reads our own annotation back, in which anybody may have written anything. Pure."""

import json
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def document_of(text: str | None) -> Json:
    """Our annotation as it was written; anybody may have written anything there."""
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def since_when(document: str | None) -> list[tuple[str, datetime]]:
    """Since when each container has been waiting, as our annotation says."""
    found = []
    listed = document_of(document).get("containers")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and isinstance(one.get("container"), str):
            since = _time(one.get("since"))
            if since is not None:
                found.append((one["container"], since))
    return found


def _time(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
