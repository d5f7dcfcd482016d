"""Manifests in files: their objects, and the line of each ``image:``.

YAML is composed, not loaded: nodes keep their line. Only plain data comes out, and size, depth and
aliases are bounded, since a manifest may come from anybody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml

from pullproof.errors import PullproofError
from pullproof.workload import POD_BEARING_KINDS, Object

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_NODES = 2_000_000
"""Aliases unfolded: a few lines of YAML can name billions of nodes."""
MAX_DEPTH = 100


class UnreadableManifest(PullproofError):
    """A file that is no manifest; the message says which line and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One Kubernetes object in a file."""

    file: str
    thing: Object
    lines: dict[str, int]
    """Line of each scalar, by its path: ``spec.containers[0].image``; counted from 1."""
    line: int

    def line_of(self, field: str) -> int:
        """Where a field stands; the object's own line where it stands nowhere."""
        return self.lines.get(field, self.line)


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def files_under(path: Path) -> Iterator[Path]:
    """A file itself, or the manifests in a folder, in order of their names."""
    if not path.is_dir():
        yield path
        return
    yield from sorted(
        one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES and one.is_file()
    )


def read_file(path: Path) -> str:
    """The text of a file. Raises UnreadableManifest."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UnreadableManifest(f"{path}: larger than {MAX_FILE_BYTES >> 20} MiB")
        return path.read_text("utf-8")
    except OSError as error:
        raise UnreadableManifest(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadableManifest(f"{path}: not UTF-8 text") from error


def documents(file: str, text: str) -> Iterator[Document]:
    """Every Pod-bearing object of a file, Lists unfolded. Raises UnreadableManifest."""
    try:
        for node in yaml.compose_all(text, Loader=_Loader):
            if node is not None:
                yield from _objects(file, node)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableManifest(_why(file, text, error)) from error


def _why(file: str, text: str, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f"{file}:{mark.line + 1}" if mark is not None else file
    if "{{" in text:
        return f"{place}: a Helm template, not a manifest; run: helm template CHART | pullproof check -"
    problem = getattr(error, "problem", None) or " ".join(str(error).split())
    return f"{place}: not YAML: {problem}"


def _objects(file: str, node: Any) -> Iterator[Document]:
    lines: dict[str, int] = {}
    value = _Plain(lines).of(node, "", 0)
    yield from _unfolded(file, value, lines, node.start_mark.line + 1, "")


def _unfolded(
    file: str, value: Any, lines: dict[str, int], line: int, prefix: str
) -> Iterator[Document]:
    if not isinstance(value, dict):
        return
    kind = value.get("kind")
    items = value.get("items")
    if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
        for index, one in enumerate(items):
            inner = f"{prefix}items[{index}]."
            first = min((at for path, at in lines.items() if path.startswith(inner)), default=line)
            yield from _unfolded(file, one, lines, first, inner)
        return
    if kind not in POD_BEARING_KINDS:
        return
    try:
        thing = msgspec.convert(value, Object, strict=False)
    except msgspec.ValidationError as error:
        raise UnreadableManifest(f"{file}:{line}: not a valid {kind}: {error}") from error
    own = {path[len(prefix) :]: at for path, at in lines.items() if path.startswith(prefix)}
    yield Document(file=file, thing=thing, lines=own, line=line)


class _Plain:
    """Nodes to plain data, noting lines."""

    def __init__(self, lines: dict[str, int]) -> None:
        self._lines = lines
        self._count = 0

    def of(self, node: Any, path: str, depth: int) -> Any:
        self._count += 1
        if self._count > MAX_NODES or depth > MAX_DEPTH:
            raise ValueError("too deep or too large once its aliases are unfolded")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [
                self.of(one, f"{path}[{index}]", depth + 1) for index, one in enumerate(node.value)
            ]
        self._lines[path] = node.start_mark.line + 1
        return _scalar(node)

    def _mapping(self, node: Any, path: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ValueError("a key that is no text")  # noqa: TRY004  # of the input, not of a caller
            name = str(key.value)
            found[name] = self.of(value, f"{path}.{name}" if path else name, depth + 1)
        return found


def _scalar(node: Any) -> Any:
    """Text as text; null and booleans as such, so that an empty field counts as absent."""
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:bool":
        return node.value.lower() in ("true", "yes", "on")
    return node.value
