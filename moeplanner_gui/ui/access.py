"""What a screen reader is told beyond what Qt knows by itself. Knows classes by name, no view.

Qt calls every widget of our own "client", whatever it shows. The table here says what each is: a
chart, a list, a group. A screen reader asks for it, so nothing of this costs anything without one.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtWidgets import QLineEdit, QWidget

from moeplanner_gui.core.words import say

_Role = QAccessible.Role

CHARTS = (
    "AnatomyBars",
    "BandPlot",
    "BarsView",
    "ChartPlaceholder",
    "ContextPlot",
    "CostPlot",
    "CurveOverlay",
    "MemoryBars",
    "MemoryOverlay",
    "RigPlot",
    "TornadoPlot",
)
LISTS = ("LinesView", "NotesStrip", "ProblemList", "RowList")
TEXTS = ("FitSummary", "JudgedLine", "StepsView", "VerdictLine")
GROUPS = (
    "AnswerBlock",
    "BottomTabs",
    "ChangePanel",
    "ChartSide",
    "ChecksView",
    "ClaimDetail",
    "CommandPalette",
    "CompareView",
    "ContextView",
    "CostView",
    "ExplainPanel",
    "FilterRow",
    "FinderView",
    "FitPanel",
    "ListSide",
    "MemoryView",
    "MessagePanel",
    "ModelPanel",
    "ModelPopup",
    "ModelsPopup",
    "MonthPanel",
    "NodePanel",
    "Pages",
    "PartsView",
    "RealityView",
    "RigBuilderView",
    "RigCanvas",
    "SearchPopup",
    "SpeedView",
    "VerdictChips",
    "VerdictStrip",
    "WishBar",
)
ROLES: dict[str, QAccessible.Role] = {
    **dict.fromkeys(CHARTS, _Role.Chart),
    **dict.fromkeys(LISTS, _Role.List),
    **dict.fromkeys(TEXTS, _Role.StaticText),
    **dict.fromkeys(GROUPS, _Role.Grouping),
    "Legend": _Role.Graphic,
    "MessageBar": _Role.AlertMessage,
    "QScrollArea": _Role.Pane,
    "QTabWidget": _Role.Pane,
    "ToolBar": _Role.ToolBar,
    "_Mark": _Role.Graphic,
}
_installed = False


def install() -> None:
    """Answer Qt's questions about our widgets from now on; a second call does nothing."""
    global _installed
    # PySide6 has what this takes from 6.10; before, the widgets stay what Qt calls them.
    if _installed or not hasattr(QAccessible, "installFactory"):
        return
    _installed = True
    QAccessible.installFactory(_interface)


def _interface(class_name: str, target: QObject) -> object:
    """The interface of a widget in the table; None leaves it to Qt.

    Qt asks with the name of the class, then with those of its ancestors.
    """
    role = ROLES.get(class_name)
    if role is None or not isinstance(target, QWidget):
        return None
    from moeplanner_gui.ui.accessible import widget_interface

    return widget_interface(target, role)


def give_clear_button(line: QLineEdit) -> None:
    """Let a search field be emptied by a button that has a name."""
    line.setClearButtonEnabled(True)
    action = line.findChild(QAction, "_q_qlineeditclearaction")
    if action is not None:
        action.setText(say("Clear the search"))


def announce(target: QWidget, words: str, *, urgent: bool = False) -> None:
    """Let a screen reader say something that has changed without the focus being there.

    Args:
        target: The widget that shows it.
        words: What is said; "" says nothing.
        urgent: Whether it may cut short what is being said.
    """
    if not words or not QAccessible.isActive():
        return
    from PySide6.QtGui import QAccessibleAnnouncementEvent

    event = QAccessibleAnnouncementEvent(target, words)
    levels = QAccessible.AnnouncementPoliteness
    event.setPoliteness(levels.Assertive if urgent else levels.Polite)
    QAccessible.updateAccessibility(event)
