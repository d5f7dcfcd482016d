"""Credential helpers: programs that are asked for a login."""

import asyncio
import json
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pullproof.logins import Logins
from pullproof.logins.helpers import MAX_ANSWER_BYTES, HelperFailed, ask_helper
from pullproof.reference import parse_reference


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / ".docker").mkdir()
    return tmp_path


def helper(home: Path, name: str, script: str) -> None:
    path = home / "bin" / f"docker-credential-{name}"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def answering(username: str, secret: str) -> str:
    """A helper that also leaves behind what it was asked."""
    answer = json.dumps({"ServerURL": "x", "Username": username, "Secret": secret})
    return f"""echo "$1 $(cat)" >> "$HOME/asked"; echo '{answer}'"""


def asked(home: Path) -> list[str]:
    return (home / "asked").read_text().splitlines() if (home / "asked").exists() else []


def environment(home: Path) -> dict[str, str]:
    return {"PATH": f"{home / 'bin'}:{os.environ['PATH']}", "HOME": str(home)}


def logins(home: Path, document: object, seconds: float = 20) -> Logins:
    (home / ".docker/config.json").write_text(json.dumps(document))
    return Logins(environment(home), helper_seconds=seconds)


async def find(reader: Logins, image: str) -> list[tuple[str, str, str]]:
    found = await reader.candidates(parse_reference(image))
    return [(one.username, one.password, one.login) for one in found]


async def test_the_store_is_asked_for_the_host_on_its_standard_input(home):
    helper(home, "store", answering("u", "s"))
    reader = logins(home, {"credsStore": "store"})
    assert await find(reader, "a.example:5000/app") == [("u", "s", "docker-credential-store")]
    assert asked(home) == ["get a.example:5000"]


async def test_docker_hub_has_its_old_name(home):
    helper(home, "store", answering("u", "s"))
    assert await find(logins(home, {"credsStore": "store"}), "nginx")
    assert asked(home) == ["get https://index.docker.io/v1/"]


async def test_a_host_may_have_a_helper_of_its_own(home):
    helper(home, "store", answering("store", "s"))
    helper(home, "ecr-login", answering("AWS", "s"))
    reader = logins(home, {"credsStore": "store", "credHelpers": {"a.example": "ecr-login"}})
    assert (await find(reader, "a.example/app"))[0][0] == "AWS"
    assert (await find(reader, "b.example/app"))[0][0] == "store"


async def test_an_empty_helper_switches_the_store_off(home):
    helper(home, "store", answering("store", "s"))
    reader = logins(home, {"credsStore": "store", "credHelpers": {"a.example": ""}})
    assert await find(reader, "a.example/app") == []
    assert asked(home) == []


async def test_what_stands_in_the_file_comes_before_the_store(home):
    helper(home, "store", answering("store", "s"))
    auths = {"a.example": {"username": "file", "password": "p"}, "b.example": {}}
    reader = logins(home, {"auths": auths, "credsStore": "store"})
    assert (await find(reader, "a.example/app"))[0][0] == "file"
    assert (await find(reader, "b.example/app"))[0][0] == "store"


async def test_a_host_is_asked_for_once_however_many_images_it_has(home):
    helper(home, "store", answering("u", "s"))
    reader = logins(home, {"credsStore": "store"})
    await asyncio.gather(*(find(reader, f"a.example/app{index}") for index in range(5)))
    assert len(asked(home)) == 1


async def test_a_token_is_marked(home):
    helper(home, "store", answering("<token>", "refresh"))
    [found] = await logins(home, {"credsStore": "store"}).candidates(
        parse_reference("a.example/app")
    )
    assert (found.username, found.password, found.is_identity_token) == ("", "refresh", True)


async def test_no_login_is_no_failure(home):
    helper(home, "store", "echo 'credentials not found in native keychain'; exit 1")
    reader = logins(home, {"credsStore": "store"})
    assert await find(reader, "a.example/app") == []
    assert reader.notes == ()


@pytest.mark.parametrize(
    ("script", "note"),
    [
        ("echo SECRET; echo SECRET >&2; exit 3", "docker-credential-store failed with exit code 3"),
        ("echo SECRET", "docker-credential-store answered with something else than a login"),
        (
            "echo '[\"SECRET\"]'",
            "docker-credential-store answered with something else than a login",
        ),
        (
            """echo '{"Username":1,"Secret":"SECRET"}'""",
            "docker-credential-store answered with something else than a login",
        ),
        ("yes SECRET", f"docker-credential-store answered with more than {MAX_ANSWER_BYTES} bytes"),
        ("kill -9 $$", "docker-credential-store failed with exit code -9"),
    ],
)
async def test_a_broken_helper_is_named_in_a_note_and_not_quoted(home, script, note):
    helper(home, "store", script)
    reader = logins(home, {"credsStore": "store"})
    assert await find(reader, "a.example/app") == []
    assert await find(reader, "a.example/other") == []
    assert reader.notes == (f"{note}; a.example is asked without its login",)


async def test_a_missing_helper_is_named(home):
    reader = logins(home, {"credsStore": "nowhere"})
    assert await find(reader, "a.example/app") == []
    assert reader.notes == (
        (
            "docker-credential-nowhere is not installed, or not in PATH;"
            " a.example is asked without its login"
        ),
    )


async def test_a_file_that_is_no_program_is_named(home):
    helper(home, "store", "")
    (home / "bin/docker-credential-store").write_bytes(b"\x7fELF")
    reader = logins(home, {"credsStore": "store"})
    assert await find(reader, "a.example/app") == []
    assert reader.notes[0].startswith("docker-credential-store cannot be run: ")


@pytest.mark.parametrize("name", ["../x", "a/b", "a;b", "-x", "a b", "ä", "x" * 65, "a\n", "."])
async def test_a_name_that_could_lead_elsewhere_is_not_run(home, name):
    with pytest.raises(HelperFailed, match="a name that is none"):
        await ask_helper(name, "a.example", environment(home))


async def test_a_helper_that_does_not_listen_is_heard_all_the_same(home):
    helper(home, "store", """exec <&-; echo '{"Username":"u","Secret":"s"}'""")
    assert await find(logins(home, {"credsStore": "store"}), "a.example/app")


async def test_a_helper_that_hangs_ends_with_all_that_it_started(home):
    helper(home, "store", 'sleep 600 & echo $! > "$HOME/child"; sleep 600')
    reader = logins(home, {"credsStore": "store"}, seconds=0.5)
    started = time.monotonic()
    assert await find(reader, "a.example/app") == []
    assert time.monotonic() - started < 5
    assert reader.notes == (
        "docker-credential-store gave no answer in 0.5 s; a.example is asked without its login",
    )
    child = int((home / "child").read_text())
    await until(lambda: not _runs(child))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # what another process does tells no Event
            await asyncio.sleep(0.01)


def _runs(pid: int) -> bool:
    """A process that is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_a_grandchild_that_keeps_the_pipe_does_not_keep_us(home):
    helper(home, "store", """sleep 600 & echo '{"Username":"u","Secret":"s"}'""")
    reader = logins(home, {"credsStore": "store"}, seconds=0.5)
    assert await find(reader, "a.example/app") == []
    assert "gave no answer" in reader.notes[0]


async def test_the_command_given_up_ends_the_helper(home):
    helper(home, "store", 'echo $$ > "$HOME/self"; sleep 600')
    question = asyncio.create_task(ask_helper("store", "a.example", environment(home)))
    await until(lambda: (home / "self").exists() and (home / "self").read_text().endswith("\n"))
    question.cancel()
    with pytest.raises(asyncio.CancelledError):
        await question
    assert not _runs(int((home / "self").read_text()))
