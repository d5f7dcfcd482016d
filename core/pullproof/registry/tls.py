"""TLS as the nodes' Go programs do it: one context for each set of authorities, shared by all.

Making one reads the system's authorities, which takes 22 ms.
"""

import ssl

from pullproof.causes import Cause
from pullproof.registry.messages import Failure


class Contexts:
    """The contexts in use, by the authorities that are trusted beside the system's."""

    def __init__(self, ca_bundle: str = "") -> None:
        """``ca_bundle``: PEM; trusted for every host."""
        self._ca_bundle = ca_bundle
        self._contexts: dict[str, ssl.SSLContext | Failure] = {}

    def get(self, ca_bundle: str) -> ssl.SSLContext | Failure:
        """The context for hosts that are declared with these authorities (PEM, may be empty)."""
        known = self._contexts.get(ca_bundle)
        if known is None:
            known = self._contexts[ca_bundle] = _make(self._ca_bundle, ca_bundle)
        return known


def _make(*bundles: str) -> ssl.SSLContext | Failure:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    # Go looks at the alternative names only, and asks less of an authority's certificate than
    # Python does since 3.13.
    context.hostname_checks_common_name = False
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        for bundle in filter(None, (one.strip() for one in bundles)):
            context.load_verify_locations(cadata=bundle)
    except (ssl.SSLError, ValueError):
        return Failure(
            cause=Cause.TLS_UNKNOWN_AUTHORITY,
            detail="the declared CA bundle is no PEM",
            is_host=False,
            is_local=True,
        )
    return context
