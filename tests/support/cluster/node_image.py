"""The node image: kind's own where images can be pulled; else built here, once, and kept."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

from cluster import locks, packages
from cluster.builds import work_folder
from cluster.engine import Engine
from cluster.programs import follow
from cluster.saying import say, step
from cluster.tools import ToolMissing, cache_folder, go

NODE = Path(__file__).parent / "node"
# What kind 0.33.0 takes by itself: tags of other patch releases need not exist.
# https://github.com/kubernetes-sigs/kind/blob/v0.33.0/pkg/apis/config/defaults/image.go
USUAL = (
    "kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5"
)
BUILT = "pullproof-test/node"
PULL_ANSWER_SECONDS = 30
"""Within which a registry must have said something: a network may swallow everything."""
PULL_SECONDS = 900
BUILD_PACKAGES = ["mmdebstrap", "jq", "runc", "ca-certificates", "debian-archive-keyring"]
BUILD_SECONDS = 3600


def key(*patterns: str) -> str:
    """Changes with whatever the image, or what the patterns name, is made from."""
    digest = hashlib.sha256()
    for path in sorted(path for one in patterns or ("*",) for path in NODE.glob(one)):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def node_image(engine: Engine) -> str:
    """The name of an image for kind's nodes that the engine holds. Raises ToolMissing."""
    built = f"{BUILT}:{key()}"
    usual = f"docker.io/{USUAL}" if engine.program == "podman" else USUAL
    with locks.one_at_a_time("node-image"):
        for name in (built, usual):
            if engine.has_image(name):
                return name
        if pulled(engine, usual):
            return usual
        bin_folder = build_programs()
        with step("building the node image (a minute or two)"):
            environment = {**engine.environment, "ENGINE": engine.program}
            _script("build-node-image.sh", [str(bin_folder), built], environment)
        remove_older(engine, built)
    return built


def pulled(engine: Engine, name: str) -> bool:
    """Whether an image could be pulled; where nothing can be, that is known soon."""
    if os.environ.get("PULLPROOF_PULL") == "0":
        return False
    with step(f"pulling {name.partition('@')[0]}, if that can be done from here"):
        code, _ = follow(
            [engine.program, "pull", name], engine.environment, _nothing,
            first_seconds=PULL_ANSWER_SECONDS, seconds=PULL_SECONDS,
        )  # fmt: skip
    return code == 0


def remove_older(engine: Engine, name: str) -> None:
    """Images of the same repository that no container uses: each takes up to 800 MB."""
    repository = name.rpartition(":")[0]
    listed = engine.run("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", repository, check=False)  # fmt: skip
    for one in listed.stdout.split():
        if one.removeprefix("localhost/") != name:
            engine.run("image", "rm", one, check=False)


def programs_folder() -> Path:
    """Where the node's programs are kept."""
    return cache_folder() / f"node-programs-{key('versions', 'build-programs.sh', '*.go')}"


def build_programs() -> Path:
    """The node's programs, from Go modules; built once."""
    folder = programs_folder()
    if not (folder / ".complete").exists():
        if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
            raise ToolMissing(
                f"{USUAL.partition('@')[0]} cannot be pulled; building a node image needs root on Debian"
                " or Ubuntu. Pull it yourself, or load it into the engine."
            )
        packages.install(BUILD_PACKAGES)
        with step(
            "building Kubernetes, containerd and etcd from Go modules (13 minutes; 2 if Go's caches are warm)"
        ):
            _script("build-programs.sh", [str(folder)], dict(os.environ))
        (folder / ".complete").touch()
        for older in cache_folder().glob("node-programs-*"):
            if older != folder:
                shutil.rmtree(older, ignore_errors=True)
    return folder


def _script(name: str, arguments: list[str], environment: dict[str, str]) -> None:
    """Raises ToolMissing."""
    environment = {
        **environment, "GO": str(go()), "PYTHON": sys.executable, "TMPDIR": str(work_folder(name)),
    }  # fmt: skip
    code, text = follow(
        ["bash", str(NODE / name), *arguments], environment, _steps,
        first_seconds=BUILD_SECONDS, seconds=BUILD_SECONDS,
    )  # fmt: skip
    if code:
        raise ToolMissing(f"{name} failed:\n{text[-3000:]}")


def _steps(line: str) -> None:
    """The scripts say "    12 s  what begins now"."""
    if " s  " in line[:14]:
        say(f"    {line.strip()}")


def _nothing(_: str) -> None:
    pass
