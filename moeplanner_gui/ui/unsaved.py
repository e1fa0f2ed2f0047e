"""The one question the program asks: what to do with changes that are not saved."""

from __future__ import annotations

from html import escape

from PySide6.QtWidgets import QMessageBox, QWidget

from moeplanner_gui.core.words import say


def unsaved_box(parent: QWidget | None, name: str) -> QMessageBox:
    """The question about the plan ``name``, not shown yet."""
    box = QMessageBox(parent)
    box.setWindowTitle(say("Unsaved changes"))
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setText(f"<b>{escape(name)} has changes that are not saved.</b>")
    box.setInformativeText(say("Save them before going on?"))
    save = box.addButton(say("Save"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(say("Don’t save"), QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(say("Cancel"), QMessageBox.ButtonRole.RejectRole)
    save.setProperty("primary", True)
    # A style sheet looks at properties when a widget is polished only.
    save.style().unpolish(save)
    save.style().polish(save)
    for button in box.buttons():
        button.setIcon(type(button.icon())())
        button.setAccessibleName(button.text())
    box.setDefaultButton(save)
    return box


def ask_unsaved(parent: QWidget | None, name: str) -> str:
    """Ask about the plan ``name``; answers "save", "discard" or "cancel"."""
    box = unsaved_box(parent, name)
    box.exec()
    chosen = box.clickedButton()
    role = QMessageBox.ButtonRole.RejectRole if chosen is None else box.buttonRole(chosen)
    answers = {
        QMessageBox.ButtonRole.AcceptRole: "save",
        QMessageBox.ButtonRole.DestructiveRole: "discard",
    }
    return answers.get(role, "cancel")
