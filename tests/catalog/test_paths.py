import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from moeplanner_gui.catalog import paths
from moeplanner_gui.core.plan import Plan


@pytest.fixture(autouse=True)
def fresh_search() -> Iterator[None]:
    paths.data_root.cache_clear()
    yield
    paths.data_root.cache_clear()


def test_that_the_data_is_found_from_any_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (paths.catalogs_dir() / "gpus").is_dir()
    assert paths.resources_dir().is_dir()


def test_that_an_installed_package_uses_the_data_inside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "_data" / "catalogs" / "gpus").mkdir(parents=True)
    monkeypatch.setattr(paths, "_PACKAGE", tmp_path)
    assert paths.data_root() == tmp_path / "_data"


def test_that_a_frozen_program_uses_the_data_it_was_packed_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "moeplanner_gui" / "_data"
    (packed / "catalogs" / "gpus").mkdir(parents=True)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert paths.data_root() == packed


def test_that_missing_data_names_the_places_looked_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "_PACKAGE", tmp_path / "package")
    with pytest.raises(FileNotFoundError, match="_data"):
        paths.data_root()


def test_that_every_sample_plan_is_a_plan() -> None:
    samples = sorted(paths.samples_dir().glob("*.moeplan"))
    assert samples
    for sample in samples:
        Plan.model_validate_json(sample.read_bytes())
