"""How fast the packaged program starts: ``python -m tests.benchmarks.packaged FOLDER``.

The packaged program, the same from source and a bare PySide6 window with one empty plot take
turns on an X server of their own. All three are watched from outside, because a frozen program
cannot be asked: from the start of the process to the first pixel that the window paints over the
background. On a busy machine compare the processor's time, which is less disturbed.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from moeplanner_gui.commands.console import speak_utf8, table

BACKGROUND = 0x2A6F4B
"""A colour of no theme."""
PATIENCE_S = 60.0
_Z_PIXMAP = 2
_BARE = """
import pyqtgraph
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication([])
window = QMainWindow()
window.setCentralWidget(pyqtgraph.PlotWidget())
window.resize(1440, 900)
window.show()
application.exec()
"""


def main() -> int:
    """Measure and print the table."""
    speak_utf8()
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.packaged")
    parser.add_argument("folders", nargs="+", type=Path, help="as build.py makes it; to compare")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    commands = {
        "bare window with a plot": [sys.executable, "-c", _BARE],
        "MoE Planner from source": [sys.executable, "-m", "moeplanner_gui"],
    }
    for folder in options.folders:
        name = "MoE Planner, packaged" if len(options.folders) == 1 else str(folder)
        commands[name] = [str(folder.resolve() / "moeplanner")]
    spans: dict[str, list[float]] = {name: [] for name in commands}
    busy: dict[str, list[float]] = {name: [] for name in commands}
    with screen() as display, tempfile.TemporaryDirectory() as home:
        watcher = Watcher(display)
        for turn in range(options.rounds + 1):
            for name, command in commands.items():
                span, worked = watcher.first_pixel_ms(command, Path(home))
                if turn:  # the first start of each warms the disk cache and writes the settings
                    spans[name].append(span)
                    busy[name].append(worked)
    rows = []
    bare, source, *_ = commands
    for name in commands:
        row = [name]
        for found in (spans, busy):
            middles = {one: statistics.median(values) for one, values in found.items()}
            row += [
                f"{middles[name]:.0f} ms",
                f"{middles[name] / middles[bare]:.2f} ×",
                f"{middles[name] / middles[source]:.2f} ×",
            ]
        rows.append(tuple(row))
    head = ("start to first pixel", "median", "of bare", "of source")
    print(table((*head, "of processor", "of bare", "of source"), rows))
    return 0


@contextmanager
def screen() -> Iterator[str]:
    """An X server of its own."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1440x900x24", "-noreset"]
    server = subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as stream:
            yield f":{stream.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)


class Watcher:
    """Looks at the windows of an X server as they appear."""

    def __init__(self, display: str) -> None:
        self._x = ctypes.CDLL("libX11.so.6")
        for name in ("XOpenDisplay", "XGetImage"):
            getattr(self._x, name).restype = ctypes.c_void_p
        for name in ("XDefaultRootWindow", "XGetPixel"):
            getattr(self._x, name).restype = ctypes.c_ulong
        # A window may go between two looks at it: that is no reason to end.
        self._ignore = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(
            lambda _display, _error: 0
        )
        self._x.XSetErrorHandler(self._ignore)
        self.name = display
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(display.encode()))
        self._root = ctypes.c_ulong(self._x.XDefaultRootWindow(self._display))
        self._x.XSetWindowBackground(self._display, self._root, ctypes.c_ulong(BACKGROUND))
        self._x.XClearWindow(self._display, self._root)
        self._x.XSync(self._display, 1)

    def first_pixel_ms(self, command: list[str], home: Path) -> tuple[float, float]:
        """Start a program, wait until its window is painted, end it.

        Returns:
            Milliseconds on the clock, and those that the processor worked for it.
        """
        environment = {
            **os.environ,
            "DISPLAY": self.name,
            "QT_QPA_PLATFORM": "xcb",
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_DATA_HOME": str(home / ".local/share"),
            "XDG_STATE_HOME": str(home / ".local/state"),
        }
        started = time.perf_counter()
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            while not self._is_painted():
                if time.perf_counter() - started > PATIENCE_S or process.poll() is not None:
                    raise SystemExit(f"{command} painted no window.")
                time.sleep(0.002)
            return (time.perf_counter() - started) * 1000, _processor_ms(process.pid)
        finally:
            process.terminate()
            process.wait(20)
            self._x.XClearWindow(self._display, self._root)
            self._x.XSync(self._display, 1)

    def _is_painted(self) -> bool:
        # The root shows what the windows on it show; the middle of the first tab is always painted.
        return self._pixel(720, 450) != BACKGROUND

    def _pixel(self, x: int, y: int) -> int:
        picture = self._x.XGetImage(
            self._display, self._root, x, y, 1, 1, ctypes.c_ulong(2**24 - 1), _Z_PIXMAP
        )
        if not picture:
            return BACKGROUND
        colour = int(self._x.XGetPixel(ctypes.c_void_p(picture), 0, 0))
        self._x.XDestroyImage(ctypes.c_void_p(picture))
        return colour & 0xFFFFFF


def _processor_ms(process: int) -> float:
    """Of all threads; the first number of schedstat is nanoseconds."""
    tasks = Path(f"/proc/{process}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6


if __name__ == "__main__":
    sys.exit(main())
