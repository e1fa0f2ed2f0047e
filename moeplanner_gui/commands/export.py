"""``moeplanner export``: a plan to take away as PDF, CSV and launch commands."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from moeplanner_gui.commands.console import DONE, USAGE, CommandError, complain, say
from moeplanner_gui.commands.flags import add_plan_flags
from moeplanner_gui.commands.plan_input import (
    assess_or_explain,
    open_plan,
)
from moeplanner_gui.export.csv import parts_csv, write_csv
from moeplanner_gui.safe_write import why_not_written, write_file_atomically

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog
    from moeplanner_gui.core.assessment import Assessment
    from moeplanner_gui.core.plan import Plan


def run(arguments: Sequence[str]) -> int:
    """Run the command; 0 when every file asked for is written, whatever the verdict."""
    options = _parser().parse_args(arguments)
    if options.markdown is not None:
        raise CommandError("--markdown: writing Markdown is not available yet.", USAGE)
    asked = {
        flag: path
        for flag in ("pdf", "csv", "launch")
        if (path := getattr(options, flag)) is not None
    }
    if not asked:
        raise CommandError("say what to write: --pdf FILE, --csv FILE or --launch FILE.", USAGE)
    _refuse_twice(asked)
    plan, catalog = open_plan(options)
    assessment = assess_or_explain(plan, catalog)
    if options.csv == "-":
        sys.stdout.write(parts_csv(plan, assessment, catalog).replace("\r\n", "\n"))
    elif options.csv is not None:
        save_csv(options.csv, plan, assessment, catalog)
        say(f"Wrote {options.csv}")
    if options.pdf is not None:
        save_pdf(options.pdf, plan, assessment, catalog)
        say(f"Wrote {options.pdf}")
    if options.launch is not None:
        save_launch(options.launch, plan, assessment, catalog)
    if not assessment.fits:
        complain(f"moeplanner: {assessment.reasons[0]}")
    return DONE


def _refuse_twice(asked: dict[str, str]) -> None:
    """Raises CommandError where two files are to be written to one place."""
    names: dict[str, str] = {}
    for flag, path in asked.items():
        place = path if path == "-" else os.path.realpath(path)
        if place in names:
            raise CommandError(f"--{names[place]} and --{flag} name the same file.", USAGE)
        names[place] = flag


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
    try:
        write_csv(path, plan, assessment, catalog)
    except OSError as error:
        raise CommandError(f"{path} could not be written: {why_not_written(error)}.") from error


def save_pdf(path: str, plan: Plan, assessment: Assessment, catalog: Catalog) -> None:
    """Write the PDF; without a running application one is started unseen.

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
            write_pdf(str(drawn), plan, assessment, catalog)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="moeplanner export",
        description="Write a plan and what was found about it to files.",
        epilog="Exit codes: 0 written, 1 could not be written or bad input, 2 wrong usage.",
    )
    parser.add_argument("plan", nargs="?", metavar="PLAN.moeplan", help="plan file, - for stdin")
    parser.add_argument("--pdf", metavar="FILE", help="build plan as PDF")
    parser.add_argument("--csv", metavar="FILE", help="parts and memory as CSV, - for stdout")
    parser.add_argument(
        "--launch", metavar="FILE", help="commands that start the engine, - for stdout"
    )
    # Not written yet, and said so, rather than refused as unknown.
    parser.add_argument("--markdown", metavar="FILE", help=argparse.SUPPRESS)
    add_plan_flags(parser)
    return parser
