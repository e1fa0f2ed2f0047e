"""A disk that is full or may not be written: the program works, says it once, and loses nothing.

As root on Linux the disk is a real one, of 256 KB; elsewhere the largest size of a file is
limited, or the folder is made read-only.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from moeplanner_gui.core import edits
from moeplanner_gui.export.plan_file import read_plan
from moeplanner_gui.ui.app import build_window
from moeplanner_gui.ui.left_over import find_left_over
from moeplanner_gui.ui.safety import why_not_writable
from moeplanner_gui.ui.settings import SettingsStore

ROOT = Path(__file__).resolve().parents[2]
SIZE = 256 * 1024


def mounted(place: Path, *options: str) -> bool:
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return False
    place.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "none", str(place)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def unmount(place: Path) -> None:
    subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own, which :func:`fill` fills."""
    place = tmp_path / "disk"
    if not mounted(place, f"size={SIZE}"):
        pytest.skip("only root may mount a small disk")
    yield place
    unmount(place)


def fill(place: Path) -> Path:
    """Write until nothing fits any more."""
    filler = place / "filler"
    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as stream:
        while True:
            stream.write(b"x" * 4096)
    return filler


@pytest.fixture
def window_on(qtbot):
    """A window whose settings and autosaves lie in a given folder."""
    windows = []

    def begin(folder: Path):
        store = SettingsStore(folder)
        store.settings.theme = "light"
        window = build_window(store=store)
        window.files.ask_unsaved = lambda: "discard"
        windows.append(window)
        qtbot.addWidget(window)
        window.show()
        window.start(sample=True)
        return window

    yield begin
    for window in windows:
        window.close()


def shorten(window, tokens: int) -> None:
    plan = edits.set_workload(window.document.plan, context_tokens=tokens)
    window.document.apply("Shorten", plan)


def temporary(place: Path) -> list[Path]:
    return list(place.rglob(".moeplanner-*.tmp"))


def test_that_a_full_disk_costs_neither_the_old_file_nor_the_plan(
    small_disk, window_on, monkeypatch
) -> None:
    window = window_on(small_disk / "config")
    file = small_disk / "a.moeplan"
    shorten(window, 1024)
    assert window.files._write(file)
    old = file.read_bytes()
    said = []
    window.autosave.failed.connect(said.append)
    filler = fill(small_disk)
    shorten(window, 2048)
    assert not window.files._write(file)
    said_of_old = window.bars.bar("file_error").accessibleName()
    assert "The file on disk is unchanged. The plan is still open." in said_of_old
    assert not window.files._write(small_disk / "b.moeplan")
    assert "unchanged" not in window.bars.bar("file_error").accessibleName()
    assert file.read_bytes() == old
    assert "the disk is full" in window.bars.bar("file_error").accessibleName()
    assert "the disk is full" in window.bars.bar("autosave").accessibleName()
    assert window.document.is_modified and window.document.plan.workload.context_tokens == 2048
    assert not window.store.save()
    assert not window.autosave.save_now()
    assert said == ["the disk is full"]
    assert window.status.saved.text() == "Not saved · cannot be kept automatically"
    assert temporary(small_disk) == []
    # Room again: everything is kept, by itself too.
    filler.unlink()
    assert window.autosave.save_now()
    assert window.autosave.is_kept(window.document.session)
    assert window.status.saved.text() == "Not saved yet · kept automatically"
    assert window.files._write(file)
    assert read_plan(file).workload.context_tokens == 2048
    assert window.store.save()


def test_that_a_full_disk_refuses_own_rows_and_exports_in_words(small_disk, real_catalog) -> None:
    from moeplanner_gui.catalog.user import UserCatalog, UserCatalogError
    from moeplanner_gui.core.assess import evaluate
    from moeplanner_gui.export.csv import write_csv
    from moeplanner_gui.ui.plan_titles import empty_plan

    own = UserCatalog(small_disk / "own", shipped=real_catalog.shipped)
    card = own.save_gpu(next(iter(real_catalog.gpus.values())))
    filler = fill(small_disk)
    with pytest.raises(UserCatalogError, match="the disk is full"):
        own.update("gpu", card.model_copy(update={"name": "Another"}))
    assert own.gpus[card.id] == card
    plan = empty_plan()
    with pytest.raises(OSError):
        write_csv(small_disk / "a.csv", plan, evaluate(plan, real_catalog), real_catalog)
    assert not (small_disk / "a.csv").exists() and temporary(small_disk) == []
    filler.unlink()
    own.update("gpu", card.model_copy(update={"name": "Another"}))
    assert own.gpus[card.id].name == "Another"


LIMITED = """
import resource, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
from moeplanner_gui.export.plan_file import PlanFileError, write_plan
from moeplanner_gui.ui.plan_titles import empty_plan
from moeplanner_gui.ui.settings import SettingsStore
folder = Path(sys.argv[1])
try:
    write_plan(folder / "a.moeplan", empty_plan())
except PlanFileError as error:
    print(error)
store = SettingsStore(folder)
store.on_refused = print
store.settings.recent = ["/x" * 400]
print(store.save(), store.save())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_that_a_limit_of_a_files_size_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "a.moeplan").write_text("old")
    (tmp_path / "settings.json").write_text('{"tab": "speed"}')
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert "would grow past the size limit" in lines[0], done.stderr
    assert lines[1:] == ["the file would grow past the size limit set for it", "False False"]
    assert (tmp_path / "a.moeplan").read_text() == "old"
    assert (tmp_path / "settings.json").read_text() == '{"tab": "speed"}'
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.moeplan", "settings.json"]


# A home that may not be written --------------------------------------------------------------


@pytest.fixture
def read_only(tmp_path):
    """A folder in which nothing can be made."""
    place = tmp_path / "home"
    if mounted(place, "ro"):
        yield place
        unmount(place)
        return
    place.mkdir(exist_ok=True)
    place.chmod(0o555)
    if os.access(place, os.W_OK):
        pytest.skip("who runs this may write everywhere")
    yield place
    place.chmod(0o755)


def test_that_a_read_only_home_is_said_once_and_the_program_works(
    read_only, window_on, tmp_path, qtbot, monkeypatch
) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(read_only / name))
    window = window_on(read_only / "config" / "moeplanner")
    said = []
    window.autosave.failed.connect(said.append)
    shown = [key for key in window.bars._bars if key not in ("hint", "catalog")]
    assert shown == ["autosave"]
    text = window.bars.bar("autosave").accessibleName()
    assert (str(read_only) in text and "read-only" in text) or "may not write" in text
    window.bars.remove_bar("autosave")
    shorten(window, 2048)
    window.autosave.save_now()
    window.store.save()
    qtbot.wait(50)
    assert said == [] and window.bars.bar("autosave") is None
    assert window.bars.bar("settings") is None
    # Elsewhere it saves, opens and remembers as long as it runs.
    file = tmp_path / "a.moeplan"
    assert window.files._write(file)
    assert window.files.recent() == [file]
    assert window.files.open_path(file)
    assert find_left_over(window.store.folder) == ()


def test_that_a_folder_that_can_be_written_is_not_complained_about(tmp_path: Path) -> None:
    assert why_not_writable(tmp_path / "new" / "folder") == ""
    (tmp_path / "file").write_text("x")
    assert why_not_writable(tmp_path / "file") == "a file is in the place of the folder"
