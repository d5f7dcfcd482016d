"""The files in which docker, podman and skopeo keep logins, in the order in which we look."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pullproof.credentials.lenient_json import Members, NotJSON, Value, clean, fold, read_json
from pullproof.credentials.secrets import Unfit, decode_auth, shown_key

MAX_FILE_BYTES: Final = 1024 * 1024

_DOCKER_HUB_NAMES: Final = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A login that stands in a file itself."""

    username: str = field(repr=False)
    password: str = field(repr=False)
    is_identity_token: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFile:
    """What one file says. Its places are ``host[:port][/path]``, Docker Hub's is ``docker.io``."""

    name: str
    """The path as people would write it."""
    entries: Mapping[str, Entry] = field(default_factory=dict, repr=False)
    helpers: Mapping[str, str] = field(default_factory=dict)
    """The helper for each place; an empty name: none, whatever ``store`` says."""
    store: str = ""
    """The helper for all other places."""
    notes: tuple[str, ...] = ()
    """What is wrong with the file, in sentences without secrets."""


def read_login_files(environment: Mapping[str, str], home: Path) -> tuple[LoginFile, ...]:
    """Read all files that exist. A broken one gives nothing but a note."""
    files = []
    inline = environment.get("DOCKER_AUTH_CONFIG")
    if inline:
        files.append(parse("DOCKER_AUTH_CONFIG", inline.encode("utf-8", "surrogateescape")))
    for path in _paths(environment, home):
        file = _read(path, _shown(path, home))
        if file is not None:
            files.append(file)
    return tuple(files)


def place_of(key: str) -> str:
    """The place that a key means: docker writes URLs, podman host and path.

    >>> place_of("https://index.docker.io/v1/")
    'docker.io'
    """
    _, scheme, rest = key.partition("://")
    rest = (rest if scheme else key).rpartition("@")[2].partition("?")[0].rstrip("/")
    if rest.endswith(("/v1", "/v2")):
        rest = rest[:-3]
    host, slash, path = rest.partition("/")
    return ("docker.io" if host in _DOCKER_HUB_NAMES else host) + slash + path


def _paths(environment: Mapping[str, str], home: Path) -> list[Path]:
    # https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
    chosen = environment.get("REGISTRY_AUTH_FILE")
    runtime = environment.get("XDG_RUNTIME_DIR")
    config = environment.get("XDG_CONFIG_HOME")
    docker = environment.get("DOCKER_CONFIG")
    paths = [Path(chosen)] if chosen else []
    if not chosen and runtime:
        paths.append(Path(runtime) / "containers" / "auth.json")
    if not chosen:
        paths.append((Path(config) if config else home / ".config") / "containers" / "auth.json")
    paths.append((Path(docker) if docker else home / ".docker") / "config.json")
    return paths


def _shown(path: Path, home: Path) -> str:
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _read(path: Path, name: str) -> LoginFile | None:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:  # ValueError: a NUL in a variable's value
        reason = getattr(error, "strerror", None) or "no such path"
        return LoginFile(name=name, notes=(f"{name} cannot be read: {reason}",))
    if len(data) > MAX_FILE_BYTES:
        return LoginFile(name=name, notes=(f"{name} is larger than {MAX_FILE_BYTES} bytes",))
    return parse(name, data)


def parse(name: str, data: bytes) -> LoginFile:
    """Read the content of a file. Never raises."""
    if not data.strip():
        return LoginFile(name=name)
    try:
        document = read_json(data)
    except NotJSON as error:
        return LoginFile(name=name, notes=(f"{name} is not JSON ({error})",))
    fields = {fold(member): value for member, value in _members(document)}
    notes: list[str] = []
    entries: dict[str, Entry] = {}
    for key, value in _members(fields.get("auths")):
        try:
            entry = _entry(value)
        except Unfit as error:
            notes.append(f"{name} {error}, in the entry for {shown_key(key)}")
        else:
            if entry is not None:
                entries[place_of(clean(key))] = entry
    helpers = {
        place_of(clean(key)): clean(helper)
        for key, helper in _members(fields.get("credhelpers"))
        if isinstance(helper, str)
    }
    store = fields.get("credsstore")
    return LoginFile(
        name=name,
        entries=entries,
        helpers=helpers,
        store=clean(store) if isinstance(store, str) else "",
        notes=tuple(notes),
    )


def _entry(value: Value) -> Entry | None:
    """The login of an entry; None if it holds none, as where a helper keeps it. Raises Unfit."""
    fields = {
        fold(name): clean(member) for name, member in _members(value) if isinstance(member, str)
    }
    token = fields.get("identitytoken")
    if token:
        return Entry(username="", password=token, is_identity_token=True)
    username, password = fields.get("username", ""), fields.get("password", "")
    if fields.get("auth"):
        username, password = decode_auth(fields["auth"])
        password = password.strip("\0")  # as docker does: some tools pad with it
    return Entry(username=username, password=password) if username or password else None


def _members(value: Value) -> Members:
    return value if isinstance(value, tuple) else ()
