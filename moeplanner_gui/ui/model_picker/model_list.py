"""The catalogue's models as rows that can be searched and filtered. Knows no widgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.tensors import active_parameters, total_parameters
from moeplanner_gui.core.units import format_parameters
from moeplanner_gui.core.words import say

ASKED_FIRST = ("deepseek-v4-flash", "deepseek-v4-pro")
"""These stand above newer ones."""

_NO_LICENCE = frozenset(
    (
        say("not seen"),
        say("not stated in the file"),
        say("see the model card (not verified)"),
        "unknown",
    )
)


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model; its counts are worked out when they are asked for.

    ``own``: it is in the user's files and can be renamed and deleted.
    """

    spec: ModelSpec
    own: bool = False

    @property
    def total(self) -> int:
        """Parameters of the language model; a millisecond the first time, then remembered."""
        return total_parameters(self.spec)

    @property
    def active(self) -> int:
        """Parameters read for each token."""
        return active_parameters(self.spec)

    @property
    def sizes(self) -> str:
        """Total and active parameters in words."""
        if self.spec.is_moe:
            return say(
                "{0} · {1} active", format_parameters(self.total), format_parameters(self.active)
            )
        return say("{0} dense", format_parameters(self.total))

    @property
    def sizes_in_words(self) -> str:
        """The same where there is room to say which is which."""
        if not self.spec.is_moe:
            return self.sizes
        total, active = format_parameters(self.total), format_parameters(self.active)
        return say("{0} total · {1} active", total, active)

    @property
    def details(self) -> str:
        """Licence and context in words."""
        return say("{0} · {1} context", self.licence, context_words(self.spec.max_context))

    @property
    def licence(self) -> str:
        """The licence in words that stand alone."""
        return licence_words(self.spec.licence)


class KnownName(Protocol):
    """A model of which too little is known to estimate it, as the catalogue has it."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def family(self) -> str: ...

    @property
    def total_parameters(self) -> str: ...

    @property
    def sentence(self) -> str: ...


@dataclass(frozen=True, slots=True)
class NameRow:
    """A model that is listed by its name and cannot be chosen."""

    known: KnownName

    def passes(self, wanted: Filter) -> bool:
        """Whether the row stays: its figures are words, so only words find it."""
        if wanted != Filter(words=wanted.words):
            return False
        known = self.known
        haystack = f"{known.name} {known.id} {known.family} {say('not worked out')}".lower()
        return all(word in haystack for word in wanted.words.lower().split())


def name_rows(known: Mapping[str, KnownName]) -> tuple[NameRow, ...]:
    """The models that are known by name only, in the catalogue's order."""
    return tuple(NameRow(row) for row in known.values())


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list is narrowed to; None and "" narrow nothing."""

    words: str = ""
    kind: str | None = None
    size: tuple[int, int] | None = None
    licence: str | None = None
    context: int | None = None

    def passes(self, row: ModelRow) -> bool:
        """Whether a row stays."""
        spec = row.spec
        haystack = f"{spec.name} {spec.id} {spec.family} {spec.licence}".lower()
        if not all(word in haystack for word in self.words.lower().split()):
            return False
        if self.kind is not None and (self.kind == "moe") != spec.is_moe:
            return False
        if self.licence is not None and row.licence != self.licence:
            return False
        if self.context is not None and spec.max_context < self.context:
            return False
        return self.size is None or self.size[0] <= row.total < self.size[1]


def model_rows(
    models: dict[str, ModelSpec], own: frozenset[str] = frozenset()
) -> tuple[ModelRow, ...]:
    """All models: the user's own by name, the ones asked for most, then the newest; base
    checkpoints after their date.
    """
    asked = {model_id: place for place, model_id in enumerate(ASKED_FIRST)}
    ordered = sorted(models.values(), key=lambda spec: spec.id.endswith("-base"))
    ordered.sort(key=lambda spec: spec.released or "", reverse=True)
    ordered.sort(key=lambda spec: asked.get(spec.id, len(asked)))
    mine = [spec for spec in ordered if spec.id in own]
    mine.sort(key=lambda spec: spec.name.lower())
    return (
        *(ModelRow(spec, own=True) for spec in mine),
        *(ModelRow(spec) for spec in ordered if spec.id not in own),
    )


def licence_words(licence: str) -> str:
    """A licence as lists show it, between other figures.

    Rows and files without one say why there is none ("not stated in the file"), which alone
    would not tell that it is about the licence.
    """
    return say("Licence unknown") if not licence or licence.lower() in _NO_LICENCE else licence


def context_words(tokens: int) -> str:
    """A context as model cards write it: 128K, 1M."""
    if tokens >= 2**20:
        return say("{0:g}M", tokens / 2**20)
    return say("{0:.0f}K", tokens / 1024) if tokens % 1024 == 0 else say("{0:,}", tokens)


def closest_names(words: str, rows: tuple[ModelRow, ...], count: int = 2) -> list[str]:
    """Names that look like the words, for a search that found nothing."""
    from difflib import get_close_matches

    names = {row.spec.name.lower(): row.spec.name for row in rows}
    return [names[name] for name in get_close_matches(words.lower(), names, count, 0.3)]
