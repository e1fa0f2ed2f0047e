"""What changed in which version, from the one CHANGELOG.md. Knows its form, no widgets."""

from __future__ import annotations

import re
from pathlib import Path

from moeplanner_gui import __version__
from moeplanner_gui.catalog import paths
from moeplanner_gui.core.records import dataclass

_HEAD = re.compile(r"^## \[([^\]]+)\](?: - (\d{4}-\d{2}-\d{2}))?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Release:
    """One version: its number, its day ("" when it has none) and the Markdown below it."""

    version: str
    date: str
    text: str


def releases(file: Path | None = None) -> tuple[Release, ...]:
    """Every version of the change log, the newest first; none when the file is not there."""
    try:
        text = (file if file is not None else paths.changelog_file()).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ()
    heads = list(_HEAD.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return tuple(
        Release(head[1], head[2] or "", text[head.end() : end].strip())
        for head, end in zip(heads, ends, strict=True)
    )


def release(version: str = __version__, file: Path | None = None) -> Release | None:
    """What is new in a version; None when the change log does not name it."""
    return next((found for found in releases(file) if found.version == version), None)
