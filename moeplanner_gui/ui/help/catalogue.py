"""The catalogue in a dialog: which one is in use, how old it is, a newer one, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.catalog.bundle import SUFFIX
from moeplanner_gui.catalog.freshness import ages
from moeplanner_gui.catalog.installed import in_force
from moeplanner_gui.catalog.update import can_undo
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.dialog import MARGINS, Dialog, button_row, resize_within_screen
from moeplanner_gui.ui.fonts import font_heading, font_small
from moeplanner_gui.ui.help.age_table import AgeTable
from moeplanner_gui.ui.help.catalogue_worker import CatalogueWorker
from moeplanner_gui.ui.help.change_words import preview_text
from moeplanner_gui.ui.hint import Hint
from moeplanner_gui.ui.motion import show_busy
from moeplanner_gui.ui.settings import SettingsStore
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog

_GUARANTEE = say(
    "Every row was checked. The checksums show that the file is whole, not who made it: there is no"
    " signature. Compare the SHA-256 with the one that its publisher names."
)
_MATCHES = say("Every row was checked, and the SHA-256 is the one that you entered.")


class CatalogueDialog(Dialog):
    """Shows the catalogue and changes which one is in use."""

    def __init__(
        self,
        catalog: Catalog,
        use: Callable[[Catalog], object],
        store: SettingsStore,
        themes: ThemeProvider,
        parent: QWidget,
        worker: CatalogueWorker | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("catalogue")
        self.setWindowTitle(say("Catalogue"))
        self.setAccessibleName(say("Catalogue"))
        self._catalog, self._use, self._store, self._today = catalog, use, store, today
        self._preview: Any = None
        self.worker = worker if worker is not None else CatalogueWorker(self)
        self.worker.progressed.connect(self._on_progressed)
        self.worker.shown.connect(self._on_shown)
        self.worker.installed.connect(self._on_installed)
        self.worker.failed.connect(self._on_failed)
        self._make(themes)
        self._place()
        self._show_state()
        resize_within_screen(self, 720, 640)
        self.from_file.setFocus()

    # Building ------------------------------------------------------------------------------

    def _make(self, themes: ThemeProvider) -> None:
        self.heading = QLabel()
        self.heading.setFont(font_heading())
        self.heading.setWordWrap(True)
        self.table = AgeTable(themes)
        self.from_file = self._button(
            say("From a &file…"), say("Read a catalogue bundle that you have"), self._choose_file
        )
        self.address = QLineEdit(self._store.settings.catalogue_address)
        self.address.setObjectName("catalogue_address")
        self.address.setPlaceholderText(f"https://example.org/catalogue{SUFFIX}")
        self.address.setMaxLength(2000)
        self.address.setAccessibleName(say("Address of a bundle"))
        self.address.setAccessibleDescription(say("https only; there is no built-in address"))
        self.address.setToolTip(say("https only; there is no built-in address"))
        self.address.textChanged.connect(self._show_buttons)
        self.address.returnPressed.connect(self._fetch)
        self.fetch = self._button(
            say("From the a&ddress"),
            say("Go online and fetch the bundle at this address"),
            self._fetch,
        )
        self.checksum = QLineEdit()
        self.checksum.setObjectName("catalogue_sha256")
        self.checksum.setMaxLength(200)
        self.checksum.setPlaceholderText(say("if its publisher names one"))
        self.checksum.setAccessibleName("SHA-256")
        self.checksum.setToolTip(
            say("The checksum that the publisher names: a bundle with another one is refused")
        )
        self.progress = QProgressBar()
        self.progress.setAccessibleName(say("Progress"))
        self.progress.hide()
        self.cancel = self._button(say("Cancel"), say("Stop it"), self._cancel)
        self.cancel.hide()
        self.hint = Hint(themes, "")
        self.changes = QPlainTextEdit()
        self.changes.setObjectName("catalogue_changes")
        self.changes.setReadOnly(True)
        self.changes.setTabChangesFocus(True)
        self.changes.setAccessibleName(say("What would change"))
        self.changes.hide()
        self.use_it = self._button(
            say("&Use it"), say("Put this catalogue into use as a whole"), self._install
        )
        self.use_it.setProperty("primary", True)
        self.use_it.hide()
        self.undo = self._button(
            say("U&ndo the update"), say("Back to the catalogue before"), self._undo
        )
        self.reset = self._button(
            say("Back to the &shipped one"),
            say("Use the catalogue that came with the program"),
            self._reset,
        )
        self.close_button = self._button(say("Close"), say("Close"), self.accept)

    def _place(self) -> None:
        words = QLabel(
            say(
                "Each row has a source and a date. The age is that of the newest row of its kind:"
                " when somebody last looked. Your own rows and prices are kept apart."
            )
        )
        words.setWordWrap(True)
        words.setProperty("tone", "2")
        words.setFont(font_small())
        form = QGridLayout()
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(6)
        form.setColumnStretch(1, 1)
        for row, (text, field) in enumerate(
            ((say("&Address"), self.address), ("SHA-&256", self.checksum))
        ):
            label = QLabel(text)
            label.setBuddy(field)
            form.addWidget(label, row, 0)
            form.addWidget(field, row, 1)
        form.addWidget(self.fetch, 0, 2)
        form.addWidget(self.from_file, 1, 2)
        busy = button_row((self.progress, self.cancel))
        busy.setStretch(busy.indexOf(self.progress), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(words)
        column.addWidget(self.table, 1)
        column.addLayout(form)
        column.addLayout(busy)
        column.addWidget(self.changes, 2)
        column.addWidget(self.hint)
        column.addLayout(button_row((self.use_it, self.close_button), (self.undo, self.reset)))

    def _button(self, words: str, tip: str, run: Callable[[], object]) -> QPushButton:
        button = QPushButton(words)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: run())
        return button

    # What is asked for ---------------------------------------------------------------------

    def read(self, file: Path) -> None:
        """Look at the bundle in a file."""
        self._forget()
        self.worker.open_file(file, self.checksum.text())
        self._begin(say("Reading {0}…", file.name))

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self,
            say("Catalogue bundle"),
            "",
            say("Catalogue bundles (*{0});;All files (*)", SUFFIX),
        )
        if name:
            self.read(Path(name))

    def _fetch(self) -> None:
        if not self.fetch.isEnabled():
            return
        self._store.settings.catalogue_address = self.address.text().strip()
        self._store.save()
        self._forget()
        self.worker.fetch(self.address.text().strip(), self.checksum.text())
        self._begin(say("Fetching…"))

    def _install(self) -> None:
        if self._preview is not None:
            self.worker.install(self._preview)
            self._begin(say("Installing…"))

    def _undo(self) -> None:
        self._forget()
        self.worker.undo()
        self._begin(say("Going back…"))

    def _reset(self) -> None:
        self._forget()
        self.worker.reset()
        self._begin(say("Going back…"))

    def _cancel(self) -> None:
        self.worker.cancel()
        self._end()
        self.hint.set_hint(say("Stopped. Nothing was changed."))

    # What came of it -----------------------------------------------------------------------

    def _on_progressed(self, done: int, of: int | None) -> None:
        self.progress.setRange(0, of or 0)
        self.progress.setValue(done if of else 0)
        self.progress.setFormat(
            say("{0:,.1f} of {1:,.1f} MB", done / 1e6, of / 1e6)
            if of
            else say("{0:,.1f} MB", done / 1e6)
        )

    def _on_shown(self, shown: Any) -> None:
        self._end()
        self._preview = shown
        self.changes.setPlainText(preview_text(shown))
        self.changes.show()
        self.table.hide()
        self.use_it.show()
        self.hint.set_hint(_MATCHES if self.checksum.text().strip() else _GUARANTEE)
        self._show_buttons()
        self.changes.setFocus()

    def _on_installed(self, catalog: Catalog) -> None:
        self._end()
        self._forget()
        self._catalog = catalog
        self._use(catalog)
        self._show_state()
        self.hint.set_hint(say("It is in use. Nothing of your own was changed."))
        self.close_button.setFocus()

    def _on_failed(self, sentence: str) -> None:
        self._end()
        self.hint.show_error(sentence)

    def _begin(self, words: str) -> None:
        self.hint.show_error("")
        self.hint.set_hint("")
        show_busy(self.progress)
        self.progress.setFormat(words)
        self.progress.show()
        self.cancel.show()
        self._show_buttons()
        self.cancel.setFocus()

    def _end(self) -> None:
        had_focus = self.cancel.hasFocus()
        self.progress.hide()
        self.cancel.hide()
        self._show_buttons()
        if had_focus:
            self.from_file.setFocus()

    def _forget(self) -> None:
        self._preview = None
        self.changes.hide()
        self.table.show()
        self.use_it.hide()
        self.hint.show_error("")
        self.hint.set_hint("")

    def _show_state(self) -> None:
        counts = in_force()
        if counts.update:
            words = say("Catalogue of {0}: update {1}", self._catalog.date, counts.version)
        else:
            words = say("Catalogue of {0}, as it came with the program", self._catalog.date)
        self.heading.setText(words)
        self.table.show_ages(ages(self._catalog.shipped, self._today()))
        if counts.problem:
            self.hint.show_error(counts.problem)
        self._show_buttons()

    def _show_buttons(self, _text: str = "") -> None:
        idle = not self.worker.is_busy
        self.from_file.setEnabled(idle)
        self.fetch.setEnabled(idle and bool(self.address.text().strip()))
        self.use_it.setEnabled(idle and self._preview is not None)
        self.undo.setEnabled(idle and can_undo())
        counts = in_force() if idle else None
        self.reset.setEnabled(counts is not None and bool(counts.update or counts.problem))

    def keyPressEvent(self, event: Any) -> None:
        if event.key() == Qt.Key.Key_Escape and self.worker.is_busy:
            self._cancel()
            return
        super().keyPressEvent(event)

    def done(self, result: int) -> None:
        self.worker.cancel()
        super().done(result)
