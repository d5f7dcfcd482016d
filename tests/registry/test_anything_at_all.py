"""Whatever bytes a registry sends: an answer comes, none is an error, none holds a secret."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asking import ask_for
from pullproof.evidence import ProbeResult
from pullproof.policy import is_definite
from pullproof.registry.probe import Prober
from pullproof.settings import Settings

PASSWORD = "hunter2-hunter2"


@asynccontextmanager
async def saying(answers: list[bytes]) -> AsyncIterator[int]:
    """A server that gives these answers, one a request, the last again and again."""
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(left.pop(0) if len(left) > 1 else left[0])
                await writer.drain()
                if b"Content-Length" not in answers[0]:
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def probe(answers: list[bytes]) -> ProbeResult:
    async with saying(answers) as port:
        prober = Prober(Settings(), open_network=True)
        try:
            return await prober.probe(
                ask_for(f"127.0.0.1:{port}/a/b:1", PASSWORD, seconds=0.5, want_platforms=True)
            )
        finally:
            await prober.aclose()


def run(answers: list[bytes]) -> ProbeResult:
    return asyncio.run(probe(answers))


TEXT = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60)
VALUE = st.sampled_from(
    [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v1+json",
        "sha256:" + "0" * 64,
        "registry/2.0",
        'Bearer realm="/token",service="x"',
        'Bearer realm="https://169.254.169.254/"',
        'Basic realm="x"',
        "/v2/other/manifests/1",
        "https://169.254.169.254/",
        "//evil.example/",
        "7",
        "99999999999999999999",
        "-1;w=1",
        "gzip",
    ]
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Content-Type",
            "Docker-Content-Digest",
            "Docker-Distribution-Api-Version",
            "WWW-Authenticate",
            "Location",
            "Link",
            "Retry-After",
            "RateLimit-Remaining",
            "Content-Encoding",
            "Date",
            "Server",
            "Set-Cookie",
        ]
    ),
    VALUE | TEXT,
    max_size=6,
)
BODY = st.sampled_from(
    [
        b"",
        b"{}",
        b"<html>",
        b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"hunter2-hunter2 someone"}]}',
        b'{"errors":[{"code":"DENIED","message":"\\u202e\\u0000 https://u:p@h/?sig=x"}]}',
        b'{"token":"t"}',
        b'{"tags":["1.0","1"]}',
        json.dumps({"schemaVersion": 2, "manifests": [{"digest": "sha256:x"}]}).encode(),
        json.dumps({"manifests": [], "config": {}, "layers": []}).encode(),
    ]
) | st.binary(max_size=100)


@st.composite
def answer(draw: st.DrawFn) -> bytes:
    status = draw(st.sampled_from([200, 200, 307, 401, 401, 403, 404, 404, 429, 500, 204, 299]))
    body = draw(BODY)
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in draw(HEADERS).items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SETTINGS
@given(st.lists(answer(), min_size=1, max_size=5))
def test_any_answers_in_any_order_are_understood_or_not_but_never_an_error(answers):
    result = run(answers)
    told = repr(result)
    assert PASSWORD not in told
    assert "someone" not in told
    assert "u:p@" not in told
    if is_definite(result):
        # Nothing but a 404 with an error in the words of a registry is a definite no.
        assert any(b" 404 X" in one and b"MANIFEST_UNKNOWN" in one for one in answers)


@SETTINGS
@given(st.lists(st.binary(max_size=200), min_size=1, max_size=3))
def test_any_bytes_at_all_are_no_error(answers):
    assert not is_definite(run(answers))
