"""What a plan that cannot run could become: changes after which there is an answer at all.

Remedies make a plan fit. Where none does, a change that at least runs is the next step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.edits import set_deployment, set_weights
from moeplanner_gui.core.engine_choice import with_engine
from moeplanner_gui.core.plan import Engine, Plan, weights_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.remedies import UNCHECKED, Remedy, free_at, search
from moeplanner_gui.core.remedy_changes import Price
from moeplanner_gui.core.verdict import format_short
from moeplanner_gui.core.words import say

_ENGINES = (
    ("llama.cpp", "llama.cpp", say("Whole layers on each card.")),
    ("vllm", "vLLM", say("Every layer is divided over the cards.")),
    ("sglang", "SGLang", say("Every layer is divided over the cards.")),
    ("ktransformers", "KTransformers", say("Experts in host memory, all else on the cards.")),
)


def running_changes(plan: Plan, catalog: CatalogReader) -> tuple[Remedy, ...]:
    """Single changes after which the plan runs; those after which it also fits come first.

    Raises:
        UnknownEntryError: A row that the catalogue does not have.
    """
    found: list[Remedy] = []
    for title, detail, changed in _candidates(plan, catalog):
        if changed == plan or any(changed == known.plan for known in found):
            continue
        after = evaluate(changed, catalog)
        if after.verdict != "cannot_run":
            rank = (Price.ENGINE, 1.0, float(not after.fits))
            brief, outcome = _outcome(after)
            found.append(
                Remedy(
                    title,
                    detail,
                    outcome,
                    changed,
                    rank,
                    brief=brief,
                    verdict=after.verdict,
                    unchecked=_is_unchecked(after),
                )
            )
    return tuple(sorted(found, key=lambda change: not change.fits))


def search_advice(
    plan: Plan, catalog: CatalogReader, *, runs: bool = True
) -> Iterator[Remedy | None]:
    """Remedies and, for a plan that cannot run, the changes after which it runs at all.

    In the order in which they are found, with None where a step finds none; ``ranked`` puts them
    into the order in which they are offered. ``runs`` is False for a plan that runs already.

    Raises:
        UnknownEntryError: A row that the catalogue does not have.
    """
    found: list[Remedy] = []
    for remedy in search(plan, catalog):
        if remedy is not None:
            found.append(remedy)
        yield remedy
    if not runs:
        return
    yield None
    known = [remedy.plan for remedy in found]
    # Where a change without a purchase fits, one that merely runs is no advice.
    helped = any(remedy.rank < (Price.MEMORY,) for remedy in found)
    for change in running_changes(plan, catalog):
        if change.plan not in known and (change.fits or not helped):
            yield change


def _candidates(plan: Plan, catalog: CatalogReader) -> Iterator[tuple[str, str, Plan]]:
    engine = plan.deployment.engine
    default = "f16" if engine == "llama.cpp" else "auto"
    if engine != "llama.cpp":
        # Moved there anew, the engine spreads the model as it can.
        away = with_engine(plan, "llama.cpp", catalog)
        anew = with_engine(away, engine, catalog).deployment
        parallel = set_deployment(
            plan,
            tensor_parallel=anew.tensor_parallel,
            pipeline_parallel=anew.pipeline_parallel,
            data_parallel=1,
            expert_parallel=anew.expert_parallel,
        )
        words = say("Use tensor parallel {0}", anew.tensor_parallel)
        if anew.pipeline_parallel > 1:
            words = say(
                "Use tensor parallel {0}, pipeline parallel {1}",
                anew.tensor_parallel,
                anew.pipeline_parallel,
            )
        yield words, say("Uses all {0} cards.", plan.gpu_count), parallel
    cache = set_deployment(plan, cache_type_k=default, cache_type_v=default)
    yield say("Use a KV cache of type {0}", default), say("The engine's own choice."), cache
    if weights_id(plan) != "native":
        yield (
            say("Choose native weights"),
            say("The checkpoint as published."),
            set_weights(plan, "native"),
        )
    for key, name, spread in _ENGINES:
        if key != engine:
            moved = with_engine(plan, cast(Engine, key), catalog)
            yield say("Use {0} instead", name), spread, moved
            native = set_weights(plan, "native")
            moved = with_engine(native, cast(Engine, key), catalog)
            yield (
                say("Use {0} with native weights", name),
                say("The checkpoint as published."),
                moved,
            )


def _is_unchecked(after: Assessment) -> bool:
    return any(finding.code == "kernel_not_checked" for finding in after.findings)


def _outcome(after: Assessment) -> tuple[str, str]:
    """What the changed plan answers, in brief and in full."""
    device = after.devices[after.tightest] if after.tightest is not None else None
    if after.fits or device is None:
        word = say("Fits") if after.verdict == "fits" else say("Tight")
        brief = say("{0}, {1}", word, free_at(device)) if device else word
    else:
        brief = say("Runs, but {0} is {1} short", device.name, format_short(-device.free_bytes))
    text = say("{0}.", brief)
    return brief, f"{text} {UNCHECKED}" if _is_unchecked(after) else text
