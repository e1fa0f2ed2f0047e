"""Makes the views of the window, each imported when it is made."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.style import ThemeProvider

Make = Callable[[PlanDocument, Actions, ThemeProvider, QWidget], QWidget]
"""How a view is made, and where it will lie."""


def make_model(
    document: PlanDocument, actions: Actions, themes: ThemeProvider, parent: QWidget
) -> QWidget:
    """The left column."""
    from moeplanner_gui.ui.model_picker.panel import ModelPanel

    return ModelPanel(document, actions, themes, parent)


def make_rig(
    document: PlanDocument, actions: Actions, themes: ThemeProvider, parent: QWidget
) -> QWidget:
    """The rig between the columns."""
    from moeplanner_gui.ui.rig_builder.view import RigBuilderView

    return RigBuilderView(document, actions, themes, parent)


def make_parts(
    document: PlanDocument, actions: Actions, themes: ThemeProvider, parent: QWidget
) -> QWidget:
    """The right column."""
    from moeplanner_gui.ui.parts.view import PartsView

    return PartsView(document, actions, themes, parent)


def make_memory(
    document: PlanDocument, actions: Actions, themes: ThemeProvider, parent: QWidget
) -> QWidget:
    """The tab with what fills each card."""
    from moeplanner_gui.ui.memory.view import MemoryView

    return MemoryView(document, actions, themes, parent)


def make_context(
    document: PlanDocument, actions: Actions, themes: ThemeProvider, parent: QWidget
) -> QWidget:
    """The tab with how long a context fits."""
    from moeplanner_gui.ui.context.view import ContextView

    return ContextView(document, actions, themes, parent)


def make_speed(
    document: PlanDocument, actions: Actions, themes: ThemeProvider, parent: QWidget
) -> QWidget:
    """The tab with how fast the plan answers."""
    from moeplanner_gui.ui.speed.view import SpeedView

    return SpeedView(document, actions, themes, parent)


def make_cost(
    document: PlanDocument, actions: Actions, themes: ThemeProvider, parent: QWidget
) -> QWidget:
    """The tab with what owning, renting and an API cost."""
    from moeplanner_gui.ui.cost.view import CostView

    return CostView(document, actions, themes, parent)


def make_checks(
    document: PlanDocument, actions: Actions, themes: ThemeProvider, parent: QWidget
) -> QWidget:
    """The tab with what to look at before buying."""
    from moeplanner_gui.ui.checks.view import ChecksView

    return ChecksView(document, actions, themes, parent)


def make_reality(
    document: PlanDocument, actions: Actions, themes: ThemeProvider, parent: QWidget
) -> QWidget:
    """The tab with what articles claim; unlike the others it is made when it is looked at."""
    from moeplanner_gui.ui.reality.view import RealityView

    return RealityView(document, actions, themes, parent)
