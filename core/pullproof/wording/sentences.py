"""What each cause is called in a sentence, and what to do about it.

A summary is a clause: lower case, no full stop, complete in itself. A remedy is an imperative, with
something to paste where there is something. Both claim only what was seen.
"""

from collections.abc import Callable

from pullproof.causes import Cause, Confidence
from pullproof.diagnosis import Diagnosis
from pullproof.evidence import UNTOLD, Doubt
from pullproof.wording.text import HUB_HOSTS, host_words, listed, quoted, shown

Sentence = Callable[[Diagnosis], str]


def summary(diagnosis: Diagnosis) -> str:
    """What is wrong, in a clause."""
    return _SENTENCES[diagnosis.cause][0](diagnosis)


def remedy(diagnosis: Diagnosis) -> str:
    """What to do about it."""
    return _SENTENCES[diagnosis.cause][1](diagnosis)


def repository(d: Diagnosis) -> str:
    """``ghcr.io/acme/api``; ``nginx`` for an official image of Docker Hub."""
    if d.reference is None:
        return quoted(d.image) if d.image else "the image"
    name = d.reference.familiar
    cut = len(name)
    if d.reference.digest is not None:
        cut = name.rfind("@")
    shorter = name[:cut]
    if d.reference.tag is not None:
        shorter = shorter[: -len(d.reference.tag) - 1]
    return shown(shorter)


def _host(d: Diagnosis) -> str:
    return host_words(d.host or (d.reference.registry if d.reference else "")) or "the registry"


def _because(d: Diagnosis) -> str:
    return f" ({shown(d.detail, 160)})" if d.detail else ""


def _nearest(d: Diagnosis) -> str:
    return f"; nearest: {listed(d.suggestions)}" if d.suggestions else ""


def _tag(d: Diagnosis) -> str:
    tag = d.reference.tag if d.reference else None
    return quoted(tag or "latest")


def _invalid(d: Diagnosis) -> str:
    mend = f"; did you mean {quoted(d.mend, 200)}?" if d.mend else ""
    return f"{d.reason or shown(d.detail, 160) or 'not a valid image reference'}{mend}"


def _invalid_fix(d: Diagnosis) -> str:
    if d.mend:
        return f"image: {shown(d.mend, 300)}"
    return "write it as [HOST/]REPOSITORY[:TAG], in lower case, such as nginx:1.27"


def _tag_missing(d: Diagnosis) -> str:
    if d.reference is None:
        return f"the registry has no such tag: {repository(d)}"
    return f"tag {_tag(d)} not found in {repository(d)}{_nearest(d)}"


def _tag_fix(d: Diagnosis) -> str:
    if d.suggestions and d.reference is not None:
        return f"push the tag, or use one that exists, such as {repository(d)}:{d.suggestions[0]}"
    return "push the tag, or use one that exists"


def _digest_missing(d: Diagnosis) -> str:
    digest = d.reference.digest if d.reference else None
    which = f"digest {shown(str(digest), 26)}" if digest else "the digest"
    return f"{which} not found in {repository(d)}"


def _repository_missing(d: Diagnosis) -> str:
    mend = f"; did you mean {quoted(d.mend, 200)}?" if d.mend else ""
    return f"{_host(d)} has no repository {repository(d)}{mend}"


def _private_or_missing(d: Diagnosis) -> str:
    mend = f"; did you mean {quoted(d.mend, 200)}?" if d.mend else ""
    anonymous = d.asked_as in ("", "anonymous")
    if anonymous and (d.host in HUB_HOSTS or (d.reference and d.reference.is_docker_hub)):
        return f"Docker Hub shows no public repository of that name{mend}"
    if anonymous:
        return f"{_host(d)} shows no public {repository(d)}: it is private, or does not exist{mend}"
    return (
        f"{_host(d)} does not show {repository(d)} to {d.asked_as}: no permission, or it does not"
        f" exist{mend}"
    )


def _private_fix(d: Diagnosis) -> str:
    if d.mend:
        return f"image: {shown(d.mend, 300)}"
    if d.asked_as in ("", "anonymous"):
        return f"check the spelling; if it is private, {_add_secret(d)}"
    return f"check the spelling; if it is right, give {d.asked_as} the right to pull it"


def _add_secret(d: Diagnosis) -> str:
    namespace = f" -n {d.namespace}" if d.namespace else ""
    account = d.service_account or "default"
    return (
        f"create a pull secret (kubectl create secret docker-registry NAME{namespace}"
        f" --docker-server={_server(d)} --docker-username=USER --docker-password-stdin), name it in"
        f" imagePullSecrets of the Pod or of ServiceAccount {account}, and recreate the Pod"
    )


def _server(d: Diagnosis) -> str:
    registry = d.reference.registry if d.reference else d.host
    return "https://index.docker.io/v1/" if registry in HUB_HOSTS else registry or "HOST"


def _login_required(d: Diagnosis) -> str:
    have = (
        f"none of its pull secrets ({listed(d.secrets)}) is for it"
        if d.secrets
        else ("this Pod has none for it")
    )
    return f"{_host(d)} wants credentials for {repository(d)} and {have}"


def _rejected(d: Diagnosis) -> str:
    who = d.asked_as if d.asked_as not in ("", "anonymous") else "the credentials"
    return f"{_host(d)} rejected {who}: wrong or expired{_because(d)}"


def _rejected_fix(d: Diagnosis) -> str:
    who = d.asked_as if d.asked_as not in ("", "anonymous") else "the pull secret"
    return (
        f"renew {who}; a rejected login blocks public images too, since the kubelet does not fall"
        " back to anonymous"
    )


def _denied(d: Diagnosis) -> str:
    who = d.asked_as if d.asked_as not in ("", "anonymous") else "an anonymous client"
    return f"{_host(d)} does not let {who} pull {repository(d)}{_because(d)}"


def _secret(fallback: str) -> Sentence:
    return lambda d: d.reason or d.detail or fallback


def _platform(d: Diagnosis) -> str:
    have = f"it has {listed(d.platforms, 6)}" if d.platforms else "it has others"
    wanted = d.node_platform or "the node's platform"
    where = f" (node {shown(d.node)})" if d.node else ""
    return f"{repository(d)} has no image for {wanted}{where}; {have}"


def _platform_fix(d: Diagnosis) -> str:
    if d.platforms:
        os_name, _, rest = d.platforms[0].partition("/")
        arch = rest.partition("/")[0]
        return (
            "build it for that platform too, or choose nodes that fit: nodeSelector:"
            f" {{kubernetes.io/os: {os_name}, kubernetes.io/arch: {arch}}}"
        )
    return "build it for that platform too, or choose fitting nodes with a nodeSelector"


def _timed(d: Diagnosis) -> str:
    return f"{_host(d)} did not answer in time{_because(d)}"


def _network(what: str) -> Sentence:
    return lambda d: f"{what.format(host=_host(d))}{_because(d)}"


def _unavailable(d: Diagnosis) -> str:
    if d.detail == UNTOLD:
        return f"{_host(d)} cannot be asked from here, and no setting declares it"
    return f"{_host(d)} is not answering as it should{_because(d)}"


def _declare(d: Diagnosis) -> str:
    registry = d.reference.registry if d.reference else d.host
    return f'to have it asked, add to config.registries: {{host: "{shown(registry)}"}}'


def _unavailable_fix(d: Diagnosis) -> str:
    if d.detail == UNTOLD:
        return _declare(d)
    return (
        "nothing to change in the workload; the kubelet retries by itself once the registry is back"
    )


def _on_node(d: Diagnosis) -> str:
    return f"node {shown(d.node)}" if d.node else "the node"


def _unknown(d: Diagnosis) -> str:
    text = d.message or d.detail
    return (
        f"the pull failed for a reason not recognised: {shown(text, 400)}"
        if text
        else ("the pull failed, and nobody has said why yet")
    )


def _fixed(text: str) -> Sentence:
    return lambda _: text


_CHECK_NODE = (
    "check that nodes reach it: route, firewall, proxy; NetworkPolicies do not apply to nodes"
)
_C = Cause
_SENTENCES: dict[Cause, tuple[Sentence, Sentence]] = {
    _C.INVALID_IMAGE_REFERENCE: (_invalid, _invalid_fix),
    _C.REGISTRY_HOST_UNKNOWN: (
        lambda d: f"registry host {_host(d)} does not exist in DNS",
        _fixed("check the spelling of the registry's host in the image"),
    ),
    _C.REPOSITORY_NOT_FOUND: (
        _repository_missing,
        lambda d: f"image: {d.mend}" if d.mend else "check the spelling, or push the image first",
    ),
    _C.SHORT_NAME_NOT_RESOLVABLE: (
        lambda d: f"the node's runtime refuses the short name {quoted(d.image)}",
        _fixed("write the full name, such as docker.io/library/NAME:TAG"),
    ),
    _C.TAG_NOT_FOUND: (_tag_missing, _tag_fix),
    _C.DIGEST_NOT_FOUND: (
        _digest_missing,
        _fixed("pin a digest that the repository still holds; retention rules delete old ones"),
    ),
    _C.MANIFEST_BLOB_MISSING: (
        lambda d: f"{_host(d)} lists {repository(d)} but has lost a part of it{_because(d)}",
        _fixed("push the image again, or purge the cache in front of the registry"),
    ),
    _C.PLATFORM_MISMATCH: (_platform, _platform_fix),
    _C.UNSUPPORTED_IMAGE_FORMAT: (
        lambda d: f"{repository(d)} is not an image that nodes can run{_because(d)}",
        _fixed("build and push it as an OCI image; check that it is no chart or other artifact"),
    ),
    _C.PULL_SECRET_MISSING: (
        _secret("a pull secret that the Pod names does not exist"),
        lambda d: (
            f"create it, or correct imagePullSecrets and recreate the Pod; to make one:"
            f" {_add_secret(d)}"
        ),
    ),
    _C.PULL_SECRET_INVALID: (
        _secret("a pull secret cannot be read, which blocks every pull of this Pod"),
        _fixed("recreate the Secret with kubectl create secret docker-registry"),
    ),
    _C.PULL_SECRET_WRONG_TYPE: (
        _secret("the pull secret has a type that the kubelet ignores"),
        _fixed("recreate the Secret with kubectl create secret docker-registry"),
    ),
    _C.PULL_SECRET_HOST_MISMATCH: (
        _secret("the Pod's pull secrets hold no login for this registry"),
        lambda d: f"add a login for {_server(d)} to the Secret, or name the Secret that has one",
    ),
    _C.CREDENTIALS_REJECTED: (_rejected, _rejected_fix),
    _C.ACCESS_DENIED: (_denied, _fixed("give that login the right to pull the repository")),
    _C.AUTHENTICATION_REQUIRED: (_login_required, _add_secret),
    _C.ACCESS_DENIED_OR_NOT_FOUND: (_private_or_missing, _private_fix),
    _C.NODE_CREDENTIAL_PROVIDER_FAILED: (
        lambda d: f"{_on_node(d)} could not log in to {_host(d)} with its own identity",
        _fixed("check the node's role and the kubelet's credential provider plugin"),
    ),
    _C.DNS_RESOLUTION_FAILED: (
        _network("the name {host} could not be resolved"),
        _fixed("check the DNS server that the node uses"),
    ),
    _C.CONNECTION_REFUSED: (_network("{host} refused the connection"), _fixed(_CHECK_NODE)),
    _C.CONNECTION_TIMED_OUT: (_timed, _fixed(_CHECK_NODE)),
    _C.NETWORK_UNREACHABLE: (_network("there is no route to {host}"), _fixed(_CHECK_NODE)),
    _C.CONNECTION_RESET: (
        _network("the connection to {host} broke off"),
        _fixed("check for a firewall or proxy in between; the kubelet retries by itself"),
    ),
    _C.PROXY_FAILURE: (
        _network("the node's proxy failed"),
        _fixed("check HTTPS_PROXY and NO_PROXY of the node's container runtime"),
    ),
    _C.BLOB_STORAGE_UNREACHABLE: (
        _network("the registry answers, but its layers come from {host}, which fails"),
        _fixed("let the nodes reach that host too"),
    ),
    _C.TLS_UNKNOWN_AUTHORITY: (
        _network("{host} has a certificate of an unknown authority"),
        _fixed("install the authority's certificate on the nodes (certs.d) and in our settings"),
    ),
    _C.TLS_NAME_MISMATCH: (
        _network("the certificate of {host} is for another name"),
        _fixed("use the name in the certificate, or renew the certificate with this name"),
    ),
    _C.PLAIN_HTTP_REGISTRY: (
        _network("{host} speaks plain HTTP where HTTPS is expected"),
        _fixed("give the registry TLS, or configure it as plain HTTP on the nodes (certs.d)"),
    ),
    _C.REGISTRY_MIRROR_FAILING: (
        _network("the mirror {host} failed"),
        _fixed("repair the mirror, or take it out of the nodes' configuration"),
    ),
    _C.REGISTRY_UNAVAILABLE: (_unavailable, _unavailable_fix),
    _C.REGISTRY_CERTIFICATE_EXPIRED: (
        _network("the certificate of {host} is not valid at this time"),
        _fixed("renew the registry's certificate; if it is valid, correct the clock"),
    ),
    _C.NODE_DISK_FULL: (
        lambda d: f"the image disk of {_on_node(d)} is full{_because(d)}",
        _fixed("free space on the node: crictl rmi --prune, or a larger disk"),
    ),
    _C.CORRUPT_LOCAL_CONTENT: (
        lambda d: f"the image store of {_on_node(d)} is damaged{_because(d)}",
        _fixed("on the node: crictl rmi IMAGE, then restart its container runtime"),
    ),
    _C.CORRUPT_DOWNLOAD: (
        lambda d: f"what {_host(d)} sent does not match its digest{_because(d)}",
        _fixed("check caches and proxies in between; push the image again if it persists"),
    ),
    _C.IMAGE_NOT_ON_NODE: (
        lambda d: f"imagePullPolicy is Never and {_on_node(d)} does not hold {repository(d)}",
        _fixed("load the image onto the node, or set imagePullPolicy: IfNotPresent"),
    ),
    _C.CACHED_IMAGE_NOT_AUTHORIZED: (
        lambda d: f"{_on_node(d)} holds the image, but this Pod's login is not proven for it",
        _add_secret,
    ),
    _C.NODE_FILESYSTEM_ERROR: (
        lambda d: f"{_on_node(d)} cannot unpack images{_because(d)}",
        _fixed("check the node's disk and kernel log"),
    ),
    _C.REGISTRY_RATE_LIMITED: (
        _network("{host} has reached its rate limit"),
        _fixed("log in with a pull secret, or use a mirror; the kubelet retries by itself"),
    ),
    _C.KUBELET_PULL_THROTTLED: (
        lambda d: f"{_on_node(d)} limits how many pulls it starts",
        _fixed("nothing; it passes by itself (kubelet settings registryPullQPS, registryBurst)"),
    ),
    _C.NODE_CLOCK_SKEW: (
        lambda d: f"the clock of {_on_node(d)} is wrong{_because(d)}",
        _fixed("correct the node's time (NTP, chrony)"),
    ),
    _C.SIGNATURE_REJECTED: (
        lambda d: f"{_on_node(d)} rejected the image's signature{_because(d)}",
        _fixed("sign the image as the node's policy asks"),
    ),
    _C.REGISTRY_BLOCKED_BY_POLICY: (
        lambda d: f"{_on_node(d)} may not use {_host(d)}{_because(d)}",
        _fixed("use an allowed registry, or have the node's policy changed"),
    ),
    _C.PULL_TIMED_OUT: (
        lambda d: f"the pull of {repository(d)} made no progress{_because(d)}",
        _fixed("check the image's size and the node's bandwidth; the kubelet retries by itself"),
    ),
    _C.RUNTIME_ERROR: (
        lambda d: f"the container runtime of {_on_node(d)} failed{_because(d)}",
        _fixed("check the runtime's log on the node"),
    ),
    _C.UNKNOWN: (_unknown, _fixed("read the kubelet's own message in kubectl describe pod")),
}

SURE = frozenset({Confidence.CERTAIN})


def hedge(diagnosis: Diagnosis) -> str:
    """How sure, in a word before the summary; empty where it is certain."""
    if diagnosis.confidence in SURE or diagnosis.cause is Cause.UNKNOWN:
        return ""
    if Doubt.MAYBE_PRIVATE in diagnosis.doubts:
        return ""  # the sentence itself says both
    return "probably " if diagnosis.confidence is Confidence.LIKELY else "possibly "
