"""How many more users fit, in the sentence under the memory bars."""

from __future__ import annotations

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.edits import set_workload
from moeplanner_gui.core.plan import Deployment, Engine, Node, Plan, Rig, Workload
from moeplanner_gui.ui.charts.headroom import more_users
from moeplanner_gui.ui.charts.users import keep_context_each


def _plan(engine: Engine, cards: int, ram_gib: int, sequences: int) -> Plan:
    return Plan(
        model="deepseek-v4-flash",
        rig=Rig(nodes=(Node(host="sp5-9004", ram_gib=ram_gib, gpus=("rtxpro6000",) * cards),)),
        deployment=Deployment(engine=engine, tensor_parallel=cards if engine != "llama.cpp" else 1),
        workload=Workload(context_tokens=65_536 * sequences, sequences=sequences),
    )


@pytest.mark.parametrize("engine", ["llama.cpp", "vllm", "sglang"])
@pytest.mark.parametrize(("cards", "sequences"), [(2, 1), (4, 1), (4, 3)])
def test_that_the_last_user_who_fits_is_the_last_that_evaluate_lets_in(
    engine: Engine, cards: int, sequences: int
) -> None:
    catalog = load_catalog()
    plan = _plan(engine, cards, 512, sequences)
    if not evaluate(plan, catalog).fits:
        pytest.skip("nothing fits here, so the sentence is another one")
    more = more_users(plan, catalog)
    assert more > 0 or cards == 2

    def fits(extra: int) -> bool:
        users = set_workload(plan, sequences=sequences + extra)
        return evaluate(keep_context_each(plan, users), catalog).fits

    assert fits(more)
    assert sequences + more >= 1024 or not fits(more + 1)
