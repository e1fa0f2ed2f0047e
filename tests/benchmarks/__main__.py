"""Measures how fast the program itself is: ``python -m tests.benchmarks``.

Prints one table. The window is compared with a bare PySide6 window in the same run, taking
turns, because times alone say more about the machine than about the program. The last column
compares with the previous release, on whatever machine that was measured
(``tests/benchmarks/previous.json``). When a release is made, ``python -m tests.benchmarks --keep``
on a quiet machine makes its figures the ones to compare with. Nothing here is asserted by the test
suite: a busy machine is no defect.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from moeplanner_gui.commands.console import speak_utf8, table
from moeplanner_gui.export.plan_file import plan_to_json
from tests.benchmarks import previous
from tests.benchmarks.plans import large_plan
from tests.benchmarks.previous import Row

ROOT = Path(__file__).resolve().parents[2]
RACK_FRAME_MS, RACK_AT_ONCE_MS = 16, 300
RACK_AT_ONCE = ("open the plan", "open a tab", "drop a card", "undo a drop")
"""What is done once may take longer than a frame, not so long that one wonders."""


def main() -> int:
    """Run the benchmarks that were asked for and print the table."""
    speak_utf8()
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    names = tuple(BENCHMARKS)
    parser.add_argument("only", nargs="*", choices=[*names, []], help="leave out for all")
    parser.add_argument("--rounds", type=int, default=7, help="window starts of each kind")
    parser.add_argument("--keep", action="store_true", help="compare with this release from now")
    options = parser.parse_args()
    measured: list[tuple[Row, float]] = []
    for name in options.only or names:
        before_s = previous.calibration_s()
        try:
            rows = BENCHMARKS[name](options.rounds)
        except subprocess.CalledProcessError as error:
            print(error.stderr.decode("utf-8", "replace")[-2000:], file=sys.stderr)
            rows = [Row(name, "failed")]
        # Before and after, as the machine may have become busy meanwhile.
        calibration = (before_s + previous.calibration_s()) / 2
        measured += [(row, calibration) for row in rows]
    kept = previous.known()
    release = f"{kept['version']} ({kept['commit']})" if kept else "nothing"
    lines = [(*row[:4], previous.against(row, took, kept)) for row, took in measured]
    print(table(("what", "measured", "target", "", f"against {release}"), lines))
    if options.keep:
        previous.keep(measured)
    return 0


def evaluate_time(_rounds: int) -> list[Row]:
    """One evaluation of two nodes with eight cards each, every time another context."""
    from moeplanner_gui.catalog.load import load_catalog
    from moeplanner_gui.core.assess import evaluate

    catalog = load_catalog()
    rows = []
    for engine in ("llama.cpp", "vllm"):
        plans = [large_plan(4096 + 256 * turn, engine=engine) for turn in range(1000)]
        evaluate(plans[0], catalog)
        spans_us = []
        for plan in plans:
            started = time.perf_counter()
            evaluate(plan, catalog)
            spans_us.append((time.perf_counter() - started) * 1e6)
        middle, late = _median_and_p95(spans_us)
        rows.append(
            Row(
                f"evaluate, 2 nodes × 8 cards, {engine}",
                f"{middle:.0f} µs, p95 {late:.0f}",
                "< 200 µs",
                _mark(middle < 200),
                middle / 1e6,
            )
        )
    return rows


def batch_time(_rounds: int) -> list[Row]:
    """10,000 plans of 16 cards through the command line, start of Python included."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plans.jsonl"
        with file.open("w", encoding="utf-8") as stream:
            for turn in range(10_000):
                plan = large_plan(4096 + 16 * turn)
                stream.write(json.dumps(json.loads(plan_to_json(plan))) + "\n")
        spans_s = []
        for _ in range(3):
            started = time.perf_counter()
            _run_python("-m", "moeplanner_gui", "estimate", "--batch", str(file))
            spans_s.append(time.perf_counter() - started)
    best = min(spans_s)
    mark = _mark(best < 5)
    return [Row("estimate --batch, 10,000 plans", f"{best:.2f} s", "< 5 s", mark, best)]


def window_start(rounds: int) -> list[Row]:
    """First paint and memory, the real window against the bare one, taking turns."""
    paints: dict[str, list[float]] = {"bare": [], "real": []}
    memory: dict[str, list[float]] = {"bare": [], "real": []}
    for turn in range(rounds + 1):
        for kind in ("bare", "real"):
            started = time.time()
            answer = _run_child(kind)
            if turn:  # the first start of each only warms the disk cache
                paints[kind].append((answer["painted_at"] - started) * 1000)
                memory[kind].append(answer["rss_bytes"] / 2**20)
    bare_ms, real_ms = statistics.median(paints["bare"]), statistics.median(paints["real"])
    bare_mib, real_mib = statistics.median(memory["bare"]), statistics.median(memory["real"])
    return [
        Row("first paint, bare window with a plot", f"{bare_ms:.0f} ms"),
        Row(
            "first paint, MoE Planner",
            f"{real_ms:.0f} ms, {real_ms / bare_ms:.2f} × bare",
            "≤ 1.5 ×",
            _mark(real_ms <= 1.5 * bare_ms),
            real_ms / bare_ms,
            is_ratio=True,
        ),
        Row("memory, bare window with a plot", f"{bare_mib:.0f} MiB"),
        Row(
            "memory, MoE Planner with all charts",
            f"{real_mib:.0f} MiB, {real_mib / bare_mib:.2f} × bare",
            "≤ 1.5 ×",
            _mark(real_mib <= 1.5 * bare_mib),
            real_mib / bare_mib,
            is_ratio=True,
        ),
    ]


def drop_time(_rounds: int) -> list[Row]:
    """From a dropped card to every view redrawn."""
    middle, late = _median_and_p95(_run_child("drops")["spans_ms"])
    return [
        Row(
            "drop to every view redrawn",
            f"{middle:.1f} ms, p95 {late:.1f}",
            "p95 < 16 ms",
            _mark(late < 16),
            late / 1e3,
        )
    ]


def slider_time(_rounds: int) -> list[Row]:
    """From a step of a slider of the Cost tab to everything redrawn."""
    middle, late = _median_and_p95(_run_child("slider")["spans_ms"])
    return [
        Row(
            "cost slider to every view redrawn",
            f"{middle:.1f} ms, p95 {late:.1f}",
            "p95 < 16 ms",
            _mark(late < 16),
            late / 1e3,
        )
    ]


def many_cards_time(_rounds: int) -> list[Row]:
    """From an edit of a rig of 512 cards to every view redrawn, and how much the cards cost."""
    answer = _run_child("many")
    usual = statistics.median(answer["sample"])
    middle, late = _median_and_p95(answer["many"])
    return [
        Row(
            "edit of 64 nodes × 8 cards, redrawn",
            f"{middle:.1f} ms, p95 {late:.1f}, {middle / usual:.1f} × the sample's",
            "< 50 ms",
            _mark(middle < 50),
            middle / 1e3,
        )
    ]


def rack_time(_rounds: int) -> list[Row]:
    """What a person does in a rig of 512 cards."""
    rows = []
    for name, spans_ms in json.loads(_run_python("-m", "tests.benchmarks.rack")).items():
        most = RACK_AT_ONCE_MS if name in RACK_AT_ONCE else RACK_FRAME_MS
        middle, longest = statistics.median(spans_ms), max(spans_ms)
        rows.append(
            Row(
                f"64 nodes × 8 cards: {name}",
                f"{middle:.1f} ms, longest {longest:.1f}",
                f"< {most} ms",
                _mark(middle < most),
                middle / 1e3,
            )
        )
    return rows


def at_rest(_rounds: int) -> list[Row]:
    """What the window takes while nobody touches it, and what an edit leaves behind."""
    answer = json.loads(_run_python("-m", "tests.benchmarks.rack", "rest"))
    idle, left = answer["idle_percent"], answer["edit_bytes"] / 1024
    return [
        Row(
            "window at rest for 20 s", f"{idle:.2f} % of a processor", "< 0.5 %", _mark(idle < 0.5)
        ),
        Row("memory of an edit, of 1,000", f"{left:.1f} KiB", "< 10 KiB", _mark(left < 10)),
    ]


def pdf_time(_rounds: int) -> list[Row]:
    """The PDF of a plan with 16 cards."""
    answer = _run_child("pdf")
    later = statistics.median(answer["spans_s"])
    return [
        Row(
            "PDF of a 16-card plan",
            f"{answer['first_s']:.2f} s first, {later:.2f} s later",
            "< 1 s",
            _mark(answer["first_s"] < 1),
            answer["first_s"],
        )
    ]


def search_gaps(_rounds: int) -> list[Row]:
    """The window's event loop while rigs are searched, and how soon a search stops."""
    answer = json.loads(_run_python("-m", "tests.benchmarks.find_gaps"))
    found = answer["search"]
    over = f"99 % under {found['p99']:.1f} ms; {found['over_16']} over 16 ms"
    what = f"find a rig, longest pause of the window in {found['seconds']:.1f} s"
    stopped = f"{answer['stop_ms']:.0f} ms"
    return [
        Row(what, f"{found['max']:.1f} ms", mark=over),
        Row("find a rig, stopped after", stopped, "100 ms", figure=answer["stop_ms"] / 1e3),
    ]


def detection_gaps(_rounds: int) -> list[Row]:
    """Freezes of the window while a driver hangs for 30 s, and after the program's own 5 s."""
    answer = json.loads(_run_python("-m", "tests.benchmarks.detect_gaps"))
    rows = []
    for name, gaps in answer.items():
        seconds = f" of {gaps['seconds']:.0f} s" if "seconds" in gaps else ""
        rows.append(
            Row(
                f"frame gaps, driver hangs: {name}{seconds}",
                f"median {gaps['median']:.1f} ms, p99 {gaps['p99']:.1f}, max {gaps['max']:.1f}, "
                f"{gaps['over_16']} over 16 ms",
                "max < 16 ms",
                _mark(gaps["max"] < 16),
            )
        )
    return rows


def search_time(_rounds: int) -> list[Row]:
    """Finding rigs in the whole catalogue."""
    from tests.benchmarks.search import search_times

    return [
        Row(name, words, "< 1 s", _mark(inside < 1.0), inside)
        for name, words, inside in search_times()
    ]


def catalogue_time(_rounds: int) -> list[Row]:
    """The catalogue's rows from the cache, and from the files that it is made of."""
    from moeplanner_gui.catalog import paths
    from moeplanner_gui.catalog.read_rows import Reading
    from moeplanner_gui.catalog.row_cache import read_catalogue

    folder = paths.catalogs_dir()
    spans_ms: dict[str, list[float]] = {"files": [], "cache": []}
    with tempfile.TemporaryDirectory() as kept_in:
        read_catalogue(folder, Path(kept_in))
        for _ in range(40):
            started = time.perf_counter()
            Reading(folder, by_path=False)
            between = time.perf_counter()
            read_catalogue(folder, Path(kept_in))
            spans_ms["files"].append((between - started) * 1e3)
            spans_ms["cache"].append((time.perf_counter() - between) * 1e3)
    files, cache = (statistics.median(spans) for spans in spans_ms.values())
    words = f"{cache:.1f} ms, {cache / files:.2f} × the {files:.1f} ms of the files"
    return [Row("catalogue from its cache", words, figure=cache / 1e3)]


BENCHMARKS: dict[str, Callable[[int], list[Row]]] = {
    "catalogue": catalogue_time,
    "evaluate": evaluate_time,
    "batch": batch_time,
    "window": window_start,
    "drop": drop_time,
    "slider": slider_time,
    "many": many_cards_time,
    "rack": rack_time,
    "rest": at_rest,
    "pdf": pdf_time,
    "detect": detection_gaps,
    "find": search_gaps,
    "search": search_time,
}


def _mark(is_met: bool) -> str:
    return "ok" if is_met else "OVER"


def _median_and_p95(values: list[float]) -> tuple[float, float]:
    return statistics.median(values), statistics.quantiles(values, n=20)[-1]


def _run_child(kind: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(_run_python("-m", "tests.benchmarks.child", kind))
    return answer


def _run_python(*arguments: str) -> bytes:
    with tempfile.TemporaryDirectory() as settings:
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
            "MOEPLANNER_CONFIG_DIR": settings,
        }
        # An installed program starts from compiled files; the first start here makes them.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            check=True,
        )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
