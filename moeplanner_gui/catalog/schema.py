"""Writes the JSON Schemas that lie beside the catalogue files: ``python -m`` this module.

They are generated from the row types, so an editor that knows JSON Schema checks and completes
a catalogue file while it is written. A test compares them with what this would write.
"""

from __future__ import annotations

import json
from pathlib import Path

from moeplanner_gui.catalog.claim_kinds import CLAIM_KINDS
from moeplanner_gui.catalog.measured_kinds import SPEED_KINDS
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.catalog.rows import KINDS
from moeplanner_gui.catalog.tariff_kinds import TARIFF_KINDS
from moeplanner_gui.core.words import say
from moeplanner_gui.safe_write import write_file_atomically


def schema_texts() -> dict[str, str]:
    """The text of every schema file by its path inside the catalogue."""
    return {
        f"{kind.folder}/{kind.schema_name}": json.dumps(kind.schema(), indent=2, ensure_ascii=False)
        + "\n"
        for kind in (*KINDS, *SPEED_KINDS, *TARIFF_KINDS, *CLAIM_KINDS)
    }


def write_schemas(folder: Path) -> list[Path]:
    """Write the schemas below ``folder`` and return the files that changed."""
    changed = []
    for name, text in schema_texts().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file_atomically(path, text.encode("utf-8"))
            changed.append(path)
    return changed


def main() -> None:
    """Write the schemas of the catalogue in use and say which changed."""
    changed = write_schemas(catalogs_dir())
    print("\n".join(str(path) for path in changed) or say("All schemas are up to date."))


if __name__ == "__main__":
    main()
