"""A network for tests: names and addresses that are not ours, led to ports on loopback.

The prober sees ``registry.example`` at 93.184.215.14:443 and judges that address; the connection
ends at a port of this machine. What was looked up and dialled is kept, for tests to look at.
"""

import asyncio
import errno
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from pullproof.registry.addresses import Reach

PUBLIC = "93.184.215.14"
"""A global address; nothing is ever sent there."""


@dataclass
class LoopbackNetwork:
    """``names``: addresses by name, or what the look-up raises; ``ports``: where they lead."""

    names: Mapping[str, Sequence[str] | Exception] = field(default_factory=dict)
    ports: Mapping[tuple[str, int], int | Exception] = field(default_factory=dict)
    looked_up: list[str] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)

    async def resolve(self, host: str, reach: Reach) -> Sequence[str]:
        self.looked_up.append(host)
        found = self.names.get(host)
        if found is None:
            raise socket.gaierror(socket.EAI_NONAME, "no such host")
        if isinstance(found, Exception):
            raise found
        return found

    async def open(self, address: IPv4Address | IPv6Address, port: int) -> socket.socket:
        self.dialled.append((str(address), port))
        target = self.ports.get((str(address), port))
        if isinstance(target, Exception):
            raise target
        if target is None:
            raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)  # noqa: FBT003  socket's interface
        try:
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", target))
        except BaseException:
            sock.close()
            raise
        return sock


def public(port: int, *names: str) -> LoopbackNetwork:
    """Every one of these names at a global address, whose port 443 is this port of ours."""
    return LoopbackNetwork(
        names=dict.fromkeys(names, (PUBLIC,)), ports={(PUBLIC, 443): port, (PUBLIC, 5000): port}
    )
