"""What the program remembers between runs: one typed JSON file. Knows no widgets."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FOLDER_VARIABLE = "MOEPLANNER_CONFIG_DIR"
"""An environment variable that moves settings and autosave elsewhere (tests, portable use)."""
MAX_RECENT = 10


class Settings(BaseModel):
    """The remembered choices. Unknown keys are dropped: an older version reads a newer file."""

    model_config = ConfigDict(extra="ignore")

    theme: Literal["light", "dark", "system"] = "system"
    memory_unit: Literal["GiB", "GB"] = "GiB"
    recent: list[str] = Field(default_factory=list)
    last_file: str | None = None
    open_files: list[str] = Field(default_factory=list)
    sample_hint_seen: bool = False
    geometry: str = ""
    columns: list[int] = Field(default_factory=list)
    rows: list[int] = Field(default_factory=list)
    tab: str = "memory"
    live_meters: bool = False

    def files_to_open(self) -> list[Path]:
        """The plan files that were open last time, in the order of their tabs."""
        names = self.open_files or ([self.last_file] if self.last_file else [])
        return [Path(name) for name in names]

    def remember_file(self, path: Path) -> None:
        """Put a plan file first among the recent ones."""
        text = str(path)
        self.recent = [text, *(item for item in self.recent if item != text)][:MAX_RECENT]
        self.last_file = text


def config_folder() -> Path:
    """Where settings and autosaves lie."""
    moved = os.environ.get(FOLDER_VARIABLE)
    if moved:
        return Path(moved)
    from platformdirs import user_config_path

    return user_config_path("moeplanner", appauthor=False)


class SettingsStore:
    """Reads the settings once and writes them when asked."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder if folder is not None else config_folder()
        self._file = self.folder / "settings.json"
        self.settings, self.first_run = self._read()

    def save(self) -> None:
        """Write the settings; a disk that refuses costs only the memory of them."""
        from moeplanner_gui.safe_write import write_file_atomically

        text = json.dumps(self.settings.model_dump(), indent=2, ensure_ascii=False)
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_file_atomically(self._file, text.encode())

    def _read(self) -> tuple[Settings, bool]:
        try:
            return Settings.model_validate_json(self._file.read_bytes()), False
        except FileNotFoundError:
            return Settings(), True
        except (OSError, ValidationError):
            # Damaged settings are not worth a question: the defaults are fine.
            return Settings(), False
