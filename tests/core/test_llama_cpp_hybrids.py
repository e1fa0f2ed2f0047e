"""The newer architectures in llama.cpp: what libllama itself reports for weights and cache."""

from typing import Any

import pytest

from moeplanner_gui.core.assess import evaluate
from tests.core.reference import reference
from tests.core.rigs import CATALOG, make_plan

ROWS = reference("llamacpp_hybrids.json")["rows"]


@pytest.mark.parametrize(
    "row", ROWS, ids=lambda r: f"{r['model']}-{r['context']}-{r['slots']}-{r['cache_type']}"
)
def test_that_weights_and_cache_are_those_libllama_reports(row: dict[str, Any]) -> None:
    plan = make_plan(
        row["model"],
        ram_gib=8192,
        weights="bf16",
        context_tokens=row["context"],
        sequences=row["slots"],
        ubatch=row["ubatch"],
        cache_type_k=row["cache_type"],
        cache_type_v=row["cache_type"],
        repack=False,
    )
    host = next(d for d in evaluate(plan, CATALOG).devices if d.kind == "host")
    assert host.weights_bytes == row["weights_bytes"]
    assert host.kv_cache_bytes == row["kv_cache_bytes"]
