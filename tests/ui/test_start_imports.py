"""What the window loads before its first picture, in a process of its own."""

from __future__ import annotations

import subprocess
import sys


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return done.stdout.strip()


def test_that_no_plugins_of_pydantic_are_searched_for() -> None:
    said = _run(
        "import moeplanner_gui.ui, sys\n"
        "from pydantic import BaseModel\n"
        "class Row(BaseModel):\n    size: int\n"
        "print(Row(size='3').size, 'importlib.metadata' in sys.modules)"
    )
    assert said == "3 False"


def test_that_pydantic_gets_anything_else_from_its_own_module() -> None:
    said = _run(
        "import moeplanner_gui.ui\n"
        "from pydantic.plugin._loader import get_plugins, PYDANTIC_ENTRY_POINT_GROUP\n"
        "from pydantic.plugin._loader import get_plugins as own\n"
        "print(get_plugins(), PYDANTIC_ENTRY_POINT_GROUP, own is not get_plugins, own())"
    )
    assert said == "() pydantic True ()"


def test_that_the_first_picture_needs_no_charts_and_no_list_of_models() -> None:
    said = _run(
        "from moeplanner_gui.app import load_core\n"
        "load_core()\n"
        "import sys, moeplanner_gui.ui.app\n"
        "from moeplanner_gui.ui import window_views\n"
        "import moeplanner_gui.ui.model_picker.panel, moeplanner_gui.ui.memory.view\n"
        "late = ('numpy', 'pyqtgraph', 'moeplanner_gui.ui.model_picker.popup',"
        " 'moeplanner_gui.ui.charts.context_chart', 'moeplanner_gui.ui.charts.headroom')\n"
        "print([name for name in late if name in sys.modules])"
    )
    assert said == "[]"


def test_that_the_start_does_not_read_its_own_source() -> None:
    """A PySide that looks for its name in another way makes this fail: see unread_sources."""
    said = _run(
        "from moeplanner_gui.app import load_core, load_qt\n"
        "load_core()\n"
        "load_qt()\n"
        "import linecache, moeplanner_gui.ui.main_window\n"
        "print([name for name in linecache.cache if 'moeplanner_gui' in name])"
    )
    assert said == "[]"
