"""The plan: an immutable document of what the user chose. It computes nothing.

The JSON form is the plan file and the command line's contract; unknown keys are errors.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from moeplanner_gui.core.words import say

FORMAT: Final = "moeplan/1"
MAX_NODES = 64
MAX_GPUS_PER_NODE = 32

Text = Annotated[str, Field(min_length=1, max_length=200)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Money = Annotated[float, Field(ge=0, le=1e10, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Rate = Annotated[float, Field(ge=1e-9, le=1e12, allow_inf_nan=False)]
UsedShare = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=65_536)]
Tokens = Annotated[int, Field(ge=1, le=2**31)]

Engine = Literal["llama.cpp", "vllm", "sglang", "ktransformers"]
Backend = Literal["cuda", "rocm", "vulkan", "metal", "sycl", "cpu"]
CacheType = Literal[
    "f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl", "auto", "fp8"
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CustomCard(_Part):
    """A card that is in no catalogue. ``reserved_mib`` is what never becomes usable (MiB);
    when it is left out, the same rule as for catalogue cards applies.
    """

    name: Text
    memory_mib: Annotated[int, Field(ge=256, le=2**24)]
    reserved_mib: Annotated[int, Field(ge=0, le=2**24)] | None = None
    bandwidth_gbs: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] | None = None
    tdp_w: Annotated[float, Field(gt=0, le=1e5, allow_inf_nan=False)] | None = None
    compute_capability: Annotated[str, Field(pattern=r"^\d{1,2}\.\d$")] | None = None
    fp16_dense_tflops: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] | None = None
    price_usd: Money | None = None

    @model_validator(mode="after")
    def _reserve_below_memory(self) -> CustomCard:
        if self.reserved_mib is not None and self.reserved_mib > self.memory_mib:
            raise ValueError(say("reserved_mib is larger than memory_mib"))
        return self


class CustomSlot(_Part):
    """The wrapper of a custom card in ``gpus``: ``{"custom": {...}}``."""

    custom: CustomCard


Mib = Annotated[int, Field(ge=0, le=2**24)]


class CardMemory(_Part):
    """What is kept from the engine on one card, in MiB; None follows the rule of its kind.

    ``driver_mib``: what the driver never hands out. ``context_mib``: the engine's own process
    (CUDA context). ``desktop_mib``: what the screen takes. ``other_mib``: other processes.
    ``ecc``: error correction on or off where the card can switch it; None as it is shipped.
    ``wired_limit_mib``: what macOS lets the GPU use (``iogpu.wired_limit_mb``).
    """

    driver_mib: Mib | None = None
    context_mib: Mib | None = None
    desktop_mib: Mib | None = None
    other_mib: Mib | None = None
    ecc: bool | None = None
    wired_limit_mib: Mib | None = None


class TunedSlot(_Part):
    """A catalogue card whose usable memory was edited: ``{"gpu": id, "memory": {...}}``."""

    gpu: Text
    memory: CardMemory = CardMemory()


Card = Text | CustomSlot | TunedSlot
Address = Annotated[str, Field(min_length=1, max_length=40)]


class NodePart(_Part):
    """So many of a part besides cards: a board, a power supply, a disk.

    ``assumed``: nobody chose it; it stayed when another part of its computer was chosen.
    """

    part: Text
    count: Annotated[int, Field(ge=1, le=10_000)] = 1
    assumed: bool = False


class NodeThere(_Part):
    """What a computer was when it was said to be there already: all that came later is to be
    bought. The fields are those of :class:`Node`.
    """

    host: Text | None = None
    ram_gib: Annotated[int, Field(ge=0, le=65_536)] = 0
    gpus: Annotated[tuple[Card, ...], Field(max_length=MAX_GPUS_PER_NODE)] = ()
    nvlink: bool | None = None
    parts: Annotated[tuple[NodePart, ...], Field(max_length=64)] | None = None


class DetectedNode(_Part):
    """What detection put into a node, kept so that each value can say whether it is still that.

    ``day`` is ISO. ``addresses`` are the PCI addresses of ``gpus``, one each, None where it was
    not read: they tell which card a reading is about. ``used_mib`` is what was in use on each
    and was taken off, rounded up, None where it was not. ``assumed`` names the fields that
    detection filled by a rule because it could not read them. The other fields are those of
    :class:`Node`; what differs now was edited. Ids that no catalogue has are no error here.
    """

    day: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    host: Text | None = None
    ram_gib: Annotated[int, Field(ge=0, le=65_536)] | None = None
    gpus: Annotated[tuple[Card, ...], Field(max_length=MAX_GPUS_PER_NODE)] = ()
    display: Literal["headless", "linux", "windows"] | None = None
    system_mib: Mib | None = None
    disk_gib: Annotated[int, Field(ge=0, le=1_048_576)] | None = None
    card_link: Text | None = None
    nvlink: bool | None = None
    memory_mt_s: Annotated[int, Field(ge=100, le=100_000)] | None = None
    memory_channels: Annotated[int, Field(ge=1, le=64)] | None = None
    power_limit_w: Annotated[float, Field(gt=0, le=1e5, allow_inf_nan=False)] | None = None
    addresses: Annotated[tuple[Address | None, ...], Field(max_length=MAX_GPUS_PER_NODE)] = ()
    used_mib: Annotated[tuple[Mib | None, ...], Field(max_length=MAX_GPUS_PER_NODE)] = ()
    assumed: Annotated[tuple[Address, ...], Field(max_length=16)] = ()

    def __hash__(self) -> int:
        # Rigs are keys of the estimator's memory; what changes no figure must not slow it down.
        return hash((self.day, len(self.gpus)))


class Node(_Part):
    """One computer: a host platform, its memory and its cards in slot order.

    ``display`` is what draws the screen of the first card: it takes memory from it.
    None means the user has not said; a light Linux desktop is then assumed.
    ``system_mib`` is what the operating system keeps of the host memory; None follows the rule.
    ``disk_gib`` is what is free for weights on the disk, 0 when it is not chosen, and
    ``disk_read_gbs`` how fast it reads.

    ``card_link`` is the id of the PCIe link of the cards (``pcie4-x8``); None is the least of
    card, slot, riser and host. ``nvlink``: whether the cards are bridged; None is as they are
    sold (boards and modules that have it built in: yes; a bridge that is bought apart: no).
    ``memory_mt_s`` and ``memory_channels`` replace those of the host; ``memory_gbs`` is a host
    memory bandwidth that was measured, in GB/s. ``power_limit_w`` is set on every card.
    ``detected`` is what was read from a real machine; it changes no figure.
    ``parts`` is what it is built of besides cards and memory; None is the usual parts of its host
    and as large a power supply, case and disk as the plan needs. ``mine``: the computer is there
    already and costs nothing; but for what is not in ``there``, or where that is None was not
    detected.
    """

    host: Text | None = None
    ram_gib: Annotated[int, Field(ge=0, le=65_536)] = 0
    gpus: Annotated[tuple[Card, ...], Field(max_length=MAX_GPUS_PER_NODE)] = ()
    name: Text | None = None
    display: Literal["headless", "linux", "windows"] | None = None
    system_mib: Mib | None = None
    disk_gib: Annotated[int, Field(ge=0, le=1_048_576)] = 0
    disk_read_gbs: Annotated[float, Field(gt=0, le=1e4, allow_inf_nan=False)] | None = None
    card_link: Text | None = None
    nvlink: bool | None = None
    memory_mt_s: Annotated[int, Field(ge=100, le=100_000)] | None = None
    memory_channels: Annotated[int, Field(ge=1, le=64)] | None = None
    memory_gbs: Annotated[float, Field(gt=0, le=1e5, allow_inf_nan=False)] | None = None
    power_limit_w: Annotated[float, Field(gt=0, le=1e5, allow_inf_nan=False)] | None = None
    detected: DetectedNode | None = None
    parts: Annotated[tuple[NodePart, ...], Field(max_length=64)] | None = None
    mine: bool = False
    there: NodeThere | None = None


class Rig(_Part):
    """The machines and the network between them.

    ``circuit`` is the id of the wall circuit that they are plugged into; None is the usual one
    of the tariff's country, and is said to be assumed.
    """

    nodes: Annotated[tuple[Node, ...], Field(max_length=MAX_NODES)]
    network: Text | None = None
    circuit: Text | None = None


class CustomWeights(_Part):
    """An actual file whose mix differs from its recipe: the routed experts take the difference.

    ``imatrix``: the file was quantised with an importance matrix, which changes the types of
    some recipes. ``file_bytes`` None takes the recipe's own size.
    """

    recipe: Text
    file_bytes: Annotated[int, Field(ge=1, le=2**50)] | None = None
    imatrix: bool = False


class Deployment(_Part):
    """How the engine is started. Field names follow the engines' own options.

    ``gpu_layers`` None is all of them; ``cpu_moe_layers`` -1 keeps the experts of every layer in
    host memory (llama.cpp's ``--cpu-moe``). ``disk_moe_layers``: of these, the last ones whose
    experts stay on the disk and are read when needed; -1 is all. ``tensor_split`` is one share a
    card (``--tensor-split``). ``main_gpu``: the card of split mode none, counted from 0.
    ``gpu_experts``: experts of a layer that KTransformers keeps on the card.
    ``max_batched_tokens`` None is the engine's default. ``backend`` None is the one of the
    cards: CUDA, ROCm, Metal or SYCL. ``draft_tokens`` are guessed at a time when ``mtp`` is on
    (speculative decoding by the model's own prediction layers), of which the share
    ``acceptance_rate`` is right; None is the usual share of such layers.
    """

    engine: Engine = "llama.cpp"
    backend: Backend | None = None
    frontend: Literal["server", "cli"] = "server"
    split: Literal["layer", "row", "tensor", "none"] = "layer"
    gpu_layers: Annotated[int, Field(ge=0, le=4096)] | None = None
    cpu_moe_layers: Annotated[int, Field(ge=-1, le=4096)] = 0
    disk_moe_layers: Annotated[int, Field(ge=-1, le=4096)] = 0
    tensor_split: (
        Annotated[
            tuple[Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)], ...],
            Field(min_length=1, max_length=MAX_NODES * MAX_GPUS_PER_NODE),
        ]
        | None
    ) = None
    main_gpu: Annotated[int, Field(ge=0, lt=MAX_NODES * MAX_GPUS_PER_NODE)] = 0
    kv_offload: bool = True
    swa_full: bool = False
    repack: bool = True
    op_offload: bool = True
    flash_attention: bool = True
    cache_type_k: CacheType = "f16"
    cache_type_v: CacheType = "f16"
    batch: Annotated[int, Field(ge=1, le=1_048_576)] = 2048
    ubatch: Annotated[int, Field(ge=1, le=1_048_576)] = 512
    unified_kv: bool = False
    tensor_parallel: Count = 1
    pipeline_parallel: Count = 1
    data_parallel: Count = 1
    expert_parallel: bool = False
    memory_utilization: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.9
    max_batched_tokens: Annotated[int, Field(ge=1, le=1_048_576)] | None = None
    cuda_graphs: bool = True
    gpu_experts: Annotated[int, Field(ge=0, le=65_536)] = 0
    mtp: bool = False
    draft_tokens: Annotated[int, Field(ge=1, le=16)] = 1
    acceptance_rate: Share | None = None


class Workload(_Part):
    """What is asked of the rig.

    ``context_tokens`` is the engine's own option: under llama.cpp ``-c``, the whole cache, which
    ``sequences`` slots (``-np``) divide, or share when the cache is unified; under vLLM
    ``--max-model-len``, the context of each of ``sequences`` users. ``prompt_tokens`` is the
    prompt whose first token is waited for; None is one that fills the context of a user.
    ``cache_write_share`` of the input is written into an API's cache where that costs extra.
    ``inference_input_tokens`` and ``inference_output_tokens`` are one request; they only count
    the month in requests.
    """

    context_tokens: Tokens = 32_768
    sequences: Count = 1
    prompt_tokens: Tokens | None = None
    input_mtok_per_month: Amount = 100.0
    output_mtok_per_month: Amount = 10.0
    cache_hit_share: Share = 0.0
    peak_share: Share = 0.208
    batch_share: Share = 0.0
    cache_write_share: Share = 0.0
    inference_input_tokens: Tokens | None = None
    inference_output_tokens: Tokens | None = None


class ApiById(_Part):
    """An API price by provider and model."""

    provider: Text
    model: Text


class ApiByPrice(_Part):
    """An API price typed in, USD per million tokens."""

    input: Money
    cached: Money
    output: Money


class Rent(_Part):
    """A rented GPU; the hourly price is looked up when it is None."""

    gpu: Text
    usd_per_gpu_hour: Money | None = None


class Economics(_Part):
    """Inputs of the cost comparison. None means: let the plan compute or look it up.

    ``electricity_region`` is the tariff that ``electricity_usd_per_kwh`` was taken from, for
    people and for its currency; the price is what counts. ``other_apis`` are compared beside
    ``api``, which decides. ``owned`` are parts, cards and GB of memory that are there already,
    counted over the whole rig: they cost nothing. A card that was typed in is named as
    :func:`typed_card_id` says.
    """

    hardware_usd: Money | None = None
    life_months: Annotated[int, Field(ge=1, le=600)] = 36
    resale_haircut: Share = 0.2
    resale_annual_fall: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)] = 0.25
    resale_share: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] | None = None
    capital_rate: Share = 0.0
    electricity_usd_per_kwh: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = 0.187
    electricity_region: Text | None = None
    load_w: Amount | None = None
    idle_w: Amount | None = None
    pue: Annotated[float, Field(ge=1, le=10, allow_inf_nan=False)] = 1.0
    hours_on_per_month: Annotated[float, Field(ge=0, le=744, allow_inf_nan=False)] = 730.0
    maintenance_share_per_year: Share = 0.02
    other_usd_per_month: Money = 0.0
    availability: UsedShare = 0.98
    max_duty: UsedShare = 0.7
    decode_tokens_per_s: Rate | None = None
    prefill_tokens_per_s: Rate | None = None
    api: ApiById | ApiByPrice | None = None
    other_apis: Annotated[tuple[ApiById | ApiByPrice, ...], Field(max_length=4)] = ()
    rent: Rent | None = None
    owned: Annotated[tuple[NodePart, ...], Field(max_length=200)] = ()


class Dismissal(_Part):
    """A finding that the user has looked at: it stays listed, with the reason, and asks no more.

    ``code`` and ``subject`` are those of the finding; ``severity`` and ``message`` what it said
    when it was dismissed, "" where that is not known: older files do not have them.
    """

    code: Text
    subject: Text
    reason: Annotated[str, Field(max_length=2000)] = ""
    severity: Literal["", "error", "warning", "note"] = ""
    message: Annotated[str, Field(max_length=2000)] = ""


class Plan(_Part):
    """Everything the user chose. ``evaluate`` derives everything else from it.

    ``name`` is what the user calls it, to tell plans apart; it changes no figure.
    """

    format: Literal["moeplan/1"] = FORMAT
    name: Text | None = None
    model: Text
    weights: Text | CustomWeights = "native"
    rig: Rig
    deployment: Deployment = Deployment()
    workload: Workload = Workload()
    economics: Economics = Economics()
    dismissed: Annotated[tuple[Dismissal, ...], Field(max_length=500)] = ()

    def replace(self, **changes: Any) -> Plan:
        """A copy with the named top-level parts replaced; values must already be valid."""
        return self.model_copy(update=changes)

    @property
    def gpu_count(self) -> int:
        """Cards in all nodes."""
        return sum(len(node.gpus) for node in self.rig.nodes)


def card_id(card: Card) -> str | None:
    """The catalogue id of a card in a slot, None for a custom card."""
    if isinstance(card, CustomSlot):
        return None
    return card.gpu if isinstance(card, TunedSlot) else card


def typed_card_id(name: str) -> str:
    """How a card that is in no catalogue is named where parts are counted by their ids."""
    return f"typed-in:{name}"[:200]


def weights_id(plan: Plan) -> str:
    """The format or recipe name in lower case, whether or not a file size was given."""
    chosen = plan.weights.recipe if isinstance(plan.weights, CustomWeights) else plan.weights
    return chosen.lower()
