"""The kubelet's credentials: which logins it would try for an image, and in which order.

``secrets`` reads pull secrets, ``urls`` matches their keys against images, ``keyring`` puts them in
order, ``unused`` says why one of them gives nothing, ``lenient_json`` reads JSON as Go does. Tests
compare all of it with the kubelet's own code (``tests/differential/keyring``).
"""

from pullproof.credentials.keyring import (
    ANONYMOUS,
    Credential,
    Keyring,
    effective_secret_names,
    identity,
    make_keyring,
)
from pullproof.credentials.node_auth import is_node_auth_host
from pullproof.credentials.secrets import MAX_SECRET_BYTES, InvalidSecret, PullSecret
from pullproof.credentials.unused import unused

__all__ = [
    "ANONYMOUS",
    "MAX_SECRET_BYTES",
    "Credential",
    "InvalidSecret",
    "Keyring",
    "PullSecret",
    "effective_secret_names",
    "identity",
    "is_node_auth_host",
    "make_keyring",
    "unused",
]
