"""The interfaces of our own widgets for a screen reader. Loaded when one asks, not before."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget


class OwnWidget(QAccessibleWidget):
    """A widget whose role Qt cannot know; name, description and children are the widget's."""


class Picture(QAccessibleWidget):
    """A painted widget: one thing with a name and a sentence, whatever it is made of."""

    def childCount(self) -> int:
        return 0

    def child(self, _index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def childAt(self, _x: int, _y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None


_PAINTED = (QAccessible.Role.Chart, QAccessible.Role.Graphic)


def widget_interface(target: QWidget, role: QAccessible.Role) -> QAccessibleWidget:
    """The interface that gives a widget its role."""
    return (Picture if role in _PAINTED else OwnWidget)(target, role)
