"""A walk through the whole window in a made-up language: run as a process of its own.

``python -m tests.ui.language.tour pseudo FILE`` writes what is said in no language but English.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TABS = ("memory", "context", "speed", "cost", "checks", "reality")
DIALOGS = (
    "rig.detect",
    "file.launch",
    "file.read_log",
    "rig.bill",
    "own.host",
    "own.model",
    "file.import",
    "engine.options",
    "rig.card_memory",
    "rig.node_links",
    "rig.node_parts",
    "parts.custom",
    "cost.my_prices",
    "file.export_chart",
    "edit.palette",
    "model.choose",
    "help.shortcuts",
    "help.about",
)


class Tour:
    """Opens everything once."""

    def __init__(self, folder: Path) -> None:
        from moeplanner_gui.ui.app import build_window, create_application
        from moeplanner_gui.ui.settings import SettingsStore
        from tests.ui.language.shown import PaintedTexts

        self.application = create_application()
        self.painted = PaintedTexts()
        self.painted.__enter__()
        store = SettingsStore(folder)
        store.settings.theme = "light"
        self.window: Any = build_window(store=store)
        self.window.files.ask_unsaved = lambda: "discard"
        self.window.resize(1440, 900)
        self.window.show()
        self.window.start(sample=True)
        self.window.tabs.make_all()
        self.texts: dict[str, str] = {}
        self.cut: dict[str, str] = {}
        self.unread: dict[str, str] = {}
        self.missing: list[str] = []

    def wait(self, seconds: float = 0.15) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.application.processEvents()
            time.sleep(0.005)

    def wait_for(self, condition: Any, seconds: float = 8.0) -> bool:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            self.wait(0.02)
        return True

    def look(self, root: Any, where: str) -> None:
        """Note every text under a widget and what is painted of it."""
        from tests.ui.language.shown import cut_texts, texts_of, wrong_numbers

        self.wait(0.1)
        root.grab()
        for text, place in cut_texts(root):
            self.cut.setdefault(text, f"{where}: {place}")
        for text, place in wrong_numbers(root):
            self.unread.setdefault(text, f"{where}: {place}")
        for text, place in texts_of(root):
            if text.strip():
                self.texts.setdefault(text, f"{where}: {place}")
        for text in self.painted.found:
            self.texts.setdefault(text, f"{where}: painted")

    def tops(self) -> list[Any]:
        return [
            top
            for top in self.application.topLevelWidgets()
            if top.isVisible() and top is not self.window
        ]

    def walk(self) -> None:
        window = self.window
        self.wait(0.5)
        for tab in TABS:
            window.tabs.show_tab(tab)
            self.wait(0.3)
            view = window.tabs.view(tab)
            from PySide6.QtWidgets import QWidget

            for chart in view.findChildren(QWidget):
                load = getattr(chart, "load_plot", None)
                if load is not None and chart.isVisible():
                    load()
            self.look(window, tab)
        for name in DIALOGS:
            self.open_dialog(name)
        self.open_pages()
        self.print_it()

    def open_pages(self) -> None:
        """What lies over the plan: a formula, the finder, the comparison, messages."""
        window = self.window
        for path in ("verdict", "devices.0.free_bytes", "speed.decode_tokens_per_s"):
            window.show_explanation(path)
            self.look(window.explain, "explanation")
        registry = window.actions_registry
        registry.get("rig.find").trigger()
        self.wait_for(lambda: window.finder.is_open)
        self.wait(2.0)
        self.look(window, "finder")
        window.finder.leave()
        registry.get("file.duplicate").trigger()
        registry.get("view.compare").trigger()
        self.wait_for(lambda: window.compare.is_shown)
        self.wait(0.5)
        self.look(window, "comparison")
        registry.get("view.compare").trigger()
        for theme in ("edit.undo", "edit.redo"):
            registry.get(theme).trigger()
        self.look(window, "after undo")

    def print_it(self) -> None:
        """What the PDF says, text by text."""
        from moeplanner_gui.ui.export.pdf import pdf_bytes
        from moeplanner_gui.ui.export.sheet import Sheet

        lay, texts = Sheet.lay_text, self.texts

        def hear(sheet: Sheet, text: str, *args: Any, **named: Any) -> Any:
            texts.setdefault(text, "PDF")
            return lay(sheet, text, *args, **named)

        Sheet.lay_text = hear  # type: ignore[method-assign]
        try:
            document = self.window.document
            pdf_bytes(document.plan, document.assessment, document.catalog)
        finally:
            Sheet.lay_text = lay  # type: ignore[method-assign]

    def open_dialog(self, name: str) -> None:
        from PySide6.QtWidgets import QWidget

        window = self.window
        slot = window.panes[1].findChild(QWidget, "slot-0-0")
        if slot is not None:
            slot.setFocus()
            slot.click()
        if name not in window.actions_registry:
            self.missing.append(name)
            return
        window.actions_registry.get(name).trigger()
        if not self.wait_for(lambda: bool(self.tops()), 4):
            self.missing.append(name)
            return
        self.wait(0.4)
        for top in self.tops():
            self.look(top, name)
        for top in self.tops():
            top.close()
        self.wait(0.05)

    def unsaid(self) -> dict[str, list[str]]:
        """The texts with words of English that are no data, where they stand and the words."""
        from moeplanner_gui.ui.card_facts import host_title
        from moeplanner_gui.ui.part_facts import short_name
        from tests.ui.language.data_words import DataWords

        document = self.window.document
        rows: list[Any] = [document.plan]
        base = document.rows.base
        for there in (document.catalog, base, base.claims, base.speed, base.tariffs):
            for name in dir(there):
                if not name.startswith("_") and not callable(getattr(there, name, None)):
                    rows.append(getattr(there, name))
        hosts = {host.name: host_title(host) for host in document.catalog.hosts.values()}
        codes = [finding.code for finding in document.assessment.findings]
        words = DataWords([*rows, {"code": codes}], short_name, lambda name: hosts.get(name, ""))
        found = {}
        for text, place in self.texts.items():
            left = words.foreign(text)
            if left:
                found[text] = [place, " ".join(left)]
        return found


def main(language: str, file: str) -> int:
    os.environ["MOEPLANNER_LANGUAGE"] = language
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="moeplanner-tour-") as folder:
        os.environ["MOEPLANNER_CONFIG_DIR"] = folder
        from moeplanner_gui.app import load_core

        load_core()
        tour = Tour(Path(folder))
        tour.walk()
        found = tour.unsaid()
        report = {
            "count": len(tour.texts),
            "unsaid": found,
            "cut": tour.cut,
            "unread": tour.unread,
            "missing": tour.missing,
        }
        Path(file).write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
        print({k: v if isinstance(v, int) else len(v) for k, v in report.items()})
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:3])
