"""Takes the pictures in ``resources/screenshots/``: ``python installer/make_screenshots.py``.

The real window with the catalogue that is shipped, in light and dark, drawn into memory, so it
needs no display. Each scale is a process of its own: Qt reads it once, at the start.
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
SMALL, LARGE = (1280, 720), (2560, 1440)
THEMES = ("light", "dark")


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
        for scene in ("main", "context")
        for theme in THEMES
        for size in (SMALL, LARGE)
    ]
    shots += [Shot("main", theme, SMALL, 2) for theme in THEMES]
    shots += [
        Shot(scene, theme, SMALL) for scene in ("does-not-fit", "explain") for theme in THEMES
    ]
    return shots


def main() -> int:
    """Take all pictures, or the scenes that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", nargs="*", help="main, context, does-not-fit, explain")
    parser.add_argument("--folder", type=Path, default=TARGET)
    parser.add_argument("--scale", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    shots = [shot for shot in all_shots() if not options.scenes or shot.scene in options.scenes]
    if options.scale is not None:
        take([shot for shot in shots if shot.scale == options.scale], options.folder)
        return 0
    for scale in sorted({shot.scale for shot in shots}):
        with tempfile.TemporaryDirectory() as settings:
            environment = {
                **os.environ,
                "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
                "QT_SCALE_FACTOR": str(scale),
                "MOEPLANNER_CONFIG_DIR": settings,
                "PYTHONPATH": str(ROOT),
            }
            arguments = [*options.scenes, "--folder", str(options.folder), "--scale", str(scale)]
            subprocess.run(
                [sys.executable, __file__, *arguments], env=environment, cwd=ROOT, check=True
            )
    return 0


def take(shots: list[Shot], folder: Path) -> None:
    """Take the given pictures with one window."""
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
        SCENES[shot.scene](window)
        _settle(application, window)
        path = folder / shot.file_name
        # 0 is the strongest compression; RGB, as a window has nothing to see through.
        picture = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        if not picture.save(str(path), "PNG", 0):
            raise SystemExit(f"{path} could not be written")
        print(path)
        window.explain.hide()


def _show_main(window: Any) -> None:
    window.tabs.show_tab("memory")


def _show_context(window: Any) -> None:
    window.tabs.show_tab("context")


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


SCENES: dict[str, Callable[[Any], None]] = {
    "main": _show_main,
    "context": _show_context,
    "does-not-fit": _show_does_not_fit,
    "explain": _show_explanation,
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
