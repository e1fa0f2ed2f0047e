"""What import-linter cannot see: an import at the top of a module against one inside a function."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "moeplanner_gui"
CORE_MAY_IMPORT = {"moeplanner_gui", "pydantic", "pydantic_core"}


def imported_anywhere(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", sorted((PACKAGE / "core").rglob("*.py")), ids=lambda p: p.stem)
def test_that_core_imports_the_standard_library_and_pydantic_only(path: Path) -> None:
    foreign = imported_anywhere(path) - CORE_MAY_IMPORT - set(sys.stdlib_module_names)
    assert foreign <= {"numpy"}


@pytest.mark.parametrize(
    "module",
    [
        "moeplanner_gui.core.assess",
        "moeplanner_gui.core.explain",
        "moeplanner_gui.core.remedies",
        "moeplanner_gui.catalog.load",
        "moeplanner_gui.export.plan_file",
        "moeplanner_gui.export.csv",
    ],
)
def test_that_the_pure_layers_start_without_qt_and_numpy(module: str) -> None:
    code = (
        f"import sys, {module};"
        "heavy = {'PySide6', 'shiboken6', 'pyqtgraph', 'numpy', 'ssl', 'pynvml'};"
        "heavy |= {'genai_prices', 'httpx2'};"
        "print(sorted(heavy & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


def test_that_the_window_imports_what_knows_no_qt_before_qt() -> None:
    code = (
        "import sys; from moeplanner_gui.app import load_core; load_core();"
        "assert not any(name.startswith('PySide6') for name in sys.modules);"
        "before = set(sys.modules); import moeplanner_gui.ui.main_window;"
        "print(sorted(n for n in set(sys.modules) - before if n.startswith('pydantic')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


def test_that_the_version_is_written_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "version" not in project["project"]
    assert project["tool"]["hatch"]["version"]["path"] == "moeplanner_gui/__init__.py"


def test_that_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
    }
    assert {name: length for name, length in lengths.items() if length > 450} == {}


def test_that_dataclasses_are_those_that_compile_late() -> None:
    """``core.records``: the standard ones took a seventh of the window's start."""
    bottom = ("safe_write.py", "safe_read.py", "core/records.py")
    found = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(r"^from dataclasses import .*\bdataclass\b", path.read_text("utf-8"), re.M)
    ]
    assert [name for name in found if name not in bottom] == []
