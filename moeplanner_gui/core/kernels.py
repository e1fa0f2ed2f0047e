"""What an engine's kernels need of a card: catalogue rows, and whether a card meets them.

Knows instruction sets (NVIDIA's compute capability, AMD's gfx names), no models and no plans.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from moeplanner_gui.core.words import say

SmPattern = Annotated[str, Field(pattern=r"^(>=\d{1,2}\.\d|\d{1,2}\.[x\d])$")]
GfxPrefix = Annotated[str, Field(pattern=r"^gfx[0-9a-f]*$")]
Vendor = Literal["NVIDIA", "AMD", "Apple", "Intel", "Tenstorrent", "Other"]
Product = Literal["llama.cpp", "vllm", "sglang", "ktransformers", "other"]
Effect = Literal["needed", "native", "models", "option", "detail"]

ENGINE_TITLES: dict[str, str] = {
    "llama.cpp": "llama.cpp",
    "vllm": "vLLM",
    "sglang": "SGLang",
    "ktransformers": "KTransformers",
}


class Chip(NamedTuple):
    """What decides which kernels a card runs. ``sm`` and ``gfx`` are None where unknown."""

    vendor: str
    sm: tuple[int, int] | None = None
    gfx: str | None = None
    card_id: str | None = None


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Hardware(_Row):
    """A set of cards.

    ``sm``: compute capabilities, ``>=7.5``, ``9.x`` or ``12.0``; one that matches is enough.
    ``gfx``: beginnings of AMD's names, ``gfx94`` stands for gfx940 to gfx94f. ``vendors``: all
    cards of these. ``except_cards``: catalogue ids that are not meant all the same;
    ``unsure_cards``: those of which nobody knows. ``unstated``: vendors that the source says
    nothing about, so that the answer for them is unknown; ``unsure``: the same for compute
    capabilities and gfx names that nothing above covers.
    """

    sm: tuple[SmPattern, ...] = ()
    gfx: tuple[GfxPrefix, ...] = ()
    vendors: tuple[Vendor, ...] = ()
    except_cards: tuple[str, ...] = ()
    unsure_cards: tuple[str, ...] = ()
    unstated: tuple[Vendor, ...] = ()
    unsure: tuple[SmPattern | GfxPrefix, ...] = ()

    def covers(self, chip: Chip) -> bool | None:
        """True or False for a card, None where the card or the source leaves it open."""
        if chip.card_id in self.except_cards:
            return False
        if chip.card_id in self.unsure_cards:
            return None
        if chip.vendor in self.vendors:
            return True
        if chip.vendor in self.unstated:
            return None
        if chip.sm is not None:
            if any(_matches(pattern, chip.sm) for pattern in self.sm):
                return True
            return None if any(_matches(pattern, chip.sm) for pattern in self.unsure) else False
        if chip.gfx is not None:
            if chip.gfx.startswith(self.gfx):
                return True
            return None if chip.gfx.startswith(self.unsure) else False
        # An NVIDIA, AMD or typed-in card of which nothing more is known.
        return None if chip.vendor in ("NVIDIA", "AMD", "Other") else False

    def words(self, chips: Sequence[Chip]) -> str:
        """What is needed, for people, as far as these cards are concerned.

        ``compute capability 9.x, 10.x or 12.x``, ``gfx942 or gfx950``, or the vendors of whose
        cards some are covered.
        """
        vendors = {chip.vendor for chip in chips}
        if vendors == {"NVIDIA"} and self.sm:
            return say("compute capability {0}", joined([_pattern_words(p) for p in self.sm]))
        if vendors == {"AMD"} and self.gfx:
            return joined([_gfx_words(name) for name in self.gfx])
        named = [*self.vendors]
        if self.sm and "NVIDIA" not in named:
            named.insert(0, "NVIDIA")
        if self.gfx and "AMD" not in named:
            named.append("AMD")
        shown = [vendor for vendor in named if vendor != "Other"]
        return say("{0} cards", joined(shown)) if shown else say("no card")


class KernelRule(_Row):
    """One thing an engine of one version does or does not do on a set of cards.

    Attributes:
        engine: The engine, or ``other`` for a library and an engine that plans cannot name.
        product: The name with which the version is printed: ``vLLM``.
        version: The version whose source or documentation was read.
        subject: What the rule is about, to be read after "runs": ``DeepSeek V4``.
        about: Traits of a plan it applies to, one is enough: ``arch:deepseek4``,
            ``attention:sparse_mla``, ``weights:mxfp4``, ``*``. See :mod:`core.support`.
        effect: ``needed``: elsewhere the plan cannot run. ``native``: elsewhere it runs in
            another way, which ``otherwise`` tells. ``models``: ``known`` lists the architectures
            the engine loads. ``option``: a rule about options, applied by the engine's own
            module. ``detail``: known, and decides nothing by itself.
        runs_on: The cards.
        known: Architectures, by GGUF name. ``known_is_all``: no other one is loaded; else one
            that is not listed was not checked.
        otherwise: What happens on other cards, one sentence.
        checked: ``run``: somebody tried it and wrote down what happened; ``read``: read in the
            engine's source or support table; ``told``: from a release note or taken over from
            the engine it rests on.
    """

    id: str
    engine: Product
    product: str
    version: str
    subject: str
    about: tuple[str, ...] = ()
    effect: Effect
    runs_on: Hardware = Hardware()
    known: tuple[str, ...] = ()
    known_is_all: bool = False
    otherwise: str = ""
    checked: Literal["run", "read", "told"] = "read"
    source: str
    date: str
    note: str = ""

    @property
    def name(self) -> str:
        """For lists: ``vLLM 0.33.0: DeepSeek V4``."""
        return f"{self.title}: {self.subject}"

    @property
    def verified(self) -> bool:
        """True where the rule was read where it is decided, or tried."""
        return self.checked != "told"

    @property
    def cards(self) -> str:
        """The cards in one line: ``9.x, 10.x, 12.x, gfx942, Intel``; for lists of rules."""
        hardware = self.runs_on
        if self.effect == "models":
            return say("{0} architectures", len(self.known))
        named = [vendor for vendor in hardware.vendors if vendor != "Other"]
        few = hardware.gfx if len(hardware.gfx) < 8 else (say("{0} AMD chips", len(hardware.gfx)),)
        return ", ".join((*hardware.sm, *few, *named)) or "any"

    @property
    def title(self) -> str:
        """The engine with its version."""
        return f"{self.product} {self.version}"


def generation(chip: Chip) -> str:
    """The name people know an instruction set by, empty where there is none.

    NVIDIA's table of compute capabilities (developer.nvidia.com/cuda-gpus, 2026-11).
    """
    if chip.sm is not None:
        return _GENERATIONS.get(chip.sm, _MAJORS.get(chip.sm[0], ""))
    return ""


def chip_words(chip: Chip) -> str:
    """What a card has, to be read after "has": ``8.6 (Ampere)``, ``gfx1100``."""
    if chip.sm is not None:
        name = generation(chip)
        return f"{chip.sm[0]}.{chip.sm[1]}" + (f" ({name})" if name else "")
    if chip.gfx is not None:
        return chip.gfx
    if chip.vendor[0] in "AI":
        return say("an {0} processor", chip.vendor)
    return say("a {0} processor", chip.vendor)


def cards_have(chips: Sequence[Chip], which: Sequence[int]) -> str:
    """``GPU 1 and 2 have 8.6 (Ampere), GPU 3 has 8.9 (Ada)``."""
    groups: dict[str, list[int]] = {}
    for position in which:
        groups.setdefault(chip_words(chips[position]), []).append(position)
    return ", ".join(
        say("{0} has {1}", card_names(members), what)
        if len(members) == 1
        else say("{0} have {1}", card_names(members), what)
        for what, members in groups.items()
    )


def card_names(which: Sequence[int]) -> str:
    """``GPU 1``, ``GPU 1 and 2``, ``GPU 1 to 8``."""
    if len(which) == 1:
        return f"GPU {which[0] + 1}"
    if len(which) > 2 and which[-1] - which[0] == len(which) - 1:
        return say("GPU {0} to {1}", which[0] + 1, which[-1] + 1)
    head = ", ".join(str(position + 1) for position in which[:-1])
    return say("GPU {0} and {1}", head, which[-1] + 1)


_GENERATIONS = {(7, 5): say("Turing"), (8, 9): say("Ada")}
_MAJORS = {
    5: say("Maxwell"),
    6: say("Pascal"),
    7: say("Volta"),
    8: say("Ampere"),
    9: say("Hopper"),
    10: say("Blackwell"),
    11: say("Blackwell"),
    12: say("Blackwell"),
}


def _matches(pattern: str, sm: tuple[int, int]) -> bool:
    if pattern.startswith("gfx"):
        return False
    least = pattern.startswith(">=")
    major, _, minor = pattern.removeprefix(">=").partition(".")
    if least:
        return sm >= (int(major), int(minor))
    return sm[0] == int(major) and minor in ("x", str(sm[1]))


def _pattern_words(pattern: str) -> str:
    return say("{0} or higher", pattern[2:]) if pattern.startswith(">=") else pattern


def _gfx_words(prefix: str) -> str:
    return prefix if len(prefix) >= 6 else f"{prefix}…"


def joined(words: Sequence[str], last: str = "or") -> str:
    """``9.0``, ``9.0 or 10.x``, ``9.0, 10.x or 12.x``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
