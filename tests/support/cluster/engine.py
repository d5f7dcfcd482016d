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

from cluster import locks, machine, packages
from cluster.programs import is_alive, run
from cluster.saying import say, step
from cluster.tools import ToolMissing, cache_folder

HERE = Path(__file__).parent
STATE = Path(os.environ.get("PULLPROOF_ENGINE", "/run/pullproof-engine"))
"""Socket and pid of the engine that we start, and the machine's state before it."""
BEFORE = STATE / "before.json"
PACKAGES = ["docker.io", "runc", "iptables", "iproute2", "jq", "mmdebstrap", "ca-certificates"]
ANSWER_SECONDS = 30
START_SECONDS = 60
STOP_SECONDS = 30
QUESTION = (
    "No Docker and no Podman answers. Install Debian's docker.io and start it for this run,"
    " in a folder of its own? [y/N] "
)


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
        done = run([self.program, *arguments], self.environment, text_in=text_in, timeout=timeout)
        if check and done.returncode:
            raise RuntimeError(
                f"{self.program} {' '.join(arguments)}: {done.stderr.strip()[-1000:]}"
            )
        return done

    def has_image(self, name: str) -> bool:
        """Whether the engine holds an image."""
        return self.run("image", "inspect", name, check=False).returncode == 0


def an_engine() -> Engine:
    """One that answers, or one that we start. Raises ToolMissing with what to do."""
    locks.use_engine()
    with locks.one_at_a_time("starting-an-engine"):
        return find_engine() or running_engine() or start_engine()


def find_engine() -> Engine | None:
    """An engine that answers, and that somebody else has started."""
    for program, version in (("docker", "{{.ServerVersion}}"), ("podman", "{{.Version.Version}}")):
        if shutil.which(program) is None:
            continue
        # A client alone exits 0 without a server; the server's version is what counts.
        with contextlib.suppress(subprocess.TimeoutExpired):
            done = run([program, "info", "--format", version], timeout=ANSWER_SECONDS)
            if done.returncode == 0 and done.stdout.strip():
                ours = os.environ.get("DOCKER_HOST") == f"unix://{STATE}/docker.sock"
                return Engine(program=program, environment=dict(os.environ), ours=ours)
    return None


def running_engine() -> Engine | None:
    """The engine that we, or an earlier run of ours, started."""
    if _our_pid() is None or not os.access(STATE / "docker.sock", os.W_OK):
        return None
    return _ours()


def _ours() -> Engine:
    environment = {**os.environ, "DOCKER_HOST": f"unix://{STATE}/docker.sock"}
    return Engine(program="docker", environment=environment, ours=True)


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
    packages.install(PACKAGES)
    stop_engine()  # what is left of one that was killed
    STATE.mkdir(parents=True, exist_ok=True)
    machine.remember(BEFORE)
    with step("starting a Docker engine"):
        try:
            _start_and_wait()
        except BaseException:
            stop_engine()
            raise
    _remove_dead_containers(_ours())
    return _ours()


def _remove_dead_containers(engine: Engine) -> None:
    """Of an earlier engine that was killed, or of a machine that was switched off."""
    dead = engine.run("ps", "-aq").stdout.split()
    if dead:
        engine.run("rm", "-f", "-v", *dead, check=False)
    engine.run("network", "prune", "-f", check=False)


def allowed() -> bool:
    """Whether we may install and start an engine."""
    if os.environ.get("CI") == "true" or os.environ.get("PULLPROOF_YES") == "1":
        return True
    return "--yes" in sys.argv or _asked_on_the_terminal()


def _asked_on_the_terminal() -> bool:
    """pytest takes standard input away, so the terminal itself is asked, if we are in its foreground."""
    try:
        with Path("/dev/tty").open("r+b", buffering=0) as terminal:
            if os.tcgetpgrp(terminal.fileno()) != os.getpgrp():
                return False  # a read would stop us
            terminal.write(QUESTION.encode())
            return terminal.readline().strip().lower() in (b"y", b"yes")
    except OSError:
        return False


def _start_and_wait() -> None:
    wrapper = shutil.copy(HERE / "node" / "runc-here", cache_folder() / "runc-here")
    command = [
        "dockerd", "--data-root", str(cache_folder() / "engine"), "--exec-root", str(STATE / "run"),
        "-H", f"unix://{STATE}/docker.sock", "-p", str(STATE / "pid"),
        "--add-runtime", f"here={wrapper}", "--default-runtime", "here",
    ]  # fmt: skip
    if not Path("/run/systemd/system").exists():  # with systemd, control groups are its business
        command += ["--cgroup-parent", f"/{machine.CGROUP}", "--exec-opt", "native.cgroupdriver=cgroupfs"]  # fmt: skip
    (STATE / "pid").unlink(missing_ok=True)
    pid = _spawn(command, STATE / "log")
    until = time.monotonic() + START_SECONDS
    while _ours().run("info", check=False, timeout=ANSWER_SECONDS).returncode:
        _reap(pid)
        if not is_alive(pid) or time.monotonic() > until:
            _end(pid)
            tail = (STATE / "log").read_text(errors="replace")[-1500:]
            raise ToolMissing(f"the Docker engine did not start:\n{tail}")
        time.sleep(0.1)


def _spawn(command: list[str], log: Path) -> int:
    """Start a program that may outlive us; no object of subprocess, which would warn of that."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, out, 1),
        (os.POSIX_SPAWN_DUP2, out, 2),
    ]
    try:
        return os.posix_spawnp(command[0], command, os.environ, file_actions=actions, setsid=True)
    finally:
        os.close(out)


def _reap(pid: int) -> None:
    """Where it is a child of ours that has ended."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def stop_engine() -> None:
    """End the engine that we started, and put the machine back as it was before it."""
    if not STATE.exists():
        return
    pid = _our_pid()
    if pid is not None:
        with step("ending the Docker engine"):
            _end(pid)
    _kill_orphans()
    for problem in machine.restore(BEFORE):
        say(f"not put back: {problem}")
    _unmount_below(STATE)
    shutil.rmtree(STATE, ignore_errors=True)


def _end(pid: int) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        until = time.monotonic() + STOP_SECONDS
        while is_alive(pid) and time.monotonic() < until:
            _reap(pid)
            time.sleep(0.05)


def _kill_orphans() -> None:
    """The containers of an engine that was killed live on, each below a process of containerd's."""
    parents: dict[int, int] = {}
    doomed: set[int] = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (entry / "stat").read_text(errors="replace")
                parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
                if _belongs_to_our_engine(entry):
                    doomed.add(int(entry.name))
    while more := {pid for pid, parent in parents.items() if parent in doomed} - doomed:
        doomed |= more
    for pid in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + STOP_SECONDS
    while any(is_alive(pid) for pid in doomed) and time.monotonic() < until:
        time.sleep(0.05)


def _belongs_to_our_engine(process: Path) -> bool:
    """A containerd or one of its shims in our folder, and not inside of a container: that has its own."""
    words = (process / "cmdline").read_bytes().split(b"\0")
    if not Path(os.fsdecode(words[0])).name.startswith("containerd"):
        return False
    if not any(f"{STATE}/run/".encode() in word for word in words):
        return False
    return (process / "ns" / "pid").readlink() == Path("/proc/self/ns/pid").readlink()


def _unmount_below(folder: Path) -> None:
    """What an engine that was killed has left mounted."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for one in sorted(mounts, reverse=True):  # Docker mounts its data folder onto itself
        if f"{one}/".startswith((f"{folder}/", f"{cache_folder()}/engine/")):
            subprocess.run(["umount", "--lazy", one], capture_output=True, check=False)


def _our_pid() -> int | None:
    """The pid of our engine, if the process of that number is ours indeed."""
    try:
        pid = int((STATE / "pid").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if str(STATE).encode() in command and is_alive(pid) else None
