"""Start, wait for a signal or a failure, end in order."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine
from typing import Any


async def until_stopped(*background: Coroutine[Any, Any, None]) -> None:
    """Run the coroutines until SIGTERM or SIGINT; raise what one of them raises."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    tasks = [asyncio.create_task(one) for one in background]
    waiting = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait({*tasks, waiting}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (*tasks, waiting):
            task.cancel()
        await asyncio.gather(*tasks, waiting, return_exceptions=True)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a program's main coroutine, on uvloop where there is one."""
    factory = None
    if sys.platform != "win32":
        with contextlib.suppress(ImportError):
            import uvloop  # noqa: PLC0415  # an accelerator, not a need

            factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main)
