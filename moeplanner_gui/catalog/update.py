"""Puts a catalogue update into force, takes it back, and returns to the shipped catalogue.

The user's own rows and prices lie elsewhere and are never touched.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from moeplanner_gui.catalog import paths
from moeplanner_gui.catalog.bundle import ALL_KINDS, Bundle
from moeplanner_gui.catalog.bundle_changes import Changes, changes_between
from moeplanner_gui.catalog.bundle_read import BundleError
from moeplanner_gui.catalog.check import check_catalog
from moeplanner_gui.catalog.installed import (
    ADDED,
    POINTER,
    InForce,
    Pointer,
    checked_version,
    folder_name,
    in_force,
    read_pointer,
    remove_unused,
    shipped_date,
    updates_dir,
)
from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.catalog.problems import CatalogProblem
from moeplanner_gui.catalog.read_rows import read_kind
from moeplanner_gui.catalog.user_folder import changing, not_saved
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.safe_read import UnreadableError
from moeplanner_gui.safe_write import write_file_atomically

CARRIED_KINDS: Final = ("models", "gpus", "hosts", "networks", "links")
"""What a plan brings along where the other machine may not have it."""
LONGEST_NAME: Final = 200


class UpdateError(BundleError):
    """An update could not be made; the text is a sentence. What was in force still is."""


class UnsoundBundle(UpdateError):
    """Rows of a bundle are not sound; ``problems`` names them."""

    def __init__(self, problems: tuple[CatalogProblem, ...]) -> None:
        self.problems = problems
        super().__init__(
            say(
                "The bundle has rows that are not sound, so nothing of it is used. The first of"
                " {0:,} findings: {1}",
                len(problems),
                str(problems[0]),
            )
        )


@dataclass(frozen=True, slots=True)
class Preview:
    """What an update would bring; every row of it was found sound.

    Attributes:
        bundle: The bundle.
        changes: What differs from the catalogue that is in force.
        before: The version that is in force, "" for the shipped one.
    """

    bundle: Bundle
    changes: Changes
    before: str


def preview(
    bundle: Bundle,
    *,
    expected_sha256: str = "",
    updates: Path | None = None,
    shipped: Path | None = None,
) -> Preview:
    """Look at every row of a bundle, and at what it would change. Nothing is installed.

    Args:
        bundle: A bundle that was read.
        expected_sha256: The checksum that its publisher names, if the user has it.
        updates: Where updates lie.
        shipped: The shipped catalogue.

    Raises:
        UpdateError: The checksum is another one, it is older than the shipped catalogue, or a
            row of it is not sound.
    """
    wanted = "".join(expected_sha256.split()).lower()
    if wanted and wanted != bundle.sha256:
        raise UpdateError(
            say(
                "The bundle is not the one that this checksum is of: its SHA-256 is {0}.",
                bundle.sha256,
            )
        )
    of_shipped = shipped_date(shipped)
    if bundle.manifest.date < of_shipped:
        raise UpdateError(
            say(
                "The bundle is of {0} and so older than the catalogue that came with the program,"
                " of {1}.",
                bundle.manifest.date,
                of_shipped,
            )
        )
    now = in_force(updates, shipped)
    try:
        with tempfile.TemporaryDirectory(prefix="moeplanner-catalog-") as name:
            return _looked_at(bundle, Path(name), now)
    except OSError as error:
        place = error.filename or tempfile.tempdir or "TMPDIR"
        raise UpdateError(not_saved(Path(str(place)), error)) from None


def _looked_at(bundle: Bundle, folder: Path, now: InForce) -> Preview:
    bundle.write_to(folder)
    problems = (*check_catalog(folder, schemas=False), *_strange_names(folder))
    if problems:
        raise UnsoundBundle(problems)
    return Preview(bundle, changes_between(now.folder, folder), now.version)


def _strange_names(folder: Path) -> Iterator[CatalogProblem]:
    """Ids and names that could pass for lines of the preview, or turn the text round."""
    for kind in ALL_KINDS:
        for row in read_kind(folder, kind)[0]:
            for field in {kind.id_field or "part_id", "name"}:
                text = getattr(row, field, None)
                if isinstance(text, str) and (not text.isprintable() or len(text) > LONGEST_NAME):
                    said = say("Has characters that are not shown, or is too long.")
                    yield CatalogProblem(kind.folder, "", field, said)


def install(shown: Preview, updates: Path | None = None) -> None:
    """Put a bundle into force that was looked at; the one before it is kept.

    Raises:
        UpdateError: It could not be written; the catalogue before is still in force.
    """
    updates = updates if updates is not None else updates_dir()
    name = folder_name(shown.bundle)
    with changing(updates, UpdateError):
        before = _pointer(updates)
        if checked_version(updates / name) is None:
            incoming = Path(tempfile.mkdtemp(prefix=".incoming-", dir=updates))
            try:
                shown.bundle.write_to(incoming)
                added = json.dumps(_added(incoming)).encode()
                write_file_atomically(incoming / ADDED, added)
                _flush(incoming)
                shutil.rmtree(updates / name, ignore_errors=True)
                incoming.rename(updates / name)
            except OSError:
                shutil.rmtree(incoming, ignore_errors=True)
                raise
        if before.folder == name:
            return
        _point(updates, Pointer(folder=name, previous=before.folder))


def _added(folder: Path) -> list[str]:
    """Ids of rows that the catalogue of the program does not have."""
    shipped, found = load_catalog(paths.catalogs_dir()), load_catalog(folder)
    return sorted(
        row_id
        for kind in CARRIED_KINDS
        for row_id in getattr(found, kind)
        if row_id not in getattr(shipped, kind)
    )


def can_undo(updates: Path | None = None) -> bool:
    """Whether there is an update to take back."""
    try:
        return read_pointer(updates or updates_dir()).previous is not None
    except (OSError, ValueError):
        return False


def undo(updates: Path | None = None) -> None:
    """Back to the catalogue that was in force before; a second time is forward again.

    Raises:
        UpdateError: There is nothing to take back, or it could not be written.
    """
    updates = updates if updates is not None else updates_dir()
    with changing(updates, UpdateError):
        now = _pointer(updates)
        if now.previous is None:
            raise UpdateError(say("There is no catalogue update to take back."))
        if now.previous and checked_version(updates / now.previous) is None:
            raise UpdateError(say("The catalogue before it is damaged and cannot come back."))
        _point(updates, Pointer(folder=now.previous, previous=now.folder))


def reset(updates: Path | None = None) -> None:
    """Back to the catalogue that came with the program; undo brings the update back.

    Raises:
        UpdateError: It could not be written.
    """
    updates = updates if updates is not None else updates_dir()
    if not (updates / POINTER).exists():
        return
    with changing(updates, UpdateError):
        now = _pointer(updates)
        if now.folder:
            _point(updates, Pointer(folder="", previous=now.folder))
        elif now == Pointer():
            # It was damaged: a sound one says that nothing is installed.
            _point(updates, now)


def _pointer(updates: Path) -> Pointer:
    try:
        return read_pointer(updates)
    except (ValueError, UnreadableError):
        return Pointer()


def _point(updates: Path, pointer: Pointer) -> None:
    write_file_atomically(updates / POINTER, pointer.text())
    remove_unused(updates, pointer)


def _flush(folder: Path) -> None:
    """The files are on the disk before anything says that they count."""
    for path in folder.rglob("*.json"):
        handle = os.open(path, os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
