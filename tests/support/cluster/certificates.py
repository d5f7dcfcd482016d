"""Certificates of the test hosts: one good authority, one that nobody knows, and faults."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)
GOOD = ("tls.test", "private.test", "token.test", "login.test", "faults.test", "faults-two.test")
KEY_NAME = "token-key"
"""Of the key that signs tokens."""


class Authority:
    """Signs leaves."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 100 * DAY)
            .not_valid_after(now + 100 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False
            )
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True, content_commitment=False, key_encipherment=False,
                    data_encipherment=False, key_agreement=False, key_cert_sign=True,
                    crl_sign=True, encipher_only=False, decipher_only=False,
                ),
                critical=True,
            )
            .sign(self._key, hashes.SHA256())
        )  # fmt: skip

    @property
    def pem(self) -> str:
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def leaf(self, name: str, begin: timedelta = -DAY, end: timedelta = 90 * DAY) -> str:
        """Certificate and key for a name, valid between two times from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        subject_key = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begin)
            .not_valid_after(now + end)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject_key),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        return (
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        ).decode()


def write_certificates(folder: Path) -> str:
    """NAME.pem for every test host; the PEM of the authority that is to be trusted."""
    good, unknown = Authority("pullproof test CA"), Authority("a CA that nobody knows")
    leaves = {name: good.leaf(name) for name in GOOD}
    leaves["unknown-ca.test"] = unknown.leaf("unknown-ca.test")
    leaves["expired.test"] = good.leaf("expired.test", -30 * DAY, -10 * DAY)
    leaves["not-yet-valid.test"] = good.leaf("not-yet-valid.test", 10 * DAY, 90 * DAY)
    leaves["wrong-name.test"] = good.leaf("another-name.test")
    folder.mkdir(parents=True, exist_ok=True)
    for name, pem in leaves.items():
        (folder / f"{name}.pem").write_text(pem)
    _write_token_key(folder)
    return good.pem


def _write_token_key(folder: Path) -> None:
    """The private key for the token server, and what its registry knows of it (RFC 8037)."""
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / f"{KEY_NAME}.key").write_bytes(private)
    point = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    known = {
        "kty": "OKP",
        "crv": "Ed25519",
        "kid": KEY_NAME,
        "alg": "EdDSA",
        "use": "sig",
        "x": point,
    }
    (folder / f"{KEY_NAME}.jwks.json").write_text(json.dumps({"keys": [known]}))
