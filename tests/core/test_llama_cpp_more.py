"""llama.cpp's options and the models beyond the measured ones, against its own projection."""

import csv
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.core.assess import evaluate
from tests.accuracy.llama_rows import evaluate_options
from tests.core.reference import reference
from tests.core.rigs import CATALOG, make_plan

DATA = Path(__file__).resolve().parents[1] / "data"
OPTION_ROWS = reference("llamacpp_options.json")["rows"]
SPLIT_ROWS = reference("llamacpp_splits.json")["rows"]


def _more() -> list[dict[str, str]]:
    with (DATA / "llamacpp_more.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def _label(row: dict[str, Any]) -> str:
    return "-".join(str(part) for part in list(row.values())[:9])


@pytest.mark.parametrize("row", _more(), ids=_label)
def test_that_other_models_have_llama_cpps_cache_and_no_smaller_buffers(
    row: dict[str, str],
) -> None:
    plan = make_plan(
        row["model"],
        weights=row["weights"],
        ram_gib=16_384,
        context_tokens=int(row["n_ctx"]),
        sequences=int(row["n_seq"]),
        frontend=row["frontend"],
        ubatch=int(row["n_ubatch"]),
        unified_kv=row["kv_unified"] == "1",
        flash_attention=row["fa"] == "1",
        cache_type_k=row["cache_type"],
        cache_type_v=row["cache_type"],
    )
    host = evaluate(plan, CATALOG).devices[0]

    assert host.kv_cache_bytes == int(row["kv_bytes"])
    # The release itself needs 0.14 of one set of activations less for latent attention.
    assert host.compute_bytes >= int(row["compute_bytes"]) * 0.994


def _option_label(row: dict[str, Any]) -> str:
    return f"{row['model']}-{len(row['cards_mib'])}-{row['options']}".replace(" ", "")


@pytest.mark.parametrize("row", OPTION_ROWS, ids=_option_label)
def test_that_options_put_weights_and_cache_where_llama_cpp_does(row: dict[str, Any]) -> None:
    devices = evaluate_options(row).devices
    cards = [device for device in devices if device.kind == "gpu"]
    host = next(device for device in devices if device.kind == "host")

    for device, (weights, cache, _) in zip(cards, row["cards"], strict=True):
        assert device.kv_cache_bytes == cache
        assert abs(device.weights_bytes - weights) < 2**20
    assert host.kv_cache_bytes == row["host"][1]
    assert abs(host.weights_bytes - row["host"][0]) < 2**20


@pytest.mark.parametrize(
    "row",
    [
        row
        for row in OPTION_ROWS
        # Between several cards of a pipeline the release copies less than the packaged version.
        if len(row["cards_mib"]) == 1 or row["options"].get("kv_offload") is False
    ],
    ids=_option_label,
)
def test_that_buffers_are_never_below_the_projection(row: dict[str, Any]) -> None:
    devices = evaluate_options(row).devices
    for device, (_, _, compute) in zip(devices, row["cards"], strict=False):
        assert device.compute_bytes >= compute * 0.999
    host = next(device for device in devices if device.kind == "host")
    assert host.compute_bytes >= row["host"][2] * 0.999


@pytest.mark.parametrize("row", SPLIT_ROWS, ids=_option_label)
def test_that_measured_shares_and_caches_of_two_cards_are_met_within_two_per_cent(
    row: dict[str, Any],
) -> None:
    devices = evaluate_options(row).devices
    for device, text, (weights, cache, compute) in zip(
        devices, row["layers"], row["cards"], strict=False
    ):
        first, last = map(int, text.split("-"))
        assert device.layers == (first, last)
        assert device.kv_cache_bytes == cache
        assert abs(device.weights_bytes - weights) < 2**20
        assert device.compute_bytes >= compute * 0.9999
        assert device.used_bytes <= (weights + cache + compute) * 1.02
    host = devices[-1]
    assert host.kv_cache_bytes == row["host"][1]
    assert host.compute_bytes >= row["host"][2] * 0.9999
