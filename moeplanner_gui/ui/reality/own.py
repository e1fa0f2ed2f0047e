"""The user's own claims in the window: add, edit, delete, put back. Knows their file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.catalog.user_claims import UserClaims
    from moeplanner_gui.core.claims.terms import Claim
    from moeplanner_gui.ui.reality.dialog import ClaimDialog


class OwnClaims(QObject):
    """Writes them; the view reads them again.

    Signals:
        changed(str): The claim with this id was added or changed; "" when one was deleted.
    """

    changed = Signal(str)

    def __init__(self, document: PlanDocument, themes: ThemeProvider, view: Any) -> None:
        super().__init__(view)
        self._document, self._themes, self._view = document, themes, view
        self.dialog: ClaimDialog | None = None

    def _user(self) -> UserClaims:
        from moeplanner_gui.catalog.user_claims import UserClaims

        return UserClaims()

    def add(self) -> None:
        """Ask for a claim."""
        self._open(None)

    def edit(self, claim: Claim) -> None:
        """Ask for changes of a claim of the user's own."""
        from moeplanner_gui.ui.reality.kinds import read

        if read(claim) is None:
            self._view.bars.show_bar(
                "own_claim", "info", say("This claim was written in a file."),
                say("It is checked in a way that has no form here; change it there and add "
"it again."),
            )  # fmt: skip
            return
        self._open(claim)

    def _open(self, claim: Claim | None) -> None:
        from moeplanner_gui.ui.reality.dialog import ClaimDialog

        base = self._document.rows.base
        claim_id = self._free_id(base) if claim is None else claim.id
        dialog = ClaimDialog(base, self._themes, self._view, claim_id=claim_id, claim=claim)
        if claim is None:
            dialog.fields.set_plan(self._document.plan)
        dialog.accepted.connect(self._on_accepted)
        dialog.finished.connect(self._on_finished)
        # Hidden, it would stay as long as the window.
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def _free_id(self, base: Any) -> str:
        """An id that no claim has, the shipped ones included."""
        number = 1
        while f"mine-{number}" in base.claims.claims:
            number += 1
        return f"mine-{number}"

    def _on_accepted(self) -> None:
        dialog, self.dialog = self.dialog, None
        claim = None if dialog is None else dialog.claim
        if claim is not None:
            self._keep(claim)

    def _on_finished(self) -> None:
        self.dialog = None

    def _keep(self, claim: Claim) -> None:
        from moeplanner_gui.catalog.user_claims import UserClaimError

        try:
            self._user().keep(claim)
        except UserClaimError as error:
            self._view.bars.show_bar(
                "own_claim", "error", say("The claim was not kept."), str(error)
            )
            return
        self._view.bars.remove_bar("own_claim")
        self.changed.emit(claim.id)

    def delete(self, claim_id: str) -> None:
        """Delete a claim of the user's own; a bar puts it back."""
        from moeplanner_gui.catalog.user_claims import UserClaimError

        try:
            gone = self._user().forget(claim_id)
        except UserClaimError as error:
            self._view.bars.show_bar("own_claim", "error", say("It was not deleted."), str(error))
            return
        if gone is None:
            return
        self.changed.emit("")
        self._view.bars.show_bar(
            "own_claim", "info", say("Claim deleted."), f"“{' '.join(gone.says.split())}”",
            ((say("Undo"), lambda: self._keep(gone)),),
        )  # fmt: skip
