"""The shipped model rows and the reference data, read once for the tests of this folder."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from moeplanner_gui.core.model import ModelSpec

_ROOT = Path(__file__).resolve().parents[2]
DATA = _ROOT / "tests" / "data"


@lru_cache(maxsize=1)
def rows() -> dict[str, ModelSpec]:
    found = {}
    for path in sorted((_ROOT / "catalogs" / "models").glob("*.json")):
        if not path.name.endswith(".schema.json"):
            for row in json.loads(path.read_text(encoding="utf-8"))["models"]:
                model = ModelSpec.model_validate_json(json.dumps(row))
                found[model.id] = model
    return found


@lru_cache(maxsize=8)
def reference(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))
