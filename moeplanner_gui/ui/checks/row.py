"""One row of the Checks tab: icon, word, subject, message, what to verify. Knows no document."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetricsF,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QPushButton, QWidget

from moeplanner_gui.core.checks.listed import Listed
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import font_base, font_strong
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.theme import Theme
from moeplanner_gui.ui.wrapped import paint_lines, wrapped_lines

ICONS = {"error": "error", "warning": "warning", "note": "info"}
PAD, GAP, ICON = 12.0, 8.0, 16.0
_ABOVE = 7.0
ASK = say("Why can this be left aside? Enter dismisses, Esc keeps it.")
ASK_ERROR = say("Why does this error not matter? It stays an error in what you export. Enter, Esc.")
NEEDED = say("A reason is needed: it is listed with your plan.")


class CheckRow(QAbstractButton):
    """One row; a click or Enter shows what it is about.

    Signals:
        chosen(Listed): Shown what it concerns.
        dismissed(Listed, str): Dismissed for this reason.
        brought_back(Listed): A dismissed one is to stand again.
        repair_wanted(Listed): The link with the repair was pressed.
        copy_wanted(): Ctrl+C.
        menu_wanted(Listed, QPoint): The context menu, at a global position.
        step_wanted(int): The arrow keys: so many rows on.
        height_changed(): The line for the reason came or went.
    """

    chosen = Signal(object)
    dismissed = Signal(object, str)
    brought_back = Signal(object)
    repair_wanted = Signal(object)
    copy_wanted = Signal()
    menu_wanted = Signal(object, QPoint)
    step_wanted = Signal(int)
    height_changed = Signal()

    def __init__(self, item: Listed, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self.item = item
        self.shows_subject = True
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover, True)
        self.editor: QLineEdit | None = None
        self._widths: tuple[float, float] = (0.0, 0.0)
        self._lines: tuple[object, list[str], list[str]] | None = None
        is_standing = item.reason is None
        self.link = QPushButton(say("Dismiss…") if is_standing else say("Bring back"), self)
        self.link.setProperty("link", True)
        self.link.setToolTip(
            say("With a reason; one undo step") if is_standing else say("One undo step")
        )
        self.link.setCursor(Qt.CursorShape.PointingHandCursor)
        self.link.clicked.connect(self.start)
        self.repair: QPushButton | None = None
        self.clicked.connect(self._on_clicked)
        self._name()

    def set_repair(self, words: str) -> None:
        """Offer an edit that settles the finding; "" offers none."""
        if self.repair is not None and self.repair.text() != words:
            self.repair.hide()
            self.repair.deleteLater()
            self.repair = None
        if words and self.repair is None:
            self.repair = QPushButton(words, self)
            self.repair.setProperty("link", True)
            self.repair.setToolTip(say("One undo step"))
            self.repair.setCursor(Qt.CursorShape.PointingHandCursor)
            self.repair.setAccessibleName(f"{words}: {self.item.message}")
            self.repair.clicked.connect(self._on_repair)
            self.repair.show()

    def _on_repair(self) -> None:
        self.repair_wanted.emit(self.item)

    def set_item(self, item: Listed) -> None:
        """Show another wording of the same finding."""
        if item != self.item:
            self.item = item
            self._lines = None
            self._name()
            self.update()

    def _name(self) -> None:
        item = self.item
        self.setObjectName(f"check-{item.first.code}")
        self.setAccessibleName(f"{item.word}, {item.subject}: {item.message}")
        second = item.second if item.reason is None else say("Reason: {0}", item.why)
        self.setAccessibleDescription(second)
        self.setToolTip(item.first.code)
        self.link.setAccessibleName(f"{self.link.text()} {item.message}")

    # -- the line for the reason ---------------------------------------------------------------

    def start(self) -> None:
        """Ask for the reason; a dismissed row is brought back at once."""
        if self.item.reason is not None:
            self.brought_back.emit(self.item)
            return
        if self.editor is None:
            self.editor = QLineEdit(self)
            self.editor.setMaxLength(2000)
            is_error = self.item.first.severity == "error"
            self.editor.setPlaceholderText(ASK_ERROR if is_error else ASK)
            self.editor.setAccessibleName(say("Reason for dismissing: {0}", self.item.message))
            self.editor.installEventFilter(self)
            self.editor.show()
            self.height_changed.emit()
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def stop(self) -> None:
        """Take the line for the reason away."""
        if self.editor is None:
            return
        editor, self.editor = self.editor, None
        editor.hide()
        editor.deleteLater()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.height_changed.emit()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if watched is self.editor and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Escape:
                self.stop()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                # A line passes the key on to the row, which would show what it is about.
                self._on_accepted()
                return True
        return False

    def _on_accepted(self) -> None:
        if self.editor is None:
            return
        reason = self.editor.text().strip()
        if not reason:
            self.editor.setPlaceholderText(NEEDED)
            return
        item = self.item
        self.stop()
        self.dismissed.emit(item, reason)

    # -- keys and clicks -----------------------------------------------------------------------

    def _on_clicked(self) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.chosen.emit(self.item)

    def event(self, event: QEvent) -> bool:
        # The window has a Ctrl+C of its own; here the key means this list.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Copy)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self.item)
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.step_wanted.emit(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.start()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(self.item, event.globalPos())

    # -- size and picture ----------------------------------------------------------------------

    def set_columns(self, word_px: float, subject_px: float, *, shows_subject: bool) -> None:
        """The widths of the columns before the message, alike in all rows."""
        self._widths = (word_px, subject_px)
        if shows_subject != self.shows_subject:
            self.shows_subject = shows_subject
            self.update()

    def arrange(self, width: int) -> int:
        """Place what is in the row; answers its height."""
        first, second = self._wrapped(width)
        line = QFontMetricsF(font_base()).lineSpacing()
        height = _ABOVE * 2 + line * (len(first) + len(second)) + 2 * bool(second)
        size = self.link.sizeHint()
        # On the line of the message, whatever room the style gives a button.
        top = round(_ABOVE + (line - size.height()) / 2)
        self.link.setGeometry(round(width - PAD - size.width()), top, size.width(), size.height())
        if self.repair is not None:
            own = self.repair.sizeHint()
            left = round(width - PAD - size.width() - own.width())
            self.repair.setGeometry(left, top, own.width(), own.height())
        if self.editor is not None:
            needed = self.editor.sizeHint().height()
            left = round(self._left())
            self.editor.setGeometry(left, round(height - 2), round(width - PAD) - left, needed)
            height += needed + 8
        return max(31, round(height))

    def _left(self) -> float:
        return PAD + ICON + GAP + sum(self._widths)

    def _wrapped(self, width: float) -> tuple[list[str], list[str]]:
        links = self.link.sizeHint().width()
        if self.repair is not None:
            links += self.repair.sizeHint().width()
        key = (width, self._widths, font_base().pixelSize(), links)
        if self._lines is None or self._lines[0] != key:
            room = max(80.0, width - self._left() - PAD - links - GAP)
            item = self.item
            second = item.second if item.reason is None else say("Reason: {0}", item.why)
            self._lines = (
                key,
                wrapped_lines(item.message, self._font(), room),
                wrapped_lines(second, font_base(), room) if second else [],
            )
        return self._lines[1], self._lines[2]

    def _font(self):  # type: ignore[no-untyped-def]  # Qt's stubs
        standing = self.item.first.severity != "note" and self.item.reason is None
        return font_strong() if standing else font_base()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._themes.theme
        item = self.item
        ink, ground = row_colors(theme, item)
        rect = QRectF(self.rect())
        painter.fillRect(rect, QColor(theme.hover if self.underMouse() else ground))
        paint_icon(painter, QRectF(PAD, _ABOVE, ICON, ICON), ICONS[item.first.severity], ink)
        metrics = QFontMetricsF(font_strong())
        baseline = _ABOVE + metrics.ascent()
        painter.setFont(font_strong())
        painter.setPen(QColor(ink))
        painter.drawText(QPointF(PAD + ICON + GAP, baseline), item.word)
        if self.shows_subject:
            painter.setFont(font_base())
            painter.setPen(QColor(theme.text2))
            at = QPointF(PAD + ICON + GAP + self._widths[0], baseline)
            room = self._widths[1] - 12
            words = QFontMetricsF(font_base()).elidedText(
                item.subject, Qt.TextElideMode.ElideRight, room
            )
            painter.drawText(at, words)
        first, second = self._wrapped(rect.width())
        painter.setPen(QColor(theme.text if item.reason is None else theme.text2))
        y = paint_lines(painter, QPointF(self._left(), _ABOVE), self._font(), first)
        painter.setPen(QColor(theme.text2))
        paint_lines(painter, QPointF(self._left(), y + 2), font_base(), second)
        painter.fillRect(QRectF(0, rect.height() - 1, rect.width(), 1), QColor(theme.grid))
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            painter.setPen(QPen(QColor(theme.accent), 2.0))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -2), 4, 4)


def row_colors(theme: Theme, item: Listed) -> tuple[str, str]:
    """Ink of icon and word, and the ground; a dismissed row asks for nothing any more."""
    if item.reason is not None:
        return theme.text2, theme.panel
    if item.first.severity == "error":
        return theme.error, theme.error_bg
    if item.first.severity == "warning":
        return theme.warn, theme.warn_bg
    return theme.text2, theme.panel
