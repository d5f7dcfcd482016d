"""``make bench``: measure against a reference in the same run; prints a table for docs/performance.md."""

import asyncio
import contextlib
import json
import os
import socket
import ssl
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp

HERE = Path(__file__).parent
SUPPORT = HERE.parent / "support"
SECRET = "ab" * 32
CONNECTIONS, SECONDS, ROUNDS = 16, 3.0, 3


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def review(images: list[str]) -> bytes:
    containers = [
        {
            "name": f"c{at}", "image": image, "imagePullPolicy": "IfNotPresent",
            "resources": {"limits": {"memory": "128Mi"}, "requests": {"cpu": "100m"}},
            "env": [{"name": f"NAME_{n}", "value": "a value of some length"} for n in range(20)],
            "volumeMounts": [{"name": f"v{n}", "mountPath": f"/mnt/{n}"} for n in range(5)],
        }
        for at, image in enumerate(images)
    ]  # fmt: skip
    pod = {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}},
        "spec": {"containers": containers, "volumes": [{"name": f"v{n}", "emptyDir": {}} for n in range(5)]},
    }  # fmt: skip
    request = {
        "uid": "1", "kind": {"group": "", "version": "v1", "kind": "Pod"}, "namespace": "shop",
        "operation": "CREATE", "userInfo": {"username": "jane"}, "object": pod, "oldObject": None,
    }  # fmt: skip
    return json.dumps(
        {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
    ).encode()


@contextlib.contextmanager
def registry() -> Iterator[str]:
    """The fault registry as a process."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "fault_registry", "--port", str(port)], cwd=SUPPORT,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield str(port)
    finally:
        process.kill()
        process.wait()


class Server:
    """One measured server process."""

    def __init__(self, kind: str, registry_port: str) -> None:
        self.port = free_port()
        environment = {**os.environ, "PYTHONPATH": str(SUPPORT)}
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "serving.py"), kind, str(self.port), registry_port],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.authority = self.process.stdout.readline().strip()

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_megabytes(self) -> float:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0]) / 1024

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


async def load(
    server: Server, body: bytes, connections: int, seconds: float
) -> tuple[int, list[float], float]:
    """Requests, latencies in milliseconds, CPU seconds of the server."""
    context = ssl.create_default_context(cafile=server.authority)
    url = f"https://localhost:{server.port}/{SECRET}/pods/enforce?timeout=5s"
    latencies: list[float] = []
    connector = aiohttp.TCPConnector(limit=connections, ssl=context)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one(until: float) -> None:
            while time.perf_counter() < until:
                begun = time.perf_counter()
                async with session.post(url, data=body) as response:
                    answered = json.loads(await response.read())
                assert answered["response"]["allowed"], answered
                latencies.append((time.perf_counter() - begun) * 1000)

        await asyncio.gather(*(one(time.perf_counter() + 0.5) for _ in range(connections)))
        latencies.clear()
        before = server.cpu_seconds()
        await asyncio.gather(*(one(time.perf_counter() + seconds) for _ in range(connections)))
        return len(latencies), latencies, server.cpu_seconds() - before


def row(name: str, count: int, seconds: float, latencies: list[float], cpu: float) -> str:
    ordered = sorted(latencies)
    p99 = ordered[int(len(ordered) * 0.99) - 1]
    per = cpu / count * 1e6
    return f"| {name} | {count / seconds:,.0f} | {statistics.median(ordered):.2f} | {p99:.2f} | {per:.0f} |"


async def cached(registry_port: str) -> None:
    print("\nCached review, 3 images, TLS, keep-alive, 16 connections:\n")
    print(
        "| server | reviews a second | p50 ms | p99 ms | CPU µs a review |\n|---|---|---|---|---|"
    )
    body = review([f"localhost:{registry_port}/ok/app{n}:1.0" for n in range(3)])
    ratios = []
    for _ in range(ROUNDS):
        costs = {}
        for kind in ("bare", "ours"):
            server = Server(kind, registry_port)
            try:
                count, latencies, cpu = await load(server, body, CONNECTIONS, SECONDS)
                print(row(kind, count, SECONDS, latencies, cpu), flush=True)
                costs[kind] = cpu / count
            finally:
                server.stop()
        ratios.append(costs["ours"] / costs["bare"])
    print(f"\nCPU a review, ours to bare: {statistics.median(ratios):.2f} (must be 2 or less)")


async def uncached(registry_port: str) -> None:
    server = Server("ours", registry_port)
    try:
        context = ssl.create_default_context(cafile=server.authority)
        url = f"https://localhost:{server.port}/{SECRET}/pods/enforce?timeout=5s"
        latencies = []
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
            for round_number in range(40):
                images = [
                    f"localhost:{registry_port}/slow-50/ok/app{round_number}-{n}:1.0"
                    for n in range(3)
                ]
                begun = time.perf_counter()
                async with session.post(url, data=review(images)) as response:
                    await response.read()
                latencies.append((time.perf_counter() - begun) * 1000)
        ordered = sorted(latencies[2:])
        print(
            f"\nThree uncached images, registry at 50 ms a request: p50 {statistics.median(ordered):.0f} ms,"
            f" p99 {ordered[-1]:.0f} ms (must be 130 or less at p50)"
        )
        print(f"Memory of the webhook's process afterwards: {server.memory_megabytes():.0f} MB")
    finally:
        server.stop()


def start_up() -> None:
    program = str(Path(sys.executable).parent / "pullproof")
    times, bare = [], []
    for _ in range(9):
        begun = time.perf_counter()
        subprocess.run([program, "parse", "nginx"], capture_output=True, check=True)
        times.append((time.perf_counter() - begun) * 1000)
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], capture_output=True, check=True)
        bare.append((time.perf_counter() - begun) * 1000)
    print(
        f"\npullproof parse nginx, whole process: {statistics.median(times):.0f} ms"
        f" (python -c pass: {statistics.median(bare):.0f} ms; must be 150 or less)"
    )


def main() -> None:
    with registry() as port:
        asyncio.run(cached(port))
        asyncio.run(uncached(port))
    start_up()


if __name__ == "__main__":
    main()
