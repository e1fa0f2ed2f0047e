"""``moeplanner find``: which rigs run a model, within a budget, at a speed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from moeplanner_gui.commands.console import (
    ANSWER_IS_NO,
    DONE,
    USAGE,
    CommandError,
    as_json,
    complain,
    say,
)
from moeplanner_gui.commands.cost_flags import with_region_economics
from moeplanner_gui.commands.find_text import result_text
from moeplanner_gui.commands.flags import parse_tokens
from moeplanner_gui.commands.parser import CommandParser
from moeplanner_gui.commands.plan_input import (
    open_catalog,
    read_plan_argument,
    unknown_entry_sentence,
)
from moeplanner_gui.core.entries import NO_ENTRIES, Entries, entries_of
from moeplanner_gui.core.kept import there_of, without_owned
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.plan import Economics, Engine, Node
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.prepare import layout_of
from moeplanner_gui.core.search.search import search
from moeplanner_gui.core.search.terms import FoundRig, Progress, SearchResult, Wishes
from moeplanner_gui.core.support import ENGINES
from moeplanner_gui.core.weights import UnsupportedFormatError, formats_for
from moeplanner_gui.export.plan_file import PlanFileError, plan_to_json, write_plan

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog

DEFAULT_MIN_BITS = 4.25
"""Weights of fewer bits are smaller and faster, and answer worse: they have to be asked for."""
_RANKS = ("price", "speed", "power", "context", "month")
_VENDORS = {"nvidia": "NVIDIA", "amd": "AMD", "apple": "Apple", "intel": "Intel"}


def run(arguments: Sequence[str]) -> int:
    """Run the command; 0 when a rig was found, 1 when none does what is wished."""
    options = _parser().parse_args(arguments)
    keep, entries, economics = _kept(options.keep)
    catalog = open_catalog().with_entries(entries)
    economics = _economics(options, economics, catalog)
    wishes = _wishes(options, keep, economics)
    for name in wishes.models:
        try:
            catalog.model(name)
        except UnknownEntryError as error:
            raise CommandError(unknown_entry_sentence(error)) from None
    _check_weights(wishes, catalog)
    progress = _Bar() if sys.stderr is not None and sys.stderr.isatty() else None
    # Only the JSON has what lies outside the limits.
    result = search(wishes, catalog, progress, beyond=options.json)
    if progress is not None:
        progress.end()
    if options.json:
        say(as_json(result_json(result, options.limit)))
    else:
        say(result_text(result, wishes, catalog, options.limit))
    if not result.rigs:
        _complain_of(result)
        return ANSWER_IS_NO
    if options.plan_out is not None:
        _write(options.plan_out, result.rigs[0], catalog)
    return DONE


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="moeplanner find",
        description="Which rigs of the catalogue run a model, and which of them nothing beats?",
        epilog="Exit codes: 0 a rig was found, 1 none or the input is bad, 2 wrong usage.",
    )
    add = parser.add_argument
    add("--model", action="append", required=True, metavar="ID", help="repeatable: it runs each")
    add("--weights", action="append", metavar="NAME", help="native, q4_k_m, …; repeatable")
    add(
        "--min-bits",
        type=float,
        metavar="X",
        help="at least so many bits a weight; without it and --weights 4.25; 0 allows all",
    )
    add("--context", type=parse_tokens, default=32_768, metavar="N", help="tokens of each user")
    add("--users", type=int, default=1, metavar="N", help="at a time (default 1)")
    add("--engine", action="append", choices=ENGINES, help="repeatable; without it all")
    add("--decode", type=float, default=0.0, metavar="X", help="tokens/s of each user at least")
    add("--prefill", type=float, default=0.0, metavar="X", help="tokens/s of the prompt at least")
    add("--low", action="store_true", help="the low end of the range has to reach the speeds")
    add("--budget", type=float, metavar="USD", help="price of the hardware at most, without tax")
    add("--watts", type=float, metavar="W", help="from the wall at work at most")
    add("--cards", type=int, default=8, metavar="N", help="in a computer at most (default 8)")
    add("--nodes", type=int, default=1, metavar="N", help="computers at most (default 1)")
    add("--vendor", action="append", metavar="NAME", help="nvidia, amd, apple, intel; repeatable")
    add("--new-only", action="store_true", help="no second-hand prices")
    add(
        "--list-prices",
        action="store_true",
        help="also cards of which only the maker's list price is known",
    )
    add("--quiet", action="store_true", help="only cards that are sold with a cooler for a desk")
    add("--keep", metavar="PLAN|detected", help="the first computer of a plan, or this one, stays")
    add("--rank", choices=_RANKS, default="price", help="order of the list (default price)")
    add("--life-months", type=int, metavar="N", help="until it is sold, for --rank month (36)")
    add("--kwh-usd", type=float, metavar="X", help="price of a kWh, for --rank month (0.187)")
    add("--region", metavar="ID", help="electricity tariff of this region, for example DE")
    add("--limit", type=int, default=20, metavar="N", help="rigs of the list (default 20)")
    add("--json", action="store_true", help="print everything as one JSON object")
    add("--plan-out", metavar="FILE", help="write the first rig of the list as a plan")
    return parser


def _wishes(options: argparse.Namespace, keep: Node | None, economics: Economics) -> Wishes:
    _check(options)
    vendors = tuple(_VENDORS.get(name.lower(), name) for name in options.vendor or ())
    bits = options.min_bits
    if bits is None:
        bits = 0.0 if options.weights else DEFAULT_MIN_BITS
    return Wishes(
        models=tuple(dict.fromkeys(name.lower() for name in options.model)),
        context_tokens=options.context,
        users=options.users,
        weights=tuple(name.lower() for name in options.weights) if options.weights else None,
        min_bits_per_weight=bits,
        engines=tuple(dict.fromkeys(options.engine)) if options.engine else ENGINES,
        decode_tokens_per_s=options.decode,
        prefill_tokens_per_s=options.prefill,
        speed_from="low" if options.low else "expected",
        budget_usd=options.budget,
        max_load_w=options.watts,
        max_cards=options.cards,
        max_nodes=options.nodes,
        vendors=vendors,
        used_prices=not options.new_only,
        list_prices=options.list_prices,
        quiet=options.quiet,
        keep=keep,
        economics=economics,
        rank_by=options.rank,
    )


def _economics(options: argparse.Namespace, given: Economics, catalog: Catalog) -> Economics:
    """What the month's cost is worked out with: the kept plan's, and what was said here."""
    if options.region is not None:
        given = with_region_economics(given, catalog, options.region)
    said: dict[str, object] = {
        "life_months": options.life_months,
        "electricity_usd_per_kwh": options.kwh_usd,
    }
    changes = {name: value for name, value in said.items() if value is not None}
    if "electricity_usd_per_kwh" in changes:
        changes["electricity_region"] = None
    try:
        return Economics.model_validate({**dict(given), **changes})
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        flag = "--life-months" if name == "life_months" else "--kwh-usd"
        raise CommandError(f"{flag} {said.get(name)}: {error.errors()[0]['msg']}.", USAGE) from None


def _check(options: argparse.Namespace) -> None:
    at_least_one = ("context", "users", "nodes", "limit")
    for name, most in (("context", 2**31), ("users", 65_536), ("cards", 32), ("nodes", 8)):
        value = getattr(options, name)
        least = 1 if name in at_least_one else 0
        if not least <= value <= most:
            text = f"--{name} {value}: write a number from {least} to {most:,}."
            raise CommandError(text, USAGE)
    for name in ("decode", "prefill", "budget", "watts", "min_bits"):
        value = getattr(options, name)
        # Also false for what is no number at all.
        if value is not None and not 0.0 <= value <= 1e12:
            flag = name.replace("_", "-")
            raise CommandError(f"--{flag} {value:g}: write a number from 0 on.", USAGE)
    if options.limit < 1:
        raise CommandError(f"--limit {options.limit}: write a number from 1 on.", USAGE)
    for name in options.vendor or ():
        if name.lower() not in _VENDORS:
            known = ", ".join(_VENDORS)
            raise CommandError(f"--vendor {name}: known are {known}.", USAGE)


def _check_weights(wishes: Wishes, catalog: Catalog) -> None:
    """A format that no engine reads of any of the models is a slip: nothing would be found.

    Raises:
        CommandError: It is named, with those that there are.
    """
    specs = [spec for name in wishes.models if (spec := catalog.models.get(name)) is not None]
    for name in wishes.weights or () if specs else ():
        if not any(_reads(spec, name, engine) for spec in specs for engine in ENGINES):
            known = dict.fromkeys(
                choice.id
                for spec in specs
                for engine in ENGINES
                for choice in formats_for(spec, engine)
            )
            raise CommandError(f"--weights {name}: known are {', '.join(known)}.", USAGE)


def _reads(spec: ModelSpec, name: str, engine: Engine) -> bool:
    try:
        layout_of(spec, name, engine)
    except UnsupportedFormatError:
        return False
    return True


def _kept(argument: str | None) -> tuple[Node | None, Entries, Economics]:
    """The computer that stays, the rows that it needs, and the economics of its plan."""
    if argument is None:
        return None, NO_ENTRIES, Economics()
    if argument == "detected":
        return (*_detected(), Economics())
    plan, entries = read_plan_argument(argument)
    if not plan.rig.nodes:
        raise CommandError(f"{argument}: there is no computer in this plan to keep.")
    node, owned = plan.rig.nodes[0], plan.economics.owned
    node = there_of(node, owned, open_catalog(quiet=True) if owned else None)
    return node, entries, without_owned(plan.economics)


def _detected() -> tuple[Node, Entries]:
    from moeplanner_gui.detect.machine import detect
    from moeplanner_gui.detect.propose import propose

    catalog, machine = open_catalog(quiet=True), detect()
    try:
        found = propose(machine, catalog.gpus, catalog.hosts, None, catalog.links)
    except ValueError as error:
        name = type(error).__name__
        raise CommandError(f"no computer can be made of what was detected: {name}.") from None
    return found.node, Entries(gpus=found.new_cards, hosts=found.new_hosts)


def result_json(result: SearchResult, limit: int) -> dict[str, Any]:
    """The one JSON object. ``front`` are positions in ``rigs``."""
    rigs = result.rigs[:limit]
    return {
        "rigs": [rig_json(rig) for rig in rigs],
        "front": [place for place, rig in enumerate(rigs) if rig.on_front],
        "outside": [rig_json(rig) for rig in result.outside[:limit]],
        "unpriced": [rig_json(rig) for rig in result.unpriced[:limit]],
        "relaxations": [
            {
                "wishes": list(one.wishes),
                "sentence": one.sentence,
                "rig": None if one.rig is None else rig_json(one.rig),
            }
            for one in result.relaxations
        ],
        "counts": {
            "rigs": len(result.rigs),
            "outside": len(result.outside),
            "unpriced": len(result.unpriced),
            "considered": result.considered,
            "evaluated": result.evaluated,
            "pruned": result.pruned,
            "unchecked": result.unchecked,
            "unknown_speed": result.unknown_speed,
        },
        "complete": result.complete,
        "message": result.message,
    }


def rig_json(rig: FoundRig) -> dict[str, Any]:
    """One rig with its plan, as a plan file has it, and its assessment."""
    import json

    speed, prefill = rig.decode_tokens_per_s, rig.prefill_tokens_per_s
    return {
        "title": rig.title,
        "subtitle": rig.subtitle,
        "because": rig.because,
        "on_front": rig.on_front,
        "usd": rig.usd,
        "price_unsure": rig.price_unsure,
        "unpriced_parts": list(rig.unpriced),
        "usd_per_month": rig.usd_per_month,
        "decode_tokens_per_s": None if speed is None else asdict(speed),
        "prefill_tokens_per_s": None if prefill is None else asdict(prefill),
        "load_w": rig.load_w,
        "max_context_tokens": rig.max_context_tokens,
        "plan": json.loads(plan_to_json(rig.plan)),
        "other_plans": [json.loads(plan_to_json(plan)) for plan in rig.others],
        "assessment": rig.assessment.to_json(),
    }


def _complain_of(result: SearchResult) -> None:
    sentence = result.message or "no rig of the catalogue does all of this."
    if not result.message and result.relaxations:
        sentence = result.relaxations[0].sentence
    complain(f"moeplanner: {sentence}")


def _write(path: str, rig: FoundRig, catalog: Catalog) -> None:
    try:
        write_plan(path, rig.plan, entries_of(rig.plan, catalog))
    except PlanFileError as error:
        raise CommandError(f"{path}: {error}") from None


class _Bar:
    """How far the search is, on a terminal's error output; wiped at the end."""

    def __init__(self) -> None:
        self._long = 0

    def __call__(self, progress: Progress) -> None:
        """Write over the line."""
        share = 100 * progress.considered // max(progress.of, 1)
        text = f"{share} % of {progress.of:,} candidates, {len(progress.found)} rigs"
        self._show(text)

    def end(self) -> None:
        """Wipe the line."""
        self._show("")

    def _show(self, text: str) -> None:
        print(f"\r{text.ljust(self._long)}\r{text}", end="", file=sys.stderr, flush=True)
        self._long = len(text)
