"""What the program remembers between runs: one typed JSON file. Knows no widgets."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from moeplanner_gui.core.words import comma_joined, say

FOLDER_VARIABLE = "MOEPLANNER_CONFIG_DIR"
"""An environment variable that moves settings and autosave elsewhere (tests, portable use)."""
MAX_RECENT = 10
MAX_BYTES = 2**20
MAX_OPEN_FILES = 200


def _path_text(text: str) -> str:
    if "\0" in text:
        raise ValueError("no system has such a path")
    return text


def _base64_text(text: str) -> str:
    base64.b64decode(text, validate=True)
    return text


PathText = Annotated[str, Field(max_length=8192), AfterValidator(_path_text)]
Base64Text = Annotated[str, Field(max_length=8192), AfterValidator(_base64_text)]
Pixels = Annotated[int, Field(ge=0, le=100_000)]


class Settings(BaseModel):
    """The remembered choices. Unknown keys are dropped: an older version reads a newer file."""

    model_config = ConfigDict(extra="ignore")

    theme: Literal["light", "dark", "system"] = "system"
    memory_unit: Literal["GiB", "GB"] = "GiB"
    language: str = "system"
    recent: list[PathText] = Field(default_factory=list)
    last_file: PathText | None = None
    open_files: list[PathText] = Field(default_factory=list, max_length=MAX_OPEN_FILES)
    sample_hint_seen: bool = False
    seen_version: Annotated[str, Field(max_length=40)] = ""
    catalogue_address: Annotated[str, Field(max_length=2000)] = ""
    geometry: Base64Text = ""
    columns: list[Pixels] = Field(default_factory=list)
    rows: list[Pixels] = Field(default_factory=list)
    tab: str = "memory"
    live_meters: bool = False
    recent_commands: list[Annotated[str, Field(max_length=200)]] = Field(
        default_factory=list, max_length=50
    )
    text_percent: Annotated[int, Field(ge=100, le=200)] = 100
    reduced_motion: bool = False

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


def peek(folder: Path | None = None) -> Settings:
    """The settings as far as they can be read; nothing on the disk is touched."""
    from moeplanner_gui.safe_read import read_file

    try:
        data = read_file((folder or config_folder()) / "settings.json", MAX_BYTES)
        return Settings.model_validate_json(data)
    except OSError:
        return Settings()
    except ValidationError:
        return _what_can_be_read(data)[0]


class SettingsStore:
    """Reads the settings once and writes them when asked.

    Attributes:
        settings: What is remembered.
        first_run: There was no settings file.
        damage: What was wrong with the file and where it lies now, "" when nothing was.
        on_refused: Called with the reason when the disk refuses, once for each run of refusals.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder if folder is not None else config_folder()
        self.damage = ""
        self.on_refused: Callable[[str], object] | None = None
        self._file = self.folder / "settings.json"
        self._may_write = True
        self._refused = False
        self.settings, self.first_run = self._read()
        self._before = self.settings.model_dump()
        if self.damage and not self.first_run:
            # What could be read of a damaged file is on the disk again.
            self.save()

    def save(self) -> bool:
        """Write the settings; a disk that refuses costs only the memory of them.

        What another window changed meanwhile, and this one did not, stays.
        """
        if not self._may_write:
            return False
        from moeplanner_gui.safe_write import why_not_written, write_file_atomically

        self._take_over()
        kept = self.settings.model_dump()
        text = json.dumps(kept, indent=2, ensure_ascii=False)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_file_atomically(self._file, text.encode("utf-8", "replace"))
        except OSError as error:
            if not self._refused and self.on_refused is not None:
                self.on_refused(why_not_written(error))
            self._refused = True
            return False
        self._refused, self._before = False, kept
        return True

    def _take_over(self) -> None:
        """What another window of the same settings wrote since this one read or wrote them."""
        from moeplanner_gui.safe_read import read_file

        try:
            there = Settings.model_validate_json(read_file(self._file, MAX_BYTES)).model_dump()
        except (OSError, ValueError, RecursionError):
            return
        mine = self.settings.model_dump()
        for name, value in there.items():
            if mine[name] == self._before[name]:
                setattr(self.settings, name, value)
            elif name == "recent" and mine[name]:
                others = [item for item in value if item not in self._before[name]]
                merged = [*mine[name], *(item for item in others if item not in mine[name])]
                self.settings.recent = merged[:MAX_RECENT]

    def _read(self) -> tuple[Settings, bool]:
        from moeplanner_gui.safe_read import UnreadableError, read_file, why_not_read

        try:
            data = read_file(self._file, MAX_BYTES)
        except FileNotFoundError:
            return Settings(), True
        except UnreadableError as error:
            self._put_aside(why_not_read(error), [])
            return Settings(), False
        except OSError as error:
            self._may_write = not os.path.lexists(self._file)
            if not self._may_write:
                self.damage = say(
                    "{0} was left as it is ({1}). Until that is put right, nothing is remembered.",
                    self._file,
                    why_not_read(error),
                )
            return Settings(), False
        try:
            return Settings.model_validate_json(data), False
        except ValidationError:
            settings, lost = _what_can_be_read(data)
            self._put_aside(say("it is damaged"), lost)
            return settings, False

    def _put_aside(self, reason: str, lost: list[str]) -> None:
        from moeplanner_gui.safe_read import put_aside

        kept = put_aside(self._file)
        if kept is None:
            self._may_write = False
            self.damage = say(
                "{0} was left as it is ({1}). Until that is put right, nothing is remembered.",
                self._file,
                reason,
            )
        elif lost:
            self.damage = say(
                "{0} was kept as {1} ({2}). These are as at the first start: {3}.",
                self._file,
                kept.name,
                reason,
                comma_joined(dict.fromkeys(_in_words(name) for name in lost)),
            )
        else:
            self.damage = say(
                "{0} was kept as {1} ({2}). All settings are as at the first start.",
                self._file,
                kept.name,
                reason,
            )


def _what_can_be_read(data: bytes) -> tuple[Settings, list[str]]:
    """The settings of a damaged file that are sound, and the names of those that are not.

    Nothing is named when none is sound.
    """
    try:
        content: Any = json.loads(data)
    except (ValueError, RecursionError):
        return Settings(), []
    if not isinstance(content, dict):
        return Settings(), []
    lost: list[str] = []
    for _ in range(len(Settings.model_fields)):
        try:
            return Settings.model_validate(content), lost
        except ValidationError as error:
            names = {str(each["loc"][0]) for each in error.errors() if each["loc"]}
            lost += sorted(names & content.keys())
            content = {name: value for name, value in content.items() if name not in names}
    return Settings(), []


def _in_words(name: str) -> str:
    """What a person calls a setting."""
    words = {
        "theme": say("the theme"),
        "memory_unit": say("the unit of memory"),
        "language": say("the language"),
        "text_percent": say("the size of the text"),
        "recent": say("the recent files"),
        "last_file": say("the plans that were open"),
        "open_files": say("the plans that were open"),
        "geometry": say("the place of the window"),
        "columns": say("the widths of the panes"),
        "rows": say("the heights of the panes"),
        "tab": say("the tab that was shown"),
        "live_meters": say("the live meters"),
        "sample_hint_seen": say("the hints that were closed"),
        "seen_version": say("the version that ran last"),
        "catalogue_address": say("the address of catalogues"),
        "recent_commands": say("the commands that were used last"),
        "reduced_motion": say("reduced motion"),
    }
    return words.get(name, name)
