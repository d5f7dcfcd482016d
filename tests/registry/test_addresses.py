from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullproof.registry.addresses import Reach, is_name, may_dial, parse_blocks

PRIVATE = ("10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd00::1", "198.18.0.1")
LOOPBACK = ("127.0.0.1", "127.1.2.3", "::1")
NEVER = (
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "224.0.0.1",
    "ff02::1",
)
GLOBAL = ("93.184.215.14", "2606:4700::1111")


def embedded(address: str) -> list[str]:
    """The same IPv4 address in every IPv6 clothing that leads to it."""
    number = int(IPv4Address(address))
    high, low = number >> 16, number & 0xFFFF
    flipped = number ^ 0xFFFF_FFFF
    return [
        f"::ffff:{address}",
        f"::{high:x}:{low:x}",
        f"64:ff9b::{high:x}:{low:x}",
        f"64:ff9b:1::{high:x}:{low:x}",
        f"2002:{high:x}:{low:x}::1",
        f"2001:0:5db8:d70e:0:0:{flipped >> 16:x}:{flipped & 0xFFFF:x}",
    ]


def allowed(address: str, reach: Reach, port: int = 443) -> bool:
    return may_dial(ip_address(address), port, reach)


@pytest.mark.parametrize("address", GLOBAL)
def test_a_global_address_may_be_dialled_by_all(address):
    assert all(allowed(address, reach) for reach in Reach)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_needs_a_declared_host(address):
    assert [allowed(address, reach) for reach in Reach] == [False, True, True]


@pytest.mark.parametrize("address", LOOPBACK)
def test_loopback_is_for_the_command_line_alone(address):
    assert [allowed(address, reach) for reach in Reach] == [False, False, True]


@pytest.mark.parametrize("address", NEVER)
def test_metadata_and_link_local_are_never_dialled(address):
    assert not any(allowed(address, reach) for reach in Reach)


@pytest.mark.parametrize("inner", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.0.1"])
def test_ipv4_inside_ipv6_is_judged_as_what_it_leads_to(inner):
    for address in embedded(inner):
        assert not allowed(address, Reach.PUBLIC), address


def test_a_metadata_address_inside_ipv6_is_not_dialled_for_a_declared_host_either():
    for address in embedded("169.254.169.254"):
        assert not allowed(address, Reach.DECLARED), address


def test_a_global_address_behind_nat64_may_be_dialled():
    assert allowed("64:ff9b::5db8:d70e", Reach.PUBLIC)


def test_an_undeclared_host_has_port_443_only():
    assert not allowed("93.184.215.14", Reach.PUBLIC, port=5000)
    assert allowed("93.184.215.14", Reach.DECLARED, port=5000)


def test_a_forbidden_address_is_dialled_by_nobody():
    forbidden = parse_blocks(["10.96.0.1", "fd10::/16"])
    for reach in Reach:
        assert not may_dial(ip_address("10.96.0.1"), 443, reach, forbidden)
        assert not may_dial(ip_address("::ffff:10.96.0.1"), 443, reach, forbidden)
        assert not may_dial(ip_address("fd10::1"), 443, reach, forbidden)


@given(st.ip_addresses(v=4))
def test_no_clothing_makes_an_address_more_reachable(address: IPv4Address):
    for reach in Reach:
        if not may_dial(address, 443, reach):
            for clothed in embedded(str(address)):
                if IPv6Address(clothed).is_loopback:
                    continue  # ::1 is no clothing of 0.0.0.1
                assert not may_dial(IPv6Address(clothed), 443, reach)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "10.0.0.010", "1."]
)
def test_a_number_that_some_resolvers_take_for_an_address_is_no_name(host):
    assert not is_name(host, Reach.ANY)


def test_a_single_label_is_looked_up_only_where_it_is_declared():
    assert not is_name("kubernetes", Reach.PUBLIC)
    assert is_name("kubernetes", Reach.DECLARED)
    assert is_name("registry.example", Reach.PUBLIC)
