"""From an argument to a plan and a catalogue, with errors worded for a terminal."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from moeplanner_gui.commands.console import USAGE, CommandError, complain
from moeplanner_gui.commands.cost_flags import with_region
from moeplanner_gui.commands.flags import has_plan_flags, plan_document
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.entries import NO_ENTRIES, Entries
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.export.plan_file import (
    MAX_PLAN_BYTES,
    PlanFileError,
    plan_and_entries_from_json,
    plan_from_json,
    plan_to_json,
    read_plan_and_entries,
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


def open_plan(options: argparse.Namespace) -> tuple[Plan, Catalog]:
    """The plan that was asked for and the catalogue, with the rows that the plan brings along.

    Raises:
        CommandError: There is no plan, or it is refused.
    """
    plan, entries = plan_from_options(options)
    catalog = open_catalog().with_entries(entries)
    return with_region(plan, catalog, options.region), catalog


def plan_from_options(options: argparse.Namespace) -> tuple[Plan, Entries]:
    """The plan of a file, of flags, or of a file changed by flags; and the rows it brings along.

    Raises:
        CommandError: There is no plan, or it is refused.
    """
    if options.plan is None:
        if options.model is None:
            raise CommandError("name a plan file, or a model with --model.", USAGE)
        return _checked(plan_document(options, None)), NO_ENTRIES
    plan, entries = read_plan_argument(options.plan)
    if not has_plan_flags(options):
        return plan, entries
    return _checked(plan_document(options, json.loads(plan_to_json(plan)))), entries


def read_plan_argument(argument: str) -> tuple[Plan, Entries]:
    """The plan of a file, or of standard input for ``-``, and the rows it brings along."""
    try:
        if argument == "-":
            data = sys.stdin.buffer.read(MAX_PLAN_BYTES + 1)
            return plan_and_entries_from_json(data, name="standard input")
        return read_plan_and_entries(argument)
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
