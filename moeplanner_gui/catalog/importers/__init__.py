"""Reads models from files: config.json, safetensors headers, GGUF headers, or a folder of them.

Headers only: the weights themselves are never read. Every file is a stranger's: what cannot be
understood ends in an :class:`ImportFailure` that names the file and the field or the offset.
"""

from __future__ import annotations

from moeplanner_gui.catalog.importers.failure import ImportFailure
from moeplanner_gui.catalog.importers.hf_config import import_config
from moeplanner_gui.catalog.importers.importing import Imported, import_path

__all__ = ["ImportFailure", "Imported", "import_config", "import_path"]
