"""What differs between plans is named in words of the program, not by the field's own name."""

from __future__ import annotations

import pytest

from moeplanner_gui.core import plan as plans
from moeplanner_gui.core.choice_words import choice_words, has_words
from moeplanner_gui.core.compare import Compared, compare
from tests.core.test_compare import CATALOG, plan_of, told

SECTIONS = (("deployment", plans.Deployment), ("workload", plans.Workload),
            ("economics", plans.Economics))  # fmt: skip
SAID_ABOVE = {
    "deployment.engine", "deployment.cache_type_k", "deployment.cache_type_v",
    "workload.context_tokens", "workload.sequences", "workload.input_mtok_per_month",
    "workload.output_mtok_per_month", "economics.api",
}  # fmt: skip
INSIDE = (
    plans.CardMemory, plans.CustomCard, plans.NodePart, plans.NodeThere, plans.ApiById,
    plans.ApiByPrice, plans.Rent, plans.CustomWeights,
)  # fmt: skip


@pytest.mark.parametrize(("section", "row"), SECTIONS)
def test_that_every_choice_of_a_section_has_a_name(section: str, row: type) -> None:
    fields = {f"{section}.{name}" for name in row.model_fields} - SAID_ABOVE
    assert {field for field in fields if not has_words(field)} == set()


def test_that_every_choice_of_a_computer_has_a_name() -> None:
    said_above = {"host", "ram_gib", "name", "detected", "gpus"}
    fields = {f"node.{name}" for name in plans.Node.model_fields if name not in said_above}
    assert {field for field in fields if not has_words(field)} == set()


@pytest.mark.parametrize("row", INSIDE)
def test_that_every_part_of_a_choice_has_a_name(row: type) -> None:
    assert {name for name in row.model_fields if not has_words(name)} == set()


def test_that_a_difference_is_told_in_words() -> None:
    one = plan_of()
    two = one.replace(
        deployment=one.deployment.model_copy(update={"flash_attention": False, "ubatch": 64}),
        workload=one.workload.model_copy(update={"prompt_tokens": 512}),
    )
    rows = {row.key: row for row in compare([Compared(p, told(), CATALOG) for p in (one, two)])}
    assert rows["plan.deployment.ubatch"].label == "Engine option: Micro-batch"
    assert rows["plan.workload.prompt_tokens"].label == "Use: Prompt that is waited for"
    assert not [row.label for row in rows.values() if "_" in row.label]


def test_that_a_field_without_a_name_is_still_shown() -> None:
    assert choice_words("workload.new_field") == "new field"
