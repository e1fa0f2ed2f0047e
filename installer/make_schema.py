"""Writes ``resources/moeplan.schema.json``, the JSON Schema of the plan file.

It is made from the types that read a plan file, so that an editor that knows JSON Schema checks
and completes a plan while it is written by hand. A test compares the file with what this writes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from installer.plan_words import PLAN_WORDS, UNITS, UNITS_OF  # noqa: E402
from moeplanner_gui.core.plan import FORMAT  # noqa: E402
from moeplanner_gui.export.plan_file import WrittenPlan  # noqa: E402

SCHEMA = ROOT / "resources" / "moeplan.schema.json"
_AMOUNT = r"^[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?$"
_VERSION = r"^[0-9]{1,6}(\.[0-9]{1,6}){1,3}[a-z0-9.+-]{0,20}$"
_TARIFFS = ("ApiTariff", "ApiTier", "ExchangeRate", "PowerTariff", "RentalRange")


def plan_schema() -> dict[str, Any]:
    """The schema as JSON data."""
    made = WrittenPlan.model_json_schema()
    made["properties"] = {
        "format": made["properties"].pop("format"),
        "program": {"pattern": _VERSION, "type": "string"},
        **made["properties"],
    }
    for name, definition in made["$defs"].items():
        _describe(name, definition)
        if name in _TARIFFS:
            _bound_amounts(definition)
    _describe("Plan", made)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "MoE Planner plan",
        "description": f"A plan file of MoE Planner (.moeplan), form {FORMAT}. Bytes are whole"
        " numbers; GB is 10^9 and GiB 2^30 bytes, and each name says which.",
        "$comment": "What no schema can say, the program says: a key given twice, 1.0 for a whole"
        " number, NaN, more than 4 MiB or 32 brackets deep, an id given twice, a custom card that"
        " reserves more than it has, a pattern that names a block the model does not have.",
    }
    made.pop("title", None)
    made.pop("description", None)
    return {**head, **made}


def schema_text() -> str:
    """The text of the file."""
    return json.dumps(plan_schema(), indent=1, ensure_ascii=False) + "\n"


def _describe(name: str, definition: dict[str, Any]) -> None:
    words = PLAN_WORDS.get(name, {})
    if "description" in definition:
        definition["description"] = " ".join(definition["description"].replace("``", "`").split())
    for field, rules in definition.get("properties", {}).items():
        rules["title"] = field.replace("_", " ")
        if field in words:
            rules["description"] = words[field]
            continue
        unit = UNITS_OF.get((name, field)) or _unit(field)
        if unit:
            rules["description"] = f"In {unit}." if " " not in unit else f"{_capital(unit)}."


def _unit(field: str) -> str:
    fitting = [unit for ending, unit in UNITS if field.endswith(ending)]
    return fitting[-1] if fitting else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _bound_amounts(definition: dict[str, Any]) -> None:
    """An amount of money is a number, or the text that it was printed as."""
    for rules in definition["properties"].values():
        forms = rules.get("anyOf", [])
        if any(form.get("type") == "number" for form in forms):
            for form in forms:
                if form.get("type") == "string":
                    form["pattern"] = _AMOUNT


def main() -> None:
    """Write the file and say whether it changed."""
    text = schema_text()
    changed = not SCHEMA.exists() or SCHEMA.read_text("utf-8") != text
    SCHEMA.write_text(text, encoding="utf-8", newline="\n")
    print(f"{SCHEMA.name} {'was written' if changed else 'is up to date'}.")


if __name__ == "__main__":
    main()
