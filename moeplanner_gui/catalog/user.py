"""The user's own models, cards and hosts on the disk: saved, renamed, deleted, put back.

One row lies in one file, so that two programs that save at once touch different files; what
reads before it writes (an id that must be free, a file with several rows) happens under a lock.
Nothing here is ever overwritten unread: a file that cannot be understood is kept aside.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final, Literal, TypeVar, cast

from pydantic import BaseModel

from moeplanner_gui.catalog import paths
from moeplanner_gui.catalog.installed import in_force
from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.catalog.problems import CatalogProblem
from moeplanner_gui.catalog.rows import FILE_VERSION, KINDS, CatalogFile, Kind, PriceEntry
from moeplanner_gui.catalog.user_files import UserFile, copy_aside, kept_as, read_user_file
from moeplanner_gui.catalog.user_folder import changing, not_saved
from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.row_problems import row_problems
from moeplanner_gui.core.words import say
from moeplanner_gui.safe_read import first_free
from moeplanner_gui.safe_write import why_not_written, write_file_atomically

OWN_GROUP: Final = "My hardware"
TYPED_IN: Final = "typed in"
"""The source of a figure that the user entered."""

RowKind = Literal["model", "gpu", "host"]
Row = ModelSpec | GpuSpec | HostSpec
_AnyRow = TypeVar("_AnyRow", ModelSpec, GpuSpec, HostSpec)

_KINDS: Final[Mapping[str, Kind]] = {kind.noun: kind for kind in KINDS}
_MAX_SLUG = 60
# Names that Windows keeps for devices, with any suffix.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


class UserCatalogError(Exception):
    """A row could not be saved, renamed or deleted; the text is a sentence for a person."""


class UserCatalog:
    """The user's own rows in a folder.

    Reading never fails; what cannot be read is in ``problems``. Every change reads the folder
    again under a lock first, so that another window's changes are kept.

    Args:
        folder: Where the rows lie, in ``models/``, ``gpus/``, ``hosts/`` and ``prices/``; the
            platform's folder for them when left out. It is made when the first row is saved.
        shipped: The rows whose ids are taken; the shipped catalogue when left out.
        today: The date to write into the files.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        shipped: Catalog | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.folder = folder if folder is not None else paths.user_catalogs_dir()
        self._shipped = shipped
        self._today = today
        self._files: dict[str, list[UserFile]] = {}
        self._kept_aside: list[CatalogProblem] = []
        self.reload()

    # Reading -------------------------------------------------------------------------------

    @property
    def models(self) -> Mapping[str, ModelSpec]:
        """The user's models by id."""
        return self._rows("model", ModelSpec)

    @property
    def gpus(self) -> Mapping[str, GpuSpec]:
        """The user's cards by id."""
        return self._rows("gpu", GpuSpec)

    @property
    def hosts(self) -> Mapping[str, HostSpec]:
        """The user's hosts by id."""
        return self._rows("host", HostSpec)

    @property
    def prices(self) -> Mapping[str, PriceEntry]:
        """The user's prices by the part they are of."""
        rows = (row for file in self._files["price"] for row in file.rows)
        return {row.part_id: row for row in rows if isinstance(row, PriceEntry)}

    @property
    def problems(self) -> tuple[CatalogProblem, ...]:
        """Files that cannot be used, and those that were kept aside since this was made."""
        unread = [
            CatalogProblem(str(file.path), "", "", file.reason)
            for kind in self._files
            for file in self._files[kind]
            if not file.is_sound
        ]
        return (*unread, *self._kept_aside)

    @property
    def kept_aside(self) -> tuple[CatalogProblem, ...]:
        """The files that were kept aside since this was made."""
        return tuple(self._kept_aside)

    def reload(self) -> None:
        """Read the folder again."""
        for noun in ("model", "gpu", "host", "price"):
            self._files[noun] = list(self._read_folder(_KINDS[noun]))

    def _rows(self, noun: str, row_type: type[_AnyRow]) -> dict[str, _AnyRow]:
        found: dict[str, _AnyRow] = {}
        for file in self._files[noun]:
            for row in file.rows:
                if isinstance(row, row_type):
                    found.setdefault(row.id, row)
        return found

    def _read_folder(self, kind: Kind) -> Iterator[UserFile]:
        try:
            found = sorted((self.folder / kind.folder).glob("*.json"))
        except OSError:
            return
        for path in found:
            if not path.name.endswith(".schema.json"):
                yield read_user_file(path, kind)

    # Changing ------------------------------------------------------------------------------

    def save_model(self, spec: ModelSpec) -> ModelSpec:
        """Add a model under an id that is free, and return it with that id.

        Raises:
            UserCatalogError: It could not be written.
        """
        return self._add("model", spec)

    def keep_model(self, spec: ModelSpec) -> ModelSpec:
        """Add an imported model, or return the one that the same import made before.

        A file that is read twice must not become two models: equal in everything but the id.

        Raises:
            UserCatalogError: It could not be written.
        """
        for own in self.models.values():
            if own == spec.model_copy(update={"id": own.id}):
                return own
        return self.save_model(spec)

    def save_gpu(self, row: GpuSpec) -> GpuSpec:
        """Add a card; as :meth:`save_model`."""
        return self._add("gpu", row)

    def save_host(self, row: HostSpec) -> HostSpec:
        """Add a host; as :meth:`save_model`."""
        return self._add("host", row)

    def update(self, kind: RowKind, row: _AnyRow) -> _AnyRow:
        """Replace the user's row that has the id of ``row``.

        Raises:
            UserCatalogError: There is none any more, or it could not be written.
        """
        _refuse_unsound(row)
        with self._changing():
            file = self._file_of(kind, row.id)
            rows = [row if getattr(old, "id", None) == row.id else old for old in file.rows]
            self._write(kind, file, rows)
        return row

    def rename(self, kind: RowKind, row_id: str, name: str) -> Row:
        """Give a row of the user another name; its id, which plans refer to, stays.

        Raises:
            UserCatalogError: There is no such row, the name is empty, or it could not be
                written.
        """
        with self._changing():
            file = self._file_of(kind, row_id)
            old = next(row for row in file.rows if getattr(row, "id", None) == row_id)
            named = cast(Row, old.model_copy(update={"name": checked_name(name)}))
            rows = [named if row is old else row for row in file.rows]
            self._write(kind, file, rows)
        return named

    def delete(self, kind: RowKind, row_id: str) -> Row:
        """Take a row of the user away and return it, so that :meth:`restore` can put it back.

        Its price stays: it is part of what :meth:`restore` brings back.

        Raises:
            UserCatalogError: There is no such row, or the file could not be changed.
        """
        with self._changing():
            file = self._file_of(kind, row_id)
            gone = next(row for row in file.rows if getattr(row, "id", None) == row_id)
            self._write(kind, file, [row for row in file.rows if row is not gone])
        return cast(Row, gone)

    def restore(self, kind: RowKind, row: _AnyRow) -> _AnyRow:
        """Put a deleted row back under its own id, or under a free one when it is taken.

        Raises:
            UserCatalogError: It could not be written.
        """
        return self._add(kind, row, wanted=row.id)

    def set_price(self, part_id: str, usd: float | None) -> None:
        """Say what a part costs in USD without tax; None forgets the user's price.

        Raises:
            UserCatalogError: It could not be written.
        """
        with self._changing():
            file = self._owner("price", part_id)
            if file is None:
                if usd is None:
                    return
                file = UserFile(self._free_path("price", part_id))
            rows = [row for row in file.rows if getattr(row, "part_id", "") != part_id]
            if usd is not None:
                day = self._today().isoformat()
                rows.append(
                    PriceEntry(
                        part_id=part_id,
                        name=part_id,
                        kind="street_new",
                        usd=usd,
                        date=day,
                        source=TYPED_IN,
                        confidence="high",
                    )
                )
            self._write("price", file, rows)

    # How it is done --------------------------------------------------------------------------

    def _add(self, kind: str, row: _AnyRow, wanted: str = "") -> _AnyRow:
        _refuse_unsound(row)
        with self._changing():
            new_id = self._free_id(wanted or slug(row.name) or f"my-{kind}", wanted)
            saved = row.model_copy(update={"id": new_id, "name": checked_name(row.name)})
            self._write(kind, UserFile(self._free_path(kind, new_id)), [saved])
        return saved

    def _file_of(self, kind: str, row_id: str) -> UserFile:
        file = self._owner(kind, row_id)
        if file is None:
            noun = "card" if kind == "gpu" else kind
            raise UserCatalogError(
                say("There is no {0} of yours with the id “{1}” any more.", noun, row_id)
            )
        return file

    def _owner(self, kind: str, row_id: str) -> UserFile | None:
        name = "part_id" if kind == "price" else "id"
        for file in self._files[kind]:
            if any(getattr(row, name, None) == row_id for row in file.rows):
                return file
        return None

    def _free_id(self, first: str, wanted: str) -> str:
        if self._shipped is None:
            self._shipped = load_catalog(in_force().folder)
        rows = self._shipped
        own = {*self.models, *self.gpus, *self.hosts}
        # A row put back may stand over the shipped row it stood over before.
        taken = own if wanted else {*own, *rows.models, *rows.gpus, *rows.hosts}
        base = first.removeprefix("my-") or first
        for candidate in (first, f"my-{base}", *(f"my-{base}-{n}" for n in range(2, 10_000))):
            if candidate not in taken and not _DEVICE.fullmatch(candidate):
                return candidate
        raise UserCatalogError(say("There are too many rows called “{0}”.", first))

    def _free_path(self, kind: str, row_id: str) -> Path:
        """A file that does not exist yet; hand-written files may be named like any row."""
        folder = self.folder / _KINDS[kind].folder
        stem = slug(row_id) or kind
        for name in (stem, *(f"{stem}-{n}" for n in range(2, 10_000))):
            path = folder / f"{name}.json"
            # A link to nothing is somebody's too.
            if not os.path.lexists(path) and not _DEVICE.fullmatch(name):
                return path
        raise UserCatalogError(say("There are too many files called “{0}” in {1}.", stem, folder))

    def _write(self, kind: str, file: UserFile, rows: list[BaseModel]) -> None:
        if not file.is_sound:
            self._keep_aside(file, copy=True)
        of = _KINDS[kind]
        try:
            if not rows:
                file.path.unlink()
            else:
                file.path.parent.mkdir(parents=True, exist_ok=True)
                write_file_atomically(file.path, self._text(of, file.head, rows).encode())
        except OSError as error:
            raise UserCatalogError(not_saved(self.folder, error)) from None

    def _text(self, kind: Kind, head: CatalogFile | None, rows: list[BaseModel]) -> str:
        content: dict[str, object] = {"version": FILE_VERSION, "date": self._today().isoformat()}
        if kind.noun == "model":
            content["family"] = getattr(head, "family", "My models")
        elif kind.noun in ("gpu", "host"):
            content["group"] = getattr(head, "group", OWN_GROUP)
        if head is not None and head.order != CatalogFile.model_fields["order"].default:
            content["order"] = head.order
        if texts := getattr(head, "sources", None):
            content["sources"] = texts
        content[kind.key] = [row.model_dump(mode="json") for row in rows]
        return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def _set_broken_aside(self) -> None:
        for files in self._files.values():
            for file in files:
                if not file.is_sound and not file.is_newer and not file.rows:
                    self._keep_aside(file, copy=False)

    def _keep_aside(self, file: UserFile, *, copy: bool) -> None:
        try:
            if copy:
                aside = copy_aside(file)
            else:
                kept = first_free(file.path)
                file.path.rename(kept)
                aside = kept_as(file, kept)
        except FileNotFoundError:
            return  # another program was faster
        except OSError as error:
            if copy:
                raise UserCatalogError(
                    say(
                        "“{0}” has parts that cannot be read, and no copy of it can be kept: {1}.",
                        file.path.name,
                        why_not_written(error),
                    )
                ) from None
            return  # it stays where it is; nothing is written over it
        if aside is not None:
            self._kept_aside.append(aside)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with changing(self.folder, UserCatalogError, self.reload):
            self._set_broken_aside()
            yield


def slug(name: str) -> str:
    """A name as an id: ``RTX 5090 (48 GB)`` is ``rtx-5090-48-gb``; "" when nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.+_]+", "-", plain).strip("-.+_")[:_MAX_SLUG].rstrip("-.+_")


def checked_name(name: str) -> str:
    """A name as it may be saved: on one line, without spaces around it.

    Raises:
        UserCatalogError: Nothing is left of it, or it is longer than 200 characters.
    """
    tidy = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not tidy:
        raise UserCatalogError(say("The name is empty."))
    if len(tidy) > 200:
        raise UserCatalogError(say("The name is longer than 200 characters."))
    return tidy


def _refuse_unsound(row: BaseModel) -> None:
    for name, message in row_problems(row):
        if name != "id":
            raise UserCatalogError(f"{name}: {message}")
