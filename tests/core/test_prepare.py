import pytest

from moeplanner_gui.core.edits import set_node
from moeplanner_gui.core.entries import Entries
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.prepare import _DEMANDS, prepare
from moeplanner_gui.core.usable import _NODES
from tests.core.rigs import CATALOG, make_plan


@pytest.fixture(autouse=True)
def empty_memories() -> None:
    """A memory empties itself when it is full: tests before this one must not have filled it."""
    _DEMANDS.clear()
    _NODES.clear()


def with_context(plan: Plan, tokens: int) -> Plan:
    return plan.replace(workload=plan.workload.model_copy(update={"context_tokens": tokens}))


def options_of(plan: Plan, **changes: object) -> Plan:
    return plan.replace(deployment=plan.deployment.model_copy(update=changes))


@pytest.mark.parametrize("engine", ["llama.cpp", "vllm", "sglang"])
def test_that_another_context_asks_the_engine_nothing_new(engine: str) -> None:
    plan = options_of(make_plan("gpt-oss-120b", "rtxpro6000"), engine=engine)
    first = prepare(with_context(plan, 4096), CATALOG).demand
    assert prepare(with_context(plan, 8192), CATALOG).demand is first


@pytest.mark.parametrize(
    "changes", [{"cpu_moe_layers": 3}, {"ubatch": 1024}, {"cache_type_k": "q8_0"}]
)
def test_that_every_option_is_a_need_of_its_own(changes: dict[str, object]) -> None:
    plan = make_plan("gpt-oss-120b", "rtxpro6000")
    first = prepare(plan, CATALOG).demand
    assert prepare(options_of(plan, **changes), CATALOG).demand is not first


def test_that_a_row_that_replaces_one_of_the_same_id_is_a_need_of_its_own() -> None:
    plan = make_plan("gpt-oss-120b", "rtxpro6000")
    first = prepare(plan, CATALOG).demand
    row = CATALOG.gpu("rtxpro6000").model_copy(update={"memory_total_mib": 40_000})
    changed = CATALOG.with_entries(Entries(gpus=(row,)))
    assert prepare(plan, changed).demand is not first
    assert prepare(plan, CATALOG).demand is first


def test_that_a_link_that_the_catalogue_lacks_is_an_error_that_names_the_closest() -> None:
    plan = make_plan("deepseek-v4-flash", "rtxpro6000")
    with pytest.raises(UnknownEntryError, match="pcie5-x8"):
        prepare(set_node(plan, 0, card_link="pcie5x8"), CATALOG)


@pytest.mark.parametrize("engine", ["llama.cpp", "vllm", "sglang", "ktransformers"])
def test_that_other_links_memory_or_limits_are_a_need_of_their_own(engine: str) -> None:
    """Speed is remembered by it and depends on them."""
    plan = options_of(make_plan("gpt-oss-120b", "rtxpro6000", ram_gib=128), engine=engine)
    changes = ({"card_link": "pcie4-x8"}, {"memory_gbs": 90.0}, {"power_limit_w": 400.0})
    needs = [prepare(set_node(plan, 0, **change), CATALOG).demand for change in ({}, *changes)]
    assert len({id(need) for need in needs}) == 4
    again = Plan.model_validate_json(plan.model_dump_json())
    assert prepare(again, CATALOG).demand is needs[0]
