"""Logs as engines print them: what is read of them, against what was measured."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from moeplanner_gui.core.launch.log_lines import MIB, PROCESS, said, size_bytes
from moeplanner_gui.core.plan import Engine

DATA = Path(__file__).parents[2] / "data"
LOGS = sorted((DATA / "engine_logs").glob("*/*.log"))
DEVICES: list[dict[str, Any]] = json.loads(
    (DATA / "llamacpp_several_devices.json").read_text(encoding="utf-8")
)["rows"]
# Lines with a size that are not read: sums of lines that are, and what is not of this process.
NOT_READ = re.compile(
    r"size = +\S+ MiB \(|KV self size|ratio = \d|memory breakdown|CUDA graph pool|Estimated"
    r"|avail mem=\S+ GB$"
    r"|total_gpu_memory|begin\.|prompt cache|file size|MiB free\)|Memory profiling|size limit"
    r"|moe_cache|print_info|projected|margin|MiB of"
)


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def read(path: Path) -> list[tuple[str, str | None, int, dict[str, str | None]]]:
    engine = next(one for one in get_args(Engine) if one == path.parent.name)
    found: list[tuple[str, str | None, int, dict[str, str | None]]] = []
    for line in lines(path):
        for known, match in said(engine, line):
            groups = match.groupdict()
            size = size_bytes(known, match) if known.unit else 0
            found.append((known.says, groups.get("device"), size, groups))
    return found


def sums(path: Path) -> Counter[tuple[str, str | None]]:
    total: Counter[tuple[str, str | None]] = Counter()
    for says, device, size, _ in read(path):
        total[says, device] += size
    return total


@pytest.mark.parametrize("path", LOGS, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_that_every_line_with_a_size_is_read_or_known_to_be_left(path: Path) -> None:
    engine = next(one for one in get_args(Engine) if one == path.parent.name)
    for line in lines(path):
        if re.search(r"\d ?(?:MiB|GiB|GB)\b", line) and not list(said(engine, line)):
            assert NOT_READ.search(line), line


@pytest.mark.parametrize(
    ("name", "model", "cards_mib", "cpu_moe"),
    [
        ("b11549-two-cards", "qwen3-30b-a3b", [12288, 12288], 0),
        ("b11549-two-cards-no-prefix", "qwen3-30b-a3b", [12288, 12288], 0),
        ("b11549-windows-two-cards", "gemma-3-27b", [12288, 12288], 0),
        ("b11549-deepseek-v4-two-cards", "deepseek-v4-flash", [98304, 98304], 0),
        ("b11549-recurrent-experts-in-host-memory", "qwen3-next-80b-a3b", [24576] * 3, -1),
    ],
)
def test_that_buffers_of_each_card_add_up_to_the_measured_bytes(
    name: str, model: str, cards_mib: list[int], cpu_moe: int
) -> None:
    (row,) = (
        one
        for one in DEVICES
        if (one["model"], one["cards_mib"], one["cpu_moe"]) == (model, cards_mib, cpu_moe)
        and (one["ubatch"], one["frontend"], one["split"]) == (512, "server", "layer")
        and one["op_offload"]
        and one["gpu_layers"] is None
    )
    total = sums(DATA / "engine_logs" / "llama.cpp" / f"{name}.log")
    for number, (model_bytes, kv_bytes, compute_bytes) in enumerate(row["model_kv_compute"]):
        card = f"CUDA{number}"
        # Each of up to seven lines is printed to 0.01 MiB.
        assert abs(total["weights", card] - model_bytes) <= 0.006 * MIB
        assert abs(total["cache", card] + total["state", card] - kv_bytes) <= 7 * 0.006 * MIB
        assert abs(total["compute", card] - compute_bytes) <= 0.006 * MIB
    assert abs(total["compute", "CUDA_Host"] - row["host_compute"]) <= 0.006 * MIB


@pytest.mark.parametrize("release", ["b11549", "b10434"])
@pytest.mark.parametrize(
    ("name", "cache_mib"),
    # 8192 cells of both slots, f16: layers x cells x numbers in a row x 2 bytes, keys and values;
    # windows are 1536 cells a slot; the latent is 512 + 64 wide and has no values.
    [
        ("experts", 6 * 8192 * 128 * 2 * 2 / MIB),
        ("windows", (8192 + 5 * 2 * 1536) * 256 * 2 * 2 / MIB),
        ("latent-attention", 4 * 8192 * 576 * 2 / MIB),
        ("short-convolutions", 2 * 8192 * 128 * 2 * 2 / MIB),
    ],
)
def test_that_the_cache_of_a_real_log_is_what_its_model_needs(
    release: str, name: str, cache_mib: float
) -> None:
    total = sums(DATA / "engine_logs" / "llama.cpp" / f"{release}-real-cpu-{name}.log")
    assert total["cache", "CPU"] == round(cache_mib * MIB)
    assert total["weights", "CPU_Mapped"] > 30 * MIB
    assert total["compute", "CPU"] > 10 * MIB
    assert total["output", "CPU"] == round(0.03 * MIB)


def test_that_remote_cards_and_older_texts_are_read() -> None:
    old = sums(DATA / "engine_logs" / "llama.cpp" / "2024-two-cards.log")
    assert old["weights", "CUDA1"] == round(8548.79 * MIB)
    assert old["cache", "CUDA0"] == 1600 * MIB
    far = sums(DATA / "engine_logs" / "llama.cpp" / "2025-two-cards-and-a-remote-one.log")
    assert far["cache", "RPC[192.168.1.20:50052]"] == 1024 * MIB


def test_that_the_table_of_memory_is_read_card_by_card() -> None:
    path = DATA / "engine_logs" / "llama.cpp" / "b11549-two-cards.log"
    rows = [groups for says, _, _, groups in read(path) if says == "table"]
    assert [row["device"] for row in rows] == ["CUDA0", "CUDA1", "Host"]
    assert rows[0]["card"] == "RTX 3060"
    assert (rows[0]["model"], rows[0]["context"], rows[0]["work"]) == ("8975", "1600", "260")
    assert rows[2]["total"] is None


@pytest.mark.parametrize(
    ("name", "weights_gib", "cache", "tokens"),
    [
        ("vllm/0.33.0-two-cards", [28.53, 28.53], [10.87], "237,376"),
        ("vllm/0.33.0-one-card-fixed-cache", [15.32], [5.0], "54,608"),
        ("vllm/0.8.5-two-lines", [15.3217], [], "54,608"),
        ("vllm/0.8.5-older-engine", [15.3217, 15.32], [], None),
        ("sglang/0.5.23-two-cards", [14.52, 14.52], [25.58, 25.58], "558592"),
        ("sglang/0.5.23-latent-and-recurrent", [34.12], [31.07], "4136960"),
        ("sglang/0.4.6-one-card", [15.32], [5.36], "58624"),
        ("ktransformers/0.7.2-one-card", [17.28], [8.58], "131072"),
    ],
)
def test_that_weights_cache_and_tokens_are_read(
    name: str, weights_gib: list[float], cache: list[float], tokens: str | None
) -> None:
    found = read(DATA / "engine_logs" / f"{name}.log")
    sizes = {
        kind: [size / 2**30 for says, _, size, _ in found if says == kind]
        for kind in ("weights", "cache")
    }
    assert sizes["weights"] == pytest.approx(weights_gib, abs=1e-6)
    assert sizes["cache"] == pytest.approx(cache, abs=1e-6)
    said_tokens = [groups.get("tokens") for says, *_, groups in found if says == "cache_tokens"]
    assert tokens in said_tokens


def test_that_processes_are_told_apart() -> None:
    logs = DATA / "engine_logs"
    workers = {
        match["worker"]
        for line in lines(logs / "vllm" / "0.33.0-two-cards.log")
        if (match := PROCESS.search(line))
    }
    assert {"Worker_TP0", "Worker_TP1"} <= workers
    ranks = {
        match["ranks"].strip()
        for line in lines(logs / "sglang" / "0.5.23-two-cards.log")
        if (match := PROCESS.search(line))
    }
    assert ranks == {"TP0", "TP1"}


@pytest.mark.parametrize("engine", get_args(Engine))
def test_that_rubbish_is_read_as_nothing_in_no_time(engine: Engine) -> None:
    for rubbish in (
        "x" * 100_000,
        " " * 100_000,
        "Load weight end." * 5000,
        "1" * 50_000,
        "| - " * 9999,
    ):
        assert not list(said(engine, rubbish))
