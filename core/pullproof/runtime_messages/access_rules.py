"""Leaves that are about who may pull: pull secrets, tokens, rights, limits."""

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages.rules import rule

_C, _SURE, _LIKELY, _MAYBE = Cause, Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE

SECRET = (
    rule(
        r"^(?:illegal base64 data|unable to parse auth field|invalid character .{1,60} looking for"
        r"|unexpected end of JSON input|json: cannot unmarshal)"
        r"|must be formatted as base64\(username:password\)",
        _C.PULL_SECRET_INVALID,
        _SURE,
        "kubelet credentialprovider/config.go; Go encoding/json, encoding/base64",
    ),
    rule(
        r"unable to retrieve some image pull secrets|secrets? \"[^\"]{1,253}\" not found"
        r"|couldn't find key \.dockerconfigjson",
        _C.PULL_SECRET_MISSING,
        _LIKELY,
        "kubelet kubelet_pods.go; apiserver",
    ),
)

LIMIT = (
    rule(
        r"\b429\b|too ?many ?requests|rate ?limit|rate exceeded|data limit exceeded"
        r"|quota exceeded|RESOURCE_EXHAUSTED",
        _C.REGISTRY_RATE_LIMITED,
        _SURE,
        "distribution error codes; Docker Hub; AWS ECR Public; Go net/http status texts",
    ),
)

REJECTED = (
    rule(
        r"failed to fetch oauth token.{0,400}\b(?:401|400)\b|incorrect username or password"
        r"|invalid username(?:/| or )password|(?:authorization )?token (?:has|is) expired"
        r"|credentials? (?:are|is|were) (?:invalid|incorrect|expired)|bad (?:username|credentials)"
        r"|invalid (?:username|credentials|access token|auth token)|wrong (?:username|password)"
        r"|authentication failed|could not validate the supplied|expired (?:token|credentials)"
        r"|access token has expired|authorization token is invalid|login attempt.{0,200}401",
        _C.CREDENTIALS_REJECTED,
        _LIKELY,
        "containerd core/remotes/docker/auth; Docker Hub; AWS ECR; Quay; moby",
    ),
)

EITHER = (
    rule(
        r"don't have the needed permissions.{0,80}may have invalid credentials"
        r"|unauthorized to access repository",
        _C.ACCESS_DENIED_OR_NOT_FOUND,
        _LIKELY,
        "Google Container Registry; Harbor (server/middleware/v2auth)",
    ),
)
"""One sentence for missing, private and badly logged in alike."""

UNAUTHENTICATED = (
    rule(
        r"tls: (?:certificate required|bad certificate)|no basic auth credentials"
        r"|missing username or secret|unauthenticated request"
        r"|failed to fetch anonymous token.{0,400}\b401\b"
        r"|no auth(?:entication)? (?:provided|header)"
        r"|authentication (?:is )?required|need to log ?in|please log ?in|login required"
        r"|may require 'docker login'.{0,40}no basic",
        _C.AUTHENTICATION_REQUIRED,
        _LIKELY,
        "containerd core/remotes/docker/authorizer.go; moby; containers/image",
    ),
)

AMBIGUOUS = (
    rule(
        r"pull access denied|insufficient_scope|requested access to the resource is denied"
        r"|does not exist or may require|or it may not exist|or (?:you|it) (?:may|does) not"
        r"|access to the requested resource is not authorized|failed to fetch anonymous token",
        _C.ACCESS_DENIED_OR_NOT_FOUND,
        _SURE,
        "containerd core/remotes/docker/resolver.go; Docker Hub; Google Artifact Registry; Quay",
    ),
)

DENIED = (
    rule(
        r"\b403\b|forbidden|not authorized to perform"
        r"|is not allowed access|permission .{1,80} denied"
        r"|\bdenied\b|access denied|failed to fetch oauth token",
        _C.ACCESS_DENIED,
        _LIKELY,
        "distribution error codes; AWS ECR; Azure; Go net/http status texts",
    ),
    rule(
        r"\b401\b|unauthorized|authorization failed|no credentials",
        _C.AUTHENTICATION_REQUIRED,
        _MAYBE,
        "distribution error codes; Go net/http status texts",
    ),
)
