"""The user's own price list: parts, APIs, rent, electricity and exchange rates, kept on the disk.

The rows lie in the folders and forms of the catalogue, where they stand over the shipped ones.
Each has its date and source. Nothing is written over unread: a file that cannot be understood is
kept aside first, and what changes is written in one step under the lock of all the user's rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from moeplanner_gui.catalog import paths
from moeplanner_gui.catalog.price_age import PriceSort
from moeplanner_gui.catalog.problems import CatalogProblem
from moeplanner_gui.catalog.rows import FILE_VERSION, PriceEntry
from moeplanner_gui.catalog.user_files import UserFile, copy_aside, read_user_file
from moeplanner_gui.catalog.user_folder import changing, not_saved
from moeplanner_gui.catalog.user_price_kinds import (
    SORTS,
    PriceOfMine,
    SortOfPrice,
    price_problem,
    sort_of,
)
from moeplanner_gui.core.cost.tariffs import ApiTariff, ExchangeRate, PowerTariff, RentalPrice
from moeplanner_gui.core.words import say
from moeplanner_gui.safe_write import write_file_atomically

_Row = TypeVar("_Row", PriceEntry, ApiTariff, RentalPrice, PowerTariff, ExchangeRate)


class UserPriceError(Exception):
    """A price could not be kept; the text is a sentence for a person.

    Attributes:
        field: The field that is wrong, "" when it is none.
    """

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class UserPrices:
    """The user's prices in a folder. Reading never fails; see ``problems``.

    Args:
        folder: Where the user's rows lie; the platform's folder when left out.
        today: The day of the files, and the newest that a price may have.
    """

    def __init__(
        self, folder: Path | None = None, *, today: Callable[[], date] = date.today
    ) -> None:
        self.folder = folder if folder is not None else paths.user_catalogs_dir()
        self._today = today
        self._files: dict[PriceSort, list[UserFile]] = {}
        self._kept_aside: list[CatalogProblem] = []
        self.reload()

    # Reading -------------------------------------------------------------------------------

    @property
    def hardware(self) -> Mapping[str, PriceEntry]:
        """Prices of parts by the part they are of."""
        return self._rows("hardware", PriceEntry)

    @property
    def apis(self) -> Mapping[str, ApiTariff]:
        """What APIs charge, by ``provider/model``."""
        return self._rows("api", ApiTariff)

    @property
    def rentals(self) -> Mapping[str, RentalPrice]:
        """GPUs by the hour, by the id of the offer."""
        return self._rows("rent", RentalPrice)

    @property
    def power(self) -> Mapping[str, PowerTariff]:
        """Electricity by region."""
        return self._rows("electricity", PowerTariff)

    @property
    def rates(self) -> Mapping[str, ExchangeRate]:
        """Exchange rates by currency."""
        return self._rows("currency", ExchangeRate)

    @property
    def all_rows(self) -> tuple[PriceOfMine, ...]:
        """Every price, sort by sort."""
        parts: tuple[Mapping[str, Any], ...]
        parts = (self.hardware, self.apis, self.rentals, self.power, self.rates)
        return tuple(row for rows in parts for row in rows.values())

    @property
    def problems(self) -> tuple[CatalogProblem, ...]:
        """Files that cannot be used, and those that were kept aside since this was made."""
        unread = (
            CatalogProblem(str(file.path), "", "", file.reason)
            for files in self._files.values()
            for file in files
            if not file.is_sound
        )
        return (*unread, *self._kept_aside)

    def reload(self) -> None:
        """Read the folder again."""
        for name, sort in SORTS.items():
            self._files[name] = list(self._read(sort))

    def _read(self, sort: SortOfPrice) -> Iterator[UserFile]:
        try:
            found = sorted((self.folder / sort.kind.folder).glob(sort.kind.files))
        except OSError:
            return
        for path in found:
            if not path.name.endswith(".schema.json"):
                yield read_user_file(path, sort.kind)

    def _rows(self, name: PriceSort, row_type: type[_Row]) -> dict[str, _Row]:
        found: dict[str, _Row] = {}
        for file in self._files[name]:
            for row in file.rows:
                if isinstance(row, row_type):
                    found.setdefault(getattr(row, SORTS[name].id_field), row)
        return found

    # Changing ------------------------------------------------------------------------------

    def keep(self, *rows: PriceOfMine) -> None:
        """Add prices, each in the place of the one with the same id.

        Raises:
            UserPriceError: One is not sound, and then none was kept, or nothing could be written.
        """
        for row in rows:
            found = price_problem(row, self._today())
            if found is not None:
                raise UserPriceError(f"{_id(row)}: {found[1]}", field=found[0])
        with self._changing():
            for name in SORTS:
                of_sort = {_id(row): row for row in rows if sort_of(row) == name}
                if of_sort:
                    self._replace(name, of_sort)

    def forget(self, name: PriceSort, row_id: str) -> PriceOfMine | None:
        """Take a price away and return it, so that :meth:`keep` can put it back.

        Raises:
            UserPriceError: The file could not be changed.
        """
        gone: PriceOfMine | None = None
        with self._changing():
            for file in self._files[name]:
                kept = [row for row in file.rows if _id(row) != row_id]
                if len(kept) < len(file.rows):
                    gone = cast(PriceOfMine, next(r for r in file.rows if _id(r) == row_id))
                    self._write(SORTS[name], file, kept)
        return gone

    # How it is done ------------------------------------------------------------------------

    def _replace(self, name: PriceSort, rows: dict[str, PriceOfMine]) -> None:
        sort, left = SORTS[name], dict(rows)
        for file in self._files[name]:
            if not any(_id(row) in left for row in file.rows):
                continue
            changed = [left.pop(_id(row), row) for row in file.rows]
            self._write(sort, file, changed)
        if not left:
            return
        path = self.folder / sort.kind.folder / sort.file
        file = next((entry for entry in self._files[name] if entry.path == path), UserFile(path))
        self._write(sort, file, [*file.rows, *left.values()])

    def _write(self, sort: SortOfPrice, file: UserFile, rows: list[Any]) -> None:
        if file.is_newer:
            raise UserPriceError(say("“{0}” was not changed. {1}", file.path.name, file.reason))
        try:
            if not file.is_sound and (kept := copy_aside(file)) is not None:
                self._kept_aside.append(kept)
            if not rows:
                file.path.unlink()
            else:
                file.path.parent.mkdir(parents=True, exist_ok=True)
                write_file_atomically(file.path, self._text(sort, file, rows).encode())
        except OSError as error:
            raise UserPriceError(not_saved(self.folder, error)) from None
        file.rows, file.reason = rows, ""

    def _text(self, sort: SortOfPrice, file: UserFile, rows: Iterable[BaseModel]) -> str:
        head: dict[str, object] = {}
        if file.head is not None:
            head = file.head.model_dump(mode="json", by_alias=True, exclude_unset=True)
        elif sort.kind.noun == "api-price":
            head = {"provider": "My prices"}
        head |= {"version": FILE_VERSION, "date": self._today().isoformat()}
        head[sort.kind.key] = [row.model_dump(mode="json", exclude_none=True) for row in rows]
        return json.dumps(head, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def _changing(self) -> AbstractContextManager[None]:
        return changing(self.folder, UserPriceError, self.reload)


def _id(row: BaseModel) -> str:
    return str(getattr(row, SORTS[sort_of(row)].id_field))
