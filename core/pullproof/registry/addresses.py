"""Which addresses may be dialled: whoever writes a Pod chooses the host. Pure.

An address is judged as what it leads to: IPv4 inside IPv6 (mapped, compatible, 6to4, Teredo, NAT64)
is unfolded first, and every address inside must be allowed.
"""

import re
from collections.abc import Collection, Iterator
from enum import IntEnum
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Block = IPv4Network | IPv6Network

HTTPS_PORT = 443


class Reach(IntEnum):
    """How far one may go; of two that meet (a redirect, a realm) the smaller holds."""

    PUBLIC = 0
    """No setting names the host: global addresses and port 443."""
    DECLARED = 1
    """A setting names it: private, Pod and Service addresses too."""
    ANY = 2
    """The command line, on its user's own machine: loopback too."""


# Cloud metadata that lies in no link-local block: AWS over IPv6, Alibaba, and Azure's wire server,
# which is even a global address.
_METADATA = frozenset(map(ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16")))
_SHARED = IPv4Network("100.64.0.0/10")  # CGNAT; ipaddress calls it neither private nor global
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = IPv6Network("::/96")
_SITE_LOCAL = IPv6Network("fec0::/10")


def parse_blocks(texts: Collection[str]) -> tuple[Block, ...]:
    """Addresses and CIDR blocks. Raises ValueError for what is neither."""
    return tuple(ip_network(text, strict=False) for text in texts)


def may_dial(address: Address, port: int, reach: Reach, forbidden: Collection[Block] = ()) -> bool:
    """Whether to connect. ``forbidden`` (the API server) holds for everyone."""
    if reach is Reach.PUBLIC and port != HTTPS_PORT:
        return False
    return all(_may_dial(one, reach, forbidden) for one in unfolded(address))


def unfolded(address: Address) -> Iterator[Address]:
    """The address, and what is inside of it."""
    yield address
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    is_compatible = address in _COMPATIBLE and int(address) > 1
    if is_compatible or any(address in block for block in _NAT64):
        yield IPv4Address(int(address) & 0xFFFF_FFFF)


def _may_dial(address: Address, reach: Reach, forbidden: Collection[Block]) -> bool:
    if any(address in block for block in forbidden) or _is_never(address):
        return False
    if reach is Reach.ANY:
        return True
    if address.is_loopback:
        return False
    return reach is Reach.DECLARED or _is_global(address)


def _is_never(address: Address) -> bool:
    """Not even from the command line: no registry lives there, and secrets do."""
    return (
        address in _METADATA
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or (isinstance(address, IPv4Address) and int(address) >> 24 == 0)
    )


def _is_global(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_reserved and address not in _SHARED
    if address.ipv4_mapped or any(address in block for block in _NAT64):
        return True  # judged by the address inside, which comes next
    return address.is_global and not address.is_reserved and address not in _SITE_LOCAL


_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII | re.IGNORECASE)


def parse_address(host: str) -> Address | None:
    """The address that a host is written as, in its plain form only."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_name(host: str, reach: Reach) -> bool:
    """Whether a host may be looked up.

    ``2130706433`` and ``0177.0.0.1`` are addresses to some resolvers and names to the nodes: never.
    A single label means something else in every cluster, so only a declared one is looked up.
    """
    labels = host.rstrip(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return False
    return len(labels) > 1 or reach is not Reach.PUBLIC
