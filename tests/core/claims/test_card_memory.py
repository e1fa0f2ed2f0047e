"""The memory of a card in claims: GB are those of its label, GiB those of its driver."""

from __future__ import annotations

import pytest

from moeplanner_gui.catalog.user_claims import claims_from_json
from moeplanner_gui.core.claims.judge import judge_all
from moeplanner_gui.core.claims.terms import Judgement
from tests.core.rigs import CATALOG


def judged(card: str, value: float, unit: str, count: int = 1) -> Judgement:
    check = f'{{"kind": "card", "card": "{card}", "figure": "memory", "count": {count}}}'
    claim = (
        '{"id": "a card", "says": "It has so much.", "topic": "card", "source": "my own",'
        f' "value": {value}, "unit": "{unit}", "check": {check}}}'
    )
    (found,) = judge_all(claims_from_json(claim), CATALOG)
    return found


@pytest.mark.parametrize(
    ("card", "value", "unit", "count"),
    [
        ("rtx5090", 32, "GB", 1),
        ("rtx5090", 32, "GiB", 1),
        ("rtx5090", 32607, "MiB", 1),
        ("rtx5090", 0.032, "TB", 1),
        ("mi300x", 1536, "GB", 8),  # no driver was seen: its label is all that is known
        ("m3ultra-80c", 512, "GB", 1),
        ("l40s", 48, "GB", 1),  # error correction takes 3 of them, which the label does not say
        ("l40s", 45, "GiB", 1),
        ("rtx4090", 24, "GB per card", 4),
    ],
)
def test_that_a_card_has_what_its_label_or_its_driver_says(card, value, unit, count) -> None:
    assert judged(card, value, unit, count).verdict == "holds"


def test_that_gib_are_never_called_gb() -> None:
    found = judged("rtx5090", 64, "GB", 2)
    assert found.computed is not None and found.computed.usual == 64.0
    assert [step.text for step in found.steps] == ["32,607 MiB, 31.84 GiB", "64 GB"]
    assert "read from the driver" in found.because


def test_that_no_driver_is_named_that_nobody_read() -> None:
    assert CATALOG.gpu("mi300x").memory_total_mib is None
    assert "read from" not in judged("mi300x", 192, "GB").because


def test_that_one_card_for_all_is_told() -> None:
    found = judged("rtx5090", 32, "GB", 2)
    assert found.verdict == "wrong" and found.mixed_up == "per_card_for_total"
