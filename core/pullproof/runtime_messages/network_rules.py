"""Leaves that are about the way to the registry: names, sockets, TLS, proxies; and its health."""

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages.rules import rule

_C, _SURE, _LIKELY, _MAYBE = Cause, Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE

CERTIFICATE_TIME = (
    rule(
        r"certificate has expired|is not yet valid|certificate is expired",
        _C.REGISTRY_CERTIFICATE_EXPIRED,
        _LIKELY,
        "Go crypto/x509/verify.go (Expired)",
    ),
)

TLS = (
    rule(
        r"certificate is valid for .{1,400}, not|cannot validate certificate for"
        r"|not valid for any names|doesn't contain any IP SANs|relies on legacy common name"
        r"|certificate is not valid for|hostname .{1,253} doesn't match",
        _C.TLS_NAME_MISMATCH,
        _SURE,
        "Go crypto/x509/verify.go (HostnameError)",
    ),
    rule(
        r"signed by unknown authority|self[- ]signed certificate|unable to get (?:local )?issuer"
        r"|certificate is not trusted|unknown certificate authority|certificate verify failed"
        r"|failed to verify certificate",
        _C.TLS_UNKNOWN_AUTHORITY,
        _SURE,
        "Go crypto/x509/verify.go (UnknownAuthorityError); OpenSSL",
    ),
    rule(
        r"server gave HTTP response to HTTPS client|client sent an HTTP request to an HTTPS server"
        r"|first record does not look like a TLS handshake|wrong version number",
        _C.PLAIN_HTTP_REGISTRY,
        _SURE,
        "Go net/http/transport.go, crypto/tls; OpenSSL",
    ),
)

PROXY = (
    rule(
        r"proxyconnect|proxy authentication required|proxy error|from proxy",
        _C.PROXY_FAILURE,
        _SURE,
        "Go net/http/transport.go",
    ),
)

DNS = (
    rule(
        r"no such host|name or service not known|NXDOMAIN|nodename nor servname",
        _C.REGISTRY_HOST_UNKNOWN,
        _LIKELY,
        "Go net (errNoSuchHost); getaddrinfo",
    ),
    rule(
        r"server misbehaving|temporary failure in name resolution|dial tcp: lookup"
        r"|lookup \S+ on \S+: |could not resolve host|dns lookup|cannot resolve|no DNS servers",
        _C.DNS_RESOLUTION_FAILED,
        _SURE,
        "Go net/dnsclient_unix.go; getaddrinfo; curl",
    ),
)

SOCKET = (
    rule(
        r"connection refused|actively refused|ECONNREFUSED",
        _C.CONNECTION_REFUSED,
        _SURE,
        "Go syscall (ECONNREFUSED)",
    ),
    rule(
        r"no route to host|network is unreachable|host is unreachable|network is down",
        _C.NETWORK_UNREACHABLE,
        _SURE,
        "Go syscall (EHOSTUNREACH, ENETUNREACH)",
    ),
    rule(
        r"i/o timeout|TLS handshake timeout|timeout awaiting response headers"
        r"|client\.timeout exceeded|request canceled while waiting for connection"
        r"|connection timed out|operation timed out|ETIMEDOUT|connection attempt failed",
        _C.CONNECTION_TIMED_OUT,
        _SURE,
        "Go net (os.ErrDeadlineExceeded), net/http/transport.go; ETIMEDOUT",
    ),
    rule(
        r"connection reset by peer|broken pipe|client connection lost|GOAWAY|stream error"
        r"|use of closed network connection|forcibly closed|server closed idle connection",
        _C.CONNECTION_RESET,
        _LIKELY,
        "Go syscall (ECONNRESET, EPIPE), golang.org/x/net/http2",
    ),
)

SERVER = (
    rule(
        r"\b50[0-9]\b|\b52[0-9]\b|internal server error|bad gateway|service unavailable"
        r"|gateway time-?out|RegistryUnavailable|registry is unavailable|UNAVAILABLE\b",
        _C.REGISTRY_UNAVAILABLE,
        _LIKELY,
        "Go net/http status texts; cri-api errors; distribution error codes",
    ),
    rule(
        r"remote error: tls|tls: |no realm specified|did not include a token|supported auth scheme"
        r"|stopped after 10 redirects|malformed HTTP|looking for beginning of value|<html"
        r"|unexpected (?:http )?status|unexpected response",
        _C.REGISTRY_UNAVAILABLE,
        _MAYBE,
        "Go crypto/tls alerts; containerd core/remotes/docker/auth; encoding/json",
    ),
)

CANCELLED = (
    rule(
        r"context deadline exceeded|context canceled|operation timeout|deadline ?exceeded|no progress"
        r"|timed out|timeout|request canceled",
        _C.PULL_TIMED_OUT,
        _LIKELY,
        "Go context; containerd internal/cri (image_pull_progress_timeout)",
    ),
)
