"""What is not certain about a model or a weight format is a note, in the catalogue's words."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.prepare import prepare
from tests.core.checks.plans import CATALOG, desk, found, plan_on

CARD = desk("rtxpro6000")


def note(model: str, weights: str, code: str) -> str | None:
    """The message of a note about the whole plan, None where it is not there."""
    finding = found(CARD, model=model, weights=weights).get(code)
    if finding is None:
        return None
    assert (finding.severity, finding.subject) == ("note", "plan")
    return finding.message


@pytest.mark.parametrize("model", sorted(CATALOG.models))
def test_that_a_model_whose_row_is_not_verified_says_what_is_not(model: str) -> None:
    spec = CATALOG.model(model)
    said = note(model, "q4_k_m", "model_unverified")
    if spec.verified == "yes":
        assert said is None
        return
    assert said is not None and said.startswith(f"{spec.name}: ")
    assert (spec.verified_note or "Not every figure could be checked.") in said


def test_that_both_kinds_of_models_are_tried() -> None:
    assert {spec.verified == "yes" for spec in CATALOG.models.values()} == {True, False}


def _formats() -> dict[tuple[str, str], Plan]:
    return {
        (model, weights): plan_on(CARD, model=model, weights=weights)
        for model in ("deepseek-v4-flash", "qwen3-30b-a3b", "gpt-oss-120b", "glm-5.3-flash")
        for weights in ("native", "q4_k_m", "q8_0", "iq2_xxs", "bf16", "f16", "q2_k", "mxfp4")
    }


def test_that_a_format_says_its_note_and_whether_its_size_is_unverified() -> None:
    notes, unverified = set(), set()
    for (model, weights), plan in _formats().items():
        layout = prepare(plan, CATALOG).layout
        if layout is None:
            continue
        noted = note(model, weights, "weights_note")
        assert noted == (layout.note or None), (model, weights)
        doubted = note(model, weights, "weights_unverified")
        assert (doubted is not None) == (layout.confidence is Confidence.UNVERIFIED)
        assert doubted in (None, "The size of this weight format is unverified.")
        notes.add(noted is not None)
        unverified.add(doubted is not None)
    assert notes == {True, False}
    assert unverified == {True, False}


def test_that_these_notes_change_no_verdict() -> None:
    for (model, _weights), plan in _formats().items():
        codes = {one.code for one in evaluate(plan, CATALOG).findings if one.severity == "error"}
        assert not codes & {"weights_note", "weights_unverified", "model_unverified"}, model
