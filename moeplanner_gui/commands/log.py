"""``moeplanner log``: an engine's log beside what the plan predicts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from moeplanner_gui.commands.console import (
    ANSWER_IS_NO,
    DONE,
    CommandError,
    as_json,
    complain,
    say,
    table,
)
from moeplanner_gui.commands.parser import CommandParser
from moeplanner_gui.commands.plan_input import (
    assess_or_explain,
    open_catalog,
    read_plan_argument,
)
from moeplanner_gui.core.launch.log_compare import LogComparison, compare_log
from moeplanner_gui.core.launch.log_readings import LogReadings
from moeplanner_gui.core.launch.log_text import MOST_BYTES, decode_log
from moeplanner_gui.core.launch.logs import read_log
from moeplanner_gui.core.units import MIB
from moeplanner_gui.export.log_rows import (
    HEAD,
    KINDS,
    log_cells,
    log_json,
    notes_of,
    read_words,
    readings_json,
    speed_cells,
)

if TYPE_CHECKING:
    from moeplanner_gui.core.assessment import Assessment


def run(arguments: Sequence[str]) -> int:
    """Run the command; 0 when it fits with the log's numbers, 1 when not or not told.

    Without a plan: 0 when anything was read.
    """
    options = _parser().parse_args(arguments)
    if options.log == "-" and options.plan == "-":
        raise CommandError("only one of log and plan can come from standard input.", 2)
    text = _text_of(options.log)
    if options.plan is None:
        return _without_plan(read_log(text), as_object=options.json)
    plan, entries = read_plan_argument(options.plan)
    catalog = open_catalog(quiet=options.json).with_entries(entries)
    assessment = assess_or_explain(plan, catalog)
    readings = read_log(text, expected=plan.deployment.engine)
    comparison = compare_log(readings, plan, assessment, catalog)
    if options.json:
        say(as_json(log_json(comparison, assessment)))
    else:
        say(_comparison_text(comparison, assessment))
    answer = comparison.answer
    return DONE if answer is not None and answer.verdict in ("fits", "tight") else ANSWER_IS_NO


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="moeplanner log",
        description="Reads the log of llama.cpp, vLLM, SGLang or KTransformers and puts what it "
        "says of memory and speed beside what the plan predicts. llama.cpp prints its buffers "
        "with --log-verbosity 4.",
        epilog="Exit codes: 0 it fits with the log's numbers, 1 it does not, it is not told or "
        "nothing was read, 2 wrong usage.",
    )
    parser.add_argument("log", metavar="FILE", help="the engine's log, - for stdin")
    parser.add_argument(
        "plan",
        nargs="?",
        metavar="PLAN.moeplan",
        help="the plan to compare with; without it, only what was read is listed",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _text_of(path: str) -> str:
    try:
        if path == "-":
            return decode_log(sys.stdin.buffer.read(MOST_BYTES))
        with open(path, "rb") as file:
            return decode_log(file.read(MOST_BYTES))
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or 'cannot be read'}.") from None


def _without_plan(readings: LogReadings, *, as_object: bool) -> int:
    found = not readings.is_empty
    if as_object:
        say(as_json(readings_json(readings)))
        return DONE if found else ANSWER_IS_NO
    lines = [read_words(readings)]
    if readings.readings:
        rows: list[tuple[str, ...]] = [
            (
                one.device or "–",
                KINDS[one.says],
                "–" if one.size_bytes is None else f"{one.size_bytes / MIB:,.2f}",
                "–" if one.tokens is None else f"{one.tokens:,}",
                f"{one.line:,}",
            )
            for one in readings.readings
        ]
        lines += ["", table(("DEVICE", "memory", "MiB", "tokens", "line"), rows, left=2)]
    if readings.settings:
        settings = ", ".join(f"{one.name} {one.value}" for one in readings.settings)
        lines += ["", f"Settings: {settings}."]
    lines += [
        f"{one.kind}: {one.tokens_per_s:g} tok/s, line {one.line:,}"
        for one in readings.speeds[-10:]
    ]
    lines += [f"The start failed, line {one.line:,}: {one.text}" for one in readings.faults]
    lines += [f"Not understood, line {one.line:,}: {one.text}" for one in readings.left]
    say("\n".join(lines))
    if not found:
        complain("moeplanner: nothing about memory or speed was found in it.")
    return DONE if found else ANSWER_IS_NO


def _comparison_text(comparison: LogComparison, assessment: Assessment) -> str:
    lines = [read_words(comparison.readings)]
    if comparison.refusal:
        return "\n".join((*lines, comparison.refusal))
    if comparison.answer is not None:
        lines.append(comparison.answer.sentence)
    rows = [cells.texts for cells in log_cells(comparison, assessment)]
    if rows:
        lines += ["", table(tuple(head.upper() for head in HEAD), rows, left=2)]
    speeds = [cells.texts[0] for cells in speed_cells(comparison)]
    notes = notes_of(comparison)
    for part in (speeds, notes):
        if part:
            lines += ["", *part]
    return "\n".join(lines)
