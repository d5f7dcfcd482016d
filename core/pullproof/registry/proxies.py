"""Which hosts are asked without the proxy: NO_PROXY as Go reads it. Pure."""

from collections.abc import Collection
from ipaddress import ip_network

from pullproof.registry.addresses import parse_address


def bypasses(host: str, port: int, no_proxy: Collection[str]) -> bool:
    """Whether one of the entries names this host.

    ``*`` is everything; ``example.com`` is the host and all below it, ``.example.com`` only those
    below; an address or a block matches addresses; ``host:port`` that port alone. Loopback never
    goes through a proxy. https://pkg.go.dev/golang.org/x/net/http/httpproxy
    """
    address = parse_address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return True
    return any(_names(entry.strip().lower(), host, port) for entry in no_proxy)


def _names(entry: str, host: str, port: int) -> bool:
    if not entry or entry == "*":
        return bool(entry)
    address = parse_address(host)
    try:
        block = ip_network(entry, strict=False)
    except ValueError:
        block = None
    if block is not None:
        return address is not None and address in block
    name, _, wanted = entry.partition(":")
    if wanted and wanted != str(port):
        return False
    if parse_address(name) is not None:
        return name == host
    name = name.removeprefix("*")
    return (
        host.endswith(name) if name.startswith(".") else host == name or host.endswith(f".{name}")
    )
