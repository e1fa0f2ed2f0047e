"""The plan file: a plan as JSON text, and back, with one clear sentence when that fails.

A file may come from anywhere, so its size, nesting and text are checked before a parser sees
them. What a refused file should have said is worked out in
:mod:`moeplanner_gui.export.plan_errors`.
"""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, ValidationError

from moeplanner_gui import __version__
from moeplanner_gui.core.entries import NO_ENTRIES, Entries
from moeplanner_gui.core.plan import FORMAT, Plan
from moeplanner_gui.core.words import say
from moeplanner_gui.export.json_lines import (
    deepest_nesting,
    line_of_offset,
    line_of_repeated_key,
    line_of_scalar,
)
from moeplanner_gui.export.migrations import form_of, is_readable, migrated
from moeplanner_gui.export.plan_errors import PlanFileError, explain_refusal, shown
from moeplanner_gui.safe_write import why_not_written, write_file_atomically

__all__ = [
    "MAX_PLAN_BYTES",
    "PlanFileError",
    "plan_and_entries_from_json",
    "plan_from_json",
    "plan_to_json",
    "read_plan",
    "read_plan_and_entries",
    "read_plan_bytes",
    "write_plan",
]

MAX_PLAN_BYTES = 4 * 2**20
"""The largest plan there can be, 64 detected nodes of 32 custom cards, is under 3 MiB."""
MAX_DEPTH = 32
_MAX_DIGITS = 400
_VERSION = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){1,3}[a-z0-9.+-]{0,20}")
_FORMAT = re.compile(r"moeplan/(\d{1,9})")


def plan_from_json(text: str | bytes, *, name: str = "plan") -> Plan:
    """Read a plan from JSON text.

    Args:
        text: The JSON, as text or as UTF-8 with or without a byte order mark.
        name: What to call the text; kept in the error's ``name``, not in its sentence.

    Raises:
        PlanFileError: The text is no plan; the sentence says why, and where.
    """
    return plan_and_entries_from_json(text, name=name)[0]


def plan_and_entries_from_json(text: str | bytes, *, name: str = "plan") -> tuple[Plan, Entries]:
    """A plan with the rows it brings along; as :func:`plan_from_json`."""
    try:
        return _plan_from_text(_decoded(text))
    except PlanFileError as error:
        error.name = name
        raise


def plan_to_json(plan: Plan, entries: Entries = NO_ENTRIES, *, program: str | None = None) -> str:
    """Write a plan as JSON text, the same bytes for equal plans.

    Every choice is written, defaults too, so that a plan still means the same after a default
    has changed. Only what a node or a custom card leaves open is left out, and a name that was
    not given. The rows that the plan brings along, if any, come last. ``program`` is the version
    that writes a file: should another one not know a field, it can say which one does.
    """
    document = _tidied(plan.model_dump())
    if program is not None:
        document = {"format": document["format"], "program": program, **document}
    if document["name"] is None:
        del document["name"]
    for node in document["rig"]["nodes"]:
        for part in (node, node["detected"] or {}, node["there"] or {}):
            _drop_unset(part)
            for card in part.get("gpus", ()):
                if isinstance(card, dict):
                    _drop_unset(card["custom"] if "custom" in card else card["memory"])
            _drop_unassumed(part.get("parts"))
    _drop_unset(document["rig"])
    _drop_unassumed(document["economics"]["owned"])
    if entries:
        document["entries"] = _entries_document(entries)
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read_plan(path: str | os.PathLike[str]) -> Plan:
    """Read a plan file, without the rows it brings along.

    Raises:
        PlanFileError: The file cannot be read or holds no plan.
    """
    return read_plan_and_entries(path)[0]


def read_plan_and_entries(path: str | os.PathLike[str]) -> tuple[Plan, Entries]:
    """A plan file's plan and the rows it brings along; as :func:`read_plan`."""
    return plan_and_entries_from_json(read_plan_bytes(path), name=Path(path).name)


def read_plan_bytes(path: str | os.PathLike[str], *, plain_only: bool = False) -> bytes:
    """What a plan file holds, not looked at yet; no more of it than a plan can have.

    ``plain_only`` refuses pipes and devices, on which a window would wait.

    Raises:
        PlanFileError: The file cannot be read, or is larger than a plan.
    """
    file = Path(path)
    try:
        status = file.stat()
        if stat.S_ISDIR(status.st_mode):
            raise PlanFileError(say("This is a folder, not a plan file."), name=file.name)
        if stat.S_ISREG(status.st_mode):
            if status.st_size > MAX_PLAN_BYTES:
                raise _too_large(status.st_size, file.name)
        elif plain_only:
            raise PlanFileError(say("This is no plain file, so it is no plan."), name=file.name)
        with file.open("rb") as stream:
            return stream.read(MAX_PLAN_BYTES + 1)
    except PlanFileError:
        raise  # a ValueError too, which the last clause would wrap
    except FileNotFoundError:
        raise PlanFileError(say("There is no such file."), name=file.name) from None
    except PermissionError:
        raise PlanFileError(say("You may not read this file."), name=file.name) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PlanFileError(say("The file cannot be read: {0}.", reason), name=file.name) from None


def write_plan(path: str | os.PathLike[str], plan: Plan, entries: Entries = NO_ENTRIES) -> bytes:
    """Save a plan; an existing file is replaced as a whole or left as it was.

    Returns:
        What the file holds now.

    Raises:
        PlanFileError: The file could not be written; says why.
    """
    file = Path(path)
    try:
        data = plan_to_json(plan, entries, program=__version__).encode("utf-8")
        write_file_atomically(file, data)
    except (OSError, ValueError) as error:
        reason = why_not_written(error) if isinstance(error, OSError) else str(error)
        kept = say(" The file on disk is unchanged.") if file.exists() else ""
        raise PlanFileError(
            say("The plan could not be saved: {0}.{1}", reason, kept), name=file.name
        ) from error
    return data


def _decoded(text: str | bytes) -> str:
    if len(text) > MAX_PLAN_BYTES:
        raise _too_large(len(text))
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise PlanFileError(
            say("this is not UTF-8 text, so it is not a plan."), line=line
        ) from None


def _too_large(size: int, name: str = "plan") -> PlanFileError:
    return PlanFileError(
        say(
            "This is not a plan: it is {0:,.1f} MB large, and a plan is at most {1} MiB.",
            size / 10**6,
            MAX_PLAN_BYTES // 2**20,
        ),
        name=name,
    )


class WrittenPlan(Plan):
    """What a file may hold: a plan, and the rows it brings along."""

    model_config = ConfigDict(defer_build=True)

    entries: Entries = NO_ENTRIES


def _plan_from_text(text: str) -> tuple[Plan, Entries]:
    if not text.strip():
        raise PlanFileError(say("This is not a plan: it is empty."))
    if deepest_nesting(text, limit=MAX_DEPTH) > MAX_DEPTH:
        raise PlanFileError(
            say("This is not a plan: it nests more than {0} brackets deep.", MAX_DEPTH)
        )
    document = _parsed(text)
    if not isinstance(document, dict):
        raise PlanFileError(say('This is not a plan: a plan is a JSON object, { "model": … }.'))
    program = _program(document)
    _check_format(document, program)
    if form_of(document) != FORMAT or "program" in document:
        document = {key: value for key, value in migrated(document).items() if key != "program"}
        checked = json.dumps(document)
    else:
        checked = text
    try:
        if "entries" not in document:
            return Plan.model_validate_json(checked), NO_ENTRIES
        written = WrittenPlan.model_validate_json(checked)
        given = {name: getattr(written, name) for name in Plan.model_fields}
        return Plan.model_construct(**given), written.entries
    except ValidationError as error:
        if error.errors(include_url=False)[0]["type"] == "json_invalid":
            raise PlanFileError(
                say("This is not a plan: it holds text that is no Unicode.")
            ) from None
        refusal = explain_refusal(error, document, text)
        if program is not None and _numbers(program) > _numbers(__version__):
            refusal = _of_newer_program(refusal, program)
        raise refusal from None


def _program(document: dict[str, Any]) -> str | None:
    """The version of the program that saved the file, None where it does not say."""
    given = document.get("program")
    if given is None and "program" not in document:
        return None
    if isinstance(given, str) and _VERSION.fullmatch(given):
        return given
    raise PlanFileError(say("program is {0}; it must be a version.", shown(given)), key="program")


def _numbers(version: str) -> tuple[int, ...]:
    """``1.10.0rc1`` as (1, 10, 0); enough to tell older from newer."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _of_newer_program(refusal: PlanFileError, program: str) -> PlanFileError:
    return PlanFileError(
        say(
            "{0} The plan was saved by MoE Planner {1}, this is {2}: open it with "
            "{3} or a newer version.",
            refusal.sentence,
            program,
            __version__,
            program,
        ),
        line=refusal.line,
        key=refusal.key,
        suggestion=refusal.suggestion,
    )


def _parsed(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except _RefusedTokenError as refused:
        line = (
            line_of_repeated_key(text)
            if refused.is_repeated_key
            else line_of_scalar(text, refused.token)
        )
        raise PlanFileError(
            str(refused),
            line=line,
            key=refused.token if refused.is_repeated_key else None,
        ) from None
    except json.JSONDecodeError as error:
        line = line_of_offset(text, error.pos)
        if not text[error.pos :].strip() or error.msg.startswith("Unterminated"):
            sentence = say("the text ends here; the file is cut off.")
        elif error.msg.startswith("Invalid control character"):
            sentence = say("a text holds a line break or another control character.")
        else:
            seen = shown(text[error.pos : error.pos + 20].split("\n")[0])
            sentence = say("this is not JSON, at “{0}”.", seen)
        raise PlanFileError(sentence, line=line) from None


def _check_format(document: dict[str, Any], program: str | None) -> None:
    given = form_of(document)
    if is_readable(given):
        return
    known = _FORMAT.fullmatch(given) if isinstance(given, str) else None
    if known and int(known.group(1)) > int(FORMAT.rpartition("/")[2]):
        needed = say("version {0} or a newer one", program) if program else say("a newer version")
        sentence = say(
            "This plan was made by a newer version of MoE Planner (format {0}); "
            "this is version {1}, which reads {2}. Open it with {3}.",
            given,
            __version__,
            FORMAT,
            needed,
        )
    else:
        sentence = say("This is not a plan: its format is {0}, not {1}.", shown(given), FORMAT)
    raise PlanFileError(sentence, key="format")


class _RefusedTokenError(Exception):
    """Raised inside the parser, which does not know where in the text it is."""

    def __init__(self, sentence: str, token: str, *, is_repeated_key: bool = False) -> None:
        super().__init__(sentence)
        self.token = token
        self.is_repeated_key = is_repeated_key


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RefusedTokenError(
                    say("the key {0} is given twice.", shown(key)), key, is_repeated_key=True
                )
            seen.add(key)
    return found


def _refuse_constant(name: str) -> Any:
    raise _RefusedTokenError(say("{0} is not a number that a plan may hold.", name), name)


def _whole_number(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise _RefusedTokenError(
            say("a number with {0:,} digits is not one that a plan may hold.", len(digits)), digits
        )
    return int(digits)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_keys, parse_constant=_refuse_constant, parse_int=_whole_number
)


def _entries_document(entries: Entries) -> dict[str, Any]:
    # As JSON: an amount of money stays the text that it was printed as.
    document: dict[str, Any] = _tidied(entries.model_dump(mode="json"))
    for kind in [kind for kind, rows in document.items() if not rows]:
        del document[kind]
    for kind, rows in document.items():
        # Of a model every field is written: null is a choice there (no q_lora_rank).
        if kind != "models":
            for row in rows:
                _drop_unset(row)
    return document


def _drop_unassumed(parts: list[dict[str, Any]] | None) -> None:
    """Most parts were chosen: only the others say that they were not."""
    for part in parts or ():
        if not part["assumed"]:
            del part["assumed"]


def _drop_unset(part: dict[str, Any]) -> None:
    for key in [key for key, value in part.items() if value is None]:
        del part[key]


def _tidied(value: Any) -> Any:
    """Whole floats as integers: 100 and 100.0 are the same choice and must be the same bytes."""
    if isinstance(value, dict):
        return {key: _tidied(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_tidied(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
