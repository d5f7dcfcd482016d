"""Make and judge the certificates: an own CA, a leaf, and the secret path. Pure but for randomness.

ECDSA P-256: a handshake costs two thirds of one with RSA (docs/performance.md).
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_LIFETIME = timedelta(days=3650)
LEAF_LIFETIME = timedelta(days=90)
RENEW_BEFORE = timedelta(days=30)
"""Of the leaf; a new one overlaps the old one for as long."""
BACKDATED = timedelta(minutes=10)
"""Clocks of API servers and nodes differ a little."""
PATH_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What the Secret holds, as bytes; keys are named as in a TLS Secret."""

    ca_certificate: bytes
    ca_key: bytes
    certificate: bytes
    key: bytes
    path: str

    def to_data(self) -> dict[str, bytes]:
        """The Secret's ``data``."""
        return {
            "ca.crt": self.ca_certificate,
            "ca.key": self.ca_key,
            "tls.crt": self.certificate,
            "tls.key": self.key,
            "path": self.path.encode(),
        }


def from_data(data: dict[str, bytes]) -> Bundle | None:
    """What a Secret holds; None if anything is missing or is not what it should be."""
    try:
        bundle = Bundle(
            ca_certificate=data["ca.crt"],
            ca_key=data["ca.key"],
            certificate=data["tls.crt"],
            key=data["tls.key"],
            path=data["path"].decode("ascii"),
        )
        x509.load_pem_x509_certificates(bundle.ca_certificate)
        x509.load_pem_x509_certificate(bundle.certificate)
        serialization.load_pem_private_key(bundle.key, None)
        serialization.load_pem_private_key(bundle.ca_key, None)
    except (KeyError, ValueError, TypeError):
        return None
    right = len(bundle.path) == 2 * PATH_BYTES and set(bundle.path) <= set("0123456789abcdef")
    return bundle if right else None


def make_bundle(names: tuple[str, ...], now: datetime) -> Bundle:
    """A new CA, a leaf for these DNS names, and a new secret path."""
    ca_key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pullproof webhook CA")])
    ca = (
        _builder(subject, subject, ca_key.public_key(), now, CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    certificate, key = _leaf(ca, ca_key, names, now)
    return Bundle(
        ca_certificate=_pem(ca),
        ca_key=_key_pem(ca_key),
        certificate=certificate,
        key=key,
        path=secrets.token_hex(PATH_BYTES),
    )


def renew_leaf(bundle: Bundle, names: tuple[str, ...], now: datetime) -> Bundle:
    """The same CA and path with a new leaf."""
    ca = x509.load_pem_x509_certificates(bundle.ca_certificate)[0]
    ca_key = serialization.load_pem_private_key(bundle.ca_key, None)
    assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
    certificate, key = _leaf(ca, ca_key, names, now)
    return Bundle(
        ca_certificate=bundle.ca_certificate,
        ca_key=bundle.ca_key,
        certificate=certificate,
        key=key,
        path=bundle.path,
    )


def renewal_due(bundle: Bundle, names: tuple[str, ...], now: datetime) -> bool:
    """Whether the leaf is soon to end, not yet valid, or made for other names."""
    leaf = x509.load_pem_x509_certificate(bundle.certificate)
    ends = leaf.not_valid_after_utc - now < RENEW_BEFORE
    early = leaf.not_valid_before_utc > now
    found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return ends or early or set(found.get_values_for_type(x509.DNSName)) != set(names)


def ca_due(bundle: Bundle, now: datetime) -> bool:
    """Whether the CA would end before a new leaf does."""
    ca = x509.load_pem_x509_certificates(bundle.ca_certificate)[0]
    return ca.not_valid_after_utc - now < LEAF_LIFETIME


def _leaf(
    ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    names: tuple[str, ...],
    now: datetime,
) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pullproof webhook")])
    issuer_key = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        _builder(subject, ca.subject, key.public_key(), now, LEAF_LIFETIME)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key),
            critical=False,
        )
        .sign(ca_key, hashes.SHA256())
    )
    return _pem(certificate), _key_pem(key)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
