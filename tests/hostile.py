"""Names that are meant to do harm: one list for the tests of everything that shows a name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

_FILE = Path(__file__).parent / "data" / "hostile_text.json"


def _read() -> dict[str, str]:
    rows = json.loads(_FILE.read_text(encoding="utf-8"))["texts"]
    return {row["id"]: row["text"] * row.get("times", 1) for row in rows}


HOSTILE: Final[dict[str, str]] = _read()
"""Text by its id."""
