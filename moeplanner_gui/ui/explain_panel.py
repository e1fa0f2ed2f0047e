"""The panel "How is this computed?": one number, its formula, its inputs, their sources.

Knows derivations, not what they are about.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QTextBrowser,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.derivation import Derivation
from moeplanner_gui.core.id_words import confidence_words
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.bars import escape
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.style import ThemeProvider, font_base, font_heading, font_small
from moeplanner_gui.ui.tables import copy_rows

WIDTH_PX = 400
_OPEN_LEVELS = 1


_HEADS = (
    say("Level"),
    say("Figure"),
    say("Value"),
    say("Confidence"),
    say("Assumed"),
    say("Formula"),
    say("Source"),
)


class _Words(QTextBrowser):
    """The derivation; Ctrl+C copies what is marked, all of it as a table where nothing is.

    Signals:
        table_wanted(): The whole derivation is to be copied as a table.
    """

    table_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        nothing = not self.textCursor().hasSelection()
        if event.matches(QKeySequence.StandardKey.Copy) and nothing:
            self.table_wanted.emit()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.createStandardContextMenu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addSeparator()
        menu.addAction(say("Copy table")).triggered.connect(self.table_wanted)
        menu.popup(event.globalPos())


class ExplainPanel(QFrame):
    """Lies over the right side of the window; Escape or the cross closes it.

    Signals:
        closed(): The panel was closed.
    """

    closed = Signal()

    def __init__(
        self, document: PlanDocument, themes: ThemeProvider, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._themes = themes
        self._path = ""
        self._derivation: Derivation | None = None
        self._toggled: set[str] = set()
        self.setObjectName("explain_panel")
        self.setAccessibleName(say("How is this computed?"))
        self.setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(17, 12, 12, 12)
        column.setSpacing(8)
        top = QHBoxLayout()
        title = QLabel(say("How is this computed?"))
        title.setFont(font_heading())
        top.addWidget(title, 1)
        self._copy = _button(say("Copy as text"), say("Copy the whole derivation as text"))
        self._copy.clicked.connect(self.copy_text)
        top.addWidget(self._copy)
        self._cross = _button(say("Close"), say("Close this panel (Esc)"))
        self._cross.clicked.connect(self.close_panel)
        top.addWidget(self._cross)
        column.addLayout(top)
        self._text = _Words()
        self._text.table_wanted.connect(self.copy_table)
        self._text.setAccessibleName(say("Derivation"))
        self._text.setOpenLinks(False)
        self._text.setFont(font_base())
        self._text.setFrameShape(QFrame.Shape.NoFrame)
        self._text.anchorClicked.connect(self._on_anchor)
        column.addWidget(self._text, 1)
        legend = QLabel(say("= exact   ● measured   ≈ modelled   ? unverified"))
        legend.setFont(font_small())
        legend.setWordWrap(True)
        legend.setProperty("tone", "3")
        legend.setAccessibleName(say("The signs: exact, measured, modelled, unverified"))
        column.addWidget(legend)
        self.setVisible(False)
        document.assessment_changed.connect(self._on_assessment_changed)
        themes.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed(themes.theme)
        if parent is not None:
            parent.installEventFilter(self)

    @property
    def derivation(self) -> Derivation | None:
        """What is shown."""
        return self._derivation

    def show_path(self, path: str) -> None:
        """Explain the figure at ``path`` of the document's assessment."""
        self._path = path
        self._toggled.clear()
        self._refresh()
        self._place()
        self.setVisible(True)
        self.raise_()
        self._text.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_panel(self) -> None:
        """Hide the panel."""
        self.setVisible(False)
        self.closed.emit()

    def copy_text(self) -> None:
        """Put the derivation on the clipboard as indented text."""
        if self._derivation is not None:
            QGuiApplication.clipboard().setText(self._derivation.as_text())

    def copy_table(self) -> None:
        """Put the derivation on the clipboard, a row a figure."""
        if self._derivation is not None:
            copy_rows((_HEADS, *_rows(self._derivation, 1)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.parent() and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.panel))
        painter.fillRect(0, 0, 1, self.height(), QColor(theme.strong))
        painter.fillRect(0, 0, self.width(), 1, QColor(theme.border))

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        top = self.property("top") or 0
        width = min(max(WIDTH_PX, self.fontMetrics().averageCharWidth() * 52), parent.width() - 80)
        self.setGeometry(parent.width() - width, top, width, parent.height() - top)

    def _refresh(self) -> None:
        from moeplanner_gui.core.explain import explain

        document = self._document
        try:
            self._derivation = explain(
                document.plan, document.assessment, document.catalog, self._path
            )
        except LookupError:
            # The card it was about is gone; the panel has nothing to say any more.
            self._derivation = None
        self._render()

    def _render(self) -> None:
        if self._derivation is None:
            gone = say("This figure is not part of the plan any more.")
            self._text.setHtml(f"<p>{escape(gone)}</p>")
            return
        bar = self._text.verticalScrollBar().value()
        self._text.setHtml(self._html(self._derivation, "0", 0))
        self._text.verticalScrollBar().setValue(bar)

    def _html(self, item: Derivation, key: str, depth: int) -> str:
        theme = self._themes.theme
        small = max(11, font_small().pixelSize())
        opened = (depth < _OPEN_LEVELS) != (key in self._toggled)
        arrow = ""
        if item.inputs and depth:
            sign = "▾" if opened else "▸"
            arrow = f'<a href="toggle:{key}" style="text-decoration:none">{sign}&nbsp;</a>'
        sure = f"{item.confidence.mark} {confidence_words(item.confidence.value)}"
        assumed = (
            f' · <span style="color:{theme.warn}">{escape(say("assumed"))}</span>'
            if item.assumed
            else ""
        )
        weight = f"font-size:{font_heading().pixelSize()}px" if depth == 0 else ""
        lines = [
            f'<div style="margin-left:{14 * depth}px; margin-top:{10 if depth else 2}px">'
            f'{arrow}<span style="color:{theme.text2}">{escape(item.label)}</span></div>',
            f'<div style="margin-left:{14 * depth}px">'
            f'<span style="font-weight:600;{weight}">{escape(item.value)}</span>'
            f'<span style="color:{theme.text3};font-size:{small}px"> &nbsp;{sure}{assumed}</span>'
            "</div>",
        ]
        for text, color in ((item.formula, theme.text2), (item.source, theme.text3)):
            if text:
                told = f"= {text}" if text is item.formula else say("Source: {0}", text)
                lines.append(
                    f'<div style="margin-left:{14 * depth}px;color:{color};font-size:{small}px">'
                    f"{escape(told)}</div>"
                )
        if opened:
            lines += [
                self._html(child, f"{key}.{index}", depth + 1)
                for index, child in enumerate(item.inputs)
            ]
        return "".join(lines)

    def _on_anchor(self, url: QUrl) -> None:
        kind, _, key = url.toString().partition(":")
        if kind == "toggle":
            self._toggled ^= {key}
            self._render()

    def _on_assessment_changed(self, _assessment: object) -> None:
        if self.isVisible():
            self._refresh()

    def _on_theme_changed(self, _theme: object) -> None:
        self._copy.setIcon(icon("copy", self._themes.theme))
        self._cross.setIcon(icon("close", self._themes.theme))
        self._render()
        self.update()


def _rows(item: Derivation, level: int) -> Iterator[tuple[str, ...]]:
    """A figure and, under it, what it is made of."""
    assumed = say("assumed") if item.assumed else ""
    sure = confidence_words(item.confidence.value)
    yield (
        str(level), item.label, item.value, sure, assumed, item.formula, item.source,
    )  # fmt: skip
    for child in item.inputs:
        yield from _rows(child, level + 1)


def _button(name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setAccessibleName(name)
    button.setToolTip(tip)
    return button
