"""What is wrong with a certificate that does not verify: its dates, its names, who signed it.

The handshake that failed does not show it, so it is looked at in a second one that verifies
nothing and sends nothing.
"""

import ssl
from datetime import UTC, datetime

from cryptography import x509

from pullproof.causes import Cause
from pullproof.registry.dialing import CheckedBackend
from pullproof.registry.messages import Url
from pullproof.registry.showing import shown

_MAX_NAMES = 4
_LIMIT = 160


async def describe(backend: CheckedBackend, url: Url, cause: Cause, seconds: float) -> str:
    """One clause about the certificate at a host. Raises whatever connecting raises."""
    stream = await backend.connect_tcp(url.host, url.port, seconds)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        stream = await stream.start_tls(context, url.host, seconds)
        tls = stream.get_extra_info("ssl_object")
        data = tls.getpeercert(binary_form=True)
    finally:
        await stream.aclose()
    certificate = x509.load_der_x509_certificate(data)
    return told(certificate, cause, datetime.now(UTC))


def told(certificate: x509.Certificate, cause: Cause, now: datetime) -> str:
    """What the cause wants to know of it; empty: nothing."""
    if cause is Cause.REGISTRY_CERTIFICATE_EXPIRED:
        if now < certificate.not_valid_before_utc:
            return f"certificate not valid before {certificate.not_valid_before_utc:%Y-%m-%d}"
        return f"certificate expired {certificate.not_valid_after_utc:%Y-%m-%d}"
    if cause is Cause.TLS_NAME_MISMATCH:
        names = _names(certificate)
        listed = ", ".join(names[:_MAX_NAMES]) or "no name at all"
        more = ", …" if len(names) > _MAX_NAMES else ""
        return shown(f"certificate for {listed}{more}", limit=_LIMIT)
    issuer = certificate.issuer.rfc4514_string()
    return shown(f"certificate signed by unknown authority: {issuer}", limit=_LIMIT)


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return []
    found = extension.value
    addresses = found.get_values_for_type(x509.IPAddress)
    return [*found.get_values_for_type(x509.DNSName), *map(str, addresses)]
