"""Logins that a registry refused are not tried again for a while: wrong passwords ban addresses.

Five hundred Pods with one wrong password are one attempt: until a login has worked once, its
attempts wait for one another.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

from pullproof.registry.judging import Judgement

MAX_LOGINS = 10_000


class Logins:
    """What is known of each login, by whatever identifies it: host, credential, tenant."""

    def __init__(self, refused_seconds: float) -> None:
        self._refused_seconds = refused_seconds
        self._refused: OrderedDict[Hashable, tuple[Judgement, float]] = OrderedDict()
        self._proven: OrderedDict[Hashable, None] = OrderedDict()
        self._turns: dict[Hashable, tuple[asyncio.Lock, int]] = {}

    def refusal(self, key: Hashable, now: float) -> Judgement | None:
        """How it was refused lately; None: it was not."""
        known = self._refused.get(key)
        return known[0] if known is not None and now < known[1] else None

    def refuse(self, key: Hashable, judgement: Judgement, now: float) -> None:
        """It was refused, and this was the answer."""
        self._proven.pop(key, None)
        self._refused[key] = (judgement, now + self._refused_seconds)
        self._refused.move_to_end(key)
        if len(self._refused) > MAX_LOGINS:
            self._refused.popitem(last=False)

    def prove(self, key: Hashable) -> None:
        """It worked."""
        self._refused.pop(key, None)
        self._proven[key] = None
        self._proven.move_to_end(key)
        if len(self._proven) > MAX_LOGINS:
            self._proven.popitem(last=False)

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """Be the only one who tries this login, unless it is known to work."""
        if key in self._proven:
            yield
            return
        lock, waiting = self._turns.get(key, (asyncio.Lock(), 0))
        self._turns[key] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._turns[key]
            if waiting == 1:
                del self._turns[key]
            else:
                self._turns[key] = (lock, waiting - 1)
