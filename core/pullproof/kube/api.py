"""A Cluster over the real API, by the official asynchronous client.

Only its transport and its logins are used, never its models: a list decoded into those takes some
forty times the time and the memory of msgspec structs (docs/performance.md).
"""

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import quote, urlencode

import aiohttp
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.client.rest import RESTResponse

from pullproof.kube.gateway import (
    ClusterBusy,
    ClusterConflict,
    ClusterError,
    ClusterForbidden,
    ClusterGone,
    ClusterNotFound,
    ClusterUnreachable,
    Json,
    Query,
)

REQUEST_SECONDS = 15.0
WATCH_SECONDS = 300
"""The API server is asked to end a watch after this; a silent one is cut a little later."""
MAX_LINE_BYTES = 8 * 1024 * 1024
"""One watch event: an object of etcd is 1.5 MiB at most by default."""

METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

_ERRORS: dict[int, type[ClusterError]] = {
    401: ClusterForbidden,
    403: ClusterForbidden,
    404: ClusterNotFound,
    409: ClusterConflict,
    410: ClusterGone,
    429: ClusterBusy,
}


class Api:
    """The API server of one cluster."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    @property
    def host(self) -> str:
        """``https://10.96.0.1:443``."""
        return str(self._client.configuration.host)

    async def close(self) -> None:
        """End every connection."""
        await self._client.close()

    async def get(
        self,
        path: str,
        query: Query = {},  # noqa: B006  # never changed
        *,
        metadata_only: bool = False,
    ) -> bytes:
        """The body of a 2xx answer."""
        accept = METADATA_ONLY if metadata_only else ""
        return await self._ask("GET", _url(path, query), accept=accept)

    async def create(self, path: str, body: Json, query: Query = {}) -> Json:  # noqa: B006
        """POST."""
        return _json(await self._ask("POST", _url(path, query), body))

    async def patch(self, path: str, body: Json) -> Json:
        """A merge patch."""
        return _json(await self._ask("PATCH", path, body, "application/merge-patch+json"))

    async def replace(self, path: str, body: Json) -> Json:
        """PUT."""
        return _json(await self._ask("PUT", path, body))

    async def watch(self, path: str, query: Query) -> AsyncIterator[bytes]:
        """The lines of a watch."""
        full = {**query, "watch": "1", "timeoutSeconds": str(WATCH_SECONDS)}
        limit = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=WATCH_SECONDS + 30)
        try:
            response = await self._request("GET", _url(path, full), None, "", limit)
            try:
                await _raise_for_status(response)
                async for line in _lines(response):
                    yield line
            finally:
                response.response.release()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ClusterUnreachable(f"watch of {path}: {_words(error)}") from error

    async def _ask(
        self,
        method: str,
        url: str,
        body: Json | None = None,
        content_type: str = "",
        accept: str = "",
    ) -> bytes:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                response = await self._request(method, url, body, content_type, None, accept)
                await _raise_for_status(response)
                return bytes(await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ClusterUnreachable(f"{method} {_path(url)}: {_words(error)}") from error

    async def _request(
        self,
        method: str,
        url: str,
        body: Json | None,
        content_type: str,
        limit: aiohttp.ClientTimeout | None,
        accept: str = "",
    ) -> RESTResponse:
        headers = {"Accept": accept or "application/json"}
        if content_type:
            headers["Content-Type"] = content_type
        prepared = await self._client.param_serialize(
            method, url, header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        return await self._client.call_api(*prepared, _request_timeout=limit)


async def connect_in_cluster() -> Api:
    """With the ServiceAccount of this Pod. Raises ClusterUnreachable where there is none."""
    configuration = Configuration()
    try:
        config.load_incluster_config(client_configuration=configuration)
    except config.ConfigException as error:
        raise ClusterUnreachable(f"not in a cluster: {error}") from error
    return _api(configuration)


async def connect(kubeconfig: str | None = None, context: str | None = None) -> Api:
    """With a kubeconfig; None: as kubectl finds it."""
    configuration = Configuration()
    try:
        await config.load_kube_config(
            config_file=kubeconfig, context=context, client_configuration=configuration
        )
    except (config.ConfigException, OSError) as error:
        raise ClusterUnreachable(f"no usable kubeconfig: {_words(error)}") from error
    return _api(configuration)


def _api(configuration: Configuration) -> Api:
    configuration.connection_pool_maxsize = 16
    client = ApiClient(configuration)
    client.user_agent = "pullproof"
    return Api(client)


async def _raise_for_status(response: RESTResponse) -> None:
    if response.status < 300:  # noqa: PLR2004  # 2xx
        return
    body = bytes(await response.read())[:4096]
    try:
        message = str(json.loads(body).get("message", ""))
    except (ValueError, AttributeError):
        message = body.decode("utf-8", "replace")
    kind = _ERRORS.get(response.status)
    if kind is None:
        kind = ClusterBusy if response.status >= 500 else ClusterError  # noqa: PLR2004  # 5xx
    raise kind(f"{response.status}: {' '.join(message.split())[:500]}")


async def _lines(response: RESTResponse) -> AsyncIterator[bytes]:
    """Whole lines; aiohttp's own iterator fails on those longer than its buffer."""
    rest = bytearray()
    async for chunk in response.response.content.iter_any():
        rest += chunk
        if len(rest) > MAX_LINE_BYTES and b"\n" not in rest:
            raise ClusterError("the API server sent an endless watch event")
        *lines, last = rest.split(b"\n")
        for line in lines:
            if line:
                yield bytes(line)
        rest = bytearray(last)


def _url(path: str, query: Query) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _path(url: str) -> str:
    return url.partition("?")[0]


def _json(body: bytes) -> Json:
    document = json.loads(body)
    assert isinstance(document, dict)
    return document


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def segment(name: str) -> str:
    """A name as one segment of a path: what a Pod's author wrote must not reach another path."""
    return quote(name, safe="")
