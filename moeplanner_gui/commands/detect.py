"""``moeplanner detect``: what is in this machine, as text, as JSON or as a report to pass on."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from moeplanner_gui.commands.console import ANSWER_IS_NO, DONE, CommandError, as_json, complain, say
from moeplanner_gui.commands.parser import CommandParser
from moeplanner_gui.safe_write import why_not_written, write_file_atomically

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog
    from moeplanner_gui.core.detected import DetectedMachine
    from moeplanner_gui.core.hardware import GpuSpec, HostSpec
    from moeplanner_gui.detect.proposal import CardMatch, HostMatch, Proposal

_LONGEST_S = 60.0


def run(arguments: Sequence[str]) -> int:
    """Run the command; 1 when no card was found and a probe failed, so that one may be there."""
    options = _parser().parse_args(arguments)
    from moeplanner_gui.detect.machine import detect

    machine = detect(timeout_s=options.timeout)
    if options.report is not None:
        _write_report(options.report, machine)
        if options.report == "-":
            return DONE if found_or_none(machine) else ANSWER_IS_NO
    catalog, proposal = _proposal(machine)
    if options.json:
        say(as_json(detection_json(machine, catalog, proposal)))
    else:
        from moeplanner_gui.commands.detect_text import detection_text

        say(detection_text(machine, proposal))
    if not found_or_none(machine):
        _complain_of(machine)
        return ANSWER_IS_NO
    return DONE


def detection_json(
    machine: DetectedMachine, catalog: Catalog, proposal: Proposal | None
) -> dict[str, Any]:
    """The one JSON object: cards, host and reports as read, and what the catalogue makes of it.

    ``proposal.node`` is a node as a plan file has it; ``proposal.entries`` are the rows of the
    user's own that it names, as a plan file has them beside it.
    """
    from moeplanner_gui.detect.sentences import told_in_all

    read = machine.model_dump(mode="json")
    return {
        **read,
        "problems": [
            {"title": one.title, "text": one.text, "level": one.level, "steps": one.steps}
            for one in told_in_all(machine)
        ],
        "matches": [_match(match) for match in proposal.matches] if proposal else [],
        "host_match": _host_match(proposal.host) if proposal else None,
        "proposal": _proposed(proposal) if proposal else None,
    }


def _proposal(machine: DetectedMachine) -> tuple[Catalog, Proposal | None]:
    from moeplanner_gui.commands.plan_input import open_catalog
    from moeplanner_gui.detect.propose import propose

    catalog = open_catalog()
    if not machine.cards and machine.host is None:
        return catalog, None
    try:
        return catalog, propose(machine, catalog.gpus, catalog.hosts, None, catalog.links)
    except ValueError as error:
        # Rows refuse what contradicts itself; what was read is still worth telling.
        complain(f"moeplanner: no plan can be made of this: {type(error).__name__}.")
        return catalog, None


def _proposed(proposal: Proposal) -> dict[str, Any]:
    from moeplanner_gui.core.entries import Entries
    from moeplanner_gui.core.plan import Plan, Rig
    from moeplanner_gui.export.plan_file import plan_to_json

    entries = Entries(gpus=proposal.new_cards, hosts=proposal.new_hosts)
    plan = Plan(model="any", rig=Rig(nodes=(proposal.node,)))
    document = json.loads(plan_to_json(plan, entries))
    return {
        "summary": proposal.summary,
        "node": document["rig"]["nodes"][0],
        "entries": document.get("entries", {}),
        "lines": [
            {
                "subject": line.subject,
                "found": line.found,
                "mark": line.mark,
                "detail": line.detail,
                "card": line.card,
            }
            for line in proposal.lines
        ],
        "left_out": list(proposal.left_out),
    }


def _match(match: CardMatch) -> dict[str, Any]:
    return {
        "pci_address": match.card.pci_address,
        "name": match.card.name,
        "row": _row(match.row),
        "how": match.how,
        "because": match.because,
        "nearest": [_row(row) for row in match.nearest],
    }


def _host_match(match: HostMatch) -> dict[str, Any]:
    return {
        "row": _row(match.row),
        "because": match.because,
        "nearest": [_row(row) for row in match.nearest],
    }


def _row(row: GpuSpec | HostSpec | None) -> str | None:
    return None if row is None else row.id


def found_or_none(machine: DetectedMachine) -> bool:
    """Whether there is a card, or surely none: not when somebody could not say."""
    from moeplanner_gui.detect.sentences import has_looked

    return bool(machine.cards) or has_looked(machine)


def _complain_of(machine: DetectedMachine) -> None:
    from moeplanner_gui.detect.sentences import told_in_all

    titles = [one.title for one in told_in_all(machine) if one.level != "note"]
    because = "; ".join(titles) or "not everything answered"
    complain(f"moeplanner: no card was found, and there may be one: {because}.")


def _write_report(path: str, machine: DetectedMachine) -> None:
    """Write the anonymous report.

    Raises:
        CommandError: It could not be written; says why.
    """
    from moeplanner_gui.detect.anonymous import anonymous_report

    text = as_json(anonymous_report(machine))
    if path == "-":
        say(text)
        return
    try:
        write_file_atomically(path, f"{text}\n".encode())
    except (OSError, ValueError) as error:
        why = why_not_written(error) if isinstance(error, OSError) else "that is no file name"
        raise CommandError(f"{path} could not be written: {why}.") from error
    # Standard output is the answer, which may be JSON.
    complain(f"Wrote {path}: look it over before you give it away.")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.1 <= value <= _LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text} is not between 0.1 and {_LONGEST_S:g} seconds")
    return value


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="moeplanner detect",
        description="Find the cards, the memory and the disks of this machine, and what they are "
        "in the catalogue. Changes nothing, asks for no rights and goes online for nothing.",
        epilog="Exit codes: 0 something was found, or there is no card; 1 no card was found and a "
        "driver failed, hung or refused, so one may be there (says which on standard error), or "
        "the report could not be written; 2 wrong usage.",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="everything as one JSON object; proposal.node can be put into a plan's rig.nodes",
    )
    parser.add_argument(
        "--report",
        metavar="FILE",
        help="also write what was found without names, paths, addresses and serial numbers, "
        "to attach to a bug; - writes only that, to standard output",
    )
    parser.add_argument(
        "--timeout",
        metavar="S",
        type=_seconds,
        default=5.0,
        help="seconds that each driver may take (default 5)",
    )
    return parser
