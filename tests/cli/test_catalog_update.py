"""The rules of ``moeplanner catalog bundle|update|undo|reset|status``."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from moeplanner_gui.catalog import paths
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.cli import main


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data" / "catalogs"
    monkeypatch.setattr(paths, "user_catalogs_dir", lambda: folder)


@pytest.fixture
def bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = Path(shutil.copytree(catalogs_dir(), tmp_path / "newer"))
    file = folder / "networks" / "networks.json"
    content = json.loads(file.read_text("utf-8"))
    content["date"] = "2027-01-15"
    content["networks"].append({**content["networks"][0], "id": "new-net", "name": "New net"})
    file.write_text(json.dumps(content), "utf-8")
    out = tmp_path / "newer.moecatalog"
    assert main(["catalog", "bundle", str(folder), str(out), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert made["date"] == "2027-01-15"
    return out


def test_that_an_update_is_shown_used_undone_and_reset(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["catalog", "update", str(bundle), "--dry-run", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["installed"] is False
    assert shown["changes"] == [
        {"kind": "network", "added": ["new-net"], "changed": [], "removed": []}
    ]
    assert main(["catalog", "list", "networks", "--search", "new-net"]) == 1
    sha256 = hashlib.sha256(bundle.read_bytes()).hexdigest()
    assert main(["catalog", "update", str(bundle), "--sha256", sha256]) == 0
    assert main(["catalog", "list", "networks", "--search", "new-net"]) == 0
    capsys.readouterr()
    assert main(["catalog", "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["update"] == "2027-01-15"
    assert main(["catalog", "undo"]) == 0
    assert main(["catalog", "list", "networks", "--search", "new-net"]) == 1
    assert main(["catalog", "undo"]) == 0
    assert main(["catalog", "reset"]) == 0
    assert main(["catalog", "list", "networks", "--search", "new-net"]) == 1


def test_that_the_text_says_what_a_checksum_shows(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["catalog", "update", str(bundle)]) == 0
    text = capsys.readouterr().out
    assert "network rows added: 1 (new-net)" in text
    assert "not who made it" in text


def test_that_what_is_refused_ends_with_1_and_changes_nothing(
    tmp_path: Path, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["catalog", "update", str(bundle), "--sha256", "0" * 64]) == 1
    assert main(["catalog", "update", str(tmp_path / "missing")]) == 1
    assert main(["catalog", "update", "http://example.org/x"]) == 1
    assert main(["catalog", "undo"]) == 1
    broken = tmp_path / "newer" / "gpus" / "amd.json"
    broken.write_text('{"version": 1}')
    assert main(["catalog", "bundle", str(tmp_path / "newer"), str(tmp_path / "out")]) == 1
    assert not (tmp_path / "out").exists()
    assert "gpus/amd.json" in capsys.readouterr().err
    assert main(["catalog", "status"]) == 0
    assert "of this program version" in capsys.readouterr().out


def test_that_a_damaged_update_is_said(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from moeplanner_gui.catalog.installed import in_force

    assert main(["catalog", "update", str(bundle)]) == 0
    (in_force().folder / "gpus" / "amd.json").unlink()
    capsys.readouterr()
    assert main(["catalog", "status"]) == 1
    assert "damaged" in capsys.readouterr().err
    assert main(["catalog", "list", "networks", "--search", "new-net"]) == 1
    assert "came with the program" in capsys.readouterr().err
