"""The health port: /healthz, /readyz, /metrics. Plain HTTP, nothing secret, nothing decided."""

from collections.abc import Callable

from aiohttp import web

from pullproof_program.meters import Meters


class Health:
    """Serves until closed. ``ready`` returns why the program is not ready; empty if it is."""

    def __init__(self, port: int, meters: Meters, ready: Callable[[], str]) -> None:
        self._port = port
        self._meters = meters
        self._ready = ready
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen."""
        app = web.Application(client_max_size=1024)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, None, self._port).start()

    async def aclose(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        # That the event loop answers is all that a restart could mend.
        return web.Response(text="ok\n")

    async def _readyz(self, _: web.Request) -> web.Response:
        reason = self._ready()
        if reason:
            return web.Response(status=503, text=f"not ready: {reason}\n")
        return web.Response(text="ok\n")

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(
            body=self._meters.text(),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )
