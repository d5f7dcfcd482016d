"""Leaves about TLS and proxies: the connection stands, but neither side trusts or understands it."""

from pullproof.causes import Cause, Confidence
from pullproof.runtime_messages.rules import rule

_C, _SURE, _LIKELY, _MAYBE = Cause, Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE

_REQUEST = r"(?:get|head|post|put) \"?https?://[^\s\"]{1,1000}\"?: "

PROXY = (
    rule(
        _C.PROXY_FAILURE,
        _SURE,
        "proxyconnect tcp",
        "proxy authentication required",
        "http code 407",
        "socks connect",
        "error connecting to proxy",
        "unable to connect to proxy",
        "proxy: unknown scheme",
        "invalid proxy",
        "tunnel connection failed",
        "received http code 403 from proxy",
        source="Go net/http/transport.go, net/internal/socks; curl; Python http.client",
    ),
    rule(
        _C.PROXY_FAILURE,
        _LIKELY,
        ": forbidden",
        ": method not allowed",
        ": blocked",
        ": access denied",
        ": bad request",
        pattern=_REQUEST
        + r"(?:forbidden|method not allowed|bad request|access ?denied|blocked[\w ]{0,60})"
        r"[\"'.)\]]{0,3}(?:$| [^:]{0,80}$)",
        source="Go net/http/transport.go: the bare status text of a refused CONNECT",
    ),
)

CERTIFICATE_TIME = (
    rule(
        _C.REGISTRY_CERTIFICATE_EXPIRED,
        _MAYBE,
        "certificate has expired",
        "yet valid",
        "certificate is expired",
        "certificate expired",
        "expired certificate",
        source="Go crypto/x509/verify.go (CertificateInvalidError), crypto/tls alerts; OpenSSL",
    ),
)
"""The two times in the text decide further: ``pullproof.runtime_messages.clock``."""

TLS = (
    rule(
        _C.TLS_NAME_MISMATCH,
        _SURE,
        "certificate is valid for ",
        "valid for any names",
        "cannot validate certificate for ",
        "doesn't contain any ip sans",
        "relies on legacy common name",
        "subject name does not match target host",
        "no alternative certificate subject name matches",
        "hostname mismatch",
        source="Go crypto/x509/verify.go (HostnameError); curl; Python ssl",
    ),
    rule(
        _C.TLS_NAME_MISMATCH,
        _MAYBE,
        "tls: unrecognized name",
        source="Go crypto/tls/alert.go: the server knows no certificate for this name",
    ),
    rule(
        _C.PLAIN_HTTP_REGISTRY,
        _SURE,
        "server gave http response to https client",
        source="Go net/http/transport.go",
    ),
    rule(
        _C.PLAIN_HTTP_REGISTRY,
        _LIKELY,
        "look like a tls handshake",
        "oversized record received",
        "wrong version number",
        "http: server gave http response",
        source="Go crypto/tls/conn.go; OpenSSL: something that is no TLS answered",
    ),
    rule(
        _C.PLAIN_HTTP_REGISTRY,
        _MAYBE,
        "client sent an http request to an https server",
        "plain http request was sent to https port",
        'malformed http response "\\x15\\x03',
        source="Go net/http/server.go; nginx: asked over http where TLS is spoken",
    ),
    rule(
        _C.TLS_UNKNOWN_AUTHORITY,
        _SURE,
        "certificate signed by unknown authority",
        "unable to get local issuer certificate",
        "unable to get issuer certificate",
        "unable to verify the first certificate",
        "self signed certificate",
        "self-signed certificate",
        "certificate is not trusted",
        "no roots provided",
        unless=("remote error: tls",),
        source="Go crypto/x509/verify.go (UnknownAuthorityError, SystemRootsError); OpenSSL; macOS",
    ),
    rule(
        _C.AUTHENTICATION_REQUIRED,
        _LIKELY,
        "tls: certificate required",
        "tls: bad certificate",
        "tls: unknown certificate authority",
        "tls: unknown certificate",
        "no required ssl certificate was sent",
        source="Go crypto/tls/alert.go: the registry wants a client certificate, or another one;"
        " nginx",
    ),
    rule(
        _C.TLS_UNKNOWN_AUTHORITY,
        _LIKELY,
        "failed to verify certificate",
        "certificate verify failed",
        "certificate uses an insecure signature algorithm",
        "x509: ",
        "certificate is not standards compliant",
        source="Go crypto/tls, crypto/x509: any other reason not to trust a chain",
    ),
    rule(
        _C.TLS_UNKNOWN_AUTHORITY,
        _MAYBE,
        "remote error: tls: ",
        "tls: handshake failure",
        "tls: protocol version not supported",
        "tls: server selected unsupported protocol",
        "tls: failed to find any pem data",
        "for client certificate ",
        "sslv3 alert handshake failure",
        source="Go crypto/tls alerts; containers/image pkg/tlsclientconfig",
    ),
)
