"""The sentence that answers the tab's question; every figure in it can be asked how it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCursor, QFont, QShowEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip, QWidget

from moeplanner_gui.export.speed_words import Piece, plain
from moeplanner_gui.ui.bars import escape
from moeplanner_gui.ui.chart_pieces import tint
from moeplanner_gui.ui.theme import Theme


class AnswerLabel(QLabel):
    """A sentence whose figures are links to their derivation, by mouse and by keyboard.

    Signals:
        explain_requested(str): The path of the figure that was chosen.
    """

    explain_requested = Signal(str)

    def __init__(
        self,
        token: str,
        font: QFont,
        theme: Theme,
        formula_of: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._token = token
        self._theme = theme
        self._formula_of = formula_of
        self._pieces: tuple[Piece, ...] = ()
        self.setFont(font)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.linkActivated.connect(self.explain_requested)
        self.linkHovered.connect(self._on_hovered)
        self.hide()

    def show_pieces(self, pieces: Sequence[Piece]) -> None:
        """Say something else; figures that look the same are not laid out again."""
        if tuple(pieces) == self._pieces:
            return
        self._pieces = tuple(pieces)
        self._render()

    def set_theme(self, theme: Theme) -> None:
        """Write in other colours."""
        self._theme = theme
        self._render()

    def showEvent(self, event: QShowEvent) -> None:
        # A style sheet that came while the label was hidden gives it its old palette back.
        tint(self, getattr(self._theme, self._token))
        super().showEvent(event)

    @property
    def words(self) -> str:
        """What is said."""
        return plain(self._pieces).strip()

    def _render(self) -> None:
        color = getattr(self._theme, self._token)
        tint(self, color)
        # A figure looks like one: strong and in the text's own colour; the hand tells the rest.
        ink = self._theme.text
        html = [
            f'<a href="{piece.path}" style="color:{ink};text-decoration:none;font-weight:600">'
            f"{escape(piece.text).replace(' ', '&nbsp;')}</a>"
            if piece.path
            else escape(piece.text)
            for piece in self._pieces
        ]
        self.setText("".join(html))
        self.setAccessibleName(self.words)
        has_links = any(piece.path for piece in self._pieces)
        policy = Qt.FocusPolicy.StrongFocus if has_links else Qt.FocusPolicy.NoFocus
        self.setFocusPolicy(policy)
        self.setVisible(bool(self._pieces))

    def _on_hovered(self, path: str) -> None:
        if path:
            QToolTip.showText(QCursor.pos(), self._formula_of(path), self)
        else:
            QToolTip.hideText()
