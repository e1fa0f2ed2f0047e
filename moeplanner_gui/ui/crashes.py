"""Errors that nothing caught: keeps the work, says what happened, and offers a report.

Python's errors come here from the window's thread, from slots and from other threads; the last
run's crash below Python from the file it left. One dialog at a time, and the same error only
once. Knows the window and the dialog.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

import moeplanner_gui
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fault_file import Crash, FaultFile, LastActions, find_crashes

if TYPE_CHECKING:
    from moeplanner_gui.ui.crash_dialog import CrashDialog
    from moeplanner_gui.ui.crash_report import Fault
    from moeplanner_gui.ui.main_window import MainWindow

VERSIONS_AFTER_MS = 150
MOST_SHOWN = 100
"""Of an error's own words; the report has them all."""
_NOT_ERRORS = (KeyboardInterrupt, SystemExit)


class Crashes(QObject):
    """Watches a run from its start to its end.

    Attributes:
        dialog: The one that is open, None when there is none.
    """

    _happened = Signal(object)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.dialog: CrashDialog | None = None
        self.actions = LastActions()
        self._folder = folder
        self._file = FaultFile(folder)
        self._window: MainWindow | None = None
        self._times: dict[str, int] = {}
        self._before: tuple[Callable[..., object], Callable[..., object]] | None = None
        # What another thread tells is said in the window's; what happens while something is
        # painted is said when that is done.
        self._happened.connect(self._on_happened, Qt.ConnectionType.QueuedConnection)

    # A run ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Hear of every error from now on."""
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._on_error
        threading.excepthook = self._on_thread_error
        self._file.start(f"MoE Planner {moeplanner_gui.__version__}\n")

    def attach(self, window: MainWindow) -> None:
        """The window whose work has to be kept; its commands are noted by their ids."""
        self._window = window
        QTimer.singleShot(VERSIONS_AFTER_MS, self, self._note_versions)
        registry = window.actions_registry
        for action in registry.all():
            self._note(action.objectName())
        registry.added.connect(self._note)

    def end(self) -> None:
        """The run ends as it should."""
        if self._before is not None:
            sys.excepthook, threading.excepthook = self._before
            self._before = None
        self._file.end()

    def _note_versions(self) -> None:
        # The first picture does not wait for what takes milliseconds to find out.
        from moeplanner_gui.ui.crash_report import screen_lines, versions

        window = self._window
        assert window is not None
        theme, language = window.themes.theme.name, window.store.settings.language
        # The first of them is there from the start.
        for line in (*versions()[1:], *screen_lines(theme, language), "Actions:"):
            self._file.note(line)

    def _note(self, action_id: str) -> None:
        assert self._window is not None
        action = self._window.actions_registry.get(action_id)
        action.triggered.connect(lambda _checked=False: self._on_chosen(action_id))

    def _on_chosen(self, action_id: str) -> None:
        self.actions.note(action_id)
        self._file.note(action_id)

    # Errors of this run ---------------------------------------------------------------------

    def _on_error(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        before = self._before[0] if self._before is not None else sys.__excepthook__
        before(kind, error, trace)
        if not issubclass(kind, _NOT_ERRORS):
            self._tell(kind, error, trace, threading.current_thread())

    def _on_thread_error(self, told: threading.ExceptHookArgs) -> None:
        before = self._before[1] if self._before is not None else threading.__excepthook__
        before(told)
        if not issubclass(told.exc_type, _NOT_ERRORS):
            self._tell(told.exc_type, told.exc_value, told.exc_traceback, told.thread)

    def _tell(
        self,
        kind: type[BaseException],
        error: BaseException | None,
        trace: TracebackType | None,
        thread: threading.Thread | None,
    ) -> None:
        # Imported here and below: only an error needs it.
        from moeplanner_gui.ui.crash_report import fault_of

        fault = fault_of(kind, error, trace, _thread_name(thread))
        with contextlib.suppress(RuntimeError):  # the program is ending
            self._happened.emit(fault)

    def _on_happened(self, told: object) -> None:
        fault = cast("Fault", told)
        times = self._times[fault.key] = self._times.get(fault.key, 0) + 1
        if self.dialog is not None:
            self.dialog.count_another(_named(fault))
            return
        if times > 1:
            self._say_again(fault, times)
            return
        self.show(fault)

    def _say_again(self, fault: Fault, times: int) -> None:
        if self._window is None:
            return
        self._window.bars.show_bar(
            "internal_error",
            "error",
            say("The same error happened again."),
            say("{0}, {1:,} times by now. The plan is kept.", _named(fault), times),
            ((say("Show the report"), lambda: self.show(fault)),),
        )

    def show(self, fault: Fault) -> None:
        """Keep the work and show the dialog about an error of this run."""
        safe, is_safe = self._keep()
        what = say(
            "A mistake of the program stopped what it was doing: {0}. If the window looks odd,"
            " undo the last step or close and start again.",
            _named(fault),
        )
        self._open(
            say("Something went wrong in the program."),
            what,
            safe,
            is_safe,
            lambda with_plan: self._report(fault, with_plan),
            has_plan=self._window is not None,
        )

    def _keep(self) -> tuple[str, bool]:
        """Keep the unsaved plans; a sentence about them, and whether they are safe."""
        window = self._window
        if window is None:
            return say("No plan was open yet."), True
        try:
            window.autosave.save_now()
            unsaved = [s for s in window.document.sessions if s.is_modified]
            kept = all(window.autosave.is_kept(session) for session in unsaved)
        except Exception:
            # Whatever went wrong may be in the way of this too.
            kept, unsaved = False, []
        if not kept:
            return say("Unsaved changes could not be kept. Save the plan to a file now."), False
        if not unsaved:
            return say("Your work is safe: no change is unsaved."), True
        from moeplanner_gui.ui.crash_report import anonymous

        place = anonymous(str(window.autosave.file_of(unsaved[0]).parent))
        return say(
            "Your work is safe: unsaved changes are kept in {0} and offered at the next start.",
            place,
        ), True

    def _report(self, fault: Fault, with_plan: bool) -> str:
        from moeplanner_gui.ui.crash_report import report_text, screen_lines, versions

        window, included = self._window, ""
        theme = language = "unknown"
        plans, paths = [], []
        if window is not None:
            theme = window.themes.theme.name
            language = window.store.settings.language
            plans = [session.plan for session in window.document.sessions]
            paths = [s.path for s in window.document.sessions if s.path is not None]
            if with_plan:
                from moeplanner_gui.export.plan_file import plan_to_json

                included = plan_to_json(window.document.plan, window.document.carried)
        around = [*versions(), *screen_lines(theme, language)]
        return report_text(fault, around, self.actions, plans, paths, included)

    # A crash of the run before ----------------------------------------------------------------

    def say_last_crash(self) -> None:
        """Show the report of a run that ended below Python, if there was one."""
        crashes = find_crashes(self._folder)
        if not crashes or self.dialog is not None:
            return
        from moeplanner_gui.ui.crash_report import anonymous

        crash = crashes[-1]
        window = self._window
        has_bar = window is not None and window.bars.bar("recovery") is not None
        self._open(
            say("The program ended unexpectedly last time."),
            say(
                "It was ended by a fault in the program, in Qt or in a driver. What it was doing is"
                " in the report, which is also kept as {0}.",
                anonymous(str(crash.kept)),
            ),
            say("Unsaved changes were kept; they are offered above the plan.")
            if has_bar
            else say("No unsaved changes were found that would be lost."),
            True,
            lambda _with_plan: _crash_text(crash),
            has_plan=False,
            may_close=False,
        )

    # The dialog ------------------------------------------------------------------------------

    def _open(
        self,
        title: str,
        what: str,
        safe: str,
        is_safe: bool,
        report: Callable[[bool], str],
        *,
        has_plan: bool,
        may_close: bool = True,
    ) -> None:
        from moeplanner_gui.ui.crash_dialog import CrashDialog, Told

        window = self._window
        told = Told(title, what, safe, is_safe, _guarded(report), has_plan)
        parent = QApplication.activeModalWidget() or window
        closes = self.close_program if may_close and window is not None else None
        dialog = CrashDialog(told, _theme(window), parent, closes)
        self.dialog = dialog
        dialog.finished.connect(self._on_closed)
        dialog.open()

    def _on_closed(self, _result: int) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()

    def say_failed_start(self, error: BaseException) -> None:
        """The window could not be made: say so, and wait for the answer."""
        from moeplanner_gui.ui.crash_dialog import CrashDialog, Told
        from moeplanner_gui.ui.crash_report import fault_of

        fault = fault_of(type(error), error, error.__traceback__)
        told = Told(
            say("MoE Planner could not start."),
            say("A mistake of the program, or a damaged installation: {0}.", _named(fault)),
            say("No plan was opened or changed."),
            True,
            _guarded(lambda with_plan: self._report(fault, with_plan)),
            has_plan=False,
        )
        dialog = CrashDialog(told, _theme(None))
        dialog.go_on.setText(say("Close"))
        dialog.go_on.setAccessibleName(say("Close"))
        dialog.exec()

    def close_program(self) -> None:
        """End it without a question: what is unsaved is kept and offered at the next start."""
        window = self._window
        if self.dialog is not None:
            self.dialog.reject()
        if window is None:
            return
        try:
            window.autosave.stop(keep=True)
            window.files.may_close = lambda: True  # type: ignore[method-assign]
            window.close()
        except Exception:
            sys.__excepthook__(*sys.exc_info())  # type: ignore[arg-type]  # there is one
        # A window that cannot close must not keep the program.
        QTimer.singleShot(0, QApplication.quit)


def _named(fault: Fault) -> str:
    first = fault.text.strip().splitlines()[0] if fault.text.strip() else ""
    if len(first) > MOST_SHOWN:
        first = f"{first[:MOST_SHOWN]}…"
    return f"{fault.kind}: {first}" if first else fault.kind


def _thread_name(thread: threading.Thread | None) -> str:
    if thread is None or thread is threading.main_thread():
        return "window"
    return thread.name


def _guarded(report: Callable[[bool], str]) -> Callable[[bool], str]:
    """A report that cannot be made must not become the next error."""

    def made(with_plan: bool) -> str:
        try:
            return report(with_plan)
        except Exception as error:
            return f"The report could not be made: {type(error).__name__}\n"

    return made


def _crash_text(crash: Crash) -> str:
    from moeplanner_gui.ui.crash_report import anonymous

    head = "MoE Planner, report of a crash. It was made on this computer and sent nowhere.\n\n"
    return anonymous(head + crash.report)


def _theme(window: MainWindow | None):  # type: ignore[no-untyped-def]
    if window is not None:
        return window.themes.theme
    from moeplanner_gui.ui.style import ThemeProvider

    return ThemeProvider("system").theme
