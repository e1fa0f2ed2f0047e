"""Adding, changing and deleting claims of one's own, by the keyboard; hostile words."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from shiboken6 import isValid

from moeplanner_gui.catalog.user_claims import UserClaims
from moeplanner_gui.core.claims.judge import judge
from moeplanner_gui.core.claims.verdict_words import verdict_text
from moeplanner_gui.ui.reality.kinds import KINDS, Chosen, check_of, read
from moeplanner_gui.ui.reality.rows import Heading
from moeplanner_gui.ui.reality.words import OWN


@pytest.fixture
def dialog(reality, qtbot):
    """The dialog for a new claim."""
    QTest.mouseClick(reality.head.add, Qt.MouseButton.LeftButton)
    dialog = reality.own.dialog
    yield dialog
    if isValid(dialog):
        dialog.judging.end()
        dialog.close()


def choose(combo, text: str) -> None:
    combo.setCurrentIndex(combo.findText(text))
    assert combo.currentText() == text


def fill_weights(dialog, value: str = "80", says: str = "V4 Flash takes 80 GB") -> None:
    form = dialog.fields
    # Key clicks stop the program at letters that no key has.
    form.says.setText(says)
    choose(form.kind, "Size of the weights")
    choose(form.model, "DeepSeek V4 Flash")
    QTest.keyClicks(form.value, value)
    QTest.keyClicks(form.source, "a forum")


def add(reality, settled, value: str = "80", says: str = "V4 Flash takes 80 GB") -> None:
    QTest.mouseClick(reality.head.add, Qt.MouseButton.LeftButton)
    dialog = reality.own.dialog
    fill_weights(dialog, value, says)
    QTest.keyClick(dialog.fields.source, Qt.Key.Key_Return)
    settled()


def test_that_a_claim_is_judged_while_it_is_typed(dialog, qtbot, real_catalog) -> None:
    fill_weights(dialog)
    qtbot.waitUntil(lambda: "too low" in dialog.judged.text.text(), timeout=10_000)
    found = judge(dialog.fields.read(), real_catalog)
    assert dialog.judged.text.text().startswith(verdict_text(found))
    assert found.because in dialog.judged.text.text()
    dialog.fields.value.clear()
    QTest.keyClicks(dialog.fields.value, "159.6")
    qtbot.waitUntil(lambda: dialog.judged.text.text().startswith("Holds"), timeout=10_000)


def test_that_what_is_missing_is_said_and_gets_the_cursor(dialog, qtbot) -> None:
    QTest.mouseClick(dialog.keep, Qt.MouseButton.LeftButton)
    assert dialog.message.text == "Say in a few words what is claimed."
    QTest.keyClicks(dialog.fields.says, "It fits")
    QTest.mouseClick(dialog.keep, Qt.MouseButton.LeftButton)
    assert dialog.message.text == "Say where it was read, or choose an article."
    choose(dialog.fields.kind, "Speed of writing (decode)")
    QTest.keyClicks(dialog.fields.value, "fast")
    QTest.mouseClick(dialog.keep, Qt.MouseButton.LeftButton)
    assert dialog.message.text == "“fast” is no number."
    qtbot.waitUntil(lambda: "no number" in dialog.judged.text.text())
    assert dialog.claim is None and dialog.isVisible()


def test_that_every_kind_is_judged_and_read_back_as_it_was_filled_in(reality, real_catalog) -> None:
    wrong = {}
    for kind in KINDS:
        QTest.mouseClick(reality.head.add, Qt.MouseButton.LeftButton)
        dialog = reality.own.dialog
        found = list(wrong_with_kind(dialog.fields, kind, real_catalog))
        if found:
            wrong[kind.key] = found
        dialog.judging.end()
        dialog.reject()
    assert wrong == {}


def wrong_with_kind(form, kind, real_catalog) -> Iterator[str]:
    """Fill in a claim of this kind; what does not come back as it was typed."""
    QTest.keyClicks(form.says, "Something")
    QTest.keyClicks(form.source, "somewhere")
    choose(form.kind, kind.title)
    choose(form.model, "Qwen3 30B A3B")
    if "format" in kind.fields:
        choose(form.format, "Q4_K_M")
    choose(form.card, "RTX 4090")
    form.count.setValue(2)
    QTest.keyClicks(form.value, "26")
    claim = form.read()
    found = judge(claim, real_catalog)
    if found.verdict == "cannot_be_checked":
        yield found.because
    known, chosen = read(claim)
    if known != kind or check_of(known, chosen) != claim.check:
        yield f"is read back as {known}, {chosen}"
    for name, label in (("model", "Model"), ("card", "Card"), ("value", "value")):
        shown = not form._parts[name][1].isHidden()
        wanted = bool(kind.units) if name == "value" else name in kind.fields
        if shown != wanted:
            yield f"{label} is {'shown' if shown else 'hidden'}"


def test_that_return_keeps_the_claim_and_it_stands_first_with_its_verdict(
    reality, settled, own_folder
) -> None:
    add(reality, settled)
    kept = json.loads((own_folder / "claims" / "claims-mine.json").read_text("utf-8"))
    assert [one["id"] for one in kept["claims"]] == ["mine-1"]
    lines = reality.table.claims.lines
    assert isinstance(lines[0], Heading) and lines[0].text == OWN
    assert lines[1].claim.id == "mine-1" and lines[1].verdict == "wrong"
    assert reality.table.current.claim.id == "mine-1"
    assert reality.detail.edit.isVisible() and reality.detail.delete.isVisible()
    reality.show_claim("A-B")
    assert not reality.detail.edit.isVisible() and not reality.detail.delete.isVisible()


def test_that_delete_takes_only_ones_own_claims_and_undo_puts_them_back(reality, settled) -> None:
    add(reality, settled)
    count = len(reality._rows)
    reality.show_claim("A-B")
    QTest.keyClick(reality.table, Qt.Key.Key_Delete)
    assert len(reality._rows) == count and reality.bars.bar("own_claim") is None
    before = UserClaims().claims["mine-1"]
    reality.show_claim("mine-1")
    QTest.keyClick(reality.table, Qt.Key.Key_Delete)
    settled()
    assert UserClaims().claims == {} and len(reality._rows) == count - 1
    bar = reality.bars.bar("own_claim")
    undo = next(b for b in bar.findChildren(type(reality.detail.load)) if b.text() == "Undo")
    QTest.mouseClick(undo, Qt.MouseButton.LeftButton)
    settled()
    assert UserClaims().claims["mine-1"] == before
    assert reality.table.current.claim.id == "mine-1"


def test_that_f2_edits_ones_own_claim_and_judges_it_anew(reality, settled) -> None:
    add(reality, settled)
    QTest.keyClick(reality.table, Qt.Key.Key_F2)
    form = reality.own.dialog.fields
    assert form.says.text() == "V4 Flash takes 80 GB" and form.value.text() == "80"
    form.value.selectAll()
    QTest.keyClicks(form.value, "159.6")
    seen = []
    reality.judging.loaded.connect(lambda _claims: seen.append(reality.table.current.verdict))
    QTest.keyClick(form.value, Qt.Key.Key_Return)
    settled()
    # The verdict on what was claimed before never stands beside the new value.
    assert seen == [None]
    assert reality.table.current.claim.value == 159.6
    assert reality.table.current.verdict == "holds"
    assert list(UserClaims().claims) == ["mine-1"]


def test_that_a_claim_from_a_file_with_another_check_is_not_forced_into_the_form(
    reality, window, settled
) -> None:
    shipped = window.document.catalog.claims.claims["C-033"]
    UserClaims().keep(shipped.model_copy(update={"id": "mine-9", "article": None}))
    reality.claims_written.emit()
    settled()
    reality.show_claim("mine-9")
    QTest.keyClick(reality.table, Qt.Key.Key_F2)
    assert reality.own.dialog is None
    assert "in a file" in reality.bars.bar("own_claim").accessibleName()


def test_that_another_window_s_claim_appears_when_this_one_is_looked_at_again(
    reality, window, settled
) -> None:
    shipped = window.document.catalog.claims.claims["A-B"]
    UserClaims().keep(shipped.model_copy(update={"id": "mine-3", "article": None}))
    window.own.reload_if_changed()
    settled()
    assert reality.table.claims.row_of("mine-3") == 1


def test_that_nothing_that_cannot_be_written_is_lost_in_silence(
    reality, settled, own_folder
) -> None:
    own_folder.parent.mkdir(parents=True, exist_ok=True)
    own_folder.write_text("a file where the folder should be")
    QTest.mouseClick(reality.head.add, Qt.MouseButton.LeftButton)
    fill_weights(reality.own.dialog)
    QTest.keyClick(reality.own.dialog.fields.source, Qt.Key.Key_Return)
    bar = reality.bars.bar("own_claim")
    assert bar is not None and "was not kept" in bar.accessibleName()


HOSTILE = "<b>=1+1</b> \u202ekcart\u202c & | ` [x](y) " + "W" * 300


def test_that_hostile_words_are_shown_harmlessly(reality, settled) -> None:
    add(reality, settled, says=HOSTILE)
    width = reality.detail.width()
    says = reality.detail.says
    assert says.textFormat() == Qt.TextFormat.PlainText
    assert "<b>=1+1</b>" in says.text() and "\u202e" not in says.text()
    assert reality.detail.width() == width
    tip = reality.table.currentIndex().data(Qt.ItemDataRole.ToolTipRole)
    assert "<b>" not in tip and "&lt;b&gt;" in tip
    reality.copy_row()
    cells = QGuiApplication.clipboard().text().split("\n")[1].split("\t")
    assert "\u202e" not in cells[1]
    reality.copy_markdown()
    assert "\\<b\\>" in QGuiApplication.clipboard().text()


def test_that_a_cell_that_begins_like_a_formula_is_defused(reality, settled) -> None:
    add(reality, settled, says='=HYPERLINK("x")')
    reality.copy_row()
    assert QGuiApplication.clipboard().text().split("\n")[1].split("\t")[1].startswith("'=")


def test_that_fields_a_kind_does_not_ask_for_change_nothing() -> None:
    weights = next(kind for kind in KINDS if kind.key == "weights")
    one = check_of(weights, Chosen(model="qwen3-30b-a3b", format="q4_k_m"))
    other = check_of(weights, Chosen(model="qwen3-30b-a3b", format="q4_k_m", card="h100", count=9))
    assert one == other


@pytest.mark.parametrize("ends", ["accept", "reject"])
def test_that_a_form_that_is_closed_is_gone(dialog, reality, qtbot, ends: str) -> None:
    getattr(dialog, ends)()
    qtbot.waitUntil(lambda: not isValid(dialog))
    assert reality.own.dialog is None
