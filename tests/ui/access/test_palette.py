"""The command palette: it finds what is meant, says what cannot be done, remembers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from moeplanner_gui.core import edits
from moeplanner_gui.ui.palette import plain_text
from moeplanner_gui.ui.palette_search import Entry, matching, rank, remembered
from moeplanner_gui.ui.palette_words import OTHER_WORDS
from moeplanner_gui.ui.why_disabled import REASONS, why_disabled


def entry(text: str, place: str = "", tip: str = "", why_not: str = "") -> Entry:
    return Entry(text.lower(), text, place, tip, "", lambda: None, why_not=why_not)


def listed(words: str, *entries: Entry, recent: tuple[str, ...] = ()) -> list[str]:
    return [e.text for e in matching(words, entries, recent=recent)]


def test_that_the_begin_counts_more_than_the_middle_and_the_menu() -> None:
    begin, word = entry("Export the plan"), entry("Charts: export")
    middle, menu = entry("Reexport"), entry("Markdown", "File › Export")
    tip = entry("Save", tip="Write what export needs")
    assert listed("export", tip, menu, middle, word, begin) == [
        e.text for e in (begin, word, middle, menu, tip)
    ]


@pytest.mark.parametrize("words", ["fnd rg", "find rig", "rig find", "FIND", "fd", "a rig"])
def test_that_letters_left_out_still_find(words: str) -> None:
    assert rank(words, entry("Find a rig")) is not None


@pytest.mark.parametrize("words", ["xylophone", "gir", "find me", "rigg"])
def test_that_other_words_find_nothing(words: str) -> None:
    assert rank(words, entry("Find a rig")) is None


def test_that_letters_are_not_gathered_from_several_words() -> None:
    assert rank("update", entry("Choose made-up small model with latent attention")) is None
    assert rank("q4", entry("Choose Qwen3 Coder 480B")) is None


BUYERS_WORDS = {
    "vram": "view.memory",
    "price": "cost.my_prices",
    "budget": "rig.find",
    "cheapest": "rig.find",
    "dark": "view.theme_dark",
    "german": "view.language_de",
    "chinese": "view.language_zh_CN",
    "4090": "gpu:rtx4090",
    "export": "file.export_pdf",
    "print": "file.export_pdf",
    "excel": "file.export_csv",
    "update": "help.catalogue",
    "quantisation": "field.weights",
    "q4": "field.weights",
    "kv": "field.cache",
    "tokens": "view.context",
    "tok/s": "view.speed",
    "electricity": "cost.my_prices view.cost",
    "currency": "cost.my_prices view.cost",
    "vllm": "field.engine",
    "users": "field.users",
    "offload": "field.experts engine.options",
    "font": "view.text_larger",
    "zoom": "view.text_larger",
    "settings": "engine.options view.theme_light view.theme_system",
    "animation": "view.reduced_motion",
    "screenshot": "file.export_chart",
    "huggingface": "file.import",
    "docker": "file.launch",
    "exit": "file.quit",
    "manual": "help.guide",
    "help": "help.guide",
    "licence": "help.about",
    "psu": "rig.node_parts",
    "nvlink": "rig.node_links",
    "server": "rig.add_node own.host",
    "reddit": "file.export_markdown",
    "articles": "view.reality",
}


def test_that_what_a_buyer_types_finds_what_is_meant_first(front) -> None:
    front.open_palette()
    palette = front.palette_popup
    wrong = {}
    for words, wanted in BUYERS_WORDS.items():
        palette.search.setText(words)
        found = [shown.key for shown in palette.shown_entries()[:3]]
        if not found or found[0] not in wanted.split():
            wrong[words] = found
    assert wrong == {}


def test_that_every_other_word_belongs_to_something(front) -> None:
    known = {action.objectName() for action in front.actions_registry.all()}
    known |= {f"field.{name}" for name in front.panes[0].fields}
    assert set(OTHER_WORDS) <= known


def test_that_the_best_known_of_a_family_is_found_before_what_is_made_of_it(front) -> None:
    front.open_palette()
    front.palette_popup.search.setText("deepseek")
    assert "Distill" not in front.palette_popup.shown_entries()[0].text


def test_that_a_field_found_takes_the_keys(front, qtbot) -> None:
    front.open_palette()
    QTest.keyClicks(front.palette_popup.search, "quantisation")
    QTest.keyClick(front.palette_popup.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is front.panes[0].weights)


def test_that_what_was_chosen_last_stands_first_and_what_cannot_be_chosen_last() -> None:
    one, two, three = entry("Save"), entry("Save as"), entry("Save all", why_not="Nothing open")
    assert listed("", one, two, three) == ["Save", "Save as", "Save all"]
    assert listed("", one, two, three, recent=("save all", "save as")) == [
        "Save as",
        "Save",
        "Save all",
    ]
    assert listed("save", one, two, three, recent=("save as",))[0] == "Save as"


def test_that_a_chosen_command_is_remembered_once() -> None:
    assert remembered("b", ["a", "b", "c"]) == ["b", "a", "c"]
    assert len(remembered("new", [str(n) for n in range(40)])) == 20


def test_that_every_command_is_in_the_palette(front) -> None:
    front.open_palette()
    shown = {action.objectName() for action in front.palette_popup.shown_actions()}
    assert shown == {action.objectName() for action in front.actions_registry.all()}


def test_that_a_command_that_cannot_be_chosen_says_why(front, qtbot) -> None:
    front.open_palette()
    palette = front.palette_popup
    QTest.keyClicks(palette.search, "undo")
    (first, *_) = palette.shown_entries()
    assert first.why_not == "Nothing to undo"
    assert "Nothing to undo" in first.heard
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_that_every_command_that_can_be_switched_off_has_a_reason(front) -> None:
    for action in front.actions_registry.all():
        if not action.isEnabled():
            assert action.objectName() in REASONS
            assert why_disabled(action) == REASONS[action.objectName()]


def test_that_a_model_and_a_card_are_found_by_name(front, qtbot) -> None:
    document = front.document
    front.open_palette()
    QTest.keyClicks(front.palette_popup.search, "choose qwen3 30b")
    QTest.keyClick(front.palette_popup.search, Qt.Key.Key_Return)
    assert document.plan.model.startswith("qwen3-30b")
    cards = len(document.plan.rig.nodes[0].gpus)
    front.open_palette()
    QTest.keyClicks(front.palette_popup.search, "add rtx 5090")
    assert front.palette_popup.shown_entries()[0].text == "Add RTX 5090"
    QTest.keyClick(front.palette_popup.search, Qt.Key.Key_Return)
    assert len(document.plan.rig.nodes[0].gpus) == cards + 1


def test_that_the_next_start_knows_what_was_chosen_last(front, store) -> None:
    front.open_palette()
    QTest.keyClicks(front.palette_popup.search, "cost")
    QTest.keyClick(front.palette_popup.search, Qt.Key.Key_Return)
    assert front.tabs.current_key == "cost"
    assert store.settings.recent_commands == ["view.cost"]
    front.open_palette()
    assert plain_text(front.palette_popup.shown_actions()[0]) == "Cost"


def test_that_nothing_found_is_said(front) -> None:
    front.open_palette()
    QTest.keyClicks(front.palette_popup.search, "zzzz")
    assert front.palette_popup.shown_entries() == []
    assert "Nothing is called so" in front.palette_popup._nothing.text()
    assert front.palette_popup._nothing.isVisible()
    QTest.keyClick(front.palette_popup.search, Qt.Key.Key_Return)
    assert front.palette_popup.isVisible()


def test_that_moving_in_the_list_is_heard_and_stays_in_the_field(front, monkeypatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(
        QAccessible,
        "updateAccessibility",
        lambda event: heard.append(event.message()) if hasattr(event, "message") else None,
    )
    QAccessible.setActive(True)
    try:
        front.open_palette()
        QTest.keyClicks(front.palette_popup.search, "theme")
        QTest.keyClick(front.palette_popup.search, Qt.Key.Key_Down)
    finally:
        QAccessible.setActive(False)
    assert QApplication.focusWidget() is front.palette_popup.search
    assert heard[-1] == front.palette_popup.shown_entries()[1].heard


def test_that_an_edit_by_the_palette_can_be_taken_back(front) -> None:
    before = front.document.plan
    front.document.apply("Shorten", edits.set_workload(before, context_tokens=4096))
    front.open_palette()
    QTest.keyClicks(front.palette_popup.search, "undo")
    QTest.keyClick(front.palette_popup.search, Qt.Key.Key_Return)
    assert front.document.plan == before
