"""Whether things may move by themselves. The program animates nothing of its own; Qt does a few.

Menus and boxes that roll out, a bar that runs to and fro while nobody knows how long it takes, and
the cursor that blinks stand still where the system asks for it (Windows: "Animation effects",
GNOME and KDE: "Enable animations") or where the user does in View.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QProgressBar, QStyle

_EFFECTS = (
    Qt.UIEffect.UI_General,
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
    Qt.UIEffect.UI_AnimateToolBox,
)
_before: tuple[int, tuple[bool, ...]] | None = None
_still = False


def system_wants_still() -> bool:
    """Whether the system asks for no effects, as Qt's styles hear it from the platform."""
    style = QApplication.style()
    return style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0


def keep_still(wished: bool) -> None:
    """Let nothing move by itself, or as much as the system allows."""
    global _before, _still
    if _before is None:
        effects = tuple(QApplication.isEffectEnabled(effect) for effect in _EFFECTS)
        _before = (QApplication.cursorFlashTime(), effects)
    _still = wished
    blink, effects = _before
    QApplication.setCursorFlashTime(0 if wished else blink)
    for effect, enabled in zip(_EFFECTS, effects, strict=True):
        QApplication.setEffectEnabled(effect, enabled and not wished)


def is_still() -> bool:
    """Whether nothing may move by itself."""
    return _still or system_wants_still()


def show_busy(bar: QProgressBar) -> None:
    """Show that something goes on and nobody knows how long: a bar that runs, or a full one."""
    if is_still():
        bar.setRange(0, 1)
        bar.setValue(1)
    else:
        bar.setRange(0, 0)
