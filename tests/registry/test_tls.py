"""Certificates that do not verify, and registries that speak no TLS at all."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from asking import ask_for
from fault_registry import make_app, running
from pullproof.causes import Cause
from pullproof.registry.probe import Prober
from pullproof.settings import Registry, Settings

MakeProber = Callable[..., Prober]
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("names", "options", "trusted", "cause", "detail"),
    [
        (["127.0.0.1"], {}, True, None, ""),
        (
            ["127.0.0.1"],
            {},
            False,
            Cause.TLS_UNKNOWN_AUTHORITY,
            "certificate signed by unknown authority: OU=Testing CA",
        ),
        (
            ["127.0.0.1"],
            {"not_before": NOW - 20 * DAY, "not_after": NOW - 10 * DAY},
            True,
            Cause.REGISTRY_CERTIFICATE_EXPIRED,
            f"certificate expired {(NOW - 10 * DAY):%Y-%m-%d}",
        ),
        (
            ["127.0.0.1"],
            {"not_before": NOW + 10 * DAY, "not_after": NOW + 20 * DAY},
            True,
            Cause.REGISTRY_CERTIFICATE_EXPIRED,
            f"certificate not valid before {(NOW + 10 * DAY):%Y-%m-%d}",
        ),
        (
            ["one.example", "two.example"],
            {},
            True,
            Cause.TLS_NAME_MISMATCH,
            "certificate for one.example, two.example",
        ),
    ],
)
async def test_a_certificate_that_does_not_verify_is_told_with_what_is_wrong(  # noqa: PLR0913, PLR0917  the table's columns
    make_prober: MakeProber, ca_bundle, authority, names, options, trusted, cause, detail
):
    context = serving(authority.issue_cert(*names, **options))
    async with running(make_app(), context=context) as port:
        own = Registry(host=f"127.0.0.1:{port}", ca_bundle=ca_bundle if trusted else "")
        prober = make_prober(Settings(registries=(own,)), open_network=True)
        result = await prober.probe(ask_for(f"127.0.0.1:{port}/ok/a:1.0"))
    assert result.cause is cause
    assert result.detail.startswith(detail)


async def test_a_certificate_without_alternative_names_counts_for_nothing(
    make_prober: MakeProber, ca_bundle, authority
):
    """Go looks at no common name; Python would."""
    context = serving(authority.issue_cert("x.example", common_name="127.0.0.1"))
    async with running(make_app(), context=context) as port:
        own = Registry(host=f"127.0.0.1:{port}", ca_bundle=ca_bundle)
        prober = make_prober(Settings(registries=(own,)), open_network=True)
        result = await prober.probe(ask_for(f"127.0.0.1:{port}/ok/a:1.0"))
    assert result.cause is Cause.TLS_NAME_MISMATCH


async def test_a_registry_that_speaks_plain_http_is_told_as_that(make_prober: MakeProber):
    async with running(make_app()) as port:
        own = Registry(host=f"127.0.0.1:{port}")
        prober = make_prober(Settings(registries=(own,)), open_network=True)
        result = await prober.probe(ask_for(f"127.0.0.1:{port}/ok/a:1.0"))
    assert result.cause is Cause.PLAIN_HTTP_REGISTRY


async def test_a_registry_with_tls_that_is_declared_plain_is_no_registry(
    make_prober: MakeProber, authority
):
    context = serving(authority.issue_cert("127.0.0.1"))
    async with running(make_app(), context=context) as port:
        own = Registry(host=f"127.0.0.1:{port}", plain_http=True)
        prober = make_prober(Settings(registries=(own,)), open_network=True)
        result = await prober.probe(ask_for(f"127.0.0.1:{port}/ok/a:1.0"))
    assert result.cause in (Cause.CONNECTION_RESET, Cause.REGISTRY_UNAVAILABLE)


async def test_a_bundle_that_is_no_pem_is_told_without_a_request(make_prober: MakeProber):
    own = Registry(host="registry.example", ca_bundle="no certificate")
    prober = make_prober(Settings(registries=(own,)))
    result = await prober.probe(ask_for("registry.example/a:1"))
    assert result.cause is Cause.TLS_UNKNOWN_AUTHORITY
    assert result.detail == "the declared CA bundle is no PEM"
    assert result.requests == 0
