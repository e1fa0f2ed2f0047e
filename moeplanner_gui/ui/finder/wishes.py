"""Wishes from an open plan, from what was typed, and from what would have to give. Knows no Qt."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from moeplanner_gui.core.kept import there_of, without_owned
from moeplanner_gui.core.plan import Economics, Node, Plan, weights_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.search.terms import FoundRig, Relaxation, Wishes
from moeplanner_gui.core.search.words import weights_words
from moeplanner_gui.core.words import chained, say, typed

USUAL_SPEED = 20.0
"""Tokens/s that are wished for at first: an answer that is read as it comes."""
MOST_TOKENS = 2**31
MOST_USERS = 65_536
CONTEXTS = (8_192, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_048_576)
USERS = (1, 2, 4, 8, 16, 32, 64)
SPEEDS = (5, 10, 20, 30, 50, 100)
BUDGETS = (1_000, 2_000, 3_000, 5_000, 10_000, 25_000, 50_000, 100_000)
FLOORS = (3.0, 4.0, 5.0, 6.0, 8.0)
"""Least bits a weight that are offered."""
_NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?([kKmM])?", re.ASCII)
_UNITS = ("tok/s", "tokens", "usd", "w")
_OF_THE_OTHER_RIG = {
    "hardware_usd": None,
    "resale_share": None,
    "load_w": None,
    "idle_w": None,
    "decode_tokens_per_s": None,
    "prefill_tokens_per_s": None,
}
"""What was typed in about the rig of the open plan says nothing about another one."""


class NotUnderstoodError(ValueError):
    """What was typed is no value of the field; the text is a sentence that says what to do."""


def economics_of(plan: Plan) -> Economics:
    """The plan's economics without what was typed in about its own rig."""
    return plan.economics.model_copy(update=_OF_THE_OTHER_RIG)


def context_of_each(plan: Plan) -> int:
    """The context of each user in tokens; llama.cpp's option counts all of them together."""
    tokens, users = plan.workload.context_tokens, plan.workload.sequences
    if plan.deployment.engine == "llama.cpp":
        return max(tokens // users, 1)
    return tokens


def wishes_of(plan: Plan) -> Wishes:
    """What the open plan asks of a rig; its own rig and its speed are left open."""
    return Wishes(
        models=(plan.model,),
        context_tokens=context_of_each(plan),
        users=plan.workload.sequences,
        weights=(weights_id(plan),),
        decode_tokens_per_s=USUAL_SPEED,
        economics=economics_of(plan),
    )


def as_searched(wishes: Wishes) -> Wishes:
    """The wishes as a search takes them: parts of the computer that is kept are there once.

    The plan may name them too, for example when it is a rig of such a search; counted twice, as
    many cards again would cost nothing.
    """
    if wishes.keep is None or not wishes.economics.owned:
        return wishes
    return replace(wishes, economics=without_owned(wishes.economics))


def computer_to_keep(plan: Plan, catalog: CatalogReader | None = None) -> Node | None:
    """What is there already: the computer that was detected, else the first of the plan.

    Where the plan says which of its parts are there, cards and memory that are still to be bought
    are none of it.
    """
    nodes = plan.rig.nodes
    there = (node for node in nodes if node.detected is not None or node.mine)
    first = next(there, None)
    if first is None:
        first = next((node for node in nodes if node.host is not None or node.gpus), None)
    if first is None:
        return None
    return there_of(first, plan.economics.owned, catalog)


def with_models(wishes: Wishes, models: tuple[str, ...]) -> Wishes:
    """Wish for other models, of which the first is the plan's.

    Formats are those of a model: a floor goes over to another one, a format may not. Of several
    models every way to run one is tried with every way of the others, so that open weights take
    minutes: they begin with the weights as they were published.
    """
    weights = wishes.weights
    if len(models) > 1 and len(models) > len(wishes.models) and weights is None:
        return replace(wishes, models=models, weights=("native",), min_bits_per_weight=0.0)
    if models[:1] != wishes.models[:1] or len(models) > len(wishes.models):
        weights = None if weights is None else ("native",)
    return replace(wishes, models=models, weights=weights)


def wishes_again(old: Wishes | None, plan: Plan) -> Wishes:
    """What the open plan asks; wishes of before that it says nothing of stay.

    Where its model is one of several that were wished for, it comes first and the others stay.
    """
    fresh = wishes_of(plan)
    if old is None:
        return fresh
    same = plan.model in old.models
    # A rig that was found for what one has is not what one has.
    keep = old.keep if plan.economics.owned else computer_to_keep(plan)
    others = tuple(name for name in old.models if name != plan.model) if same else ()
    return replace(
        old,
        models=(plan.model, *others),
        context_tokens=fresh.context_tokens,
        users=fresh.users,
        weights=old.weights if same else fresh.weights,
        economics=fresh.economics,
        keep=None if old.keep is None else keep,
    )


def loaded(found: FoundRig, open_plan: Plan) -> Plan:
    """The open plan on a rig that was found: its name and how it is used stay."""
    return used_as(found.plan, open_plan)


def used_as(plan: Plan, open_plan: Plan) -> Plan:
    """A plan of a rig that was found, called and used as the open one."""
    workload = open_plan.workload.model_copy(
        update={
            "context_tokens": plan.workload.context_tokens,
            "sequences": plan.workload.sequences,
        }
    )
    economics = economics_of(open_plan).model_copy(update={"owned": plan.economics.owned})
    return plan.replace(name=open_plan.name, workload=workload, economics=economics)


# What is typed --------------------------------------------------------------------------------


_ANY = say("any")
_NOTHING = frozenset(re.sub(r"\s", "", word).lower() for word in (_ANY, say("none")))


def number_from(text: str, low: float, high: float, *, whole: bool = False) -> float | None:
    """The number that was typed; None for nothing, ``any`` and ``none``. ``128K`` is 131,072.

    Raises:
        NotUnderstoodError: It is no number, or outside ``low`` to ``high``.
    """
    plain = re.sub(r"[\s\u00a0\u202f$]", "", typed(text)).lower()
    for unit in _UNITS:
        plain = plain.removesuffix(unit)
    if plain in ("", "any", "none", "–", "-", *_NOTHING):
        return None
    match = _NUMBER.fullmatch(plain)
    if match is None:
        raise NotUnderstoodError(say("A number, please."))
    value = float(match[1].replace(",", "") + (match[2] or ""))
    if match[3]:
        # Contexts are counted in 1,024, money in 1,000.
        size = {"k": 1024.0, "m": 1024.0**2} if whole else {"k": 1e3, "m": 1e6}
        value *= size[match[3].lower()]
    if not math.isfinite(value) or not low <= value <= high:
        raise NotUnderstoodError(say("From {0:,g} to {1:,.0f}.", low, high))
    if whole and value != int(value):
        raise NotUnderstoodError(say("A whole number, please."))
    return value


def number_text(value: float | None, none: str = _ANY) -> str:
    """A wish as it stands in its field; nothing wished is ``any``."""
    if not value:
        return none
    # Beyond six digits ``g`` would write an exponent.
    whole = value == int(value) or value >= 1e5
    return say("{0:,.0f}", value) if whole else say("{0:,g}", value)


# What would have to give ----------------------------------------------------------------------


def given_up(wishes: Wishes, relaxation: Relaxation) -> Wishes | None:
    """The wishes with which a rig is found; None where nobody knows one."""
    rig = relaxation.rig
    if rig is None:
        return None
    changes: dict[str, object] = {}
    speed, prefill = rig.decode_tokens_per_s, rig.prefill_tokens_per_s
    for name in relaxation.wishes:
        if name == "budget_usd":
            changes[name] = None if rig.usd is None else float(math.ceil(rig.usd))
        elif name == "decode_tokens_per_s":
            low = wishes.speed_from == "low"
            value = 0.0 if speed is None else (speed.low if low else speed.expected)
            changes[name] = math.floor(value * 10) / 10
        elif name == "prefill_tokens_per_s":
            low = wishes.speed_from == "low"
            value = 0.0 if prefill is None else (prefill.low if low else prefill.expected)
            changes[name] = min(math.floor(value), wishes.prefill_tokens_per_s) * 1.0
        elif name == "max_load_w":
            changes[name] = None if rig.load_w is None else float(math.ceil(rig.load_w))
        elif name == "context_tokens":
            changes[name] = context_of_each(rig.plan)
        elif name == "users":
            changes[name] = rig.plan.workload.sequences
        elif name == "weights":
            changes.update(weights=(weights_id(rig.plan),), min_bits_per_weight=0.0)
        elif name == "max_cards":
            changes[name] = max(len(node.gpus) for node in rig.plan.rig.nodes)
        elif name == "max_nodes":
            changes[name] = len(rig.plan.rig.nodes)
        elif name == "vendors":
            changes[name] = ()
        elif name == "used_prices":
            changes[name] = True
        elif name == "quiet":
            changes[name] = False
        elif name == "engines":
            changes[name] = tuple(dict.fromkeys((*wishes.engines, rig.plan.deployment.engine)))
    return replace(wishes, **changes)  # type: ignore[arg-type]


def words_of_use(wishes: Wishes, relaxation: Relaxation) -> str:
    """What the button of a relaxation says: ``Use $4,150``."""
    changed = given_up(wishes, relaxation)
    rig = relaxation.rig
    if changed is None or rig is None:
        return ""
    parts: list[str] = []
    for name in relaxation.wishes:
        value = getattr(changed, name)
        if name == "budget_usd":
            parts.append(say("any budget") if value is None else say("${0:,.0f}", value))
        elif name == "decode_tokens_per_s":
            parts.append(say("{0:g} tok/s", value))
        elif name == "prefill_tokens_per_s":
            parts.append(say("a prompt at {0:,.0f} tok/s", value))
        elif name == "max_load_w":
            parts.append(say("any power") if value is None else say("{0:,.0f} W", value))
        elif name == "context_tokens":
            parts.append(say("{0:,} tokens", value))
        elif name == "users":
            parts.append(say("1 user") if value == 1 else say("{0} users", value))
        elif name == "weights":
            parts.append(say("{0} weights", weights_words(rig.plan)))
        elif name == "max_cards":
            parts.append(say("{0} cards", value))
        elif name == "max_nodes":
            parts.append(say("{0} computers", value))
        else:
            parts.append(
                {
                    "vendors": say("any brand"),
                    "used_prices": say("second-hand prices"),
                    "quiet": say("any card"),
                    "engines": say("this engine"),
                }[name]
            )
    return say("Use {0}", chained(parts))
