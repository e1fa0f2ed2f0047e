"""How every number came about: derivation trees, built only when somebody asks.

Repeats no formula: the numbers come from the same functions as the assessment, the words are
added here.
"""

from __future__ import annotations

from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.derivation import Confidence, Derivation, least_sure
from moeplanner_gui.core.explain_engine import explain_cache, explain_compute, explain_output
from moeplanner_gui.core.explain_kernels import explain_cannot_run
from moeplanner_gui.core.explain_rig import (
    explain_capacity,
    explain_file_rest,
    explain_hardware,
    explain_held_back,
    explain_overhead,
    explain_usable,
)
from moeplanner_gui.core.model import ModelSpec, MoeFfn
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared, prepare
from moeplanner_gui.core.quantities import bytes_text, gib_text, leaf, left_text
from moeplanner_gui.core.tensors import parameter_breakdown
from moeplanner_gui.core.units import format_count
from moeplanner_gui.core.words import say

PART_WORDS = {
    "token_embd": say("Input embedding"),
    "lm_head": say("Output head"),
    "norm": say("Norms"),
    "attention": say("Attention"),
    "indexer": say("Indexer"),
    "compressor": say("Compressor"),
    "mhc": say("Hyper-connections"),
    "attention_residual": say("Attention residuals"),
    "router": say("Router"),
    "router_bias": say("Router bias"),
    "hash_table": say("Hash routing table"),
    "routed_experts": say("Routed experts"),
    "shared_experts": say("Shared experts"),
    "latent_moe_proj": say("Projections to the experts' space"),
    "dense_ffn": say("Dense feed-forward"),
    "recurrent": say("Recurrent layers"),
    "mtp": say("MTP layer"),
    "vision": say("Vision tower"),
    "rope": say("Rotary tables"),
    "layer_scalar": say("Layer scalars"),
    "drafter": say("Drafter"),
}
_DEVICE_WORDS = {
    "used_bytes": say("Used"),
    "free_bytes": say("Free"),
    "usable_bytes": say("Usable"),
    "capacity_bytes": say("Capacity"),
    "weights_bytes": say("Weights"),
    "routed_experts_bytes": say("Routed experts"),
    "other_weights_bytes": say("Attention, shared experts and other weights"),
    "kv_cache_bytes": say("KV cache"),
    "compute_bytes": say("Working buffers"),
    "output_bytes": say("Output buffer"),
    "overhead_bytes": say("Process overhead"),
    "file_rest_bytes": say("Rest of the file"),
    "held_back_bytes": say("Held back"),
}


def explain(
    plan: Plan,
    assessment: Assessment,
    catalog: CatalogReader,
    path: str,
    known: dict[str, Derivation] | None = None,
) -> Derivation:
    """The derivation of one number of an assessment.

    Args:
        plan: The plan that was evaluated.
        assessment: What ``evaluate`` answered for it.
        catalog: The rows it was evaluated with.
        path: ``verdict``, ``model.<field>``, ``kv_cache_bytes``, ``max_context_tokens``,
            ``devices.<position>.<field>``, ``power.<field>``, ``speed.<field>`` or
            ``cost.<field>``.
        known: Whoever asks for several numbers of one device gives the same dict each time: what
            is told of a device is kept there by its path and told again from there.

    Raises:
        KeyError: No number has this path.
        UnknownEntryError: A row that the catalogue does not have.
    """
    prepared = prepare(plan, catalog)
    head, _, rest = path.partition(".")
    if head == "model" and rest:
        return _model(prepared, assessment, rest)
    if head == "devices":
        position, _, field = rest.partition(".")
        if not position.isdecimal() or int(position) >= len(assessment.devices):
            raise KeyError(path)
        told = {} if known is None else known
        return _device(prepared, assessment, catalog, int(position), field, told)
    if path == "verdict":
        return _verdict(prepared, assessment, catalog)
    if path == "kv_cache_bytes":
        return _whole_cache(prepared, assessment)
    if path == "max_context_tokens":
        return _max_context(prepared, assessment)
    if path == "cost.hardware_usd":
        return explain_hardware(plan, assessment, catalog)
    if head == "cost":
        from moeplanner_gui.core.cost.explain_cost import explain_cost

        return explain_cost(plan, assessment, catalog, rest)
    if head == "power":
        from moeplanner_gui.core.power.draw import host_computes
        from moeplanner_gui.core.power.explain_power import explain_power

        return explain_power(plan, catalog, rest, computes=host_computes(prepared))
    if path in ("speed.prefill_tokens_per_s", "speed.time_to_first_token_s"):
        from moeplanner_gui.core.speed.explain_prefill import explain_prefill

        return explain_prefill(prepared, assessment, catalog, rest)
    if path in ("speed.decode_tokens_per_s", "speed.decode_tokens_per_s_all_users"):
        from moeplanner_gui.core.speed.explain_speed import explain_decode

        return explain_decode(prepared, assessment, catalog, rest)
    raise KeyError(path)


# --- the model ------------------------------------------------------------------------------


def _model(prepared: Prepared, assessment: Assessment, field: str) -> Derivation:
    spec, layout, figures = prepared.spec, prepared.layout, assessment.model
    source = _model_source(spec)
    sure = {
        "yes": Confidence.EXACT,
        "partly": Confidence.MODELLED,
        "no": Confidence.UNVERIFIED,
    }[spec.verified]
    if figures is None or layout is None:
        raise KeyError(f"model.{field}")
    if field == "total_parameters":
        parts = parameter_breakdown(spec)
        return Derivation(
            say("Parameters of {0}", spec.name),
            format_count(figures.total_parameters),
            say("the sum over all tensors of the architecture"),
            source,
            sure,
            tuple(
                leaf(PART_WORDS.get(part, part), format_count(count), confidence=sure)
                for part, count in parts.items()
                if count
            ),
        )
    if field == "active_parameters":
        return _active(spec, figures.active_parameters, source, sure)
    if field == "weights_bytes":
        return Derivation(
            say("Weights in {0}", layout.label),
            bytes_text(layout.total_bytes),
            say("the sum over all tensors of rows × bytes of a row in their type"),
            source,
            layout.confidence,
            tuple(
                leaf(PART_WORDS.get(part, part), bytes_text(size), confidence=layout.confidence)
                for part, size in layout.bytes_by_part
                if size
            ),
        )
    if field == "bits_per_weight":
        bits = figures.bits_per_weight
        return Derivation(
            say("Bits per weight"),
            say("{0:.3f}", bits),
            say("8 × {0} B ÷ parameters in the file", format_count(layout.total_bytes)),
            source,
            layout.confidence,
            (
                leaf(say("Weights"), bytes_text(layout.total_bytes), confidence=layout.confidence),
                leaf(say("Parameters"), format_count(figures.total_parameters), confidence=sure),
            ),
        )
    raise KeyError(f"model.{field}")


def _active(spec: ModelSpec, active: int, source: str, sure: Confidence) -> Derivation:
    parts = parameter_breakdown(spec)
    moe = next((ffn for ffn in spec.architecture.ffn.values() if isinstance(ffn, MoeFfn)), None)
    inputs = []
    for part, count in parts.items():
        if not count or part == "token_embd":
            continue
        label, used, formula = PART_WORDS.get(part, part), count, ""
        if part == "routed_experts" and moe is not None:
            used = count * moe.top_k // moe.experts
            formula = say("{0} × {1} of {2} experts", format_count(count), moe.top_k, moe.experts)
        inputs.append(leaf(label, format_count(used), formula, confidence=sure))
    return Derivation(
        say("Active parameters of {0}", spec.name),
        format_count(active),
        say("everything but the input embedding; of the routed experts only those that run"),
        source,
        sure,
        tuple(inputs),
    )


def _model_source(spec: ModelSpec) -> str:
    return "; ".join(
        f"{item.source}{f' ({item.date})' if item.date else ''}" for item in spec.sources[:3]
    )


# --- devices --------------------------------------------------------------------------------


def _device(
    prepared: Prepared,
    assessment: Assessment,
    catalog: CatalogReader,
    position: int,
    field: str,
    known: dict[str, Derivation],
) -> Derivation:
    """One number of a device, from ``known`` where it was told before."""
    path = f"devices.{position}.{field}"
    if path not in known:
        known[path] = _device_told(prepared, assessment, catalog, position, field, known)
    return known[path]


def _device_told(
    prepared: Prepared,
    assessment: Assessment,
    catalog: CatalogReader,
    position: int,
    field: str,
    known: dict[str, Derivation],
) -> Derivation:
    device = assessment.devices[position]
    if field not in _DEVICE_WORDS:
        raise KeyError(f"devices.{position}.{field}")
    label = say("{0} on {1}", _DEVICE_WORDS[field], device.name)

    def part(name: str) -> Derivation:
        return _device(prepared, assessment, catalog, position, name, known)

    if field == "free_bytes":
        pair = (part("usable_bytes"), part("used_bytes"))
        return Derivation(
            label,
            left_text(device.free_bytes),
            say(
                "{0} usable − {1} used", gib_text(device.usable_bytes), gib_text(device.used_bytes)
            ),
            confidence=least_sure(pair),
            inputs=pair,
        )
    if field == "used_bytes":
        names = (
            "routed_experts_bytes",
            "other_weights_bytes",
            "kv_cache_bytes",
            "compute_bytes",
            "output_bytes",
            "overhead_bytes",
            "file_rest_bytes",
        )
        inputs = tuple(part(name) for name in names if getattr(device, name))
        return _sum(label, device.used_bytes, inputs)
    if field == "weights_bytes":
        inputs = (part("routed_experts_bytes"), part("other_weights_bytes"))
        return _sum(label, device.weights_bytes, inputs)
    if field in ("routed_experts_bytes", "other_weights_bytes"):
        return _weights(prepared, device, field, label)
    if field == "kv_cache_bytes":
        return explain_cache(prepared, device, position, label)
    if field == "compute_bytes":
        return explain_compute(prepared, device, position, label)
    if field == "output_bytes":
        return explain_output(prepared, device, label)
    if field == "overhead_bytes":
        return explain_overhead(device, label)
    if field == "file_rest_bytes":
        return explain_file_rest(prepared.layout, device, label)
    if field == "held_back_bytes":
        return explain_held_back(device, label)
    if field == "usable_bytes":
        return explain_usable(prepared, device, catalog, label)
    return explain_capacity(prepared, device, catalog, label)


def _sum(label: str, total: int, inputs: tuple[Derivation, ...]) -> Derivation:
    return Derivation(
        label,
        bytes_text(total),
        say("the sum of its parts"),
        confidence=least_sure(inputs),
        inputs=inputs,
    )


def _weights(prepared: Prepared, device: DeviceMemory, field: str, label: str) -> Derivation:
    size: int = getattr(device, field)
    layout, options = prepared.layout, prepared.plan.deployment
    sure = Confidence.EXACT if layout is None else layout.confidence
    if not size:
        formula = say("none on this device")
    elif device.layers is None:
        formula = say("no layer lies here; the input embedding is read from host memory")
        if field == "routed_experts_bytes":
            formula = _on_host(prepared)
    else:
        first, last = device.layers
        formula = say("layers {0} to {1}", first, last) if last > first else say("layer {0}", first)
        if last == _head_position(prepared):
            formula += say(", where {0} is the output head", last)
        if options.engine != "llama.cpp" and options.tensor_parallel > 1:
            formula += say(", divided by tensor parallel {0}", options.tensor_parallel)
            if field == "other_weights_bytes":
                formula += say(" except norms, routers and projections into a latent, held whole")
        elif options.cpu_moe_layers and field == "routed_experts_bytes":
            formula += say("; {0} are in host memory", _on_host(prepared))
    rule = (
        say("layers are counted, not weighed: each card gets its share of free memory")
        if options.engine == "llama.cpp"
        else say("pipeline stages and ranks, worked out tensor by tensor")
    )
    inputs: tuple[Derivation, ...] = ()
    if layout is not None:
        inputs = (
            leaf(
                say("All weights in {0}", layout.label),
                bytes_text(layout.total_bytes),
                rule,
                confidence=sure,
            ),
        )
    return Derivation(label, bytes_text(size), formula, "", sure, inputs)


def _head_position(prepared: Prepared) -> int | None:
    """The number under which the engine places the output head; None where it has none.

    In llama.cpp it follows all layers of the file, prediction layers that are not run included.
    """
    if isinstance(prepared.demand, Refusal):
        return None
    last = max((share.layers[1] for share in prepared.demand.shares if share.layers), default=0)
    return last if last >= prepared.spec.architecture.layers else None


def _on_host(prepared: Prepared) -> str:
    layers = min(prepared.plan.deployment.cpu_moe_layers, prepared.spec.architecture.layers)
    if layers == 1:
        return say("the experts of the first layer (--n-cpu-moe)")
    return say("the experts of the first {0} layers (--n-cpu-moe)", layers)


# --- the whole plan -------------------------------------------------------------------------


def _verdict(prepared: Prepared, assessment: Assessment, catalog: CatalogReader) -> Derivation:
    if assessment.verdict == "cannot_run":
        return explain_cannot_run(prepared, assessment, catalog)
    words = {"fits": say("Fits"), "tight": say("Tight"), "does_not_fit": say("Does not fit")}
    inputs = tuple(
        _device(prepared, assessment, catalog, i, "free_bytes", {})
        for i, device in enumerate(assessment.devices)
        if device.used_bytes
    )
    formula = (
        say("every device must have 0 B or more free; the one with the least decides")
        if inputs
        else assessment.reasons[0]
    )
    return Derivation(
        say("Verdict"),
        words[assessment.verdict],
        formula,
        confidence=least_sure(inputs),
        inputs=inputs,
    )


def _whole_cache(prepared: Prepared, assessment: Assessment) -> Derivation:
    inputs = tuple(
        explain_cache(prepared, device, i, say("KV cache on {0}", device.name))
        for i, device in enumerate(assessment.devices)
        if device.kv_cache_bytes
    )
    return _sum(say("KV cache on all devices"), assessment.kv_cache_bytes, inputs)


def _max_context(prepared: Prepared, assessment: Assessment) -> Derivation:
    demand = prepared.demand
    tokens = assessment.max_context_tokens
    if isinstance(demand, Refusal):
        return leaf(say("Longest context"), "none", demand.sentence)
    limit = leaf(
        say("Limit of {0}", prepared.spec.name),
        say("{0} tokens", format_count(demand.limit_tokens)),
        ""
        if demand.limit_tokens == prepared.spec.max_context
        else say("{0} for each slot", format_count(prepared.spec.max_context)),
        _model_source(prepared.spec),
    )
    inputs = [limit]
    if assessment.max_context_limited_by == "memory":
        step = demand.step_tokens
        for at in (tokens, tokens + step) if tokens else (step,):
            devices = [
                device
                for device, share in zip(demand.devices_at(at), demand.shares, strict=True)
                if share.decides
            ]
            worst = min(devices, key=lambda device: device.free_bytes)
            inputs.append(
                leaf(
                    say("Free at {0} tokens", format_count(at)),
                    left_text(worst.free_bytes),
                    say("on {0}, the tightest", worst.name),
                    confidence=Confidence.MODELLED,
                )
            )
        formula = (
            say("the largest multiple of {0} tokens at which no device is overfull", step)
            if tokens
            else say("not even {0} tokens fit", step)
        )
    else:
        formula = say("everything still fits at the model's own limit: the model ends first")
    return Derivation(
        say("Longest context"),
        say("{0} tokens", format_count(tokens)),
        formula,
        confidence=Confidence.MODELLED,
        inputs=tuple(inputs),
    )
