"""What we need of a cluster, and nothing else: a Protocol, its errors, and the paths it takes."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from pullproof.errors import PullproofError

Json = dict[str, Any]
Query = Mapping[str, str]


class ClusterError(PullproofError):
    """The API server would not, or could not be reached."""


class ClusterNotFound(ClusterError):
    """404: no such object."""


class ClusterForbidden(ClusterError):
    """401 or 403: our rights do not reach so far, or an admission denied it."""


class ClusterConflict(ClusterError):
    """409: it is there already, or was changed meanwhile."""


class ClusterGone(ClusterError):
    """410: the version to go on from is too old; list again."""


class ClusterBusy(ClusterError):
    """429 or 5xx: try again later."""


class ClusterUnreachable(ClusterError):
    """No answer."""


class Cluster(Protocol):
    """Requests to the API server. Paths begin with ``/api/v1`` or ``/apis``."""

    async def get(self, path: str, query: Query = ..., *, metadata_only: bool = ...) -> bytes:
        """The body of a 2xx answer. Raises ClusterError.

        ``metadata_only``: of each object nothing but its metadata is sent.
        """
        ...

    async def create(self, path: str, body: Json, query: Query = ...) -> Json:
        """POST. Raises ClusterError."""
        ...

    async def patch(self, path: str, body: Json) -> Json:
        """A merge patch (RFC 7386). Raises ClusterError."""
        ...

    async def replace(self, path: str, body: Json) -> Json:
        """PUT. Raises ClusterConflict where the version is not the newest."""
        ...

    def watch(self, path: str, query: Query) -> AsyncIterator[bytes]:
        """The lines of a watch, each one event. Raises ClusterError; ends when the server ends it."""
        ...
