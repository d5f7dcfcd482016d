"""Debian's docker-registry on loopback: the real thing, for tests. Nothing is left behind.

Where the program is absent, the test fails and says so: a suite that skips the real registry proves
nothing about it.
"""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import trustme

from fault_images import Stored

PROGRAM = "docker-registry"
USER, PASSWORD = "someone", "right"
# bcrypt of PASSWORD; the registry takes nothing else.
_HTPASSWD = f"{USER}:$2b$05$abcdefghijklmnopqrstuu8xaCxxL82bnl.UY74PMksDxIJShppPC\n"
_START_SECONDS = 20


@contextmanager
def docker_registry(
    directory: Path, *, certificate: trustme.LeafCert | None = None, login: bool = False
) -> Iterator[int]:
    """Run one; gives its port."""
    program = shutil.which(PROGRAM)
    if program is None:
        pytest.fail(f"{PROGRAM} is not installed (Debian: apt-get install {PROGRAM})")
    port = _free_port()
    config = directory / "config.yml"
    config.write_text(_config(directory, port, certificate, login=login))
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", str(config)], stdout=log, stderr=log)
        try:
            _wait_for(port, process, directory / "log")
            yield port
        finally:
            process.terminate()
            process.wait(timeout=10)


def _config(
    directory: Path, port: int, certificate: trustme.LeafCert | None, *, login: bool
) -> str:
    lines = [
        "version: 0.1",
        "log: {level: warn, accesslog: {disabled: true}}",
        f"storage: {{filesystem: {{rootdirectory: {directory / 'data'}}}}}",
        "http:",
        f"  addr: 127.0.0.1:{port}",
        "  secret: of-a-test",
    ]
    if certificate is not None:
        chain, key = directory / "cert.pem", directory / "key.pem"
        chain.write_bytes(b"".join(one.bytes() for one in certificate.cert_chain_pems))
        key.write_bytes(certificate.private_key_pem.bytes())
        lines += ["  tls:", f"    certificate: {chain}", f"    key: {key}"]
    if login:
        users = directory / "htpasswd"
        users.write_text(_HTPASSWD)
        lines.append(f"auth: {{htpasswd: {{realm: test, path: {users}}}}}")
    return "\n".join(lines) + "\n"


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail(f"{PROGRAM} did not start: {log.read_text()[-1000:]}")


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def push(base: str, repository: str, stored: Stored, context: ssl.SSLContext | None = None) -> None:
    """Put all tags of a repository there, blobs first."""
    with httpx.Client(
        base_url=base, verify=context or True, auth=(USER, PASSWORD), trust_env=False
    ) as client:
        for digest, data in stored.blobs.items():
            start = client.post(f"/v2/{repository}/blobs/uploads/").raise_for_status()
            place = httpx.URL(start.headers["location"]).copy_merge_params({"digest": digest})
            client.put(place, content=data).raise_for_status()
        # Children before the index that names them, and everything before the tags.
        for digest, (media_type, data) in stored.manifests.items():
            for name in [digest, *(tag for tag, of in stored.tags.items() if of == digest)]:
                client.put(
                    f"/v2/{repository}/manifests/{name}",
                    content=data,
                    headers={"Content-Type": media_type},
                ).raise_for_status()
