"""``moeplanner catalog``: what models, GPUs, hosts and kernels are known, and if rows are sound."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from moeplanner_gui.commands import catalog_update
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
from moeplanner_gui.commands.plan_input import open_catalog
from moeplanner_gui.core.parts import PART_WORDS
from moeplanner_gui.core.tensors import (
    active_parameters,
    parameter_breakdown,
    published_breakdown,
    total_parameters,
)
from moeplanner_gui.core.units import GB, format_count, format_memory, format_parameters
from moeplanner_gui.export.parts import host_detail

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog
    from moeplanner_gui.core.model import ModelSpec

KINDS = ("models", "gpus", "hosts", "networks", "links", "kernels", "parts", "presets")
_PLAIN_TYPES = (str, int, float, bool, type(None))


def run(arguments: Sequence[str]) -> int:
    """Run the command; ``check`` answers 1 when a row had to be left out."""
    options = _parser().parse_args(arguments)
    if options.action in catalog_update.ACTIONS:
        return catalog_update.run(options)
    if options.action == "check":
        return _check(as_json_text=options.json)
    catalog = open_catalog(quiet=options.json)
    if options.action == "show":
        return _show(options.id, catalog, as_json_text=options.json)
    kinds = KINDS if options.kind is None else (options.kind,)
    found = {kind: _matching(_rows(catalog, kind), options.search) for kind in kinds}
    named = _matching(catalog.known_names, options.search) if "models" in kinds else []
    if options.json:
        listed = {kind: [_listed(kind, row) for row in rows] for kind, rows in found.items()}
        if options.kind == "models":
            listed["not_worked_out"] = [row.model_dump(mode="json") for row in named]
        say(as_json(listed))
    else:
        texts = {kind: _list_text(kind, rows) for kind, rows in found.items()}
        if named:
            texts["models"] = f"{texts['models']}\n\n{_names_text(named)}"
        say("\n\n".join(texts.values()))
    return DONE if any(found.values()) or named else ANSWER_IS_NO


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="moeplanner catalog",
        description="The models, GPUs and hosts that are known, with their sources; and updates.",
        epilog="Exit codes: 0 done, 1 nothing found or a row is broken, 2 wrong usage.",
    )
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="list rows")
    listing.add_argument("kind", nargs="?", choices=KINDS, help="only these")
    listing.add_argument("--search", metavar="TEXT", help="only rows whose id or name has this")
    showing = actions.add_parser("show", help="everything about one row, with its sources")
    showing.add_argument("id", metavar="ID")
    checking = actions.add_parser("check", help="name every row that had to be left out")
    for action in (listing, showing, checking):
        action.add_argument("--json", action="store_true", help="print JSON")
    catalog_update.add_actions(actions)
    # What is missing is told by what it may be.
    actions.metavar = f"{{{','.join(actions.choices)}}}"
    return parser


def _rows(catalog: Catalog, kind: str) -> Mapping[str, Any]:
    """The rows of a kind by id."""
    if kind == "kernels":
        return {rule.id: rule for rule in catalog.kernels}
    rows: Mapping[str, Any] = getattr(catalog, kind)
    return rows


def _name(row: Any) -> str:
    """A preset is called after its host."""
    return str(getattr(row, "name", row.id))


def _matching(rows: Mapping[str, Any], search: str | None) -> list[Any]:
    wanted = (search or "").casefold()
    return [
        row
        for row in rows.values()
        if wanted in row.id.casefold() or wanted in _name(row).casefold()
    ]


_LISTED_FIELDS = {
    "models": (
        "id",
        "name",
        "family",
        "licence",
        "released",
        "max_context",
        "is_moe",
        "native_label",
        "verified",
    ),
    "gpus": ("id", "name", "vendor", "memory_bytes", "bandwidth_gbs", "tdp_w", "verified"),
    "hosts": ("id", "name", "channels", "peak_gbs", "max_memory_gb", "verified"),
    "parts": ("id", "name", "kind", "unit", "hosts", "cards", "rated_w", "cores", "verified"),
    "presets": ("id", "host", "verified"),
    "networks": ("id", "name", "gbs", "all_reduce_us", "verified"),
    "links": (
        "id",
        "name",
        "kind",
        "gbs_per_direction",
        "effective_gbs_per_direction",
        "all_reduce_us",
        "verified",
    ),
    "kernels": ("id", "name", "engine", "version", "effect", "cards", "source", "date", "verified"),
}


def _listed(kind: str, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _LISTED_FIELDS[kind]}
    if kind == "presets":
        shown["name"] = row.id
        shown["parts"] = [part.model_dump(mode="json") for part in row.parts]
    if kind == "models":
        shown["total_parameters"] = total_parameters(row)
        shown["active_parameters"] = active_parameters(row)
    return shown


def _list_text(kind: str, rows: list[Any]) -> str:
    if not rows:
        return f"No {kind} found."
    if kind == "models":
        header: tuple[str, ...] = ("MODEL", "name", "total", "active", "context")
        cells: list[tuple[str, ...]] = [
            (
                row.id,
                row.name,
                format_parameters(total_parameters(row)),
                format_parameters(active_parameters(row)),
                format_count(row.max_context),
            )
            for row in rows
        ]
    elif kind == "gpus":
        header = ("GPU", "name", "memory", "GB/s", "W")
        cells = [
            (
                row.id,
                row.name,
                format_memory(row.memory_bytes),
                _or_unknown(row.bandwidth_gbs),
                _or_unknown(row.tdp_w),
            )
            for row in rows
        ]
    elif kind == "parts":
        header = ("PART", "kind", "name")
        cells = [(row.id, PART_WORDS[row.kind], row.name) for row in rows]
        return table(header, cells, left=3)
    elif kind == "presets":
        header = ("PRESET", "usual parts")
        named = [", ".join(f"{p.count} × {p.part}" for p in row.parts) for row in rows]
        return table(header, list(zip((row.id for row in rows), named, strict=True)), left=2)
    elif kind == "networks":
        header = ("NETWORK", "name", "GB/s")
        cells = [(row.id, row.name, f"{row.gbs:g}") for row in rows]
    elif kind == "links":
        header = ("LINK", "name", "GB/s each way")
        cells = [
            (row.id, row.name, f"{row.effective_gbs_per_direction or row.gbs_per_direction:g}")
            for row in rows
        ]
    elif kind == "kernels":
        header = ("KERNEL", "name", "runs on")
        cells = [(row.id, row.name, row.cards) for row in rows]
        return table(header, cells, left=3)
    else:
        header = ("HOST", "name", "memory", "GB/s")
        cells = [(row.id, row.name, host_detail(row), f"{row.peak_gbs:g}") for row in rows]
    return table(header, cells, left=2)


def _names_text(rows: list[Any]) -> str:
    """The models that are known by name only; they cannot be chosen."""
    cells: list[tuple[str, ...]] = [
        (row.id, row.name, row.total_parameters, row.active_parameters) for row in rows
    ]
    return f"Not worked out\n{table(('MODEL', 'name', 'total', 'active'), cells, left=4)}"


def _or_unknown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,g}"


def _show(entry_id: str, catalog: Catalog, *, as_json_text: bool) -> int:
    wanted = entry_id.lower()
    for kind in KINDS:
        rows = _rows(catalog, kind)
        row = rows.get(entry_id) or rows.get(wanted)
        if row is None:
            continue
        full = _full_json(kind, row, catalog)
        say(as_json(full) if as_json_text else _full_text(full))
        return DONE
    name = catalog.known_names.get(wanted)
    if name is not None:
        known = {"kind": "model known by name only", **name.model_dump(mode="json")}
        say(as_json(known) if as_json_text else _full_text(known))
        return DONE
    every = [known for kind in KINDS for known in _rows(catalog, kind)]
    close = difflib.get_close_matches(wanted, every, n=3, cutoff=0.5)
    hint = f" Closest: {', '.join(close)}." if close else " See `moeplanner catalog list`."
    raise CommandError(f"Nothing in the catalogue is called “{entry_id}”.{hint}")


def _full_json(kind: str, row: Any, catalog: Catalog) -> dict[str, Any]:
    full: dict[str, Any] = {"kind": kind.removesuffix("s"), **row.model_dump(mode="json")}
    if kind == "models":
        full["is_moe"] = row.is_moe
        full["total_parameters"] = total_parameters(row)
        full["active_parameters"] = active_parameters(row)
        full["parameters_by_part"] = {
            str(part): count for part, count in parameter_breakdown(row).items()
        }
        full["breakdown"] = published_breakdown(row)
        full["formats"] = _formats(row)
        return full
    if kind == "gpus":
        full["memory_bytes"] = row.memory_bytes
    if kind == "kernels":
        return {**full, "name": row.name, "cards": row.cards}
    if kind == "parts":
        # "kind" says which list a row is in; a part has a kind of its own.
        full |= {"kind": "part", "part_kind": row.kind}
    if kind == "presets":
        return {"kind": "preset", "name": row.id, **row.model_dump(mode="json")}
    preset = catalog.presets.get(row.id) if kind == "hosts" else None
    if preset is not None:
        full["usual_parts"] = [part.model_dump(mode="json") for part in preset.parts]
    price = catalog.price(row.id)
    full["price"] = None if price is None else price.model_dump(mode="json")
    return full


def _formats(row: ModelSpec) -> dict[str, list[str]]:
    from moeplanner_gui.core.prepare import ENGINE_NAMES
    from moeplanner_gui.core.weights import formats_for

    return {engine: [choice.id for choice in formats_for(row, engine)] for engine in ENGINE_NAMES}


# The address, what has lines of its own, and for people the parts stand once.
_NOT_IN_TEXT = frozenset(
    {"kind", "id", "name", "source", "sources", "architecture", "native_format", "breakdown"}
)


def _full_text(full: dict[str, Any]) -> str:
    lines = [f"{full['name']} ({full['kind']} {full['id']})"]
    for key, value in full.items():
        if key in _NOT_IN_TEXT:
            continue
        if isinstance(value, dict):
            lines.append(f"{_words(key)}:")
            lines.extend(f"  {name}: {_value_text(inner)}" for name, inner in value.items())
        elif value not in (None, "", []):
            lines.append(f"{_words(key)}: {_value_text(value, key)}")
    sources = full.get("sources", {full["kind"]: full.get("source", "none given")})
    lines.append("Sources:")
    if isinstance(sources, dict):
        lines.extend(f"  {what}: {source}" for what, source in sources.items())
    else:
        for entry in sources:
            date = f" ({entry['date']})" if entry.get("date") else ""
            lines.append(f"  {entry['what']}: {entry['source']}{date}")
    return "\n".join(lines)


_UNITS = {
    "gb": "GB",
    "mib": "MiB",
    "gbs": "GB/s",
    "w": "W",
    "us": "µs",
    "mm": "mm",
    "tflops": "TFLOPS",
    "tops": "TOPS",
}
_ABBREVIATIONS = {"tdp": "TDP", "pci": "PCI", "pcie": "PCIe", "nvml": "NVML", "nvlink": "NVLink"}


def _words(key: str) -> str:
    """A field's name for a person: ``memory_total_mib`` is ``Memory total (MiB)``."""
    *words, last = key.split("_")
    if last in _UNITS and words:
        last = f"({_UNITS[last]})"
    text = " ".join(_ABBREVIATIONS.get(word, word) for word in (*words, last))
    return text[:1].upper() + text[1:]


def _value_text(value: object, key: str = "") -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and key.endswith("_bytes"):
        return (
            f"{format_memory(value, decimals=2)} ({format_count(value)} bytes, {value / GB:g} GB)"
        )
    if isinstance(value, int):
        return format_count(value)
    if isinstance(value, dict):
        return " ".join(f"{name} {_value_text(inner)}" for name, inner in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_value_text(item) for item in value)
    if value is None:
        return "unknown"
    return str(value)


def _check(*, as_json_text: bool) -> int:
    from moeplanner_gui.catalog.check import check_catalog

    catalog = open_catalog(quiet=True)
    # The strict rules are for the shipped rows; a user's own rows only have to load.
    problems = [asdict(problem) for problem in dict.fromkeys((*check_catalog(), *catalog.problems))]
    counts = {kind: len(_rows(catalog, kind)) for kind in KINDS}
    if as_json_text:
        say(as_json({**counts, "date": catalog.date, "problems": problems}))
    else:
        for problem in problems:
            place = ", ".join(problem[part] for part in ("file", "row", "field") if problem[part])
            complain(f"{place}: {problem['message']}")
        rows = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        found = "nothing wrong" if not problems else f"{len(problems)} wrong"
        say(f"{rows}; {found}. Catalogue of {catalog.date}.")
    return ANSWER_IS_NO if problems else DONE
