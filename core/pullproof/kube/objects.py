"""Single objects, by name: pull secrets and the pull secrets of a ServiceAccount."""

import json

from pullproof.credentials import PullSecret
from pullproof.kube.api import segment
from pullproof.kube.gateway import Cluster, ClusterError, Json


async def read_secret(cluster: Cluster, namespace: str, name: str) -> PullSecret:
    """One Secret. Raises ClusterError."""
    path = f"/api/v1/namespaces/{segment(namespace)}/secrets/{segment(name)}"
    return PullSecret.from_object(await read(cluster, path))


async def read_service_account_secrets(
    cluster: Cluster, namespace: str, name: str
) -> tuple[str, ...]:
    """The names in a ServiceAccount's ``imagePullSecrets``. Raises ClusterError."""
    path = f"/api/v1/namespaces/{segment(namespace)}/serviceaccounts/{segment(name)}"
    account = await read(cluster, path)
    listed = account.get("imagePullSecrets") or ()
    return tuple(str(one["name"]) for one in listed if isinstance(one, dict) and one.get("name"))


async def read(cluster: Cluster, path: str) -> Json:
    """One object as JSON. Raises ClusterError."""
    document = json.loads(await cluster.get(path))
    if not isinstance(document, dict):
        raise ClusterError(f"{path}: not an object")
    return document
