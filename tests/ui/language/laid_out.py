"""Prints, as JSON, how the window stands in one language: a process of its own, as words are
looked up once. ``python -m tests.ui.language.laid_out de``.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any


def _texts() -> dict[str, Any]:
    from moeplanner_gui.core.verdict_words import FITS, after, in_memory_only
    from moeplanner_gui.core.words import say
    from moeplanner_gui.export.plan_file import PlanFileError, plan_from_json
    from moeplanner_gui.ui.export.words import merge_alike

    names = [say("Node {0}", number) for number in range(1, 10)]
    found = [("", f"1 GiB · {name}") for name in names]
    refused = []
    for part in ('"context_tokens": 0', '"context_tokens": "8"', '"kontext": 1'):
        try:
            plan_from_json('{"model": "a", "workload": {' + part + "}}")
        except PlanFileError as error:
            refused.append(error.sentence)
    return {
        "merged": len(merge_alike(found)),
        "verdict": after(FITS, say("The rig is empty.")),
        "unchecked": in_memory_only(after(FITS, say("The rig is empty."))),
        "refused": refused,
    }


def _window(folder: Path) -> dict[str, Any]:
    from PySide6.QtGui import QKeySequence
    from PySide6.QtTest import QTest

    from moeplanner_gui.ui.app import build_window, create_application
    from moeplanner_gui.ui.finder.fields import Field
    from moeplanner_gui.ui.help.guide_files import as_shown
    from moeplanner_gui.ui.settings import SettingsStore
    from moeplanner_gui.ui.speed.waterfall import MS

    create_application()
    window: Any = build_window(store=SettingsStore(folder))
    window.files.ask_unsaved = lambda: "discard"
    window.resize(1280, 720)
    window.show()
    window.start(sample=True)
    window.tabs.make_all()
    window.tabs.show_tab("speed")
    view = window.tabs.view("speed")
    window.document.flush()
    view.finish()
    QTest.qWait(100)
    chips = [chip.y() for chip in view._charts._chips.values()]
    model = view.steps.model
    milliseconds = [model.text(step, MS) for step in model.steps]
    sideways = view.steps.table.horizontalScrollBar().maximum()
    broken = _broken_headings(window)
    window.actions_registry.get("rig.find").trigger()
    QTest.qWait(300)
    shown = [one for one in window.finder.page.bar.findChildren(Field) if one.isVisible()]
    window.finder.page.end()
    return {
        "broken": broken,
        "milliseconds": milliseconds,
        "guide": as_shown("Ctrl+Shift+E, Shift+F1"),
        "keys": QKeySequence("Ctrl+Shift+E").toString(QKeySequence.SequenceFormat.NativeText),
        "speed_sideways": sideways,
        "chip_lines": len(set(chips)),
        "wish_lines": len({field.y() for field in shown}),
    }


def _broken_headings(window: Any) -> list[str]:
    """Headings of the printed plan with a word that is wider than its column."""
    from moeplanner_gui.ui.export.pdf import pdf_bytes
    from moeplanner_gui.ui.export.sheet import Sheet

    table, broken = Sheet.table, []

    def check(sheet: Sheet, columns: Any, *args: Any, **named: Any) -> Any:
        wide = sheet.metrics(sheet.small).horizontalAdvance
        for column in columns:
            if column.width and any(wide(word) > column.width for word in column.title.split()):
                broken.append(column.title)
        return table(sheet, columns, *args, **named)

    Sheet.table = check  # type: ignore[method-assign]
    document = window.document
    pdf_bytes(document.plan, document.assessment, document.catalog)
    return broken


def main(language: str) -> None:
    os.environ["MOEPLANNER_LANGUAGE"] = language
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MOEPLANNER_CONFIG_DIR"] = folder
        from moeplanner_gui.app import load_core

        load_core()
        print(json.dumps({**_texts(), **_window(Path(folder))}))
    sys.stdout.flush()
    # Threads of the window need no farewell here.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
