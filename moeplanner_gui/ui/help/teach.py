"""Shows what a word means where it stands: in its tooltip, and by "What is this?" (Shift+F1).

Nothing in the views knows of it. A heading or a label that has a word of the glossary gets its
explanation below whatever its tooltip says already; what is painted is asked for its accessible
name. Only labels and buttons with a tooltip of their own are watched one by one; for all others
one look at the window is enough, since Qt hands the question on to it.
"""

from __future__ import annotations

from html import escape
from typing import cast

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QHelpEvent, QTextDocument, QWhatsThisClickedEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QMenu,
    QTabBar,
    QToolTip,
    QWhatsThis,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.help.glossary import short_text, terms_in
from moeplanner_gui.ui.help.term import Term
from moeplanner_gui.ui.later import later
from moeplanner_gui.ui.mnemonics import without_mark
from moeplanner_gui.ui.plain_words import tip_html

SCHEME = "guide:"
"""Links of explanations begin with it; the rest is ``chapter#heading``."""
_MOST_IN_MENU = 14
_MOST_ROWS = 30
_SAYS_WORDS = (QLabel, QAbstractButton, QGroupBox, QTabBar, QComboBox)
_ASKED = (QEvent.Type.ToolTip, QEvent.Type.QueryWhatsThis, QEvent.Type.WhatsThis)


class Teacher(QObject):
    """Explains words in every window of the program.

    Signals:
        guide_wanted(str): A link to the guide was followed: ``chapter#heading``.
    """

    guide_wanted = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.watch(window)
        QGuiApplication.instance().focusWindowChanged.connect(self._on_focus_window)

    def watch(self, top: QWidget) -> None:
        """Explain what stands in a window or in a view that was made since."""
        if top.isWindow():
            top.installEventFilter(self)
        for widget in (top, *top.findChildren(QWidget)):
            if isinstance(widget, QHeaderView | QAbstractItemView):
                # Headings come and go with the model; the viewport is what is pointed at.
                if isinstance(widget, QHeaderView):
                    widget.viewport().installEventFilter(self)
            elif widget.toolTip() and isinstance(widget, _SAYS_WORDS):
                # Whether or not a word stands there now: many change what they say.
                widget.installEventFilter(self)

    def _on_focus_window(self, focused: object) -> None:
        top = QApplication.activeWindow()
        if focused is not None and top is not None and top is not self._window:
            # Its content may be made right after it was shown.
            later(0, top, lambda: self.watch(top))

    # Asked by the mouse ----------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.WhatsThisClicked:
            href = cast(QWhatsThisClickedEvent, event).href()
            if href.startswith(SCHEME):
                QWhatsThis.hideText()
                self.guide_wanted.emit(href.removeprefix(SCHEME))
                return True
            return False
        if kind not in _ASKED or not isinstance(watched, QWidget):
            return False
        asked = cast(QHelpEvent, event)
        widget = QApplication.widgetAt(asked.globalPos()) if watched.isWindow() else watched
        if widget is None or widget.window() is not watched.window():
            widget = watched
        return self.answer(widget, widget.mapFromGlobal(asked.globalPos()), asked)

    def answer(self, widget: QWidget, at: QPoint, event: QHelpEvent) -> bool:
        """Answer a question about what is at a point of a widget; False when nothing is known."""
        terms = terms_of(widget, at)
        if not terms:
            return False
        if event.type() == QEvent.Type.ToolTip:
            own = own_tip(widget, at)
            lines = [*own.splitlines(), *([""] if own else []), *map(short_text, terms)]
            QToolTip.showText(event.globalPos(), tip_html("\n".join(lines)), widget)
        elif event.type() == QEvent.Type.WhatsThis:
            QWhatsThis.showText(event.globalPos(), whats_this(terms), widget.window())
        event.accept()
        return True

    # Asked by the keyboard -------------------------------------------------------------------

    def ask(self) -> None:
        """Explain what has the focus; else offer the words that stand around it."""
        focused = QApplication.focusWidget()
        if focused is None:
            QWhatsThis.enterWhatsThisMode()
            return
        at, below = focused.rect().center(), focused.rect().bottomLeft()
        if isinstance(focused, QAbstractItemView):
            cell = focused.visualRect(focused.currentIndex())
            at, below = cell.center(), cell.bottomLeft()
        terms = terms_of(focused, at)
        if terms:
            self.show_terms(terms, focused.mapToGlobal(below), focused)
            return
        self.offer(focused)

    def offer(self, focused: QWidget) -> QMenu:
        """A menu with the words of the pane around a widget, and with pointing at something."""
        menu = QMenu(focused)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setObjectName("whats_this")
        menu.setAccessibleName(say("What is this?"))
        place = focused.mapToGlobal(focused.rect().topLeft() + QPoint(8, 8))
        for term in terms_around(focused):
            action = menu.addAction(term.title.replace("&", "&&"))
            action.triggered.connect(
                lambda _checked=False, t=term: self.show_terms((t,), place, focused)
            )
        menu.addSeparator()
        menu.addAction(say("Point at something")).triggered.connect(QWhatsThis.enterWhatsThisMode)
        menu.popup(place)
        return menu

    def show_terms(self, terms: tuple[Term, ...], at: QPoint, widget: QWidget) -> None:
        """Show the explanation of words beside a widget."""
        QWhatsThis.showText(at, whats_this(terms), widget.window())


def terms_of(widget: QWidget, at: QPoint | None = None) -> tuple[Term, ...]:
    """The words that a widget shows, at a point of it where it shows several texts."""
    found: dict[str, Term] = {}
    for text in texts_of(widget, at):
        found.update((term.id, term) for term in terms_in(text))
        if found:
            break
    return tuple(found.values())


def texts_of(widget: QWidget, at: QPoint | None = None) -> list[str]:
    """What a widget says: its text or heading, else the name that it is read out by."""
    parent = widget.parentWidget()
    if isinstance(parent, QHeaderView) and parent.viewport() is widget:
        return _headings(parent, at)
    if isinstance(parent, QAbstractItemView) and parent.viewport() is widget:
        return _cell(parent, at)
    if isinstance(widget, QHeaderView):
        return _headings(widget, at)
    if isinstance(widget, QAbstractItemView):
        return _cell(widget, at)
    if isinstance(widget, QTabBar):
        tabs = [widget.tabText(number) for number in range(widget.count())]
        number = widget.tabAt(at) if at is not None else -1
        return tabs if at is None else tabs[number : number + 1] if number >= 0 else []
    own = ""
    if isinstance(widget, QLabel):
        own = _plain(widget)
    elif isinstance(widget, QAbstractButton):
        own = without_mark(widget.text())
    elif isinstance(widget, QGroupBox):
        own = without_mark(widget.title())
    elif isinstance(widget, QComboBox):
        return [widget.accessibleName(), widget.currentText()]
    return [own] if own.strip() else [widget.accessibleName()]


def terms_around(focused: QWidget) -> tuple[Term, ...]:
    """The words of the pane in which a widget is: the nearest parent that shows any others."""
    place: QWidget | None = focused
    found: dict[str, Term] = {}
    while place is not None and len(found) < 3:
        for widget in (place, *place.findChildren(QWidget)):
            if widget.isVisible():
                for text in (*texts_of(widget), *_names_of_rows(widget)):
                    found.update((term.id, term) for term in terms_in(text))
        if place.isWindow():
            break
        place = place.parentWidget()
    return tuple(list(found.values())[:_MOST_IN_MENU])


def own_tip(widget: QWidget, at: QPoint) -> str:
    """What the widget's tooltip says without an explanation, as plain text."""
    parent = widget.parentWidget()
    header = widget if isinstance(widget, QHeaderView) else parent
    tip = ""
    if isinstance(header, QHeaderView):
        model, number = header.model(), header.logicalIndexAt(at)
        if model is not None and number >= 0:
            role = Qt.ItemDataRole.ToolTipRole
            tip = str(model.headerData(number, header.orientation(), role) or "")
    elif isinstance(parent, QAbstractItemView) and parent.viewport() is widget:
        tip = str(parent.indexAt(at).data(Qt.ItemDataRole.ToolTipRole) or "")
    elif isinstance(widget, QTabBar):
        tip = widget.tabToolTip(widget.tabAt(at))
    else:
        tip = widget.toolTip()
    if tip.startswith("<"):
        document = QTextDocument()
        document.setHtml(tip)
        return document.toPlainText()
    return tip


def whats_this(terms: tuple[Term, ...]) -> str:
    """The explanation as rich text, with the source of its figures and the way to the guide."""
    parts = []
    for term in terms:
        parts.append(f"<p><b>{escape(term.title)}</b></p><p>{escape(term.text)}</p>")
        if term.source:
            parts.append(f"<p><small>{escape(say('Source: {0}', term.source))}</small></p>")
        link = f'<a href="{SCHEME}{escape(term.chapter)}">{escape(say("More in the guide"))}</a>'
        parts.append(f"<p>{link}</p>")
    return "".join(parts)


def _headings(header: QHeaderView, at: QPoint | None) -> list[str]:
    model = header.model()
    if model is None:
        return []
    numbers = range(header.count()) if at is None else [header.logicalIndexAt(at)]
    return [
        str(model.headerData(number, header.orientation()) or "")
        for number in numbers
        if number >= 0
    ]


def _cell(view: QAbstractItemView, at: QPoint | None) -> list[str]:
    """The text of a cell: names stand in the first column, what follows are figures."""
    if at is None or view.model() is None:
        return []
    index = view.indexAt(at)
    first = index.siblingAtColumn(0)
    return [str(cell.data() or "") for cell in (index, first) if cell.isValid()]


def _names_of_rows(widget: QWidget) -> list[str]:
    """The first column of a short table: what its rows are called."""
    model = widget.model() if isinstance(widget, QAbstractItemView) else None
    if model is None or isinstance(widget, QHeaderView) or model.rowCount() > _MOST_ROWS:
        return []
    return [str(model.index(row, 0).data() or "") for row in range(model.rowCount())]


def _plain(label: QLabel) -> str:
    text = label.text()
    if label.textFormat() == Qt.TextFormat.PlainText or "<" not in text:
        return without_mark(text) if label.buddy() is not None else text
    document = QTextDocument()
    document.setHtml(text)
    return document.toPlainText()
