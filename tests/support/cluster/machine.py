"""What an engine changes on the machine and leaves behind when it ends; put back as it was.

Only what came with the engine goes: a rule that somebody else has added meanwhile stays.
"""

import contextlib
import ipaddress
import json
import os
import socket
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

TABLES = ("iptables", "ip6tables")
SWITCHES = ("net/ipv4/ip_forward", "net/bridge/bridge-nf-call-iptables", "net/bridge/bridge-nf-call-ip6tables")  # fmt: skip
FOLDERS = ("/run/docker/plugins", "/run/docker", "/run/containerd/s", "/run/containerd")
CGROUP = "pullproof-test"
"""Parent of the containers' control groups, so that they can be told from others."""


@dataclass(slots=True)
class Machine:
    """Its state before the engine."""

    filters: dict[str, str] = field(default_factory=dict)
    bridges: list[str] = field(default_factory=list)
    switches: dict[str, str] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)


def remember(file: Path) -> None:
    """Write down how it is, unless a run of ours that crashed has done so before."""
    if file.exists():
        return
    now = Machine(
        filters={one: _filters(one) for one in TABLES},
        bridges=sorted(_bridges()),
        switches={one: Path("/proc/sys", one).read_text().strip() for one in SWITCHES
                  if Path("/proc/sys", one).exists()},
        folders=[one for one in FOLDERS if Path(one).exists()],
    )  # fmt: skip
    fields = {name: getattr(now, name) for name in Machine.__slots__}
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(fields))
    fresh.rename(file)


def restore(file: Path) -> list[str]:
    """Put it back, after the engine has ended; what could not be put back."""
    if not file.exists():
        return []
    before = Machine(**json.loads(file.read_text()))
    ours = {name: _networks(name) for name in _bridges() - set(before.bridges)
            if name == "docker0" or name.startswith("br-")}  # fmt: skip
    problems = []
    for table in TABLES:
        script = undoing(before.filters.get(table, ""), _filters(table), ours)
        if script:
            done = subprocess.run([f"{table}-restore", "--noflush"], input=script, text=True,
                                  capture_output=True, check=False)  # fmt: skip
            if done.returncode:
                problems.append(f"{table}: {done.stderr.strip()[-300:]}")
    for name in ours:
        subprocess.run(["ip", "link", "delete", name], capture_output=True, check=False)
    for name, value in before.switches.items():
        switch = Path("/proc/sys", name)
        if switch.exists() and switch.read_text().strip() != value:
            switch.write_text(value)
    _remove_dead_sockets(Path("/run/containerd/s"))
    for one in FOLDERS:
        if one not in before.folders:
            with contextlib.suppress(OSError):
                Path(one).rmdir()
    _remove_control_groups()
    return problems


def undoing(before: str, now: str, ours: dict[str, list[str]]) -> str:
    """Input for ``iptables-restore --noflush`` that takes the engine's rules and chains away.

    ``ours`` are the engine's bridges, and the networks on each. Both texts are iptables-save's.
    """
    old, new = _parse(before), _parse(now)
    script = []
    for table, chains in new.items():
        was = old.get(table, {})
        fresh = {name for name in chains if name.startswith("DOCKER") and name not in was}
        lines = []
        for name, (policy, rules) in chains.items():
            old_policy, old_rules = was.get(name, ("ACCEPT", []))
            if policy not in ("-", old_policy):
                lines.append(f":{name} {old_policy} [0:0]")
            if name not in fresh:
                added = Counter(rules) - Counter(old_rules)
                lines += [f"-D {rule}" for rule in added.elements() if _is_ours(rule, fresh, ours)]
        lines += [f"-F {name}" for name in sorted(fresh)] + [f"-X {name}" for name in sorted(fresh)]
        if lines:
            script += [f"*{table}", *lines, "COMMIT"]
    return "\n".join(script) + "\n" if script else ""


def _is_ours(rule: str, chains: set[str], ours: dict[str, list[str]]) -> bool:
    words = rule.split()
    if any(word in chains or word in ours for word in words):
        return True
    for word in words:
        with contextlib.suppress(ValueError):
            address = ipaddress.ip_network(word)
            for text in (one for networks in ours.values() for one in networks):
                network = ipaddress.ip_network(text)
                if address.version == network.version and address.subnet_of(network):  # type: ignore[arg-type]
                    return True
    return False


def _parse(text: str) -> dict[str, dict[str, tuple[str, list[str]]]]:
    """By table, by chain: its policy, and its rules without ``-A``."""
    tables: dict[str, dict[str, tuple[str, list[str]]]] = {}
    table: dict[str, tuple[str, list[str]]] = {}
    for line in text.splitlines():
        if line.startswith("*"):
            table = tables.setdefault(line[1:].strip(), {})
        elif line.startswith(":"):
            name, policy = line[1:].split()[:2]
            table[name] = (policy, [])
        elif line.startswith("-A "):
            rule = line[3:]
            table.setdefault(rule.split()[0], ("-", []))[1].append(rule)
    return tables


def _filters(table: str) -> str:
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run([f"{table}-save"], capture_output=True, text=True, check=False).stdout
    return ""


def _bridges() -> set[str]:
    return {
        line.split(": ")[1].split("@")[0]
        for line in _ip("-o", "link", "show", "type", "bridge").splitlines()
    }


def _networks(bridge: str) -> list[str]:
    """The networks of a bridge's addresses."""
    words = _ip("-o", "address", "show", "dev", bridge).split()
    return [str(ipaddress.ip_interface(words[at + 1]).network)
            for at, word in enumerate(words[:-1]) if word in ("inet", "inet6")]  # fmt: skip


def _ip(*arguments: str) -> str:
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run(
            ["ip", *arguments], capture_output=True, text=True, check=False
        ).stdout
    return ""


def _remove_dead_sockets(folder: Path) -> None:
    """Of containers whose engine was killed: nothing listens on them."""
    for path in folder.glob("*"):
        with socket.socket(socket.AF_UNIX) as trying:
            try:
                trying.connect(str(path))
            except ConnectionRefusedError:
                path.unlink(missing_ok=True)
            except OSError:
                continue


def _remove_control_groups() -> None:
    """Empty folders of the control group file systems, from the leaves up."""
    root = Path("/sys/fs/cgroup")
    for top in [root / CGROUP, *(one / CGROUP for one in root.glob("*"))]:
        for path, _, _ in os.walk(top, topdown=False):
            with contextlib.suppress(OSError):
                Path(path).rmdir()
