"""Write what of the chart is generated from the settings: ``python tests/support/make_chart.py``.

``values.yaml`` keeps its hand-written part; everything from the line ``config:`` on is generated.
"""

import ast
import inspect
import itertools
import json
from pathlib import Path
from typing import Any

import msgspec
import yaml

from pullproof import policy, settings
from pullproof.settings import Settings, to_mapping

CHART = Path(__file__).parents[2] / "charts" / "pullproof"
MARK = "config:\n"


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
    schema["properties"]["config"] = config
    schema["$defs"] = definitions
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    # Helm hands every chart a `global` with whatever a parent chart put there.
    schema["properties"]["global"]["additionalProperties"] = True
    return json.dumps(schema, indent=2) + "\n"


FREE = {
    "affinity", "nodeSelector", "resources", "issuerRef", "podAnnotations", "matchLabels",
}  # fmt: skip
CHOICES = {
    "failurePolicy": ["Ignore", "Fail"],
    "pullPolicy": ["Always", "IfNotPresent", "Never"],
    "mode": ["self", "certManager", "secret"],
}


def _of_values(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {key: _of(key, value) for key, value in values.items()},
    }


def _of(key: str, value: Any) -> dict[str, Any]:
    if key in CHOICES:
        return {"enum": CHOICES[key]}
    if isinstance(value, dict):
        return {"type": "object"} if key in FREE else _of_values(value)
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "integer", "minimum": 1}
    return {"type": "array" if isinstance(value, list) else "string"}


if __name__ == "__main__":
    (CHART / "values.yaml").write_text(values_text())
    (CHART / "values.schema.json").write_text(schema_text())
