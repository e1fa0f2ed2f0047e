"""Judging beside the window: replaced and ended runs say nothing, failures end in a sentence."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtTest import QTest

from moeplanner_gui.core.claims import judge
from moeplanner_gui.ui.reality.judging import FIRST, Judging


@pytest.fixture
def judging(qtbot):
    judging = Judging()
    yield judging
    judging.end()


@pytest.fixture
def told(judging):
    """What was told, in order."""
    news: list[tuple[str, object]] = []
    for name in ("loaded", "judged", "failed"):
        getattr(judging, name).connect(lambda what, name=name: news.append((name, what)))
    judging.finished.connect(lambda: news.append(("finished", None)))
    return news


def echo(claims, _catalog):
    yield from claims


def test_that_claims_come_first_then_some_at_once_then_the_rest(
    judging, told, qtbot, monkeypatch
) -> None:
    monkeypatch.setattr(judge, "judge_all", echo)
    with qtbot.waitSignal(judging.finished):
        judging.judge(lambda: range(40), None)
    assert told[0] == ("loaded", tuple(range(40)))
    assert told[1] == ("judged", tuple(range(FIRST)))
    rest = [one for kind, some in told[2:] if kind == "judged" for one in some]
    assert rest == list(range(FIRST, 40)) and told[-1] == ("finished", None)


def test_that_a_run_that_was_replaced_says_nothing_any_more(
    judging, told, qtbot, monkeypatch
) -> None:
    go = threading.Event()

    def wait_first(claims, catalog):
        if catalog == "old":
            go.wait(10)
        yield from claims

    monkeypatch.setattr(judge, "judge_all", wait_first)
    judging.judge(lambda: ("old",), "old")
    with qtbot.waitSignal(judging.finished):
        judging.judge(lambda: ("new",), "new")
    go.set()
    qtbot.waitUntil(lambda: not judging.is_running)
    assert ("judged", ("new",)) in told
    QTest.qWait(1)
    assert not any("old" in (what or ()) for kind, what in told if kind == "judged")
    assert told.count(("finished", None)) == 1


def test_that_what_goes_wrong_ends_in_a_sentence(judging, told, qtbot, monkeypatch) -> None:
    def fail() -> tuple[()]:
        raise OSError("the disk is gone")

    with qtbot.waitSignal(judging.failed):
        judging.judge(fail, None)
    assert told == [("failed", "OSError: the disk is gone")]


def test_that_ending_waits_for_the_thread(judging, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(judge, "judge_all", echo)
    judging.judge(lambda: range(10_000), None)
    judging.end()
    assert not judging.is_running
