"""A window full of hostile names shows them as they are written: no HTML, no lost letters."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QLabel,
    QMenu,
    QTabBar,
    QToolTip,
    QWidget,
)

from moeplanner_gui.ui.plain_words import is_paragraph, tip_html
from tests.export.hostile_plans import hostile_catalog, hostile_plan
from tests.hostile import HOSTILE

SHOWN_WHOLE = ("html_script", "html_image", "html_entity", "html_close", "ampersand", "newline",
               "right_to_left_override", "nul_and_controls", "long_word", "long_markup",
               "markdown_link", "template")  # fmt: skip
TAGS = ("<script", "<img", "onerror=", "</td>", "<h1", '<a href="https://evil')


@pytest.fixture
def make_window(qtbot, store, monkeypatch):
    """The window with every name of the plan and its catalogue rows replaced."""
    made = []

    def make(text: str):
        from moeplanner_gui.ui.app import build_window

        catalog = hostile_catalog(text)
        monkeypatch.setattr("moeplanner_gui.catalog.load.load_catalog", lambda: catalog)
        window = build_window(store=store, plan=hostile_plan(text))
        window.files.ask_unsaved = lambda: "discard"
        window.show()
        window.tabs.make_all()
        window.document.flush()
        made.append(window)
        return window

    yield make
    for window in made:
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def tags_of(html: str) -> bool:
    """Whether rich text holds a tag of a name instead of its letters."""
    return any(tag in html.lower() for tag in TAGS)


@pytest.mark.parametrize("name", SHOWN_WHOLE)
def test_that_no_label_of_the_window_takes_a_name_for_html(make_window, name) -> None:
    window = make_window(HOSTILE[name])
    window.show_explanation("verdict")
    window.bill.open()
    window.compare.show()
    QApplication.processEvents()
    labels = window.findChildren(QLabel)
    assert labels
    for label in labels:
        label.ensurePolished()
        form = label.textFormat()
        assert form in (Qt.TextFormat.PlainText, Qt.TextFormat.RichText), label.objectName()
        if form == Qt.TextFormat.RichText:
            assert not tags_of(label.text()), label.objectName()
    for tip in (widget.toolTip() for widget in window.findChildren(QWidget)):
        assert not (is_paragraph(tip) and tags_of(tip))
    window.bill.sheet.reject()


@pytest.mark.parametrize("name", ["ampersand"])
def test_that_menus_and_tabs_keep_the_ampersand_of_a_name(make_window, name) -> None:
    window = make_window(HOSTILE[name])
    bars = window.findChildren(QTabBar)
    texts = [bar.tabText(i) for bar in bars for i in range(bar.count())]
    for menu in window.findChildren(QMenu):
        menu.aboutToShow.emit()
        texts += [action.text() for action in menu.actions()]
    window.document.apply(f"Rename to {HOSTILE[name]}", window.document.plan.replace(name="x"))
    texts.append(window.actions_registry.get("edit.undo").text())
    named = [text for text in texts if "Jerry" in text]
    assert len(named) > 1
    for text in named:
        assert "Tom && Jerry &&File" in text


def test_that_a_tooltip_shows_a_name_as_it_is_written(window) -> None:
    for name, text in HOSTILE.items():
        QToolTip.showText(QPoint(10, 10), text[:3000], window)
        QApplication.processEvents()
        label = next(w for w in QApplication.allWidgets() if w.inherits("QTipLabel"))
        assert isinstance(label, QLabel)
        if GuiQt.mightBeRichText(label.text()):
            assert is_paragraph(label.text()), name
            document = QTextDocument()
            document.setHtml(label.text())
            shown = " ".join(document.toPlainText().split())
            assert shown == " ".join(text[:3000].split()), name
    QToolTip.hideText()


def test_that_a_tip_of_lines_stays_lines() -> None:
    assert tip_html("a <b>\nc & d") == "<p>a &lt;b&gt;<br>c &amp; d</p>"
    assert is_paragraph(tip_html("<img src=x>\nsecond"))
    assert not is_paragraph("<p>a</p><img src=x><p>b</p>")
    assert not is_paragraph("<script>")


@pytest.mark.parametrize("name", ["html_script", "ampersand", "newline", "long_word"])
def test_that_every_list_tells_a_name_in_plain_letters(make_window, name) -> None:
    window = make_window(HOSTILE[name])
    for view in window.findChildren(QAbstractItemView):
        model = view.model()
        if model is None:
            continue
        for row in range(min(model.rowCount(), 40)):
            for column in range(model.columnCount()):
                shown = model.index(row, column).data()
                assert shown is None or "&lt;script" not in str(shown)
