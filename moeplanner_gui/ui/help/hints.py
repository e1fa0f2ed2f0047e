"""At most three hints for who begins, one at a time in the bar above the plan. Never modal.

Closing the bar, by its cross or by Esc, is for good; Help has a command that brings them back.
"""

from __future__ import annotations

from collections.abc import Callable

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.bars import BarAction, MessageArea
from moeplanner_gui.ui.settings import SettingsStore

KEY = "hint"
MOST = 3


class Hints:
    """Shows the hints.

    Args:
        bars: Where they are shown.
        store: Remembers that they were closed.
        start_empty: Begins an empty plan.
        show_samples: Lists the samples.
        open_guide: Opens the guide.
        open_palette: Opens the search for commands.
    """

    def __init__(
        self,
        bars: MessageArea,
        store: SettingsStore,
        *,
        start_empty: Callable[[], object],
        show_samples: Callable[[], object],
        open_guide: Callable[[], object],
        open_palette: Callable[[], object],
    ) -> None:
        self._bars, self._store = bars, store
        self._hints: tuple[tuple[str, str, tuple[BarAction, ...]], ...] = (
            (
                say("Sample plan."),
                say("Change anything; Ctrl+Z takes it back."),
                ((say("Start empty"), start_empty), (say("Samples"), show_samples)),
            ),
            (
                say("Each figure says how it was computed."),
                say("Click it. Point at a word that is strange, or press Shift+F1."),
                ((say("Open the guide"), open_guide),),
            ),
            (
                say("No command has to be searched in menus."),
                say("Ctrl+K finds it by its name; F6 goes from pane to pane."),
                ((say("Search actions"), open_palette),),
            ),
        )

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._hints)

    def start(self, *, sample: bool) -> None:
        """Show the first one, unless they were closed; about the sample only on the sample."""
        if not self._store.settings.sample_hint_seen:
            self.show(0 if sample else 1)

    def show_again(self) -> None:
        """Show them from the first one on, until they are closed again."""
        self._store.settings.sample_hint_seen = False
        self._store.save()
        self.show(0)

    def show(self, number: int) -> None:
        """Show one hint; the last one has no next."""
        strong, text, links = self._hints[number]
        following: tuple[BarAction, ...] = ()
        if number + 1 < self.count:
            words = say("Next hint ({0} of {1})", number + 2, self.count)
            following = ((words, lambda: self.show(number + 1)),)
        self._bars.show_bar(
            KEY, "info", strong, text, (*links, *following), on_closed=self._on_closed
        )

    def _on_closed(self) -> None:
        self._store.settings.sample_hint_seen = True
        self._store.save()
