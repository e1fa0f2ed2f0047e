"""What does not go together is said: slots, widths, modules, memory, disk, makers."""

from __future__ import annotations

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.plan import Deployment, Node, NodePart, Plan, Rig

CATALOG = load_catalog()


def found(
    node: Node, *, model: str = "qwen3-30b-a3b", weights: str = "q4_k_m", **options: object
) -> dict[str, Finding]:
    plan = Plan(
        model=model,
        weights=weights,
        rig=Rig(nodes=(node,)),
        deployment=Deployment.model_validate(options),
    )
    return {finding.code: finding for finding in evaluate(plan, CATALOG).findings}


def desk(*cards: str, **changes: object) -> Node:
    return Node(host="am5-5600", ram_gib=64, gpus=cards).model_copy(update=changes)


def test_that_two_cards_get_two_wide_slots_and_no_remark() -> None:
    codes = found(desk("rtx3090", "rtx3090"))
    assert not {"narrow_slot", "too_few_slots", "cards_on_risers"} & set(codes)


def test_that_a_board_with_one_wide_slot_is_told() -> None:
    parts = (NodePart(part="board-am5"), NodePart(part="psu-2000-w-titanium"))
    finding = found(desk("rtx3090", "rtx3090", parts=parts))["narrow_slot"]
    assert finding.severity == "warning" and "x4" in finding.message
    three = found(desk("rtx3090", "rtx3090", "rtx3090", parts=parts))["too_few_slots"]
    assert three.severity == "error" and "3 cards" in three.message


def test_that_cards_beyond_the_slots_hang_on_risers() -> None:
    finding = found(desk(*("rtx3090",) * 4))["cards_on_risers"]
    assert "4 cards" in finding.message and "bifurcation" in finding.verify


def test_that_cards_thicker_than_the_case_are_told() -> None:
    parts = (NodePart(part="board-wrx90-asus-wrx90e-sage-se-asrock-wrx90d8"),)
    node = Node(host="wrx90-7975wx", ram_gib=128, gpus=("w7900",) * 3, parts=parts)
    assert "9 slots thick" in found(node)["cards_too_thick"].message


def test_that_a_module_needs_a_server_and_a_computer_goes_into_no_slot() -> None:
    assert found(desk("h100-sxm"))["module_needs_server"].severity == "warning"
    assert found(Node(gpus=("strixhalo", "rtx3090")))["machine_in_a_slot"].severity == "error"


def test_that_cards_of_two_makers_are_told() -> None:
    codes = found(desk("rtx3090", "rx7900xtx"), backend="vulkan")
    assert "Vulkan" in codes["cards_of_several_makers"].message


def test_that_geforce_cards_of_the_last_generations_have_no_peer_access() -> None:
    options = {"engine": "vllm", "cache_type_k": "auto", "cache_type_v": "auto",
               "tensor_parallel": 2}  # fmt: skip
    new = found(desk("rtx4090", "rtx4090"), weights="awq-int4", **options)
    assert "no_peer_access" in new
    old = found(desk("rtx3090", "rtx3090"), weights="awq-int4", **options)
    assert "no_peer_access" not in old


def test_that_the_disk_is_compared_with_the_file() -> None:
    small = found(desk("rtx3090", disk_gib=10))
    assert small["disk_too_small"].severity == "error"
    assert "disk_too_small" not in found(desk("rtx3090", disk_gib=100))
    assert "minutes" in small["download"].message


def test_that_memory_beyond_the_platform_is_an_error_and_uneven_memory_a_note() -> None:
    assert found(desk("rtx3090", ram_gib=512))["more_memory_than_host"].severity == "error"
    assert found(desk("rtx3090", ram_gib=63))["uneven_memory"].severity == "note"
    assert "uneven_memory" not in found(desk("rtx3090", ram_gib=96))


def test_that_an_engine_for_linux_is_told_to_windows() -> None:
    options = {"engine": "vllm", "cache_type_k": "auto", "cache_type_v": "auto"}
    node = desk("rtx4090", display="windows")
    assert "WSL" in found(node, weights="awq-int4", **options)["engine_needs_linux"].message
    assert "engine_needs_linux" not in found(node)


def test_that_host_memory_filled_to_the_brim_is_told() -> None:
    plan = dict(model="gpt-oss-120b", weights="native", cpu_moe_layers=-1)
    tight = found(desk("rtx3090", ram_gib=64), **plan)  # type: ignore[arg-type]
    roomy = found(desk("rtx3090", ram_gib=128), **plan)  # type: ignore[arg-type]
    assert "host_memory_nearly_full" in tight
    assert "host_memory_nearly_full" not in roomy
