"""Programs in Go that hold the code we compare ourselves with, compiled once for each version."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest


def go_program(source: Path, version: str) -> Path:
    """Compile the program in a folder, outside of the checkout; fail the test where Go is missing.

    ``version`` is that of the code we compare with; it names the file beside the sources' digest.
    """
    if shutil.which("go") is None:
        if os.environ.get("PULLPROOF_WITHOUT_GO") == "1":
            pytest.skip("PULLPROOF_WITHOUT_GO=1")
        pytest.fail(
            f"the comparison with {source.name} needs Go; PULLPROOF_WITHOUT_GO=1 leaves it out"
        )
    sources = [(source / name).read_bytes() for name in ("main.go", "go.mod", "go.sum")]
    digest = hashlib.sha256(b"\0".join(sources)).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pullproof"
    program = cache / f"{source.name}-{version}-{digest}"
    if not program.exists():
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = cache / f"{program.name}.{os.getpid()}"
        done = subprocess.run(
            ["go", "build", "-mod=readonly", "-trimpath", "-o", unfinished, "."],
            cwd=source,
            env=os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false", "GOWORK": "off"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"go build in {source} failed:\n{done.stderr}")
        unfinished.rename(program)
    return program
