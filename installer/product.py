"""What the packages say about the program: one place, read by the spec and every script here.

The version is ``__version__`` of ``moeplanner_gui/__init__.py``; it is read as text, so that a
script can ask for it without importing the program.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "MoE Planner"
COMMAND = "moeplanner"
WINDOW_COMMAND = "moeplanner-gui"
"""Windows has two programs: one for a console and one that opens none."""
APP_ID = "org.moeplanner.moeplanner"
"""Bundle id of macOS and component id of AppStream. Nobody owns that domain yet: whoever publishes
the program registers it or puts a name of their own here, before the first release."""
PLAN_UTI = "org.moeplanner.plan"
INNO_APP_ID = "{{8C6B2B57-4C38-4D2C-9E36-6B5A1F6F0B1D}"
"""Windows knows an installed program by it; it never changes. The first brace is Inno's escape."""
PUBLISHER = "MoE Planner contributors"
CONTACT = "MoE Planner contributors <moeplanner@localhost>"
"""Debian's control file wants an address. Whoever publishes puts theirs here."""
SUMMARY = "Plan the hardware for a mixture-of-experts language model"
COPYRIGHT = "Copyright (c) 2026 MoE Planner contributors. MIT licence."
MIME = "application/vnd.moeplanner.plan+json"
OLDEST_MACOS = "13.0"
"""What the Qt libraries of PySide6 6.11 are built for."""


def version() -> str:
    """The program's version, such as ``1.2.3``.

    Raises:
        ValueError: The package names no version, or not in the form X.Y.Z.
    """
    text = (ROOT / "moeplanner_gui" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(\d+\.\d+\.\d+)"$', text, re.MULTILINE)
    if found is None:
        raise ValueError("moeplanner_gui/__init__.py names no version X.Y.Z.")
    return found.group(1)


def commit() -> str:
    """The commit that is built; "" outside of git."""
    said = _git("rev-parse", "HEAD")
    return said if re.fullmatch(r"[0-9a-f]{40,64}", said) else ""


def is_changed() -> bool:
    """True when a tracked file differs from the commit."""
    return bool(_git("status", "--porcelain", "--untracked-files=no"))


def built_at() -> int:
    """Seconds since 1970 that every file in a package gets, so that a build can be repeated.

    ``SOURCE_DATE_EPOCH`` (reproducible-builds.org), else the commit's time, else now.
    """
    for text in (os.environ.get("SOURCE_DATE_EPOCH", ""), _git("log", "-1", "--format=%ct")):
        if text.isdigit():
            return int(text)
    return int(time.time())


def release_day() -> str:
    """The day of this version as YYYY-MM-DD: as the change log has it, else the build's."""
    changes = ROOT / "CHANGELOG.md"
    if changes.is_file():
        pattern = rf"^## \[?{re.escape(version())}\]?\s+[-–—]\s+(\d{{4}}-\d\d-\d\d)"
        found = re.search(pattern, changes.read_text(encoding="utf-8"), re.MULTILINE)
        if found is not None:
            return found.group(1)
    return time.strftime("%Y-%m-%d", time.gmtime(built_at()))


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
