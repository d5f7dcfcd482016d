import errno
import socket
import ssl

import httpcore
import pytest

from pullproof.causes import Cause
from pullproof.registry.failures import from_exception


def wrapped(inner: BaseException, outer: BaseException) -> BaseException:
    outer.__cause__ = inner
    return outer


def certificate(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    return error


def tls(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), Cause.REGISTRY_HOST_UNKNOWN),
        (socket.gaierror(socket.EAI_NODATA, "x"), Cause.REGISTRY_HOST_UNKNOWN),
        (socket.gaierror(socket.EAI_AGAIN, "x"), Cause.DNS_RESOLUTION_FAILED),
        (socket.gaierror(socket.EAI_FAIL, "x"), Cause.DNS_RESOLUTION_FAILED),
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), Cause.CONNECTION_REFUSED),
        (ConnectionResetError(errno.ECONNRESET, "x"), Cause.CONNECTION_RESET),
        (BrokenPipeError(errno.EPIPE, "x"), Cause.CONNECTION_RESET),
        (OSError(errno.ENETUNREACH, "x"), Cause.NETWORK_UNREACHABLE),
        (OSError(errno.EHOSTUNREACH, "x"), Cause.NETWORK_UNREACHABLE),
        (OSError(errno.ETIMEDOUT, "x"), Cause.CONNECTION_TIMED_OUT),
        (OSError(errno.EMFILE, "x"), Cause.REGISTRY_UNAVAILABLE),
        (TimeoutError(), Cause.REGISTRY_UNAVAILABLE),
        (httpcore.ConnectTimeout(), Cause.CONNECTION_TIMED_OUT),
        (httpcore.ReadTimeout(), Cause.REGISTRY_UNAVAILABLE),
        (certificate(10), Cause.REGISTRY_CERTIFICATE_EXPIRED),
        (certificate(9), Cause.REGISTRY_CERTIFICATE_EXPIRED),
        (certificate(62), Cause.TLS_NAME_MISMATCH),
        (certificate(64), Cause.TLS_NAME_MISMATCH),
        (certificate(18), Cause.TLS_UNKNOWN_AUTHORITY),
        (certificate(20), Cause.TLS_UNKNOWN_AUTHORITY),
        (tls("WRONG_VERSION_NUMBER"), Cause.PLAIN_HTTP_REGISTRY),
        (tls("UNEXPECTED_EOF_WHILE_READING"), Cause.CONNECTION_RESET),
        (tls("SSLV3_ALERT_HANDSHAKE_FAILURE"), Cause.REGISTRY_UNAVAILABLE),
        (httpcore.RemoteProtocolError("illegal status line"), Cause.REGISTRY_UNAVAILABLE),
        (
            httpcore.RemoteProtocolError("Server disconnected without sending a response."),
            Cause.CONNECTION_RESET,
        ),
        (httpcore.ProxyError("407 Proxy Authentication Required"), Cause.PROXY_FAILURE),
        (RuntimeError("unheard of"), Cause.REGISTRY_UNAVAILABLE),
    ],
)
def test_each_error_has_its_cause_bare_and_wrapped(error, cause):
    assert from_exception(error).cause is cause
    assert from_exception(wrapped(error, httpcore.ConnectError("x"))).cause is cause


def test_a_chain_that_bites_its_tail_ends():
    first, second = RuntimeError("a"), RuntimeError("b")
    first.__cause__, second.__cause__ = second, first
    assert from_exception(first).cause is Cause.REGISTRY_UNAVAILABLE


def test_our_own_shortage_is_not_held_against_the_host():
    assert not from_exception(OSError(errno.EMFILE, "x")).is_host
