"""A bounded number at once, shared between tenants in turn."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class FairLimiter:
    """At most ``limit`` slots in use, and at most ``share`` of them by one tenant.

    The share is what keeps a tenant whose requests all hang from stopping everybody else; those
    who wait get the free slots in turn by tenant, so a thousand requests of one do not delay the
    only one of another. The tenant ``""`` (the command line) is alone and takes all.
    """

    def __init__(self, limit: int, share: int) -> None:
        self._free = limit
        self._share = max(1, share)
        self._held: dict[str, int] = {}
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def held(self) -> int:
        """Slots in use."""
        return sum(self._held.values())

    @asynccontextmanager
    async def slot(self, tenant: str) -> AsyncIterator[None]:
        """Hold one slot; waits for it, and gives it back however the block ends."""
        await self._take(tenant)
        try:
            yield
        finally:
            self._give_back(tenant)

    async def _take(self, tenant: str) -> None:
        if self._free and self._may_hold(tenant) and tenant not in self._waiting:
            self._grant(tenant)
            return
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(tenant, deque()).append(ready)
        try:
            await ready
        except asyncio.CancelledError:
            if ready.done() and not ready.cancelled():
                self._give_back(tenant)  # it was granted in the very moment of giving up
            else:
                self._forget(tenant, ready)
            raise

    def _give_back(self, tenant: str) -> None:
        self._free += 1
        self._held[tenant] -= 1
        if not self._held[tenant]:
            del self._held[tenant]
        self._hand_on()

    def _hand_on(self) -> None:
        """Give what is free to those who wait, one each in turn."""
        granted = True
        while self._free and granted:
            granted = False
            for tenant in list(self._waiting):
                if self._free and self._may_hold(tenant):
                    self._waiting.move_to_end(tenant)
                    granted |= self._grant_next(tenant)

    def _grant_next(self, tenant: str) -> bool:
        queue = self._waiting[tenant]
        while queue:
            ready = queue.popleft()
            if not ready.done():
                self._grant(tenant)
                ready.set_result(None)
                break
        else:
            del self._waiting[tenant]
            return False
        if not queue:
            del self._waiting[tenant]
        return True

    def _grant(self, tenant: str) -> None:
        self._free -= 1
        self._held[tenant] = self._held.get(tenant, 0) + 1

    def _may_hold(self, tenant: str) -> bool:
        return not tenant or self._held.get(tenant, 0) < self._share

    def _forget(self, tenant: str, ready: asyncio.Future[None]) -> None:
        queue = self._waiting.get(tenant)
        if queue is not None and ready in queue:
            queue.remove(ready)
            if not queue:
                del self._waiting[tenant]
