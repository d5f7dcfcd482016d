"""Leaves about what somebody does not allow: signatures, blocked registries, scanners."""

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages.rules import rule

_C, _SURE, _LIKELY, _MAYBE = Cause, Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE

POLICY = (
    rule(
        _C.REGISTRY_BLOCKED_BY_POLICY,
        _SURE,
        "is rejected by policy",
        "is blocked in /",
        "prohibited by policy",
        source="containers/image signature/policy_eval_simple.go, docker/docker_image_src.go;"
        " OpenShift image policy",
    ),
    rule(
        _C.REGISTRY_BLOCKED_BY_POLICY,
        _SURE,
        "due to configured policy",
        "projectpolicyviolation",
        "download blocking policy",
        "binary authorization",
        "image policy webhook backend denied",
        "requested item is quarantined",
        source="Harbor server/middleware/vulnerable; Artifactory Xray; GKE Binary Authorization;"
        " kube-apiserver imagepolicy; Nexus Firewall",
    ),
    rule(
        _C.REGISTRY_BLOCKED_BY_POLICY,
        _LIKELY,
        "412 precondition failed",
        "invalid policy in ",
        "/policy.json: no such file",
        "no policy.json file found",
        source="Harbor answers 412 for its policies, without words to a HEAD;"
        " containers/image signature/policy_config.go",
    ),
    rule(
        _C.REGISTRY_BLOCKED_BY_POLICY,
        _LIKELY,
        "denied the request",
        pattern=r'admission webhook "?[^\s"]{1,253}"? denied the request',
        unless=("verify", "signature", "attestation"),
        source="kube-apiserver admission/plugin/webhook/errors",
    ),
    rule(
        _C.SIGNATURE_REJECTED,
        _SURE,
        "a signature was required, but no signature exists",
        "none of the signatures were accepted",
        "signaturevalidationfailed",
        "signature validation failed",
        "source image rejected: ",
        source="containers/image signature/policy_eval.go, copy/single.go; cri-api errors",
    ),
    rule(
        _C.SIGNATURE_REJECTED,
        _SURE,
        "image verifier ",
        pattern=r"image verifier .{1,200}blocked pull of",
        source="containerd pkg/imageverifier/bindir",
    ),
    rule(
        _C.SIGNATURE_REJECTED,
        _SURE,
        "no matching signatures",
        "no signatures found for",
        "no valid signature found",
        "invalid gpg signature",
        "cryptographic signature verification failed",
        "signature verification failed",
        "failed to verify signature",
        "signature verify failed",
        "can verify the signature",
        source="sigstore/cosign; Talos; containers/image signature; notation;"
        " Confidential Containers image-rs",
    ),
    rule(
        _C.SIGNATURE_REJECTED,
        _LIKELY,
        "image verification failed",
        "is not signed",
        "failed to verify image",
        "does not have trust data",
        "no valid trust data",
        "no trust data for",
        "remote trust data does not exist",
        unless=("verification failed for digest",),
        source="Talos; Kyverno; docker/cli cli/trust (Notary); Harbor middleware/contenttrust",
    ),
    rule(
        _C.SIGNATURE_REJECTED,
        _LIKELY,
        "denied the request",
        pattern=r'admission webhook "?[^\s"]{1,253}"? denied the request',
        source="policy-controller, Connaisseur, Kyverno",
    ),
)
