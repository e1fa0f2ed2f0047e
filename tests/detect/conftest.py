"""Fixtures of the tests that talk to a made-up machine."""

from collections.abc import Callable, Iterator

import pytest

from tests.detect.compiled_stub import why_not
from tests.detect.stub_scenarios import nvml_scenario


@pytest.fixture
def nvml_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """``nvml_machine("two-3090")``: what children started from now on find in this machine."""
    if reason := why_not():
        pytest.skip(reason)

    def become(name: str) -> None:
        for variable, value in nvml_scenario(name).items():
            monkeypatch.setenv(variable, value)

    yield become
