"""Write what of the chart is generated: ``python tests/support/make_chart.py``.

``values.yaml`` keeps its hand-written part; everything from the line ``config:`` on comes from the settings. The
schema comes from both, and the plain manifests from the chart, rendered by Helm.
"""

import ast
import inspect
import itertools
import json
from pathlib import Path
from typing import Any

import msgspec
import yaml

from chart import helm
from pullproof import policy, settings
from pullproof.settings import Settings, to_mapping

CHART = Path(__file__).parents[2] / "charts" / "pullproof"
MARK = "config:\n"
MANIFESTS = CHART.parents[1] / "deploy" / "manifests" / "pullproof.yaml"


def values_text() -> str:
    """values.yaml with its generated end."""
    head = (CHART / "values.yaml").read_text().partition(f"\n{MARK}")[0]
    return f"{head}\n{MARK}{_config_lines(Settings, to_mapping(Settings()), 2)}"


def _config_lines(kind: type, mapping: dict[str, Any], indent: int) -> str:
    """Every setting with its docstring as a comment, in the order of the code."""
    lines: list[str] = []
    pad = " " * indent
    docs = _docs(kind)
    for one in msgspec.structs.fields(kind):
        lines += [f"{pad}# {line}" for line in docs.get(one.name, "").splitlines() if line.strip()]
        value = mapping[one.encode_name]
        if isinstance(value, dict):
            lines.append(f"{pad}{one.encode_name}:")
            lines.append(_config_lines(one.type, value, indent + 2).rstrip("\n"))
        else:
            dumped = json.dumps(value)
            lines.append(f"{pad}{one.encode_name}: {dumped}")
    return "\n".join(lines) + "\n"


def _docs(kind: type) -> dict[str, str]:
    """The docstring under each field of a settings class."""
    module = policy if kind.__module__ == policy.__name__ else settings
    tree = ast.parse(inspect.getsource(module))
    body = next(
        one.body for one in tree.body if isinstance(one, ast.ClassDef) and one.name == kind.__name__
    )
    found: dict[str, str] = {}
    for before, after in itertools.pairwise(body):
        if (
            isinstance(before, ast.AnnAssign)
            and isinstance(before.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            found[before.target.id] = inspect.cleandoc(str(after.value.value))
    return found


def schema_text() -> str:
    """values.schema.json: the hand-written part of it, with the settings' own schema in it."""
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = _of_values({key: value for key, value in values.items() if key != "config"})
    config = msgspec.json.schema(Settings)
    definitions = config.pop("$defs")
    for one in definitions.values():
        if "off" in one.get("enum", ()):
            # `mode: off`, as people write it, is a boolean to YAML; the templates make a word of it.
            one["enum"].append(False)
    schema["properties"]["config"] = config
    schema["$defs"] = definitions
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    # Helm hands every chart a `global` with whatever a parent chart put there.
    schema["properties"]["global"]["additionalProperties"] = True
    return json.dumps(schema, indent=2) + "\n"


_WORD = {"type": "string", "minLength": 1}
_NAMED = {"type": "object", "additionalProperties": False, "required": ["name"]}


def _mapping(value: dict[str, Any]) -> dict[str, Any]:
    """Names as Kubernetes has them for labels and resources, each with such a value."""
    names = {"^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$": value}
    return {"type": "object", "additionalProperties": False, "patternProperties": names}


_QUANTITIES = _mapping({"type": ["string", "number"]})
_STRINGS = _mapping({"type": "string"})
SHAPES: dict[str, dict[str, Any]] = {
    # By a value's name, whatever its default cannot say. Objects of Kubernetes stay open.
    "affinity": {"type": "object"},
    "caBundle": {"type": "string", "pattern": "^$|-----BEGIN CERTIFICATE-----"},
    "clientAuthority": {"type": "string", "pattern": "^$|-----BEGIN CERTIFICATE-----"},
    "digest": {"type": "string", "pattern": "^$|^sha256:[0-9a-f]{64}$"},
    "excludedNamespaces": {"type": "array", "items": _WORD},
    "extraEgress": {"type": "array", "items": {"type": "object"}},
    "extraEnv": {
        "type": "array",
        "items": {**_NAMED, "properties": {"name": _WORD, "value": {"type": "string"},
                                           "valueFrom": {"type": "object"}}},
    },
    "extraObjects": {"type": "array", "items": {"type": ["object", "string"]}},
    "failurePolicy": {"enum": ["Ignore", "Fail"]},
    "healthPort": {"type": "integer", "minimum": 1024, "maximum": 65535},
    "imagePullSecrets": {"type": "array", "items": {**_NAMED, "properties": {"name": _WORD}}},
    "issuerRef": {
        "type": "object",
        "additionalProperties": False,
        "properties": {"name": _WORD, "kind": _WORD, "group": _WORD},
    },
    "labels": _STRINGS,
    "matchConditions": {
        "type": "array",
        "items": {**_NAMED, "required": ["name", "expression"],
                  "properties": {"name": _WORD, "expression": _WORD}},
    },
    "matchExpressions": {"type": "array", "items": {"type": "object", "required": ["key", "operator"]}},
    "matchLabels": _STRINGS,
    "mode": {"enum": ["self", "certManager", "secret"]},
    "nodeSelector": _STRINGS,
    "path": {"type": "string", "pattern": "^$|^[0-9a-f]{64}$"},
    "podAnnotations": _STRINGS,
    "port": {"type": "integer", "minimum": 1024, "maximum": 65535},
    "pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
    "replicas": {"type": "integer", "minimum": 1},
    "resources": {
        "type": "object",
        "additionalProperties": False,
        "properties": {"requests": _QUANTITIES, "limits": _QUANTITIES,
                       "claims": {"type": "array", "items": {"type": "object"}}},
    },
    "timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 30},  # the API server's bounds
    "tolerations": {"type": "array", "items": {"type": "object"}},
}  # fmt: skip


def _of_values(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {key: _of(key, value) for key, value in values.items()},
    }


def _of(key: str, value: Any) -> dict[str, Any]:
    if key in SHAPES:
        return SHAPES[key]
    if isinstance(value, dict):
        return _of_values(value)
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, str):
        return {"type": "string"}
    raise TypeError(f"say in SHAPES what {key} may be")


def manifests_text() -> str:
    """The chart with its defaults, without its hooks: they would run at once, not at an uninstall."""
    done = helm("template", "pullproof", str(CHART), "--namespace", "pullproof", "--no-hooks")
    assert done.returncode == 0, done.stderr
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: pullproof\n"
    head = "# Generated from charts/pullproof by tests/support/make_chart.py; see README.md beside it.\n"
    rendered = done.stdout.replace("managed-by: Helm", "managed-by: kubectl")
    return f"{head}{namespace}{rendered}"


if __name__ == "__main__":
    (CHART / "values.yaml").write_text(values_text())
    (CHART / "values.schema.json").write_text(schema_text())
    MANIFESTS.parent.mkdir(exist_ok=True)
    MANIFESTS.write_text(manifests_text())
