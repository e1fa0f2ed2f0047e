"""Why a plan was refused: one sentence with line, key and the closest right name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from moeplanner_gui.core import plan as plans
from moeplanner_gui.core.entries import Entries
from moeplanner_gui.core.hardware import GpuSpec, HostSpec, PriceRow
from moeplanner_gui.core.model import Architecture, ModelSpec
from moeplanner_gui.core.words import comma_joined, paragraph, say
from moeplanner_gui.export.json_lines import Path, lines_by_path

_SECTIONS: dict[tuple[str, ...], tuple[type[BaseModel], ...]] = {
    (): (plans.Plan,),
    ("weights",): (plans.CustomWeights,),
    ("rig",): (plans.Rig,),
    ("rig", "nodes", "#"): (plans.Node,),
    ("rig", "nodes", "#", "gpus", "#"): (plans.CustomSlot, plans.TunedSlot),
    ("rig", "nodes", "#", "gpus", "#", "custom"): (plans.CustomCard,),
    ("rig", "nodes", "#", "gpus", "#", "memory"): (plans.CardMemory,),
    ("rig", "nodes", "#", "detected"): (plans.DetectedNode,),
    ("rig", "nodes", "#", "detected", "gpus", "#"): (plans.CustomSlot, plans.TunedSlot),
    ("rig", "nodes", "#", "detected", "gpus", "#", "custom"): (plans.CustomCard,),
    ("rig", "nodes", "#", "detected", "gpus", "#", "memory"): (plans.CardMemory,),
    ("deployment",): (plans.Deployment,),
    ("workload",): (plans.Workload,),
    ("economics",): (plans.Economics,),
    ("economics", "api"): (plans.ApiById, plans.ApiByPrice),
    ("economics", "rent"): (plans.Rent,),
    ("entries",): (Entries,),
    ("entries", "models", "#"): (ModelSpec,),
    ("entries", "models", "#", "architecture"): (Architecture,),
    ("entries", "gpus", "#"): (GpuSpec,),
    ("entries", "hosts", "#"): (HostSpec,),
    ("entries", "prices", "#"): (PriceRow,),
}
_A_CARD = say('a GPU id, {"gpu": id, "memory": {…}} or {"custom": {…}}')
_EXPECTED = {
    ("rig", "nodes", "#", "gpus", "#"): _A_CARD,
    ("rig", "nodes", "#", "detected", "gpus", "#"): _A_CARD,
    ("weights",): say('a format name or {"recipe": …, "file_bytes": …}'),
    ("economics", "api"): say(
        "an object with provider and model, or with input, cached and output"
    ),
}
_KINDS = {
    "string_type": say("text"),
    "int_type": say("a whole number"),
    "int_from_float": say("a whole number"),
    "float_type": say("a number"),
    "bool_type": say("true or false"),
    "tuple_type": say("a list"),
    "model_type": say("an object"),
    "model_attributes_type": say("an object"),
    "finite_number": say("a finite number"),
}


class PlanFileError(ValueError):
    """A plan that cannot be read or written; the text is one sentence for a person.

    Attributes:
        sentence: The text without the line in front, for a plan that is not read from a file.
        name: What was read or written, usually the file's name.
        line: The line it is about, None when it is about the whole file.
        key: The key it is about, None when there is none.
        suggestion: The name that was probably meant.
    """

    def __init__(
        self,
        sentence: str,
        *,
        name: str = "plan",
        line: int | None = None,
        key: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        super().__init__(sentence if line is None else say("Line {0}: {1}", line, sentence))
        self.sentence = sentence
        self.name = name
        self.line = line
        self.key = key
        self.suggestion = suggestion


def shown(value: object, *, limit: int = 60) -> str:
    """A value as it may appear in a sentence: short, on one line, without control characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = "".join(char if char.isprintable() else "�" for char in text[: limit + 1])
    return text if len(text) <= limit else text[:limit] + "…"


def explain_refusal(error: ValidationError, document: dict[str, Any], text: str) -> PlanFileError:
    """The sentence for the first thing in the text that the plan's rules refuse."""
    # A hostile text may earn a million complaints; the first ones say enough.
    details = error.errors(include_url=False)[:200]
    problems = [_Problem(detail, document) for detail in details]
    problems = _without_echoes(_of_meant_alternative(problems))
    lines = lines_by_path(text)
    first = min(problems, key=lambda problem: (_line(problem.path, lines), problem.order))
    return first.as_error(_line(first.path, lines))


class _Problem:
    """One error of the validator, with the path in the document it is about.

    ``alternative`` is the (path, label) of the branch when several forms were possible there.
    """

    def __init__(self, detail: Any, document: dict[str, Any]) -> None:
        self.kind: str = detail["type"]
        self.given: Any = detail.get("input")
        self.limits: dict[str, Any] = detail.get("ctx", {})
        self.message: str = detail["msg"]
        self.alternative: tuple[Path, str] | None = None
        path: list[str | int] = []
        here: Any = document
        location = detail["loc"]
        for index, step in enumerate(location):
            is_last = index == len(location) - 1
            if (isinstance(here, dict) and step in here) or (
                isinstance(here, list) and isinstance(step, int) and step < len(here)
            ):
                path.append(step)
                here = here[step]
            elif self.kind == "missing" and is_last:
                path.append(step)
            else:
                self.alternative = (tuple(path), str(step))
        self.path: Path = tuple(path)

    @property
    def order(self) -> int:
        """What to name first among the complaints about one line."""
        return {"extra_forbidden": 0, "missing": 2}.get(self.kind, 1)

    @property
    def is_wrong_form(self) -> bool:
        """The value as a whole is of another type than this alternative takes."""
        return (
            self.alternative is not None
            and self.path == self.alternative[0]
            and self.kind in _KINDS
        )

    def as_error(self, line: int) -> PlanFileError:
        key = next((step for step in reversed(self.path) if isinstance(step, str)), None)
        if self.kind == "extra_forbidden" and key is not None:
            suggestion = _closest_key(key, self.path[:-1])
            sentence = say("unknown key {0}.", shown(key))
            return self._error(sentence, line, key, suggestion)
        named = _named(self.path)
        if self.kind == "missing":
            return self._error(say("{0} is missing.", named), line, key, None)
        sentence, suggestion = self._value_sentence(named)
        return self._error(sentence, line, key, suggestion)

    def _error(
        self, sentence: str, line: int, key: str | None, suggestion: str | None
    ) -> PlanFileError:
        meant = say("Did you mean {0}?", suggestion) if suggestion else ""
        told = paragraph((sentence, meant))
        return PlanFileError(told, line=line, key=key, suggestion=suggestion)

    def _value_sentence(self, named: str) -> tuple[str, str | None]:
        given = shown(_as_json(self.given), limit=40)
        if self.kind in _KINDS:
            wanted = _EXPECTED.get(_pattern(self.path)) or _KINDS[self.kind]
            return say("{0} is {1}; it must be {2}.", named, given, wanted), None
        if self.kind == "literal_error":
            allowed = str(self.limits["expected"]).replace("'", "")
            options = allowed.replace(" or ", ", ").split(", ")
            listed = comma_joined(options)
            sentence = say("{0} is {1}; it must be one of {2}.", named, given, listed)
            return sentence, _closest(str(self.given), options)
        for bound in _BOUNDS:
            if bound in self.limits:
                return _bound_sentence(bound, named, given, _number(self.limits[bound])), None
        if self.kind.startswith("string_too"):
            limit = self.limits.get("max_length")
            if not limit:
                return say("{0} is empty.", named), None
            return say("{0} is longer than {1:,} characters.", named, limit), None
        if self.kind == "too_long":
            return say(
                "{0} has {1:,} entries; at most {2:,} are possible.",
                named,
                self.limits["actual_length"],
                self.limits["max_length"],
            ), None
        if self.kind == "value_error":
            return f"{named}: {self.message.removeprefix('Value error, ')}.", None
        if self.kind == "int_parsing_size":
            return say(
                "{0} is {1}; it must be a number that is not this large.", named, given
            ), None
        return f"{named}: {self.message.lower()}.", None


_BOUNDS = ("ge", "gt", "le", "lt")


def _bound_sentence(bound: str, named: str, given: str, limit: str) -> str:
    if bound == "ge":
        return say("{0} is {1}; it must be at least {2}.", named, given, limit)
    if bound == "gt":
        return say("{0} is {1}; it must be more than {2}.", named, given, limit)
    if bound == "le":
        return say("{0} is {1}; it must be at most {2}.", named, given, limit)
    return say("{0} is {1}; it must be less than {2}.", named, given, limit)


def _of_meant_alternative(problems: list[_Problem]) -> list[_Problem]:
    """Where several forms were possible, keep the complaints about the likeliest one."""
    kept = [problem for problem in problems if problem.alternative is None]
    places: dict[Path, dict[str, list[_Problem]]] = {}
    for problem in problems:
        if problem.alternative is not None:
            place, label = problem.alternative
            places.setdefault(place, {}).setdefault(label, []).append(problem)
    for alternatives in places.values():
        fitting = [
            group
            for group in alternatives.values()
            if not any(problem.is_wrong_form for problem in group)
        ]
        candidates = fitting or list(alternatives.values())
        kept.extend(sorted(candidates, key=len)[0])
    return kept


def _without_echoes(problems: list[_Problem]) -> list[_Problem]:
    """A misspelt key also leaves a key missing: name the misspelling only."""
    misspelt = {problem.path[:-1] for problem in problems if problem.kind == "extra_forbidden"}
    return [
        problem
        for problem in problems
        if problem.kind != "missing" or problem.path[:-1] not in misspelt
    ]


def _line(path: Path, lines: dict[Path, int]) -> int:
    """The line of a path, or of the closest thing around it that the text has."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


def _pattern(path: Path) -> tuple[str, ...]:
    return tuple("#" if isinstance(step, int) else step for step in path)


def _closest(word: str, known: Sequence[str]) -> str | None:
    # Imported here: only a wrong word needs it, and every start would pay for it.
    from difflib import get_close_matches

    return next(iter(get_close_matches(word.lower(), known, n=1)), None)


def _closest_key(key: str, section: Path) -> str | None:
    here = [name for model in _SECTIONS.get(_pattern(section), ()) for name in model.model_fields]
    if not section:
        here.append("entries")
    close = _closest(key[:200], here)
    if close is not None:
        return close
    for place, models in _SECTIONS.items():
        if any(key in model.model_fields for model in models) and "#" not in place and place:
            return f"{'.'.join(place)}.{key}"
    return None


def _named(path: Path) -> str:
    """A path in a person's words: ``gpus entry 2`` for ``("rig", "nodes", 0, "gpus", 1)``."""
    if not path:
        return say("the plan")
    last = path[-1]
    if isinstance(last, int):
        return say("{0} entry {1}", shown(path[-2]), last + 1)
    return shown(last)


def _as_json(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return say("a list")
    if isinstance(value, dict):
        return say("an object")
    return json.dumps(value[:100] if isinstance(value, str) else value, ensure_ascii=False)


def _number(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return say("{0:,}", value) if isinstance(value, (int, float)) else str(value)
