"""The user's own cards, hosts and models in the window: new, edit, rename, delete, put back.

Knows the user's catalogue, the document and the bars; the views ask by signals. Editors are
imported when the first one opens.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core import edits
from moeplanner_gui.core.entries import names_of
from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.marks import with_cards_named
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.plan import CustomSlot, typed_card_id
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.bars import MessageArea
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.plan_catalog import named_rows
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.catalog.user import UserCatalog

RowKind = Literal["model", "gpu", "host"]
Row = ModelSpec | GpuSpec | HostSpec
_WHERE = {"model": say("My models"), "gpu": say("My hardware"), "host": say("My hardware")}


class OwnRows(QObject):
    """What can be done with rows of the user's own.

    Signals:
        use_wanted(str, str): A row of this kind and id is to be put into the plan.
        listed(str, str): A row was added or changed and should be shown.
    """

    use_wanted = Signal(str, str)
    listed = Signal(str, str)

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        bars: MessageArea,
        themes: ThemeProvider,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._bars = document, bars
        self._themes, self._window = themes, window
        self._deleted: list[tuple[RowKind, Row]] = []
        self._stamp = self._folder_stamp()
        actions.add(
            "own.host",
            say("Custom h&ost…"),
            lambda: self.new_host(),
            menu="Rig",
            icon="server",
            tip=say("Type in a processor and its memory channels, and keep them in My hardware"),
        )
        actions.add(
            "own.model",
            say("New &model…"),
            lambda: self.new_model(),
            menu="File",
            icon="model",
            tip=say("Type in a model's architecture, and keep it in My models"),
        )

    @cached_property
    def user(self) -> UserCatalog:
        """The user's rows on the disk."""
        from moeplanner_gui.catalog.user import UserCatalog

        return UserCatalog(shipped=self._document.catalog.shipped)

    # Editors --------------------------------------------------------------------------------

    def new_card(self, name: str = "") -> None:
        """Ask for a new card."""
        editor = self._card_editor(None, None, is_new=True)
        if name:
            editor.form.set_value("name", name)
            editor.refresh()
        self._open(editor, lambda: self._save_part("gpu", editor))

    def new_host(self) -> None:
        """Ask for a new host."""
        editor = self._host_editor(None, None, is_new=True)
        self._open(editor, lambda: self._save_part("host", editor))

    def new_model(self) -> None:
        """Ask for a new model."""
        self.edit_model(None, is_new=True)

    def edit(self, kind: str, row_id: str) -> None:
        """Open the editor of a row; a row that is nobody's own is copied."""
        if not self.is_own(kind, row_id):
            self.duplicate(kind, row_id)
            return
        row = self._row(kind, row_id)
        if isinstance(row, ModelSpec):
            self.edit_model(row, is_new=False)
            return
        price = self._price(row_id)
        make = self._card_editor if isinstance(row, GpuSpec) else self._host_editor
        editor = make(row, price, is_new=False)
        self._open(editor, lambda: self._update_part(kind, row_id, editor))

    def duplicate(self, kind: str, row_id: str) -> None:
        """Open the editor on a copy of a row."""
        row = self._row(kind, row_id)
        copy = row.model_copy(update={"name": self._copy_name(row.name)})
        if isinstance(copy, ModelSpec):
            self.edit_model(copy, is_new=True)
            return
        make = self._card_editor if isinstance(copy, GpuSpec) else self._host_editor
        editor = make(copy, self._price(row_id), is_new=True)
        self._open(editor, lambda: self._save_part(kind, editor))

    def edit_model(self, spec: ModelSpec | None, *, is_new: bool) -> None:
        """Open the editor of a model."""
        from moeplanner_gui.ui.editors.model import ModelEditor

        editor = ModelEditor(
            self._themes,
            self._document.catalog,
            self._window,
            base=spec,
            is_new=is_new,
            unit=self._document.memory_unit,
        )

        def save() -> None:
            row = editor.row()
            if is_new:
                self.add_model(row, use=editor.use_after)
            else:
                self._keep(lambda: self.user.update("model", row), "model")

        self._open(editor, save)

    def keep_custom(self, card: object) -> None:
        """Offer to save a card that was typed into the plan; its slots then name the saved one."""
        if not isinstance(card, CustomSlot):
            return
        from moeplanner_gui.ui.editors.card import from_custom

        editor = self._card_editor(from_custom(card.custom), card.custom.price_usd, is_new=True)
        editor.use.hide()

        def save() -> None:
            row = self._save_part("gpu", editor)
            if row is not None:
                self._replace_custom(card, row)

        self._open(editor, save)

    def _card_editor(self, base: Any, price: float | None, *, is_new: bool) -> Any:
        from moeplanner_gui.ui.editors.card import CardEditor

        return CardEditor(
            self._themes,
            self._document.catalog,
            self._window,
            base=base,
            price_usd=price,
            is_new=is_new,
            unit=self._document.memory_unit,
        )

    def _host_editor(self, base: Any, price: float | None, *, is_new: bool) -> Any:
        from moeplanner_gui.ui.editors.host import HostEditor

        return HostEditor(self._themes, self._window, base=base, price_usd=price, is_new=is_new)

    def _open(self, editor: Any, save: Callable[[], object]) -> None:
        editor.accepted.connect(save)
        # The dialog outlives its own accepted signal: what it holds is read in there.
        editor.finished.connect(editor.deleteLater)
        editor.open()

    # Changes --------------------------------------------------------------------------------

    def add_model(
        self, spec: ModelSpec, *, use: bool = False, imported: bool = False
    ) -> ModelSpec | None:
        """Add a model to My models; None when it could not be saved.

        ``imported``: the same file may have been read before, and is not added twice.
        """
        save = self.user.keep_model if imported else self.user.save_model
        row = self._keep(lambda: save(spec), "model")
        if row is not None and use:
            self.use_wanted.emit("model", row.id)
        return row

    def add_part(self, kind: str, row: GpuSpec | HostSpec) -> Any:
        """Add a card or a host to My hardware; None when it could not be saved."""
        save = self.user.save_gpu if kind == "gpu" else self.user.save_host
        return self._keep(lambda: save(row), kind)  # type: ignore[arg-type]

    def complete_card(self, row: GpuSpec, completed: Callable[[GpuSpec], None]) -> None:
        """Let a card be completed that is not saved yet."""
        editor = self._card_editor(row, None, is_new=True)
        editor.use.hide()
        editor.save.setText(say("Use these values"))
        self._open(editor, lambda: completed(editor.row()))

    def rename(self, kind: str, row_id: str, name: str) -> None:
        """Give a row another name."""
        self._keep(lambda: self.user.rename(kind, row_id, name), kind)  # type: ignore[arg-type]

    def delete(self, kind: str, row_id: str) -> None:
        """Take a row away; a bar offers to put it back, and says whether the plan uses it."""
        used = self._is_used(row_id)
        row = self._keep(lambda: self.user.delete(kind, row_id), "")  # type: ignore[arg-type]
        if row is not None:
            self._deleted.append((kind, row))  # type: ignore[arg-type]
            self._offer_undo(used)

    def undo_delete(self) -> None:
        """Put the row that was deleted last back."""
        if not self._deleted:
            return
        kind, row = self._deleted[-1]
        if self._keep(lambda: self.user.restore(kind, row), kind) is not None:
            self._deleted.pop()
            self._offer_undo(False)

    def _offer_undo(self, used: bool) -> None:
        if not self._deleted:
            self._bars.remove_bar("deleted")
            return
        name = self._deleted[-1][1].name
        words = say("The open plan uses it and keeps a copy of its own.") if used else ""
        kind = "warning" if used else "info"
        self._bars.show_bar(
            "deleted",
            kind,
            say("Deleted “{0}”.", name),
            words,
            ((say("Undo"), self.undo_delete),),
            on_closed=self._deleted.clear,
        )  # type: ignore[arg-type]

    def _save_part(self, kind: str, editor: Any) -> Any:
        price = editor.price_usd
        save = self.user.save_gpu if kind == "gpu" else self.user.save_host

        def run() -> Row:
            row = save(editor.row())
            if price is not None:
                self.user.set_price(row.id, price)
            return row

        row = self._keep(run, kind)
        if row is not None and editor.use_after:
            self.use_wanted.emit(kind, row.id)
        return row

    def _update_part(self, kind: str, row_id: str, editor: Any) -> None:
        price = editor.price_usd
        changed = price != self._price(row_id)

        def run() -> Row:
            row: Row = self.user.update(kind, editor.row())  # type: ignore[arg-type]
            if changed:
                self.user.set_price(row_id, price)
            return row

        self._keep(run, kind)

    def _keep(self, change: Callable[[], Any], kind: str) -> Any:
        """Make a change on the disk and show it everywhere; None when it was refused."""
        from moeplanner_gui.catalog.user import UserCatalogError

        try:
            row = change()
        except UserCatalogError as error:
            self._bars.show_bar("own_error", "error", say("It was not saved."), str(error))
            return None
        self._bars.remove_bar("own_error")
        aside = self.user.kept_aside
        if aside:
            first = aside[0]
            self._bars.show_bar(
                "own_broken",
                "warning",
                say("A file of yours could not be read."),
                f"{first.file}: {first.message}",
            )
        # An edited row is what the user wants now, also where the plan brought another one.
        self._document.rows.entries = self._document.rows.entries.without({row.id})
        self.reload(but={row.id})
        if kind:
            self.listed.emit(kind, row.id)
        return row

    def reload(self, but: Collection[str] = ()) -> None:
        """Read the user's rows again, and name those that the open plan misses.

        ``but``: rows whose going is said elsewhere.
        """
        self._stamp = self._folder_stamp()
        lost = self._document.reload_catalog().without(but)
        if lost:
            many = len(lost.ids) > 1
            self._bars.show_bar(
                "own_lost",
                "warning",
                say("{0} are no longer in your catalogue.", named_rows(lost))
                if many
                else say("{0} is no longer in your catalogue.", named_rows(lost)),
                say("The open plan uses them and keeps a copy of its own.")
                if many
                else say("The open plan uses it and keeps a copy of its own."),
            )

    def reload_if_changed(self) -> None:
        """Read the rows again when another window or the command line changed them."""
        if self._folder_stamp() != self._stamp:
            if "user" in self.__dict__:
                self.user.reload()
            self.reload()

    def _folder_stamp(self) -> tuple[int, ...]:
        """When rows were last added, changed or deleted; a changed file is a new one."""
        from moeplanner_gui.catalog.paths import user_catalogs_dir

        folder = user_catalogs_dir()
        stamps = []
        for kind in ("models", "gpus", "hosts", "prices", "claims"):
            try:
                stamps.append((folder / kind).stat().st_mtime_ns)
            except OSError:
                stamps.append(0)
        return tuple(stamps)

    def _replace_custom(self, card: CustomSlot, row: GpuSpec) -> None:
        plan = self._document.plan
        nodes = tuple(
            node.model_copy(
                update={
                    "gpus": tuple(row.id if slot == card else slot for slot in node.gpus),
                    "detected": with_cards_named(node.detected, card, row.id),
                }
            )
            for node in plan.rig.nodes
        )
        # What of it is there already stays so under its new id.
        owned = tuple(
            part.model_copy(update={"part": row.id})
            if part.part == typed_card_id(card.custom.name)
            else part
            for part in plan.economics.owned
        )
        changed = plan.replace(
            rig=plan.rig.model_copy(update={"nodes": nodes}),
            economics=plan.economics.model_copy(update={"owned": owned}),
        )
        self._document.apply(say("Use {0} of My hardware", row.name), changed)

    # What is known ---------------------------------------------------------------------------

    def is_own(self, kind: str, row_id: str) -> bool:
        """Whether a row is in the user's files."""
        rows = {"model": self.user.models, "gpu": self.user.gpus, "host": self.user.hosts}[kind]
        return row_id in rows

    def use_model(self, model_id: str) -> None:
        """Make a model the plan's."""
        spec = self._document.catalog.model(model_id)
        plan = edits.set_model(self._document.plan, model_id)
        self._document.apply(say("Choose {0}", spec.name), plan)

    def _row(self, kind: str, row_id: str) -> Row:
        catalog = self._document.catalog
        find = {"model": catalog.model, "gpu": catalog.gpu, "host": catalog.host}[kind]
        row: Row = find(row_id)
        return row

    def _price(self, part_id: str) -> float | None:
        price = self._document.catalog.price(part_id)
        return None if price is None else price.usd

    def _is_used(self, row_id: str) -> bool:
        model, cards, hosts = names_of(self._document.plan)
        return row_id in (model, *cards, *hosts)

    def _copy_name(self, name: str) -> str:
        own = {
            row.name
            for rows in (self.user.models, self.user.gpus, self.user.hosts)
            for row in rows.values()
        }
        copy, number = say("{0} copy", name), 2
        while copy in own:
            copy, number = say("{0} copy {1}", name, number), number + 1
        return copy
