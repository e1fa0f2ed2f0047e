"""What is asked of a search for a rig, and what it answers. Computes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Literal

from moeplanner_gui.core.assessment import Assessment, Range
from moeplanner_gui.core.plan import CacheType, Economics, Engine, Node, Plan
from moeplanner_gui.core.records import dataclass

RankBy = Literal["price", "speed", "power", "context", "month"]
WishName = Literal[
    "budget_usd",
    "decode_tokens_per_s",
    "prefill_tokens_per_s",
    "context_tokens",
    "users",
    "max_load_w",
    "max_cards",
    "max_nodes",
    "vendors",
    "used_prices",
    "quiet",
    "weights",
    "engines",
]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a rig has to do, and within what.

    ``models``: the rig runs each of them, one at a time. ``weights`` None is every format that
    the catalogue knows of at least ``min_bits_per_weight`` (0: any); ``cache_types`` likewise.
    ``context_tokens`` is for each of ``users``. Speeds are for one user with all at work, in
    tokens/s; ``speed_from`` says which end of the band has to reach them. ``max_load_w`` is at
    the wall. ``vendors`` empty is any. ``used_prices``: second-hand prices may be counted on;
    ``list_prices``: so may the list price of a card that nobody was seen to sell.
    ``quiet``: only cards that are sold with a cooler for a desk. ``keep`` is a computer that is
    there already: its parts cost nothing and stay. ``economics`` is for ranking by the month.
    ``most_cards_to_try`` bounds the space, as ``max_nodes`` does.
    """

    models: tuple[str, ...]
    context_tokens: int = 32_768
    users: int = 1
    weights: tuple[str, ...] | None = None
    min_bits_per_weight: float = 0.0
    cache_types: tuple[CacheType, ...] | None = None
    engines: tuple[Engine, ...] = ("llama.cpp", "vllm", "sglang", "ktransformers")
    decode_tokens_per_s: float = 0.0
    prefill_tokens_per_s: float = 0.0
    speed_from: Literal["low", "expected"] = "expected"
    budget_usd: float | None = None
    max_load_w: float | None = None
    max_cards: int = 8
    max_nodes: int = 1
    vendors: tuple[str, ...] = ()
    used_prices: bool = True
    list_prices: bool = False
    quiet: bool = False
    keep: Node | None = None
    economics: Economics = field(default_factory=Economics)
    rank_by: RankBy = "price"


@dataclass(frozen=True, slots=True)
class FoundRig:
    """A rig that does it, as the plan that was evaluated.

    ``on_front``: no other one is at least as good in price, decode, power and context and better
    in one of them. ``because`` is its one-line reason ("13 % of the experts in host memory").
    ``usd`` None: a part has no price, its name is in ``unpriced``. ``price_unsure``: a price was
    typed in, is one of the launch, or few stand behind it. With several models ``plan`` runs the
    first and ``others`` run the others on the same rig; the speeds are those of the slowest.
    ``ways`` then say of each model in its order how it is run, and ``because`` only tells of the
    parts.
    """

    plan: Plan
    assessment: Assessment
    title: str
    subtitle: str
    usd: float | None
    decode_tokens_per_s: Range | None
    prefill_tokens_per_s: Range | None
    load_w: float | None
    max_context_tokens: int
    usd_per_month: float | None
    because: str
    on_front: bool = False
    price_unsure: bool = False
    unpriced: tuple[str, ...] = ()
    others: tuple[Plan, ...] = ()
    ways: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A smallest set of wishes to give up, and what there would be then.

    ``sentence`` is complete: "Nothing under $3,000; the cheapest is $4,150."
    """

    wishes: tuple[WishName, ...]
    sentence: str
    rig: FoundRig | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is; counts of candidate plans.

    ``found`` are the rigs within the limits so far, ranked. ``inside``: they are all there are;
    what follows is beyond the limits, or has no price.
    """

    considered: int
    of: int
    found: tuple[FoundRig, ...]
    inside: bool = False


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer. ``complete`` is False when it was cancelled: then it is only what was seen.

    ``rigs`` are ranked by the wish and hold the whole front; ``outside`` are rigs of the front
    beyond budget or speed, for the chart; ``unpriced`` do it and lack a price, listed apart.
    ``evaluated`` plans were computed, ``pruned`` could be ruled out by a bound, of ``considered``
    altogether. ``unchecked`` were left out because nobody knows whether the engine has kernels
    for the cards, ``unknown_speed`` because no speed can be told. ``message`` is a sentence where
    there is nothing to search in. ``inside_complete``: all ``rigs`` are known, also where it was
    cancelled while it looked at what is outside.
    """

    rigs: tuple[FoundRig, ...]
    outside: tuple[FoundRig, ...]
    unpriced: tuple[FoundRig, ...]
    relaxations: tuple[Relaxation, ...]
    evaluated: int
    pruned: int
    complete: bool
    considered: int = 0
    unchecked: int = 0
    unknown_speed: int = 0
    message: str = ""
    inside_complete: bool = True


OnProgress = Callable[[Progress], None]
Cancelled = Callable[[], bool]
