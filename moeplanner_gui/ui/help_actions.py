"""Help: the guide, words explained, hints, what is new, the catalogue, about.

Everything here is imported when it is asked for; nothing of it is part of the first picture.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

import moeplanner_gui
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.bars import MessageArea
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.settings import SettingsStore
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog
    from moeplanner_gui.ui.help.catalogue import CatalogueDialog
    from moeplanner_gui.ui.help.guide import GuideWindow
    from moeplanner_gui.ui.help.hints import Hints
    from moeplanner_gui.ui.help.teach import Teacher

TEACH_AFTER_MS = 1_500
"""Words are explained once the window has made what it makes at the start."""
NEW_KEY = "new_version"


class HelpActions(QObject):
    """Declares the commands of Help and carries them out."""

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        store: SettingsStore,
        bars: MessageArea,
        window: Any,  # MainWindow; importing it would be a circle
    ) -> None:
        super().__init__(window)
        self._document, self._actions, self._themes = document, actions, themes
        self._store, self._bars, self._window = store, bars, window
        add = actions.add
        add(
            "help.guide", say("User &guide"), self.open_guide, shortcut="Ctrl+Shift+F1",
            icon="help", menu="Help", tip=say("Open the guide at what is shown; needs no network"),
        )  # fmt: skip
        add(
            "help.whats_this", say("&What is this?"), self.ask, shortcut="Shift+F1", menu="Help",
            tip=say("Explain the word that has the focus, or one of those around it"),
            in_dialogs=True,
        )  # fmt: skip
        add(
            "help.hints", say("Show the h&ints again"), self._show_hints, menu="Help",
            tip=say("Show the hints of the first start once more"),
        )  # fmt: skip
        add(
            "help.whats_new", say("What is &new"), self.show_whats_new, menu="Help",
            tip=say("What changed in this version"),
        )  # fmt: skip
        add(
            "help.catalogue", say("&Catalogue and updates…"), self.open_catalogue, menu="Help",
            tip=say("How old models, cards and prices are; use a newer catalogue, or go back"),
        )  # fmt: skip
        add(
            "help.about", say("&About MoE Planner"), self.show_about, menu="Help", icon="info",
            tip=say("Versions, dates of the data, folders and licences"),
        )  # fmt: skip

    # The guide and its words -----------------------------------------------------------------

    @cached_property
    def guide(self) -> GuideWindow:
        """The guide's window, made when it is first asked for."""
        from moeplanner_gui.ui.help.guide import GuideWindow

        return GuideWindow(self._actions, self._themes, self._window)

    @cached_property
    def teacher(self) -> Teacher:
        """Explains words where they stand."""
        from moeplanner_gui.ui.help.teach import Teacher

        teacher = Teacher(self._window)
        teacher.guide_wanted.connect(self.open_guide_at)
        self._window.tabs.view_made.connect(teacher.watch)
        return teacher

    def open_guide(self) -> None:
        """Open the guide at the chapter about what is shown."""
        from moeplanner_gui.ui.help.guide_files import CHAPTER_OF_TAB

        window = self._window
        if window.finder.is_open:
            where = "find-a-rig"
        elif window.compare.is_shown:
            where = "compare"
        elif not window.tabs.stack.isHidden():
            where = CHAPTER_OF_TAB.get(window.tabs.current_key, "index")
        else:
            where = "index"
        self.open_guide_at(where)

    def open_guide_at(self, where: str) -> None:
        """Open the guide at ``chapter#heading``."""
        self.guide.open_at(where)

    def ask(self) -> None:
        """Explain what has the focus."""
        self.teacher.ask()

    # Hints and versions ----------------------------------------------------------------------

    @cached_property
    def hints(self) -> Hints:
        """The hints of the first start."""
        from moeplanner_gui.ui.help.hints import Hints

        window = self._window
        return Hints(
            self._bars, self._store, start_empty=window.files.new,
            show_samples=window.menus.show_samples, open_guide=self.open_guide,
            open_palette=window.open_palette,
        )  # fmt: skip

    def start(self, *, sample: bool) -> None:
        """What the first moments show: hints, or what is new; words are explained soon after."""
        settings = self._store.settings
        if not settings.sample_hint_seen and sample:
            self.hints.start(sample=sample)
        if not settings.seen_version:
            # The first start, or one whose settings were lost: nobody knows of an update.
            settings.seen_version = moeplanner_gui.__version__
        elif settings.seen_version != moeplanner_gui.__version__:
            self._say_new_version()
        QTimer.singleShot(TEACH_AFTER_MS, self, lambda: self.teacher)

    def _show_hints(self) -> None:
        self.hints.show_again()

    def _say_new_version(self) -> None:
        self._bars.show_bar(
            NEW_KEY, "info",
            say("This is MoE Planner {0}.", moeplanner_gui.__version__),
            say("The program was updated since it last ran."),
            ((say("What is new"), self.show_whats_new),),
            on_closed=self._remember_version,
        )  # fmt: skip

    def _remember_version(self) -> None:
        self._bars.remove_bar(NEW_KEY)
        if self._store.settings.seen_version != moeplanner_gui.__version__:
            self._store.settings.seen_version = moeplanner_gui.__version__
            self._store.save()

    def show_whats_new(self) -> None:
        """What changed in this version."""
        from moeplanner_gui.ui.help.changes import release
        from moeplanner_gui.ui.help.text_dialog import TextDialog

        self._remember_version()
        found = release()
        title = say("What is new in {0}", moeplanner_gui.__version__)
        text = found.text if found is not None else say("Nothing is written down about it.")
        TextDialog("whats_new", title, text, self._window).open()

    # The catalogue ---------------------------------------------------------------------------

    def open_catalogue(self) -> CatalogueDialog:
        """Show how old the catalogue is, and change which one is in use."""
        from PySide6.QtCore import Qt

        from moeplanner_gui.ui.help.catalogue import CatalogueDialog

        dialog = CatalogueDialog(
            self._document.catalog.base, self.use_catalogue, self._store, self._themes,
            self._window,
        )  # fmt: skip
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def use_catalogue(self, catalog: Catalog) -> None:
        """Compute every open plan from another catalogue, and name what a plan misses in it."""
        from moeplanner_gui.ui.plan_catalog import named_rows

        own = self._window.own
        # It knows which ids are taken by the catalogue that was in use.
        own.__dict__.pop("user", None)
        lost = self._document.reload_catalog(catalog)
        self._window.status.show_catalogue(catalog.date)
        if lost:
            self._bars.show_bar(
                "own_lost", "warning",
                say("No longer in the catalogue: {0}.", named_rows(lost)),
                say("The open plan uses it and keeps a copy of its own."),
            )  # fmt: skip

    def show_about(self) -> None:
        """Versions, dates of the data, folders, licences."""
        from moeplanner_gui.ui.help.about import AboutDialog

        AboutDialog(
            self._document.catalog.base, self._store.folder, self._themes, self._window
        ).open()
