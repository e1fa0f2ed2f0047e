"""A back end that cannot drive the cards never "fits"."""

from __future__ import annotations

from typing import Any

import pytest

from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import Plan


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def plan(cards: tuple[str, ...], **deployment: Any) -> Plan:
    node = {"gpus": cards, "ram_gib": 128, "host": "sp5-9004"}
    return Plan.model_validate(
        {
            "model": "llama-3.1-8b",
            "weights": "q4_k_m",
            "rig": {"nodes": (node,)},
            "deployment": deployment,
        }
    )


@pytest.mark.parametrize(
    ("card", "backend"),
    [
        ("rtx3090", "metal"),
        ("rtx3090", "rocm"),
        ("rtx3090", "cpu"),
        ("rx7900xtx", "cuda"),
        ("m4max-40c", "cuda"),
        ("m4max-40c", "vulkan"),
    ],
)
def test_that_a_back_end_that_does_not_drive_the_card_cannot_run(
    catalog: Catalog, card: str, backend: str
) -> None:
    found = evaluate(plan((card,), backend=backend), catalog)
    assert found.verdict == "cannot_run"
    assert "Choose" in found.reasons[0] or "choose" in found.reasons[0]


@pytest.mark.parametrize(
    ("card", "backend"),
    [("rtx3090", "vulkan"), ("rx7900xtx", "vulkan"), ("rx7900xtx", "rocm"), ("b580", "sycl")],
)
def test_that_a_back_end_that_drives_the_card_runs(
    catalog: Catalog, card: str, backend: str
) -> None:
    assert evaluate(plan((card,), backend=backend), catalog).fits


def test_that_a_back_end_of_llama_cpp_is_none_of_a_server(catalog: Catalog) -> None:
    found = evaluate(
        plan(("rtx3090",), engine="vllm", backend="vulkan").replace(weights="bf16"), catalog
    )
    assert found.verdict == "cannot_run" and "back end of llama.cpp" in found.reasons[0]


def test_that_one_back_end_drives_cards_of_two_makers(catalog: Catalog) -> None:
    both = ("rtx3090", "rx7900xtx")
    assert evaluate(plan(both, backend="vulkan"), catalog).verdict != "cannot_run"
    refused = evaluate(plan(both, backend="cuda"), catalog)
    assert refused.verdict == "cannot_run" and "GPU 2" in refused.reasons[0]


def test_that_a_rig_without_a_card_runs_on_its_processor_only(catalog: Catalog) -> None:
    assert evaluate(plan((), backend="cpu"), catalog).fits
    assert evaluate(plan((), backend="cuda"), catalog).verdict == "cannot_run"
