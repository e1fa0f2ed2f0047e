"""Claims on the disk: read late, the user's over the shipped, nothing lost."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from moeplanner_gui.catalog.check_claims import claim_rules
from moeplanner_gui.catalog.claim_kinds import CLAIMS
from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.catalog.user_claims import UserClaimError, UserClaims, claims_from_json
from moeplanner_gui.core.claims.judge import judge
from moeplanner_gui.core.claims.terms import Claim

MINE = {
    "id": "mine-1",
    "topic": "weights",
    "says": "V4 Flash takes 60 GB in 4 bits.",
    "models": ["deepseek-v4-flash"],
    "value": 60.0,
    "unit": "GB",
    "check": {"kind": "weights", "formats": ["q4_k_m"]},
    "source": "a forum",
}


def mine(**fields: object) -> Claim:
    return Claim.model_validate_json(json.dumps({**MINE, **fields}))


def of(folder: Path) -> UserClaims:
    return UserClaims(folder, today=lambda: dt.date(2026, 11, 23))


def test_that_the_shipped_claims_are_sound(shipped: Catalog) -> None:
    data = shipped.claims
    assert len(data.claims) == 346
    assert list(data.articles) == ["A", "B", "C", "D", "E"]
    assert data.contradictions and data.tables and data.published
    assert data.problems == ()
    for row in data.published.values():
        assert row.source and row.date
        assert (row.value is None) != (row.words is None)


def test_that_opening_the_catalogue_reads_no_claim() -> None:
    code = (
        "import sys; from moeplanner_gui.catalog.load import load_catalog;"
        "from moeplanner_gui.catalog.paths import catalogs_dir;"
        "load_catalog(catalogs_dir());"
        "print([name for name in sys.modules if 'claims' in name])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == "[]"


def test_that_a_claim_of_the_user_is_kept_judged_and_forgotten(tmp_path: Path) -> None:
    user = of(tmp_path)
    user.keep(mine())
    assert of(tmp_path).claims == {"mine-1": mine()}
    catalog = load_catalog(catalogs_dir(), tmp_path)
    assert len(catalog.claims.claims) == 347
    assert catalog.claims.user_ids == {"mine-1"}
    assert judge(catalog.claims.claims["mine-1"], catalog).verdict == "wrong"
    assert user.free_id() == "mine-2"
    assert user.forget("mine-1") == mine()
    assert user.forget("mine-1") is None
    assert not (tmp_path / "claims" / "claims-mine.json").exists()


def test_that_every_shipped_claim_survives_being_kept_by_a_user(
    shipped: Catalog, tmp_path: Path
) -> None:
    user = of(tmp_path)
    user.keep(*shipped.claims.claims.values())
    assert of(tmp_path).claims == dict(shipped.claims.claims)


def test_that_a_users_claim_stands_over_the_shipped_one_of_its_id(tmp_path: Path) -> None:
    of(tmp_path).keep(mine(id="E-042"))
    catalog = load_catalog(catalogs_dir(), tmp_path)
    assert len(catalog.claims.claims) == 346
    assert catalog.claims.claims["E-042"].value == 60


def test_that_a_broken_claim_of_the_user_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "claims"
    folder.mkdir()
    broken = {**MINE, "id": "broken", "check": {"kind": "magic"}}
    content = {"date": "2026-11-23", "claims": [MINE, broken]}
    (folder / "claims-x.json").write_text(json.dumps(content), encoding="utf-8")
    catalog = load_catalog(catalogs_dir(), tmp_path)
    assert "mine-1" in catalog.claims.claims
    assert "broken" not in catalog.claims.claims
    assert [problem.row for problem in catalog.claims.problems] == ["broken"]


def test_that_a_file_that_is_not_understood_is_kept_aside_before_it_is_written(
    tmp_path: Path,
) -> None:
    path = tmp_path / "claims" / "claims-mine.json"
    path.parent.mkdir()
    path.write_text("{half", encoding="utf-8")
    user = of(tmp_path)
    assert [problem.message for problem in user.problems] == ["Is not valid JSON."]
    user.keep(mine())
    assert user.claims == {"mine-1": mine()}
    assert path.with_name("claims-mine.json.broken-1").read_text("utf-8") == "{half"


def test_that_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "claims" / "claims-mine.json"
    path.parent.mkdir()
    text = json.dumps({"version": 99, "date": "2030-01-01", "claims": []})
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserClaimError, match="newer version"):
        of(tmp_path).keep(mine())
    assert path.read_text("utf-8") == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "no claim"),
        ('{"id": "x"}', "Is missing"),
        (json.dumps({**MINE, "verdict": "holds"}), "Is not a field"),
        (json.dumps([MINE, 5]), "claim 2"),
        (" " * 1_000_001, "longer"),
    ],
)
def test_that_what_is_no_claim_is_refused_with_a_sentence(text: str, message: str) -> None:
    with pytest.raises(UserClaimError, match=message):
        claims_from_json(text)


def test_that_one_claim_a_list_and_a_file_are_read() -> None:
    one = json.dumps(MINE)
    assert claims_from_json(one) == claims_from_json(f"[{one}]") == (mine(),)
    assert claims_from_json(f'{{"{CLAIMS.key}": [{one}]}}') == (mine(),)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("claims-a.json", '"rtx5090"', '"rtx9999"', "which is no card"),
        ("claims-a.json", "{A-029}", "{A-999}", "which is no claim"),
        ("claims-c.json", '"pcie5-x16"', '"pcie9-x16"', "which is no link"),
        ("claims-c.json", "v4-training-tokens", "v9-training-tokens", "no published figure"),
        ("claims-d.json", '"openai/gpt-4o"', '"openai/gpt-0"', "which has no price"),
        ("claims-d.json", '"deepseek-r1"', '"deepseek-r0"', "which is no model"),
        ("claims-b.json", '"unit": "GB"', '"unit": "tok/s"', "is measured in GB"),
        ("tables.json", '"B-025"', '"B-999"', "which is no claim"),
        ("contradictions.json", '"A-B"', '"A-Z9"', "which is not there"),
        ("articles.json", '"id": "E"', '"id": "F"', "which is no article"),
    ],
)
def test_that_a_claim_that_names_what_is_not_there_is_reported(
    tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    folder = Path(shutil.copytree(catalogs_dir(), tmp_path / "catalogs"))
    path = folder / "claims" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = [str(problem) for problem in claim_rules(load_catalog(folder))]
    assert any(message in problem for problem in found), found
