"""Plans that claims are checked with: made, evaluated once, and counted in cards.

Every figure comes from ``evaluate``; a bench lives as long as one run over the claims.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.claims.data import ClaimCatalog
from moeplanner_gui.core.claims.terms import Claim, NamedPlan
from moeplanner_gui.core.gguf_recipes import BASE_TYPES
from moeplanner_gui.core.gguf_variants import known_recipe, recipe_label
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.plan import (
    MAX_GPUS_PER_NODE,
    CacheType,
    CustomSlot,
    Deployment,
    Engine,
    Node,
    Plan,
    Rig,
    Workload,
    card_id,
    weights_id,
)
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.weights import CHECKPOINT_LABELS
from moeplanner_gui.core.words import chained, say

SMALLEST = "iq1_s"
"""The recipe with the fewest bits that people publish."""
REFERENCE_CARD = "rtxpro6000"
OFFLOAD_HOST = "wrx90-7965wx"
"""Eight channels of DDR5: what a buyer takes who keeps experts in host memory."""
OFFLOAD_MODEL = "deepseek-v4-flash"
UNUSUAL = frozenset(
    {
        "f32",
        "f16",
        "bf16",
        "q5_1",
        "q5_0",
        "q4_1",
        "q4_0",
        "q2_0",
        "tq2_0",
        "tq1_0",
        "q1_0",
        "mxfp4_moe",
        "iq4_nl",
    }
)
"""Recipes that nobody would take to make a model fit."""
WHOLE_MODELS = ("deepseek-v4-pro", OFFLOAD_MODEL)
_RAM_GIB = (64, 128, 192, 256, 384, 512, 768, 1024)
_MORE_CARDS = 16


def engine_of(weights: str) -> Engine:
    """The engine whose file a format is: llama.cpp for GGUF, vLLM for checkpoints."""
    return "llama.cpp" if known_recipe(weights.lower()) is not None else "vllm"


def format_name(weights: str) -> str:
    """``"Q4_K_M"``, ``"FP8"``, ``"as published"``."""
    recipe = known_recipe(weights.lower())
    if weights.lower() == "native":
        return say("as published")
    if recipe is None:
        return CHECKPOINT_LABELS.get(weights, weights).partition(" (")[0]
    return recipe_label(recipe)


class NotComputedError(ValueError):
    """What a claim names cannot be computed; the text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Needed:
    """Card memory that a plan takes, in bytes: what it uses, and with what drivers keep."""

    plan: Plan
    used_bytes: int
    with_driver_bytes: int
    cards: int


class Bench:
    """A catalogue with the plans evaluated so far."""

    def __init__(self, catalog: ClaimCatalog) -> None:
        self.catalog = catalog
        self._known: dict[Plan, Assessment] = {}
        self._needed: dict[tuple[str, str, int, str], Needed | None] = {}
        self._works: dict[tuple[str, ...], tuple[str, tuple[NamedPlan, ...]]] = {}

    def assess(self, plan: Plan) -> Assessment:
        """``evaluate``, once a plan."""
        known = self._known.get(plan)
        if known is None:
            known = self._known[plan] = evaluate(plan, self.catalog)
        return known

    def model(self, model_id: str) -> ModelSpec:
        """The catalogue row; raises UnknownEntryError."""
        return self.catalog.model(model_id)

    def claim(self, claim_id: str) -> Claim | None:
        """Another claim, None where there is none of that id."""
        return self.catalog.claims.claims.get(claim_id)

    def weights_bytes(self, model_id: str, weights: str, engine: Engine | None = None) -> int:
        """Bytes of a released model's weights in a format."""
        engine = engine or engine_of(weights)
        return self._figures(plan_of(model_id, weights, (REFERENCE_CARD,), engine=engine))[0]

    def bits(self, model_id: str, weights: str) -> float:
        """Bits that a format takes for each parameter that it stores of a model."""
        plan = plan_of(model_id, weights, (REFERENCE_CARD,), engine=engine_of(weights))
        return self._figures(plan)[1]

    def _figures(self, plan: Plan) -> tuple[int, float]:
        """Bytes and bits a parameter of a plan's weights.

        Raises:
            NotComputedError: The engine has no such file of the model.
        """
        found = self.assess(plan)
        if found.model is None:
            raise NotComputedError(
                found.reasons[0] if found.reasons else say("It cannot be computed.")
            )
        return found.model.weights_bytes, found.model.bits_per_weight

    def cache_bytes(self, model_id: str, cache_type: CacheType, context_tokens: int) -> int:
        """The cache of one user, as llama.cpp keeps it (types of its own) or vLLM (fp8)."""
        engine: Engine = "vllm" if cache_type in ("fp8", "auto") else "llama.cpp"
        plan = plan_of(
            model_id,
            "native",
            (REFERENCE_CARD,),
            engine=engine,
            context_tokens=context_tokens,
            cache_type=cache_type,
        )
        return self.assess(plan).kv_cache_bytes

    def needed(
        self, model_id: str, weights: str, context_tokens: int, card: str = REFERENCE_CARD
    ) -> Needed | None:
        """What a plan takes on the fewest cards of a kind that hold it; None where none do.

        llama.cpp, as it needs the least beside the weights; any number of cards.
        """
        key = (model_id, weights, context_tokens, card)
        if key not in self._needed:
            self._needed[key] = self._fewest(*key)
        return self._needed[key]

    def _fewest(self, model_id: str, weights: str, context_tokens: int, card: str) -> Needed | None:
        size = self.weights_bytes(model_id, weights, "llama.cpp")
        count = max(1, -(-size // self.usable((card,))))
        last = min(MAX_GPUS_PER_NODE, count + _MORE_CARDS)
        while count <= last:
            plan = plan_of(model_id, weights, (card,) * count, context_tokens=context_tokens)
            found = self.assess(plan)
            if found.fits:
                gpus = cards_in(found)
                used = sum(device.used_bytes for device in gpus)
                kept = sum(item.size_bytes for device in gpus for item in device.held_back)
                return Needed(plan, used, used + kept, count)
            count += 1
        return None

    def usable(self, cards: tuple[str, ...]) -> int:
        """Bytes that an engine can fill on these cards, its own process taken off."""
        gpus = cards_in(self.assess(plan_of(OFFLOAD_MODEL, "native", cards)))
        size = sum(device.usable_bytes - device.overhead_bytes for device in gpus)
        if size <= 0:
            raise NotComputedError(say("These cards have no memory that an engine could use."))
        return size

    def capacity(self, cards: tuple[str, ...]) -> int:
        """Bytes that the driver shows of these cards."""
        gpus = cards_in(self.assess(plan_of(OFFLOAD_MODEL, "native", cards)))
        return sum(device.capacity_bytes for device in gpus)

    def works_on(self, cards: tuple[str, ...]) -> tuple[str, tuple[NamedPlan, ...]]:
        """What runs on these cards after all, as a sentence, with its plan.

        The largest V4 that they hold whole, else the smaller one with its experts in host
        memory; empty where even that does not run.
        """
        known = self._works.get(cards)
        if known is None:
            known = self._works[cards] = self._whole(cards) or self._offloaded(cards)
        return known

    def _whole(self, cards: tuple[str, ...]) -> tuple[str, tuple[NamedPlan, ...]] | None:
        for model_id in WHOLE_MODELS:
            plan = plan_of(model_id, "native", cards)
            found = self.assess(plan)
            if found.fits:
                used = sum(device.used_bytes for device in cards_in(found))
                name, where = self.model(model_id).name, cards_text(self, cards)
                sentence = say(
                    "{0} as published does fit on {1}: {2}{3:,.0f} GB in use.",
                    name,
                    where,
                    speed_text(found),
                    used / 1e9,
                )
                return sentence, (self.named(plan),)
        return None

    def _offloaded(self, cards: tuple[str, ...]) -> tuple[str, tuple[NamedPlan, ...]]:
        name = self.model(OFFLOAD_MODEL).name
        for ram in _RAM_GIB:
            plan = plan_of(
                OFFLOAD_MODEL, "native", cards, host=OFFLOAD_HOST, ram_gib=ram, cpu_moe_layers=-1
            )
            found = self.assess(plan)
            if not found.fits:
                continue
            label = say("{0} on {1}, experts in host memory", name, cards_text(self, cards))
            host = sum(d.used_bytes for d in found.devices if d.kind == "host")
            sentence = say(
                "With experts in host memory {0} does run on {1}: {2}{3:,.0f} GB of "
                "host memory ({4}, {5} GiB).",
                name,
                cards_text(self, cards),
                speed_text(found),
                host / 1e9,
                self.catalog.host(OFFLOAD_HOST).name,
                ram,
            )
            return sentence, (NamedPlan(label=label, plan=plan),)
        return "", ()

    def smaller_on(self, plan: Plan) -> tuple[str, tuple[NamedPlan, ...]]:
        """The same model on the same cards with fewer bits, where some recipe fits.

        The one with the most bits; else what :meth:`works_on` knows of the cards.
        """
        cards = tuple(
            str(card_id(card))
            for node in plan.rig.nodes
            for card in node.gpus
            if not isinstance(card, CustomSlot)
        )
        now = self.weights_bytes(plan.model, weights_id(plan))
        for recipe in BASE_TYPES:
            if recipe in UNUSUAL or self.weights_bytes(plan.model, recipe) >= now:
                continue
            smaller = plan.replace(weights=recipe, deployment=Deployment(), rig=plan.rig, name=None)
            found = self.assess(smaller)
            if found.fits:
                sentence = say(
                    "{0} does fit: {1}{2:,.1f} GB of weights with {3:.1f} bits each.",
                    self.label(smaller),
                    speed_text(found),
                    self.weights_bytes(plan.model, recipe) / 1e9,
                    self.bits(plan.model, recipe),
                )
                return sentence, (self.named(smaller),)
        return self.works_on(cards) if cards else ("", ())

    def named(self, plan: Plan) -> NamedPlan:
        """A plan with a label that says what it is."""
        return NamedPlan(label=self.label(plan), plan=plan)

    def label(self, plan: Plan) -> str:
        """``"DeepSeek V4 Flash, Q4_K_M, on 2 x RTX 4090"``."""
        name = self.model(plan.model).name
        cards = [card for node in plan.rig.nodes for card in node.gpus]
        ids = tuple(
            card.custom.name if isinstance(card, CustomSlot) else str(card_id(card))
            for card in cards
        )
        where = cards_text(self, ids) if ids else say("no card")
        apart = say(", experts in host memory") if plan.deployment.cpu_moe_layers else ""
        return say("{0}, {1}, on {2}{3}", name, format_name(weights_id(plan)), where, apart)


def plan_of(
    model_id: str,
    weights: str,
    cards: tuple[str, ...],
    *,
    engine: Engine = "llama.cpp",
    host: str | None = None,
    ram_gib: int = 0,
    context_tokens: int = 8192,
    cache_type: CacheType | None = None,
    cpu_moe_layers: int = 0,
) -> Plan:
    """A plan of one user on one computer without a screen."""
    kind = cache_type or ("f16" if engine == "llama.cpp" else "auto")
    return Plan(
        model=model_id,
        weights=weights,
        rig=Rig(nodes=(Node(host=host, ram_gib=ram_gib, gpus=cards, display="headless"),)),
        deployment=Deployment(
            engine=engine,
            cache_type_k=kind,
            cache_type_v=kind,
            tensor_parallel=1 if engine == "llama.cpp" else len(cards),
            cpu_moe_layers=cpu_moe_layers,
        ),
        workload=Workload(context_tokens=context_tokens),
    )


def cards_in(assessment: Assessment) -> tuple[DeviceMemory, ...]:
    """The cards of an assessment."""
    return tuple(device for device in assessment.devices if device.kind == "gpu")


def cards_text(bench: Bench, cards: Iterable[str]) -> str:
    """``"2 × RTX 4090"``; a card that is in no catalogue by the name it was given."""
    counts = Counter(cards)
    names = bench.catalog
    said = []
    for card, count in counts.items():
        try:
            name = names.gpu(card).name
        except LookupError:
            name = card
        said.append(name if count == 1 else f"{count} × {name}")
    return chained(said)


def speed_text(assessment: Assessment) -> str:
    """``"about 15 tok/s (8–23), "``; empty where the speed is not known."""
    speed = assessment.speed.decode_tokens_per_s
    if speed is None:
        return ""
    return say("about {0:.0f} tok/s ({1:.0f}–{2:.0f}), ", speed.expected, speed.low, speed.high)
