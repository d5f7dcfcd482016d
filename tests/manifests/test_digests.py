import hashlib

import pytest

from pullproof.digest import DigestFault, InvalidDigest, parse_digest, verify

DATA = b"some content"


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_bytes_have_their_digest_and_no_other(algorithm):
    digest = parse_digest(f"{algorithm}:{hashlib.new(algorithm, DATA).hexdigest()}")
    assert verify(digest, DATA)
    assert not verify(digest, DATA + b".")
    assert str(digest).startswith(f"{algorithm}:")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", DigestFault.FORMAT),
        ("sha256", DigestFault.FORMAT),
        ("sha256:", DigestFault.FORMAT),
        (":" + "0" * 64, DigestFault.FORMAT),
        ("sha256:" + "0" * 63, DigestFault.LENGTH),
        ("sha256:" + "0" * 96, DigestFault.LENGTH),
        ("sha256:" + "A" * 64, DigestFault.FORMAT),
        ("sha256:" + "\u0660" * 64, DigestFault.FORMAT),
        ("sha256:" + "0" * 63 + "\n", DigestFault.FORMAT),
        ("md5:" + "0" * 32, DigestFault.UNSUPPORTED),
        ("blake3:" + "0" * 64, DigestFault.UNSUPPORTED),
        ("SHA256:" + "0" * 64, DigestFault.FORMAT),
    ],
    ids=range(12),
)
def test_what_is_no_digest_is_refused_with_the_reason(text, fault):
    with pytest.raises(InvalidDigest) as caught:
        parse_digest(text)
    assert caught.value.fault is fault
