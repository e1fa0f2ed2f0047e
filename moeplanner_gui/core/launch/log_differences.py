"""What the log has otherwise than the plan: another context, cache type, release.

A difference explains figures that differ; it is told before anything is called wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from moeplanner_gui.core.engines.llama_refusals import cache_type
from moeplanner_gui.core.launch.flags import PROGRAMS
from moeplanner_gui.core.launch.log_readings import LogReadings
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import GIB, ceil_div, format_count, pad_to
from moeplanner_gui.core.words import say

_ON: Final = frozenset({"1", "true", "True", "enabled", "on", "auto"})
_EIGHT_BIT: Final = frozenset({"fp8", "fp8_e4m3", "fp8_e5m2", "fp8_inc"})
OTHER_FILE: Final = 0.05
"""Published files of one recipe differ by a percent or two."""
RELEASE: Final = say("Release")
_NO_LINE: Final = 0


@dataclass(frozen=True, slots=True)
class SettingDifference:
    """One setting that the log has otherwise.

    Attributes:
        name: What it is, for a person.
        log: As the log has it.
        plan: As the plan has it.
        line: Where it stands.
        effect: What it changes.
    """

    name: str
    log: str
    plan: str
    line: int
    effect: str

    @property
    def sentence(self) -> str:
        """``The log has a context of 8,192 tokens, the plan 32,768. …``"""
        return say(
            "{0}: {1} in the log, {2} in the plan. {3}", self.name, self.log, self.plan, self.effect
        ).strip()


def differences(readings: LogReadings, prepared: Prepared) -> tuple[SettingDifference, ...]:
    """Each setting that is told in the log and is another one in the plan."""
    engine = prepared.plan.deployment.engine
    found = _version(readings, prepared.plan)
    if engine == "llama.cpp":
        return (*found, *_llama(readings, prepared))
    return (*found, *_served(readings, prepared.plan))


def other_weights(
    rows: Sequence[tuple[int, int, int]],
) -> tuple[SettingDifference, ...]:
    """Weights of another size are those of another file: the log is of another model or recipe.

    Args:
        rows: Predicted and actual bytes of the weights where both are known, and the line.
    """
    predicted, actual = (sum(row[at] for row in rows) for at in (0, 1))
    if not predicted or abs(actual - predicted) <= OTHER_FILE * predicted:
        return ()
    log, plan = say("{0:,.2f} GiB", actual / GIB), say("{0:,.2f} GiB", predicted / GIB)
    effect = say("It is another model or format, or other parts of it lie on the cards.")
    return (SettingDifference(say("Weights"), log, plan, rows[0][2], effect),)


def _version(readings: LogReadings, plan: Plan) -> list[SettingDifference]:
    program = PROGRAMS[plan.deployment.engine]
    if not readings.version or readings.version == program.version:
        return []
    effect = say("Another release may place and print otherwise than was worked out.")
    return [
        SettingDifference(
            RELEASE,
            f"{program.name} {readings.version}",
            f"{program.name} {program.version}",
            readings.version_line,
            effect,
        )
    ]


def _number(
    readings: LogReadings, name: str, wanted: int, names: tuple[str, ...], effect: str, *also: int
) -> list[SettingDifference]:
    said = readings.setting(*names)
    if said is None or not said.value.isdigit() or int(said.value) in (wanted, *also):
        return []
    log, plan = format_count(int(said.value)), format_count(wanted)
    return [SettingDifference(name, log, plan, said.line, effect)]


_CACHE: Final = say("The KV cache grows and shrinks with it.")
_BUFFERS: Final = say("The compute buffers grow and shrink with it.")


def _llama(readings: LogReadings, prepared: Prepared) -> list[SettingDifference]:
    plan = prepared.plan
    options, slots = plan.deployment, plan.workload.sequences
    wanted = plan.workload.context_tokens
    padded = pad_to(wanted, 256)
    if not options.unified_kv:
        padded = pad_to(padded // slots, 256) * slots
    found = _number(readings, say("Context (-c)"), wanted, ("n_ctx",), _CACHE, padded)
    found += _number(readings, say("Slots (-np)"), slots, ("n_seq_max",), _CACHE)
    # A batch is never larger than the context.
    batch = min(options.batch, padded)
    ubatch = min(options.ubatch, batch)
    found += _number(readings, say("Tokens a step (-ub)"), ubatch, ("n_ubatch",), _BUFFERS)
    found += _number(readings, say("Tokens at once (-b)"), batch, ("n_batch",), "", options.batch)
    found += _types(readings, plan)
    found += _switch(
        readings, say("Flash attention"), "flash_attn", options.flash_attention, _BUFFERS
    )
    if slots > 1:
        found += _switch(
            readings, say("One cache for all slots"), "kv_unified", options.unified_kv, ""
        )
    found += _experts(readings, prepared)
    return found + _layers(readings, prepared)


def _types(readings: LogReadings, plan: Plan) -> list[SettingDifference]:
    found = []
    for letter, wanted in (
        ("k", plan.deployment.cache_type_k),
        ("v", plan.deployment.cache_type_v),
    ):
        said = readings.setting(f"type_{letter}")
        what = "keys" if letter == "k" else "values"
        if said is not None and said.value != cache_type(wanted):
            found.append(
                SettingDifference(
                    say("Type of the cached {0}", what),
                    said.value,
                    cache_type(wanted),
                    said.line,
                    _CACHE,
                )
            )
    return found


def _switch(
    readings: LogReadings, name: str, key: str, wanted: bool, effect: str
) -> list[SettingDifference]:
    said = readings.setting(key)
    if said is None or (said.value in _ON) == wanted:
        return []
    words = {True: "on", False: "off"}
    return [SettingDifference(name, words[not wanted], words[wanted], said.line, effect)]


def _experts(readings: LogReadings, prepared: Prepared) -> list[SettingDifference]:
    """Layers whose experts lie in host memory; the plan's number is never above the layers."""
    wanted = prepared.plan.deployment.cpu_moe_layers
    said = readings.setting("n_cpu_moe")
    layers = prepared.spec.architecture.layers
    line = said.line if said is not None else _NO_LINE
    if readings.expert_layers_on_host is not None:
        log = readings.expert_layers_on_host
    elif said is not None and (said.value == "all" or said.value.isdigit()):
        log = layers if said.value == "all" else min(int(said.value), layers)
    else:
        return []
    if log == wanted:
        return []
    effect = say("Experts move between the cards and host memory with it.")
    return [
        SettingDifference(
            say("Layers of experts in host memory"), str(log), str(wanted), line, effect
        )
    ]


def _layers(readings: LogReadings, prepared: Prepared) -> list[SettingDifference]:
    if readings.layers_on_cards is None:
        return []
    held, of = readings.layers_on_cards
    chosen = prepared.plan.deployment.gpu_layers
    wanted = of if chosen is None else min(chosen, of)
    wanted = wanted if prepared.cards else 0
    if held == wanted:
        return []
    effect = say("Layers move between the cards and host memory with it.")
    return [
        SettingDifference(
            say("Layers on the cards (-ngl)"), str(held), str(wanted), _NO_LINE, effect
        )
    ]


def _served(readings: LogReadings, plan: Plan) -> list[SettingDifference]:
    options, workload = plan.deployment, plan.workload
    is_vllm = options.engine == "vllm"
    names = ("max_seq_len", "max_model_len") if is_vllm else ("context_length",)
    found = _number(readings, say("Context of a user"), workload.context_tokens, names, _CACHE)
    users = ("max_num_seqs",) if is_vllm else ("max_running_requests",)
    replicas = options.data_parallel
    each = ceil_div(workload.sequences, replicas)
    effect = say("It sizes what a step needs.")
    # Of all replicas, or of the one that prints.
    wanted, also = (each, each) if is_vllm else (each * replicas, each)
    found += _number(readings, say("Requests at once"), wanted, users, effect, also)
    if is_vllm:
        effect = say("Each card holds another part.")
        for name, key, wanted in (
            (say("Tensor parallel"), "tensor_parallel_size", options.tensor_parallel),
            (say("Pipeline parallel"), "pipeline_parallel_size", options.pipeline_parallel),
            (say("Data parallel"), "data_parallel_size", options.data_parallel),
        ):
            found += _number(readings, name, wanted, (key,), effect)
        found += _share(readings, "gpu_memory_utilization", options.memory_utilization)
        eager = readings.setting("enforce_eager")
        if eager is not None and (eager.value == "True") == options.cuda_graphs:
            words = {True: "off", False: "on"}
            log = words[options.cuda_graphs]
            plan_has = words[not options.cuda_graphs]
            found.append(SettingDifference(say("CUDA graphs"), log, plan_has, eager.line, ""))
    elif options.data_parallel == 1:
        found += _number(
            readings,
            say("Tensor parallel"),
            options.tensor_parallel,
            ("tp_size",),
            say("Each card holds another part."),
        )
    if not is_vllm:
        found += _share(readings, "mem_fraction_static", options.memory_utilization)
    if options.engine == "ktransformers":
        found += _number(
            readings, say("Experts on the card"), options.gpu_experts, ("kt_num_gpu_experts",), ""
        )
    said = readings.setting("kv_cache_dtype")
    if said is not None and (said.value in _EIGHT_BIT) != (options.cache_type_k == "fp8"):
        plan_type = "auto" if options.cache_type_k == "f16" else options.cache_type_k
        found.append(
            SettingDifference(say("Type of the KV cache"), said.value, plan_type, said.line, _CACHE)
        )
    return found


def _share(readings: LogReadings, name: str, wanted: float) -> list[SettingDifference]:
    said = readings.setting(name)
    try:
        same = said is None or abs(float(said.value) - wanted) < 0.0051
    except ValueError:
        return []
    if said is None or same:
        return []
    effect = say("The cache takes what this share of a card leaves.")
    return [SettingDifference(say("Share of a card"), said.value, f"{wanted:g}", said.line, effect)]
