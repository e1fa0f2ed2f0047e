"""Spares the start reading the program's source text. Importing this module loads Qt.

PySide can switch the names of its methods for a module that asks for it (``__feature__``). To know
which modules may, it reads the source of each one that is imported after it and looks for its own
name there: as long as a quarter of the window's imports take, and 3 MB of text that stays in
memory. No module of this program asks.
"""

from __future__ import annotations

import sys

import PySide6.QtCore

_READER = "_mod_uses_pyside"


def leave_sources_unread() -> bool:
    """Tell PySide that no module switches; False when this PySide asks in another way."""
    assert PySide6.QtCore
    for name in ("shibokensupport.feature", "PySide6.support.feature"):
        feature = sys.modules.get(name)
        if callable(getattr(feature, _READER, None)):
            # What PySide finds of every module that uses it and asks for nothing.
            setattr(feature, _READER, lambda module: True)
            return True
    return False
