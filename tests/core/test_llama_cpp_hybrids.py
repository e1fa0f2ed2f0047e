"""The newer architectures in llama.cpp: what libllama itself reports for weights and cache."""

from typing import Any

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import DeviceMemory
from tests.core.reference import reference
from tests.core.rigs import CATALOG, make_plan

ROWS = reference("llamacpp_hybrids.json")["rows"]


def _named(row: dict[str, Any]) -> str:
    unified = "-unified" if row.get("unified") else ""
    return f"{row['model']}-{row['context']}-{row['slots']}-{row['cache_type']}{unified}"


def _host(row: dict[str, Any]) -> DeviceMemory:
    plan = make_plan(
        row["model"],
        ram_gib=8192,
        weights="bf16",
        context_tokens=row["context"],
        sequences=row["slots"],
        ubatch=row["ubatch"],
        cache_type_k=row["cache_type"],
        cache_type_v=row["cache_type"],
        unified_kv=row.get("unified", False),
        repack=False,
    )
    return next(d for d in evaluate(plan, CATALOG).devices if d.kind == "host")


@pytest.mark.parametrize("row", ROWS, ids=_named)
def test_that_weights_and_cache_are_those_libllama_reports(row: dict[str, Any]) -> None:
    host = _host(row)
    assert host.weights_bytes == row["weights_bytes"]
    assert host.kv_cache_bytes == row["kv_cache_bytes"]


@pytest.mark.parametrize("row", ROWS, ids=_named)
def test_that_working_buffers_are_never_below_what_libllama_reserves(row: dict[str, Any]) -> None:
    assert _host(row).compute_bytes >= row["compute_bytes"]
