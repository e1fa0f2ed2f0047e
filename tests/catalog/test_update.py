"""The rules of updates: as a whole or not at all, one step back, never the user's rows."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.catalog import paths, update
from moeplanner_gui.catalog.bundle import ALL_KINDS, Bundle, make_bundle
from moeplanner_gui.catalog.bundle_read import read_bundle
from moeplanner_gui.catalog.freshness import ages
from moeplanner_gui.catalog.installed import POINTER, InForce, in_force, shipped_date, updates_dir
from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.catalog.update import UnsoundBundle, UpdateError, install, preview

NEWER = "2027-01-15"


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data" / "catalogs"
    monkeypatch.setattr(paths, "user_catalogs_dir", lambda: folder)
    return folder


def changed_copy(tmp_path: Path, file: str, change: Callable[[dict[str, Any]], None]) -> Path:
    folder = tmp_path / "changed"
    if not folder.exists():
        shutil.copytree(catalogs_dir(), folder)
    path = folder / file
    content = json.loads(path.read_text("utf-8"))
    change(content)
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return folder


def newer(tmp_path: Path) -> Bundle:
    """The shipped catalogue with a card less, a renamed one, a new network and a dearer price."""

    def gpus(content: dict[str, Any]) -> None:
        content["date"] = NEWER
        rows = content["gpus"]
        content["gpus"] = [row for row in rows if row["id"] != "rtx4060ti-8"]
        next(row for row in rows if row["id"] == "rtx4090")["tdp_w"] = 451

    def networks(content: dict[str, Any]) -> None:
        content["networks"].append({**content["networks"][0], "id": "new-net", "name": "New"})

    def prices(content: dict[str, Any]) -> None:
        for row in content["prices"]:
            if row["part_id"] == "rtx5090":
                for field in ("usd", "low", "high"):
                    if row.get(field) is not None:
                        row[field] *= 2

    changed_copy(tmp_path, "gpus/nvidia-geforce.json", gpus)
    changed_copy(tmp_path, "networks/networks.json", networks)
    folder = changed_copy(tmp_path, "prices/hardware.json", prices)
    return read_bundle(make_bundle(folder, NEWER, "2027-01"))


def test_that_an_update_says_what_it_changes_before_it_does(tmp_path: Path) -> None:
    shown = preview(newer(tmp_path))
    kinds = {kind.kind: kind for kind in shown.changes.kinds}
    assert "rtx4090" in kinds["gpu"].changed
    assert kinds["network"].added == ("new-net",)
    assert kinds["price"].added and kinds["price"].removed
    price = next(price for price in shown.changes.prices if price.part_id == "rtx5090")
    assert price.percent == pytest.approx(100)
    assert not updates_dir().exists()


def test_that_an_installed_update_is_what_is_loaded_and_own_rows_stay(
    tmp_path: Path, own_data: Path
) -> None:
    (own_data / "prices").mkdir(parents=True)
    mine = own_data / "prices" / "mine.json"
    mine.write_text("my own, and not even JSON")
    install(preview(newer(tmp_path)))
    catalog = load_catalog()
    assert catalog.networks["new-net"].name == "New"
    assert catalog.gpus["rtx4090"].tdp_w == 451
    assert catalog.date == NEWER
    assert mine.read_text() == "my own, and not even JSON"
    assert "new-net" not in load_catalog(catalogs_dir()).networks


def test_that_an_update_is_taken_back_and_brought_again_and_reset(tmp_path: Path) -> None:
    assert not update.can_undo()
    install(preview(newer(tmp_path)))
    assert in_force().version == "2027-01"
    update.undo()
    assert in_force().folder == catalogs_dir()
    update.undo()
    assert in_force().version == "2027-01"
    update.reset()
    assert in_force() == InForce(catalogs_dir())
    assert update.can_undo()


def test_that_a_plan_brings_along_what_only_the_update_has(tmp_path: Path) -> None:
    """On another machine the same plan opens, whether or not the update is there."""
    from moeplanner_gui.core.entries import entries_of
    from moeplanner_gui.export.plan_file import read_plan

    install(preview(newer(tmp_path)))
    catalog = load_catalog()
    assert catalog.added_ids == {"new-net"}
    plan = read_plan(paths.samples_dir() / "v4-flash-two-96gb.moeplan")
    plan = plan.replace(rig=plan.rig.model_copy(update={"network": "new-net"}))
    assert [row.id for row in entries_of(plan, catalog).networks] == ["new-net"]
    update.undo()
    assert load_catalog().added_ids == frozenset()


def test_that_only_two_updates_are_kept(tmp_path: Path) -> None:
    folder = changed_copy(tmp_path, "networks/networks.json", lambda content: None)
    for month in (1, 2, 3):
        day = f"2027-0{month}-01"
        changed_copy(tmp_path, "networks/networks.json", lambda c, d=day: c.update(date=d))
        install(preview(read_bundle(make_bundle(folder, day))))
    names = sorted(path.name[:10] for path in updates_dir().iterdir() if path.is_dir())
    assert names == ["2027-02-01", "2027-03-01"]


@pytest.mark.parametrize(
    ("file", "break_it"),
    [
        ("gpus/amd.json", lambda c: c["gpus"][0].update(memory_gb="many")),
        ("gpus/amd.json", lambda c: c["gpus"][0].update(unknown_field=1)),
        ("gpus/amd.json", lambda c: c["gpus"].append(c["gpus"][0])),
        ("gpus/amd.json", lambda c: c.update(gpus={})),
        ("gpus/amd.json", lambda c: c.update(version=2)),
        ("models/qwen.json", lambda c: c["models"][0].pop("sources")),
        ("prices/hardware.json", lambda c: c["prices"][0].update(usd=-1)),
        ("speed/groups.json", lambda c: c["groups"][0].update(what="else")),
        ("api_prices/openai.json", lambda c: c["apis"][0].update(input="free")),
        ("rental/rentals.json", lambda c: c["rentals"][0].update(usd_per_gpu_hour=None)),
        ("claims/claims-a.json", lambda c: c["claims"][0].update(what="else")),
        ("peak_hours/deepseek.json", lambda c: c["peak_hours"][0].update(what="else")),
        ("tariffs/electricity.json", lambda c: c["tariffs"][0].update(what="else")),
        ("prices/hardware.json", lambda c: c["prices"][0].update(part_id="a\nSHA-256: 0")),
        ("prices/hardware.json", lambda c: c["prices"][0].update(name="a\u202eb")),
        ("networks/networks.json", lambda c: c["networks"][0].update(name="n" * 201)),
        ("kernels/vllm.json", lambda c: c["rules"][0].update(about=["no such: trait"])),
    ],
)
def test_that_one_row_that_is_not_sound_refuses_the_whole(
    tmp_path: Path, file: str, break_it: Callable[[dict[str, Any]], None]
) -> None:
    folder = changed_copy(tmp_path, file, break_it)
    bundle = read_bundle(make_bundle(folder, NEWER))
    with pytest.raises(UnsoundBundle) as refused:
        preview(bundle)
    assert any(file.split("/")[0] in problem.file for problem in refused.value.problems)
    assert not updates_dir().exists()


def test_that_a_bundle_without_a_kind_is_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(catalogs_dir(), tmp_path / "few"))
    shutil.rmtree(folder / "kernels")
    with pytest.raises(UnsoundBundle):
        preview(read_bundle(make_bundle(folder, NEWER)))


def test_that_a_bundle_is_as_sound_in_every_language(tmp_path: Path) -> None:
    from moeplanner_gui.core.words import speak

    bundle = newer(tmp_path)
    speak(lambda sentence: f"[{sentence}]", point=",", group=".")
    try:
        assert preview(bundle).bundle is bundle
    finally:
        speak(None)


def test_that_the_publishers_checksum_is_compared(tmp_path: Path) -> None:
    bundle = newer(tmp_path)
    with pytest.raises(UpdateError, match="checksum"):
        preview(bundle, expected_sha256="0" * 64)
    spaced = " ".join((bundle.sha256[:32], bundle.sha256[32:])).upper()
    assert preview(bundle, expected_sha256=spaced).bundle is bundle


def test_that_an_older_bundle_than_the_program_is_refused(tmp_path: Path) -> None:
    old = read_bundle(make_bundle(catalogs_dir(), "2020-01-01"))
    with pytest.raises(UpdateError, match="older"):
        preview(old)


@pytest.mark.parametrize("damage", ["byte", "missing file", "missing folder", "no list", "pointer",
                                    "deep pointer", "huge pointer"])  # fmt: skip
def test_that_a_damaged_update_is_said_and_the_shipped_one_used(
    tmp_path: Path, damage: str
) -> None:
    bundle = newer(tmp_path)
    install(preview(bundle))
    folder = in_force().folder
    if damage == "byte":
        file = folder / "gpus" / "amd.json"
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    elif damage == "missing file":
        (folder / "speed" / "groups.json").unlink()
    elif damage == "missing folder":
        shutil.rmtree(folder)
    elif damage == "no list":
        (folder / "manifest.json").write_text("{}")
    elif damage == "deep pointer":
        (updates_dir() / POINTER).write_text("[" * 9_000)
    elif damage == "huge pointer":
        (updates_dir() / POINTER).write_text(" " * 20_000)
    else:
        (updates_dir() / POINTER).write_text('{"folder": "../../../etc"}')
    catalog = load_catalog()
    assert "new-net" not in catalog.networks
    assert any("came with the program" in problem.message for problem in catalog.problems)
    # A sound update heals it, and so does going back to the shipped one.
    install(preview(bundle))
    assert "new-net" in load_catalog().networks
    assert load_catalog().problems == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
@pytest.mark.parametrize("name", [POINTER, "manifest.json", "added.json", "gpus/amd.json"])
def test_that_a_pipe_in_the_place_of_a_file_holds_no_start_up(tmp_path: Path, name: str) -> None:
    install(preview(newer(tmp_path)))
    place = (updates_dir() if name == POINTER else in_force().folder) / name
    place.unlink()
    os.mkfifo(place)
    load_catalog()
    assert bool(in_force().problem) == (name != "added.json")


def test_that_an_update_that_this_version_cannot_read_is_said_and_not_used(tmp_path: Path) -> None:
    """It was sound for the version that installed it, and whole."""
    install(preview(newer(tmp_path)))
    folder = changed_copy(tmp_path, "gpus/amd.json", lambda c: c["gpus"][0].update(other=1))
    bundle = read_bundle(make_bundle(folder, NEWER, "2027-02"))
    bundle.write_to(in_force().folder)
    assert in_force().version == "2027-02"
    catalog = load_catalog()
    assert "new-net" not in catalog.networks
    assert "2027-02" in catalog.problems[0].message


def test_that_reset_heals_a_damaged_pointer(tmp_path: Path) -> None:
    updates_dir().mkdir(parents=True)
    for text in ("", "[]", '{"folder": null}', '{"folder": 1}', '{"previous": "x"}', "\0\0"):
        (updates_dir() / POINTER).write_text(text)
        assert in_force().problem
        update.reset()
        assert not in_force().problem


def test_that_a_newer_shipped_catalogue_wins_over_an_older_update(tmp_path: Path) -> None:
    """The program was updated since: what it brings is newer than the update."""
    install(preview(newer(tmp_path)))
    shipped = changed_copy(tmp_path, "links/links.json", lambda c: c.update(date="2028-01-01"))
    assert in_force(shipped=shipped) == InForce(shipped)


def test_that_a_disk_that_refuses_leaves_what_was_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = preview(newer(tmp_path))

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "write_bytes", full)
        with pytest.raises(UpdateError, match="disk is full"):
            install(shown)
    assert not in_force().update
    assert [p.name for p in updates_dir().iterdir() if p.is_dir()] == []


def test_that_a_disk_without_room_to_look_at_a_bundle_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = newer(tmp_path)

    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device", "/somewhere/moeplanner-catalog-1")

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    with pytest.raises(UpdateError, match=r"/somewhere.*the disk is full"):
        preview(bundle)


def test_that_the_shipped_date_is_that_of_the_loaded_catalogue() -> None:
    assert shipped_date() == load_catalog(catalogs_dir()).date


def test_that_every_kind_of_row_is_in_a_bundle() -> None:
    folders = {path.name for path in catalogs_dir().iterdir() if path.is_dir()}
    # Defaults of transformers belong to the program: the importer is written for them.
    assert folders - {kind.folder for kind in ALL_KINDS} == {"imports"}


def test_that_kinds_turn_old_after_the_days_that_are_named() -> None:
    catalog = load_catalog(catalogs_dir())
    fresh = {age.kind: age for age in ages(catalog, date.fromisoformat(catalog.date))}
    assert not fresh["models"].is_old and not fresh["api_prices"].is_old
    later = {age.kind: age for age in ages(catalog, date(2100, 1, 1))}
    day = date.fromisoformat(later["api_prices"].newest)
    for after, old in ((60, False), (61, True)):
        found = {age.kind: age for age in ages(catalog, day + timedelta(days=after))}
        assert found["api_prices"].is_old is old
    # A clock that was set back makes nothing old and nothing negative.
    assert all(age.days == 0 for age in ages(catalog, date(1970, 1, 1)) if age.rows)
