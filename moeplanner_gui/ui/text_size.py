"""How large the text is: a share of the system's size, changed while the window is open.

Fonts are steps from ``QApplication.font()`` (:mod:`moeplanner_gui.ui.fonts`), so that a window
that is made afterwards is right by itself. What stands already has fonts and heights of its own:
these are changed here, and who computes a height from the font asks for it with :func:`fit`.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtGui import QFont, QFontInfo, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QApplication, QTableView, QWidget
from shiboken6 import isValid

from moeplanner_gui.ui.fonts import MINIMUM_PX

SMALLEST, LARGEST, STEP = 100, 200, 10
"""Percent of the system's size."""
STEPS_PX = (-1.5, 0.0, 1.0, 2.0, 3.0, 4.0)
"""The type scale, relative to the base size."""
_NO_LIMIT = 16_777_215
_FITTED = "fits_text"


class _Changes(QObject):
    """Signals:
    changed(): Text has another size; fonts are changed already.
    """

    changed = Signal()


_changes = _Changes()
_system_font: QFont | None = None
_percent = SMALLEST


def fit(widget: QWidget, set_size: Callable[[], object]) -> None:
    """Set a size that follows from the font, now and whenever text changes its size.

    Args:
        widget: Whose size it is; the method is not called once it is gone.
        set_size: A method of the widget.
    """
    widget.setProperty(_FITTED, True)
    set_size()
    _changes.changed.connect(set_size)


def set_percent(percent: int, restyle: Callable[[], object] = lambda: None) -> bool:
    """Write everything at a share of the system's size; False where nothing changes.

    Args:
        percent: 100 to 200.
        restyle: Applies the style sheet anew, whose heights follow from the font.
    """
    global _percent, _system_font
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        return False
    if _system_font is None:
        if percent == SMALLEST:
            return False
        _system_font = QFont(application.font())
    font = QFont(_system_font)
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * percent / 100)
    else:
        font.setPixelSize(round(font.pixelSize() * percent / 100))
    before = application.font()
    _percent = percent
    if font == before:
        return False
    own = [
        (widget, widget.font())
        for widget in application.allWidgets()
        if widget.testAttribute(Qt.WidgetAttribute.WA_SetFont) and widget.font().pixelSize() > 0
    ]
    application.setFont(font)
    # A style sheet gives widgets the font back that they had before it.
    restyle()
    _refit(application, own, before, font)
    _changes.changed.emit()
    _lay_out_again(application)
    return True


def factor() -> float:
    """What the text is multiplied by: 1.0 to 2.0."""
    return _percent / 100


def stepped(pixels: int, before: int, after: int) -> int:
    """The size of a font of the scale when the base goes from ``before`` to ``after`` pixels."""
    for step in STEPS_PX:
        if round(max(MINIMUM_PX, before + step)) == pixels:
            return round(max(MINIMUM_PX, after + step))
    return round(max(MINIMUM_PX, after + pixels - before))


def _refit(
    application: QApplication, own: list[tuple[QWidget, QFont]], old: QFont, new: QFont
) -> None:
    before, after = QFontInfo(old).pixelSize(), QFontInfo(new).pixelSize()
    line, longer = QFontMetrics(old).height(), QFontMetrics(new).height()
    for widget, font in own:
        font.setPixelSize(stepped(font.pixelSize(), before, after))
        widget.setFont(font)
    for widget in application.allWidgets():
        if not widget.property(_FITTED):
            _refit_height(widget, line, longer)


def _lay_out_again(application: QApplication) -> None:
    """Let every widget place its parts anew: many do it when their own size changes."""
    for widget in application.allWidgets():
        widget.updateGeometry()
    for widget in application.allWidgets():
        if isValid(widget) and widget.testAttribute(Qt.WidgetAttribute.WA_WState_Created):
            QCoreApplication.sendEvent(widget, QResizeEvent(widget.size(), widget.size()))
            fit_columns = getattr(widget, "fit_columns", None)
            if isinstance(widget, QTableView) and fit_columns is not None:
                fit_columns()
            widget.update()


def _refit_height(widget: QWidget, line: int, longer: int) -> None:
    """Give a fixed height, or that of a table's rows, the room of its lines at the new size."""

    def room(height: int) -> int:
        return height + max(1, height // line) * (longer - line)

    if isinstance(widget, QTableView):
        header = widget.verticalHeader()
        header.setMinimumSectionSize(-1)
        header.setDefaultSectionSize(room(header.defaultSectionSize()))
    least, most = widget.minimumHeight(), widget.maximumHeight()
    if line <= least == most:
        widget.setFixedHeight(room(least))
    elif line <= most < _NO_LIMIT:
        widget.setMaximumHeight(room(most))
