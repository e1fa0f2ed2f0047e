"""A verdict follows from the claim and the catalogue of the moment, never from the file."""

from __future__ import annotations

import json
import time
from copy import copy
from decimal import Decimal
from itertools import islice
from types import MappingProxyType
from typing import Any

import pytest

from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.core.claims.bench import Bench
from moeplanner_gui.core.claims.judge import answer, judge, judge_all
from moeplanner_gui.core.claims.terms import Claim, Judgement
from tests.core.rigs import CATALOG

CLAIMS: dict[str, Claim] = dict(CATALOG.claims.claims)
BENCH = Bench(CATALOG)
TRUE = ("holds", "holds_within")


def changed(claim: Claim, **fields: Any) -> Claim:
    return claim.model_copy(update=fields)


def with_rows(**rows: Any) -> Catalog:
    """The shipped catalogue with other rows of some kinds."""
    other = copy(CATALOG)
    other.__dict__.pop("_chosen_prices", None)
    for name, value in rows.items():
        setattr(other, name, value)
    return other


@pytest.fixture(scope="module")
def judged() -> dict[str, Judgement]:
    return {judgement.id: judgement for judgement in judge_all(CLAIMS.values(), CATALOG)}


def test_that_the_files_hold_no_verdict() -> None:
    for path in (catalogs_dir() / "claims").glob("*.json"):
        if path.name.endswith(".schema.json"):
            continue
        text = path.read_text("utf-8")
        for word in ("verdict", "computed", "factor", "cannot_be_true", "wrong", "mixed_up"):
            assert f'"{word}"' not in text, (path.name, word)
        assert json.loads(text)["date"] >= "2026-11-22"


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_that_no_number_holds_when_it_is_ten_thousand_times_off(
    judged: dict[str, Judgement], scale: float
) -> None:
    # Of a bound only one side can be broken, and words are not scaled.
    still: list[str] = []
    for claim in CLAIMS.values():
        judgement = judged[claim.id]
        numbers = judgement.computed is not None and judgement.computed.is_number
        if judgement.verdict not in TRUE or not claim.value or not numbers:
            continue
        safe = getattr(claim.check, "level", "") == "safe"
        if (claim.relation == "at_most" or safe) and scale > 1:
            continue
        if claim.relation == "at_least" and scale < 1:
            continue
        high = None if claim.value_high is None else claim.value_high * scale
        other = changed(claim, value=claim.value * scale, value_high=high)
        if judge(other, CATALOG, BENCH).verdict in TRUE:
            still.append(claim.id)
    assert still == []


def test_that_a_wrong_number_holds_once_it_is_the_computed_one(
    judged: dict[str, Judgement],
) -> None:
    still: list[str] = []
    for claim in CLAIMS.values():
        judgement = judged[claim.id]
        computed = judgement.computed
        if judgement.verdict != "wrong" or claim.value is None or computed is None:
            continue
        if computed.usual is None or computed.unit != claim.unit:
            continue
        check = claim.check
        if getattr(check, "also_active_b", None) or getattr(check, "also_output", None):
            continue  # a second number of theirs is wrong as well
        if check.kind == "described_memory":
            continue  # from the weights on it cannot be checked
        repaired = changed(claim, value=computed.usual, value_high=None)
        if judge(repaired, CATALOG, BENCH).verdict not in TRUE:
            still.append(claim.id)
    assert still == []


def test_that_another_price_gives_another_verdict() -> None:
    claim = CLAIMS["D-037"]
    assert judge(claim, CATALOG).verdict == "holds"
    row = CATALOG.tariffs.apis["anthropic/claude-sonnet-4-5"]
    dearer = row.model_copy(update={"input": Decimal(9)})
    tariffs = copy(CATALOG.tariffs)
    tariffs.__dict__["apis"] = {**CATALOG.tariffs.apis, row.id: dearer}
    assert judge(claim, with_rows(tariffs=tariffs)).verdict == "wrong"


def test_that_another_card_gives_another_verdict() -> None:
    claim = CLAIMS["C-025"]
    assert judge(claim, CATALOG).verdict == "wrong"
    row = CATALOG.gpu("rtx5090").model_copy(
        update={"memory_total_mib": 48 * 1024, "memory_gb": 48.0}
    )
    gpus = MappingProxyType({**CATALOG.gpus, row.id: row})
    assert judge(claim, with_rows(gpus=gpus)).verdict == "holds"


def test_that_another_architecture_gives_another_verdict() -> None:
    claim = CLAIMS["D-017"]
    model = CATALOG.model("llama-3.3-70b")
    assert judge(claim, CATALOG).verdict == "holds"
    half = model.architecture.model_copy(update={"layers": 40})
    models = MappingProxyType(
        {**CATALOG.models, model.id: model.model_copy(update={"architecture": half})}
    )
    assert judge(claim, with_rows(models=models)).verdict == "wrong"


def test_that_a_published_figure_decides_by_its_row() -> None:
    claim = CLAIMS["C-010"]
    files = copy(CATALOG.claims)
    row = files.published["v4-training-tokens"]
    twenty = row.model_copy(update={"value": 20.0, "value_high": None})
    files.__dict__["published"] = {**files.published, row.id: twenty}
    assert judge(claim, with_rows(claims=files)).verdict == "holds"


def test_that_a_claim_follows_the_claims_it_is_computed_from() -> None:
    claim = CLAIMS["C-018"]
    files = copy(CATALOG.claims)
    none = changed(CLAIMS["C-015"], value=0.0)
    files.__dict__["claims"] = {**files.claims, "C-015": none}
    assert judge(claim, with_rows(claims=files)).verdict == "holds"


def test_that_the_nearest_of_several_models_is_taken() -> None:
    claim = changed(CLAIMS["A-B"], value=284.0)
    assert judge(claim, CATALOG).verdict == "holds"
    assert "Flash" in judge(claim, CATALOG).because
    assert "Pro" in judge(changed(claim, value=1573.0), CATALOG).because


def test_that_judging_can_be_stopped_between_any_two_claims() -> None:
    judgements = judge_all(CLAIMS.values(), CATALOG)
    assert [one.id for one in islice(judgements, 3)] == list(CLAIMS)[:3]
    judgements.close()  # type: ignore[attr-defined]


def test_that_all_claims_are_judged_in_a_few_seconds() -> None:
    started = time.process_time()
    assert len(list(judge_all(CLAIMS.values(), CATALOG))) == 346
    assert time.process_time() - started < 8


def test_that_every_plan_of_a_judgement_is_one_that_can_be_opened(
    judged: dict[str, Judgement],
) -> None:
    seen = 0
    for judgement in judged.values():
        for named in judgement.plans:
            assert named.label
            CATALOG.model(named.plan.model)
            seen += 1
    assert seen > 150


def test_that_every_contradiction_and_table_names_claims_that_are_there() -> None:
    data = CATALOG.claims
    for matter in data.contradictions.values():
        for position in matter.positions:
            assert set(position.claims) <= set(data.claims)
            assert set(position.articles) <= set(data.articles)
        for question in matter.answers:
            assert answer(question, CATALOG).computed is not None, question.says
    cells = [cell.claim for table in data.tables.values() for row in table.rows
             for cell in row.cells]  # fmt: skip
    assert len(cells) > 100
    assert {cell for cell in cells if cell is not None} <= set(data.claims)


def test_that_every_claim_names_its_article_and_has_no_id_of_an_unknown_model() -> None:
    for claim in CLAIMS.values():
        assert claim.article in CATALOG.claims.articles
        assert claim.source
        for model in claim.models:
            CATALOG.model(model)
