"""What would become of the speed: one change a row, before and after; a click makes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from moeplanner_gui.core.assessment import Range, Speed
from moeplanner_gui.core.speed.terms import bound_words
from moeplanner_gui.core.words import say
from moeplanner_gui.export import speed_words as words
from moeplanner_gui.export.speed_rows import Cell
from moeplanner_gui.ui.chart_pieces import TintedLabel
from moeplanner_gui.ui.fonts import font_small
from moeplanner_gui.ui.message import MessagePanel
from moeplanner_gui.ui.speed.text_table import TextColumn, TextModel, TextRow, TextTable
from moeplanner_gui.ui.tables import copy_table
from moeplanner_gui.ui.theme import Theme

if TYPE_CHECKING:
    from moeplanner_gui.core.speed.what_if import WhatIf

COLUMNS = (
    TextColumn(say("What if"), "strong", least=180),
    TextColumn(say("Decode, tok/s"), "strong", right=True),
    TextColumn(say("Range then"), "small", right=True),
    TextColumn(say("Change"), right=True),
    TextColumn(say("First token"), right=True),
    TextColumn(say("Bound by then"), "small", least=70),
)
PLAIN_HEADS = (
    say("What if"),
    say("Decode now, tok/s"),
    say("Decode then, tok/s"),
    say("Low"),
    say("High"),
    say("First token now, s"),
    say("First token then, s"),
    say("Bound by then"),
)
UNKNOWN = say("unknown")
HINT = say("Click a row to make the change. Enter does the same, Ctrl+Z takes it back.")
NONE_TITLE = say("No change to compare")
NONE = say(
    "Links, memory speed, power limit, back end and drafting make no "
    "difference to this plan, or its speed is unknown."
)


def what_if_row(change: WhatIf) -> TextRow:
    """One change as a row of the table."""
    before, after = change.before, change.after
    now, then = before.decode_tokens_per_s, after.decode_tokens_per_s
    cells = (
        change.label,
        _decode_text(now, then),
        "" if then is None else words.band(then),
        change_text(now, then),
        _wait_text(before, after),
        bound_words(after.bound_by) or "",
    )
    tip = f"{change.label}: "
    if then is None:
        tip += after.because or say("the speed is unknown then.")
    else:
        tip += (
            say("decode {0}.", words.rate(then))
            if now is None
            else say("decode {0}, now {1}.", words.rate(then), words.rate(now))
        )
    return TextRow(
        cells,
        _plain(change),
        f"{tip}\n{say('Click or Enter makes the change; Ctrl+Z undoes.')}",
    )


def change_text(now: Range | None, then: Range | None) -> str:
    """``+12 %``, ``−8 %`` or ``none``; a change of less than half a percent is none."""
    if now is None or then is None or now.expected <= 0:
        return ""
    percent = (then.expected / now.expected - 1) * 100
    if abs(percent) < 0.5:
        return say("none")
    if percent >= 100:
        return say("{0:.1f} ×", then.expected / now.expected)
    return say("{0:+.0f} %", percent).replace("-", "−")


def _decode_text(now: Range | None, then: Range | None) -> str:
    """Both figures; with a decimal more where they would look the same and are not."""
    if now is not None and then is not None:
        one, other = words.figure(now.expected), words.figure(then.expected)
        if one == other and now.expected < 1000:
            return say("{0:,.2f} → {1:,.2f}", now.expected, then.expected)
    return f"{_expected(now)} → {_expected(then)}"


def _expected(value: Range | None) -> str:
    return UNKNOWN if value is None else words.figure(value.expected)


def _wait_text(before: Speed, after: Speed) -> str:
    one, other = _wait(before), _wait(after)
    return one if one == other else f"{one} → {other}"


def _wait(speed: Speed) -> str:
    value = speed.time_to_first_token_s
    return UNKNOWN if value is None else words.seconds(value.expected)


def _plain(change: WhatIf) -> tuple[Cell, ...]:
    now, then = change.before.decode_tokens_per_s, change.after.decode_tokens_per_s
    first = change.before.time_to_first_token_s, change.after.time_to_first_token_s
    numbers = (
        None if now is None else now.expected,
        *((None, None, None) if then is None else (then.expected, then.low, then.high)),
        *(None if value is None else value.expected for value in first),
    )
    shown = (None if number is None else round(number, 3) for number in numbers)
    return (change.label, *shown, change.after.bound_by)


class WhatIfPanel(QWidget):
    """The table of changes.

    Signals:
        change_wanted(WhatIf): A row was chosen.
    """

    change_wanted = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("speed_what_ifs")
        self.setAccessibleName(say("What if"))
        self._changes: tuple[WhatIf, ...] = ()
        self._compact = False
        self.model = TextModel(COLUMNS, PLAIN_HEADS, self)
        self.table = TextTable(theme, "speed_what_if_table", say("What a change does to the speed"))
        self.table.setModel(self.model)
        self.table.cell_opened.connect(self._on_opened)
        self.table.copy_requested.connect(self._copy)
        self._nothing = MessagePanel(theme)
        self._nothing.show_message("sliders", "text2", NONE_TITLE, NONE)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._nothing)
        self._hint = TintedLabel("text2", font_small(), theme)
        self._hint.setText(HINT)
        self._hint.setWordWrap(True)
        self._hint.setContentsMargins(8, 0, 8, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 6)
        layout.setSpacing(4)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._hint)

    def show_changes(self, changes: Sequence[WhatIf]) -> None:
        """Show other changes."""
        self._changes = tuple(changes)
        self.model.show([what_if_row(change) for change in changes])
        self._stack.setCurrentWidget(self.table if changes else self._nothing)
        self._make_room()
        self.table.fit_columns()

    def set_compact(self, compact: bool) -> None:
        """Leave the room of the hint to the table; the tooltips say the same."""
        self._compact = compact
        self._make_room()

    def _make_room(self) -> None:
        self._hint.setVisible(not self._compact and bool(self._changes))

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self.table.set_theme(theme)
        self._nothing.set_theme(theme)
        self._hint.set_theme(theme)

    def _on_opened(self, index: QModelIndex) -> None:
        if index.isValid() and index.row() < len(self._changes):
            self.change_wanted.emit(self._changes[index.row()])

    def _copy(self) -> None:
        copy_table(self.model.as_tsv())
