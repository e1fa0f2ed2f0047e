"""A short run of each fuzzer with a fixed seed; the long one is ``python -m tests.fuzz``."""

import pytest

from tests.fuzz.__main__ import run
from tests.fuzz.targets import TARGETS, remove_folders


@pytest.fixture(scope="module", autouse=True)
def _tidy_up() -> object:
    yield
    remove_folders()


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_that_any_input_ends_in_a_result_or_a_sentence(name: str) -> None:
    # Each of these is computed with, too.
    inputs = 400 if name == "plan_rows" else 1500
    result = run(TARGETS[name](), inputs=inputs, seed=7)
    assert result["broken"] == []
    assert result["inputs"] == inputs
    assert 0 < result["accepted"] < inputs
