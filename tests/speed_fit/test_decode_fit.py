"""The fit of decode computes as the estimator does, and the catalogue holds what it wrote."""

from __future__ import annotations

import math

import numpy as np
import pytest

from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.speed.decode import Decode, decode_speed
from tests.speed_fit.decode_fit import band, errors, fit, group_id, quantile
from tests.speed_fit.decode_groups import GROUPS, PRIORS
from tests.speed_fit.decode_report import constants_of, limits
from tests.speed_fit.decode_rows import decode_rows, is_superseded
from tests.speed_fit.rows import catalog, plan_of

ROWS = [row for row in decode_rows("fit") if not is_superseded(row.row)]


def test_that_the_fit_and_the_estimator_tell_the_same_rate_and_band() -> None:
    groups = {group.id: group for group in catalog().speed.groups}
    found = errors(ROWS, constants_of(list(groups.values())))
    for row, error in zip(ROWS, found, strict=True):
        plan = plan_of(row.row)
        assert plan is not None
        depth, users = max(row.row.depth_tokens, 1), row.row.users
        decode = decode_speed(prepare(plan, catalog()), catalog(), depth, users)
        assert isinstance(decode, Decode), row.row.id
        measured = 1 / row.seconds
        assert math.log(measured / decode.rate.expected) == pytest.approx(error, abs=2e-3)
        assert decode.group.id == group_id(row)
        if not row.row.power_limit_w:
            low, high = limits(groups[group_id(row)], row)
            assert math.log(decode.rate.low / decode.rate.expected) == pytest.approx(low)
            told = math.log(decode.rate.high / decode.rate.expected)
            # The estimator's band ends where a memory's peak does; nobody measured more.
            assert told == pytest.approx(high) or (told < high and measured < decode.rate.high)


def test_that_the_catalogue_has_a_row_for_every_group_and_parameter() -> None:
    written = {group.id: group for group in catalog().speed.groups}
    assert set(written) == {group.id for group in GROUPS}
    for group in written.values():
        assert all(getattr(group, name) > 0 for name in PRIORS)


def test_that_the_catalogue_holds_what_the_fit_finds_today() -> None:
    found = fit(ROWS)
    for group in catalog().speed.groups:
        for name in PRIORS:
            written = getattr(group, name)
            # The last digits hang on the machine's own mathematics.
            assert written == pytest.approx(found[group.id][name], rel=0.05), (group.id, name)


def test_that_the_fit_never_sees_rows_kept_for_testing() -> None:
    assert {row.row.use for row in ROWS} == {"fit"}
    seen = {row.combination for row in ROWS}
    assert not seen & {row.combination for row in decode_rows("test")}


def test_that_a_group_without_rows_keeps_near_what_is_expected_of_it() -> None:
    few = [row for row in ROWS if group_id(row) == "llama-cuda"]
    constants = fit(few, rounds=5)
    assert constants["servers"]["layer_us"] == pytest.approx(33.0, rel=0.5)


def test_that_the_fit_follows_what_was_measured() -> None:
    few = [row for row in ROWS if group_id(row) == "llama-cuda"]
    constants = fit(few, rounds=8)
    assert float(np.median(np.abs(errors(few, constants)))) < 0.10


def test_that_a_band_is_never_narrower_than_a_tenth() -> None:
    low, high = band([0.01, -0.01, 0.0], [0.0])
    assert low <= math.exp(-0.1) and high >= math.exp(0.1)


def test_that_a_band_follows_the_errors_of_its_group() -> None:
    wide = [0.5 * math.sin(i) for i in range(400)]
    low, high = band(wide, [0.0])
    assert low < 0.7 and high > 1.4


def test_that_a_quantile_counts_weights() -> None:
    assert quantile([1.0, 2.0, 3.0], [1.0, 1.0, 8.0], 0.5) == 3.0
