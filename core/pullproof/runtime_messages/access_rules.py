"""Leaves about who may pull: pull secrets, tokens, rights, limits.

One word tells whether a login was in play: "oauth token" was asked for with one, "anonymous token"
without. "Missing" and "not yours" read alike on nearly every public registry, on purpose.
"""

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages.rules import rule

_C, _SURE, _LIKELY, _MAYBE = Cause, Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE

SECRET = (
    rule(
        _C.PULL_SECRET_INVALID,
        _SURE,
        "must be formatted as base64(username:password)",
        "unable to parse auth field",
        source="kubelet credentialprovider/config.go (decodeDockerConfigFieldAuth)",
    ),
    rule(
        _C.PULL_SECRET_INVALID,
        _LIKELY,
        "illegal base64 data at input byte",
        "invalid character ",
        "unexpected end of json input",
        "json: cannot unmarshal",
        pattern=r"illegal base64 data at input byte|(?:^|desc = )(?:invalid character .{1,40}"
        r"(?:looking for|after|in (?:string|literal|numeric))|unexpected end of json input"
        r"|json: cannot unmarshal)",
        source="Go encoding/base64, encoding/json: a pull secret that does not decode, as the kubelet"
        " passes it on",
    ),
    rule(
        _C.PULL_SECRET_INVALID,
        _LIKELY,
        "auth.json",
        "getting username and password",
        "auth file",
        ".docker/config.json",
        ".dockerconfigjson",
        pattern=r"(?:auth\.json|getting username and password|auth file|docker/config\.json"
        r"|\.dockerconfigjson).{0,200}(?:invalid|unmarshal|illegal base64|permission denied|corrupt)"
        r"|(?:unmarshal\w{0,4}|decoding|parsing|reading|loading).{0,80}"
        r"(?:auth\.json|auth file|docker/config\.json|\.dockerconfigjson).{0,200}"
        r"(?:invalid|unmarshal|illegal base64|permission denied)",
        source="containers/image pkg/docker/config; docker/cli config",
    ),
    rule(
        _C.PULL_SECRET_MISSING,
        _LIKELY,
        "unable to retrieve some image pull secrets",
        "failedtoretrieveimagepullsecret",
        "unable to retrieve pull secret",
        "couldn't find key .dockerconfigjson",
        source="kubelet kubelet_pods.go, images/image_manager.go",
    ),
    rule(
        _C.PULL_SECRET_MISSING,
        _LIKELY,
        "secret",
        pattern=r"secrets? \"?[^\s\"]{1,253}\"? not found",
        unless=("mountvolume",),
        source="kube-apiserver errors.NewNotFound",
    ),
    rule(
        _C.NODE_CREDENTIAL_PROVIDER_FAILED,
        _LIKELY,
        "credential provider plugin",
        "error getting credentials",
        "failed to get credentials",
        "docker-credential-",
        "credential helper",
        pattern=r"credential provider plugin|error getting credentials|failed to get credentials"
        r"|(?:docker-credential-|credential helper).{0,200}(?:not found|exit status|fail|error)",
        source="kubelet credentialprovider/plugin; docker-credential-helpers",
    ),
)

LIMIT = (
    rule(
        _C.REGISTRY_RATE_LIMITED,
        _SURE,
        "toomanyrequests",
        "too many requests",
        "too_many_request",
        "pull rate limit",
        "rate limit exceeded",
        "rate limit reached",
        "rate limited",
        "ratelimit exceeded",
        "rate exceeded",
        "data limit exceeded",
        "quota exceeded for quota",
        "resource_exhausted: quota",
        source="distribution errcode; Docker Hub; AWS ECR Public; Harbor; Google Artifact Registry;"
        " Go net/http status.go",
    ),
    rule(
        _C.REGISTRY_RATE_LIMITED,
        _SURE,
        "429",
        pattern=r"https?://\S{1,1000}: 429\b"
        r"|(?:status|status ?code|http code|code|error|http)[:=]? \(?429\b",
        source="the number alone: HTTP/2 carries no status text",
    ),
)

REJECTED = (
    rule(
        _C.CREDENTIALS_REJECTED,
        _SURE,
        "incorrect username or password",
        "authorization token has expired",
        "authorization token is expired",
        "authorization token is invalid",
        "personal access token is expired",
        "personal access token has expired",
        "access token has expired",
        "client secret",
        pattern=r"incorrect username or password|authorization token (?:has|is) (?:expired|invalid)"
        r"|personal access token (?:has|is) expired"
        r"|access token has expired"
        r"|(?:invalid|expired|wrong) client secret|client secret .{0,80}expired",
        source="Docker Hub; AWS ECR; GitLab; Azure AD",
    ),
    rule(
        _C.CREDENTIALS_REJECTED,
        _LIKELY,
        "failed to fetch oauth token",
        pattern=r"failed to fetch oauth token(?:: .{0,400}?)?: 40[01]\b",
        source="containerd core/remotes/docker/auth/fetch.go: asked with a login",
    ),
    rule(
        _C.CREDENTIALS_REJECTED,
        _LIKELY,
        "http basic: access denied",
        "password is incorrect",
        "user not found",
        "invalid username or password",
        "invalid username and password",
        "wrong username",
        "wrong password",
        "bad username or password",
        "bad credentials",
        "invalid credentials",
        "credentials are invalid",
        "incorrect credentials",
        "invalid login credentials",
        "authentication failed",
        "authentication failure",
        "could not find robot with",
        "token is expired",
        "token has expired",
        "token expired",
        "expired token",
        "invalid_grant",
        "invalid_client",
        "aadsts",
        "application not registered with aad",
        "token failed verification",
        "invalid access token",
        "signature has expired",
        "please verify your email",
        unless=("may have invalid credentials",),
        source="containers/image docker/docker_client.go; Quay; Artifactory; Nexus; Azure; OAuth 2",
    ),
    rule(
        _C.CREDENTIALS_REJECTED,
        _MAYBE,
        "invalid username/password",
        unless=("please login", "please log in"),
        source="containers/image docker/docker_client.go: any 401 of a token service, even if no login"
        " was sent",
    ),
    rule(
        _C.CREDENTIALS_REJECTED,
        _LIKELY,
        "login attempt to ",
        pattern=r"login attempt to \S{1,500} failed with status: 40[13]",
        source="moby registry/auth.go",
    ),
)

UNAUTHENTICATED = (
    rule(
        _C.AUTHENTICATION_REQUIRED,
        _SURE,
        "no basic auth credentials",
        "missing username or secret",
        "no user/password was provided for basic authentication",
        source="containerd core/remotes/docker/authorizer.go; moby registry (distribution client)",
    ),
    rule(
        _C.ACCESS_DENIED_OR_NOT_FOUND,
        _MAYBE,
        "failed to fetch anonymous token",
        pattern=r"failed to fetch anonymous token(?:: .{0,400}?)?: 40[34]\b",
        source="containerd core/remotes/docker/auth/fetch.go: GAR and GitLab answer a missing"
        " repository so",
    ),
    rule(
        _C.AUTHENTICATION_REQUIRED,
        _LIKELY,
        "failed to fetch anonymous token",
        pattern=r"failed to fetch anonymous token(?:: .{0,400}?)?: 40[01]\b",
        source="containerd core/remotes/docker/auth/fetch.go: asked without a login",
    ),
    rule(
        _C.ACCESS_DENIED_OR_NOT_FOUND,
        _MAYBE,
        "and you may have invalid credentials",
        "access to the requested resource is",
        "access to the resource is",
        "unauthorized to access repository",
        "(or it may not exist)",
        "or it does not exist",
        "does not exist or you ",
        "does not exist or no pull access",
        "requested access to the resource is denied",
        "insufficient scope",
        "you may not have access",
        source="Google Container and Artifact Registry; Quay; Harbor; moby; Docker Hub",
    ),
    rule(
        _C.AUTHENTICATION_REQUIRED,
        _LIKELY,
        "authentication required",
        "authentication is required",
        "login required",
        "please login",
        "please log in",
        "need to login",
        "need to log in",
        "must be logged in",
        "must be authenticated",
        "not logged in",
        "unauthenticated request",
        "unauthenticated: ",
        "anonymous access",
        "anonymous users",
        "no basic auth",
        "no credentials",
        "authorization required",
        "authorize header needed",
        unless=("pull access denied", "may be because there are no credentials"),
        source="distribution errcode; Azure; Red Hat; Google; Gitea",
    ),
)

DENIED = (
    rule(
        _C.ACCESS_DENIED,
        _SURE,
        "authorized to perform",
        "allowed access. refer",
        "is not allowed access",
        source="AWS IAM; Azure registry firewall",
    ),
    rule(
        _C.ACCESS_DENIED,
        _LIKELY,
        "installation not allowed to",
        "billing-related error",
        "requires terms acceptance",
        "export control regulations",
        "block access from your country",
        "unavailable for legal reasons",
        "access from your ip",
        "not in the ip whitelist",
        "not allowed by the firewall",
        source="GitHub; Red Hat; Docker Hub; CloudFront; vendors' address lists",
    ),
    rule(
        _C.ACCESS_DENIED_OR_NOT_FOUND,
        _MAYBE,
        "pull access denied",
        "exist or may require",
        "insufficient_scope",
        "authorization failed",
        source="containerd core/remotes/docker/errdesc.go, resolver.go; moby distribution/errors.go",
    ),
    rule(
        _C.ACCESS_DENIED,
        _MAYBE,
        "failed to fetch oauth token",
        pattern=r"failed to fetch oauth token(?:: .{0,400}?)?: 403\b",
        source="containerd core/remotes/docker/auth/fetch.go; GHCR answers a stale login so, too",
    ),
    rule(
        _C.ACCESS_DENIED_OR_NOT_FOUND,
        _MAYBE,
        "requesting bear",
        "token auth attempt for registry",
        pattern=r"(?:requesting bear(?:er)? token|token auth attempt).{0,600}\b403\b",
        source="containers/image docker/docker_client.go; distribution registry client: it is not told"
        " whether a login was sent",
    ),
    rule(
        _C.ACCESS_DENIED,
        _LIKELY,
        "403",
        pattern=r"\b403 (?:forbidden|error|client error)|https?://\S{1,1000}: 403\b|\b403 \(forbidden\)"
        r"|(?:status|status ?code|http code|http|code|error|response)[:=]? \(?403\b",
        source="Go net/http status.go, as containerd, moby, containers/image and others print it",
    ),
    rule(
        _C.ACCESS_DENIED,
        _LIKELY,
        "access forbidden",
        "access is forbidden",
        "you do not have permission",
        "you don't have permission",
        "does not have permission",
        "do not have access",
        "does not have access",
        "don't have access",
        "not permitted to",
        "permission_denied",
        "permission denied",
        "request has been blocked",
        "access denied",
        "accessdenied",
        source="GitLab; Google; S3; web application firewalls",
    ),
    rule(
        _C.ACCESS_DENIED_OR_NOT_FOUND,
        _MAYBE,
        "denied: ",
        "denied",
        pattern=r"(?:^|[\s\"(:])denied(?:: |$|[\"')])",
        source="distribution errcode (DENIED)",
    ),
    rule(
        _C.AUTHENTICATION_REQUIRED,
        _LIKELY,
        "401",
        pattern=r"\b401 (?:unauthorized|authorization|client error)|https?://\S{1,1000}: 401\b"
        r"|\b401 \(unauthorized\)"
        r"|(?:status|status ?code|http code|http|code|error|response)[:=]? \(?401\b",
        source="Go net/http status.go, as containerd, moby, containers/image and others print it",
    ),
    rule(
        _C.ACCESS_DENIED_OR_NOT_FOUND,
        _MAYBE,
        "unauthorized",
        pattern=r"(?:^|[\s\"(:])unauthorized(?:: |$|[\s\"'.)])",
        source="distribution errcode (UNAUTHORIZED), with words of the registry's own",
    ),
)

SCHEME = (
    rule(
        _C.AUTHENTICATION_REQUIRED,
        _MAYBE,
        "failed to find supported auth scheme",
        "no realm specified",
        "missing realm in bearer auth challenge",
        "did not include a token",
        "failed to authorize",
        "unable to retrieve auth token",
        "requesting bearer token",
        unless=(": eof", "unable to decode token response"),
        source="containerd core/remotes/docker/auth; containers/image docker/docker_client.go",
    ),
    rule(
        _C.AUTHENTICATION_REQUIRED,
        _MAYBE,
        "may be because there are no credentials",
        unless=(": eof", "manifest", " not found"),
        source="kubelet 1.1: its own guess, of no weight beside any answer",
    ),
)
