"""Which catalogue is in force: the one that was shipped, or an update that was installed.

An update lies in a folder of its own beside the user's rows; one small file, written in one step,
says which folder counts. So an update is there as a whole or not at all, the one before it is one
step back, and taking the file away is the shipped catalogue again. Reading costs nothing while no
update is installed.
"""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from moeplanner_gui.catalog import paths
from moeplanner_gui.catalog.read_rows import MAX_FILE_BYTES
from moeplanner_gui.core.words import say
from moeplanner_gui.safe_read import read_file

if TYPE_CHECKING:
    from moeplanner_gui.catalog.bundle import Bundle

POINTER: Final = "in-force.json"
ADDED: Final = "added.json"
"""Beside an update's files: ids of its rows that the shipped catalogue does not have."""
_MAX_POINTER_BYTES: Final = 10_000
_DATE = re.compile(rb'"date":\s*"(\d{4}-\d{2}-\d{2})"')
_NAME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{12}")


class Pointer(NamedTuple):
    """Which updates are there: folder names, "" being the shipped catalogue.

    Attributes:
        folder: The one in force.
        previous: The one a step back; None when there is none.
    """

    folder: str = ""
    previous: str | None = None

    def text(self) -> bytes:
        """As it is written."""
        return (json.dumps(self._asdict()) + "\n").encode()


class InForce(NamedTuple):
    """The catalogue that counts.

    Attributes:
        folder: Where its files lie.
        update: The name of the installed update's folder, "" for the shipped catalogue.
        version: What the update is called, "" for the shipped catalogue.
        problem: Why an update that is there is not used, as a sentence; "" when nothing is wrong.
        problem_file: What the problem is about.
        added: Ids that the shipped catalogue does not have: a plan brings these rows along.
    """

    folder: Path
    update: str = ""
    version: str = ""
    problem: str = ""
    problem_file: str = ""
    added: frozenset[str] = frozenset()


def updates_dir() -> Path:
    """Where updates lie, beside the folder of the user's rows; may not exist."""
    return paths.user_catalogs_dir().parent / "catalog-updates"


def in_force(updates: Path | None = None, shipped: Path | None = None) -> InForce:
    """The catalogue to load. An update counts while it is whole and not older than the shipped.

    Args:
        updates: Where updates lie; the platform's folder when left out.
        shipped: The shipped catalogue.
    """
    shipped = shipped if shipped is not None else paths.catalogs_dir()
    updates = updates if updates is not None else updates_dir()
    file = updates / POINTER
    try:
        pointer = read_pointer(updates)
    except (OSError, ValueError):
        return InForce(shipped, problem=_unreadable(), problem_file=str(file))
    if not pointer.folder:
        return InForce(shipped)
    folder = updates / pointer.folder
    if pointer.folder[:10] < shipped_date(shipped):
        # A newer version of the program brought a newer catalogue; no fault, and nothing to say.
        return InForce(shipped)
    version = checked_version(folder)
    if version is None:
        return InForce(shipped, problem=_damaged(), problem_file=str(folder))
    return InForce(folder, update=pointer.folder, version=version, added=_added(folder))


def not_for_this_version(update: InForce) -> InForce:
    """The shipped catalogue in the place of an update with rows that cannot be read."""
    return InForce(
        paths.catalogs_dir(),
        problem=say(
            "The catalogue update {0} has rows that this version of the program cannot read. The"
            " catalogue that came with the program is used.",
            update.version,
        ),
        problem_file=str(update.folder),
    )


def read_pointer(updates: Path) -> Pointer:
    """Which updates are there; an empty one when there are none.

    Raises:
        OSError: It is there and cannot be read.
        ValueError: It is damaged.
    """
    try:
        found = json.loads(read_file(updates / POINTER, _MAX_POINTER_BYTES))
    except (FileNotFoundError, NotADirectoryError):
        return Pointer()
    except RecursionError:
        raise ValueError(say("no object")) from None
    if not isinstance(found, dict):
        raise ValueError(say("no object"))
    pointer = Pointer(found.get("folder", ""), found.get("previous"))
    for name in (pointer.folder, pointer.previous):
        # The names become paths: nothing else may stand there.
        if (
            name is not None
            and name != ""
            and not (isinstance(name, str) and _NAME.fullmatch(name))
        ):
            raise ValueError(say("no folder of an update"))
    if pointer.folder is None:
        raise ValueError(say("no folder of an update"))
    return pointer


def _added(folder: Path) -> frozenset[str]:
    try:
        found = json.loads(read_file(folder / ADDED, MAX_FILE_BYTES))
    except (OSError, ValueError, RecursionError):
        return frozenset()
    names = found if isinstance(found, list) else ()
    return frozenset(name for name in names if isinstance(name, str))


def checked_version(folder: Path) -> str | None:
    """What the update in a folder is called; None when a file of it is missing or changed."""
    # Imported here: a start without an update needs neither.
    import hashlib

    from moeplanner_gui.catalog.bundle import MANIFEST, Manifest

    try:
        manifest = Manifest.model_validate_json(read_file(folder / MANIFEST, MAX_FILE_BYTES))
        for entry in manifest.files:
            data = read_file(folder / entry.path, entry.bytes)
            if hashlib.sha256(data).hexdigest() != entry.sha256:
                return None
    except (OSError, ValueError):
        return None
    return manifest.version


def shipped_date(shipped: Path | None = None) -> str:
    """The newest date of the shipped files, from their first lines; "" when there is none."""
    folder = shipped if shipped is not None else paths.catalogs_dir()
    dates = [""]
    for path in folder.glob("*/*.json"):
        if path.name.endswith(".schema.json"):
            continue
        with contextlib.suppress(OSError), path.open("rb") as stream:
            if found := _DATE.search(stream.read(400)):
                dates.append(found[1].decode())
    return max(dates)


def folder_name(bundle: Bundle) -> str:
    """The folder that an update gets: its date, and a part of its checksum."""
    return f"{bundle.manifest.date}-{bundle.sha256[:12]}"


def remove_unused(updates: Path, pointer: Pointer) -> None:
    """Take away what is neither in force nor one step back; what cannot go stays."""
    import shutil

    keep = {POINTER, ".lock", pointer.folder, pointer.previous}
    with contextlib.suppress(OSError):
        for path in updates.iterdir():
            ours = _NAME.fullmatch(path.name) or path.name.startswith(".incoming-")
            if ours and path.name not in keep:
                shutil.rmtree(path, ignore_errors=True)


def _unreadable() -> str:
    return say(
        "Which catalogue update is in use cannot be read. The catalogue that came with the program"
        " is used."
    )


def _damaged() -> str:
    return say(
        "The catalogue update is damaged: a file is missing or was changed. The catalogue that"
        " came with the program is used."
    )
