"""Tries the real program without a person: the window on the sample, its charts, PDF and CSV.

``--self-test`` answers whether this installation is complete; ``--sample-output`` leaves the
files behind for machines that have no display. Importing this module loads no Qt.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moeplanner_gui import __version__
from moeplanner_gui.commands.console import ANSWER_IS_NO, DONE, complain, say
from moeplanner_gui.language import ENGLISH, choose_language, start_speaking

if TYPE_CHECKING:
    from moeplanner_gui.ui.main_window import MainWindow

PATIENCE_S = 60.0
"""How long one step may wait for the window; a loaded machine needs seconds, not a minute."""
CHART_TABS = ("memory", "context", "speed")
WINDOW_SIZE = (1440, 900)
_NOISE = (
    # Said by Qt's unseen platform about itself; nothing is wrong with the window.
    "This plugin does not support propagateSizeHints",
    "This plugin does not support raise()",
)


class StepFailedError(Exception):
    """A step of the trial did not come out as it must."""


def run_self_test() -> int:
    """Try everything in a temporary folder; 0 when all of it came out right."""
    # English unless the environment names a language: what a user chose is not read here.
    start_speaking(choose_language(ENGLISH.code))
    with tempfile.TemporaryDirectory(prefix="moeplanner-self-test-") as folder:
        trial = _Trial(Path(folder))
        return trial.run(
            [
                ("opened the window on the sample", trial.open_window),
                ("loaded the charts", trial.load_charts),
                ("changed the plan and took it back", trial.edit_and_undo),
                ("wrote the PDF", trial.write_pdf),
                ("wrote the CSV", trial.write_csv),
                ("could ask for newer prices", trial.load_price_package),
                ("closed the window", trial.close_window),
            ]
        )


def run_sample(folder: str | os.PathLike[str]) -> int:
    """Leave the sample's PDF, CSV and a picture of the window in ``folder``, print their paths."""
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        complain(f"moeplanner: {target} cannot be made: {error.strerror}.")
        return ANSWER_IS_NO
    trial = _Trial(target)
    return trial.run(
        [
            ("opened the window on the sample", trial.open_window),
            ("loaded the charts", trial.load_charts),
            ("said what it estimates", trial.print_estimate),
            ("wrote the PDF", trial.write_pdf),
            ("wrote the CSV", trial.write_csv),
            ("took a picture of the window", trial.write_picture),
            ("closed the window", trial.close_window),
        ]
    )


def use_unseen_platform_without_display() -> None:
    """Let Qt draw into memory where there is no display; without this it would abort."""
    from moeplanner_gui.display import has_display

    if not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"


class _Trial:
    """One run of the real window with settings of its own, so that the user's stay untouched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.window: MainWindow | None = None
        self._application: Any = None
        self._complaints: list[str] = []

    def run(self, steps: list[tuple[str, Callable[[], str]]]) -> int:
        use_unseen_platform_without_display()
        say(f"MoE Planner {__version__}, Python {sys.version.split()[0]}, {sys.platform}")
        old_hook = sys.excepthook
        sys.excepthook = self._on_exception
        try:
            with tempfile.TemporaryDirectory(prefix="moeplanner-settings-") as settings:
                self._settings = Path(settings)
                for what, step in steps:
                    if not self._done(what, step):
                        return ANSWER_IS_NO
        finally:
            sys.excepthook = old_hook
        say("all fine")
        return DONE

    def _done(self, what: str, step: Callable[[], str]) -> bool:
        started = time.perf_counter()
        try:
            detail = step()
            self._process_events()
            if self._complaints:
                raise StepFailedError(self._what_went_wrong())
        except Exception as error:  # whatever goes wrong is what this program is here to tell
            if not isinstance(error, StepFailedError):
                traceback.print_exc()
            complain(f"FAILED: {what}: {error}")
            return False
        took_ms = (time.perf_counter() - started) * 1000
        say(f"ok  {what}{': ' if detail else ''}{detail} ({took_ms:.0f} ms)")
        return True

    # Steps ---------------------------------------------------------------------------------

    def open_window(self) -> str:
        from PySide6.QtCore import qInstallMessageHandler

        from moeplanner_gui.ui.app import build_window, create_application
        from moeplanner_gui.ui.settings import SettingsStore

        qInstallMessageHandler(self._on_qt_message)
        self._application = create_application()
        self.window = build_window(store=SettingsStore(self._settings))
        self.window.resize(*WINDOW_SIZE)
        self.window.show()
        self._wait_until(lambda: self._window.isVisible(), "the window to be shown")
        if self._window.document.plan.gpu_count == 0:
            raise StepFailedError("the sample plan has no cards")
        platform = self._application.platformName()
        return f"{self._window.windowTitle().replace('[*]', '')} on {platform}"

    def load_charts(self) -> str:
        tabs = self._window.tabs
        self._wait_until(
            lambda: all(tabs.view(key) is not None for key in CHART_TABS), "the charts to be made"
        )
        for key in CHART_TABS:
            tabs.show_tab(key)
            view: Any = tabs.view(key)
            self._wait_until(view.isVisible, f"the {key} tab")
            if _colours_of(view.grab().toImage()) < 4:
                raise StepFailedError(f"the {key} tab is empty")
        tabs.show_tab(CHART_TABS[0])
        return ", ".join(CHART_TABS)

    def edit_and_undo(self) -> str:
        from moeplanner_gui.core.edits import set_workload

        document = self._window.document
        before = document.plan
        changed = set_workload(before, context_tokens=before.workload.context_tokens * 2)
        document.apply("Change the context", changed)
        document.flush()
        doubled = document.assessment.kv_cache_bytes
        document.undo_stack.undo()
        document.flush()
        if document.plan != before:
            raise StepFailedError("undo did not bring the plan back")
        if doubled <= document.assessment.kv_cache_bytes:
            raise StepFailedError("twice the context did not need more KV cache")
        return str(document.assessment.reasons[0])

    def print_estimate(self) -> str:
        from moeplanner_gui.commands.answer import answer_text

        document = self._window.document
        say("")
        say(answer_text(document.plan, document.assessment, document.catalog))
        say("")
        return ""

    def write_pdf(self) -> str:
        from moeplanner_gui.commands.export import save_pdf

        document = self._window.document
        path = self.folder / "sample.pdf"
        save_pdf(str(path), document.plan, document.assessment, document.catalog)
        return f"{path}, {path.stat().st_size:,} bytes"

    def write_csv(self) -> str:
        from moeplanner_gui.commands.export import save_csv

        document = self._window.document
        path = self.folder / "sample.csv"
        save_csv(str(path), document.plan, document.assessment, document.catalog)
        return f"{path}, {path.stat().st_size:,} bytes"

    def load_price_package(self) -> str:
        """What fetches prices is only loaded on a click: asked for nothing, but there."""
        import httpx2

        from moeplanner_gui.catalog.price_package import package_name

        # Reads the certificates.
        httpx2.Client().close()
        return package_name()

    def write_picture(self) -> str:
        path = self.folder / "sample.png"
        picture = self._window.grab()
        if not picture.save(str(path)):
            raise StepFailedError(f"{path} could not be written")
        return f"{path}, {picture.width()} × {picture.height()}"

    def close_window(self) -> str:
        self._window.close()
        self._wait_until(lambda: not self._window.isVisible(), "the window to close")
        return ""

    # ---------------------------------------------------------------------------------------

    @property
    def _window(self) -> MainWindow:
        if self.window is None:
            raise StepFailedError("there is no window")
        return self.window

    def _what_went_wrong(self) -> str:
        first, *others = dict.fromkeys(self._complaints)
        return f"{first} (and {len(others)} more)" if others else first

    def _process_events(self) -> None:
        if self._application is not None:
            self._application.processEvents()

    def _wait_until(self, is_so: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not is_so():
            self._process_events()
            if self._complaints:
                raise StepFailedError(self._what_went_wrong())
            if time.monotonic() > deadline:
                raise StepFailedError(f"waited {PATIENCE_S:.0f} s for {what}")
            time.sleep(0.005)
        self._process_events()

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        traceback.print_exception(kind, error, trace)
        self._complaints.append(f"{kind.__name__}: {error}")

    def _on_qt_message(self, kind: Any, _context: Any, text: str) -> None:
        from PySide6.QtCore import QtMsgType

        if any(noise in text for noise in _NOISE):
            return
        if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
            self._complaints.append(text)
        else:
            complain(text)


def _colours_of(image: Any) -> int:
    """How many colours a coarse grid over a picture hits; an unpainted widget has one."""
    step_x, step_y = max(1, image.width() // 160), max(1, image.height() // 120)
    return len(
        {
            image.pixel(x, y)
            for x in range(0, image.width(), step_x)
            for y in range(0, image.height(), step_y)
        }
    )
