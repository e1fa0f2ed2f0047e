"""The way of the keyboard through a window: in the order in which it is read.

Qt goes through widgets in the order in which they were made, which is another one wherever a view
is made late or a row is put in between. Knows geometry, no view.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QLabel,
    QScrollArea,
    QTextBrowser,
    QWidget,
)
from shiboken6 import isValid

_WITH_TAB = frozenset(
    (Qt.FocusPolicy.TabFocus, Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.WheelFocus)
)


def takes_tab(widget: QWidget) -> bool:
    """Whether the Tab key stops at a widget that is shown."""
    return (
        widget.focusPolicy() in _WITH_TAB
        and widget.isEnabled()
        and widget.focusProxy() is None
        and widget.width() > 0
        and widget.height() > 0
    )


def reading_order(root: QWidget) -> list[QWidget]:
    """The widgets at which the Tab key stops: row by row, and along each row.

    What lies in one container is read to its end before what lies beside it.
    """
    stops = {w for w in root.findChildren(QWidget) if takes_tab(w) and w.isVisibleTo(root)}
    # Of a rack with 512 cards only what leads to a stop is looked at.
    inside: dict[QWidget, set[QWidget]] = {}
    for stop in stops:
        child, parent = stop, stop.parentWidget()
        while parent is not None and child is not root:
            known = inside.setdefault(parent, set())
            if child in known:
                break
            known.add(child)
            child, parent = parent, parent.parentWidget()
    found: list[QWidget] = []
    _visit(root, inside, stops, found)
    return found


def _visit(
    parent: QWidget,
    inside: dict[QWidget, set[QWidget]],
    stops: set[QWidget],
    found: list[QWidget],
) -> None:
    children = [child for child in inside.get(parent, ()) if not child.isWindow()]
    mirrored = parent.layoutDirection() == Qt.LayoutDirection.RightToLeft
    for child in _in_rows(children, mirrored=mirrored) if len(children) > 1 else children:
        if child in stops:
            found.append(child)
        _visit(child, inside, stops, found)


def _in_rows(widgets: list[QWidget], *, mirrored: bool) -> list[QWidget]:
    """Widgets of one container, those of a row (half of the lower one overlaps) side by side."""
    rows: list[tuple[QRect, list[QWidget]]] = []
    for widget in sorted(widgets, key=lambda w: w.y()):
        box = widget.geometry()
        if rows:
            first, members = rows[-1]
            shared = min(first.bottom(), box.bottom()) - max(first.top(), box.top()) + 1
            if 2 * shared > min(first.height(), box.height()):
                members.append(widget)
                continue
        rows.append((box, [widget]))
    side = -1 if mirrored else 1
    return [
        widget
        for _, members in rows
        for widget in sorted(members, key=lambda w: (side * w.x(), w.y()))
    ]


def move_focus(root: QWidget, *, forward: bool) -> bool:
    """Give the focus to the next widget, or to the one before, and bring it into view."""
    order = reading_order(root)
    if not order:
        return False
    # The window's own: a window that is not the active one keeps its place, too.
    now = root.focusWidget()
    while now is not None and now not in order and now is not root:
        now = now.parentWidget()
    step = 1 if forward else -1
    at = order.index(now) + step if now in order else (0 if forward else -1)
    target = order[at % len(order)]
    reason = Qt.FocusReason
    target.setFocus(reason.TabFocusReason if forward else reason.BacktabFocusReason)
    bring_into_view(target)
    return True


def move_to_pane(panes: Sequence[QWidget], *, forward: bool) -> None:
    """Give the focus to the first widget of the next pane, or of the one before."""
    focus = QApplication.focusWidget()
    step = 1 if forward else -1
    at = next(
        (i for i, p in enumerate(panes) if focus is not None and p.isAncestorOf(focus)),
        -1 if forward else 0,
    )
    for offset in range(1, len(panes) + 1):
        pane = panes[(at + step * offset) % len(panes)]
        stops = reading_order(pane) if pane.isVisible() else []
        if pane.isVisible() and takes_tab(pane):
            stops.insert(0, pane)
        if stops:
            stops[0].setFocus(Qt.FocusReason.TabFocusReason)
            bring_into_view(stops[0])
            return


def bring_into_view(widget: QWidget) -> None:
    """Scroll whatever a widget lies in so that it is seen."""
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea) and above.widget() is not None:
            above.ensureWidgetVisible(widget, 8, 8)
        above = above.parentWidget()


def shows_no_focus(widget: QWidget) -> bool:
    """Whether Qt draws nothing, or a dotted line, where this widget has the focus.

    So it is with a part that scrolls, with a sentence or a page that has links, and with a table
    without rows.
    """
    if isinstance(widget, QAbstractItemView):
        return not widget.currentIndex().isValid()
    return isinstance(widget, QScrollArea | QLabel | QTextBrowser)


class FocusRings(QObject):
    """Frames what has the focus and would not show it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._ring: _Ring | None = None
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus_changed)

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        # A ring goes with the part that it lies on, and a new one is cheap.
        if self._ring is not None and isValid(self._ring):
            self._ring.hide()
            self._ring.deleteLater()
        self._ring = _Ring(now) if now is not None and shows_no_focus(now) else None


class _Ring(QWidget):
    def __init__(self, around: QWidget) -> None:
        super().__init__(around)
        self.setObjectName("focus_ring")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        around.installEventFilter(self)
        self.setGeometry(around.rect())
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Link), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 3, 3)
