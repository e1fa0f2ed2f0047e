"""Every text that a window shows or lets be heard: widgets, menus, models and what is painted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, QSignalBlocker, Qt
from PySide6.QtGui import QAction, QPainter
from PySide6.QtGui import Qt as Rich
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QScrollArea,
    QSpinBox,
    QTabBar,
    QTableView,
    QTextEdit,
    QWidget,
)

MOST_ROWS = 400
_ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
    Qt.ItemDataRole.AccessibleDescriptionRole,
)
Text = tuple[str, str]
"""What is said, and where."""


def plain(text: str) -> str:
    """A text without markup."""
    if Rich.mightBeRichText(text):
        text = unescape(re.sub(r"<[^>]*>", " ", text))
    return text.replace("\xa0", " ")


def texts_of(root: QWidget) -> Iterator[Text]:
    """All texts under a widget, what is hidden at the moment too."""
    for widget in (root, *root.findChildren(QWidget)):
        name = f"{type(widget).__name__} {widget.objectName()}"
        for text in _widget_texts(widget):
            yield plain(text), name
        for action in widget.actions():
            yield from _action_texts(action, name)
    for action in root.findChildren(QAction):
        yield from _action_texts(action, "QAction")


def _action_texts(action: QAction, where: str) -> Iterator[Text]:
    for text in (action.text(), action.toolTip(), action.statusTip()):
        yield plain(text), f"{where} › {action.objectName()}"


def _widget_texts(widget: QWidget) -> Iterator[str]:
    yield widget.windowTitle().replace("[*]", "")
    yield widget.toolTip()
    yield widget.statusTip()
    yield widget.whatsThis()
    yield widget.accessibleName()
    yield widget.accessibleDescription()
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QGroupBox):
        yield widget.title()
    elif isinstance(widget, QProgressBar):
        yield widget.text()
    elif isinstance(widget, QLineEdit):
        yield widget.placeholderText()
        if widget.isReadOnly():
            yield widget.text()
    elif isinstance(widget, QComboBox):
        for row in range(widget.count()):
            yield widget.itemText(row)
            yield str(widget.itemData(row, Qt.ItemDataRole.ToolTipRole) or "")
        yield widget.placeholderText()
    elif isinstance(widget, QTabBar):
        for row in range(widget.count()):
            yield widget.tabText(row)
            yield widget.tabToolTip(row)
    elif isinstance(widget, QTextEdit):
        yield widget.toPlainText()
        yield widget.placeholderText()
    elif isinstance(widget, QPlainTextEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QAbstractItemView) and not isinstance(widget, QHeaderView):
        yield from _model_texts(widget.model(), isinstance(widget, QTableView))
    if isinstance(widget, QAbstractSpinBox):
        yield widget.specialValueText()
        yield str(widget.property("suffix") or "")
        yield str(widget.property("prefix") or "")


def _model_texts(model: QAbstractItemModel | None, is_table: bool) -> Iterator[str]:
    if model is None:
        return
    for direction, count in (
        (Qt.Orientation.Horizontal, _columns(model, QModelIndex())),
        (Qt.Orientation.Vertical, model.rowCount(QModelIndex()) if is_table else 0),
    ):
        for section in range(min(count, MOST_ROWS)):
            for role in _ROLES:
                yield str(model.headerData(section, direction, role) or "")
    yield from _cells(model, QModelIndex())


def _columns(model: QAbstractItemModel, parent: QModelIndex) -> int:
    return 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)


def _cells(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[str]:
    for row in range(min(model.rowCount(parent), MOST_ROWS)):
        for column in range(_columns(model, parent)):
            index = model.index(row, column, parent)
            for role in _ROLES:
                found = index.data(role)
                if isinstance(found, str):
                    yield found
            if column == 0 and not isinstance(model, QAbstractListModel):
                yield from _cells(model, index)


class PaintedTexts:
    """Hears every text that Python code paints."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._real: Callable[..., object] = QPainter.drawText

    def __enter__(self) -> PaintedTexts:
        real, found = self._real, self.found

        def draw(painter: QPainter, *args: object) -> object:
            for value in args:
                if isinstance(value, str):
                    found.setdefault(value, "painted")
            return real(painter, *args)

        QPainter.drawText = draw  # type: ignore[method-assign,assignment]
        return self

    def __exit__(self, *_: object) -> None:
        QPainter.drawText = self._real  # type: ignore[method-assign,assignment]


def cut_texts(root: QWidget) -> Iterator[Text]:
    """What stands in less room than it takes and has no tooltip to be read in."""
    for widget in (root, *root.findChildren(QWidget)):
        if not widget.isVisible() or not widget.width() or widget.toolTip():
            continue
        name = f"{type(widget).__name__} {widget.objectName()}"
        if isinstance(widget, QScrollArea) and widget.widget() is not None:
            never = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            needed, room = widget.widget().minimumSizeHint().width(), widget.viewport().width()
            if widget.horizontalScrollBarPolicy() == never and needed > room + 1:
                yield widget.accessibleName(), f"{name}: {needed} > {room} px"
        if isinstance(widget, QLabel):
            text = widget.text()
            if not text or widget.pixmap().width():
                continue
            if widget.wordWrap():
                if widget.heightForWidth(widget.width()) > widget.height() + 2:
                    yield text, f"{name}: {widget.height()} px high"
            elif widget.sizeHint().width() > widget.width() + 1:
                yield text, f"{name}: {widget.sizeHint().width()} > {widget.width()} px"
        elif isinstance(widget, QAbstractButton):
            if widget.text() and widget.sizeHint().width() > widget.width() + 1:
                yield widget.text(), f"{name}: {widget.sizeHint().width()} > {widget.width()} px"
        elif isinstance(widget, QComboBox):
            wide = widget.fontMetrics().horizontalAdvance(widget.currentText()) + 24
            if not widget.isEditable() and wide > widget.width():
                yield widget.currentText(), f"{name}: {wide} > {widget.width()} px"


def wrong_numbers(root: QWidget) -> Iterator[Text]:
    """Number fields that do not read what they show."""
    for widget in root.findChildren(QAbstractSpinBox):
        if not isinstance(widget, QSpinBox | QDoubleSpinBox):
            continue
        text = widget.text()
        if text == widget.specialValueText():
            continue
        value = widget.value()
        edit = widget.lineEdit()
        with QSignalBlocker(widget):
            edit.setText(text)
            widget.interpretText()
        if widget.value() != value or widget.text() != text:
            yield text, f"{type(widget).__name__} {widget.objectName()}: {value}"
