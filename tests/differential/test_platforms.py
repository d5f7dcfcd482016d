"""Our choice from an index against containerd's and CRI-O's own code."""

import json
import os
import random
import subprocess
import time
from pathlib import Path

import pytest

from go_program import go_program
from pullproof.platforms import Platform, choose

CASES = 60_000
ARCHITECTURES = {
    "amd64": ("", "", "v1", "v2", "v3", "v4", "v05", "x"),
    "x86_64": ("", "v2"),
    "386": ("",),
    "i386": ("", "v1"),
    "arm64": (
        "",
        "",
        "v8",
        "8",
        "v8.0",
        "v8.1",
        "v8.9",
        "v8.10",
        "v9",
        "9",
        "v9.2",
        "v9.7",
        "v9.8",
    ),
    "aarch64": ("", "v8"),
    "arm": ("", "v5", "v6", "v7", "v8", "5", "7", "v4", "v9"),
    "armhf": ("",),
    "armel": ("", "v7"),
    "s390x": ("",),
    "ARM64": ("", "V8"),
}
SYSTEMS = ("linux", "linux", "linux", "linux", "windows", "Linux", "darwin", "macos")
WINDOWS = (
    *("", "10.0.17763.1", "10.0.17763", "10.0.19042.5", "10.0.20348", "10.0.20348.2227"),
    *(
        "10.0.25398.1",
        "10.0.26100.1",
        "10.0.26200.1",
        "11.0.20348",
        "10.1.20348",
        "10.0",
        "nonsense",
    ),
    *("10.0.70000", "300.0.20348", "10.0.020348.1", "+10.0.20348", "10.0.20348."),
)


def a_platform(chance, system=None):
    architecture = chance.choice(tuple(ARCHITECTURES))
    found = system or chance.choice(SYSTEMS)
    on_windows = found == "windows"
    features = ("win32k", "x") if on_windows else ("x", "y")
    return Platform(
        os=found,
        architecture=architecture,
        variant=chance.choice(ARCHITECTURES[architecture]),
        os_version=chance.choice(WINDOWS) if on_windows else "",
        os_features=tuple(one for one in features if chance.random() < 0.08),
    )


def an_index(chance, node):
    """Mostly of the node's own system and of architectures near its own."""
    entries: list[Platform | None] = []
    for _ in range(chance.randint(0, 6)):
        draw = chance.random()
        if draw < 0.06:
            entries.append(None)
        elif draw < 0.7:
            entries.append(a_platform(chance, node.os))
        elif draw < 0.73 and node.os == "linux":  # Go reads an empty os as that of the machine
            entries.append(Platform(os="", architecture=node.architecture))
        else:
            entries.append(a_platform(chance))
    return entries


def as_json(platform):
    return platform and {
        "os": platform.os,
        "architecture": platform.architecture,
        "variant": platform.variant,
        "os.version": platform.os_version,
        "os.features": list(platform.os_features),
    }


@pytest.mark.timeout(300)  # the first build
def test_a_node_takes_the_entry_that_we_say():
    program = go_program(Path(__file__).parent / "platforms", "1.0.0-rc.5-5.36.2")
    seed = int(os.environ.get("PULLPROOF_SEED") or time.time_ns() % 2**32)
    print(f"PULLPROOF_SEED={seed}")
    chance = random.Random(seed)
    nodes = [a_platform(chance) for _ in range(CASES)]
    asked = [(node, an_index(chance, node)) for node in nodes]
    lines = "".join(
        json.dumps({"node": as_json(node), "platforms": [as_json(one) for one in index]}) + "\n"
        for node, index in asked
    )
    done = subprocess.run([program], input=lines.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    differences = []
    for (node, index), theirs in zip(asked, answers, strict=True):
        for runtime in ("containerd", "cri-o"):
            ours = choose(index, node, runtime)
            if (-1 if ours is None else ours) != theirs[runtime]:
                differences.append((runtime, node, index, theirs[runtime], ours))
    assert differences[:5] == [], f"{len(differences)} differences with PULLPROOF_SEED={seed}"
    taken = sum(one["containerd"] >= 0 for one in answers)
    assert 0.2 < taken / len(answers) < 0.8
