"""No answer came: which cause is that. The errors of httpcore, ssl and sockets end here. Pure.

Python's errors carry what happened in their chain: httpcore's are raised from ssl's and the
system's, and the innermost one that is known decides.
"""

import errno
import ssl
from collections.abc import Iterator
from socket import EAI_AGAIN, EAI_NODATA, EAI_NONAME, gaierror

import httpcore

from pullproof.causes import Cause
from pullproof.registry.messages import Failure
from pullproof.registry.showing import shown

IN_TIME = "no answer in time"


class DialError(Exception):
    """Carries a failure out of the dialler, through httpcore."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


def timed_out(*, connecting: bool = False, is_host: bool = True) -> Failure:
    """The time is over: before there was a connection, or while an answer was waited for."""
    cause = Cause.CONNECTION_TIMED_OUT if connecting else Cause.REGISTRY_UNAVAILABLE
    return Failure(cause=cause, detail=IN_TIME, is_host=is_host)


def refused(detail: str) -> Failure:
    """Our own rules forbid to go there; nothing was sent."""
    return Failure(cause=Cause.REGISTRY_UNAVAILABLE, detail=detail, is_host=False, is_local=True)


def from_exception(error: BaseException) -> Failure:
    """Name the cause of what was raised while a registry was asked."""
    for one in reversed(list(_chain(error))):
        failure = _known(one)
        if failure is not None:
            return failure
    return Failure(cause=Cause.REGISTRY_UNAVAILABLE, detail=type(error).__name__)


def is_stale(error: BaseException) -> bool:
    """Whether a connection that had been kept open turned out to be closed meanwhile."""
    gone = isinstance(error, httpcore.RemoteProtocolError) and "disconnected" in str(error)
    return gone or isinstance(error, httpcore.ReadError | httpcore.WriteError)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _known(error: BaseException) -> Failure | None:
    if isinstance(error, DialError):
        return error.failure
    if isinstance(error, gaierror):
        return from_lookup(error)
    if isinstance(error, ssl.SSLError):
        return _from_tls(error)
    if isinstance(error, httpcore.ProxyError | httpcore.RemoteProtocolError):
        return _from_http(error)
    if isinstance(error, OSError) and error.errno is not None:
        return from_system(error)
    if isinstance(error, TimeoutError | httpcore.TimeoutException):
        return timed_out(connecting=isinstance(error, httpcore.ConnectTimeout))
    if isinstance(error, OSError):
        return from_system(error)
    return None


def from_lookup(error: gaierror) -> Failure:
    """Read the resolver's no: NXDOMAIN, or a resolver in trouble."""
    if error.errno in (EAI_NONAME, EAI_NODATA):
        return Failure(cause=Cause.REGISTRY_HOST_UNKNOWN, detail="no such host")
    detail = "the resolver did not answer" if error.errno == EAI_AGAIN else "the lookup failed"
    return Failure(cause=Cause.DNS_RESOLUTION_FAILED, detail=detail)


_SYSTEM: dict[int, tuple[Cause, str]] = {
    errno.ECONNREFUSED: (Cause.CONNECTION_REFUSED, "connection refused"),
    errno.ECONNRESET: (Cause.CONNECTION_RESET, "connection reset"),
    errno.ECONNABORTED: (Cause.CONNECTION_RESET, "connection aborted"),
    errno.EPIPE: (Cause.CONNECTION_RESET, "connection closed"),
    errno.ETIMEDOUT: (Cause.CONNECTION_TIMED_OUT, "connection timed out"),
    errno.ENETUNREACH: (Cause.NETWORK_UNREACHABLE, "network unreachable"),
    errno.EHOSTUNREACH: (Cause.NETWORK_UNREACHABLE, "no route to host"),
    errno.EADDRNOTAVAIL: (Cause.NETWORK_UNREACHABLE, "address not available"),
    errno.EACCES: (Cause.NETWORK_UNREACHABLE, "forbidden by the network"),
    errno.EPERM: (Cause.NETWORK_UNREACHABLE, "forbidden by the network"),
}
_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})


def from_system(error: OSError) -> Failure | None:
    """Read the operating system's errors; None for one that says nothing of the other side."""
    if error.errno in _OURS:
        return refused("too many connections here")
    if error.errno in _SYSTEM:
        cause, detail = _SYSTEM[error.errno]
        return Failure(cause=cause, detail=detail)
    if isinstance(error, ConnectionError):
        return Failure(cause=Cause.CONNECTION_RESET, detail="connection closed")
    return None


# https://docs.openssl.org/3.0/man1/openssl-verification-options/ ; X509_V_ERR_…
_VERIFY: dict[int, tuple[Cause, str]] = {
    9: (Cause.REGISTRY_CERTIFICATE_EXPIRED, "certificate not yet valid"),
    10: (Cause.REGISTRY_CERTIFICATE_EXPIRED, "certificate expired"),
    62: (Cause.TLS_NAME_MISMATCH, "certificate for another name"),
    64: (Cause.TLS_NAME_MISMATCH, "certificate for another address"),
}


def _from_tls(error: ssl.SSLError) -> Failure:
    if isinstance(error, ssl.SSLCertVerificationError):
        unknown = (Cause.TLS_UNKNOWN_AUTHORITY, "certificate signed by unknown authority")
        cause, detail = _VERIFY.get(error.verify_code, unknown)
        return Failure(cause=cause, detail=detail)
    reason = str(error.reason or "")
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST"):
        return Failure(
            cause=Cause.PLAIN_HTTP_REGISTRY, detail="no TLS there: the answer is plain text"
        )
    if "EOF" in reason or isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Failure(cause=Cause.CONNECTION_RESET, detail="connection closed in the handshake")
    detail = shown(f"TLS handshake failed: {reason.lower().replace('_', ' ')}")
    return Failure(cause=Cause.REGISTRY_UNAVAILABLE, detail=detail)


def _from_http(error: Exception) -> Failure:
    if isinstance(error, httpcore.ProxyError):
        return Failure(cause=Cause.PROXY_FAILURE, detail=shown(str(error)) or "the proxy refused")
    text = str(error).lower()
    if "disconnected" in text or "closed connection" in text or "incomplete" in text:
        return Failure(cause=Cause.CONNECTION_RESET, detail="connection closed without an answer")
    return Failure(cause=Cause.REGISTRY_UNAVAILABLE, detail="an answer that is no HTTP")
