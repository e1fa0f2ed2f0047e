"""What a process does until it is killed: edits, undoes, saves, in an order that a seed decides.

Every state is written into a journal before or after it comes to be, with the monotonic time.
What one process wrote stays when it is killed: the journal needs no flushing for that.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QTimer

from moeplanner_gui.core import edits

FIRST_VALUE = 1000
LONGEST_PAUSE_MS = 24
PART = "rtx4090"


class Actor:
    """Acts on a document; subclasses say how it is saved and undone."""

    def __init__(self, document, store, user, folder: Path, seed: int) -> None:
        self.document, self.store, self.user, self.folder = document, store, user, folder
        self.random = random.Random(seed)
        self.value = FIRST_VALUE
        self._journal = os.open(folder / "journal", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._count = 0
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._act)

    def start(self) -> None:
        self.say("state", self.shown)
        self._timer.start(0)

    def say(self, what: str, value: int) -> None:
        os.write(self._journal, f"{what} {value} {time.monotonic_ns()}\n".encode())

    @property
    def shown(self) -> int:
        return self.document.plan.workload.context_tokens

    def _act(self) -> None:
        kinds = (self.edit, self.undo, self.redo, self.save, self.remember, self.set_price)
        self.random.choices(kinds, (60, 12, 6, 14, 4, 4))[0]()
        self._timer.start(self.random.randint(0, LONGEST_PAUSE_MS))

    def edit(self) -> None:
        self.value += 1
        self.say("state", self.value)
        plan = edits.set_workload(self.document.plan, context_tokens=self.value)
        self.document.apply(f"Step {self.value}", plan)

    def undo(self) -> None:
        if self.document.undo_stack.canUndo():
            self.document.undo_stack.undo()
            self.say("state", self.shown)

    def redo(self) -> None:
        if self.document.undo_stack.canRedo():
            self.document.undo_stack.redo()
            self.say("state", self.shown)

    def save(self) -> None:
        self.say("save", self.shown)
        self.save_plan()
        self.say("saved", self.shown)

    def save_plan(self) -> None:
        raise NotImplementedError

    def remember(self) -> None:
        self._count += 1
        self.say("remember", self._count)
        self.store.settings.remember_file(Path(f"/plans/{self._count}.moeplan"))
        self.store.save()
        self.say("remembered", self._count)

    def set_price(self) -> None:
        self._count += 1
        self.say("price", self._count)
        self.user.set_price(PART, float(self._count))
        self.say("priced", self._count)


class SmallActor(Actor):
    """Without a window: document, autosave and the function that saves."""

    def __init__(self, document, autosave, path: Path, *rest) -> None:
        super().__init__(document, *rest)
        self.autosave, self.path = autosave, path

    def save_plan(self) -> None:
        from moeplanner_gui.ui.plan_disk import save_plan_file

        # As FileActions does it.
        session = self.document.session
        self.autosave.save_now()
        stamp = save_plan_file(self.path, self.document.plan, self.document.carried, session.stamp)
        self.document.mark_saved(self.path, stamp)
        self.autosave.forget(session)


class WindowActor(Actor):
    """The real window: its actions undo, redo and save."""

    def __init__(self, window, *rest) -> None:
        super().__init__(window.document, *rest)
        self.window = window

    def undo(self) -> None:
        self._trigger("edit.undo")

    def redo(self) -> None:
        self._trigger("edit.redo")

    def save_plan(self) -> None:
        self.window.actions_registry.get("file.save").trigger()

    def _trigger(self, name: str) -> None:
        before = self.shown
        self.window.actions_registry.get(name).trigger()
        if self.shown != before:
            self.say("state", self.shown)


def tell_of_writes(pipe: int, number: int) -> None:
    """Send a byte when the ``number``-th file begins to be written, from whichever thread."""
    left = number
    real = tempfile.mkstemp

    def told(*arguments, **named):
        nonlocal left
        left -= 1
        if left == 0:
            os.write(pipe, b"w")
        return real(*arguments, **named)

    tempfile.mkstemp = told


def run_small(folder: Path, seed: int, catalog, pipe: int, write: int) -> None:
    from moeplanner_gui.catalog.user import UserCatalog
    from moeplanner_gui.ui.autosave import Autosave
    from moeplanner_gui.ui.document import PlanDocument
    from moeplanner_gui.ui.plan_disk import read_plan_file
    from moeplanner_gui.ui.settings import SettingsStore

    application = QCoreApplication([])
    path = folder / "plan.moeplan"
    plan, entries, stamp = read_plan_file(path)
    document = PlanDocument(plan, catalog, entries=entries)
    document.mark_saved(path, stamp)
    store = SettingsStore(folder / "config")
    autosave = Autosave(document, store.folder)
    autosave.start()
    user = UserCatalog(folder / "own", shipped=catalog)
    actor = SmallActor(document, autosave, path, store, user, folder, seed)
    _go(application, actor, pipe, write)


def run_window(folder: Path, seed: int, catalog, pipe: int, write: int) -> None:
    from moeplanner_gui.catalog.user import UserCatalog
    from moeplanner_gui.ui.app import build_window, create_application
    from moeplanner_gui.ui.settings import SettingsStore

    application = create_application()
    window = build_window(store=SettingsStore(folder / "config"))
    window.show()
    window.start(sample=False)
    assert window.files.open_path(folder / "plan.moeplan")
    user = UserCatalog(folder / "own", shipped=catalog)
    actor = WindowActor(window, window.store, user, folder, seed)
    _go(application, actor, pipe, write)


def _go(application, actor: Actor, pipe: int, write: int) -> None:
    if write:
        tell_of_writes(pipe, write)
    actor.start()
    os.write(pipe, b"r")
    application.exec()
