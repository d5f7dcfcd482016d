"""What the workflows do, as far as it can be done without GitHub: their own shell lines are run here."""

import os
import re
import shutil
import subprocess

import pytest
import yaml

from chart import CHART, helm

ROOT = CHART.parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
DIGEST = "sha256:" + "a" * 64


def read(path):
    # BaseLoader: `on` stays a word.
    return yaml.load(path.read_text(), yaml.BaseLoader)


def steps(path):
    return [step for job in read(path)["jobs"].values() for step in job["steps"]]


def named(start):
    (found,) = (
        one
        for one in steps(ROOT / ".github" / "workflows" / "release.yml")
        if one.get("name", "").startswith(start)
    )
    return found["run"]


def shell(script, folder, **environment):
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(CHART, tmp_path / "charts" / "pullproof")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda one: one.name)
def test_a_workflow_may_read_only_and_ends_by_itself(path):
    assert read(path)["permissions"] == {"contents": "read"}
    assert all(int(job["timeout-minutes"]) <= 60 for job in read(path)["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda one: one.name)
def test_nothing_that_others_name_gets_into_a_shell(path):
    for step in steps(path):
        assert "${{" not in step.get("run", "")
        assert re.fullmatch(r"[\w./-]+@v\d+(\.\d+)*", step.get("uses", "some/action@v1"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda one: one.name)
def test_what_is_run_is_there(path):
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for step in steps(path):
        for line in step.get("run", "").splitlines():
            if line.strip().startswith("make "):
                asked = {one for one in line.split()[1:] if "=" not in one}
                assert asked <= targets
            if line.startswith(".ci/"):
                assert os.access(ROOT / line, os.X_OK)


def test_a_release_says_one_version_everywhere(copy):
    script = named("The tag, the distribution")
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["version"]
    assert shell(script, copy, VERSION=f"v{version}").returncode == 0
    assert shell(script, copy, VERSION="v99.0.0").returncode != 0


def test_the_released_chart_names_the_image_by_its_digest(copy):
    script, _, _ = named("The chart").partition("make chart")
    done = shell(script, copy, DIGEST=DIGEST, IMAGE="r.example:5000/some/body/pullproof")
    assert done.returncode == 0, done.stderr
    rendered = helm("template", "x", str(copy / "charts" / "pullproof"))
    images = set(re.findall(r"image: \"(.*)\"", rendered.stdout))
    assert images == {f"r.example:5000/some/body/pullproof@{DIGEST}"}
