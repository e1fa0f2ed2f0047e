"""The user's own price list: type prices, change them, import a CSV, fetch newer API prices.

What is kept stands over the shipped prices in every plan. Goes online only on a click.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

from PySide6.QtCore import QModelIndex, QObject, QRunnable, Qt, QThreadPool, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.catalog.price_age import price_age
from moeplanner_gui.catalog.price_columns import cells_of, unit_of
from moeplanner_gui.catalog.price_csv import (
    PriceListError,
    price_list_text,
    read_price_file,
    write_price_file,
)
from moeplanner_gui.catalog.user import TYPED_IN
from moeplanner_gui.catalog.user_price_kinds import SORTS as KINDS
from moeplanner_gui.catalog.user_price_kinds import PriceOfMine, sort_of
from moeplanner_gui.catalog.user_prices import UserPriceError, UserPrices
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.cost.chart_panel import CellsModel
from moeplanner_gui.ui.cost.numbers import shown
from moeplanner_gui.ui.cost.price_form import SORTS, PriceForm
from moeplanner_gui.ui.dialog import GAP, MARGINS, Dialog, button_row
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_base, font_heading
from moeplanner_gui.ui.save_dialog import ask_where_to_save
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import CELL_PADDING, FlatHeader, HairlineTable, TextDelegate

HEAD = (say("What"), say("Price"), say("Date"), say("Source"))
_WORDS = {sort: words.partition(" (")[0] for words, sort in SORTS}
MOST_TOLD = 200
Refresh = Callable[[Path, date, PlanDocument], str]


def refresh_prices(folder: Path, today: date, document: PlanDocument) -> str:
    """Fetch newer API prices and say what changed. Blocks: runs beside the window.

    Raises:
        PriceRefreshError: Nothing came; nothing was changed.
    """
    from moeplanner_gui.catalog.price_refresh import refresh_api_prices

    catalog = document.rows.base
    found = refresh_api_prices(folder, today, catalog.tariffs.apis, catalog.models)
    lines = [
        say(
            "{0:,} API prices of {1}; {2:,} changed, {3:,} are new.",
            found.count,
            found.date,
            len(found.changed),
            len(found.new),
        )
    ]
    for row in found.changed[:MOST_TOLD]:
        lines.append(
            say(
                "{0}: in {1} → {2}, out {3} → {4}",
                row.name,
                row.before[0],
                row.after[0],
                row.before[1],
                row.after[1],
            )
        )
    return "\n".join(lines)


class _Signals(QObject):
    """Signals of a worker, which is no QObject itself.

    Signals:
        done(str, bool): What to tell, and whether anything was changed.
    """

    done = Signal(str, bool)


class _Refreshing(QRunnable):
    """Touches no widget and ends in ``done`` whatever happens."""

    def __init__(self, run: Callable[[], str], signals: _Signals) -> None:
        super().__init__()
        self._run, self._signals = run, signals

    def run(self) -> None:
        try:
            told, changed = self._run(), True
        except Exception as error:
            # Whatever goes wrong on the way ends in a sentence, never in silence.
            told, changed = str(error), False
        with suppress(RuntimeError):
            self._signals.done.emit(told, changed)


class PriceDialog(Dialog):
    """The list on the left, the form for one price on the right, what happened below."""

    def __init__(
        self,
        document: PlanDocument,
        themes: ThemeProvider,
        parent: QWidget | None = None,
        *,
        prices: UserPrices | None = None,
        today: Callable[[], date] = date.today,
        refresh: Refresh = refresh_prices,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("My prices"))
        self.setAccessibleName(say("My prices"))
        self.setModal(True)
        self._document, self._today, self._refresh = document, today, refresh
        self.prices = prices if prices is not None else UserPrices(today=today)
        self._rows: tuple[PriceOfMine, ...] = ()
        self._gone: PriceOfMine | None = None
        self._rejected = ""
        self._signals = _Signals()
        self._signals.done.connect(self._on_refreshed)
        self._known = known = self._known_parts()
        self._one_part = False
        self.model = CellsModel(self)
        self.table = HairlineTable()
        self.table.setObjectName("my_prices")
        self.table.setAccessibleName(say("My prices"))
        theme = themes.theme
        header = FlatHeader(theme, self.table)
        self.table.setHorizontalHeader(header)
        self.table.setModel(self.model)
        self.table.setItemDelegate(TextDelegate(theme, self.table))
        self.table.set_row_height(28)
        self.table.cell_opened.connect(self._on_opened)
        self.form = PriceForm(themes, known, today=today)
        self._said = QLabel()
        self._said.setWordWrap(True)
        self._said.setObjectName("prices_said")
        self._said.setAccessibleName(say("What happened"))
        self._said.setMinimumHeight(self.fontMetrics().height() * 2)
        self._list = QPlainTextEdit()
        self._list.setObjectName("prices_problems")
        self._list.setReadOnly(True)
        self._list.setAccessibleName(say("Rows that were not kept, and changed prices"))
        self._list.setMaximumHeight(self.fontMetrics().height() * 6)
        self._list.hide()
        self._lay_out()
        self.resize(min(1000, self.screen().availableGeometry().width() - 80), 620)
        self._show_rows()

    def _known_parts(self) -> set[str]:
        """What a price may be of."""
        catalog = self._document.rows.base
        priced = (row.part_id for row in catalog.prices)
        return {*catalog.gpus, *catalog.hosts, *catalog.parts, *priced}

    def ask_for(self, part_id: str, name: str) -> None:
        """Ask for the price of one part: the form is filled in but for the amount, and keeping it
        closes the dialog.
        """
        self._one_part = True
        # A switch or a server of no row has an id of the bill's.
        self._known.add(part_id)
        part = self._document.catalog.parts.get(part_id)
        unit = part.unit if part else ""
        question = say("What does {0} cost?", name)
        if unit == "gb":
            question = say("What does {0} cost for one GB?", name)
        elif unit == "tb":
            question = say("What does {0} cost for one TB?", name)
        self.form.show_row(self.prices.hardware.get(part_id))
        self.form.kind.setCurrentIndex([sort for _, sort in SORTS].index("hardware"))
        self.form.edits["id"].setText(part_id)
        # Another price is one of today.
        self.form.edits["date"].clear()
        if not self.form.edits["source"].text():
            self.form.edits["source"].setText(TYPED_IN)
        self.form.edits["price"].setFocus(Qt.FocusReason.OtherFocusReason)
        self.form.edits["price"].selectAll()
        self.say(f"{question} {say('USD without tax; date and source stay with it.')}")

    def _lay_out(self) -> None:
        self.keep = self._button(say("Keep"), "price_keep", self._on_keep)
        self.keep.setProperty("primary", True)
        self.keep.setDefault(True)
        self.clear = self._button(say("New"), "price_new", self._on_new)
        self.remove = self._button(say("Remove"), "price_remove", self._on_remove)
        self.put_back = self._button(say("Put back"), "price_put_back", self._on_put_back)
        self.put_back.setProperty("link", True)
        self.save_rejected = self._button(
            say("Save these rows…"), "price_rejected", self._on_rejected
        )
        self.save_rejected.setProperty("link", True)
        self.load = self._button(say("Import CSV…"), "price_import", self._on_import)
        self.store = self._button(say("Export CSV…"), "price_export", self._on_export)
        self.fetch = self._button(
            say("Fetch newer API prices"), "price_refresh", self.start_refresh
        )
        self.fetch.setToolTip(say("Goes online now: the price list of genai-prices"))
        close = self._button(say("Close"), "price_close", self.accept)
        heading = QLabel(say("A price of your own"))
        heading.setFont(font_heading())
        side = QVBoxLayout()
        side.addWidget(heading)
        side.addWidget(self.form)
        buttons = QHBoxLayout()
        buttons.addWidget(self.clear)
        buttons.addStretch(1)
        buttons.addWidget(self.remove)
        buttons.addWidget(self.keep)
        side.addLayout(buttons)
        side.addStretch(1)
        right = QWidget()
        right.setLayout(side)
        right.setFixedWidth(max(380, self.fontMetrics().averageCharWidth() * 48))
        frame = QFrame()
        frame.setFrameShape(QFrame.Shape.NoFrame)
        left = QVBoxLayout(frame)
        left.setContentsMargins(0, 0, 0, 0)
        left.addWidget(self.table)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addWidget(frame, 1)
        middle.addWidget(right)
        told = QHBoxLayout()
        told.addWidget(self._said, 1)
        told.addWidget(self.put_back)
        told.addWidget(self.save_rejected)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(GAP)
        column.addLayout(middle, 1)
        column.addLayout(told)
        column.addWidget(self._list)
        column.addLayout(button_row((close,), (self.load, self.store, self.fetch)))
        self.put_back.hide()
        self.save_rejected.hide()

    def _button(self, words: str, name: str, run: Callable[[], object]) -> QPushButton:
        button = QPushButton(words, self)
        button.setObjectName(name)
        button.setAccessibleName(words.replace("…", ""))
        button.setAutoDefault(False)
        button.clicked.connect(lambda: run())
        return button

    # Showing ---------------------------------------------------------------------------------

    def _show_rows(self) -> None:
        self._rows = self.prices.all_rows
        cells = []
        for row in self._rows:
            given = cells_of(row)
            age = price_age(row.date, self._today(), sort_of(row))
            dated = say("{0} ⚠ {1} days", row.date, age.days) if age.level == "warn" else row.date
            what = f"{_WORDS[sort_of(row)]}: {given.get('name') or given['id']}"
            price = shown(float(given["price"]))
            cells.append((what, f"{price} {unit_of(row)}", dated, row.source))
        self.model.show(HEAD, tuple(cells))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        metrics = QFontMetrics(font_base())
        for column, most in enumerate((320, 190, 170, 320)):
            texts = [HEAD[column], *(row[column] for row in cells)]
            wide = max(metrics.horizontalAdvance(text) for text in texts) + 2 * CELL_PADDING + 4
            header.resizeSection(column, min(max(wide, 80), most))
        self.store.setEnabled(bool(self._rows))
        self.remove.setEnabled(self.table.currentIndex().isValid())
        if not self._said.text():
            count = len(self._rows)
            none = say("No prices of your own yet. Type one, or import a CSV.")
            self.say(
                none if not count else say("{0:,} prices of your own. They come first.", count)
            )
        for problem in self.prices.problems:
            self.say(f"{Path(problem.file).name}: {problem.message}")

    def say(self, words: str, more: str = "") -> None:
        """Say what happened; ``more`` are lines that scroll."""
        self._said.setText(words)
        self._list.setPlainText(more)
        self._list.setVisible(bool(more))

    @property
    def said(self) -> str:
        """What was said last."""
        return "\n".join(part for part in (self._said.text(), self._list.toPlainText()) if part)

    def _changed(self) -> None:
        self._show_rows()
        self._document.reload_catalog()

    # What the user does ----------------------------------------------------------------------

    def _on_opened(self, index: QModelIndex) -> None:
        if index.isValid():
            self.form.show_row(self._rows[index.row()])
            self.remove.setEnabled(True)

    def _on_new(self) -> None:
        self.table.setCurrentIndex(QModelIndex())
        self.form.show_row(None)
        self.remove.setEnabled(False)
        self.form.edits["id"].setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_keep(self) -> None:
        row = self.form.row()
        if row is None:
            return
        try:
            self.prices.keep(row)
        except UserPriceError as error:
            self.say(str(error))
            return
        self._forget_undo()
        cells = cells_of(row)
        self.say(say("Kept: {0}, {1} {2}.", cells["id"], cells["price"], unit_of(row)))
        self._changed()
        if self._one_part:
            self.accept()

    def _on_remove(self) -> None:
        index = self.table.currentIndex()
        if not index.isValid():
            return
        row = self._rows[index.row()]
        sort = sort_of(row)
        row_id = str(getattr(row, KINDS[sort].id_field))
        try:
            self._gone = self.prices.forget(sort, row_id)
        except UserPriceError as error:
            self.say(str(error))
            return
        self.say(say("Removed: {0}.", row_id))
        self.put_back.show()
        self._changed()

    def _on_put_back(self) -> None:
        if self._gone is not None:
            gone = self._gone
            self._forget_undo()
            self.prices.keep(gone)
            self.say(say("It is back."))
            self._changed()

    def _forget_undo(self) -> None:
        self._gone = None
        self.put_back.hide()

    def _on_import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, say("Import prices"), "", say("Price lists (*.csv *.tsv *.txt);;All files (*)")
        )
        if name:
            self.import_file(Path(name))

    def import_file(self, path: Path) -> None:
        """Keep the sound rows of a CSV and name what is wrong with the others."""
        known = self._known_parts()
        self._forget_undo()
        try:
            found = read_price_file(path, self._today(), known)
            if found.rows:
                self.prices.keep(*found.rows)
        except (PriceListError, UserPriceError) as error:
            self.say(str(error))
            return
        self._rejected = found.rejected
        self.save_rejected.setVisible(bool(found.rejected))
        wrong = len(found.problems)
        kept = len(found.rows)
        words = say("{0:,} prices of {1} kept.", kept, path.name)
        if kept == 1:
            words = say("1 price of {0} kept.", path.name)
        if wrong == 1:
            words = f"{words} {say('1 row or column was not read:')}"
        elif wrong:
            words = f"{words} {say('{0:,} were not read:', wrong)}"
        self.say(words, "\n".join(str(problem) for problem in found.problems[:MOST_TOLD]))
        self._changed()

    def _on_rejected(self) -> None:
        self._save(say("Save the rows that were not kept"), "not-kept.csv", self._rejected)

    def _on_export(self) -> None:
        self._save(say("Export prices"), "my-prices.csv", price_list_text(self._rows))

    def _save(self, title: str, name: str, text: str) -> None:
        path, _ = ask_where_to_save(self, title, name, say("CSV (*.csv)"), ".csv")
        if path is None:
            return
        try:
            write_price_file(path, text)
        except PriceListError as error:
            self.say(str(error))
        else:
            self.say(say("Saved as {0}.", path.name))

    def start_refresh(self) -> None:
        """Fetch newer API prices beside the window."""
        self.fetch.setEnabled(False)
        self.say(say("Fetching newer API prices…"))
        folder, today = self.prices.folder, self._today()
        work = _Refreshing(lambda: self._refresh(folder, today, self._document), self._signals)
        QThreadPool.globalInstance().start(work)

    def _on_refreshed(self, told: str, changed: bool) -> None:
        self.fetch.setEnabled(True)
        first, _, more = told.partition("\n")
        self.say(first, more)
        if changed:
            self.prices.reload()
            self._changed()
