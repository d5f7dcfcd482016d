"""What import-linter cannot say about the layout."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORLDLY = {"cli", "gather", "kube", "logins", "registry"}
LONGEST_FILE = 400


def _config():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("folder", ["core", "operator", "webhook"])
def test_a_source_root_holds_packages_only(folder):
    assert [path.name for path in (ROOT / folder).glob("*.py")] == []


def test_no_test_folder_is_a_package():
    outside = ROOT / "tests" / "support"
    found = [path for path in (ROOT / "tests").rglob("__init__.py") if outside not in path.parents]
    assert found == []


def test_python_started_at_the_root_finds_the_standard_operator():
    # -S: a .pth file of some site-packages could have imported it before.
    program = "import operator, json; print(operator.__file__)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert str(ROOT) not in done.stdout


def test_every_module_that_does_not_touch_the_world_is_held_to_be_pure():
    package = ROOT / "core" / "pullproof"
    modules = {path.stem for path in package.glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in package.glob("*/__init__.py")} - WORLDLY
    contracts = _config()["tool"]["importlinter"]["contracts"]
    pure = next(one for one in contracts if "pure" in one["name"])
    assert set(pure["source_modules"]) == {f"pullproof.{name}" for name in modules | packages}


def test_no_file_grows_past_four_hundred_lines():
    files = [
        path
        for folder in ("core", "operator", "webhook", "tests")
        for path in (ROOT / folder).rglob("*.py")
    ]
    long = {
        str(path.relative_to(ROOT)): count
        for path in files
        if (count := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_the_chart_and_the_package_have_one_version():
    chart = (ROOT / "charts" / "pullproof" / "Chart.yaml").read_text()
    version = _config()["project"]["version"]
    assert f'appVersion: "{version}"' in chart


def test_the_changelog_knows_the_version():
    version = _config()["project"]["version"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()


def test_every_dependency_has_its_reason_in_contributing():
    project = _config()["project"]
    names = [one.split(">")[0].split("[")[0] for one in project["dependencies"]]
    for extra in ("webhook", "operator"):
        names += [
            one.split(">")[0].split(";")[0] for one in project["optional-dependencies"][extra]
        ]
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert [name for name in names if f"| `{name}`" not in text] == []
