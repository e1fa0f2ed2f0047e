"""How even the window's event loop runs while rigs are searched; prints JSON.

The pointer moves over the chart all the while, so that there is something to paint.
"""

from __future__ import annotations

import gc
import json
import os
import time
from dataclasses import replace
from typing import Any

from tests.benchmarks.detect_gaps import Gaps

CALM_S = 4
LIMIT_S = 60


def main() -> None:
    """Measure the page at rest, during a search, and how soon a search stops."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # As the program starts: looking for garbage is put off until the window is there.
    gc.disable()
    from PySide6.QtCore import QPointF, QTimer

    from moeplanner_gui.ui.app import build_window, create_application

    application = create_application()
    window = build_window()
    window.resize(1440, 900)
    window.show()
    window.start(sample=True)
    page = window.finder.open()
    _turn(application, lambda: page.is_searching, LIMIT_S, least_s=6)
    plot, places = page.chart.plot, iter(range(1_000_000))

    def point() -> None:
        number = next(places)
        plot._hover = QPointF(100 + number * 7 % 300, 80 + number * 5 % 200)
        plot.update()

    pointing = QTimer(interval=33)
    pointing.timeout.connect(point)
    pointing.start()
    gaps = Gaps()
    answer: dict[str, Any] = {"rest": gaps.during(lambda: False, CALM_S)}
    wishes = replace(page.wishes, budget_usd=25_000.0, users=8, decode_tokens_per_s=25.0)
    page.ask(wishes)
    answer["search"] = gaps.during(lambda: not page.is_searching, LIMIT_S)
    answer["search"]["seconds"] = page._seconds
    page.ask(replace(wishes, users=4))
    _turn(application, lambda: page.is_searching, 1.0)
    began = time.perf_counter()
    page.stop()
    _turn(application, lambda: page.is_searching, LIMIT_S)
    answer["stop_ms"] = (time.perf_counter() - began) * 1000
    print(json.dumps(answer), flush=True)
    os._exit(0)


def _turn(application: Any, goes_on: Any, longest_s: float, least_s: float = 0.0) -> None:
    began = time.monotonic()
    while time.monotonic() - began < longest_s and (
        goes_on() or time.monotonic() - began < least_s
    ):
        application.processEvents()
        time.sleep(0.001)


if __name__ == "__main__":
    main()
