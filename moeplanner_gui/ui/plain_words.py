"""Words are words: labels and tooltips show a name as it is written, never as HTML.

Qt guesses: a label or a tooltip whose text begins with a tag is taken for HTML, and a name from a
file could then load a picture or hide what follows it. Here the guess is taken away once, from
the style that polishes every widget. A label that is meant to be rich says so itself.
"""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget

_LOOKED_AT = (QEvent.Type.Show, QEvent.Type.Resize, QEvent.Type.Paint)


def make_plain(widget: QWidget, tips: TipWords) -> None:
    """Take the guess from a label; a tooltip's label is watched, for Qt uses it again."""
    if not isinstance(widget, QLabel):
        return
    if widget.inherits("QTipLabel"):
        widget.installEventFilter(tips)
        return
    if widget.textFormat() == Qt.TextFormat.AutoText and not isinstance(
        widget.parentWidget(), QMessageBox
    ):
        widget.setTextFormat(Qt.TextFormat.PlainText)


class TipWords(QObject):
    """Watches the one label that Qt shows tooltips in."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _LOOKED_AT and isinstance(watched, QLabel):
            text = watched.text()
            if GuiQt.mightBeRichText(text) and not is_paragraph(text):
                # Rich on purpose, with nothing in it but lines: so that Qt breaks long ones.
                watched.setText(tip_html(text))
                watched.adjustSize()
        return False


def tip_html(text: str) -> str:
    """Plain text as a paragraph of lines."""
    return "<p>" + "<br>".join(escape(line) for line in text.splitlines()) + "</p>"


def is_paragraph(text: str) -> bool:
    """Whether rich text is nothing but lines: what :func:`tip_html` makes."""
    if not (text.startswith("<p>") and text.endswith("</p>")):
        return False
    inner = text[3:-4].replace("<br>", "")
    return "<" not in inner and ">" not in inner
