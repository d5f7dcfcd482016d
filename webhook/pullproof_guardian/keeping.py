"""Keep the Secret and the webhook configuration whole. Each step reads first and writes on change only."""

import base64
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog

from pullproof.kube.api import segment
from pullproof.kube.gateway import (
    Cluster,
    ClusterConflict,
    ClusterError,
    ClusterForbidden,
    ClusterNotFound,
    Json,
)
from pullproof.kube.objects import read
from pullproof.policy import Mode
from pullproof_guardian.authority import (
    Bundle,
    ca_due,
    from_data,
    make_bundle,
    renew_leaf,
    renewal_due,
)

CANARY_ENTRY = "canary.pullproof.io"
CANARY_IMAGE = "Not:A:Reference"

logger = structlog.get_logger()


class Certificates(StrEnum):
    """Who makes the serving certificate."""

    SELF = "self"
    EXTERNAL = "external"
    """cert-manager, or a Secret that somebody keeps: only the secret path is ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the guardian looks after."""

    namespace: str
    secret: str
    webhook_configuration: str
    service: str
    deployment: str

    @property
    def dns_names(self) -> tuple[str, ...]:
        """The name that the API server verifies, and its longer form."""
        base = f"{self.service}.{self.namespace}.svc"
        return base, f"{base}.cluster.local"


class Keeper:
    """One guardian's work."""

    def __init__(self, cluster: Cluster, names: Names, certificates: Certificates) -> None:
        self._cluster = cluster
        self._names = names
        self._certificates = certificates

    async def keep_secret(self, now: datetime) -> Bundle:
        """The Secret's bundle, made or renewed where that is due. Raises ClusterError."""
        path = f"/api/v1/namespaces/{segment(self._names.namespace)}/secrets"
        one = f"{path}/{segment(self._names.secret)}"
        try:
            secret = await read(self._cluster, one)
        except ClusterNotFound:
            bundle = make_bundle(self._names.dns_names, now)
            await self._cluster.create(path, await self._secret(bundle))
            logger.info("secret made", secret=self._names.secret)
            return bundle
        found = from_data(_decoded(secret))
        bundle = self._due(found, now)
        if bundle != found:
            version = secret["metadata"]["resourceVersion"]
            body = {"metadata": {"resourceVersion": version}, "data": _encoded(bundle)}
            await self._cluster.patch(one, body)
            logger.info("secret renewed", secret=self._names.secret)
        return bundle

    def _due(self, found: Bundle | None, now: datetime) -> Bundle:
        names = self._names.dns_names
        if found is None or ca_due(found, now):
            return make_bundle(names, now)
        return renew_leaf(found, names, now) if renewal_due(found, names, now) else found

    async def _secret(self, bundle: Bundle) -> Json:
        path = (
            f"/apis/apps/v1/namespaces/{segment(self._names.namespace)}"
            f"/deployments/{segment(self._names.deployment)}"
        )
        deployment = await read(self._cluster, path)
        owner = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": self._names.deployment,
            "uid": deployment["metadata"]["uid"],
        }
        labels = {
            "app.kubernetes.io/name": "pullproof",
            "app.kubernetes.io/component": "guardian",
        }
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            # Owned by the Deployment, so that an uninstall leaves nothing.
            "metadata": {
                "name": self._names.secret,
                "labels": labels,
                "ownerReferences": [owner],
            },
            "data": _encoded(bundle),
        }

    async def keep_configuration(self, bundle: Bundle, mode: Mode) -> bool:
        """Put ``caBundle`` and paths right; True if something had to be. Raises ClusterError."""
        base = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
        path = f"{base}/{segment(self._names.webhook_configuration)}"
        found = await read(self._cluster, path)
        hooks = [dict(one) for one in found.get("webhooks") or ()]
        authority = None
        if self._certificates is Certificates.SELF:
            authority = base64.b64encode(bundle.ca_certificate).decode()
        changed = [self._put_right(one, bundle.path, mode, authority) for one in hooks]
        if not any(changed):
            return False
        # With the version, so that a change made meanwhile is never undone: 409, and again.
        body = {
            "metadata": {"resourceVersion": found["metadata"]["resourceVersion"]},
            "webhooks": hooks,
        }
        await self._cluster.patch(path, body)
        logger.info("webhook configuration put right", entries=sum(changed))
        return True

    @staticmethod
    def _put_right(hook: Json, digits: str, mode: Mode, authority: str | None) -> bool:
        client = dict(hook.get("clientConfig") or {})
        service = dict(client.get("service") or {})
        wanted = f"/{digits}{suffix(hook.get('name', ''), mode)}"
        right = service.get("path") == wanted
        service["path"] = wanted
        client["service"] = service
        if authority is not None:
            right = right and client.get("caBundle") == authority
            client["caBundle"] = authority
        hook["clientConfig"] = client
        return not right

    async def canary(self) -> bool:
        """Whether a malformed image is denied, as it must be. Raises ClusterError if nobody answers."""
        path = f"/api/v1/namespaces/{segment(self._names.namespace)}/podtemplates"
        body = {
            "apiVersion": "v1",
            "kind": "PodTemplate",
            "metadata": {"generateName": "pullproof-canary-"},
            "template": {
                "spec": {"containers": [{"name": "canary", "image": CANARY_IMAGE}]},
            },
        }
        try:
            await self._cluster.create(path, body, {"dryRun": "All"})
        except ClusterForbidden as error:
            if CANARY_ENTRY in str(error):
                return True
            raise
        return False


def suffix(entry: str, mode: Mode) -> str:
    """The end of an entry's path: what kind of object it sees, and in which mode."""
    if entry == CANARY_ENTRY:
        return "/canary"
    for kind in ("pods", "workloads"):
        if entry == f"{kind}.pullproof.io":
            return f"/{kind}/{mode}"
        for one in Mode:
            if entry == f"{one}.{kind}.pullproof.io":
                return f"/{kind}/{one}"
    return "/workloads/warn"  # an entry that somebody added: it may warn, never deny


def log_retry(step: str, error: ClusterError) -> None:
    """One line for a step that will be tried again."""
    level = logger.info if isinstance(error, ClusterConflict) else logger.warning
    level("will try again", step=step, reason=str(error)[:300])


def _decoded(secret: Json) -> dict[str, bytes]:
    data = secret.get("data") or {}
    try:
        return {name: base64.b64decode(text, validate=True) for name, text in data.items()}
    except (ValueError, TypeError):
        return {}


def _encoded(bundle: Bundle) -> dict[str, str]:
    return {name: base64.b64encode(data).decode() for name, data in bundle.to_data().items()}
