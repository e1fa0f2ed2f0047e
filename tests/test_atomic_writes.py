"""Every file that the program writes is written in one step: a new way round it is noticed."""

from __future__ import annotations

import ast
import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from moeplanner_gui import safe_write
from moeplanner_gui.safe_write import why_not_written, write_file_atomically

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "moeplanner_gui"

ALLOWED = {
    ("safe_write.py", "os.open"): "the function itself, for pipes and folders",
    ("safe_write.py", "os.replace"): "the function itself",
    ("safe_write.py", "tempfile.mkstemp"): "the function itself",
    ("safe_write.py", "os.fdopen"): "the function itself",
    ("safe_read.py", "os.open"): "for reading only",
    ("safe_read.py", "rename"): "a broken file is put aside under a free name",
    ("one_window.py", "open r+b"): "a named pipe of Windows, no file",
    ("catalog/file_lock.py", "os.open"): "a lock, which is empty",
    ("catalog/user.py", "rename"): "a broken file is put aside under a free name",
    ("catalog/bundle.py", "write_bytes"): "into a new folder, which takes its place as a whole",
    ("catalog/update.py", "os.open"): "what was written into the new folder is flushed",
    ("catalog/update.py", "rename"): "the new folder takes its place",
    ("commands/console.py", "os.open"): "the null device",
    ("detect/child.py", "os.open"): "the null device",
    ("detect/host_files.py", "os.open"): "for reading only",
    ("detect/intel_memory.py", "os.open"): "a device, asked by ioctl",
    ("self_test.py", "save"): "a picture in a folder of the test's own",
    ("ui/fault_file.py", "os.open"): "grows while the program runs, read only when it died",
    ("ui/fault_file.py", "rename"): "a report is kept under another name",
}
"""Where something else than write_file_atomically writes, and why that is right there."""

_NAMES = {"write_text", "write_bytes", "QSaveFile", "NamedTemporaryFile", "mkstemp", "copyfile"}
_TAKE_A_NAME = {"save", "QFile", "QPdfWriter", "setFileName", "setOutputFileName"}
_MODULE_CALLS = {"os.replace", "os.rename", "shutil.copy", "shutil.copyfile", "shutil.move",
                 "shutil.copytree", "tempfile.mkstemp", "os.fdopen"}  # fmt: skip


def writes(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        last = called.rpartition(".")[2]
        if called in _MODULE_CALLS:
            if called != "os.fdopen" or any(m in ast.unparse(node) for m in ("'w", "'a", "'x")):
                yield called
        elif called == "os.open":
            if any(
                flag in ast.unparse(node) for flag in ("O_WRONLY", "O_RDWR", "O_CREAT", "flags")
            ):
                yield "os.open"
        elif last == "open":
            mode = _mode(node, 0 if called != "open" else 1)
            if any(letter in mode for letter in "wax+"):
                yield f"open {mode}"
        elif last in _NAMES:
            yield last
        elif last == "rename" and len(node.args) == 1 and isinstance(node.func, ast.Attribute):
            yield "rename"
        elif last in _TAKE_A_NAME and _takes_a_name(node):
            yield last


def _takes_a_name(node: ast.Call) -> bool:
    """QImage.save(path) is meant; not painter.save(), save(row) or image.save(buffer, "PNG")."""
    is_method = isinstance(node.func, ast.Attribute) or ast.unparse(node.func) != "save"
    return is_method and bool(node.args) and "buffer" not in ast.unparse(node.args[0])


def _mode(node: ast.Call, place: int) -> str:
    given = [word.value for word in node.keywords if word.arg == "mode"] or node.args[place:][:1]
    if given and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str):
        return given[0].value
    return ""


def found(package: Path = PACKAGE) -> set[tuple[str, str]]:
    return {
        (path.relative_to(package).as_posix(), what)
        for path in package.rglob("*.py")
        for what in writes(ast.parse(path.read_text("utf-8")))
    }


def test_that_nothing_is_written_round_the_atomic_write() -> None:
    assert sorted(found() - ALLOWED.keys()) == []


def test_that_no_exception_is_left_over() -> None:
    assert sorted(ALLOWED.keys() - found()) == []


@pytest.mark.parametrize(
    "code",
    [
        "open(p, 'w')",
        "open(p, mode='ab')",
        "path.open('x')",
        "path.write_text(t)",
        "path.write_bytes(b)",
        "os.replace(a, b)",
        "shutil.copy(a, b)",
        "os.open(p, os.O_WRONLY | os.O_CREAT)",
        "QSaveFile(p)",
        "QPdfWriter(path)",
        "image.save(str(path))",
        "generator.setFileName(path)",
        "path.rename(other)",
    ],
)
def test_that_a_new_way_to_write_would_be_noticed(tmp_path: Path, code: str) -> None:
    (tmp_path / "new.py").write_text(code)
    assert found(tmp_path)


@pytest.mark.parametrize("code", ["open(p, 'rb')", "p.open()", "painter.save()", "x.read_text()"])
def test_that_reading_is_no_write(tmp_path: Path, code: str) -> None:
    (tmp_path / "new.py").write_text(code)
    assert not found(tmp_path)


# What the atomic write itself does -----------------------------------------------------------


def test_that_the_bytes_are_on_the_disk_before_the_name_and_the_name_after(
    tmp_path: Path, monkeypatch
) -> None:
    steps = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(handle):
        is_folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        steps.append("folder" if is_folder else f"file of {os.fstat(handle).st_size}")
        real_fsync(handle)

    def replace(source, target):
        steps.append("replace")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    write_file_atomically(tmp_path / "x", b"12345")
    assert steps == ["file of 5", "replace"] + (["folder"] if os.name != "nt" else [])


def test_that_a_file_that_is_held_open_for_a_moment_is_replaced_in_the_end(
    tmp_path: Path, monkeypatch
) -> None:
    # What Windows does while a virus scanner reads the old file.
    monkeypatch.setattr(safe_write, "REPLACE_TRIES", 12)
    monkeypatch.setattr(safe_write, "_FIRST_PAUSE_S", 0.001)
    real, refused = os.replace, []

    def replace(source, target):
        if len(refused) < 4:
            refused.append(1)
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    (tmp_path / "x").write_bytes(b"old")
    write_file_atomically(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"new" and len(refused) == 4


def test_that_one_that_stays_held_is_refused_and_left(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(safe_write, "REPLACE_TRIES", 3)
    monkeypatch.setattr(safe_write, "_FIRST_PAUSE_S", 0.0)

    def replace(_source, _target):
        raise PermissionError(errno.EACCES, "The process cannot access the file")

    monkeypatch.setattr(os, "replace", replace)
    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(PermissionError):
        write_file_atomically(tmp_path / "x", b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x").read_bytes() == b"old"


@pytest.mark.skipif(os.name == "nt", reason="files have no such permissions there")
def test_that_two_threads_that_write_at_once_give_new_files_the_same_permissions(
    tmp_path: Path, monkeypatch
) -> None:
    # The mask can only be read by setting it: one thread has set it when the other one asks.
    real, is_set, other_is_done = os.umask, threading.Event(), threading.Event()

    def umask(mask):
        before = real(mask)
        if not is_set.is_set():
            is_set.set()
            other_is_done.wait(0.3)
        return before

    def other() -> None:
        is_set.wait(10)
        write_file_atomically(tmp_path / "other", b"x")
        other_is_done.set()

    monkeypatch.setattr(os, "umask", umask)
    thread = threading.Thread(target=other)
    thread.start()
    write_file_atomically(tmp_path / "one", b"x")
    thread.join(10)
    assert (tmp_path / "one").stat().st_mode == (tmp_path / "other").stat().st_mode


LEAVE = """
import os, sys
from moeplanner_gui import safe_write
def die(_handle):
    if sys.argv[2] == "dies":
        os._exit(9)
    print("waits", flush=True)
    sys.stdin.read()
os.fsync = die
safe_write.write_file_atomically(sys.argv[1], b"x" * 1000)
"""


@pytest.mark.skipif(os.name == "nt", reason="an open file is not deleted there anyway")
def test_that_what_a_dead_write_left_goes_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LEAVE, str(tmp_path / "x")]
    subprocess.run([*command, "dies"], cwd=ROOT, check=False, timeout=60)
    living = subprocess.Popen(
        [*command, "lives"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert living.stdout is not None and living.stdout.readline() == b"waits\n"
    assert len(list(tmp_path.glob(".moeplanner-*.tmp"))) in (1, 2)
    safe_write._tidied.clear()
    write_file_atomically(tmp_path / "y", b"y")
    assert len(list(tmp_path.glob(".moeplanner-*.tmp"))) == 1
    living.communicate(b"", timeout=60)
    assert living.returncode == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x", "y"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_that_a_pipe_that_nobody_reads_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError) as refused:
        write_file_atomically(tmp_path / "pipe", b"x")
    assert why_not_written(refused.value) == "it is a pipe that nobody reads"


def test_that_each_reason_of_the_system_has_words() -> None:
    for number in (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EEXIST, errno.ELOOP):
        assert why_not_written(OSError(number, os.strerror(number))) != os.strerror(number)


KILLED_AT_EACH_STEP = """
import os, signal, sys
from pathlib import Path
from moeplanner_gui import safe_write
file = Path(sys.argv[1])
old, new = b"old" * 30_000, b"new" * 40_000
torn = kills = 0
while True:
    file.write_bytes(old)
    safe_write._tidied.clear()
    pid = os.fork()
    if pid == 0:
        left = kills
        def count(_frame, event, _what):
            global left
            if event in ("call", "c_call", "c_return"):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.setprofile(count)
        safe_write.write_file_atomically(file, new)
        sys.setprofile(None)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    torn += file.read_bytes() not in (old, new)
    if os.WIFEXITED(status):
        break
    kills += 1
safe_write._tidied.clear()
safe_write.write_file_atomically(file, new)
print(kills, torn, sorted(path.name for path in file.parent.iterdir()), file.read_bytes() == new)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a process between any two of its steps")
def test_that_a_kill_between_any_two_steps_leaves_the_old_file_or_the_new_one(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT_EACH_STEP, str(tmp_path / "x")],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    kills, torn, files = done.stdout.split(" ", 2)
    assert int(kills) > 40
    assert int(torn) == 0
    assert files == "['x'] True\n"
