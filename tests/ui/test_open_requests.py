"""A second start with files: they open in the window that is there, and nothing can block it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
import time

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog

from moeplanner_gui import one_window
from moeplanner_gui.core import edits
from moeplanner_gui.export.plan_file import write_plan
from moeplanner_gui.ui.open_requests import OpenRequests, _understood

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="speaks to a Unix socket")


@pytest.fixture
def private(tmp_path, monkeypatch):
    """A short folder of this test's own in the place of the system's."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="mp-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield folder


@pytest.fixture
def listening(window, private):
    requests = OpenRequests(window.files, window)
    assert requests.listen()
    yield requests
    requests.close()


@pytest.fixture
def plans(window, tmp_path):
    """Two plan files, one of them with a name of its own kind."""
    found = []
    for tokens, name in ((2048, "a.moeplan"), (4096, "größe “2”.moeplan")):
        write_plan(tmp_path / name, edits.set_workload(window.document.plan, context_tokens=tokens))
        found.append(tmp_path / name)
    return found


def second_start(*files, **more):
    """Another process that is started with files, as a double-click does it."""
    code = (
        "import sys, time\n"
        "from moeplanner_gui.one_window import hand_over\n"
        "t = time.monotonic()\n"
        "done = hand_over(sys.argv[1:])\n"
        "print(done, time.monotonic() - t, 'PySide6' in sys.modules)"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, files)], stdout=subprocess.PIPE, text=True, **more
    )


def test_that_a_second_start_opens_its_files_in_the_window_that_is_there(
    window, listening, plans, qtbot
) -> None:
    process = second_start(*plans)
    qtbot.waitUntil(lambda: window.document.path == plans[1], timeout=10_000)
    assert {session.path for session in window.document.sessions} == set(plans)
    said = process.communicate(timeout=10)[0].split()
    assert (said[0], said[2]) == ("True", "False")
    assert float(said[1]) < 1


def test_that_a_relative_name_is_that_of_the_second_start(window, listening, plans, qtbot) -> None:
    process = second_start(plans[0].name, cwd=plans[0].parent)
    qtbot.waitUntil(lambda: window.document.path == plans[0], timeout=10_000)
    process.communicate(timeout=10)


def test_that_the_same_file_twice_is_one_tab(window, listening, plans, qtbot) -> None:
    listening.want([plans[0], plans[0]])
    qtbot.waitUntil(lambda: window.document.path == plans[0])
    listening.want([plans[0]])
    qtbot.wait(20)
    assert [s.path for s in window.document.sessions].count(plans[0]) == 1


def test_that_a_file_that_is_no_plan_is_said_in_the_window(window, listening, tmp_path, qtbot):
    wrong = tmp_path / "wrong.moeplan"
    wrong.write_text("{", "utf-8")
    listening.want([wrong, tmp_path / "gone.moeplan"])
    qtbot.waitUntil(lambda: window.bars.bar("file_error") is not None)


def test_that_nothing_is_opened_under_a_dialog(window, listening, plans, qtbot) -> None:
    dialog = QDialog(window)
    dialog.setModal(True)
    dialog.show()
    listening.want([plans[0]])
    qtbot.wait(50)
    assert window.document.path != plans[0]
    dialog.close()
    qtbot.waitUntil(lambda: window.document.path == plans[0])


def test_that_a_minimised_window_comes_back(window, listening, plans, qtbot) -> None:
    window.showMinimized()
    listening.want([plans[0]])
    assert not window.isMinimized()


def test_that_the_socket_is_the_users_alone(listening, private) -> None:
    where = one_window.address()
    assert os.path.dirname(where) == private
    assert os.lstat(where).st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["DISPLAY", "XDG_CONFIG_HOME", "MOEPLANNER_CONFIG_DIR"])
def test_that_another_screen_or_other_settings_have_a_window_of_their_own(
    listening, private, monkeypatch, name
) -> None:
    monkeypatch.setenv(name, "another")
    assert not one_window.hand_over(["/x.moeplan"])


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o707])
def test_that_a_folder_that_others_may_enter_is_not_used(private, mode) -> None:
    os.chmod(private, mode)
    assert os.path.dirname(one_window.address()) != private


def test_that_a_link_in_the_place_of_the_folder_is_not_followed(
    private, tmp_path, monkeypatch
) -> None:
    real = tmp_path / "r"
    real.mkdir(mode=0o700)
    link = tmp_path / f"moeplanner-{os.getuid()}"
    link.symlink_to(real)
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert one_window.address() == ""
    assert not one_window.hand_over(["x"])


def test_that_what_a_killed_window_left_is_taken_away(window, private, qtbot, plans) -> None:
    where = one_window.address()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(where)
    assert not one_window.hand_over(["/x.moeplan"])
    requests = OpenRequests(window.files, window)
    assert requests.listen()
    process = second_start(plans[0])
    qtbot.waitUntil(lambda: window.document.path == plans[0], timeout=10_000)
    process.communicate(timeout=10)
    requests.close()
    assert not os.path.exists(where)


def test_that_a_file_in_the_place_of_the_socket_stops_nothing(window, private) -> None:
    with open(one_window.address(), "w") as file:
        file.write("x")
    requests = OpenRequests(window.files, window)
    assert requests.listen()
    requests.close()


def test_that_a_window_that_hangs_is_not_waited_for_long(private) -> None:
    with socket.socket(socket.AF_UNIX) as hangs:
        hangs.bind(one_window.address())
        hangs.listen()
        started = time.monotonic()
        assert not one_window.hand_over(["/x.moeplan"])
        assert one_window.ANSWER_WITHIN_S <= time.monotonic() - started < 4


def test_that_of_two_windows_one_listens_and_the_other_follows_it(
    window, listening, private
) -> None:
    code = (
        "from moeplanner_gui.ui.app import build_window, create_application\n"
        "from moeplanner_gui.ui.open_requests import OpenRequests\n"
        "create_application()\nwindow = build_window()\n"
        "print(OpenRequests(window.files, window).listen())"
    )
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    from PySide6.QtCore import QCoreApplication

    while other.poll() is None:
        QCoreApplication.processEvents()
    assert other.communicate()[0].strip() == "False"
    assert listening.is_listening
    listening.close()
    later = OpenRequests(window.files, window)
    assert later.listen()
    later.close()


JUNK = [
    b"", b"\n", b"{}", b"[]\n", b"nonsense\n", b"\xff\xfe\n", b'{"open": 3}\n',
    b'{"open": ["relative.moeplan"]}\n', b'{"open": ["/a\\u0000b"]}\n', b'{"open": [["/a"]]}\n',
    b"[" * 60_000 + b"\n", b"x" * 200_000, b'{"open": [' + b'"/a",' * 40 + b'"/a"]}\n',
    b'{"open": ["/a"], "token": 5}\n',
]  # fmt: skip


def test_that_junk_opens_nothing_and_the_window_stays_quick(
    window, listening, private, qtbot, monkeypatch
) -> None:
    opened = []
    monkeypatch.setattr(window.files, "open_path", lambda path: opened.append(path))
    ticks = []
    clock = QTimer()
    clock.timeout.connect(lambda: ticks.append(time.monotonic()))
    clock.start(5)
    connections = []
    for junk in JUNK * 3:
        connection = socket.socket(socket.AF_UNIX)
        connection.setblocking(False)
        connection.connect(one_window.address())
        with contextlib.suppress(OSError):
            connection.send(junk)
        connections.append(connection)
        qtbot.wait(5)
    qtbot.wait(100)
    clock.stop()
    assert opened == []
    gaps = [b - a for a, b in itertools.pairwise(ticks)]
    assert max(gaps) < 0.5
    # Those that said nothing are sent away, and the next one is heard.
    qtbot.waitUntil(lambda: listening._connections == 0, timeout=5000)
    for connection in connections:
        connection.close()
    monkeypatch.undo()


def test_that_a_token_with_anything_odd_in_it_is_dropped() -> None:
    line = json.dumps({"open": ["/a"], "token": "a\nb"}).encode()
    assert _understood(line) is not None and _understood(line)[1] == ""


EVENT = """
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtCore import QCoreApplication
import sys
from moeplanner_gui.ui.app import build_window, create_application
from moeplanner_gui.ui.open_requests import OpenRequests
application = create_application()
window = build_window()
window.show()
requests = OpenRequests(window.files, window, where="")
QCoreApplication.sendEvent(application, QFileOpenEvent(sys.argv[1]))
for _ in range(20):
    QCoreApplication.processEvents()
print(window.document.path)
"""


def test_that_a_file_that_macos_names_is_opened(plans, own_settings) -> None:
    said = subprocess.run(
        [sys.executable, "-c", EVENT, str(plans[0])], capture_output=True, text=True, timeout=60
    )
    assert said.stdout.strip() == str(plans[0]), said.stderr


def test_that_files_clicked_together_become_tabs_of_one_window(
    window, plans, private, tmp_path, qtbot
) -> None:
    third = tmp_path / "third.moeplan"
    write_plan(third, window.document.plan)
    folder = tmp_path / "other"
    environment = {**os.environ, "MOEPLANNER_CONFIG_DIR": str(folder)}
    started = [
        subprocess.Popen([sys.executable, "-m", "moeplanner_gui", str(file)], env=environment)
        for file in (*plans, third)
    ]
    try:

        def open_files() -> set[str]:
            try:
                return set(json.loads((folder / "settings.json").read_bytes())["open_files"])
            except (OSError, ValueError, KeyError):
                return set()

        wanted = {str(file) for file in (*plans, third)}
        qtbot.waitUntil(lambda: open_files() == wanted, timeout=40_000)
        qtbot.waitUntil(lambda: sum(p.poll() is None for p in started) == 1, timeout=10_000)
        assert sorted(p.poll() for p in started if p.poll() is not None) == [0, 0]
    finally:
        for process in started:
            process.kill()
            process.wait()
