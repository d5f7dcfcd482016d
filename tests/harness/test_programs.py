"""Programs that the harness starts: none outlives it."""

import os
import signal
import subprocess
import threading

import pytest

from cluster.programs import follow, is_alive, run, undisturbed

WITH_CHILD = 'sleep 600 & echo $! > "$0"; wait'


def wait_for_pid(path):
    until = threading.Event()
    while not path.exists() or not path.read_text().strip():
        until.wait(0.01)
    return int(path.read_text())


def test_a_program_that_takes_too_long_is_ended_with_its_children(tmp_path):
    pid_file = tmp_path / "pid"
    with pytest.raises(subprocess.TimeoutExpired):
        run(["bash", "-c", WITH_CHILD, str(pid_file)], timeout=0.5)
    assert not is_alive(int(pid_file.read_text()))


def test_ctrl_c_ends_a_program_with_its_children(tmp_path):
    pid_file = tmp_path / "pid"

    def interrupt():
        wait_for_pid(pid_file)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run(["bash", "-c", WITH_CHILD, str(pid_file)])
    thread.join()
    assert not is_alive(int(pid_file.read_text()))


@pytest.mark.parametrize("_", range(5))
def test_ctrl_c_while_a_program_is_being_started_ends_it_too(tmp_path, _):
    pid_file = tmp_path / "pid"
    with pytest.raises(KeyboardInterrupt):
        run(["bash", "-c", 'echo $$ > "$0"; kill -INT $PPID; sleep 600', str(pid_file)])
    assert not is_alive(int(pid_file.read_text()))


def test_a_scripts_own_cleaning_is_waited_for(tmp_path):
    done = tmp_path / "done"
    with pytest.raises(subprocess.TimeoutExpired):
        run(
            ["bash", "-c", 'trap "sleep 0.2; touch $0" EXIT; sleep 600 & wait', str(done)],
            timeout=0.3,
        )
    assert done.exists()


def test_lines_come_as_they_are_said():
    heard: list[str] = []
    code, text = follow(
        ["bash", "-c", "echo one; echo two >&2; exit 3"], None, heard.append,
        first_seconds=30, seconds=30,
    )  # fmt: skip
    assert (code, heard, text) == (3, ["one", "two"], "one\ntwo\n")


def test_a_program_that_says_nothing_is_given_up_soon():
    code, text = follow(["sleep", "600"], None, print, first_seconds=0.2, seconds=600)
    assert code == -signal.SIGTERM
    assert text == ""


def test_cleaning_is_not_stopped_by_a_second_ctrl_c():
    said: list[str] = []
    with undisturbed(said.append):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
    assert said == ["cleaning up: a few seconds more"] * 2
