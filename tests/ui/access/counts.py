"""How much of the window a screen reader is told: ``python -m tests.ui.access.counts``.

Opens the window on its sample and walks every tab, the pages over it and every dialog of
``DIALOGS``, as the tests do, and prints what was met.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def main() -> int:
    """Walk, print a line for each part and the sum; 1 when something has a fault."""
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QWidget

    from moeplanner_gui.ui.app import build_window, create_application
    from moeplanner_gui.ui.settings import SettingsStore
    from tests.ui.access.test_screen_reader import DIALOGS, TABS, tops
    from tests.ui.access.walker import Count, faults, walk

    create_application()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MOEPLANNER_CONFIG_DIR"] = folder
        window = build_window(store=SettingsStore(Path(folder)))
        window.files.ask_unsaved = lambda: "discard"
        window.show()
        window.start(sample=True)
        window.tabs.make_all()
        total, wrong = Count(), []

        def count(name: str, root: QWidget) -> None:
            part = Count()
            for heard in walk(root):
                part.add(heard)
                total.add(heard)
                wrong.extend(faults(heard))
            print(f"{name:22}{part.interfaces:7,}{part.focusable:7,}{part.named:7,}")

        print(f"{'':22}{'walked':>7}{'focus':>7}{'named':>7}")
        for tab in TABS:
            window.tabs.show_tab(tab)
            QTest.qWait(1500)
            count(tab, window)
        slot = window.panes[1].findChild(QWidget, "slot-0-0")
        slot.setFocus()
        slot.click()
        for name in DIALOGS:
            window.actions_registry.get(name).trigger()
            QTest.qWait(800)
            for dialog in tops(window):
                count(name, dialog)
                dialog.close()
        window.actions_registry.get("rig.find").trigger()
        QTest.qWait(4000)
        count("rig.find", window)
        window.finder.leave()
        window.actions_registry.get("file.duplicate").trigger()
        window.actions_registry.get("view.compare").trigger()
        QTest.qWait(1500)
        count("view.compare", window)
        print(f"{'all':22}{total.interfaces:7,}{total.focusable:7,}{total.named:7,}")
        for role, number in (total.roles or {}).most_common():
            print(f"    {role:20}{number:7,}")
        print(f"{len(set(wrong))} faults", *sorted(set(wrong)), sep="\n")
        window.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
