"""The user's own claims: kept in one file of their catalogue folder, over the shipped ones.

Nothing is written over unread: a file that cannot be understood is kept aside first, and a
change is written in one step under the lock of all the user's rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from moeplanner_gui.catalog import paths
from moeplanner_gui.catalog.claim_kinds import CLAIMS
from moeplanner_gui.catalog.problems import CatalogProblem, from_validation
from moeplanner_gui.catalog.rows import FILE_VERSION
from moeplanner_gui.catalog.user_files import UserFile, copy_aside, read_user_file
from moeplanner_gui.catalog.user_folder import changing, not_saved
from moeplanner_gui.core.claims.terms import Claim
from moeplanner_gui.core.words import say
from moeplanner_gui.safe_write import write_file_atomically

FILE_NAME: Final = "claims-mine.json"
MOST_LETTERS: Final = 1_000_000


class UserClaimError(Exception):
    """A claim could not be read or kept; the text is a sentence for a person."""


def claims_from_json(text: str) -> tuple[Claim, ...]:
    """Claims as JSON: one object, a list of them, or a file of claims.

    Raises:
        UserClaimError: It is none of these; the sentence names the field that is wrong.
    """
    if len(text) > MOST_LETTERS:
        raise UserClaimError(say("The text is longer than a million characters and was not read."))
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserClaimError(say("It is not valid JSON: {0}.", error)) from None
    if isinstance(content, dict) and isinstance(content.get(CLAIMS.key), list):
        content = content[CLAIMS.key]
    found = []
    for number, raw in enumerate(content if isinstance(content, list) else [content], start=1):
        try:
            found.append(Claim.model_validate_json(json.dumps(raw)))
        except ValidationError as error:
            name = raw.get("id") if isinstance(raw, dict) else None
            first = next(from_validation(error, "", str(name or f"claim {number}")))
            raise UserClaimError(str(first)) from None
    if not found:
        raise UserClaimError(say("There is no claim in it."))
    return tuple(found)


class UserClaims:
    """The claims in the user's file. Reading never fails; see ``problems``.

    Args:
        folder: Where the user's rows lie; the platform's folder when left out.
        today: The day of the file.
    """

    def __init__(
        self, folder: Path | None = None, *, today: Callable[[], date] = date.today
    ) -> None:
        self.folder = folder if folder is not None else paths.user_catalogs_dir()
        self._today = today
        self._path = self.folder / CLAIMS.folder / FILE_NAME
        self._kept_aside: list[CatalogProblem] = []
        self._file = UserFile(self._path)
        self.reload()

    @property
    def claims(self) -> Mapping[str, Claim]:
        """The user's claims by id."""
        return {row.id: row for row in self._file.rows if isinstance(row, Claim)}

    @property
    def problems(self) -> tuple[CatalogProblem, ...]:
        """What cannot be used of the file, and what was kept aside since this was made."""
        unread = (
            ()
            if self._file.is_sound
            else (CatalogProblem(str(self._path), "", "", self._file.reason),)
        )
        return (*unread, *self._kept_aside)

    def reload(self) -> None:
        """Read the file again."""
        exists = self._path.exists()
        self._file = read_user_file(self._path, CLAIMS) if exists else UserFile(self._path)

    def free_id(self) -> str:
        """An id that no claim of the user has: ``"mine-1"``."""
        number = 1
        while f"mine-{number}" in self.claims:
            number += 1
        return f"mine-{number}"

    def keep(self, *claims: Claim) -> None:
        """Add claims, each in the place of the one with the same id.

        Raises:
            UserClaimError: Nothing could be written.
        """
        with self._changing():
            self._write({**self.claims, **{claim.id: claim for claim in claims}})

    def forget(self, claim_id: str) -> Claim | None:
        """Take a claim away and return it, so that :meth:`keep` can put it back.

        Raises:
            UserClaimError: The file could not be changed.
        """
        with self._changing():
            kept = dict(self.claims)
            gone = kept.pop(claim_id, None)
            if gone is not None:
                self._write(kept)
        return gone

    def _write(self, claims: Mapping[str, Claim]) -> None:
        file = self._file
        if file.is_newer:
            raise UserClaimError(say("“{0}” was not changed. {1}", file.path.name, file.reason))
        try:
            if not file.is_sound and (kept := copy_aside(file)) is not None:
                self._kept_aside.append(kept)
            if not claims:
                file.path.unlink(missing_ok=True)
                return
            rows = [
                claim.model_dump(mode="json", exclude_defaults=True) for claim in claims.values()
            ]
            for row, claim in zip(rows, claims.values(), strict=True):
                # The kind is a default of its type, and says which type it is.
                row["check"] = {"kind": claim.check.kind, **row["check"]}
            content = {"version": FILE_VERSION, "date": self._today().isoformat(), "claims": rows}
            text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
            file.path.parent.mkdir(parents=True, exist_ok=True)
            write_file_atomically(file.path, text.encode())
        except OSError as error:
            raise UserClaimError(not_saved(self.folder, error)) from None

    def _changing(self) -> AbstractContextManager[None]:
        return changing(self.folder, UserClaimError, self.reload)
