"""The chart as real Helm renders it."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from cluster.tools import helm3, helm4

CHART = Path(__file__).parents[2] / "charts" / "pullproof"
OLDEST, NEWEST = "1.30.0", "1.37.0"
Objects = dict[tuple[str, str], dict[str, Any]]


def helm(*arguments: str, major: int = 4) -> subprocess.CompletedProcess[str]:
    program = helm4() if major == 4 else helm3()
    return subprocess.run(
        [str(program), *arguments], capture_output=True, text=True, check=False, timeout=60
    )


@cache
def _template(values: str, kube_version: str, major: int) -> subprocess.CompletedProcess[str]:
    return helm(
        "template", "pullproof", str(CHART), "--namespace", "pullproof",
        "--kube-version", kube_version, "--api-versions", "monitoring.coreos.com/v1",
        *_set(json.loads(values)),
        major=major,
    )  # fmt: skip


def _set(values: dict[str, Any]) -> list[str]:
    """``{"webhook.replicas": 1}`` as options."""
    options: list[str] = []
    for key, value in values.items():
        options += ["--set-json", f"{key}={json.dumps(value)}"]
    return options


def text(values: dict[str, Any] | None = None, kube_version: str = NEWEST, major: int = 4) -> str:
    done = _template(json.dumps(values or {}), kube_version, major)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refusal(values: dict[str, Any], major: int = 4) -> str:
    done = _template(json.dumps(values), NEWEST, major)
    assert done.returncode != 0, "Helm accepted it"
    return done.stderr


def render(
    values: dict[str, Any] | None = None, kube_version: str = NEWEST, major: int = 4
) -> Objects:
    """Every object by kind and name; a List is taken apart, as Helm does it."""
    documents = [one for one in yaml.safe_load_all(text(values, kube_version, major)) if one]
    objects = [part for one in documents for part in one.get("items", [one])]
    return {(one["kind"], one["metadata"]["name"]): one for one in objects}


def hooks() -> list[dict[str, Any]]:
    """The documents that Helm takes for hooks."""
    documents = [one for one in yaml.safe_load_all(text()) if one]
    return [one for one in documents if "helm.sh/hook" in one["metadata"].get("annotations", {})]


def pod_templates(objects: Objects) -> dict[str, dict[str, Any]]:
    return {
        name: body["spec"]["template"]["spec"]
        for (kind, name), body in objects.items()
        if kind in ("Deployment", "Job")
    }


def notes(values: dict[str, Any] | None = None) -> str:
    """What `helm install` prints."""
    done = helm("install", "pullproof", str(CHART), "--namespace", "pullproof",
                "--dry-run=client", "--kubeconfig", os.devnull, *_set(values or {}))  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.partition("\nNOTES:\n")[2]
