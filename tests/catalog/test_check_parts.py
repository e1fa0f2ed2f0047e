"""What the catalogue's check says of parts and presets, and that the command line lists them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from moeplanner_gui.catalog.check import check_catalog
from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.commands.catalog import run


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(catalogs_dir(), tmp_path / "catalogs"))


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("parts/boards.json", '"am5-6400"', '"am6"', "“am6”, which is no host"),
        ("parts/links.json", '"rtx3090ti"', '"rtx9999"', "“rtx9999”, which is no card"),
        ("parts/power-and-cases.json", '"rated_w": 750', '"rated_w": 760', "another supply"),
        ("parts/processors.json", '"cores": 64', '"cores": 65', "another processor"),
        ("parts/memory-and-disks.json", '"unit": "tb"', '"unit": "gb"', "not sold by"),
        ("parts/boards.json", '"memory_slots",\n', "\n", "was not checked"),
        ("parts/boards.json", '"socket": "AM5",\n', "", "Is missing; a board"),
        ("presets/presets.json", "cpu-ryzen-9-7900x", "cpu-epyc-9354-32c-used", "does not make"),
        ("presets/presets.json", "cpu-ryzen-9-7900x", "cpu-z80", "which is no part"),
        ("presets/presets.json", "cpu-ryzen-9-7900x", "psu-850-w", "no board or no processor"),
    ],
)
def test_that_a_wrong_part_or_preset_is_named(
    copy: Path, file: str, old: str, new: str, said: str
) -> None:
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    problems = [str(problem) for problem in check_catalog(copy)]
    assert any(said.lower() in problem.lower() for problem in problems), problems


def test_that_what_nobody_checked_is_marked_on_every_part() -> None:
    for row in load_catalog().parts.values():
        unsure = {field for field, source in row.sources.items() if "not checked" in source}
        assert unsure == set(row.unverified_fields), row.id


def test_that_parts_and_presets_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "parts", "--search", "romed8"]) == 0
    assert "Motherboard" in capsys.readouterr().out
    assert run(["list", "presets", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["presets"]
    assert {"part": "cpu-epyc-7543-32c-used", "count": 1} in next(
        row["parts"] for row in rows if row["host"] == "sp3-7003"
    )
    assert run(["show", "board-sp3-asrock-romed8-2t"]) == 0
    shown = capsys.readouterr().out
    assert "Slots: count 7 gen 4 lanes 16" in shown and "Unverified fields: hosts" in shown
    assert run(["show", "sp3-7003", "--json"]) == 0
    usual = json.loads(capsys.readouterr().out)["usual_parts"]
    assert usual[0]["part"] == "board-sp3-asrock-romed8-2t"
