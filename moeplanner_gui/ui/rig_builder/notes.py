"""The remarks below the rig: one row a finding, with icon and word. Knows no checks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
)
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QPushButton, QWidget

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.checks.listed import Listed
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import Face, Faces, faces
from moeplanner_gui.ui.inks import ink, pen
from moeplanner_gui.ui.rig_builder.kept_icons import draw_icon
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.theme import Theme

WORDS = {"error": say("Error"), "warning": say("Check"), "note": say("Note")}
_ICONS = {"error": "error", "warning": "warning", "note": "info"}
DISMISS = say("Dismiss…")
_TOLD_BY_THE_PANEL = frozenset({"kernel_missing", "cannot_run"})
"""The panel below the rig says these in full, with what to change."""
_ORDER = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Note:
    """One row: findings that say the same, the words of their repair, "" without one, and
    whether they can be dismissed, which what was read just now cannot. ``place`` are the
    computers that they are about, "" where there is one only.
    """

    item: Listed
    repair: str = ""
    can_dismiss: bool = True
    place: str = ""

    @cached_property
    def message(self) -> str:
        """What it says, and of which computers."""
        return f"{self.place}: {self.item.message}" if self.place else self.item.message

    @property
    def links(self) -> tuple[str, bool]:
        """What stands at the right."""
        return self.repair, self.can_dismiss


class NoteRow(QAbstractButton):
    """One note: icon, severity word, message; a click selects what it is about.

    Signals:
        chosen(Listed): The row was clicked.
        repair_wanted(Listed): The link with the repair was pressed.
        dismiss_wanted(Listed): "Dismiss…" was pressed, or Delete on the row.
    """

    chosen = Signal(object)
    repair_wanted = Signal(object)
    dismiss_wanted = Signal(object)

    def __init__(self, note: Note, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self.note = note
        self._height: tuple[tuple[object, ...], int] | None = None
        self._links_width: tuple[Faces, float] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover, True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 8, 0)
        self._row.setSpacing(0)
        self._row.addStretch(1)
        self._link = self._new_link(note.repair, say("One undo step"), self._on_repair)
        self._dismiss = self._new_link(
            DISMISS if note.can_dismiss else "",
            say("With a reason, in the Checks tab"),
            self.dismiss,
        )
        self.clicked.connect(self._on_clicked)
        self._name()

    def _new_link(self, words: str, tip: str, run: Callable[[], None]) -> QPushButton | None:
        if not words:
            return None
        link = QPushButton(words, self)
        link.setProperty("link", True)
        link.setToolTip(tip)
        link.setCursor(Qt.CursorShape.PointingHandCursor)
        link.clicked.connect(lambda: run())
        self._row.addWidget(link, 0, Qt.AlignmentFlag.AlignVCenter)
        return link

    @property
    def finding(self) -> Finding:
        """The finding that stands for all of the row."""
        return self.note.item.first

    @property
    def repair(self) -> str:
        """The words of the repair, "" without one."""
        return self.note.repair

    def set_note(self, note: Note) -> None:
        """Show another note with the same links."""
        if note != self.note:
            self.note = note
            self._name()
            self.update()

    def _name(self) -> None:
        message = self.note.message
        self.setObjectName(f"note-{self.finding.code}")
        self.setAccessibleName(f"{WORDS[self.finding.severity]}: {message}")
        if self._link is not None:
            self._link.setAccessibleName(f"{self.repair}: {message}")
        if self._dismiss is not None:
            self._dismiss.setAccessibleName(f"{DISMISS} {message}")
            self.setAccessibleDescription(say("Delete asks for a reason and dismisses it"))

    def _on_clicked(self) -> None:
        self.chosen.emit(self.note.item)

    def _on_repair(self) -> None:
        self.repair_wanted.emit(self.note.item)

    def dismiss(self) -> None:
        """Ask to be dismissed, where it can be."""
        if self.note.can_dismiss:
            self.dismiss_wanted.emit(self.note.item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Delete is the rig's key for the selected card; on a note it means the note.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
        ):
            event.accept()
            return True
        return bool(super().event(event))

    def height_for(self, width: int) -> int:
        """The height of the wrapped message, at least one list row."""
        face, message = self._face(), self.note.message
        room = max(80.0, width - self._before() - self._after())
        # The rig is arranged several times for one edit; most of them change no message.
        asked = (face, room, message)
        if self._height is None or self._height[0] != asked:
            box = face.metrics.boundingRect(
                QRectF(0, 0, room, 10_000), int(Qt.TextFlag.TextWordWrap), message
            )
            self._height = (asked, max(31, round(box.height()) + 14))
        return self._height[1]

    def _face(self) -> Face:
        """The face of the message; it is another object when the system's font is another."""
        kept = faces()
        return kept.base if self.finding.severity == "note" else kept.strong

    def _before(self) -> float:
        return 12 + 16 + 8 + faces().strong.width(WORDS[self.finding.severity]) + 8

    def _after(self) -> float:
        kept = faces()
        # Asking the style twice for each row and edit took longer than placing all of them.
        if self._links_width is None or self._links_width[0] is not kept:
            links = [link for link in (self._link, self._dismiss) if link is not None]
            wide: int = sum(link.sizeHint().width() for link in links)
            self._links_width = (kept, 12.0 + wide)
        return self._links_width[1]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._themes.theme
        color, ground = severity_colors(theme, self.finding.severity)
        rect = QRectF(self.rect())
        painter.fillRect(
            rect, ink(theme.hover if self.underMouse() and color == theme.text2 else ground)
        )
        draw_icon(painter, QPointF(12, 8), _ICONS[self.finding.severity], color)
        strong = faces().strong
        line = QRectF(36, 7, rect.width(), strong.metrics.height() + 2)
        painter.setFont(strong.font)
        painter.setPen(ink(color))
        painter.drawText(line, WORDS[self.finding.severity])
        painter.setFont(self._face().font)
        painter.setPen(ink(theme.text))
        before = self._before()
        area = QRectF(before, 7, rect.width() - before - self._after(), rect.height())
        painter.drawText(area, int(Qt.TextFlag.TextWordWrap), self.note.message)
        if self.hasFocus():
            painter.setPen(pen(theme.accent, 2.0))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))


def severity_colors(theme: Theme, severity: str) -> tuple[str, str]:
    """Ink of the word and icon, and the ground."""
    if severity == "error":
        return theme.error, theme.error_bg
    if severity == "warning":
        return theme.warn, theme.warn_bg
    return theme.text2, theme.window


class NotesStrip(QWidget):
    """All findings, worst first, in one framed strip.

    Signals:
        finding_chosen(Listed), repair_wanted(Listed), dismiss_wanted(Listed): As those of a row.
    """

    finding_chosen = Signal(object)
    repair_wanted = Signal(object)
    dismiss_wanted = Signal(object)

    def __init__(self, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._shown: tuple[Note, ...] = ()
        self.rows: list[NoteRow] = []
        self.setAccessibleName(say("Remarks about the rig"))

    def set_notes(self, notes: tuple[Note, ...]) -> bool:
        """Show notes, worst first; answers whether anything changed."""
        told = (note for note in notes if note.item.first.code not in _TOLD_BY_THE_PANEL)
        ordered = tuple(sorted(told, key=lambda note: _ORDER[note.item.first.severity]))
        if ordered == self._shown:
            return False
        self._shown = ordered
        kept: list[NoteRow] = []
        old = self.rows
        for number, note in enumerate(ordered):
            # Most edits change only the figures in the messages; a row lives on then.
            if number < len(old) and old[number].note.links == note.links:
                row = old[number]
                row.set_note(note)
            else:
                row = NoteRow(note, self._themes, self)
                row.chosen.connect(self.finding_chosen)
                row.repair_wanted.connect(self.repair_wanted)
                row.dismiss_wanted.connect(self.dismiss_wanted)
                row.show()
            kept.append(row)
        for row in old:
            if row not in kept:
                row.hide()
                row.deleteLater()
        self.rows = kept
        return True

    def arrange(self, width: int) -> int:
        """Place the rows in ``width``; answers the height needed."""
        y = 1
        for row in self.rows:
            height = row.height_for(width - 2)
            row.setGeometry(1, y, width - 2, height)
            y += height + 1
        return y if self.rows else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        # The hairlines between the rows and the frame are one ground that shows through.
        if self.rows:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            path = QPainterPath()
            path.addRoundedRect(QRectF(self.rect()), 6, 6)
            painter.fillPath(path, ink(self._themes.theme.border))
