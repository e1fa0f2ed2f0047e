import pytest

from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir


@pytest.fixture(scope="session")
def shipped() -> Catalog:
    return load_catalog(catalogs_dir())
