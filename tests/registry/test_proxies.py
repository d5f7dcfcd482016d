import pytest

from pullproof.registry.proxies import bypasses


@pytest.mark.parametrize(
    ("host", "entries", "bypassed"),
    [
        ("registry.example", ["*"], True),
        ("registry.example", ["registry.example"], True),
        ("registry.example", ["example"], True),
        ("registry.example", [".example"], True),
        ("registry.example", ["*.example"], True),
        ("example.test", [".example.test"], False),
        ("badexample.test", ["example.test"], False),
        ("registry.example", ["registry.example:443"], True),
        ("registry.example", ["registry.example:5000"], False),
        ("10.1.2.3", ["10.0.0.0/8"], True),
        ("10.1.2.3", ["10.1.2.3"], True),
        ("11.1.2.3", ["10.0.0.0/8"], False),
        ("registry.example", ["10.0.0.0/8", "", " "], False),
        ("localhost", [], True),
        ("127.0.0.1", [], True),
        ("::1", [], True),
        ("registry.example", [" Registry.Example "], True),
    ],
)
def test_no_proxy_is_read_as_go_reads_it(host, entries, bypassed):
    assert bypasses(host, 443, entries) is bypassed
