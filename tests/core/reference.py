"""The measured and published figures that the tests of models and weights compare with."""

import json
from pathlib import Path
from typing import Any

from tests.core.rigs import CATALOG

DATA = Path(__file__).resolve().parents[1] / "data"
ROWS = CATALOG.models


def reference(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


COUNTS = reference("model_counts.json")["models"]
IDS = sorted(ROWS)
