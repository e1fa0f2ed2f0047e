"""What a list of findings and a bill leave out is said under them."""

from __future__ import annotations

from moeplanner_gui.core.bill import bill
from moeplanner_gui.core.checks import NOT_CHECKED
from tests.core.checks.plans import CATALOG, desk, plan_on


def test_that_parts_that_no_bill_has_are_named() -> None:
    plan = plan_on(*(desk("rtx3090"),) * 3, network="1gbe")
    names = " ".join(line.name.lower() for line in bill(plan, CATALOG))
    for part in ("cooler", "cable", "switch"):
        assert part not in names
        assert part in NOT_CHECKED
