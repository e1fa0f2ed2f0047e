"""A measurement becomes the plan it was made on, or none where too much is not known."""

from typing import Any

import pytest

from moeplanner_gui.core.plan import CustomWeights, Plan
from moeplanner_gui.core.speed.measured_plan import MeasuredCatalog, plan_of
from moeplanner_gui.core.speed.measurement import Measurement
from moeplanner_gui.core.units import GIB
from tests.speed_fit.rows import catalog, measurements

ROWS = {row.id: row for row in measurements()}


def plan(row: Measurement, **changes: Any) -> Plan | None:
    return plan_of(row.model_copy(update=changes), MeasuredCatalog(catalog().base))


def known(row: Measurement, **changes: Any) -> Plan:
    found = plan(row, **changes)
    assert found is not None
    return found


@pytest.fixture
def two_cards() -> Measurement:
    return ROWS["b0016"]  # Llama 3 70B, Q4_K_M of 39.59 GiB, two RTX 3090


def test_that_a_file_keeps_its_size(two_cards: Measurement) -> None:
    found = known(two_cards)

    assert found.weights == CustomWeights(recipe="Q4_K_M", file_bytes=round(39.59 * GIB))
    assert found.rig.nodes[0].gpus == ("rtx3090", "rtx3090")
    assert found.deployment.split == "layer"


def test_that_a_file_seen_elsewhere_has_its_size() -> None:
    row = next(r for r in measurements() if r.weights == "UD-Q8_K_XL" and r.weights_gib is None)
    found = known(row)

    assert isinstance(found.weights, CustomWeights)
    assert found.weights.file_bytes is not None


def test_that_llama_cpp_divides_its_context_by_the_users(two_cards: Measurement) -> None:
    several = known(two_cards, users=4)
    served = known(two_cards, users=4, engine="vllm", weights_id="awq-int4", parallelism="tensor")

    assert several.workload.context_tokens == 4 * two_cards.depth_tokens
    assert served.workload.context_tokens == two_cards.depth_tokens
    assert several.workload.sequences == served.workload.sequences == 4
    assert served.deployment.tensor_parallel == 2


def test_that_tensor_parallel_forks_of_llama_cpp_split_tensors(two_cards: Measurement) -> None:
    assert known(two_cards, engine="ds4", parallelism="tensor").deployment.split == "tensor"


def test_that_experts_lie_where_the_row_says() -> None:
    all_in_host, first_on_card, by_size = (
        known(ROWS[name]).deployment.cpu_moe_layers for name in ("b0556", "b0559", "b0613")
    )

    assert all_in_host == -1
    assert first_on_card == 61 - 3
    # 191.41 of 232.77 GiB of 94 layers.
    assert 70 < by_size < 94


def test_that_a_processor_has_memory_for_a_repacked_copy() -> None:
    row = ROWS["b0144"]
    found = known(row)

    assert found.rig.nodes[0].gpus == ()
    assert found.deployment.gpu_layers == 0
    assert found.rig.nodes[0].ram_gib > 2 * (row.weights_gib or 0)


def test_that_options_of_the_row_are_options_of_the_plan(two_cards: Measurement) -> None:
    found = known(
        two_cards, notes="flash_attn=False", power_limit_w=220.0, interconnect="pcie3-x16"
    )

    assert not found.deployment.flash_attention
    assert found.rig.nodes[0].power_limit_w == 220
    assert found.rig.nodes[0].card_link == "pcie3-x16"
    assert known(two_cards).rig.nodes[0].card_link is None


@pytest.mark.parametrize(
    "changes",
    [
        {"model_id": None},
        {"weights_id": None},
        {"offload": "partial"},
        {"parallelism": "data"},
        {"interconnect": "NVLink and InfiniBand, 2 nodes"},
    ],
)
def test_that_too_little_known_is_no_plan(two_cards: Measurement, changes: dict[str, Any]) -> None:
    assert plan(two_cards, **changes) is None


def test_that_models_only_measurements_name_are_known() -> None:
    row = next(r for r in measurements() if r.model_id == "glm-4.7-flash")

    assert row.model_id not in catalog().base.models
    assert known(row).model == "glm-4.7-flash"
