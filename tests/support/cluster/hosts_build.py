"""The image of the test hosts: registry, fault registry, token server and DNS in one."""

import hashlib
import os
import platform
import shutil
import sys
from pathlib import Path

from cluster import locks
from cluster.builds import work_folder
from cluster.engine import Engine
from cluster.node_image import programs_folder, remove_older
from cluster.programs import run
from cluster.saying import step
from cluster.tools import ToolMissing, cache_folder, go

ROOT = Path(__file__).parents[3]
SUPPORT = ROOT / "tests" / "support"
REGISTRY = "github.com/distribution/distribution/v3/cmd/registry@v3.1.2"
PYTHON_PACKAGES = ["aiohttp", "cryptography", "dnslib"]
BUILD_SECONDS = 900
REGISTRY_SETTINGS = """\
version: 0.1
log: {level: warn}
storage:
  filesystem: {}
  cache: {blobdescriptor: inmemory}
http:
  addr: :80
"""
DOCKERFILE = """\
FROM {base}
COPY packages /packages
COPY hosts /hosts
ENV PYTHONPATH=/packages:/hosts PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 0:0
"""


def hosts_image(engine: Engine) -> str:
    """Its name; built where the engine does not hold it. Raises ToolMissing."""
    sources = [
        *sorted(SUPPORT.glob("fault_*.py")),
        *sorted((Path(__file__).parent / "hosts_image").glob("*.py")),
    ]
    digest = hashlib.sha256()
    for path in (*sources, Path(__file__)):
        digest.update(path.name.encode() + path.read_bytes())
    name = f"pullproof-test/hosts:{digest.hexdigest()[:12]}"
    with locks.one_at_a_time("hosts-image"):
        if not engine.has_image(name):
            with step("building the test hosts' image (half a minute)"):
                _build(engine, name, sources)
            remove_older(engine, name)
    return name


def _build(engine: Engine, name: str, sources: list[Path]) -> None:
    base = _base_image(engine)
    version = engine.run("run", "--rm", "--network", "none", "--entrypoint", "python3", base, "-c",
                         "import sys; print('%d.%d' % sys.version_info[:2])").stdout.strip()  # fmt: skip
    context = work_folder("hosts-image")
    hosts = context / "hosts"
    hosts.mkdir()
    for path in sources:
        shutil.copy(path, hosts)
    shutil.copy(registry_program(), hosts / "registry")
    (hosts / "registry.yaml").write_text(REGISTRY_SETTINGS)
    machine = platform.machine()
    kinds = [f"{one}_{machine}" for one in ("manylinux2014", "manylinux_2_28", "manylinux_2_34")]
    _run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
          "--target", str(context / "packages"), "--only-binary", ":all:", "--no-compile",
          "--python-version", version, "--implementation", "cp",
          *(word for one in kinds for word in ("--platform", one)), *PYTHON_PACKAGES])  # fmt: skip
    (context / "Dockerfile").write_text(DOCKERFILE.format(base=base))
    engine.run("build", "--quiet", "--network", "none", "--tag", name, str(context))
    shutil.rmtree(context)


def _base_image(engine: Engine) -> str:
    """The product's own: Python on Debian, pulled or made here."""
    environment = {
        **engine.environment,
        "ONLY_BASE": "1",
        "ENGINE": engine.program,
        "PYTHON": sys.executable,
        "TMPDIR": str(work_folder("base-image")),
    }
    return _run([str(ROOT / "deploy" / "build-image.sh")], environment).split()[-1]


def registry_program() -> Path:
    """distribution's registry: of the node's programs, or built from its Go module."""
    built = programs_folder() / "registry"
    if built.exists():
        return built
    folder = cache_folder() / "tools" / f"registry-{REGISTRY.rpartition('@')[2]}"
    if not (folder / "registry").exists():
        folder.mkdir(parents=True, exist_ok=True)
        with step("building the registry from its Go module (a minute)"):
            _run([str(go()), "install", REGISTRY], {**_go_environment(), "GOBIN": str(folder)})
    return folder / "registry"


def pause_program() -> Path:
    """What the tests' images run."""
    built = programs_folder() / "pause"
    if built.exists():
        return built
    target = cache_folder() / "tools" / "pause-1"
    if not target.exists():
        source = Path(__file__).parent / "node" / "pause.go"
        target.parent.mkdir(parents=True, exist_ok=True)
        _run([str(go()), "build", "-trimpath", "-ldflags", "-s -w", "-o", str(target), str(source)],
             _go_environment())  # fmt: skip
    return target


def _go_environment() -> dict[str, str]:
    return {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": ""}


def _run(command: list[str], environment: dict[str, str] | None = None) -> str:
    """What it printed. Raises ToolMissing."""
    done = run(command, environment, timeout=BUILD_SECONDS)
    if done.returncode:
        raise ToolMissing(f"{' '.join(command[:4])} … failed:\n{done.stderr[-3000:]}")
    return done.stdout
