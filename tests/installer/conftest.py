"""The scripts that build packages are no package themselves: they import one another by name."""

from __future__ import annotations

import sys
from pathlib import Path

INSTALLER = str(Path(__file__).resolve().parents[2] / "installer")
if INSTALLER not in sys.path:
    sys.path.append(INSTALLER)
