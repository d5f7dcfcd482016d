"""The node image: the usual one where images can be pulled; else built here, once, and kept."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from cluster.engine import Engine, install_packages
from cluster.saying import say, step
from cluster.tools import ToolMissing, cache_folder, go

NODE = Path(__file__).parent / "node"
USUAL = "kindest/node:v1.37.2"
PULL_SECONDS = 240
BUILD_PACKAGES = ["mmdebstrap", "jq", "runc", "ca-certificates"]
BUILD_SECONDS = 3600


def key(*patterns: str) -> str:
    """Changes with whatever the image, or what the patterns name, is made from."""
    digest = hashlib.sha256()
    for path in sorted(path for one in patterns or ("*",) for path in NODE.glob(one)):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def node_image(engine: Engine) -> str:
    """The name of an image for kind's nodes that the engine holds. Raises ToolMissing."""
    built = f"pullproof-test/node:{key()}"
    for name in (built, USUAL):
        if engine.run("image", "inspect", name, check=False).returncode == 0:
            return name
    if _pulled(engine):
        return USUAL
    programs = build_programs()
    with step("building the node image (under a minute)"):
        _script("build-node-image.sh", [str(programs), built], engine.environment)
    return built


def _pulled(engine: Engine) -> bool:
    if os.environ.get("PULLPROOF_PULL") == "0":
        return False
    say(f"pulling {USUAL}, if that can be done from here")
    try:
        return (
            engine.run("pull", "--quiet", USUAL, check=False, timeout=PULL_SECONDS).returncode == 0
        )
    except subprocess.TimeoutExpired:
        return False


def programs_folder() -> Path:
    """Where the node's programs are kept."""
    return cache_folder() / f"node-programs-{key('versions', 'build-programs.sh', '*.go')}"


def build_programs() -> Path:
    """The node's programs, from Go modules; built once."""
    folder = programs_folder()
    if not (folder / ".complete").exists():
        if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
            raise ToolMissing(
                f"{USUAL} cannot be pulled; building a node image needs root on Debian or Ubuntu"
            )
        install_packages(BUILD_PACKAGES)
        with step(
            "building Kubernetes, containerd and etcd from Go modules (13 minutes; 2 if Go's caches are warm)"
        ):
            _script("build-programs.sh", [str(folder)], dict(os.environ))
        (folder / ".complete").touch()
    return folder


def _script(name: str, arguments: list[str], environment: dict[str, str]) -> None:
    environment = {**environment, "GO": str(go()), "PYTHON": sys.executable}
    done = subprocess.run(
        ["bash", str(NODE / name), *arguments], env=environment, check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=BUILD_SECONDS,
    )  # fmt: skip
    if done.returncode:
        raise ToolMissing(f"{name} failed:\n{done.stdout[-3000:]}")
    for line in done.stdout.splitlines():
        if " s  " in line[:14]:
            say(line.strip())
