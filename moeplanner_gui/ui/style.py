"""Applies a theme to the application and follows the system's. Knows no views.

Fusion everywhere, with our own palette: the system's colour scheme is only asked for in the
mode "system", because setting it has no effect on several platforms.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPalette
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox

from moeplanner_gui.ui.fonts import (
    font_answer,
    font_base,
    font_heading,
    font_pill,
    font_small,
    font_small_strong,
    font_strong,
)
from moeplanner_gui.ui.proxy_style import PlannerStyle
from moeplanner_gui.ui.qss import style_sheet
from moeplanner_gui.ui.theme import DARK, LIGHT, Theme

Mode = Literal["light", "dark", "system"]
_OF_COMBO_BOXES = ("QComboBoxDelegate", "QComboMenuDelegate")
"""What Qt itself makes to paint the rows of a combo box."""


class ThemeProvider(QObject):
    """The theme in use.

    Signals:
        theme_changed(Theme): Another theme is in use; repaint what was painted from the old one.
    """

    theme_changed = Signal(object)

    def __init__(self, mode: Mode = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode: Mode = mode
        self._theme: Theme = self._resolve()
        self._style: PlannerStyle | None = None
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)

    @property
    def theme(self) -> Theme:
        """The colours to paint with."""
        return self._theme

    @property
    def mode(self) -> Mode:
        """What the user chose: a theme or the system's."""
        return self._mode

    def set_mode(self, mode: Mode) -> None:
        """Use the light or the dark theme, or follow the system."""
        self._mode = mode
        self._update()

    def set_text_percent(self, percent: int) -> None:
        """Write everything at a share of the system's size, 100 to 200 percent."""
        from moeplanner_gui.ui.text_size import set_percent

        def restyle() -> None:
            if self._style is not None:
                self.install()
                # Sentences with several sizes in them are written anew.
                self.theme_changed.emit(self._theme)

        set_percent(percent, restyle)

    def install(self) -> None:
        """Give the application its style, palette and style sheet."""
        application = QApplication.instance()
        if not isinstance(application, QApplication):
            return
        if self._style is None:
            self._style = PlannerStyle()
            self._style.theme = self._theme
            application.setStyle(self._style)
        self._style.theme = self._theme
        application.setPalette(palette(self._theme))
        height = QFontMetrics(application.font()).height()
        # A sheet over a sheet has Qt polish each widget once for every widget around it, ten
        # times on the average. Without the old one first, each is polished twice in all.
        application.setStyleSheet("")
        application.setStyleSheet(style_sheet(self._theme, height))
        _let_go_of_old_delegates(application)

    def _resolve(self) -> Theme:
        if self._mode == "light":
            return LIGHT
        if self._mode == "dark":
            return DARK
        application = QApplication.instance()
        if not isinstance(application, QApplication):
            return LIGHT
        dark = application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return DARK if dark else LIGHT

    def _update(self) -> None:
        theme = self._resolve()
        if theme is self._theme:
            return
        self._theme = theme
        if self._style is not None:
            self.install()
        self.theme_changed.emit(theme)

    def _on_scheme_changed(self, _scheme: object) -> None:
        self._update()


def _let_go_of_old_delegates(application: QApplication) -> None:
    """Without the sheet a combo box has a menu, with it a list: Qt makes the one that paints
    either anew each time, and keeps all of them as long as the combo box lives.
    """
    for top in application.topLevelWidgets():
        for combo in top.findChildren(QComboBox):
            # Asked for its view, one that was never opened would make it.
            for view in combo.findChildren(QAbstractItemView):
                made = [one for one in view.children() if any(map(one.inherits, _OF_COMBO_BOXES))]
                # The last one paints now. A view that is asked for it leaves behind what Python
                # knows it by, however often it is asked.
                for old in made[:-1]:
                    old.deleteLater()


def palette(theme: Theme) -> QPalette:
    """Qt's colour roles filled from the theme, the disabled group included."""
    result = QPalette()
    role = QPalette.ColorRole
    for target, color in (
        (role.Window, theme.window),
        (role.Base, theme.panel),
        (role.AlternateBase, theme.window),
        (role.Button, theme.raised),
        (role.Text, theme.text),
        (role.WindowText, theme.text),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.error),
        (role.PlaceholderText, theme.text3),
        (role.Highlight, theme.selection),
        (role.HighlightedText, theme.text),
        (role.Link, theme.accent),
        (role.LinkVisited, theme.accent),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.Light, theme.panel),
        (role.Midlight, theme.hover),
        (role.Mid, theme.border),
        (role.Dark, theme.strong),
        (role.Shadow, theme.strong),
    ):
        result.setColor(target, QColor(color))
    if hasattr(role, "Accent"):  # Qt 6.6 and later
        result.setColor(role.Accent, QColor(theme.accent))
    disabled = QPalette.ColorGroup.Disabled
    for target in (role.Text, role.WindowText, role.ButtonText, role.HighlightedText):
        result.setColor(disabled, target, QColor(theme.disabled))
    result.setColor(disabled, role.Highlight, QColor(theme.sunken))
    return result


__all__ = [
    "Mode",
    "ThemeProvider",
    "font_answer",
    "font_base",
    "font_heading",
    "font_pill",
    "font_small",
    "font_small_strong",
    "font_strong",
    "palette",
]
