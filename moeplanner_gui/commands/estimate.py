"""``moeplanner estimate``: one plan, or a stream of plans, to assessments."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any

from moeplanner_gui.commands.answer import answer_text
from moeplanner_gui.commands.console import (
    ANSWER_IS_NO,
    DONE,
    USAGE,
    CommandError,
    as_json,
    as_json_line,
    complain,
    say,
)
from moeplanner_gui.commands.flags import add_plan_flags, has_plan_flags
from moeplanner_gui.commands.parser import CommandParser
from moeplanner_gui.commands.plan_input import (
    assess_or_explain,
    open_catalog,
    open_plan,
    unknown_entry_sentence,
)
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.checks.dismissed import covers
from moeplanner_gui.core.context import most_sequences
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.remedies import remedies
from moeplanner_gui.export.plan_file import (
    MAX_PLAN_BYTES,
    PlanFileError,
    plan_and_entries_from_json,
    plan_to_json,
)

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog


def run(arguments: Sequence[str]) -> int:
    """Run the command; 0 when the plan fits, 1 when it does not."""
    options = _parser().parse_args(arguments)
    if options.batch is not None:
        if options.advice:
            raise CommandError("--advice is for one plan, not for --batch.", USAGE)
        if options.plan is not None or has_plan_flags(options):
            raise CommandError("--batch takes its plans from the file alone.", USAGE)
        return _run_batch(options.batch)
    plan, catalog = open_plan(options)
    assessment = assess_or_explain(plan, catalog)
    if options.advice and not options.json:
        raise CommandError("--advice adds to the JSON; the text has it always. Add --json.", USAGE)
    if options.json:
        say(as_json(_answer(plan, assessment, catalog, advice=options.advice)))
    else:
        say(answer_text(plan, assessment, catalog))
    if assessment.fits:
        return DONE
    if options.json or not sys.stdout.isatty():
        complain(f"moeplanner: {assessment.reasons[0] if assessment.reasons else 'no.'}")
    return ANSWER_IS_NO


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="moeplanner estimate",
        description="Does a plan fit, how long a context does it hold, and what would help?",
        epilog="Exit codes: 0 it fits, 1 it does not or the input is bad, 2 wrong usage.",
    )
    parser.add_argument("plan", nargs="?", metavar="PLAN.moeplan", help="plan file, - for stdin")
    parser.add_argument("--json", action="store_true", help="print the assessment as JSON")
    parser.add_argument(
        "--advice",
        action="store_true",
        help='with --json: add "remedies", what would make the plan fit, cheapest first',
    )
    parser.add_argument(
        "--batch",
        metavar="PLANS.jsonl",
        help="one plan a line, - for stdin; prints one JSON object a line, in order",
    )
    add_plan_flags(parser)
    return parser


def _answer(
    plan: Plan, assessment: Assessment, catalog: Catalog, *, advice: bool
) -> dict[str, Any]:
    """The assessment with what is worked out for one plan only, because it takes longer."""
    most = most_sequences(plan, catalog)
    answer = _with_dismissals(assessment.to_json(), plan)
    answer["max_sequences"] = most.sequences
    answer["max_sequences_limited_by"] = most.limited_by
    if advice:
        answer["remedies"] = [
            {
                "title": remedy.title,
                "detail": remedy.detail,
                "outcome": remedy.outcome,
                "plan": json.loads(plan_to_json(remedy.plan)),
            }
            for remedy in remedies(plan, catalog)
        ]
    return answer


def _with_dismissals(answer: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """Each finding with whether the plan dismisses it, and why: ``reason`` is null while it
    stands, and "" where none was given.
    """
    dismissals = {(item.code, item.subject): item for item in plan.dismissed}
    for finding in answer["findings"]:
        item = dismissals.get((finding["code"], finding["subject"]))
        is_meant = item is not None and covers(item, finding["severity"], finding["message"])
        reason = item.reason if item is not None and is_meant else None
        finding["dismissed"] = reason is not None
        finding["reason"] = reason
    return answer


def _run_batch(path: str) -> int:
    try:
        stream = sys.stdin.buffer if path == "-" else open(path, "rb")  # noqa: SIM115
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.") from None
    catalog = open_catalog()
    with stream:
        try:
            for line in _lines(stream):
                # Who writes plans one by one may wait for each answer; a file waits for none.
                print(as_json_line(_answer_line(line, catalog)), flush=path == "-")
        except IsADirectoryError as error:
            raise CommandError(f"{path}: {error.strerror}.") from None
    return DONE


def _answer_line(line: bytes, catalog: Catalog) -> dict[str, Any]:
    try:
        plan, entries = plan_and_entries_from_json(line)
        if entries:
            catalog = catalog.with_entries(entries)
        return _with_dismissals(evaluate(plan, catalog).to_json(), plan)
    except PlanFileError as error:
        return {"error": error.sentence, "key": error.key, "suggestion": error.suggestion}
    except UnknownEntryError as error:
        return {
            "error": unknown_entry_sentence(error),
            "key": error.kind,
            "suggestion": error.closest[0] if error.closest else None,
        }
    except Exception as error:  # one plan must not end the run for the ones after it
        return {"error": f"internal error: {type(error).__name__}: {error}"}


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a stream, each cut off just past the largest possible plan.

    Empty lines at the end are no plans; those in between stay, so that answers keep their place.
    """
    empty = 0
    while line := stream.readline(MAX_PLAN_BYTES + 1):
        rest = line
        while rest and not rest.endswith(b"\n") and len(rest) > MAX_PLAN_BYTES:
            rest = stream.readline(MAX_PLAN_BYTES + 1)
        line = line.rstrip(b"\r\n")
        if not line.strip():
            empty += 1
            continue
        for _ in range(empty):
            yield b""
        empty = 0
        yield line
