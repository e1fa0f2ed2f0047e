"""``moeplanner export``: a plan to take away as PDF, CSV, Markdown and launch commands."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from moeplanner_gui.commands.console import DONE, USAGE, CommandError, complain, say
from moeplanner_gui.commands.flags import add_plan_flags
from moeplanner_gui.commands.parser import CommandParser
from moeplanner_gui.commands.plan_input import (
    assess_or_explain,
    open_plan,
)
from moeplanner_gui.export.bill_csv import bill_csv
from moeplanner_gui.export.csv import encode_csv, parts_csv
from moeplanner_gui.export.figures_csv import figures_csv
from moeplanner_gui.export.markdown import plan_markdown
from moeplanner_gui.safe_write import why_not_written, write_file_atomically

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog
    from moeplanner_gui.core.assessment import Assessment
    from moeplanner_gui.core.plan import Plan


_FLAGS = ("csv", "bill_csv", "figures_csv", "markdown", "pdf", "launch")
"""What can be written, in this order."""


def run(arguments: Sequence[str]) -> int:
    """Run the command; 0 when every file asked for is written, whatever the verdict."""
    options = _parser().parse_args(arguments)
    asked = {flag: path for flag in _FLAGS if (path := getattr(options, flag)) is not None}
    if not asked:
        flags = ", ".join(f"{_option(flag)} FILE" for flag in _FLAGS[:-1])
        raise CommandError(f"say what to write: {flags} or {_option(_FLAGS[-1])} FILE.", USAGE)
    if options.paper is not None and options.pdf is None:
        raise CommandError("--paper is for --pdf FILE, which is missing.", USAGE)
    _refuse_one_file_for_two(asked)
    plan, catalog = open_plan(options)
    assessment = assess_or_explain(plan, catalog)
    for flag, path in asked.items():
        if flag == "launch":
            save_launch(path, plan, assessment, catalog)
            continue
        if flag == "pdf":
            save_pdf(path, plan, assessment, catalog, paper=options.paper)
        elif path == "-":
            sys.stdout.write(_text(flag, plan, assessment, catalog).replace("\r\n", "\n"))
            continue
        else:
            save_text(path, _text(flag, plan, assessment, catalog), flag)
        say(f"Wrote {path}")
    if not assessment.fits:
        complain(f"moeplanner: {assessment.reasons[0]}")
    return DONE


def _option(flag: str) -> str:
    return f"--{flag.replace('_', '-')}"


def _refuse_one_file_for_two(asked: dict[str, str]) -> None:
    """Two exports into one file would leave only the second."""
    taken: dict[str, str] = {}
    for flag, path in asked.items():
        place = path if path == "-" else os.path.realpath(path)
        if place in taken:
            raise CommandError(
                f"{_option(taken[place])} and {_option(flag)} name the same file.", USAGE
            )
        taken[place] = flag


def _text(flag: str, plan: Plan, assessment: Assessment, catalog: Catalog) -> str:
    """What one of the text formats holds."""
    if flag == "bill_csv":
        return bill_csv(plan, catalog)
    if flag == "figures_csv":
        return figures_csv(plan, assessment, catalog)
    if flag == "markdown":
        return plan_markdown(plan, assessment, catalog, date.today())
    return parts_csv(plan, assessment, catalog)


def save_text(path: str, text: str, flag: str) -> None:
    """Write one of the text formats.

    Raises:
        CommandError: It could not be written; says why.
    """
    data = text.encode("utf-8") if flag == "markdown" else encode_csv(text)
    try:
        write_file_atomically(path, data)
    except OSError as error:
        raise CommandError(f"{path} could not be written: {why_not_written(error)}.") from error


def save_launch(path: str, plan: Plan, assessment: Assessment, catalog: Catalog) -> None:
    """Write the launch commands, ``-`` to the standard output.

    Raises:
        CommandError: The plan cannot be started, or the file could not be written; says why.
    """
    from moeplanner_gui.export.launch import NoCommandError, launch_text, write_launch

    try:
        if path == "-":
            sys.stdout.write(launch_text(plan, assessment, catalog))
            return
        write_launch(path, plan, assessment, catalog)
    except NoCommandError as error:
        raise CommandError(f"no launch command: {error}") from error
    except OSError as error:
        raise CommandError(f"{path} could not be written: {why_not_written(error)}.") from error
    say(f"Wrote {path}")


def save_csv(path: str, plan: Plan, assessment: Assessment, catalog: Catalog) -> None:
    """Write the CSV.

    Raises:
        CommandError: It could not be written; says why.
    """
    save_text(path, parts_csv(plan, assessment, catalog), "csv")


def save_pdf(
    path: str,
    plan: Plan,
    assessment: Assessment,
    catalog: Catalog,
    *,
    paper: Literal["A4", "Letter"] | None = None,
) -> None:
    """Write the PDF, on the locale's ``paper`` when None; without a running application one is
    started unseen.

    It is drawn into a temporary file first: Qt does not say when the disk was full, so the
    result is looked at before it takes the place of an older one.

    Raises:
        CommandError: It could not be written; says why.
    """
    try:
        application = _gui_application()
        from moeplanner_gui.ui.export.pdf import write_pdf
    except ImportError as error:
        raise CommandError(f"a PDF needs Qt, which cannot be loaded: {error}.") from error
    with tempfile.TemporaryDirectory(prefix="moeplanner-") as folder:
        drawn = Path(folder) / "plan.pdf"
        try:
            write_pdf(str(drawn), plan, assessment, catalog, paper=paper)
            data = drawn.read_bytes() if drawn.exists() else b""
            if not data.startswith(b"%PDF") or b"%%EOF" not in data[-64:]:
                raise CommandError(f"{path} could not be written: the PDF came out incomplete.")
            write_file_atomically(path, data)
        except OSError as error:
            raise CommandError(f"{path} could not be written: {why_not_written(error)}.") from error
    del application


def _gui_application() -> object:
    """The running Qt application, or a new one that opens no window."""
    if sys.platform.startswith("linux"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication.instance() or QGuiApplication(["moeplanner"])


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="moeplanner export",
        description="Write a plan and what was found about it to files.",
        epilog="Exit codes: 0 written, 1 could not be written or bad input, 2 wrong usage.",
    )
    parser.add_argument("plan", nargs="?", metavar="PLAN.moeplan", help="plan file, - for stdin")
    parser.add_argument("--pdf", metavar="FILE", help="build plan as PDF")
    parser.add_argument(
        "--paper",
        type=lambda text: {"a4": "A4", "letter": "Letter"}.get(text.lower(), text),
        choices=("A4", "Letter"),
        help="paper of the PDF: A4 or Letter (default: as the locale has it)",
    )
    parser.add_argument("--csv", metavar="FILE", help="everything as CSV in blocks, - for stdout")
    parser.add_argument(
        "--bill-csv", metavar="FILE", help="bill of materials as one CSV table, - for stdout"
    )
    parser.add_argument(
        "--figures-csv", metavar="FILE", help="every figure as one CSV table, - for stdout"
    )
    parser.add_argument(
        "--markdown", metavar="FILE", help="summary for a forum as Markdown, - for stdout"
    )
    parser.add_argument(
        "--launch", metavar="FILE", help="commands that start the engine, - for stdout"
    )
    add_plan_flags(parser)
    return parser
