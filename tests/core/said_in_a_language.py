"""Prints, as JSON, what is worked out of plans in one language.

A process of its own: texts are looked up once, when modules are loaded.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from moeplanner_gui.language import MIRRORED, PSEUDO, start_speaking

FOLDERS = ("tests/data/plan_files/history", "resources/samples")
LOGGED = "resources/samples/qwen3-30b-one-24gb.moeplan"
ASKED = ("verdict", "cost.hardware_usd", "devices.0.usable_bytes", "devices.0.overhead_bytes")


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, str | int | float) or value is None:
        return value
    return type(value).__name__


def _everything_of(path: Path, catalog: Any) -> dict[str, Any]:
    from moeplanner_gui.core.assess import evaluate
    from moeplanner_gui.core.bill import bill
    from moeplanner_gui.core.compare import Compared, compare
    from moeplanner_gui.core.explain import explain
    from moeplanner_gui.core.launch.launching import launch
    from moeplanner_gui.core.ports import UnknownEntryError
    from moeplanner_gui.export.bill_csv import bill_table
    from moeplanner_gui.export.figures_csv import figure_table
    from moeplanner_gui.export.plan_file import plan_to_json, read_plan_and_entries

    plan, entries = read_plan_and_entries(path)
    catalog = catalog.with_entries(entries)
    try:
        assessment = evaluate(plan, catalog)
    except UnknownEntryError:
        return {"plan_file": plan_to_json(plan, entries)}
    asked: dict[str, Callable[[], Any]] = {
        "plan_file": lambda: plan_to_json(plan, entries),
        "assessment": assessment.to_json,
        "devices": lambda: assessment.devices,
        "launch": lambda: launch(plan, assessment, catalog),
        "bill": lambda: bill(plan, catalog),
        "bill_csv": lambda: list(bill_table(plan, catalog)),
        "figures_csv": lambda: list(figure_table(plan, assessment, catalog)),
        "compared": lambda: compare([Compared(plan, assessment, catalog)] * 2),
        "explained": lambda: [explain(plan, assessment, catalog, one) for one in ASKED],
    }
    return {name: _plain(of()) for name, of in asked.items()}


def _claims_of(catalog: Any) -> dict[str, Any]:
    """What comes out for every claim that is shipped."""
    from moeplanner_gui.core.claims.judge import judge_all

    claims = list(catalog.claims.claims.values())
    return {one.id: _plain(one) for one in judge_all(claims, catalog)}


def _search_of() -> dict[str, Any]:
    """What is found for wishes that a small rig meets, and what is said where none does."""
    from moeplanner_gui.core.search.search import search
    from moeplanner_gui.core.search.terms import Wishes
    from tests.core.search.small import small

    met = Wishes(
        models=("qwen3-30b-a3b",),
        weights=("q4_k_m",),
        engines=("llama.cpp",),
        max_cards=1,
    )
    few = small(("rtx3090", "r9700"), ("am5-6400",))
    unmet = dataclasses.replace(met, budget_usd=300.0)
    return {
        name: _plain(search(wishes, few, beyond=False))
        for name, wishes in (("met", met), ("unmet", unmet))
    }


def _logs_of(root: Path, catalog: Any) -> dict[str, Any]:
    """What is read in the logs of engines, and how it compares with a plan."""
    from moeplanner_gui.core.assess import evaluate
    from moeplanner_gui.core.launch.log_compare import compare_log
    from moeplanner_gui.core.launch.logs import read_log
    from moeplanner_gui.export.plan_file import read_plan_and_entries

    plan, entries = read_plan_and_entries(root / LOGGED)
    catalog = catalog.with_entries(entries)
    assessment = evaluate(plan, catalog)
    found = {}
    for file in sorted((root / "tests/data/engine_logs").glob("*/*.log")):
        text = file.read_text("utf-8", errors="replace")
        readings = read_log(text)
        found[f"{file.parent.name} {file.stem}"] = {
            "readings": _plain(readings),
            "compared": _plain(
                compare_log(
                    read_log(text, expected=plan.deployment.engine), plan, assessment, catalog
                )
            ),
        }
    return found


def _imports_of(root: Path, catalog: Any) -> dict[str, Any]:
    """Models as they are read from published configurations."""
    from moeplanner_gui.catalog.importers import ImportFailure, import_path

    found: dict[str, Any] = {}
    for file in sorted((root / "tests/data/configs").glob("*.json")):
        try:
            found[file.stem] = _plain(import_path(file, catalog))
        except ImportFailure as failure:
            found[file.stem] = {"message": str(failure)}
    return found


def main(code: str) -> None:
    """Print it."""
    for language in (PSEUDO, MIRRORED):
        if language.code == code:
            start_speaking(language)
    from moeplanner_gui.catalog.load import load_catalog

    catalog = load_catalog()
    root = Path(__file__).parents[2]
    files = [file for folder in FOLDERS for file in sorted((root / folder).glob("*.moeplan"))]
    told = {file.name: _everything_of(file, catalog) for file in files}
    told["claims"] = _claims_of(catalog)
    told["search"] = _search_of()
    told["logs"] = _logs_of(root, catalog)
    told["imports"] = _imports_of(root, catalog)
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
