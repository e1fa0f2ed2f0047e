"""The style sheet, written from a theme. Knows which widgets it covers and no view.

It covers what a style sheet does well: buttons, tabs, menus, headers, tooltips. Inputs, combo
boxes, sliders and scroll bars are painted in :mod:`moeplanner_gui.ui.proxy_style`.
"""

from __future__ import annotations

from moeplanner_gui.ui.theme import Theme

_TEMPLATE = """
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {border}; padding: 4px 6px; }}

QLabel[tone="2"] {{ color: {text2}; }}
QLabel[tone="3"] {{ color: {text3}; }}
QLabel[tone="error"] {{ color: {error}; }}
QLabel[badge="true"] {{ background: {warn_bg}; color: {warn}; border-radius: 6px;
  padding: 1px 6px; font-weight: 600; }}

QToolButton {{ border: 1px solid transparent; border-radius: 5px; padding: 4px 6px;
  background: transparent; color: {text}; }}
QToolButton:hover {{ background: {hover}; }}
QToolButton:pressed, QToolButton:checked {{ background: {sunken}; }}
QToolButton:focus {{ border: 2px solid {accent}; padding: 3px 5px; }}
QToolButton:disabled {{ color: {disabled}; }}
QToolButton::menu-indicator {{ image: none; width: 0; }}
QToolButton[chip="true"] {{ border: 1px solid {border}; border-radius: {chip}px;
  padding: 2px 9px; color: {text2}; background: {panel}; }}
QToolButton[chip="true"]:hover {{ background: {hover}; }}
QToolButton[chip="true"]:checked {{ background: {selection}; border: 1px solid {accent};
  color: {text}; font-weight: 600; }}
QToolButton[chip="true"]:focus {{ border: 2px solid {accent}; padding: 1px 8px; }}
QToolButton[link="true"] {{ color: {accent}; padding: 0 2px; border: 1px solid transparent; }}
QToolButton[link="true"]:hover {{ background: transparent; text-decoration: underline; }}
QToolButton[link="true"]:focus {{ border: 2px solid {accent}; padding: 0 1px; }}

QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; button-layout: 3; }}
QPushButton {{ background: {raised}; color: {text}; border: 1px solid {strong};
  border-radius: 5px; padding: 0 12px; min-height: {button}px; }}
QPushButton:hover {{ background: {hover}; }}
QPushButton:focus {{ border: 2px solid {accent}; padding: 0 11px; min-height: {button_f}px; }}
QPushButton:pressed {{ background: {sunken}; }}
QPushButton:disabled {{ color: {disabled}; border-color: {border}; background: {panel}; }}
QPushButton[primary="true"] {{ background: {accent}; color: {on_accent};
  border: 1px solid {accent}; font-weight: 600; }}
QPushButton[primary="true"]:hover {{ background: {accent_hover}; }}
QPushButton[primary="true"]:pressed {{ background: {accent_pressed}; }}
QPushButton[primary="true"]:focus {{ border: 2px solid {panel}; outline: 2px solid {accent}; }}
QPushButton[primary="true"]:disabled {{ background: {sunken}; color: {disabled};
  border-color: {border}; }}
QPushButton[link="true"] {{ background: transparent; color: {accent};
  border: 1px solid transparent; padding: 0 4px; }}
QPushButton[link="true"]:hover {{ text-decoration: underline; }}
QPushButton[link="true"]:focus {{ border: 2px solid {accent}; padding: 0 3px; }}

QMenuBar {{ background: {window}; color: {text}; border: 0; padding: 1px 4px; }}
QMenuBar::item {{ background: transparent; padding: 4px 8px; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {hover}; }}
QMenuBar::item:pressed {{ background: {sunken}; }}
QMenu {{ background: {raised}; color: {text}; border: 1px solid {border}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 8px; border-radius: 4px; }}
QMenu::item:selected {{ background: {selection}; color: {text}; }}
QMenu::item:disabled {{ color: {disabled}; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 4px 8px; }}

QTabBar {{ background: transparent; border: 0; qproperty-drawBase: 0; }}
QTabBar::tab {{ background: transparent; color: {text2}; padding: 0 4px;
  margin: 0 8px; border: 0; border-bottom: 2px solid transparent; min-height: {tab}px; }}
QTabBar::tab:hover {{ color: {text}; }}
QTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {accent}; font-weight: 600; }}
QTabBar::tab:focus {{ color: {accent}; }}
QTabBar::tear {{ width: 0; border: 0; image: none; }}
QTabBar::scroller {{ width: 48px; }}
QTabBar QToolButton {{ background: {window}; border: 0; border-radius: 0; padding: 0; }}
QTabBar QToolButton:hover {{ background: {hover}; }}

QHeaderView {{ background: {panel}; border: 0; }}
QHeaderView::section {{ background: {panel}; color: {text3}; border: 0;
  border-bottom: 1px solid {border}; padding: 0 6px; min-height: {small}px; }}

QSplitter::handle {{ background: {border}; }}
QSplitter::handle:hover {{ background: {accent}; }}

QComboBox {{ combobox-popup: 0; }}
QAbstractScrollArea {{ border: 0; }}
QStatusBar {{ background: {window}; color: {text2}; border-top: 1px solid {border}; }}
QStatusBar::item {{ border: 0; }}
QMainWindow::separator {{ background: {border}; width: 1px; height: 1px; }}
"""


def style_sheet(theme: Theme, line_height: int) -> str:
    """The application's style sheet; heights scale with ``line_height`` (pixels of one line)."""
    colors = {name: getattr(theme, name) for name in Theme.__dataclass_fields__}
    control = max(28, line_height + 12)
    return _TEMPLATE.format(
        **colors,
        button=control - 2,
        button_f=control - 4,
        tab=max(36, line_height + 20) - 2,
        small=max(24, line_height + 8),
        chip=max(11, (line_height + 6) // 2),
    )
