"""Each repair ends the finding that offers it, or counts what it says."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.checks.repairs import repair_words, repaired
from moeplanner_gui.core.plan import Node, Plan
from tests.core.checks.plans import CATALOG, VLLM, desk, parts, plan_on


def finding_of(plan: Plan, code: str) -> Finding | None:
    return next((f for f in evaluate(plan, CATALOG).findings if f.code == code), None)


BOARD = parts("board-am5", "psu-2000-w-titanium")


@pytest.mark.parametrize(
    ("plan", "code", "words"),
    [
        (
            plan_on(desk("rtx3090", "rtx3090", parts=BOARD, card_link="pcie4-x8")),
            "narrow_slot",
            "Count PCIe 4.0 x4",
        ),
        (
            plan_on(desk(*("rtx5090",) * 4, card_link="pcie5-x16")),
            "cards_on_risers",
            "Count PCIe 4.0 x4",
        ),
        (
            plan_on(Node(host="trx40", ram_gib=64, gpus=("rtx5090",) * 4)),
            "cards_on_risers",
            "Count PCIe 4.0 x4",
        ),
        (
            plan_on(desk("rtx3090", "rtx3090"), tensor_parallel=2, **VLLM),
            "nvlink_not_counted",
            "Count the bridge",
        ),
        (plan_on(desk("rtx3090")), "desktop_assumed", "Set headless"),
        (
            plan_on(desk(*("rtx3090",) * 2, card_link="pcie4-x16")),
            "link_wider_than_host",
            "Take the host's link",
        ),
    ],
)
def test_that_a_repair_settles_its_finding(plan: Plan, code: str, words: str) -> None:
    finding = finding_of(plan, code)
    assert finding is not None
    assert repair_words(finding, plan, CATALOG) == words
    after = finding_of(repaired(finding, plan, CATALOG), code)
    # Risers stay risers, but the speeds count what they give.
    assert after is None or "speeds count" not in after.message


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (plan_on(desk("rtx3090", "rtx3090", parts=BOARD)), "narrow_slot"),
        (plan_on(desk(*("rtx5090",) * 4)), "cards_on_risers"),
    ],
)
def test_that_what_the_speeds_count_already_needs_no_repair(plan: Plan, code: str) -> None:
    finding = finding_of(plan, code)
    assert finding is not None and "the speeds count that" in finding.message
    assert repair_words(finding, plan, CATALOG) == ""


def test_that_a_finding_without_a_repair_offers_none() -> None:
    plan = plan_on(desk("rtx3090"))
    finding = finding_of(plan, "heat")
    assert finding is not None and repair_words(finding, plan, CATALOG) == ""
    with pytest.raises(ValueError, match="No edit settles heat"):
        repaired(finding, plan, CATALOG)
