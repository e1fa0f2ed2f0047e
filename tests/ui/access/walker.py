"""Walks what a screen reader is told: every interface under a root, as plain facts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget

Role = QAccessible.Role
VALUES = (Role.Slider, Role.SpinBox)
CELLS = (Role.Cell, Role.TreeItem, Role.ListItem, Role.ColumnHeader, Role.RowHeader)
OF_ANOTHER = (Role.Cell, Role.TreeItem, Role.ListItem)
"""Parts of a table or a list; there is one for each cell, which a person passes by the arrows."""
NO_CONTROL = (Role.Client, Role.NoRole, Role.Grouping)
_UNIT = re.compile(
    r"token|GiB|GB|MiB|bytes|layer|user|sequence|%|percent|USD|dollar|EUR|\$|hour|month|year|"
    r"W\b|watt|MHz|mm\b|slot|card|count|number|bit|/s|share|billion|copies|head|wide|size|module|channel",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Heard:
    """One interface: what it is, what it is called, and where it stands."""

    role: QAccessible.Role
    name: str
    description: str
    focusable: bool
    selectable: bool
    unseen: bool
    kind: str
    object_name: str
    where: str
    labelled: bool
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.role.name} {self.name!r} {self.kind} {self.object_name} in {self.where}"


def walk(root: QWidget, most: int = 400) -> Iterator[Heard]:
    """Every visible interface under a widget; of a long table ``most`` cells."""
    yield from _walk(QAccessible.queryAccessibleInterface(root), (), most)


def _walk(interface: object, above: tuple[str, ...], most: int) -> Iterator[Heard]:
    state = interface.state()
    if state.invisible:
        return
    target = interface.object()
    kind = type(target).__name__ if target is not None else "-"
    text = QAccessible.Text
    yield Heard(
        interface.role(),
        interface.text(text.Name).strip(),
        interface.text(text.Description).strip(),
        bool(state.focusable),
        bool(state.selectable),
        bool(state.offscreen),
        kind,
        target.objectName() if target is not None else "",
        " > ".join(above[-4:]),
        bool(interface.relations(QAccessible.RelationFlag.Label)),
        target.suffix() if hasattr(target, "suffix") else "",
    )
    for number in range(min(interface.childCount(), most)):
        child = interface.child(number)
        # Qt keeps a place for cells that a table does not show.
        if child is not None and child.isValid():
            yield from _walk(child, (*above, kind), most)


def faults(heard: Heard) -> list[str]:
    """What a person who only hears the window would miss."""
    found = []
    if heard.focusable and not heard.name and (heard.selectable or heard.role not in OF_ANOTHER):
        found.append("takes the keyboard and has no name")
    if heard.focusable and heard.role in NO_CONTROL:
        found.append("takes the keyboard and does not say what it is")
    if heard.role == Role.Chart and not (heard.name and heard.description):
        found.append("is a picture without name or sentence")
    said = f"{heard.name} {heard.description}"
    # The suffix of a spin box is part of its text, and read with the number.
    if heard.role in VALUES and not heard.unit and not _UNIT.search(said):
        found.append("has a value without a unit")
    if heard.role in (Role.Button, Role.CheckBox, Role.RadioButton) and not heard.name:
        found.append("is a button without a name")
    if heard.role == Role.Table and not heard.name:
        found.append("is a table without a name")
    return [f"{heard} {fault}" for fault in found]


@dataclass
class Count:
    """How much was walked."""

    interfaces: int = 0
    focusable: int = 0
    named: int = 0
    roles: Counter[str] | None = None

    def add(self, heard: Heard) -> None:
        """Count one more."""
        self.roles = self.roles or Counter()
        self.interfaces += 1
        self.roles[heard.role.name] += 1
        if heard.focusable:
            self.focusable += 1
            self.named += bool(heard.name)
