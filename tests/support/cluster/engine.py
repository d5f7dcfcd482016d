"""A Docker or Podman that answers; or one that we start, in folders of our own, and end with us."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from cluster.saying import say, step
from cluster.tools import ToolMissing, cache_folder

HERE = Path(__file__).parent
PACKAGES = ["docker.io", "runc", "iptables", "iproute2", "jq", "mmdebstrap", "ca-certificates"]
START_SECONDS = 60
STOP_SECONDS = 30
TABLES = ("iptables", "ip6tables")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """How to talk to the engine."""

    program: str
    """``docker`` or ``podman``."""
    environment: dict[str, str]
    ours: bool

    def run(self, *arguments: str, check: bool = True, timeout: float = 300,
            text_in: str | None = None) -> subprocess.CompletedProcess[str]:  # fmt: skip
        """Run the engine's program."""
        done = subprocess.run(
            [self.program, *arguments], env=self.environment, capture_output=True, text=True,
            check=False, timeout=timeout, input=text_in,
        )  # fmt: skip
        if check and done.returncode:
            raise RuntimeError(
                f"{self.program} {' '.join(arguments)}: {done.stderr.strip()[-1000:]}"
            )
        return done


def find_engine() -> Engine | None:
    """An engine that answers."""
    for program in ("docker", "podman"):
        if shutil.which(program) is None:
            continue
        # A client alone exits 0 without a server; the server's version is what counts.
        done = subprocess.run(
            [program, "info", "--format", "{{.ServerVersion}}" if program == "docker" else "{{.Version.Version}}"],
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        if done.returncode == 0 and done.stdout.strip():
            return Engine(program=program, environment=dict(os.environ), ours=False)
    return None


def state_folder() -> Path:
    """Socket, pid and saved packet filters of the engine that we start."""
    folder = Path("/run/pullproof-engine")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def allowed() -> bool:
    """Whether we may install and start an engine."""
    if os.environ.get("CI") == "true" or os.environ.get("PULLPROOF_YES") == "1":
        return True
    if "--yes" in sys.argv:
        return True
    if not sys.stdin or not sys.stdin.isatty():
        return False
    answer = input(
        "No Docker and no Podman answers. Install Debian's docker.io and start it for this run,"
        " in a folder of its own? [y/N] "
    )
    return answer.strip().lower() in ("y", "yes")


def start_engine() -> Engine:
    """Start one. Raises ToolMissing with what to do."""
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        raise ToolMissing(
            "no Docker and no Podman answers. Start one (for instance: systemctl start docker), or run"
            " this as root on Debian or Ubuntu to have one started for the time being."
        )
    if not allowed():
        raise ToolMissing(
            "no Docker and no Podman answers. Start one, or say that one may be installed and started"
            " for this run: PULLPROOF_YES=1 (or CI=true, or --yes)."
        )
    install_packages(PACKAGES)
    state = state_folder()
    save_packet_filters(state)
    data = cache_folder() / "engine"
    log = (state / "log").open("ab")
    with step("starting a Docker engine"):
        process = subprocess.Popen(
            ["dockerd", "--data-root", str(data), "--exec-root", str(state / "run"),
             "-H", f"unix://{state}/docker.sock", "-p", str(state / "pid"),
             "--add-runtime", f"here={HERE}/node/runc-here", "--default-runtime", "here"],
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        engine = Engine(
            program="docker",
            environment={**os.environ, "DOCKER_HOST": f"unix://{state}/docker.sock"},
            ours=True,
        )
        until = time.monotonic() + START_SECONDS
        while engine.run("info", check=False, timeout=30).returncode:
            if process.poll() is not None or time.monotonic() > until:
                tail = (state / "log").read_text(errors="replace")[-1500:]
                raise ToolMissing(f"the Docker engine did not start:\n{tail}")
            time.sleep(0.2)
    return engine


def running_engine() -> Engine | None:
    """The engine that we, or an earlier run of ours, started."""
    state = state_folder()
    if _our_pid(state) is None:
        return None
    environment = {**os.environ, "DOCKER_HOST": f"unix://{state}/docker.sock"}
    return Engine(program="docker", environment=environment, ours=True)


def stop_engine() -> None:
    """End the engine that we started, and put packet filters and bridges back as they were."""
    state = state_folder()
    pid = _our_pid(state)
    if pid is not None:
        with step("ending the Docker engine"):
            os.kill(pid, signal.SIGTERM)
            until = time.monotonic() + STOP_SECONDS
            while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
                time.sleep(0.1)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    remove_bridges(state)
    restore_packet_filters(state)
    shutil.rmtree(state, ignore_errors=True)


def _our_pid(state: Path) -> int | None:
    """The pid of our engine, if the process of that number is ours indeed."""
    try:
        pid = int((state / "pid").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if str(state).encode() in command else None


def install_packages(names: list[str]) -> None:
    """Debian packages that are missing. Raises ToolMissing."""
    missing = [
        name
        for name in names
        if subprocess.run(["dpkg", "-s", name], capture_output=True, check=False).returncode
    ]
    if not missing:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step(f"installing {' '.join(missing)}"):
        for command in (
            ["update", "-q"],
            ["install", "-q", "-y", "--no-install-recommends", *missing],
        ):
            done = subprocess.run(["apt-get", *command], env=environment, capture_output=True,
                                  text=True, check=False)  # fmt: skip
            if done.returncode:
                raise ToolMissing(f"apt-get {' '.join(command)} failed: {done.stderr[-1000:]}")


def save_packet_filters(state: Path) -> None:
    """As they are now, unless a crashed run of ours has saved them before."""
    if not (state / "bridges.saved").exists():
        (state / "bridges.saved").write_text(" ".join(bridges()))
    for table in TABLES:
        saved = state / f"{table}.saved"
        if not saved.exists():
            done = subprocess.run([f"{table}-save"], capture_output=True, check=False)
            if done.returncode == 0:
                saved.write_bytes(done.stdout)


def restore_packet_filters(state: Path) -> None:
    """As they were. Tables that did not exist then are emptied."""
    for table in TABLES:
        saved = state / f"{table}.saved"
        if not saved.exists():
            continue
        text = saved.read_text()
        now = subprocess.run([f"{table}-save"], capture_output=True, text=True, check=False).stdout
        for line in now.splitlines():
            if line.startswith("*") and line not in text:
                name = line[1:]
                chains = {"nat": ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
                          "raw": ["PREROUTING", "OUTPUT"],
                          "mangle": ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
                          "filter": ["INPUT", "FORWARD", "OUTPUT"]}.get(name, [])  # fmt: skip
                text += (
                    f"*{name}\n" + "".join(f":{one} ACCEPT [0:0]\n" for one in chains) + "COMMIT\n"
                )
        done = subprocess.run([f"{table}-restore"], input=text, text=True, capture_output=True,
                              check=False)  # fmt: skip
        if done.returncode:
            say(f"{table}-restore: {done.stderr.strip()[-300:]}")


def bridges() -> set[str]:
    """Names of all bridges of this machine."""
    listed = subprocess.run(["ip", "-o", "link", "show", "type", "bridge"], capture_output=True,
                            text=True, check=False).stdout  # fmt: skip
    return {line.split(": ")[1].split("@")[0] for line in listed.splitlines()}


def remove_bridges(state: Path) -> None:
    """Those that Docker made meanwhile and leaves behind when it ends."""
    saved = state / "bridges.saved"
    if not saved.exists():
        return
    before = set(saved.read_text().split())
    for name in bridges() - before:
        if name == "docker0" or name.startswith("br-"):
            subprocess.run(["ip", "link", "delete", name], capture_output=True, check=False)
