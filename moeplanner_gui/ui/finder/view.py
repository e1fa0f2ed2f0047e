"""The page that finds rigs: wishes over a chart and a list. Searches beside the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPalette, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.search.terms import FoundRig, Progress, SearchResult, Wishes
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.charts.finder_chart import Figure, RigChart, rig_chart
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.finder import wishes as terms
from moeplanner_gui.ui.finder import words
from moeplanner_gui.ui.finder.chart_side import ChartSide
from moeplanner_gui.ui.finder.list_side import ListSide
from moeplanner_gui.ui.finder.price_line import first_unpriced
from moeplanner_gui.ui.finder.wish_bar import WishBar
from moeplanner_gui.ui.finder.worker import SearchWorker
from moeplanner_gui.ui.split import RuledSplitter
from moeplanner_gui.ui.style import ThemeProvider

TYPING_MS = 120
"""Several wishes that change within this time are one search."""
SLOW_MS = 300
"""From here on the progress is shown, with a button that stops the search."""


class FinderView(QWidget):
    """Wishes, chart and list; chart and list choose each other.

    Signals:
        load_wanted(FoundRig): The chosen rig should become the plan's.
        compare_wanted(FoundRig): It should be opened beside the plan.
        prices_wanted(): The user's price list should open.
        close_wanted(): Back to the plan.
        searched(): A search has ended and its answer is shown.
    """

    load_wanted = Signal(object)
    compare_wanted = Signal(object)
    prices_wanted = Signal()
    close_wanted = Signal()
    searched = Signal()

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        parent: QWidget | None = None,
        *,
        worker: SearchWorker | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("finder_view")
        self.setAccessibleName(say("Find a rig"))
        self._document, self._themes = document, themes
        self.worker = worker if worker is not None else SearchWorker(self)
        self.worker.progressed.connect(self._on_progress)
        self.worker.finished.connect(self._on_finished)
        self.worker.failed.connect(self._on_failed)
        self._wishes: Wishes | None = None
        self._asked: Wishes | None = None
        self._sent_rank = ""
        self._progress: Progress | None = None
        self._searching = False
        self._result: SearchResult | None = None
        self._seconds = 0.0
        self._inside: tuple[FoundRig, ...] = ()
        self._outside: tuple[FoundRig, ...] = ()
        self._chart: RigChart | None = None
        self._wanted: FoundRig | None = None
        self._unpriced_shown = False
        self._delay = _single_shot(self, TYPING_MS, self.search_now)
        self._slow = _single_shot(self, SLOW_MS, self._show_progress)
        self.bar = WishBar(themes, self)
        self.chart = ChartSide(themes)
        self.list = ListSide(actions, themes)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self._splitter = RuledSplitter(Qt.Orientation.Horizontal, _widths)
        self._splitter.setObjectName("finder_splitter")
        for side in (self.chart, self.list):
            side.setBackgroundRole(QPalette.ColorRole.Base)
            side.setAutoFillBackground(True)
            self._splitter.addWidget(side)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._splitter, 1)

    def _connect(self) -> None:
        self.bar.wishes_changed.connect(self._on_wishes)
        self.bar.cancel_wanted.connect(self.worker.stop)
        self.bar.close_wanted.connect(self.close_wanted)
        self.chart.axes_changed.connect(self._on_axes)
        self.chart.plot.row_chosen.connect(self._on_row_chosen)
        self.chart.plot.load_wanted.connect(self._load)
        self.list.table.place_chosen.connect(self._on_user_chose)
        self.list.load_wanted.connect(self._load)
        self.list.compare_wanted.connect(self._compare)
        self.list.unpriced_toggled.connect(self._on_unpriced)
        self.list.prices_wanted.connect(self.prices_wanted)
        self.list.nothing.use_wanted.connect(self.ask)
        self.list.nothing.again_wanted.connect(self.search_now)
        self.list.price.price_kept.connect(self._on_price_kept)
        self._document.catalog_changed.connect(self._on_catalog_changed)
        self._themes.theme_changed.connect(self._on_theme_changed)

    # Asking ----------------------------------------------------------------------------------

    @property
    def wishes(self) -> Wishes | None:
        """What is wished for, None before the page was first opened."""
        return self._wishes

    @property
    def chosen(self) -> FoundRig | None:
        """The chosen rig."""
        return self.list.table.chosen

    @property
    def is_searching(self) -> bool:
        """Whether an answer is still to come."""
        return self._searching or self._delay.isActive()

    @property
    def panes(self) -> tuple[QWidget, ...]:
        """What the keyboard goes to next, in this order."""
        return (self.bar, self.chart, self.list)

    def open_with_plan(self) -> None:
        """Wish for what the open plan does; wishes of this page that it says nothing of stay."""
        plan = self._document.plan
        fresh = terms.wishes_again(self._wishes, plan)
        if fresh == self._wishes and (self._result is not None or self._searching):
            self.bar.show_wishes(fresh, self._catalog, terms.computer_to_keep(plan, self._catalog))
            return
        self.ask(fresh)

    def ask(self, wishes: Wishes) -> None:
        """Show wishes and search for them."""
        self._leave_unpriced()
        keep = self._computer_to_keep
        self.bar.show_wishes(wishes, self._catalog, keep)
        self._wishes = wishes
        self.search_now()

    @property
    def _computer_to_keep(self) -> Node | None:
        return terms.computer_to_keep(self._document.plan, self._catalog)

    @property
    def _catalog(self) -> CatalogReader:
        catalog: CatalogReader = self._document.catalog
        return catalog

    def search_now(self) -> None:
        """Search for the wishes as they are; what was found so far stays until there is more."""
        if self._wishes is None:
            return
        self._delay.stop()
        self._wanted = self.chosen
        self._asked = terms.as_searched(self._wishes)
        self._sent_rank = self._wishes.rank_by
        self._progress = None
        self._searching = True
        self.list.show_models(len(self._wishes.models))
        self._slow.start()
        if self._result is not None:
            self.list.show_old()
        self.worker.search(self._asked, self._catalog)

    def stop(self) -> None:
        """Stop searching; what was found is shown."""
        self._delay.stop()
        self.worker.stop()

    def end(self) -> None:
        """No thread outlives the window."""
        self._delay.stop()
        self._slow.stop()
        self._searching = False
        self.worker.end()

    def _on_wishes(self, wishes: Wishes) -> None:
        before, self._wishes = self._wishes, wishes
        if before is not None and replace(before, rank_by=wishes.rank_by) == wishes:
            self._rank(wishes)
            return
        self._leave_unpriced()
        self._delay.start()

    def _rank(self, wishes: Wishes) -> None:
        """Another order needs no other rigs."""
        self.list.table.rigs.sorted_by = None
        if self._asked is not None:
            self._asked = replace(self._asked, rank_by=wishes.rank_by)
        if self._result is not None and not self._searching:
            self._result = self._ranked(self._result)
            self._wanted = None
            self._show_result()

    def _ranked(self, result: SearchResult) -> SearchResult:
        if self._asked is None:
            return result
        # The search itself is imported beside the window.
        from moeplanner_gui.core.search.search import ranked

        return replace(result, rigs=ranked(list(result.rigs), self._asked))

    def _on_catalog_changed(self) -> None:
        if self._wishes is None:
            return
        keep = self._computer_to_keep
        self.bar.show_wishes(self._wishes, self._catalog, keep)
        if self.isVisible():
            self._delay.start()
        else:
            self._result = None

    # What the search says --------------------------------------------------------------------

    def _on_progress(self, progress: Progress) -> None:
        self._progress = progress
        if progress.found and not self._unpriced_shown:
            self._show_rigs(progress.found, ())
        if not self._slow.isActive():
            self._show_progress()

    def _show_progress(self) -> None:
        if self._searching:
            self.bar.show_progress(self._progress, cancel=True)
            self.list.show_searching()
            if self._progress is not None and self._progress.found and not self._unpriced_shown:
                self.list.show_so_far()

    def _on_finished(self, result: SearchResult, seconds: float) -> None:
        self._end_search()
        if self._asked is not None and self._asked.rank_by != self._sent_rank:
            result = self._ranked(result)
        self._result, self._seconds = result, seconds
        if not result.unpriced:
            self._unpriced_shown = False
        self._show_result()
        self.searched.emit()

    def _on_failed(self, sentence: str) -> None:
        self._end_search()
        self._result = None
        self._show_rigs((), ())
        self.bar.show_done("", "")
        self.list.show_failed(sentence)
        self.searched.emit()

    def _end_search(self) -> None:
        self._searching = False
        self._slow.stop()

    def _show_result(self) -> None:
        result = self._result
        if result is None or self._asked is None:
            return
        if not self._searching:
            count = words.shown_count(len(result.rigs), result.considered)
            self.bar.show_done(count, words.seconds_text(self._seconds))
        self._show_rigs(result.rigs, result.outside)
        self.list.show_result(result, self._asked, unpriced=self._unpriced_shown)
        if self._unpriced_shown:
            self._show_unpriced(result)
        if self._searching:
            self.list.show_old()

    def _show_rigs(self, inside: tuple[FoundRig, ...], outside: tuple[FoundRig, ...]) -> None:
        self._inside, self._outside = inside, outside
        self._show_chart()
        if not self._unpriced_shown:
            self.list.show_rigs(inside, self._best(), self._place_of(self._wanted))
            self._on_place_chosen(self.list.table.place)

    def _place_of(self, rig: FoundRig | None) -> int | None:
        """Where the rig that was chosen stands now; else the first."""
        if not self._inside:
            return None
        if rig is not None:
            for place, other in enumerate(self._inside):
                if other.plan == rig.plan:
                    return place
        return 0

    def _best(self) -> list[bool]:
        found = [False] * len(self._inside)
        for point in () if self._chart is None else self._chart.points:
            if point.row is not None:
                found[point.row] = point.best
        return found

    def _show_chart(self) -> None:
        if self._asked is None:
            return
        across, up = self.chart.axes
        self._chart = rig_chart(self._inside, self._outside, self._asked, across, up)
        place = None if self._unpriced_shown else self.list.table.place
        self.chart.show_chart(self._chart, place)

    def _on_axes(self) -> None:
        self._show_chart()
        if self._inside and not self._unpriced_shown:
            self.list.table.rigs.show_best(self._best())

    def show_axes(self, across: Figure, up: Figure) -> None:
        """Draw two other figures."""
        self.chart.set_axes(across, up)
        self._on_axes()

    # Choosing --------------------------------------------------------------------------------

    def _on_row_chosen(self, place: int) -> None:
        if self._unpriced_shown:
            self._on_unpriced(False)
        self.list.table.choose(place)
        self._on_user_chose(place)

    def _on_user_chose(self, place: int | None) -> None:
        """A rig stays the chosen one when more are found."""
        if not self._unpriced_shown:
            self._wanted = self.chosen
        self._on_place_chosen(place)

    def _on_place_chosen(self, place: int | None) -> None:
        rig = self.chosen
        self.list.show_chosen(rig)
        self.chart.plot.choose(None if self._unpriced_shown else place)
        line = None
        if rig is not None and rig.usd is None:
            line = first_unpriced(rig.plan, self._catalog)
        self.list.price.show_part(line)
        if rig is not None and not self._unpriced_shown and not self._searching:
            self._wanted = rig

    def _on_unpriced(self, shown: bool) -> None:
        self._unpriced_shown = shown
        self._show_result()

    def _leave_unpriced(self) -> None:
        """Other wishes are about what can be bought; a price that is kept leaves the list open."""
        if self._unpriced_shown:
            self._on_unpriced(False)

    def _show_unpriced(self, result: SearchResult) -> None:
        """The rigs without a price; the one whose price is being typed stays the chosen one."""
        before = None if self.chosen is None else self.chosen.plan
        plans = [rig.plan for rig in result.unpriced]
        place = plans.index(before) if before in plans else 0
        self.list.show_rigs(result.unpriced, [None] * len(result.unpriced), place)
        self._on_place_chosen(place)

    def _on_price_kept(self) -> None:
        self._document.reload_catalog()

    def _load(self) -> None:
        rig = self.chosen
        if rig is not None:
            self.load_wanted.emit(rig)

    def _compare(self) -> None:
        rig = self.chosen
        if rig is not None:
            self.compare_wanted.emit(rig)

    # Keys and colours ------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self._searching:
                self.stop()
            else:
                self.close_wanted.emit()
            return
        super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._wishes is not None and self._result is None and not self._searching:
            self._delay.start()

    def _on_theme_changed(self, _theme: object) -> None:
        self.chart.set_theme(self._themes.theme)
        self.list.set_theme(self._themes.theme)


ROWS_PX = 760
"""In which a row says host, memory and where the experts are without being cut."""


def _widths(width: int) -> list[int]:
    """The list is as wide as its rows are readable, the chart takes the rest."""
    rows = min(ROWS_PX, round(width * 0.58))
    side = min(max(round(width * 0.5), rows, 560), 900)
    return [max(width - side - 1, 300), side]


def _single_shot(parent: QObject, after_ms: int, run: Callable[[], object]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(after_ms)
    timer.timeout.connect(run)
    return timer
