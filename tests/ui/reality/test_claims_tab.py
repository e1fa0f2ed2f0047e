"""The list of claims: when it is made, what it says, filter, keys, loading, copying."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.claims.amounts import shown_pair
from moeplanner_gui.core.claims.verdict_words import counts, off_by_text, verdict_text
from moeplanner_gui.export.claims import claim_markdown
from moeplanner_gui.ui.app import build_window
from moeplanner_gui.ui.reality import table
from moeplanner_gui.ui.reality.rows import ClaimRow, Heading
from moeplanner_gui.ui.reality.words import TSV_HEAD

IMPOSSIBLE = "E-042"


def claims_in(view) -> list[ClaimRow]:
    return [line for line in view.table.claims.lines if isinstance(line, ClaimRow)]


def text(view, claim_id: str, column: int) -> str:
    return view.table.claims.index(view.table.claims.row_of(claim_id), column).data()


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def test_that_nothing_of_it_is_imported_before_the_tab_is_looked_at() -> None:
    said = subprocess.run(
        [
            sys.executable, "-c",
            "import sys\n"
            "from moeplanner_gui.ui.app import build_window, create_application\n"
            "app = create_application()\nwindow = build_window()\nwindow.show()\n"
            "window.tabs.make_all()\n"
            "late = [n for n in sys.modules if '.claims' in n or 'ui.reality' in n]\n"
            "print(late, window.tabs.view('reality'))\n"
        ],
        capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    assert said.strip() == "[] None"


def test_that_the_tab_of_the_last_time_is_made_after_the_first_picture(store, known, qtbot) -> None:
    store.settings.tab = "reality"
    window = build_window(store=store)
    window.files.ask_unsaved = lambda: "discard"
    assert window.tabs.current_key == "reality" and window.tabs.view("reality") is None
    window.show()
    qtbot.waitUntil(lambda: window.tabs.view("reality") is not None, timeout=10_000)
    view = window.tabs.view("reality")
    qtbot.waitUntil(lambda: bool(claims_in(view)), timeout=15_000)
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_that_the_shortcut_shows_the_tab_and_the_keyboard_reaches_the_claims(window, qtbot) -> None:
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    view = window.tabs.view("reality")
    qtbot.waitUntil(lambda: bool(claims_in(view)), timeout=15_000)
    view.head.search.setFocus()
    QTest.keyClick(view.head.search, Qt.Key.Key_Down)
    assert view.table.hasFocus() or not window.isActiveWindow()
    first = view.table.current
    QTest.keyClick(view.table, Qt.Key.Key_Down)
    assert view.table.current is not first and view.detail.row is view.table.current
    view.end()


def test_that_the_first_are_told_at_once_and_all_in_order(
    window, qtbot, judged, monkeypatch
) -> None:
    told = []
    window.tabs.show_tab("reality")
    view = window.tabs.view("reality")
    view.judging.judged.connect(told.append)
    with qtbot.waitSignal(view.judging.finished, timeout=30_000):
        pass
    assert len(told[0]) <= 12 < len(told[-1]) + len(told[0])
    assert [one for some in told for one in some] == list(judged.values())
    assert [row.judgement for row in claims_in(view)] == list(judged.values())
    view.end()


def test_that_every_cell_says_what_the_core_computed(reality, judged) -> None:
    assert len(claims_in(reality)) == len(judged) > 300
    for row in claims_in(reality):
        found = judged[row.claim.id]
        claimed, computed = shown_pair(found.claimed, found.computed)
        cells = list(row.cells)
        assert cells[0] == verdict_text(found)
        assert cells[2:5] == [claimed, computed, off_by_text(found)]


def test_that_the_chips_count_the_verdicts_and_filter_by_them(reality, judged) -> None:
    known = counts(judged.values())
    chips = reality.head.chips.chips
    assert chips[""].text() == f"All {len(judged)}"
    assert chips["wrong"].text() == f"Wrong {known['wrong']}"
    assert all(chip.accessibleName() for chip in chips.values())
    QTest.mouseClick(chips["cannot_be_true"], Qt.MouseButton.LeftButton)
    assert {row.verdict for row in claims_in(reality)} == {"cannot_be_true"}
    assert len(claims_in(reality)) == known["cannot_be_true"]
    QTest.keyClick(chips["holds"], Qt.Key.Key_Space)
    assert len(claims_in(reality)) == known["holds"]


def test_that_a_search_finds_words_anywhere_and_escape_clears_it(reality, judged) -> None:
    QTest.keyClicks(reality.head.search, "4090 OFFLOAD".lower())
    QTest.keyClicks(reality.head.search, "zzz")
    assert claims_in(reality) == []
    assert reality.nothing.accessibleName() == "No claim has these words"
    assert reality.detail.row is None
    QTest.keyClick(reality.head.search, Qt.Key.Key_Escape)
    assert len(claims_in(reality)) == len(judged)
    QTest.keyClicks(reality.head.search, "e-042")
    assert [row.claim.id for row in claims_in(reality)] == [IMPOSSIBLE]
    assert reality.head.chips.chips[""].text() == "All 1"


def test_that_orders_group_by_article_by_topic_or_put_the_furthest_off_first(reality) -> None:
    lines = reality.table.claims.lines
    heads = [line.text for line in lines if isinstance(line, Heading)]
    assert [head[:9] for head in heads] == [f"Article {key}" for key in "ABCDE"]
    reality.head.order.setCurrentIndex(1)
    heads = [line.text for line in reality.table.claims.lines if isinstance(line, Heading)]
    assert heads[:2] == ["Model", "Weights"]
    reality.head.order.setCurrentIndex(2)
    rows = reality.table.claims.lines
    assert not any(isinstance(line, Heading) for line in rows)
    wrong = [row for row in rows if row.verdict in ("wrong", "cannot_be_true")]
    assert list(rows[: len(wrong)]) == wrong
    factors = [row.judgement.factor or 1.0 for row in wrong]
    assert factors == sorted(factors, reverse=True)


def test_that_headings_are_passed_over_by_the_keyboard_and_by_the_mouse(reality) -> None:
    model = reality.table.claims
    heading = next(n for n, line in enumerate(model.lines) if isinstance(line, Heading) and n)
    reality.table.setCurrentIndex(model.index(heading - 1, 1))
    QTest.keyClick(reality.table, Qt.Key.Key_Down)
    assert reality.table.currentIndex().row() == heading + 1
    assert not model.flags(model.index(heading, 0)) & Qt.ItemFlag.ItemIsSelectable


def test_that_the_detail_shows_bars_arithmetic_and_what_was_mixed_up(reality, judged) -> None:
    reality.show_claim(IMPOSSIBLE)
    detail, found = reality.detail, judged[IMPOSSIBLE]
    assert detail.row.claim.id == IMPOSSIBLE
    assert detail.verdict.accessibleName() == "Verdict: Cannot be true"
    assert detail.mixed_up.text() == "Mixed up: active for total"
    assert detail.because.text() == found.because
    assert detail.works.text() == found.works
    bars = detail.bars.bars
    assert (bars.claimed.value, bars.claimed.high) == (22.0, 26.0)
    assert bars.computed.value == found.computed.low
    assert bars.limit_text == "49.45 GB usable on the cards"
    for step in found.steps:
        assert step.label in detail.steps.accessibleDescription()


def test_that_a_claim_that_something_fits_has_its_size_against_what_can_be_used(reality) -> None:
    reality.show_claim("A-E")
    bars = reality.detail.bars.bars
    assert bars.claimed.label == "Claimed to be enough: 2 × RTX 4090"
    assert bars.claimed.value == bars.limit < bars.computed.value


def test_that_what_has_no_numbers_has_no_bars_and_no_plan(reality) -> None:
    reality.show_claim("A-040")
    assert reality.detail.bars.bars is None and reality.detail.bars.isHidden()
    assert not reality.detail.load.isEnabled()


def test_that_loading_opens_a_tab_of_its_own_and_leaves_the_open_plan_alone(
    reality, window, judged
) -> None:
    document = window.document
    first, before, steps = document.session, document.plan, document.undo_stack.count()
    reality.show_claim(IMPOSSIBLE)
    QTest.mouseClick(reality.detail.load, Qt.MouseButton.LeftButton)
    wanted = judged[IMPOSSIBLE].plans[0]
    assert len(document.sessions) == 2 and document.session is not first
    assert document.plan == wanted.plan.replace(name=wanted.label)
    assert first.plan == before and first.undo_stack.count() == steps
    document.show_session(first)
    reality.show_claim(IMPOSSIBLE)
    QTest.keyClick(reality.table, Qt.Key.Key_Return)
    assert len(document.sessions) == 2 and document.session is not first


def test_that_all_plans_of_a_claim_can_be_loaded_and_the_best_is_shown(
    reality, window, judged
) -> None:
    claim_id = next(key for key, found in judged.items() if len(found.plans) == 3)
    reality.show_claim(claim_id)
    actions = reality.detail.more.menu().actions()
    actions[-1].trigger()
    plans = judged[claim_id].plans
    assert [s.plan for s in window.document.sessions[1:]] == [
        one.plan.replace(name=one.label) for one in plans
    ]
    assert window.document.session.plan.name == plans[0].label


def test_that_markdown_and_table_are_copied(reality, judged) -> None:
    reality.show_claim(IMPOSSIBLE)
    QTest.mouseClick(reality.detail.copy, Qt.MouseButton.LeftButton)
    row = reality.table.current
    assert clipboard() == claim_markdown(row.claim, judged[IMPOSSIBLE], row.article)
    reality.copy_table()
    lines = clipboard().split("\n")
    assert lines[0].split("\t") == list(TSV_HEAD)
    assert len(lines) == len(judged) + 1
    assert all(line.count("\t") == len(TSV_HEAD) - 1 for line in lines)
    QTest.keyClick(reality.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert len(clipboard().split("\n")) == 2 and IMPOSSIBLE in clipboard()


def test_that_claims_are_judged_again_when_rows_or_prices_are_others(
    reality, window, settled, monkeypatch
) -> None:
    seen = []
    run = reality.judging.judge
    monkeypatch.setattr(
        reality.judging, "judge", lambda load, base: (seen.append(base), run(load, base))
    )
    window.tabs.show_tab("memory")
    window.document.reload_catalog(load_catalog())
    assert seen == []
    window.tabs.show_tab("reality")
    assert seen == [window.document.rows.base]
    settled()
    window.document.reload_catalog(load_catalog())
    assert seen[1:] == [window.document.rows.base]
    # What stood there stays until the new verdicts are known.
    assert all(row.judgement is not None for row in claims_in(reality))
    settled()


def test_that_a_failure_says_so_and_is_tried_again(window, qtbot, monkeypatch) -> None:
    from moeplanner_gui.core.claims import judge

    def fail(*_args):
        raise RuntimeError("no rows")
        yield

    with monkeypatch.context() as broken:
        broken.setattr(judge, "judge_all", fail)
        window.tabs.show_tab("reality")
        view = window.tabs.view("reality")
        qtbot.waitUntil(lambda: view.bars.bar("failed") is not None, timeout=20_000)
        assert "no rows" in view.bars.bar("failed").accessibleName()
        qtbot.waitUntil(lambda: not view.judging.is_running)
    view._try_again()
    qtbot.waitUntil(lambda: any(row.judgement for row in claims_in(view)), timeout=15_000)
    assert view.bars.bar("failed") is None
    view.end()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(960, 600), (1280, 720), (2560, 1440)])
def test_that_every_verdict_has_room_at_every_size(reality, window, theme, size) -> None:
    window.themes.set_mode(theme)
    window.resize(*size)
    QTest.qWait(1)
    view = reality.table
    assert view.columnWidth(table.CLAIM) >= table.LEAST_CLAIM_PX
    assert reality.detail.width() >= 300
    chips = reality.head.chips
    assert chips.geometry().right() <= reality.head.width()
    assert not window.grab().isNull()


def test_that_everything_that_takes_the_keyboard_has_a_name(reality) -> None:
    from PySide6.QtWidgets import QWidget

    reality.show_page("contradictions")
    reality.show_page("tables")
    nameless = [
        widget
        for widget in reality.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not (widget.accessibleName() or getattr(widget, "text", str)())
        and widget.objectName() not in ("qt_scrollarea_viewport",)
        and not widget.objectName().startswith("qt_")
    ]
    assert nameless == []


def test_that_large_text_puts_the_buttons_of_a_claim_below_each_other(reality) -> None:
    view = reality
    foot = view.detail._foot
    assert foot.direction() == foot.Direction.LeftToRight
    for button in (view.detail.copy, view.detail.load):
        font = button.font()
        font.setPointSizeF(2.6 * font.pointSizeF())
        button.setFont(font)
    view.detail._share_foot()
    assert foot.direction() == foot.Direction.TopToBottom
