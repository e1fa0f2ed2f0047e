"""Whatever became of a file that the program wrote: it starts, says so, and throws nothing away."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.catalog.rows import PriceEntry
from moeplanner_gui.catalog.user import UserCatalog
from moeplanner_gui.core import edits, words
from moeplanner_gui.export.plan_file import PlanFileError, plan_to_json
from moeplanner_gui.safe_read import UnreadableError, put_aside, read_file
from moeplanner_gui.ui.app import build_window
from moeplanner_gui.ui.left_over import Recovered, find_left_over, put_broken_aside
from moeplanner_gui.ui.plan_disk import read_plan_file
from moeplanner_gui.ui.plan_titles import empty_plan
from moeplanner_gui.ui.recovery import _what_was_kept, _when
from moeplanner_gui.ui.settings import Settings, SettingsStore, _in_words, peek
from tests.broken import BREAKS, broken, same_thing

SETTINGS = json.dumps({"theme": "dark", "recent": ["/a.moeplan"], "tab": "speed"}).encode()


def autosave(plan=None, **over: object) -> bytes:
    content = {
        "path": None,
        "label": "Untitled plan",
        "time": datetime.now().isoformat(timespec="seconds"),
        "order": 1,
        "plan": plan_to_json(plan or empty_plan()),
        **over,
    }
    return json.dumps(content).encode()


# Settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", BREAKS)
def test_that_settings_of_any_kind_are_kept_aside_and_named(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "config"
    broken(folder / "settings.json", how, SETTINGS)
    assert peek(folder) == Settings()
    store = SettingsStore(folder)
    assert store.settings == Settings()
    assert "settings.json was kept as settings.json.broken-1" in store.damage
    assert same_thing(folder / "settings.json.broken-1", how, SETTINGS)
    store.settings.theme = "light"
    assert store.save()
    again = SettingsStore(folder)
    assert again.damage == "" and again.settings.theme == "light"


@pytest.mark.parametrize(
    ("wrong", "lost"),
    [
        ({"theme": "purple"}, "the theme"),
        ({"geometry": "not base64!"}, "the place of the window"),
        ({"geometry": "abc"}, "the place of the window"),
        ({"columns": [-1, 10**12, 3]}, "the widths of the panes"),
        ({"columns": "wide", "rows": {}}, "the widths of the panes, the heights of the panes"),
        ({"recent": ["a\0b"]}, "the recent files"),
        ({"recent": 7, "open_files": [None]}, "the plans that were open, the recent files"),
        ({"open_files": ["/x"] * 5000}, "the plans that were open"),
        ({"live_meters": "perhaps"}, "the live meters"),
    ],
)
def test_that_what_is_sound_in_damaged_settings_stays(tmp_path: Path, wrong, lost) -> None:
    sound = {"theme": "dark", "tab": "speed", "memory_unit": "GB"}
    (tmp_path / "settings.json").write_text(json.dumps({**sound, **wrong}))
    store = SettingsStore(tmp_path)
    assert store.settings.tab == "speed" and store.settings.memory_unit == "GB"
    assert f"at the first start: {lost}." in store.damage
    # It is on the disk at once: the next start has it too, and says nothing.
    again = SettingsStore(tmp_path)
    assert again.damage == "" and again.settings == store.settings


def test_that_each_setting_has_a_name_for_a_person() -> None:
    assert [name for name in Settings.model_fields if _in_words(name) == name] == []


def test_that_settings_that_may_not_be_read_are_left_and_not_written(tmp_path, monkeypatch) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(SETTINGS)

    def refuse(*_arguments):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as denied:
        denied.setattr("moeplanner_gui.safe_read.os.open", refuse)
        store = SettingsStore(tmp_path)
    assert "you may not read it" in store.damage
    store.settings.theme = "light"
    assert not store.save()
    assert file.read_bytes() == SETTINGS


def test_that_settings_that_cannot_be_put_aside_are_not_written_over(tmp_path, monkeypatch) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(b"{")
    monkeypatch.setattr("moeplanner_gui.safe_read.put_aside", lambda _path: None)
    store = SettingsStore(tmp_path)
    assert "was left as it is" in store.damage
    assert not store.save()
    assert file.read_bytes() == b"{"


def test_that_two_windows_do_not_forget_each_others_settings(tmp_path: Path) -> None:
    first, second = SettingsStore(tmp_path), SettingsStore(tmp_path)
    first.settings.remember_file(Path("/a.moeplan"))
    first.settings.theme = "dark"
    first.save()
    second.settings.remember_file(Path("/b.moeplan"))
    second.settings.tab = "cost"
    second.save()
    third = SettingsStore(tmp_path).settings
    assert third.recent == ["/b.moeplan", "/a.moeplan"]
    assert (third.theme, third.tab) == ("dark", "cost")
    first.settings.recent = []
    first.save()
    assert SettingsStore(tmp_path).settings.recent == []


def test_that_the_window_names_damaged_settings_and_an_odd_place_of_it(
    qtbot, own_settings, monkeypatch
) -> None:
    own_settings.mkdir()
    (own_settings / "settings.json").write_text(
        json.dumps({"geometry": "AAAA", "columns": [5], "rows": [9] * 3, "tab": "?", "theme": 1})
    )  # fmt: skip
    window = build_window(store=SettingsStore(own_settings))
    qtbot.addWidget(window)
    window.show()
    window.start(sample=True)
    said = window.bars.bar("settings").accessibleName()
    assert "settings.json.broken-1" in said and "the theme" in said
    assert window.width() >= 960 and window.tabs.current_key


# Autosaves -----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", BREAKS)
def test_that_an_autosave_of_any_kind_is_kept_aside_and_the_others_recovered(
    tmp_path: Path, how: str
) -> None:
    folder = tmp_path / "autosave"
    sound = autosave()
    broken(folder / "session-1.json", how, sound)
    (folder / "session-2.json").write_bytes(sound)
    assert [item.kept_in.name for item in find_left_over(tmp_path)] == ["session-2.json"]
    (found,) = put_broken_aside(tmp_path)
    assert found.kept.name == "session-1.json.broken-1" and found.reason
    assert same_thing(found.kept, how, sound)
    assert put_broken_aside(tmp_path) == ()


@pytest.mark.parametrize(
    "over",
    [
        {"plan": 7},
        {"plan": "{}"},
        {"time": "yesterday"},
        {"time": None},
        {"path": 7},
        {"path": "a\0b"},
        {"label": ["x"], "plan": None},
    ],
)
def test_that_wrong_types_in_an_autosave_are_said(tmp_path: Path, over) -> None:
    (tmp_path / "autosave").mkdir()
    content = {**json.loads(autosave()), **over}
    (tmp_path / "autosave" / "session-1.json").write_text(json.dumps(content))
    assert find_left_over(tmp_path) == ()
    assert len(put_broken_aside(tmp_path)) == 1


def test_that_the_window_says_where_a_broken_autosave_lies(window, own_settings) -> None:
    folder = own_settings / "autosave"
    folder.mkdir(exist_ok=True)
    (folder / "session-1.json").write_bytes(b"{")
    window.recovery.offer()
    said = window.bars.bar("recovery_broken").accessibleName()
    assert "session-1.json.broken-1" in said
    assert window.bars.bar("recovery") is None


def test_that_a_file_in_the_place_of_the_autosaves_folder_is_said_once(window, own_settings):
    own_settings.mkdir(exist_ok=True)
    (own_settings / "autosave").write_text("mine")
    window.document.apply("x", edits.set_workload(window.document.plan, context_tokens=2048))
    assert not window.autosave.save_now()
    assert "a file is in the place" in window.bars.bar("autosave").accessibleName()
    assert (own_settings / "autosave").read_text() == "mine"


# Clocks --------------------------------------------------------------------------------------


def test_that_what_is_kept_later_is_newer_however_the_clock_is_set(
    window, own_settings, monkeypatch
) -> None:
    clock = [0]
    monkeypatch.setattr("moeplanner_gui.ui.autosave.time.time_ns", lambda: clock[0])
    orders = []
    for tokens, time in ((1024, 2 * 10**18), (2048, 5), (3072, 1_000), (4096, 17 * 10**17)):
        clock[0] = time
        plan = edits.set_workload(window.document.plan, context_tokens=tokens)
        window.document.apply("x", plan)
        window.autosave.save_now()
        orders.append(json.loads(window.autosave.file_of().read_bytes())["order"])
    assert orders == sorted(orders) and len(set(orders)) == 4


def test_that_a_run_after_the_clock_was_set_back_is_offered_before_the_earlier_one(
    window, own_settings, monkeypatch
) -> None:
    folder = own_settings / "autosave"
    folder.mkdir()
    far = 4_000_000_000_000_000_000
    earlier = edits.set_workload(empty_plan(), context_tokens=1024)
    (folder / "session-1.json").write_bytes(
        autosave(earlier, order=far, time="2096-10-02T07:06:40", label="Earlier")
    )
    window.recovery.offer()
    window.autosave.start(window.recovery.highest_order)
    window.document.apply("x", edits.set_workload(window.document.plan, context_tokens=2048))
    window.autosave.save_now()
    kept = window.autosave.file_of()
    (folder / "session-2.json").write_bytes(kept.read_bytes())
    found = find_left_over(own_settings)
    assert [item.plan.workload.context_tokens for item in found] == [2048, 1024]


def test_that_a_time_of_a_wrong_clock_is_not_said() -> None:
    now = datetime.now()
    assert _when(now - timedelta(hours=1))
    assert _when(datetime(1970, 1, 1)) == ""
    assert _when(datetime(now.year - 1, 11, 23, 2, 10)) == f"{now.year - 1}-11-23 02:10"
    assert _when(now + timedelta(days=400)) == ""


def test_that_an_autosave_written_before_the_file_was_saved_is_not_offered(
    window, own_settings, tmp_path
) -> None:
    # Killed between writing the plan and forgetting its autosave.
    window.document.apply("x", edits.set_workload(window.document.plan, context_tokens=2048))
    window.autosave.save_now()
    content = json.loads(window.autosave.file_of().read_bytes())
    saved = tmp_path / "a.moeplan"
    assert window.files._write(saved)
    left = own_settings / "autosave" / "session-1.json"
    left.write_text(json.dumps({**content, "path": str(saved)}))
    window.recovery.offer()
    assert window.bars.bar("recovery") is None and not left.exists()


def test_that_a_plan_is_kept_before_it_is_saved(window, tmp_path, monkeypatch) -> None:
    # Should the program die while it saves, what is recovered is what was being saved.
    kept = []

    def save(*_arguments):
        content = json.loads(window.autosave.file_of().read_bytes())
        kept.append(json.loads(content["plan"])["workload"]["context_tokens"])
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("moeplanner_gui.ui.file_actions.save_plan_file", save)
    window.document.apply("x", edits.set_workload(window.document.plan, context_tokens=2048))
    assert not window.files._write(tmp_path / "a.moeplan")
    assert kept == [2048]


def test_that_durations_are_not_measured_by_the_clock_on_the_wall() -> None:
    package = Path(build_window.__code__.co_filename).parents[1]
    users = [
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "time.time()" in path.read_text("utf-8")
    ]
    assert users == []


# The user's rows -----------------------------------------------------------------------------


@pytest.mark.parametrize("how", BREAKS)
def test_that_own_rows_of_any_kind_are_named_and_never_written_over(
    tmp_path: Path, how: str, real_catalog
) -> None:
    own = UserCatalog(tmp_path, shipped=real_catalog.shipped)
    card = own.save_gpu(next(iter(real_catalog.gpus.values())))
    file = next((tmp_path / "gpus").glob("*.json"))
    sound = file.read_bytes()
    file.unlink()
    broken(file, how, sound)
    catalog = load_catalog(user_folder=tmp_path)
    assert any(problem.file == str(file) for problem in catalog.problems)
    assert catalog.gpus.keys() >= real_catalog.shipped.gpus.keys()
    own.reload()
    assert any(problem.file == str(file) for problem in own.problems)
    again = own.save_gpu(card)
    assert again.id in UserCatalog(tmp_path, shipped=real_catalog.shipped).gpus
    kept = file if (file.is_symlink() or file.exists()) else None
    aside = [p for p in (tmp_path / "gpus").iterdir() if ".broken-" in p.name]
    assert any(same_thing(place, how, sound) for place in [*aside, *([kept] if kept else [])])


@pytest.mark.parametrize("how", BREAKS)
def test_that_own_prices_and_claims_of_any_kind_are_never_written_over(tmp_path, how) -> None:
    from moeplanner_gui.catalog.user_claims import UserClaimError, UserClaims
    from moeplanner_gui.catalog.user_prices import UserPriceError, UserPrices

    prices = UserPrices(tmp_path / "p")
    row = PriceEntry(
        part_id="rtx4090", name="rtx4090", kind="street_new", usd=1.0, date="2026-01-02",
        source="typed in", confidence="high",
    )  # fmt: skip
    prices.keep(row)
    (file,) = (tmp_path / "p" / "prices").glob("*.json")
    sound = file.read_bytes()
    file.unlink()
    broken(file, how, sound)
    prices.reload()
    assert [problem.file for problem in prices.problems] == [str(file)]
    with contextlib.suppress(UserPriceError):
        prices.keep(row)
    assert any(same_thing(kept, how, sound) for kept in file.parent.iterdir() if kept != file) or (
        same_thing(file, how, sound)
    )
    claims = UserClaims(tmp_path / "c")
    broken(claims._path, how, b'{"version": 1, "claims": []}')
    claims.reload()
    with contextlib.suppress(UserClaimError):
        claims.forget("mine-1")
    assert same_thing(claims._path, how, b'{"version": 1, "claims": []}')


# Plans ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [how for how in BREAKS if how != "a number"])
def test_that_a_plan_of_any_kind_is_refused_with_a_sentence(tmp_path: Path, how: str) -> None:
    file = tmp_path / "a.moeplan"
    broken(file, how, plan_to_json(empty_plan()).encode())
    with pytest.raises(PlanFileError, match=r"\.$"):
        read_plan_file(file)
    assert same_thing(file, how, plan_to_json(empty_plan()).encode())


@pytest.mark.parametrize("how", ["a pipe", "a link to itself", "huge", "a folder"])
def test_that_a_last_plan_of_any_kind_does_not_keep_the_window_from_opening(
    qtbot, own_settings, tmp_path, how
) -> None:
    from moeplanner_gui.ui.open_again import OpenAgain

    file = tmp_path / "a.moeplan"
    if how not in BREAKS:
        pytest.skip("not on this system")
    broken(file, how, b"{}")
    store = SettingsStore(own_settings)
    store.settings.open_files = [str(file)]
    store.settings.last_file = str(file)
    window = build_window(store=store)
    qtbot.addWidget(window)
    OpenAgain(window.document, window.files, window.bars, store).open_rest()
    assert "a.moeplan" in window.bars.bar("open_again").accessibleName()
    assert not window.files.open_path(file)


# Reading and putting aside ---------------------------------------------------------------------


def test_that_a_file_is_read_to_its_limit_and_no_further(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"12345")
    assert read_file(file, 5) == b"12345"
    with pytest.raises(UnreadableError, match="MB large"):
        read_file(file, 4)
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "y", 4)


def test_that_each_broken_file_gets_a_name_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "x"
    (tmp_path / "x.broken-1").symlink_to("nothing")
    for number in (2, 3):
        file.write_text(str(number))
        assert put_aside(file) == tmp_path / f"x.broken-{number}"
    assert (tmp_path / "x.broken-2").read_text() == "2"


def test_that_kept_plans_are_named_with_the_marks_of_the_language(tmp_path: Path) -> None:
    now = datetime.now()
    kept = [Recovered(empty_plan(), Path(f"{name}.moeplan"), now, tmp_path) for name in "abc"]
    assert "a.moeplan, b.moeplan, c.moeplan" in _what_was_kept(kept)
    words.speak(lambda key: {", ": "、"}.get(key, ""))
    try:
        assert "a.moeplan、b.moeplan、c.moeplan" in _what_was_kept(kept)
    finally:
        words.speak(None)
