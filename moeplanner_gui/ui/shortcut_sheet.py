"""Every key of the program on one sheet (F1): from the action table, searched and printed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QKeySequence, QStandardItem, QStandardItemModel, QTextDocument
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.ui.access import give_clear_button
from moeplanner_gui.ui.actions import Actions, menu_words
from moeplanner_gui.ui.dialog import GAP, MARGINS, Dialog, button_row
from moeplanner_gui.ui.palette import plain_text
from moeplanner_gui.ui.style import ThemeProvider, font_base, font_heading, font_strong


@dataclass(frozen=True)
class SheetRow:
    """A command or a habit with its keys, under the heading of its group."""

    group: str
    text: str
    keys: str
    tip: str = ""


def sheet_rows(actions: Actions) -> tuple[SheetRow, ...]:
    """Every command that has a key, by menu, then the keys that belong to a kind of view."""
    rows = []
    for menu in dict.fromkeys(a.property("menu_path") for a in actions.all()):
        for action in actions.all():
            keys = shown_keys(action.shortcuts())
            if action.property("menu_path") == menu and keys:
                group = menu_words(menu) or say("In the views")
                text = plain_text(action).rstrip("…")
                rows.append(SheetRow(group, text, keys, action.statusTip()))
    return (*rows, *_habits())


def _habits() -> tuple[SheetRow, ...]:
    """Keys of lists, tables and fields, which are no commands of the window."""
    everywhere, rig = say("Everywhere"), say("Rig and Parts")
    tables, fields = say("Tables and charts"), say("Fields")
    return (
        SheetRow(everywhere, say("Next, previous control"), _keys("Tab", "Shift+Tab")),
        SheetRow(everywhere, say("Menu of what has the focus"), _keys("Menu", "Shift+F10")),
        SheetRow(everywhere, say("What is this?"), _keys("Shift+F1")),
        SheetRow(everywhere, say("Close a dialog, a list or a page"), _keys("Esc")),
        SheetRow(rig, say("Add the selected part"), _keys("Return")),
        SheetRow(rig, say("Select a card or a slot"), _keys("Space")),
        SheetRow(rig, say("Rename what can be renamed"), _keys("F2")),
        SheetRow(rig, say("Take the first to ninth change that makes it fit"), "1 – 9"),
        SheetRow(tables, say("Move from cell to cell"), "← ↑ → ↓"),
        SheetRow(tables, say("How is this figure computed?"), _keys("Return")),
        SheetRow(tables, say("Copy the marked cells, or the table"), _keys("Ctrl+C")),
        SheetRow(fields, say("Take over what was typed"), _keys("Return")),
        SheetRow(fields, say("Take back what was typed"), _keys("Esc")),
        SheetRow(fields, say("Double, halve the context"), _keys("PgUp", "PgDown")),
    )


def _keys(*names: str) -> str:
    return shown_keys([QKeySequence(name) for name in names])


def shown_keys(sequences: Sequence[QKeySequence]) -> str:
    """Key sequences as they are written, without those that few keyboards have."""
    native = QKeySequence.SequenceFormat.NativeText
    return comma_joined(key.toString(native) for key in sequences if is_on_every_keyboard(key))


def is_on_every_keyboard(key: QKeySequence) -> bool:
    """False for the extra keys of a few keyboards ("Save", "Copy", F14) that Qt also binds."""
    text = key.toString(QKeySequence.SequenceFormat.PortableText)
    extra = {"New", "Open", "Save", "Undo", "Redo", "Copy", "Cut", "Paste", "Find", "Print"}
    is_high = text.startswith("F") and text[1:].isdigit() and int(text[1:]) > 12
    return bool(text) and text not in extra and not is_high


def as_html(rows: Sequence[SheetRow]) -> str:
    """The sheet for a printer."""
    parts = [f"<h2>{escape(say('MoE Planner: keyboard shortcuts'))}</h2>"]
    for group in dict.fromkeys(row.group for row in rows):
        lines = "".join(
            f"<tr><td>{escape(row.text)}</td><td align='right'><b>{escape(row.keys)}</b></td></tr>"
            for row in rows
            if row.group == group
        )
        parts.append(f"<h4>{escape(group)}</h4><table width='100%'>{lines}</table>")
    return "".join(parts)


class ShortcutSheet(Dialog):
    """The sheet in a dialog: a search field, the list by menu, and a way to the printer."""

    def __init__(self, actions: Actions, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("shortcut_sheet")
        self.setWindowTitle(say("Keyboard shortcuts"))
        self.setAccessibleName(say("Keyboard shortcuts"))
        self._themes = themes
        self.rows = sheet_rows(actions)
        heading = QLabel(say("Keyboard shortcuts"))
        heading.setFont(font_heading())
        self.search = QLineEdit()
        self.search.setObjectName("shortcut_search")
        self.search.setFont(font_base())
        self.search.setPlaceholderText(say("Search a command or a key"))
        self.search.setAccessibleName(say("Search shortcuts"))
        give_clear_button(self.search)
        self.search.textChanged.connect(self.show_rows)
        self._model = QStandardItemModel(0, 2, self)
        self._model.setHorizontalHeaderLabels([say("Command"), say("Keys")])
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._model.horizontalHeaderItem(1).setTextAlignment(right)
        self.list = QTreeView()
        self.list.setAllColumnsShowFocus(True)
        self.list.setObjectName("shortcut_list")
        self.list.setAccessibleName(say("Shortcuts by menu"))
        self.list.setModel(self._model)
        self.list.setFont(font_base())
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.list.setRootIsDecorated(False)
        self.list.setItemsExpandable(False)
        self.list.setTabKeyNavigation(False)
        self.list.setUniformRowHeights(True)
        header = self.list.header()
        header.setSectionsMovable(False)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.count = QLabel()
        self.count.setProperty("tone", "3")
        self.count.setAccessibleName(say("How many are listed"))
        self.print_button = QPushButton(say("Print…"))
        self.print_button.setToolTip(say("Print what is listed"))
        self.print_button.setAutoDefault(False)
        self.print_button.clicked.connect(self.print_sheet)
        close = QPushButton(say("Close"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(GAP)
        for widget in (heading, self.search):
            column.addWidget(widget)
        column.addWidget(self.list, 1)
        column.addLayout(button_row((close,), (self.print_button,), middle=self.count))
        wide = max(560, self.fontMetrics().averageCharWidth() * 84)
        screen = self.screen().availableSize()
        self.resize(min(wide, screen.width() - 40), min(wide + 60, screen.height() - 80))
        self.show_rows("")
        self.search.setFocus()

    @property
    def listed(self) -> tuple[SheetRow, ...]:
        """What the search has left."""
        words = self.search.text().casefold().split()
        return tuple(
            row
            for row in self.rows
            if all(
                word in f"{row.text} {row.group} {row.tip} {row.keys}".casefold() for word in words
            )
        )

    def show_rows(self, _text: str = "") -> None:
        """List what answers the search."""
        listed = self.listed
        self._model.removeRows(0, self._model.rowCount())
        for group in dict.fromkeys(row.group for row in listed):
            head, rest = QStandardItem(group), QStandardItem()
            head.setFont(font_strong())
            rest.setData(group, Qt.ItemDataRole.AccessibleTextRole)
            self._model.appendRow([head, rest])
            for row in listed:
                if row.group == group:
                    text, keys = QStandardItem(row.text), QStandardItem(row.keys)
                    text.setToolTip(row.tip)
                    keys.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                    heard = f"{row.text}, {row.keys}"
                    text.setData(heard, Qt.ItemDataRole.AccessibleTextRole)
                    head.appendRow([text, keys])
        self.list.expandAll()
        for number in range(self._model.rowCount()):
            self.list.setFirstColumnSpanned(number, self.list.rootIndex(), True)
        if listed:
            first = self._model.index(0, 0, self._model.index(0, 0))
            self.list.selectionModel().setCurrentIndex(
                first, QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
        self.count.setText(
            say("{0} shortcuts", len(listed)) if listed else say("No shortcut is called so")
        )

    def document(self) -> QTextDocument:
        """What is printed."""
        page = QTextDocument()
        page.setHtml(as_html(self.listed))
        return page

    def print_sheet(self) -> None:
        """Ask for a printer and print what is listed."""
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter()
        dialog = QPrintDialog(printer, self)
        if dialog.exec() == QPrintDialog.DialogCode.Accepted:
            self.document().print_(printer)


def show_sheet(actions: Actions, themes: ThemeProvider, window: QWidget) -> ShortcutSheet:
    """Open the sheet over the window."""
    sheet = ShortcutSheet(actions, themes, window)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    sheet.open()
    return sheet
