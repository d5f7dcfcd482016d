import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from pullproof_guardian.authority import (
    LEAF_LIFETIME,
    RENEW_BEFORE,
    ca_due,
    from_data,
    make_bundle,
    renew_leaf,
    renewal_due,
)

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
NAMES = ("webhook.pullproof.svc", "webhook.pullproof.svc.cluster.local")


@pytest.fixture(scope="module")
def bundle():
    return make_bundle(NAMES, NOW)


def test_a_tls_library_accepts_the_pair_and_the_chain(bundle, tmp_path):
    for name, data in bundle.to_data().items():
        (tmp_path / name).write_bytes(data)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")
    client = ssl.create_default_context(cafile=str(tmp_path / "ca.crt"))
    one, two = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(one, two, server_hostname=NAMES[0])
    there = server.wrap_bio(two, one, server_side=True)
    now_valid = NOW <= datetime.now(UTC) < NOW + LEAF_LIFETIME
    for _ in range(4):
        for end in (here, there):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                assert not now_valid
                return
    assert here.version() == "TLSv1.3"


def test_the_leaf_is_for_the_service_and_for_servers_only(bundle):
    leaf = x509.load_pem_x509_certificate(bundle.certificate)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert tuple(names.get_values_for_type(x509.DNSName)) == NAMES
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_the_path_is_64_hexadecimal_digits_and_another_each_time(bundle):
    assert len(bundle.path) == 64
    assert bundle.path != make_bundle(NAMES, NOW).path


def test_what_a_secret_holds_reads_back_the_same(bundle):
    assert from_data(bundle.to_data()) == bundle


@pytest.mark.parametrize(
    ("key", "value"),
    [("tls.crt", b"nonsense"), ("ca.key", b""), ("path", b"short"), ("path", "ü".encode())],
)
def test_a_damaged_secret_counts_as_none(bundle, key, value):
    assert from_data({**bundle.to_data(), key: value}) is None


@pytest.mark.parametrize("key", ["ca.crt", "ca.key", "tls.crt", "tls.key", "path"])
def test_a_secret_that_lacks_something_counts_as_none(bundle, key):
    data = bundle.to_data()
    del data[key]
    assert from_data(data) is None


def test_a_new_pair_is_due_in_time_and_not_before(bundle):
    last = NOW + LEAF_LIFETIME - RENEW_BEFORE
    assert not renewal_due(bundle, NAMES, last - timedelta(hours=1))
    assert renewal_due(bundle, NAMES, last + timedelta(hours=1))
    assert renewal_due(bundle, ("other.svc",), NOW)
    assert renewal_due(bundle, NAMES, NOW - timedelta(days=1))


def test_a_renewed_pair_keeps_authority_and_path(bundle):
    later = NOW + timedelta(days=70)
    renewed = renew_leaf(bundle, NAMES, later)
    assert (renewed.ca_certificate, renewed.path) == (bundle.ca_certificate, bundle.path)
    assert renewed.certificate != bundle.certificate
    assert not renewal_due(renewed, NAMES, later)


def test_an_authority_is_replaced_before_it_would_end_first(bundle):
    assert not ca_due(bundle, NOW)
    assert ca_due(bundle, NOW + timedelta(days=3600))
