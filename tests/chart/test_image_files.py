"""The image's files, as far as they can be judged without an engine."""

import re
import subprocess
import tomllib

import pytest

from chart import CHART, pod_templates, render

ROOT = CHART.parents[1]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
BUILD = ROOT / "deploy" / "build-image.sh"


def programs():
    return dict(re.findall(r"^write (\S+) (\S+)$", BUILD.read_text(), re.MULTILINE))


def test_the_script_is_one_that_bash_can_read():
    assert subprocess.run(["bash", "-n", str(BUILD)], check=False).returncode == 0


def test_every_program_of_the_distribution_is_in_the_image():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    del scripts["kubectl-pullproof"]  # for people's machines
    assert programs() == {name: target.removesuffix(":main") for name, target in scripts.items()}


def test_every_command_of_the_chart_is_a_program_of_the_image():
    for name, spec in pod_templates(render()).items():
        (container,) = spec["containers"]
        assert container["command"][0] in programs(), name
        assert "args" not in container


def test_it_is_built_by_old_engines_too_and_without_a_network():
    assert "--mount" not in DOCKERFILE  # BuildKit's
    assert not re.search(r"pip install|apt-get|curl|wget|^ADD ", DOCKERFILE, re.MULTILINE)
    assert "--network none" in BUILD.read_text()


def test_it_runs_as_nobody_in_particular_and_starts_nothing_by_itself():
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["65532:65532"]
    assert "ENTRYPOINT" not in DOCKERFILE


@pytest.mark.parametrize("label", ["version", "revision", "licenses", "title"])
def test_it_says_what_it_is(label):
    assert f"org.opencontainers.image.{label}=" in DOCKERFILE
