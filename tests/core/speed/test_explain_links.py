"""The links, host memory and power limit behind a rate can be asked for, with their sources."""

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.edits import set_network, set_node
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import Deployment, Node, NodePart, Plan, Rig
from tests.core.rigs import CATALOG, make_plan


def asked(plan: Plan) -> dict[str, Derivation]:
    tree = explain(plan, evaluate(plan, CATALOG), CATALOG, "speed.decode_tokens_per_s")
    return {entry.label: entry for entry in tree.inputs}


def test_that_the_link_of_a_group_is_told_with_its_source() -> None:
    plan = make_plan("gpt-oss-120b", *["rtxpro6000"] * 4, engine="vllm", tensor_parallel=4)
    found = asked(plan)["All-reduce over PCIe 5.0 x16"]
    assert found.value == "16.9 µs"
    assert "The host is not chosen" in found.formula
    assert found.assumed
    assert "rtx6kpro" in found.source


def test_that_the_link_between_layers_on_two_nodes_is_told_once() -> None:
    plan = set_network(make_plan("gpt-oss-120b", "rtx4090", "rtx4090", nodes=2), "10gbe")
    labels = [label for label in asked(plan) if label.startswith("Hand-over")]
    assert labels == ["Hand-over over PCIe 4.0 x16", "Hand-over over 10 GbE"]


def test_that_host_memory_is_told_with_how_it_is_known() -> None:
    plan = make_plan("gpt-oss-120b", "rtx4090", ram_gib=128, cpu_moe_layers=36)
    measured = asked(set_node(plan, 0, host="wrx90-7965wx"))["Bandwidth of host memory"]
    assert (measured.value, measured.confidence) == ("238 GB/s", Confidence.MEASURED)
    assert "mlc" in measured.source
    two = asked(set_node(plan, 0, host="sp5-9004-2s"))["Bandwidth of host memory"]
    assert two.confidence is Confidence.UNVERIFIED
    assert "llamafile" in two.source
    own = asked(set_node(plan, 0, memory_gbs=61.0))["Bandwidth of host memory"]
    assert own.source == "entered by you"


def test_that_a_power_limit_is_told_with_the_sweeps_behind_it() -> None:
    found = asked(set_node(make_plan("gpt-oss-20b", "rtx3090"), 0, power_limit_w=250.0))
    assert found["Power limit"].value == "× 0.97 on cards"
    assert "llmgarage" in found["Power limit"].source


def test_that_a_single_card_depends_on_none_of_these() -> None:
    labels = asked(make_plan("gpt-oss-20b", "rtx3090"))
    assert not any(label.startswith(("All-", "Hand-", "Bandw", "Power")) for label in labels)


def _over_pcie(plan: Plan, path: str) -> list[Derivation]:
    found = explain(plan, evaluate(plan, CATALOG), CATALOG, f"speed.{path}").inputs
    return [one for one in found if one.label.startswith("PCIe of the cards")]


@pytest.mark.parametrize("path", ["decode_tokens_per_s", "prefill_tokens_per_s"])
def test_that_the_slot_of_each_card_is_named_with_its_source(path: str) -> None:
    board = (NodePart(part="board-am5"),)
    node = Node(host="am5-5600", ram_gib=64, gpus=("rtx3090",) * 2, parts=board)
    options = Deployment(engine="vllm", cache_type_k="auto", cache_type_v="auto", tensor_parallel=2)
    plan = Plan(model="gpt-oss-20b", rig=Rig(nodes=(node,)), deployment=options)
    (one,) = _over_pcie(plan, path)
    assert one.value == "PCIe 4.0 x16 and PCIe 4.0 x4"
    assert one.formula.startswith("GPU 1: PCIe 4.0 x16; GPU 2: PCIe 4.0 x4 (slots of AM5 board, ")
    assert "the widest filled first" in one.formula
    assert one.source == CATALOG.parts["board-am5"].sources["slots"]
    assert not one.assumed and one.confidence is Confidence.UNVERIFIED
    usual = plan.replace(rig=Rig(nodes=(node.model_copy(update={"parts": None}),)))
    assert _over_pcie(usual, path)[0].assumed
    modules = plan.replace(rig=Rig(nodes=(Node(host="sp5-9004", gpus=("h100-sxm",) * 2),)))
    assert _over_pcie(modules, path) == []
