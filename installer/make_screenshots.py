"""Takes the pictures in ``resources/screenshots/``: ``python installer/make_screenshots.py``.

The real window with the catalogue that is shipped, in light and dark, drawn into memory, so it
needs no display. Each scale is a process of its own: Qt reads it once, at the start. The pages of
the sample's PDF, scene ``pdf``, are drawn by pdftoppm. The scene ``guide`` takes the pictures of
the user guide (``guide_pictures.py``).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "resources" / "screenshots"
GUIDE = ROOT / "resources" / "docs" / "images"
SMALL, LARGE = (1280, 720), (2560, 1440)
THEMES = ("light", "dark")
SCENES_ONCE = (
    "does-not-fit",
    "explain",
    "import",
    "card-editor",
    "memory-terms",
    "engine-options",
    "advice",
    "detect",
    "start-it",
)
"""What is shown in one size: dialogs are as large on every screen."""
TITLE_PX = 28
SEARCH_S = 120.0
"""How long a search may take on a busy machine."""
MACHINE = ROOT / "tests" / "data" / "detected" / "two-3090.json"
"""What was found on another machine than the one that takes the pictures."""
SAMPLE = ROOT / "resources" / "samples" / "v4-flash-two-96gb.moeplan"
PAGE_DPI = 80
CONFIG = ROOT / "tests" / "data" / "configs" / "Qwen--Qwen3-30B-A3B.json"


@dataclass(frozen=True)
class Shot:
    """One picture: what is shown, in which theme and size, at how many pixels a point."""

    scene: str
    theme: str
    size: tuple[int, int]
    scale: int = 1

    @property
    def file_name(self) -> str:
        """For example ``main-light-1280x720@2x.png``, the size being that of the window."""
        density = f"@{self.scale}x" if self.scale != 1 else ""
        return f"{self.scene}-{self.theme}-{self.size[0]}x{self.size[1]}{density}.png"


def all_shots() -> list[Shot]:
    """Every picture that is kept."""
    shots = [
        Shot(scene, theme, size)
        for scene in ("main", "context", "speed", "cost", "compare", "find")
        for theme in THEMES
        for size in (SMALL, LARGE)
    ]
    shots += [Shot("main", theme, SMALL, 2) for theme in THEMES]
    shots += [Shot(scene, theme, SMALL) for scene in SCENES_ONCE for theme in THEMES]
    # Last, as it gives the tabs more of the window than the others.
    shots += [Shot("reality", theme, size) for theme in THEMES for size in (SMALL, LARGE)]
    return shots


def main() -> int:
    """Take all pictures, or the scenes that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", nargs="*", help="for example main, context, advice")
    parser.add_argument("--folder", type=Path, default=TARGET)
    parser.add_argument("--language", default="en", help="de or zh_CN; the folder is then its own")
    parser.add_argument("--scale", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.language != "en" and options.folder == TARGET:
        options.folder = TARGET / options.language
    options.folder.mkdir(parents=True, exist_ok=True)
    shots = [shot for shot in all_shots() if not options.scenes or shot.scene in options.scenes]
    if options.language != "en":
        shots = [shot for shot in shots if shot.size == SMALL and shot.scale == 1]
    if options.scale == 0:
        # The only scene that is taken without a scale of its own: what this process was made for.
        sys.path.insert(0, str(ROOT / "installer"))
        from guide_pictures import take_guide_pictures

        take_guide_pictures(options.folder, SCENES, _settle, _put_over)
        return 0
    if options.scale is not None:
        take([shot for shot in shots if shot.scale == options.scale], options.folder)
        return 0
    scales: list[tuple[int, Path]] = [(scale, options.folder) for scale in _scales(shots)]
    if not options.scenes or "guide" in options.scenes:
        GUIDE.mkdir(parents=True, exist_ok=True)
        scales.append((0, GUIDE if options.folder == TARGET else options.folder))
    for scale, folder in scales:
        with tempfile.TemporaryDirectory() as settings:
            environment = {
                **os.environ,
                "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
                "QT_SCALE_FACTOR": str(scale or 1),
                "MOEPLANNER_CONFIG_DIR": settings,
                "MOEPLANNER_LANGUAGE": options.language,
                "PYTHONPATH": str(ROOT),
            }
            arguments = [*options.scenes, "--folder", str(folder), "--scale", str(scale)]
            arguments += ["--language", options.language]
            subprocess.run(
                [sys.executable, __file__, *arguments], env=environment, cwd=ROOT, check=True
            )
    if not options.scenes or "pdf" in options.scenes:
        draw_pages(options.folder)
    return 0


def _scales(shots: list[Shot]) -> list[int]:
    return sorted({shot.scale for shot in shots})


def draw_pages(folder: Path) -> None:
    """The sample's PDF, page by page: ``pdf-1.png`` and so on."""
    for old in folder.glob("pdf-*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as made:
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "MOEPLANNER_CONFIG_DIR": made,
            "PYTHONPATH": str(ROOT),
        }
        pdf = Path(made) / "plan.pdf"
        program = [sys.executable, "-m", "moeplanner_gui", "export", str(SAMPLE)]
        subprocess.run(
            [*program, "--pdf", str(pdf), "--paper", "A4"], env=environment, cwd=ROOT, check=True
        )
        draw = ["pdftoppm", "-r", str(PAGE_DPI), "-png", str(pdf), str(folder / "pdf")]
        subprocess.run(draw, check=True)


def take(shots: list[Shot], folder: Path) -> None:
    """Take the given pictures with one window."""
    from moeplanner_gui.app import speak_chosen_language

    # Before any view is loaded: its words are looked up as it is.
    speak_chosen_language()
    from PySide6.QtGui import QImage

    from moeplanner_gui.ui.app import build_window, create_application

    application = create_application()
    window = build_window()
    sample = window.document.plan
    window.show()
    for shot in shots:
        window.themes.set_mode(shot.theme)
        window.resize(*shot.size)
        window.document.open(sample, None)
        over = SCENES[shot.scene](window)
        _settle(application, window)
        path = folder / shot.file_name
        picture = window.grab().toImage()
        if over is not None:
            _put_over(picture, window, over)
            over.close()
        # 0 is the strongest compression; RGB, as a window has nothing to see through.
        picture = picture.convertToFormat(QImage.Format.Format_RGB888)
        if not picture.save(str(path), "PNG", 0):
            raise SystemExit(f"{path} could not be written")
        print(path)
        window.explain.hide()
        window.finder.close()
        window.compare.leave()
        while len(window.document.sessions) > 1:
            window.document.close(window.document.sessions[-1])


def _show_main(window: Any) -> None:
    window.tabs.show_tab("memory")


def _show_checks(window: Any) -> None:
    window.tabs.show_tab("checks")


def _show_context(window: Any) -> None:
    window.tabs.show_tab("context")


def _show_speed(window: Any) -> None:
    window.tabs.show_tab("speed")
    window.document.flush()
    window.tabs.view("speed").finish()


def _show_cost(window: Any) -> None:
    """The sample with a price, compared with an API: 1.1 billion tokens a month."""
    from moeplanner_gui.core.edits import set_economics, set_workload
    from moeplanner_gui.core.plan import ApiById

    plan = set_workload(
        window.document.plan,
        input_mtok_per_month=1000.0,
        output_mtok_per_month=100.0,
        cache_hit_share=0.7,
    )
    api = ApiById(provider="deepseek", model="deepseek-flash")
    window.document.open(set_economics(plan, hardware_usd=21000.0, api=api), None)
    window.tabs.show_tab("cost")
    window.document.flush()
    window.tabs.view("cost").finish()


def _show_does_not_fit(window: Any) -> None:
    from moeplanner_gui.core.edits import replace_gpu

    plan = window.document.plan
    for slot in range(len(plan.rig.nodes[0].gpus)):
        plan = replace_gpu(plan, 0, slot, "rtx4090")
    window.document.apply("Replace the cards", plan)
    window.tabs.show_tab("memory")


def _show_explanation(window: Any) -> None:
    window.tabs.show_tab("memory")
    window.show_explanation("devices.0.kv_cache_bytes")


def _show_import(window: Any) -> Any:
    from moeplanner_gui.ui.import_view.dialog import RESULT, ImportDialog

    window.tabs.show_tab("memory")
    dialog = ImportDialog(window.themes, window.document.catalog, window)
    dialog.open()
    # A configuration that is read out of a folder with the model's name gets that name.
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "Qwen3-30B-A3B" / "config.json"
        config.parent.mkdir()
        config.write_bytes(CONFIG.read_bytes())
        dialog.read(config)
        _wait(lambda: dialog.pages.currentIndex() == RESULT)
    return dialog


def _show_card_editor(window: Any) -> Any:
    from moeplanner_gui.ui.editors.card import CardEditor

    window.tabs.show_tab("memory")
    catalog = window.document.catalog
    dialog = CardEditor(window.themes, catalog, window, base=catalog.gpu("rtx3090"))
    dialog.open()
    # The screen that is drawn into memory is smaller than the window.
    dialog.resize(880, 640)
    return dialog


def _show_memory_terms(window: Any) -> Any:
    from moeplanner_gui.ui.rig_builder.memory_editor import open_editor

    window.tabs.show_tab("memory")
    from PySide6.QtWidgets import QSpinBox

    editor = open_editor(window.document, window.themes, 0, 0, window)
    editor.findChild(QSpinBox, "other_mib").setValue(2048)
    return editor


def _show_engine_options(window: Any) -> Any:
    from moeplanner_gui.ui.engine_options.dialog import EngineOptionsDialog

    window.tabs.show_tab("memory")
    dialog = EngineOptionsDialog(window.document, window.themes, window)
    dialog.editors["ubatch"].setValue(2048)
    dialog.open()
    dialog.resize(dialog.width(), 640)
    return dialog


def _show_advice(window: Any) -> Any:
    from moeplanner_gui.ui.advice import advisor_of

    _show_does_not_fit(window)
    window.document.flush()
    _wait(lambda: not window.document.assessment.fits)
    advisor_of(window.document).finish()
    menu = window.verdict.advice.menu()
    button = window.verdict.advice
    menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
    return menu


def _show_detect(window: Any) -> Any:
    from moeplanner_gui.core.detected import DetectedMachine
    from moeplanner_gui.ui.detect.dialog import DetectDialog
    from moeplanner_gui.ui.detect.worker import DetectWorker

    window.tabs.show_tab("memory")
    machine = DetectedMachine.model_validate_json(MACHINE.read_text("utf-8"))
    worker = DetectWorker(detect=lambda _on_report, _cancelled: machine)
    dialog = DetectDialog(window.document, window.themes, window, worker=worker)
    worker.setParent(dialog)
    dialog.show()
    dialog.resize(760, 640)
    dialog.look()
    _wait(lambda: bool(dialog.next_part.text()))
    return dialog


def _show_start_it(window: Any) -> Any:
    window.tabs.show_tab("memory")
    sheet = window.exports.launching.open()
    sheet.resize(900, 620)
    return sheet


def _show_compare(window: Any) -> None:
    """The sample beside two other rigs that run it."""
    from moeplanner_gui.core.edits import add_gpu, replace_gpu

    document = window.document
    base = document.plan
    document.open(base.replace(name="Two RTX PRO 6000"), None)
    few = replace_gpu(replace_gpu(base, 0, 0, "rtx5090"), 0, 1, "rtx5090")
    host = base.deployment.model_copy(update={"cpu_moe_layers": -1})
    document.add(few.replace(name="Two RTX 5090, experts in RAM", deployment=host))
    document.add(add_gpu(base, 0, 2, "rtxpro6000").replace(name="Three RTX PRO 6000"))
    document.show_session(document.sessions[0])
    window.compare.show()
    window.compare.view.finish()


def _show_find(window: Any) -> None:
    """The sample's model, for one user, on at most $25,000."""
    from dataclasses import replace

    page = window.finder.open()
    wishes = replace(page.wishes, decode_tokens_per_s=25.0, budget_usd=25_000.0, rank_by="speed")
    if wishes != page.wishes:
        page.ask(wishes)
    _wait(lambda: not page.is_searching, SEARCH_S)


def _show_reality(window: Any) -> None:
    """Claims of an article, one of them in detail; the tab has most of the window."""
    window.rows.restore([160, 480])
    window.tabs.show_tab("reality")
    view = window.tabs.view("reality")
    _wait(lambda: not view.is_judging and view.table.claims.lines != (), SEARCH_S)
    view.head.order.setCurrentIndex(2)
    view.show_claim("E-042")


def _put_over(picture: Any, window: Any, over: Any) -> None:
    """Paint another window over the picture: a menu where it is, a dialog in the middle."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtGui import QColor, QPainter, QPen
    from PySide6.QtWidgets import QMenu

    theme, title = window.themes.theme, 0
    if isinstance(over, QMenu):
        at = over.pos() - window.mapToGlobal(QPoint(0, 0))
    else:
        title = TITLE_PX
        at = window.rect().center() - over.rect().center() + QPoint(0, title // 2)
    frame = over.rect().translated(at).adjusted(-1, -1 - title, 0, 0)
    picked = over.grab()
    painter = QPainter(picture)
    painter.fillRect(frame, QColor(theme.window))
    painter.setPen(QColor(theme.text))
    bar = frame.adjusted(0, 0, 0, title - frame.height())
    painter.drawText(bar, Qt.AlignmentFlag.AlignCenter, over.windowTitle() if title else "")
    painter.drawPixmap(at, picked)
    painter.setPen(QPen(QColor(theme.strong), 1))
    painter.drawRect(frame)
    painter.end()


def _wait(is_there: Callable[[], bool], longest_s: float = 20.0) -> None:
    from PySide6.QtWidgets import QApplication

    deadline = time.monotonic() + longest_s
    while time.monotonic() < deadline and not is_there():
        QApplication.processEvents()
        time.sleep(0.01)


SCENES: dict[str, Callable[[Any], Any]] = {
    "main": _show_main,
    "checks": _show_checks,
    "context": _show_context,
    "speed": _show_speed,
    "cost": _show_cost,
    "does-not-fit": _show_does_not_fit,
    "explain": _show_explanation,
    "import": _show_import,
    "card-editor": _show_card_editor,
    "memory-terms": _show_memory_terms,
    "engine-options": _show_engine_options,
    "advice": _show_advice,
    "compare": _show_compare,
    "detect": _show_detect,
    "start-it": _show_start_it,
    "find": _show_find,
    "reality": _show_reality,
}


def _settle(application: Any, window: Any) -> None:
    """Wait until charts are loaded and background results are drawn, then drop the focus ring."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and window.tabs.view("context") is None:
        application.processEvents()
    for wait_s in (1.2, 0.2):
        calm_until = time.monotonic() + wait_s
        while time.monotonic() < calm_until:
            application.processEvents()
            time.sleep(0.01)
        focused = application.focusWidget()
        if focused is not None:
            focused.clearFocus()


if __name__ == "__main__":
    sys.exit(main())
