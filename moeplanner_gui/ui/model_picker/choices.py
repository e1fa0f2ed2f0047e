"""What can be chosen for a model and an engine, and the edits that choose it. Knows no Qt.

An edit never leaves a plan that its engine cannot read: changing the engine changes KV-cache
type, parallelism and, where needed, the weights in the same step.
"""

from __future__ import annotations

from typing import cast

from moeplanner_gui.core import edits, engine_choice
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.plan import CustomWeights, Engine, Plan, weights_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import ENGINE_NAMES
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import MemoryUnit, format_memory
from moeplanner_gui.core.weights import FormatChoice, format_note, formats_for
from moeplanner_gui.core.words import say

ENGINES: tuple[tuple[str, str], ...] = tuple(ENGINE_NAMES.items())
LLAMA_CACHE = ("f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl", "f32")
SERVER_CACHE = ("auto", "fp8", "bf16")
SPLITS: tuple[tuple[str, str, str], ...] = (
    (
        "layer",
        say("layer split"),
        say("Whole layers on each card, in proportion to its free memory"),
    ),
    (
        "tensor",
        say("tensor split"),
        say("Each tensor cut over the cards, which compute it together"),
    ),
    ("none", say("one card"), say("Everything on one card")),
    ("row", say("row split"), say("Each matrix cut into rows over the cards")),
)
"""Key, words and tip. NVIDIA's cards refuse the last one: it stands only where it was chosen."""
USERS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_MAX_PARALLEL = 64


@dataclass(frozen=True, slots=True)
class Spread:
    """How the model is spread over the cards, as one choice."""

    label: str
    tip: str
    changes: tuple[tuple[str, object], ...]


def cache_types(engine: str) -> tuple[str, ...]:
    """KV-cache types the engine takes, its default first."""
    return LLAMA_CACHE if engine == "llama.cpp" else SERVER_CACHE


def cache_is_assumed(plan: Plan) -> bool:
    """True when the KV-cache type is the engine's default: nobody chose it."""
    deployment = plan.deployment
    default = cache_types(deployment.engine)[0]
    return deployment.cache_type_k == deployment.cache_type_v == default


def weight_choices(model: ModelSpec, engine: str) -> tuple[FormatChoice, ...]:
    """Formats the engine loads; for an engine without rules those of llama.cpp."""
    try:
        return formats_for(model, engine)
    except ValueError:
        return formats_for(model, "llama.cpp")


def note_of(model: ModelSpec, choice: FormatChoice, engine: str) -> str:
    """What is to be said of a format in the list; takes its bytes, which are worked out."""
    try:
        return format_note(model, choice.id, engine)
    except ValueError:
        return format_note(model, choice.id, "llama.cpp")


def words_of(choice: FormatChoice, note: str) -> str:
    """A format in the list: its label, and that it is no smaller than what was published."""
    return say("{0} (larger than published)", choice.label) if note else choice.label


def words_of_file(weights: CustomWeights, unit: MemoryUnit) -> str:
    """A file of the plan's own in the list: its recipe, and its size where that is given."""
    name = weights.recipe.upper()
    if weights.imatrix:
        name = say("{0}, imatrix", name)
    if weights.file_bytes is None:
        return name
    return say("{0} file, {1}", name, format_memory(weights.file_bytes, unit=unit))


def spreads(plan: Plan) -> tuple[Spread, ...]:
    """The ways to spread this model over this rig's cards."""
    if plan.deployment.engine == "llama.cpp":
        chosen = plan.deployment.split
        return tuple(
            Spread(words, tip, (("split", key),))
            for key, words, tip in SPLITS
            if key != "row" or chosen == "row"
        )
    if plan.deployment.engine == "ktransformers":
        # Cards of one computer, and no pipeline stages.
        here = len(plan.rig.nodes[0].gpus) if plan.rig.nodes else 0
        sizes = {tp for tp in (1, 2, 4, 8, 16) if tp <= max(1, here)}
        current = (plan.deployment.tensor_parallel, plan.deployment.pipeline_parallel)
        ordered = sorted({(tp, 1) for tp in sizes} | {current}, reverse=True)
        return tuple(_parallel(tp, pp) for tp, pp in ordered)
    cards = max(1, plan.gpu_count)
    pairs = {(tp, 1) for tp in (1, 2, 4, 8, 16) if tp <= cards}
    pairs |= {(cards // pp, pp) for pp in range(1, cards + 1) if cards % pp == 0}
    pairs.add((plan.deployment.tensor_parallel, plan.deployment.pipeline_parallel))
    ordered = sorted(pairs, key=lambda pair: (-pair[0] * pair[1], -pair[0]))
    return tuple(_parallel(tp, pp) for tp, pp in ordered if tp * pp <= _MAX_PARALLEL)


def _parallel(tp: int, pp: int) -> Spread:
    parts = [f"TP {tp}"] if tp > 1 or pp == 1 else []
    if pp > 1:
        parts.append(f"PP {pp}")
    tip = say("Tensor parallel {0}, pipeline parallel {1}: uses {2} cards", tp, pp, tp * pp)
    changes = (("tensor_parallel", tp), ("pipeline_parallel", pp))
    return Spread(" · ".join(parts), tip, changes)


def current_spread(plan: Plan) -> int:
    """The position in :func:`spreads` of the plan's choice, -1 when it is none of them."""
    deployment = plan.deployment
    for index, spread in enumerate(spreads(plan)):
        if all(getattr(deployment, name) == value for name, value in spread.changes):
            return index
    return -1


def with_engine(plan: Plan, engine: str, catalog: CatalogReader) -> Plan:
    """The plan on another engine, with weights that it loads.

    How the cards share the model is :func:`engine_choice.with_engine`'s to say, so that the
    grid of contexts and the remedies mean the same plan.
    """
    if engine == plan.deployment.engine:
        return plan
    offered = {choice.id for choice in weight_choices(catalog.model(plan.model), engine)}
    if weights_id(plan) not in offered:
        plan = edits.set_weights(plan, "native")
    return engine_choice.with_engine(plan, cast(Engine, engine), catalog)


def short_label(label: str) -> tuple[str, str]:
    """A format's name and what is in it: "Native" and "MXFP4 + Q8_0 + BF16"."""
    name, _, inside = label.partition(" (")
    return name, inside.rstrip(")")


def with_cache(plan: Plan, cache: str) -> Plan:
    """The plan with keys and values of the KV cache in one type."""
    return edits.set_deployment(plan, cache_type_k=cache, cache_type_v=cache)
