"""The flags that describe a plan on the command line, and the plan they make.

Every flag sets one field of the plan document; what a field may hold is checked by the plan
itself, so that a flag and a plan file are refused with the same words.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from typing import Any

from moeplanner_gui.commands.console import USAGE, CommandError
from moeplanner_gui.commands.cost_flags import add_cost_flags, cost_flag_names, put_costs

_TIMES = re.compile(r"(\d{1,4})\s*[x×*]\s*(\S.*)")
_CUSTOM = re.compile(r"custom:(\d{1,9})(?::(\d{1,9}))?")
_TOKENS = re.compile(r"(\d{1,12})([kKmM]?)")

# flag, path in the plan document, type ("flag", "no-flag" and "kv" are special), help
_FIELDS: tuple[tuple[str, str, str, str], ...] = (
    ("--model", "model", "text", "model id, see `moeplanner catalog list models`"),
    ("--weights", "weights", "text", "native, bf16, fp8, q4_k_m, … (default native)"),
    ("--network", "rig.network", "text", "network between the nodes, for example 100gbe"),
    ("--engine", "deployment.engine", "text", "llama.cpp (default), vllm, sglang, ktransformers"),
    ("--frontend", "deployment.frontend", "text", "server (default) or cli, for llama.cpp"),
    ("--split", "deployment.split", "text", "layer (default), row, tensor or none, for llama.cpp"),
    ("--gpu-layers", "deployment.gpu_layers", "int", "layers on cards, llama.cpp -ngl"),
    ("--cpu-moe-layers", "deployment.cpu_moe_layers", "int", "layers with experts in host memory"),
    ("--disk-moe-layers", "deployment.disk_moe_layers", "int", "of these, experts on the disk"),
    ("--tensor-split", "deployment.tensor_split", "shares", "shares of the cards, for example 3,1"),
    ("--main-gpu", "deployment.main_gpu", "int", "the card of split none, counted from 0"),
    ("--no-kv-offload", "deployment.kv_offload", "no-flag", "KV cache in host memory"),
    ("--swa-full", "deployment.swa_full", "flag", "window caches as long as the context"),
    ("--no-repack", "deployment.repack", "no-flag", "weights of the processor not repacked"),
    ("--no-op-offload", "deployment.op_offload", "no-flag", "llama.cpp without operation offload"),
    ("--no-flash-attention", "deployment.flash_attention", "no-flag", "without flash attention"),
    ("--kv-type", "", "kv", "KV cache type for K and V: f16 (default), q8_0, …; vLLM: auto, fp8"),
    ("--cache-type-k", "deployment.cache_type_k", "text", "KV cache type of K only"),
    ("--cache-type-v", "deployment.cache_type_v", "text", "KV cache type of V only"),
    ("--batch-size", "deployment.batch", "int", "tokens in a batch (default 2048)"),
    ("--ubatch-size", "deployment.ubatch", "int", "tokens in a micro-batch (default 512)"),
    ("--unified-kv", "deployment.unified_kv", "flag", "one KV cache shared by all sequences"),
    ("--tensor-parallel", "deployment.tensor_parallel", "int", "cards that share every layer"),
    ("--pipeline-parallel", "deployment.pipeline_parallel", "int", "groups that share the layers"),
    ("--data-parallel", "deployment.data_parallel", "int", "copies of the model"),
    ("--expert-parallel", "deployment.expert_parallel", "flag", "whole experts on each card"),
    (
        "--memory-utilization",
        "deployment.memory_utilization",
        "float",
        "share of a card that vLLM may fill (default 0.9)",
    ),
    (
        "--max-batched-tokens",
        "deployment.max_batched_tokens",
        "int",
        "tokens of one scheduler step; vLLM, SGLang",
    ),
    ("--no-cuda-graphs", "deployment.cuda_graphs", "no-flag", "without CUDA graphs"),
    ("--gpu-experts", "deployment.gpu_experts", "int", "experts on the card, KTransformers"),
    ("--mtp", "deployment.mtp", "flag", "load the multi-token-prediction layers"),
    ("--draft-tokens", "deployment.draft_tokens", "int", "tokens guessed at a time with --mtp"),
    (
        "--acceptance-rate",
        "deployment.acceptance_rate",
        "float",
        "share of the guessed tokens that is right, 0 to 1 (default: as usual)",
    ),
    (
        "--backend",
        "deployment.backend",
        "text",
        "cuda, rocm, vulkan, metal, sycl or cpu (default: that of the cards)",
    ),
    (
        "--context",
        "workload.context_tokens",
        "tokens",
        "131072 or 128K; llama.cpp -c, which the sequences divide; for each sequence in vLLM",
    ),
    ("--sequences", "workload.sequences", "int", "parallel sequences (default 1)"),
    (
        "--prompt",
        "workload.prompt_tokens",
        "tokens",
        "prompt whose first token is waited for (default: a full context)",
    ),
)


_NODE_FIELDS = (
    "host",
    "ram_gib",
    "display",
    "system_mib",
    "disk_gib",
    "disk_read_gbs",
    "card_link",
    "nvlink",
    "memory_mt_s",
    "memory_channels",
    "memory_gbs",
    "power_limit_w",
    "mine",
)


def add_plan_flags(parser: argparse.ArgumentParser) -> None:
    """Give a command all flags that describe a plan."""
    rig = parser.add_argument_group("rig")
    rig.add_argument(
        "--gpu",
        action="append",
        metavar="[Nx]ID",
        help='cards, for example 2xrtxpro6000; repeatable; "custom:MIB" for a card of that memory',
    )
    rig.add_argument("--host", metavar="ID", help="host platform")
    rig.add_argument("--ram-gib", type=int, metavar="N", help="host memory of each node in GiB")
    rig.add_argument(
        "--part",
        action="append",
        metavar="[Nx]ID",
        help="what each node is built of besides, for example psu-1600-w; repeatable; without it "
        "the usual parts of the host; see `moeplanner catalog list parts`",
    )
    rig.add_argument(
        "--mine", action="store_const", const=True, help="the computers are there already"
    )
    rig.add_argument("--nodes", type=int, metavar="N", help="that many equal nodes (default 1)")
    rig.add_argument("--display", metavar="KIND", help="headless, linux or windows")
    rig.add_argument("--system-mib", type=int, metavar="N", help="MiB the system keeps")
    rig.add_argument("--disk-gib", type=int, metavar="N", help="free for weights on the disk")
    rig.add_argument("--disk-read-gbs", type=float, metavar="X", help="how fast the disk reads")
    _add_link_flags(rig)
    plan = parser.add_argument_group("model, engine and workload")
    for flag, _, kind, explanation in _FIELDS:
        if kind in ("flag", "no-flag"):
            plan.add_argument(flag, action="store_const", const=kind == "flag", help=explanation)
        else:
            parse = _PARSERS.get(kind, str)
            plan.add_argument(flag, type=parse, metavar=_METAVARS.get(kind, "X"), help=explanation)
    plan.add_argument(
        "--imatrix", action="store_true", default=None, help="the file was made with a matrix"
    )
    plan.add_argument("--file-bytes", type=int, metavar="N", help="size of the actual weight file")
    plan.add_argument(
        "--set",
        action="append",
        metavar="KEY=VALUE",
        help="any other field of a plan, for example economics.load_w=900; repeatable",
    )
    add_cost_flags(parser)


def _add_link_flags(rig: argparse._ArgumentGroup) -> None:
    """What the speed of every node depends on beside its cards and its host."""
    rig.add_argument("--card-link", metavar="ID", help="PCIe link of the cards, pcie4-x8")
    rig.add_argument(
        "--nvlink",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="cards bridged in pairs; --no-nvlink: modules without their own link",
    )
    rig.add_argument("--memory-mt-s", type=int, metavar="N", help="host memory, transfers MT/s")
    rig.add_argument("--memory-channels", type=int, metavar="N", help="memory channels in use")
    rig.add_argument("--memory-gbs", type=float, metavar="X", help="host memory as measured, GB/s")
    rig.add_argument("--power-limit-w", type=float, metavar="X", help="power limit of each card")


_METAVARS = {"int": "N", "float": "X", "tokens": "N", "text": "NAME", "kv": "TYPE", "shares": "X,X"}


def plan_document(options: argparse.Namespace, base: dict[str, Any] | None) -> dict[str, Any]:
    """The plan document that the flags describe, on top of ``base`` where a file was given."""
    document: dict[str, Any] = {} if base is None else base
    for flag, path, kind, _ in _FIELDS:
        value = getattr(options, flag.lstrip("-").replace("-", "_"))
        if value is None:
            continue
        paths = ("deployment.cache_type_k", "deployment.cache_type_v") if kind == "kv" else (path,)
        for place in paths:
            _put(document, place, value)
    _put_rig(document, options)
    put_costs(options, lambda path, value: _put(document, path, value))
    if options.file_bytes is not None or options.imatrix:
        weights = document.get("weights", "native")
        chosen = dict(weights) if isinstance(weights, dict) else {"recipe": weights}
        if options.file_bytes is not None:
            chosen["file_bytes"] = options.file_bytes
        if options.imatrix:
            chosen["imatrix"] = True
        document["weights"] = chosen
    if base is None:
        _suit_cache_type(document)
    for assignment in options.set or ():
        key, equals, text = assignment.partition("=")
        if not key or not equals:
            raise CommandError(f"--set {assignment}: write KEY=VALUE.", USAGE)
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        _put(document, key, value)
    return document


def has_plan_flags(options: argparse.Namespace) -> bool:
    """True when any flag says something about the plan."""
    names = [flag.lstrip("-").replace("-", "_") for flag, *_ in _FIELDS]
    names += ["gpu", "part", "nodes", "file_bytes", "set", *_NODE_FIELDS, *cost_flag_names()]
    return any(getattr(options, name) is not None for name in names)


def _put_rig(document: dict[str, Any], options: argparse.Namespace) -> None:
    nodes = document.setdefault("rig", {}).setdefault("nodes", [])
    changes: dict[str, Any] = {
        name: getattr(options, name) for name in _NODE_FIELDS if getattr(options, name) is not None
    }
    if options.gpu is not None:
        changes["gpus"] = [card for text in options.gpu for card in parse_cards(text)]
    if options.part is not None:
        changes["parts"] = [_counted_part(text) for text in options.part]
    if options.nodes is not None and options.nodes < 1:
        raise CommandError("--nodes must be at least 1.", USAGE)
    if not nodes and (changes or options.nodes):
        nodes.append({})
    if changes and len(nodes) > 1:
        raise CommandError(
            "the plan has several nodes, so --gpu, --host, --ram-gib, --display and the flags of"
            " its system, disk, links, memory and power are unclear; change them in the plan file.",
            USAGE,
        )
    if nodes:
        nodes[0].update(changes)
    if options.nodes is not None:
        # Made of references to one node: the document is only read from here on.
        document["rig"]["nodes"] = [nodes[0]] * options.nodes


def parse_cards(text: str) -> list[Any]:
    """The cards that ``2xrtxpro6000`` or ``custom:49152`` stand for, as the plan has them."""
    count, card = 1, text.strip()
    times = _TIMES.fullmatch(card)
    if times:
        count, card = int(times.group(1)), times.group(2)
    if not 1 <= count <= 1024 or not card:
        raise CommandError(f"--gpu {text}: write an id, or a number and an id: 2xrtx4090.", USAGE)
    custom = _CUSTOM.fullmatch(card)
    if custom is None:
        return [card.lower()] * count
    memory_mib = int(custom.group(1))
    entry: dict[str, Any] = {"name": f"{memory_mib:,} MiB card", "memory_mib": memory_mib}
    if custom.group(2) is not None:
        entry["reserved_mib"] = int(custom.group(2))
    return [{"custom": entry}] * count


def _counted_part(text: str) -> dict[str, Any]:
    times = _TIMES.fullmatch(text.strip())
    count, part = (int(times.group(1)), times.group(2)) if times else (1, text.strip())
    if count < 1 or not part:
        raise CommandError(f"--part {text}: write an id, or a number and an id.", USAGE)
    return {"part": part.lower(), "count": count}


def parse_tokens(text: str) -> int:
    """Tokens as people write them: 131072, 131,072 or 128K."""
    match = _TOKENS.fullmatch(text.replace(",", "").strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text}: write a number of tokens, 131072 or 128K")
    return int(match.group(1)) * {"": 1, "k": 2**10, "m": 2**20}[match.group(2).lower()]


def _shares(text: str) -> list[float]:
    try:
        return [float(word) for word in text.replace("/", ",").split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: write one number a card: 3,1") from None


_PARSERS: dict[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "tokens": parse_tokens,
    "shares": _shares,
}


def _suit_cache_type(document: dict[str, Any]) -> None:
    """Other engines have no f16 cache type; theirs that means "as the model" is auto."""
    deployment = document.get("deployment", {})
    if deployment.get("engine", "llama.cpp") != "llama.cpp":
        deployment.setdefault("cache_type_k", "auto")
        deployment.setdefault("cache_type_v", deployment["cache_type_k"])


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    *sections, key = path.split(".")
    place = document
    for section in sections:
        inner = place.setdefault(section, {})
        if not isinstance(inner, dict):
            inner = place[section] = {}
        place = inner
    place[key] = value
