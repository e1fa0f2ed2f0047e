"""The questions about a plan that stand between it and being lost. Decides nothing itself."""

from __future__ import annotations

from html import escape

from PySide6.QtWidgets import QMessageBox, QWidget

from moeplanner_gui.core.words import say

_Role = QMessageBox.ButtonRole


def unsaved_box(parent: QWidget | None, name: str) -> QMessageBox:
    """The question about the unsaved plan ``name``, not shown yet."""
    return _box(
        parent,
        say("Unsaved changes"),
        say("{0} has changes that are not saved.", name),
        say("Save them before going on?"),
        {
            "save": (say("Save"), _Role.AcceptRole),
            "discard": (say("Don’t save"), _Role.DestructiveRole),
            "cancel": (say("Cancel"), _Role.RejectRole),
        },
        "save",
    )


def changed_box(parent: QWidget | None, name: str) -> QMessageBox:
    """The question before writing over what another program wrote, not shown yet."""
    return _box(
        parent,
        say("Changed by another program"),
        say("{0} was changed since it was opened here.", name),
        say(
            "Another window or another program wrote it. Saving over it would lose what was"
            " written there."
        ),
        {
            "save_as": (say("Save as…"), _Role.AcceptRole),
            "overwrite": (say("Overwrite"), _Role.DestructiveRole),
            "cancel": (say("Cancel"), _Role.RejectRole),
        },
        "save_as",
    )


def ask_unsaved(parent: QWidget | None, name: str) -> str:
    """Ask about the plan ``name``; answers "save", "discard" or "cancel"."""
    return _asked(unsaved_box(parent, name))


def ask_changed(parent: QWidget | None, name: str) -> str:
    """Ask about the file ``name``; answers "save_as", "overwrite" or "cancel"."""
    return _asked(changed_box(parent, name))


def _box(
    parent: QWidget | None,
    title: str,
    strong: str,
    text: str,
    buttons: dict[str, tuple[str, QMessageBox.ButtonRole]],
    first: str,
) -> QMessageBox:
    box = QMessageBox(parent)
    box.setWindowTitle(title)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setText(f"<b>{escape(strong)}</b>")
    box.setInformativeText(text)
    for answer, (words, role) in buttons.items():
        button = box.addButton(words, role)
        button.setIcon(type(button.icon())())
        button.setAccessibleName(words)
        button.setProperty("answer", answer)
        if answer == first:
            button.setProperty("primary", True)
            # A style sheet looks at properties when a widget is polished only.
            button.style().unpolish(button)
            button.style().polish(button)
            box.setDefaultButton(button)
        if answer == "cancel":
            box.setEscapeButton(button)
    return box


def _asked(box: QMessageBox) -> str:
    box.exec()
    chosen = box.clickedButton()
    answer = None if chosen is None else chosen.property("answer")
    return str(answer or "cancel")
