"""The rows of the speed model: read late, checked strictly, never in both parts of the split."""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from moeplanner_gui.catalog.check import check_catalog
from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.catalog.measured_kinds import SPEED_KINDS
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.catalog.rows import Kind
from moeplanner_gui.core.entries import Entries
from tests.catalog.test_check import copy, edit, found
from tests.speed_fit.rows import catalog, measurements, plan_of, rows_of
from tests.speed_fit.split import combination, draw

__all__ = ["copy"]


@pytest.mark.parametrize("kind", SPEED_KINDS, ids=lambda kind: kind.noun)
def test_that_every_file_follows_the_schema_beside_it(kind: Kind) -> None:
    folder = catalogs_dir() / kind.folder
    schema = json.loads((folder / kind.schema_name).read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    files = sorted(folder.glob(kind.files))
    assert files
    for path in files:
        content = json.loads(path.read_text("utf-8"))
        assert not [error.message for error in validator.iter_errors(content)], path.name


def test_that_loading_the_catalogue_reads_no_measurement() -> None:
    script = (
        "import sys\n"
        "from moeplanner_gui.catalog.load import load_catalog\n"
        "catalog = load_catalog()\n"
        "assert 'moeplanner_gui.core.speed.measurement' not in sys.modules\n"
        "assert len(catalog.speed.groups) > 0\n"
        "assert 'measurements' not in vars(catalog.speed)\n"
        "assert len(catalog.speed.measurements) > 400\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_that_copies_of_a_catalogue_read_the_rows_once() -> None:
    shipped = load_catalog(catalogs_dir())
    changed = shipped.with_entries(Entries(models=(next(iter(shipped.models.values())),)))

    assert changed.speed.measurements is shipped.speed.measurements


def test_that_a_catalogue_without_files_has_no_rows() -> None:
    empty = load_catalog(Path("/nonexistent"))

    assert empty.speed.groups == ()
    assert empty.speed.measurements == ()
    assert dict(empty.speed.models) == {}


def test_that_no_combination_of_hardware_and_model_is_fitted_and_tested() -> None:
    parts = defaultdict(set)
    for row in measurements():
        if row.use != "none":
            parts[combination(row)].add(row.use)

    assert parts
    assert {name for name, uses in parts.items() if len(uses) > 1} == set()


def test_that_the_split_is_drawn_by_the_rule_that_is_written_down() -> None:
    drawn = draw(measurements())

    assert {row.id: row.use for row in measurements() if row.use != "none"} == {
        row.id: drawn[row.id] for row in measurements() if row.use != "none"
    }


def test_that_a_third_is_kept_for_testing() -> None:
    share = len(rows_of("test")) / (len(rows_of("test")) + len(rows_of("fit")))

    assert 0.25 < share < 0.4


def test_that_every_row_that_is_used_has_a_plan_that_can_be_placed() -> None:
    from moeplanner_gui.core.placement import Refusal
    from moeplanner_gui.core.prepare import prepare

    refused = {}
    for row in (*rows_of("fit"), *rows_of("test")):
        plan = plan_of(row)
        assert plan is not None, row.id
        demand = prepare(plan, catalog()).demand
        if isinstance(demand, Refusal):
            refused[row.id] = demand.sentence

    assert refused == {}


def test_that_a_row_with_an_unknown_card_is_reported(copy: Path) -> None:
    edit(copy / "speed" / "measurements-ds4.json", '"card_id": "gb10"', '"card_id": "gb1O"')

    assert [line for line in found(copy) if "gb1O" in line]


def test_that_a_scrambled_page_is_reported(copy: Path) -> None:
    edit(
        copy / "speed" / "measurements-ds4.json",
        "https://github.com/antirez/ds4",
        "https://joat.me/ds4",
    )

    assert [line for line in found(copy) if "scrambled" in line]


def test_that_a_row_left_out_says_why(copy: Path) -> None:
    edit(copy / "speed" / "measurements-ds4.json", ', "use": "fit"', "")

    assert [line for line in found(copy) if "left_out" in line]


def test_that_the_shipped_rows_have_no_problem() -> None:
    assert [p for p in check_catalog(catalogs_dir()) if p.file.startswith("speed")] == []
