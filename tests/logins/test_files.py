"""Logins that stand in files."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullproof.credentials import Credential
from pullproof.logins import Logins
from pullproof.logins.files import MAX_FILE_BYTES, parse, place_of
from pullproof.reference import parse_reference

json_values = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text() | st.sampled_from(["auths", "auth", "credHelpers", "credsStore", "password"]),
            inner,
        )
    ),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def write(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())


def entry(username: str, password: str = "p") -> dict[str, str]:
    return {"auth": base64.b64encode(f"{username}:{password}".encode()).decode()}


async def find(home: Path, image: str, **environment: str) -> tuple[list[str], tuple[str, ...]]:
    """Who logs in for an image, and the notes."""
    logins = Logins(environment, home)
    found = await logins.candidates(parse_reference(image))
    return [one.username for one in found], logins.notes


async def test_without_any_file_nobody_logs_in(home):
    assert await find(home, "nginx") == ([], ())


async def test_the_login_of_docker_hub_is_found(home):
    write(home / ".docker/config.json", {"auths": {"https://index.docker.io/v1/": entry("hub")}})
    assert await find(home, "nginx") == (["hub"], ())
    assert await find(home, "docker.io/team/app:1") == (["hub"], ())
    assert await find(home, "ghcr.io/team/app:1") == ([], ())


async def test_the_longest_path_counts(home):
    auths = {"ghcr.io": entry("host"), "ghcr.io/team": entry("team"), "ghcr.io/te": entry("no")}
    write(home / ".config/containers/auth.json", {"auths": auths})
    assert await find(home, "ghcr.io/team/app") == (["team"], ())
    assert await find(home, "ghcr.io/other/app") == (["host"], ())


async def test_a_port_belongs_to_the_host(home):
    write(home / ".docker/config.json", {"auths": {"http://a.example:5000/v2/": entry("port")}})
    assert await find(home, "a.example:5000/app") == (["port"], ())
    assert await find(home, "a.example/app") == ([], ())


async def test_podman_comes_before_docker_and_a_chosen_file_before_podman(home):
    files = {
        "chosen": home / "chosen.json",
        "runtime": home / "run/containers/auth.json",
        "config": home / "xdg/containers/auth.json",
        "docker": home / "docker/config.json",
    }
    environment = {
        "XDG_RUNTIME_DIR": str(home / "run"),
        "XDG_CONFIG_HOME": str(home / "xdg"),
        "DOCKER_CONFIG": str(home / "docker"),
    }
    for name, path in files.items():
        write(path, {"auths": {"a.example": entry(name)}})
    chosen = environment | {"REGISTRY_AUTH_FILE": str(files["chosen"])}
    assert (await find(home, "a.example/app", **chosen))[0] == ["chosen"]
    for name in ("runtime", "config", "docker"):
        assert (await find(home, "a.example/app", **environment))[0] == [name]
        files[name].unlink()


async def test_the_first_file_that_has_a_login_gives_it(home):
    write(
        home / ".config/containers/auth.json", {"auths": {"a.example": {}, "b.example": entry("b")}}
    )
    write(home / ".docker/config.json", {"auths": {"a.example": entry("a")}})
    assert await find(home, "a.example/app") == (["a"], ())


async def test_a_variable_may_hold_the_document(home):
    document = json.dumps({"auths": {"a.example": entry("ci")}})
    assert await find(home, "a.example/app", DOCKER_AUTH_CONFIG=document) == (["ci"], ())


async def test_an_identity_token_is_marked(home):
    auths = {"a.example": {"auth": entry("u")["auth"], "identitytoken": "refresh"}}
    write(home / ".docker/config.json", {"auths": auths})
    [found] = await Logins({}, home).candidates(parse_reference("a.example/app"))
    assert found == Credential(
        username="",
        password="refresh",
        secret="",
        key="a.example",
        login="~/.docker/config.json",
        is_identity_token=True,
    )
    assert found.source == "the login from ~/.docker/config.json"
    assert "refresh" not in repr(found)


async def test_padding_after_a_password_is_dropped(home):
    write(home / ".docker/config.json", {"auths": {"a.example": entry("u", "secret\0\0")}})
    [found] = await Logins({}, home).candidates(parse_reference("a.example/app"))
    assert found.password == "secret"


@pytest.mark.parametrize(
    ("document", "note"),
    [
        (b"{", "~/.docker/config.json is not JSON (at character 2)"),
        (b"x" * (MAX_FILE_BYTES + 1), "~/.docker/config.json is larger than 1048576 bytes"),
        (
            {"auths": {"https://u:SECRET@a.example": {"auth": "SECRET-"}}},
            "~/.docker/config.json has an auth that is not base64, in the entry for a.example",
        ),
    ],
)
async def test_a_broken_file_gives_a_note_and_the_next_one_counts(home, document, note):
    write(home / ".docker/config.json", document)
    write(home / ".config/containers/auth.json", {"auths": {"b.example": entry("b")}})
    assert await find(home, "a.example/app") == ([], (note,))
    assert (await find(home, "b.example/app"))[0] == ["b"]


@pytest.mark.parametrize("document", [b"", b" ", b"[]", b"null", b'{"auths":[],"credHelpers":1}'])
async def test_a_file_that_says_nothing_is_none(home, document):
    write(home / ".docker/config.json", document)
    assert await find(home, "a.example/app") == ([], ())


async def test_one_broken_entry_does_not_hide_the_others(home):
    auths = {"a.example": {"auth": "§"}, "b.example": entry("b")}
    write(home / ".docker/config.json", {"auths": auths})
    found, notes = await find(home, "b.example/app")
    assert (found, len(notes)) == (["b"], 1)


async def test_a_folder_in_place_of_a_file_gives_a_note(home):
    (home / ".docker/config.json").mkdir(parents=True)
    assert await find(home, "a.example/app") == (
        [],
        ("~/.docker/config.json cannot be read: Is a directory",),
    )


async def test_a_path_that_cannot_be_one_gives_a_note(home):
    _, [note] = await find(home, "a.example/app", DOCKER_CONFIG="a\0b")
    assert note.endswith("cannot be read: no such path")


async def test_files_are_read_once(home):
    write(home / ".docker/config.json", {"auths": {"a.example": entry("a")}})
    logins = Logins({}, home)
    assert await logins.candidates(parse_reference("a.example/app"))
    (home / ".docker/config.json").unlink()
    assert await logins.candidates(parse_reference("a.example/other"))


@given(data=st.binary() | st.builds(json.dumps, json_values).map(str.encode))
def test_anything_may_stand_in_a_file(data):
    file = parse("x", data)
    assert all(note.isprintable() for note in file.notes)


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("https://index.docker.io/v1/", "docker.io"),
        ("index.docker.io", "docker.io"),
        ("registry-1.docker.io", "docker.io"),
        ("docker.io/team", "docker.io/team"),
        ("https://u:p@a.example:5000/v2/?x", "a.example:5000"),
        ("a.example/v1", "a.example"),
        ("a.example/team/", "a.example/team"),
        ("", ""),
    ],
)
def test_a_key_means_a_place(key, place):
    assert place_of(key) == place
