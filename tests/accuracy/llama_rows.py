"""llama.cpp's memory: what its loader and allocator report, beside the estimate."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from tests.accuracy.comparison import Comparison
from tests.core.reference import DATA
from tests.core.rigs import CATALOG, bare_card, make_plan

Row = dict[str, str]
FITTED = frozenset({"deepseek-v3.2", "deepseek-v4-flash"})
"""No closed form: an upper bound that was fitted to rows of the same models."""


def read_table(name: str) -> list[Row]:
    """A CSV of the test data without its head of comments."""
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def evaluate_single(row: Row) -> Assessment:
    """The assessment of one row: one card of 1 TiB without a reserve, or none."""
    cards = (bare_card(2**20),) if row["backend"] == "cuda" else ()
    plan = make_plan(
        row["model"],
        *cards,
        weights=row["weights"],
        ram_gib=8192,
        context_tokens=int(row["n_ctx"]),
        sequences=int(row["n_seq"]),
        frontend=row["frontend"],
        ubatch=int(row["n_ubatch"]),
        unified_kv=row["kv_unified"] == "1",
        flash_attention=row["fa"] == "1",
        swa_full=row.get("swa_full") == "1",
        repack=False,
        cache_type_k=row["ctk"],
        cache_type_v=row["ctv"],
    )
    return evaluate(plan, CATALOG)


@cache
def single_device() -> tuple[tuple[Row, Assessment], ...]:
    """Every row on one device with its assessment."""
    rows = read_table("llamacpp_single_device_all.csv")
    return tuple((row, evaluate_single(row)) for row in rows)


def _case(row: Row) -> str:
    window = ", swa full" if row["swa_full"] == "1" else ""
    unified = "unified" if row["kv_unified"] == "1" else "separate"
    return (
        f"{row['backend']}, -c {row['n_ctx']}, -np {row['n_seq']} {unified}, "
        f"-ub {row['n_ubatch']}, {row['ctk']}/{row['ctv']}, fa {row['fa']}, "
        f"{row['frontend']}{window}"
    )


def _device(assessment: Assessment, kind: str) -> DeviceMemory | None:
    return next((device for device in assessment.devices if device.kind == kind), None)


def kv_cache() -> Iterator[Comparison]:
    """The whole KV cache, recurrent state included."""
    for row, answer in single_device():
        yield Comparison(row["model"], _case(row), int(row["kv_bytes"]), answer.kv_cache_bytes)


def weights() -> Iterator[Comparison]:
    """Tensor data that each device loads, with llama.cpp's padding on a card."""
    for row, answer in single_device():
        for kind, side in (("gpu", "dev"), ("host", "host")):
            device = _device(answer, kind)
            if device is not None:
                expected = int(row[f"{side}_model_bytes"])
                yield Comparison(
                    row["model"], f"{kind}, {_case(row)}", expected, device.weights_bytes
                )


def closed_form(row: Row) -> bool:
    """Whether a closed form of the compute buffer is known for this configuration."""
    plain = row["fa"] == "1" and row["ctk"] == "f16" and row["ctv"] == "f16"
    return plain and row["frontend"] == "server" and row["model"] not in FITTED


def compute(known: bool) -> Iterator[Comparison]:
    """Compute buffers, of the device that runs the layers: with or without a closed form."""
    for row, answer in single_device():
        if closed_form(row) == known:
            kind, side = ("gpu", "dev") if row["backend"] == "cuda" else ("host", "host")
            device = _device(answer, kind)
            computed = device.compute_bytes if device is not None else 0
            yield Comparison(row["model"], _case(row), int(row[f"{side}_compute_bytes"]), computed)


def host_buffers() -> Iterator[Comparison]:
    """Pinned host buffers beside a card."""
    for row, answer in single_device():
        host = _device(answer, "host")
        if row["backend"] == "cuda" and host is not None:
            yield Comparison(
                row["model"], _case(row), int(row["host_compute_bytes"]), host.compute_bytes
            )


def evaluate_several(row: dict[str, Any]) -> Assessment:
    layers = CATALOG.models[row["model"]].architecture.layers
    plan = make_plan(
        row["model"],
        *(bare_card(size) for size in row["cards_mib"]),
        weights=row["weights"],
        ram_gib=8192,
        context_tokens=row["n_ctx"],
        sequences=row["slots"],
        frontend=row["frontend"],
        ubatch=row["ubatch"],
        unified_kv=True,
        split=row["split"],
        gpu_layers=row["gpu_layers"],
        cpu_moe_layers=layers if row["cpu_moe"] < 0 else row["cpu_moe"],
        op_offload=row["op_offload"],
        tensor_split=tuple(row["tensor_split"]) if row.get("tensor_split") else None,
        repack=False,
    )
    return evaluate(plan, CATALOG)


@cache
def several_devices() -> tuple[tuple[dict[str, Any], Assessment], ...]:
    """Every row on several devices with its assessment."""
    text = (DATA / "llamacpp_several_devices.json").read_text(encoding="utf-8")
    rows = json.loads(text)["rows"]
    return tuple((row, evaluate_several(row)) for row in rows)


def _several_case(row: dict[str, Any], number: int) -> str:
    return (
        f"card {number} of {len(row['cards_mib'])}, {row['weights']}, split {row['split']}, "
        f"-ncmoe {row['cpu_moe']}, -ngl {row['gpu_layers']}, -ub {row['ubatch']}, "
        f"{row['frontend']}, op offload {row['op_offload']}"
    )


def layers_of_devices() -> Iterator[Comparison]:
    """First and last layer of every card, as one number: equal or not."""
    for row, answer in several_devices():
        cards = [device for device in answer.devices if device.kind == "gpu"]
        for number, (card, text) in enumerate(zip(cards, row["layers"], strict=False), start=1):
            first, _, last = text.partition("-")
            expected = int(first) * 1000 + int(last) if text else -1
            computed = card.layers[0] * 1000 + card.layers[1] if card.layers else -1
            yield Comparison(row["model"], _several_case(row, number), expected, computed)


def device_totals() -> Iterator[Comparison]:
    """Weights, cache and buffers of every card together."""
    for row, answer in several_devices():
        cards = [device for device in answer.devices if device.kind == "gpu"]
        measured = row["model_kv_compute"]
        for number, (card, parts) in enumerate(zip(cards, measured, strict=False), start=1):
            case = _several_case(row, number)
            if sum(parts):
                yield Comparison(row["model"], case, sum(parts), card.used_bytes)


@cache
def other_models() -> tuple[tuple[Row, Assessment], ...]:
    """Models beyond those of the release's rows, on the processor, with their assessments."""
    found = []
    for row in read_table("llamacpp_more.csv"):
        full = {
            **row,
            "backend": "cpu",
            "ctk": row["cache_type"],
            "ctv": row["cache_type"],
            "swa_full": "0",
        }
        found.append((full, evaluate_single(full)))
    return tuple(found)


def evaluate_options(row: dict[str, Any]) -> Assessment:
    options = dict(row["options"])
    if "tensor_split" in options:
        options["tensor_split"] = tuple(float(share) for share in options["tensor_split"])
    cards = (bare_card(size) for size in row["cards_mib"])
    plan = make_plan(
        row["model"],
        *cards,
        weights=row["weights"],
        ram_gib=16_384,
        context_tokens=row["n_ctx"],
        **options,
    )
    return evaluate(plan, CATALOG)


@cache
def option_rows() -> tuple[tuple[dict[str, Any], Assessment], ...]:
    """Every row of options on several cards with its assessment."""
    rows = []
    for name in ("llamacpp_options.json", "llamacpp_splits.json"):
        rows += json.loads((DATA / name).read_text(encoding="utf-8"))["rows"]
    return tuple((row, evaluate_options(row)) for row in rows)


def other_caches() -> Iterator[Comparison]:
    """KV cache and state of the other models, and of every card under the options."""
    for row, answer in other_models():
        yield Comparison(row["model"], _case(row), int(row["kv_bytes"]), answer.kv_cache_bytes)
    for option_row, answer in option_rows():
        cards = [device for device in answer.devices if device.kind == "gpu"]
        for number, (card, parts) in enumerate(
            zip(cards, option_row["cards"], strict=True), start=1
        ):
            case = f"card {number}, {option_row['options']}"
            yield Comparison(option_row["model"], case, parts[1], card.kv_cache_bytes)


def other_weights() -> Iterator[Comparison]:
    """Weights of every card under the options."""
    for row, answer in option_rows():
        cards = [device for device in answer.devices if device.kind == "gpu"]
        for number, (card, parts) in enumerate(zip(cards, row["cards"], strict=True), start=1):
            case = f"card {number}, {row['options']}"
            yield Comparison(row["model"], case, parts[0], card.weights_bytes)
