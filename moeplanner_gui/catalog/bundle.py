"""A catalogue as one file that can be passed on: its rows, and a list of them with checksums.

A bundle is a zip with ``manifest.json`` and the data files of a catalogue, as they lie in
``catalogs/``. The checksums show that every file arrived whole and belongs to this list. They do
**not** show who made it: whoever can change a file can write a new list. Only the SHA-256 of the
whole bundle, compared with what its publisher names elsewhere, shows that. Knows the form; what a
hostile bundle may hold is the matter of ``bundle_read``.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from moeplanner_gui import __version__
from moeplanner_gui.catalog.claim_kinds import CLAIM_KINDS
from moeplanner_gui.catalog.measured_kinds import SPEED_KINDS
from moeplanner_gui.catalog.peak_hours import PEAK_HOURS
from moeplanner_gui.catalog.rows import FILE_VERSION, KINDS, Kind
from moeplanner_gui.catalog.tariff_kinds import TARIFF_KINDS
from moeplanner_gui.core.records import dataclass

FORMAT: Final = "moeplanner-catalog/1"
MANIFEST: Final = "manifest.json"
SUFFIX: Final = ".moecatalog"

ALL_KINDS: Final[tuple[Kind, ...]] = tuple(
    dict.fromkeys((*KINDS, *SPEED_KINDS, *TARIFF_KINDS, *CLAIM_KINDS, PEAK_HOURS))
)
"""Every kind of file that a bundle may hold."""

_DAY = r"^\d{4}-\d{2}-\d{2}$"
# A zip without a date of its own is the same bytes on every machine.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class FileEntry(_Strict):
    """One file of a bundle: its path inside the catalogue, its size and its SHA-256 in hex."""

    path: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}/[a-z0-9][a-z0-9._-]{0,80}\.json$")]
    bytes: Annotated[int, Field(ge=2)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(_Strict):
    """What a bundle says of itself.

    Attributes:
        format: The form of the bundle; another one is not read.
        version: What its publisher calls it.
        date: The newest date of its files, ``YYYY-MM-DD``.
        rows_version: The form of its rows; a newer one is not read.
        needs_program: The oldest version of the program that reads it.
        files: What it holds, sorted by path.
    """

    format: Literal["moeplanner-catalog/1"] = FORMAT
    version: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w.+ -]+$")]
    date: Annotated[str, Field(pattern=_DAY)]
    rows_version: Annotated[int, Field(ge=1, le=FILE_VERSION)] = FILE_VERSION
    needs_program: Annotated[str, Field(pattern=r"^\d{1,4}(\.\d{1,4}){0,3}$")] = "0.1.0"
    files: tuple[FileEntry, ...]

    def text(self) -> bytes:
        """The manifest as it is written."""
        return (json.dumps(self.model_dump(mode="json"), indent=1) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was read and is whole; its rows were not looked at yet.

    Attributes:
        manifest: What it says of itself.
        files: The bytes of each file by its path.
        sha256: The SHA-256 of the whole bundle in hex.
    """

    manifest: Manifest
    files: dict[str, bytes]
    sha256: str

    def write_to(self, folder: Path) -> None:
        """Write the files and the manifest below a folder.

        Raises:
            OSError: Something could not be written.
        """
        for name, data in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        (folder / MANIFEST).write_bytes(self.manifest.text())


def data_files(folder: Path) -> Iterator[Path]:
    """The data files of a catalogue that belong into a bundle, sorted by path."""
    found = {
        path
        for kind in ALL_KINDS
        for path in (folder / kind.folder).glob(kind.files)
        if not path.name.endswith(".schema.json") and path.is_file()
    }
    return iter(sorted(found))


def make_bundle(folder: Path, date: str, version: str = "") -> bytes:
    """A catalogue folder as a bundle; the same bytes for the same files.

    Args:
        folder: The catalogue; whether its rows are sound is the caller's question.
        date: The newest date of its files.
        version: What it is to be called; the date when left out.

    Raises:
        OSError: A file could not be read.
        ValueError: Date, version or a file's name cannot stand in a manifest.
    """
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in data_files(folder)}
    manifest = Manifest(
        version=version or date,
        date=date,
        needs_program=__version__,
        files=tuple(
            FileEntry(path=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
            for name, data in files.items()
        ),
    )
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as pack:
        for name, data in ((MANIFEST, manifest.text()), *files.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            pack.writestr(entry, data)
    return out.getvalue()
