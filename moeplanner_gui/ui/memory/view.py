"""The Memory tab. Shows the assessment of the open document; holds nothing of its own."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QMenu,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.verdict_words import without_verdict
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.first_paint import FirstPaint
from moeplanner_gui.ui.memory.bars import MemoryBars
from moeplanner_gui.ui.memory.table import MemoryTableModel, MemoryTableView, PathRole
from moeplanner_gui.ui.message import MessagePanel
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import copy_table
from moeplanner_gui.ui.theme import Theme

SENTENCE_DELAY_MS = 60
"""How much more would fit takes a search: it is told when the edits pause, not during a drag."""
COPY_ACTION = "memory.copy_table"


class MemoryView(QWidget):
    """Bars on the left, the same numbers as a table on the right.

    Signals:
        explain_requested(str): The path of the figure the user wants explained.
    """

    explain_requested = Signal(str)

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("memory_view")
        self.setAccessibleName(say("Memory"))
        self._document = document
        self._stale = False
        self._is_painted = False
        self._model = MemoryTableModel(self)
        self._message = MessagePanel(themes.theme)
        self._message.setObjectName("memory_message")
        self._bars = MemoryBars(themes.theme)
        self._bars.segment_opened.connect(self.explain_requested)
        self._table = MemoryTableView(themes.theme)
        self._table.setModel(self._model)
        self._table.cell_opened.connect(self._on_cell_opened)
        self._table.copy_requested.connect(self.copy_table)
        self._table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._table.customContextMenuRequested.connect(self._on_menu_requested)
        self._headroom = QTimer(self)
        self._headroom.setSingleShot(True)
        self._headroom.setInterval(SENTENCE_DELAY_MS)
        self._headroom.timeout.connect(self._show_sentence)
        FirstPaint(self._bars, self._on_painted)
        self._lay_out()
        if COPY_ACTION not in actions:
            actions.add(
                COPY_ACTION,
                say("Copy memory table"),
                self.copy_table,
                tip=say("Copies the memory table as tab-separated text for a spreadsheet."),
                icon="copy",
                menu="Edit",
            )
        document.assessment_changed.connect(self._on_changed)
        document.memory_unit_changed.connect(self._on_changed)
        themes.theme_changed.connect(self._on_theme_changed)
        self._show()

    @property
    def table(self) -> MemoryTableView:
        """The table, for tests and for whoever moves the focus."""
        return self._table

    @property
    def bars(self) -> MemoryBars:
        """The bars."""
        return self._bars

    def copy_table(self) -> None:
        """Put the whole table on the clipboard as tab-separated text."""
        copy_table(self._model.as_tsv())

    def _lay_out(self) -> None:
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setAccessibleName(say("Memory bars"))
        scroll.setWidget(self._bars)
        right = QWidget()
        right_layout = QVBoxLayout(right)
        right_layout.setContentsMargins(8, 0, 8, 0)
        right_layout.addWidget(self._table)
        right.setBackgroundRole(self.palette().ColorRole.Base)
        right.setAutoFillBackground(True)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("memory_splitter")
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(1)
        splitter.addWidget(scroll)
        splitter.addWidget(right)
        splitter.setStretchFactor(0, 38)
        splitter.setStretchFactor(1, 62)
        splitter.setSizes([380, 620])
        self._stack = QStackedWidget()
        self._stack.addWidget(splitter)
        self._stack.addWidget(self._message)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._show()

    def _on_changed(self, *_: object) -> None:
        # A tab that nobody sees waits until it is looked at.
        if self.isVisible():
            self._show()
        else:
            self._stale = True

    def _show(self) -> None:
        self._stale = False
        document = self._document
        if self._show_message():
            return
        engine = document.plan.deployment.engine
        word = say("engine limit") if engine == "vllm" else say("usable")
        self._bars.show_assessment(document.assessment, document.memory_unit, word)
        self._model.show(document.plan, document.assessment, document.catalog, document.memory_unit)
        self._table.fit_columns()
        if self._is_painted:
            self._headroom.start()

    def _on_painted(self) -> None:
        # The first picture does not wait for a search.
        self._is_painted = True
        self._headroom.start()

    def _show_message(self) -> bool:
        """True when there is no memory to show and a message says why."""
        assessment = self._document.assessment
        nothing = assessment.verdict == "cannot_run" or not assessment.devices
        self._stack.setCurrentIndex(1 if nothing else 0)
        if assessment.verdict == "cannot_run":
            reason = without_verdict(next(iter(assessment.reasons), ""))
            self._message.show_message(
                "no-entry",
                "error",
                say("Cannot run"),
                say("{0}\nNo memory is shown for this combination.", reason),
            )
        elif nothing:
            self._message.show_message(
                "card",
                "text2",
                say("No cards yet"),
                say("Drag a card into the rig to see its memory."),
            )
        return nothing

    def _show_sentence(self) -> None:
        from moeplanner_gui.ui.charts.headroom import what_fills_first

        document = self._document
        start, rest = what_fills_first(
            document.plan, document.assessment, document.catalog, document.memory_unit
        )
        self._bars.set_sentence(start, rest)

    def _on_cell_opened(self, index: QModelIndex) -> None:
        path = index.data(PathRole)
        if path:
            self.explain_requested.emit(path)

    def _on_menu_requested(self, place: QPoint) -> None:
        index = self._table.indexAt(place)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        ask = menu.addAction(say("How is this computed?"), lambda: self._on_cell_opened(index))
        ask.setEnabled(bool(index.isValid() and index.data(PathRole)))
        self._table.add_copy_actions(menu)
        menu.popup(self._table.viewport().mapToGlobal(place))

    def _on_theme_changed(self, theme: Theme) -> None:
        self._message.set_theme(theme)
        self._bars.set_theme(theme)
        self._table.set_theme(theme)
