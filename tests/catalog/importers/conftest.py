"""The published configurations and counts, read once."""

import json
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="session")
def shipped() -> Catalog:
    return load_catalog(catalogs_dir())


@pytest.fixture(scope="session")
def counts() -> dict[str, Any]:
    return json.loads((DATA / "parameter_counts.json").read_bytes())["models"]
