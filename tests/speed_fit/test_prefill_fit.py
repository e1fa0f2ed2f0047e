"""The fit of prefill: what it sees, what it writes, and how rows are read."""

import pytest

from tests.speed_fit.prefill_fit import AS_WRITTEN, Constants, error, fit, lead_of, predicted
from tests.speed_fit.prefill_groups import FORMS, GROUPS
from tests.speed_fit.prefill_rows import prompt_plan, prompt_rows, span_of
from tests.speed_fit.rows import catalog, measurements


def test_that_no_combination_is_both_fitted_and_tested() -> None:
    fitted = {row.combination for row in prompt_rows("fit")}
    tested = {row.combination for row in prompt_rows("test")}
    assert fitted
    assert tested
    assert not fitted & tested


def test_that_the_constants_are_those_that_the_fit_gives() -> None:
    constants = fit(prompt_rows("fit"))
    shipped = {group.id: group for group in catalog().speed.prefill}
    assert set(shipped) == {form.id for form in FORMS}
    for key, group in constants.groups.items():
        for field in ("efficiency", "expert_share", "attention_share", "fill_tokens"):
            found, written = getattr(group, field), getattr(shipped[key], field)
            assert written == pytest.approx(found, rel=0.02), (key, field)


def test_that_a_group_is_fitted_from_its_own_rows() -> None:
    rows = [row for row in prompt_rows("fit") if lead_of(row) == "llama-metal"]
    start = Constants({group.id: group for group in GROUPS}, AS_WRITTEN)
    before = sum(abs(error(row, start)) for row in rows)
    after = sum(abs(error(row, fit(rows))) for row in rows)
    assert after < before


def test_that_the_product_predicts_what_the_fit_predicts() -> None:
    from moeplanner_gui.core.speed.prefill import Prefill, rate_at

    shipped = Constants({group.id: group for group in catalog().speed.prefill}, AS_WRITTEN)
    for row in prompt_rows("fit")[::20]:
        if row.row.engine == "llama.cpp" and row.row.power_limit_w is None:
            found = rate_at(row.prepared, catalog(), row.past, row.tokens)
            assert isinstance(found, Prefill)
            assert found.rate.expected == pytest.approx(predicted(row, shipped))


def test_that_a_row_without_a_length_timed_the_whole_prompt() -> None:
    row = next(
        row for row in measurements() if row.prefill_tokens_per_s and row.depth_tokens > 20_000
    )
    assert span_of(row.model_copy(update={"prompt_tokens": None})) == (0, row.depth_tokens)
    assert span_of(row.model_copy(update={"prompt_tokens": 512})) == (row.depth_tokens, 512)
    shallow = row.model_copy(update={"depth_tokens": 64, "prompt_tokens": 512})
    assert span_of(shallow) == (0, 512)


def test_that_large_batches_are_set_where_the_source_used_them() -> None:
    rows = [row for row in prompt_rows("fit") if "dgx-spark" in row.row.source]
    assert rows
    for found in rows:
        assert found.plan.deployment.ubatch == 2048
    own = next(row for row in measurements() if row.engine == "ik_llama.cpp" and row.model_id)
    plan = prompt_plan(own)
    assert plan is not None
    assert not plan.deployment.op_offload
