"""The Reality check tab: what articles claim, judged. Knows the document, no other view.

Claims are read and judged on a thread, when the tab is looked at for the first time and again
when the catalogue is another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QFrame, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.bars import MessageArea
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.first_paint import FirstPaint
from moeplanner_gui.ui.message import MessagePanel
from moeplanner_gui.ui.reality import words
from moeplanner_gui.ui.reality.detail import ClaimDetail
from moeplanner_gui.ui.reality.head import Page, RealityHead
from moeplanner_gui.ui.reality.judging import Judging
from moeplanner_gui.ui.reality.own import OwnClaims
from moeplanner_gui.ui.reality.rows import ClaimRow, counts, found_by, kept, lines_of, row_of
from moeplanner_gui.ui.reality.table import ClaimTable
from moeplanner_gui.ui.split import RuledSplitter
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import copy_text

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import Claim, Judgement, NamedPlan
    from moeplanner_gui.ui.reality.contradictions import ContradictionsPage
    from moeplanner_gui.ui.reality.published import PublishedPage

DETAIL_SHARE, DETAIL_PX, WIDE_DETAIL_PX = 0.31, 320, 560


def _widths(width: int) -> list[int]:
    """Table and detail: the detail is never so wide that its lines are hard to read."""
    detail = min(max(round(width * DETAIL_SHARE), DETAIL_PX), WIDE_DETAIL_PX)
    return [max(0, width - detail), detail]


class RealityView(QWidget):
    """Claims, contradictions and published tables.

    Signals:
        claims_written(): The user's own claims on the disk are others now.
    """

    claims_written = Signal()

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._themes = document, themes
        self._base: Any = None
        self._claims: dict[str, Claim] = {}
        self._known: dict[str, Judgement] = {}
        self._rows: list[ClaimRow] = []
        self._is_painted = False
        self._wanted = ""
        self.setObjectName("reality_view")
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.judging = Judging(self)
        self.own = OwnClaims(document, themes, self)
        self._build(themes)
        self.judging.loaded.connect(self._on_loaded)
        self.judging.judged.connect(self._on_judged)
        self.judging.finished.connect(self._on_finished)
        self.judging.failed.connect(self._on_failed)
        document.catalog_changed.connect(self._on_catalog_changed)
        themes.theme_changed.connect(self._on_theme_changed)
        FirstPaint(self, self._on_first_paint)

    def _build(self, themes: ThemeProvider) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.bars = MessageArea(themes, self)
        self.head = RealityHead(themes, self)
        rule = QFrame(self)
        rule.setFrameShape(QFrame.Shape.HLine)
        rule.setFrameShadow(QFrame.Shadow.Plain)
        rule.setForegroundRole(QPalette.ColorRole.Mid)
        rule.setFixedHeight(1)
        self.pages = QStackedWidget(self)
        for widget in (self.bars, self.head, rule):
            column.addWidget(widget)
        column.addWidget(self.pages, 1)
        self.split: QSplitter = RuledSplitter(Qt.Orientation.Horizontal, _widths, self)
        self.table = ClaimTable(themes, self)
        self.nothing = MessagePanel(themes.theme, self)
        self.listed = QStackedWidget(self)
        self.listed.addWidget(self.table)
        self.listed.addWidget(self.nothing)
        self.detail = ClaimDetail(themes, self)
        self.split.addWidget(self.listed)
        self.split.addWidget(self.detail)
        self.split.setStretchFactor(0, 1)
        self.pages.addWidget(self.split)
        self._pages: dict[Page, QWidget] = {"claims": self.split}
        self.head.page_chosen.connect(self.show_page)
        self.head.filter_changed.connect(self._list)
        self.head.add_wanted.connect(self.own.add)
        self.head.search.left_down.connect(self.table.setFocus)
        self.table.row_shown.connect(self._on_row_shown)
        self.table.copy_requested.connect(self.copy_row)
        self.table.opened.connect(self._on_opened)
        self.table.menu_wanted.connect(self._on_menu_wanted)
        self.detail.load_wanted.connect(self.load)
        self.detail.copy_wanted.connect(self.copy_markdown)
        for source in (self.table, self.detail):
            source.edit_wanted.connect(self._on_edit_wanted)
            source.delete_wanted.connect(self._on_delete_wanted)
        self.own.changed.connect(self._on_own_changed)
        self._say_waiting()

    # -- judging -------------------------------------------------------------------------------

    def _on_first_paint(self) -> None:
        self._is_painted = True
        self._catch_up()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_painted:
            self._catch_up()

    def _on_catalog_changed(self) -> None:
        # A tab that nobody sees waits until it is looked at.
        if self.isVisible() and self._is_painted:
            self._catch_up()

    def _catch_up(self) -> None:
        """Judge against the rows and prices of now; the open plan's own rows are no part of it."""
        base = self._document.rows.base
        if base is self._base:
            return
        self._base = base
        self.judging.judge(lambda: tuple(base.claims.claims.values()), base)

    @property
    def is_judging(self) -> bool:
        """Whether some claims wait for their verdict."""
        return any(row.judgement is None for row in self._rows) or self.judging.is_running

    def end(self) -> None:
        """No thread outlives the window."""
        self.judging.end()
        for page in self._pages.values():
            stop = getattr(page, "end", None)
            if stop is not None:
                stop()

    def _on_loaded(self, claims: tuple[Claim, ...]) -> None:
        self._claims = {claim.id: claim for claim in claims}
        same = {row.claim.id: row.judgement for row in self._rows if row.judgement is not None}
        before = {row.claim.id: row.claim for row in self._rows}
        # What stood there stays until the new verdict is known.
        self._known = {
            key: found
            for key, found in same.items()
            if key in self._claims and before[key] == self._claims[key]
        }
        self._make_rows()
        self._list()
        if self._wanted in self._claims:
            self.show_claim(self._wanted)
        self._wanted = ""
        for problem in self._base.claims.problems[:1]:
            self.bars.show_bar("left_out", "warning", say("Left out of the claims."), str(problem))
        for page in self._pages.values():
            fill = getattr(page, "fill", None)
            if fill is not None:
                fill(self._base)

    def _on_judged(self, judgements: tuple[Judgement, ...]) -> None:
        self._known.update((one.id, one) for one in judgements)
        changed = {one.id for one in judgements}
        articles = self._base.claims.articles
        self._rows = [
            row_of(row.claim, articles.get(row.claim.article or ""), self._known[row.claim.id])
            if row.claim.id in changed
            else row
            for row in self._rows
        ]
        self._list()

    def _on_finished(self) -> None:
        self._list()
        tables = self._pages.get("tables")
        if tables is not None:
            tables.show_known(self._known)  # type: ignore[attr-defined]

    def _on_failed(self, sentence: str) -> None:
        self.bars.show_bar(
            "failed", "error", say("The claims could not be judged."), sentence,
            ((say("Try again"), self._try_again),),
        )  # fmt: skip

    def _try_again(self) -> None:
        self.bars.remove_bar("failed")
        self._base = None
        self._catch_up()

    def _make_rows(self) -> None:
        articles = self._base.claims.articles
        self._rows = [
            row_of(claim, articles.get(claim.article or ""), self._known.get(claim.id))
            for claim in self._claims.values()
        ]

    # -- what is listed ------------------------------------------------------------------------

    def _list(self) -> None:
        found = found_by(self._rows, self.head.search.text())
        self.head.chips.show_counts(len(found), counts(found))
        self.head.search.setPlaceholderText(say("Search {0} claims", len(self._rows)))
        self.head.arrange()
        shown = kept(found, self.head.chips.verdict)
        if not shown and self._rows:
            self._say_nothing_found(found)
        elif not self._rows:
            self._say_waiting()
        self.listed.setCurrentIndex(0 if shown else 1)
        self.table.show_lines(lines_of(shown, self.head.chosen_order))
        self._on_row_shown("")

    def _say_waiting(self) -> None:
        self.nothing.show_message(
            "clock", "text2", say("Reading the claims"), say("The first come at once.")
        )
        self.detail.empty.show_message(
            "info", "text2", say("No claim is chosen"), say("Choose one at left.")
        )
        self.listed.setCurrentIndex(1)
        self.detail.show_row(None)

    def _say_nothing_found(self, found: list[ClaimRow]) -> None:
        text = say("Clear the search (Esc), or add it as a claim: it is judged at once.")
        if found:
            text = say("There are others with these words: choose “All”.")
        self.nothing.show_message("search", "text2", say("No claim has these words"), text)

    def _on_row_shown(self, _claim_id: str) -> None:
        row = self.table.current
        own = row is not None and row.claim.id in self._base.claims.user_ids
        if row is not self.detail.row or row is None:
            self.detail.show_row(row, is_own=own)

    def show_claim(self, claim_id: str) -> None:
        """Go to a claim; what hides it is taken away."""
        self.show_page("claims")
        if not self.table.show_claim(claim_id):
            self.head.search.clear()
            self.head.chips.choose(None)
            self.table.show_claim(claim_id)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_page(self, page: Page) -> None:
        """Show a page; it is made when it is first asked for."""
        if page not in self._pages:
            made = self._make_page(page)
            self._pages[page] = made
            self.pages.addWidget(made)
        self.head.show_page(page)
        self.pages.setCurrentWidget(self._pages[page])

    def _make_page(self, page: Page) -> ContradictionsPage | PublishedPage:
        made: ContradictionsPage | PublishedPage
        if page == "contradictions":
            from moeplanner_gui.ui.reality.contradictions import ContradictionsPage

            made = ContradictionsPage(self._themes, self)
        else:
            from moeplanner_gui.ui.reality.published import PublishedPage

            made = PublishedPage(self._themes, self)
            made.show_known(self._known)
        made.claim_wanted.connect(self.show_claim)
        if self._base is not None:
            made.fill(self._base)
        return made

    # -- what is done with a claim -------------------------------------------------------------

    def load(self, plans: tuple[NamedPlan, ...]) -> None:
        """Open plans in tabs of their own and show the first; nothing open is changed."""
        document = self._document
        shown, after = None, document.session
        for one in plans:
            plan = one.plan if one.plan.name else one.plan.replace(name=one.label[:200])
            session = next((s for s in document.sessions if s.plan == plan), None)
            if session is None:
                session = document.add(
                    plan, unsaved=True, label=one.label[:200], after=after, show=False
                )
            after = session
            shown = shown or session
        if shown is not None:
            document.show_session(shown)

    def copy_table(self) -> None:
        """Copy what is shown, for a spreadsheet."""
        page = self.pages.currentWidget()
        if page is not self.split:
            page.copy_table()  # type: ignore[attr-defined]
            return
        lines = (line for line in self.table.claims.lines if isinstance(line, ClaimRow))
        cells = (words.tsv_cells(row.claim, row.judgement, row.article) for row in lines)
        copy_text(words.tsv((words.TSV_HEAD, *cells)))

    def copy_row(self) -> None:
        """Copy the claim that is chosen, for a spreadsheet."""
        row = self.table.current
        if row is not None:
            cells = words.tsv_cells(row.claim, row.judgement, row.article)
            copy_text(words.tsv((words.TSV_HEAD, cells)))

    def copy_markdown(self) -> None:
        """Copy the claim that is chosen, for a forum."""
        from moeplanner_gui.export.claims import claim_markdown

        row = self.table.current
        if row is not None and row.judgement is not None:
            copy_text(claim_markdown(row.claim, row.judgement, row.article))

    def _on_opened(self) -> None:
        self.detail.load.click()

    def _on_menu_wanted(self, claim_id: str, at: QPoint) -> None:
        self.show_claim(claim_id)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        load = menu.addAction(say("Load as plan"))
        load.setEnabled(self.detail.load.isEnabled())
        load.triggered.connect(self.detail.load.click)
        menu.addAction(say("Copy as Markdown")).triggered.connect(self.copy_markdown)
        menu.addAction(say("Copy this row")).triggered.connect(self.copy_row)
        menu.addAction(say("Copy all rows")).triggered.connect(self.copy_table)
        if claim_id in self._base.claims.user_ids:
            menu.addSeparator()
            menu.addAction(say("Edit…")).triggered.connect(lambda: self._on_edit_wanted(claim_id))
            menu.addAction(say("Delete")).triggered.connect(
                lambda: self._on_delete_wanted(claim_id)
            )
        menu.popup(at)

    def _on_edit_wanted(self, claim_id: str) -> None:
        if self._base is not None and claim_id in self._base.claims.user_ids:
            self.own.edit(self._claims[claim_id])

    def _on_delete_wanted(self, claim_id: str) -> None:
        if self._base is not None and claim_id in self._base.claims.user_ids:
            self.own.delete(claim_id)

    def _on_own_changed(self, claim_id: str) -> None:
        self._wanted = claim_id
        self.claims_written.emit()
        if self._document.rows.base is self._base:
            # Nobody read the rows again on this signal.
            self._document.reload_catalog()

    def _on_theme_changed(self, _theme: Any) -> None:
        self.nothing.set_theme(self._themes.theme)
