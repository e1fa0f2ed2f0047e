"""From an argument to a plan and a catalogue, with errors worded for a terminal."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from moeplanner_gui.commands.console import USAGE, CommandError, complain
from moeplanner_gui.commands.flags import has_plan_flags, plan_document
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.export.plan_file import (
    MAX_PLAN_BYTES,
    PlanFileError,
    plan_from_json,
    plan_to_json,
    read_plan,
)

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog
    from moeplanner_gui.core.assessment import Assessment
    from moeplanner_gui.core.plan import Plan


def open_catalog(*, quiet: bool = False) -> Catalog:
    """The catalogue; rows that had to be left out are named on standard error."""
    from moeplanner_gui.catalog.load import load_catalog

    catalog = load_catalog()
    if not quiet:
        for problem in catalog.problems:
            complain(f"moeplanner: left out: {problem}")
    return catalog


def plan_from_options(options: argparse.Namespace) -> Plan:
    """The plan of a file, of flags, or of a file changed by flags.

    Raises:
        CommandError: There is no plan, or it is refused.
    """
    if options.plan is None:
        if options.model is None:
            raise CommandError("name a plan file, or a model with --model.", USAGE)
        return _checked(plan_document(options, None))
    plan = read_plan_argument(options.plan)
    if not has_plan_flags(options):
        return plan
    return _checked(plan_document(options, json.loads(plan_to_json(plan))))


def read_plan_argument(argument: str) -> Plan:
    """The plan of a file, or of standard input for ``-``."""
    try:
        if argument == "-":
            return plan_from_json(sys.stdin.buffer.read(MAX_PLAN_BYTES + 1), name="standard input")
        return read_plan(argument)
    except PlanFileError as error:
        name = "standard input" if argument == "-" else argument
        raise CommandError(f"{name}: {error}") from None


def assess_or_explain(plan: Plan, catalog: Catalog) -> Assessment:
    """``evaluate`` with an unknown id turned into a sentence that suggests the closest ones."""
    try:
        return evaluate(plan, catalog)
    except UnknownEntryError as error:
        raise CommandError(unknown_entry_sentence(error)) from None


def unknown_entry_sentence(error: UnknownEntryError) -> str:
    """What is unknown, what is close, and where to look."""
    if error.closest:
        return str(error)
    return f"{error} See `moeplanner catalog list {error.kind}s`."


def _checked(document: dict[str, object]) -> Plan:
    try:
        return plan_from_json(json.dumps(document))
    except PlanFileError as error:
        raise CommandError(error.sentence) from None
