"""The rules of explained words: wherever one stands in a heading or a label, it can be asked."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QWhatsThisClickedEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QHeaderView,
    QLabel,
    QToolTip,
    QWhatsThis,
    QWidget,
)

from moeplanner_gui.ui.help import teach
from moeplanner_gui.ui.help.glossary import LONGEST_LABEL, TERMS, terms_in
from moeplanner_gui.ui.help.teach import SCHEME, terms_of, texts_of, whats_this

# What a figure in a text is: a number that is no part of a name, no power and no bit width.
NUMBER = re.compile(r"(?<![\w^.])\d+(?:\.\d+)?(?![\w^])")


@pytest.fixture
def teacher(window):
    return window.help.teacher


def ask(widget: QWidget, at: QPoint, kind: QEvent.Type) -> bool:
    """Ask as Qt does: the widget first, then its parents up to the window."""
    place: QWidget | None = widget
    while place is not None:
        event = QHelpEvent(
            kind, place.mapFromGlobal(widget.mapToGlobal(at)), widget.mapToGlobal(at)
        )
        if QApplication.sendEvent(place, event) and event.isAccepted():
            return True
        if place.isWindow():
            return False
        place = place.parentWidget()
    return False


def test_that_every_id_and_every_word_is_there_once() -> None:
    assert len({term.id for term in TERMS}) == len(TERMS)
    words = [word.casefold() for term in TERMS for word in term.words]
    assert sorted({word for word in words if words.count(word) > 1}) == []


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.id)
def test_that_an_explanation_is_short_and_a_figure_names_its_source(term) -> None:
    assert 60 < len(term.text) < 400
    assert term.text.endswith(".")
    assert all(len(word) <= LONGEST_LABEL for word in term.words)
    if NUMBER.search(term.text):
        assert term.source, f"{term.id} names a figure and no source"


def test_that_the_longest_word_counts_and_parts_of_words_do_not() -> None:
    ids = {text: [term.id for term in terms_in(text)] for text in (
        "KV cache", "94 % routed experts", "Q4_K_M", "Experts", "contextual", "Decode, tok/s",
        "Freeze", "weights", "",
    )}  # fmt: skip
    assert ids["KV cache"] == ["kv-cache"]
    assert ids["94 % routed experts"] == ["routed-experts"]
    assert ids["Q4_K_M"] == ["gguf-types"]
    assert ids["contextual"] == ids["Freeze"] == ids[""] == []
    assert ids["Decode, tok/s"] == ["decode"]
    assert (
        terms_in("The weights fit; the KV cache is 7.34 GiB too large on GPU 1, so choose.") == ()
    )


def test_that_every_label_with_a_word_explains_it(window, teacher, monkeypatch) -> None:
    """Labels, buttons and headings of every tab, asked as the mouse asks: none stays silent."""
    shown: list[str] = []
    monkeypatch.setattr(teach.QToolTip, "showText", lambda _at, text, *_: shown.append(text))
    monkeypatch.setattr(QApplication, "widgetAt", lambda at: current)
    asked = 0
    for key in ("memory", "context", "speed", "cost", "checks"):
        window.tabs.show_tab(key)
        QApplication.processEvents()
        for current in window.findChildren(QWidget):
            if not current.isVisible() or not isinstance(current, QLabel | QAbstractButton):
                continue
            found = terms_of(current)
            if not found or not current.text():
                continue  # what is painted has tooltips for its pieces, and answers Shift+F1
            shown.clear()
            assert ask(current, current.rect().center(), QEvent.Type.ToolTip), texts_of(current)
            assert shown, (current, texts_of(current), current.toolTip())
            said = _plain(shown[-1])
            assert [t.id for t in found if t.text[:40] not in said] == [], (texts_of(current), said)
            own = current.toolTip().splitlines()
            assert not own or own[0][:20] in _plain(shown[-1])
            asked += 1
    assert asked > 40


def _plain(html: str) -> str:
    from html import unescape

    return unescape(re.sub(r"<[^>]+>", "\n", html))


def test_that_every_heading_of_a_table_explains_its_word(window, teacher, monkeypatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(teach.QToolTip, "showText", lambda _at, text, *_: shown.append(text))
    window.tabs.show_tab("memory")
    QApplication.processEvents()
    asked = 0
    for header in window.findChildren(QHeaderView):
        if not header.isVisible() or header.model() is None:
            continue
        for number in range(header.count()):
            text = str(header.model().headerData(number, header.orientation()) or "")
            at = QPoint(header.sectionViewportPosition(number) + 4, header.height() // 2)
            if not terms_in(text) or not header.viewport().rect().contains(at):
                continue
            shown.clear()
            assert ask(header.viewport(), at, QEvent.Type.ToolTip), text
            assert terms_in(text)[0].title in _plain(shown[-1])
            asked += 1
    assert asked >= 3


def test_that_rows_and_painted_widgets_answer_what_is_this(window, teacher, monkeypatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(
        teach.QWhatsThis, "showText", lambda _at, text, _widget=None: shown.append(text)
    )
    window.tabs.show_tab("memory")
    QApplication.processEvents()
    view = window.tabs.view("memory").findChild(QWidget, "memory_table") or next(
        w for w in window.findChildren(QWidget) if type(w).__name__ == "MemoryTableView"
    )
    for row in range(view.model().rowCount()):
        index = view.model().index(row, 0)
        if index.data() == "KV cache":
            at = view.visualRect(index).center()
            monkeypatch.setattr(QApplication, "widgetAt", lambda _at: view.viewport())
            assert ask(view.viewport(), at, QEvent.Type.WhatsThis)
            assert "key and a value" in shown[-1]
            return
    raise AssertionError("no row of the KV cache")


def test_that_shift_f1_explains_the_focus_or_offers_the_words_around(
    window, teacher, qtbot
) -> None:
    label = next(w for w in window.findChildren(QLabel) if w.text() == "KV cache")
    box = window.findChild(QWidget, "kv_type") or label.buddy()
    menu = teacher.offer(window.tabs.bar)
    titles = [action.text() for action in menu.actions() if action.text()]
    assert {"Routed experts", "KV cache", "Compute buffers"} <= set(titles)
    assert titles[-1] == "Point at something"
    menu.close()
    assert "Shift+F1" in window.actions_registry.get("help.whats_this").shortcut().toString()
    del box


def test_that_a_link_of_an_explanation_opens_the_guide(window, teacher) -> None:
    term = next(term for term in TERMS if term.id == "kv-cache")
    html = whats_this((term,))
    assert f'href="{SCHEME}memory#kv-cache"' in html
    QApplication.sendEvent(window, QWhatsThisClickedEvent(f"{SCHEME}memory#kv-cache"))
    page = window.help.guide.page
    assert page.chapter_name == "memory"
    assert page.textCursor().block().text() == "KV cache"
    window.help.guide.close()


def test_that_an_explanation_shows_words_and_no_markup_of_others() -> None:
    from moeplanner_gui.ui.help.term import Term

    html = whats_this((Term("x", "<b>x</b>", ("x",), "a < b & c", "index", "<i>"),))
    assert "<b>x</b>" not in html.replace("<b>&lt;b&gt;x&lt;/b&gt;</b>", "")
    assert "a &lt; b &amp; c" in html


def test_that_what_is_silent_stays_silent(window, teacher) -> None:
    label = QLabel("Nothing of it", window)
    label.show()
    assert not ask(label, QPoint(1, 1), QEvent.Type.ToolTip)
    label.deleteLater()
    QToolTip.hideText()
    QWhatsThis.leaveWhatsThisMode()
    assert Qt.WindowType.Window  # the window is still there
