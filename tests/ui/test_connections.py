"""What outlives a widget must not hold it: Qt forgets a method of a deleted widget, no lambda."""

import ast
from pathlib import Path

import moeplanner_gui.ui

UI = Path(moeplanner_gui.ui.__file__).parent
LONG_LIVED = {"theme_changed", "plan_changed", "memory_unit_changed", "sessions_changed"}


def test_that_no_lambda_is_called_by_what_outlives_its_widget() -> None:
    held = [
        f"{path.relative_to(UI)}:{node.lineno}"
        for path in UI.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "connect"
        and isinstance(node.func.value, ast.Attribute)
        and node.func.value.attr in LONG_LIVED
        and any(isinstance(one, ast.Lambda) for one in node.args)
    ]
    assert held == []
