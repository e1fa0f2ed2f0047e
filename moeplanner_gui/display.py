"""Whether there is a display to open a window on. Asks the environment, loads no Qt."""

from __future__ import annotations

import os
import sys


def has_display() -> bool:
    """True where Qt can open a window; without one it would abort the whole process."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
