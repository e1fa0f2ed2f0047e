"""The window: puts the views side by side and carries their requests. Computes nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragMoveEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget
from shiboken6 import isValid

from moeplanner_gui.core.checks.listed import counts
from moeplanner_gui.core.words import say
from moeplanner_gui.ui import window_views as views
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.autosave import Autosave
from moeplanner_gui.ui.bars import MessageArea
from moeplanner_gui.ui.bill_actions import BillActions
from moeplanner_gui.ui.bottom_tabs import BottomTabs, TabSpec
from moeplanner_gui.ui.compare_actions import CompareActions
from moeplanner_gui.ui.detect_actions import DetectActions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.dropped_files import dropped_model, dropped_plans, take_copy
from moeplanner_gui.ui.export_actions import ExportActions
from moeplanner_gui.ui.file_actions import FileActions
from moeplanner_gui.ui.finder_actions import FinderActions
from moeplanner_gui.ui.first_paint import FirstPaint
from moeplanner_gui.ui.focus_order import FocusRings, move_focus, move_to_pane
from moeplanner_gui.ui.garbage import GARBAGE_AFTER_MS, forget_sources, look_for_garbage
from moeplanner_gui.ui.help_actions import HelpActions
from moeplanner_gui.ui.import_actions import ImportActions
from moeplanner_gui.ui.menus import Menus, ToolBar
from moeplanner_gui.ui.own_rows import OwnRows
from moeplanner_gui.ui.recovery import Recovery
from moeplanner_gui.ui.safety import begin_keeping
from moeplanner_gui.ui.settings import SettingsStore
from moeplanner_gui.ui.skipped_rows import say_skipped_rows
from moeplanner_gui.ui.split import RuledSplitter, column_widths, row_heights
from moeplanner_gui.ui.status_bar import PlanStatusBar
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tab_actions import TabActions
from moeplanner_gui.ui.verdict import VerdictStrip
from moeplanner_gui.ui.view_actions import ViewActions

if TYPE_CHECKING:
    from moeplanner_gui.ui.explain_panel import ExplainPanel
    from moeplanner_gui.ui.palette import CommandPalette
    from moeplanner_gui.ui.palette_search import Entry
    from moeplanner_gui.ui.parts.view import PartsView


class MainWindow(QMainWindow):
    """One window with the open plans, one of which is shown."""

    def __init__(
        self,
        document: PlanDocument,
        themes: ThemeProvider,
        store: SettingsStore,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.themes = themes
        self.store = store
        self._painted = False
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        document.set_memory_unit(store.settings.memory_unit)
        self.actions_registry = Actions(themes, self)
        self.actions_registry.added.connect(self._on_action_added)
        self.bars = MessageArea(themes)
        self.autosave = Autosave(document, store.folder, self)
        self.files = FileActions(
            document, self.actions_registry, store, self.bars, self.autosave, self
        )
        self.recovery = Recovery(document, self.files, self.autosave, self.bars, store.folder)
        self.plans = TabActions(document, self.actions_registry, self.files, themes, self)
        self.compare = CompareActions(document, self.actions_registry, themes, self)
        self.exports = ExportActions(document, self.actions_registry, self.bars, themes, self)
        self.own = OwnRows(document, self.actions_registry, self.bars, themes, self)
        self.imports = ImportActions(document, self.actions_registry, self.own, themes, self)
        self.detection = DetectActions(document, self.actions_registry, self.own, themes, self)
        self.finder = FinderActions(document, self.actions_registry, themes, self)
        self.bill = BillActions(document, self.actions_registry, themes, self)
        self.view_actions = ViewActions(document, self.actions_registry, themes, store, self)
        self.help = HelpActions(document, self.actions_registry, themes, store, self.bars, self)
        self._build()
        self.actions_registry.add(
            "file.quit",
            say("&Quit"),
            self.close,
            shortcut="Ctrl+Q",
            menu="File",
            tip=say("Close the window; unsaved changes are asked about"),
            in_dialogs=True,
        )
        self.own.use_wanted.connect(self._on_use_wanted)
        self.own.listed.connect(self._on_listed)
        self._restore()
        document.saved_state_changed.connect(self._update_title)
        document.assessment_changed.connect(self._on_assessment_changed)
        self._update_title()
        self._on_assessment_changed(document.assessment)

    # Building ------------------------------------------------------------------------------

    def _build(self) -> None:
        document, actions, themes = self.document, self.actions_registry, self.themes
        # From the outside in: a subtree that changes its parent is styled and laid out again.
        centre = QWidget(self)
        self.setCentralWidget(centre)
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.verdict = VerdictStrip(document, actions, themes, centre)
        self.rows = RuledSplitter(Qt.Orientation.Vertical, row_heights, centre)
        self.columns = RuledSplitter(Qt.Orientation.Horizontal, column_widths, self.rows)
        self.panes = [
            make(document, actions, themes, self.columns)
            for make in (views.make_model, views.make_rig, views.make_parts)
        ]
        self.columns.setStretchFactor(1, 1)

        def tab(key: str, title: str, make: views.Make, *, waits: bool = False) -> TabSpec:
            return TabSpec(key, title, lambda on: make(document, actions, themes, on), waits)

        self.tabs = BottomTabs(
            (
                tab("memory", say("Memory"), views.make_memory),
                tab("context", say("Context"), views.make_context),
                tab("speed", say("Speed"), views.make_speed),
                tab("cost", say("Cost"), views.make_cost),
                tab("checks", say("Checks"), views.make_checks),
                tab("reality", say("Reality check"), views.make_reality, waits=True),
            ),
            themes,
            self.rows,
        )
        self.tabs.view_made.connect(self._connect_view)
        self.menus = Menus(
            self.menuBar(),
            actions,
            self.files.samples,
            self.files.recent,
            self.files.open_sample,
            self.files.open_path,
            self.files.clear_recent,
        )
        self.toolbar = ToolBar(actions, themes, self.menus.menu("File/Export"), self.open_palette)
        for part in (self.toolbar, self.bars, self.verdict):
            column.addWidget(part)
        column.addWidget(self.rows, 1)
        self.plans.place(column, self.verdict)
        self.compare.place(column, (self.verdict, self.rows))
        self.finder.place(column, (self.verdict, self.rows))
        self.status = PlanStatusBar(document, themes, getattr(document.catalog, "date", ""))
        self.status.checks_requested.connect(self.actions_registry.get("view.checks").trigger)
        self.status.catalogue_requested.connect(self.help.open_catalogue)
        self.autosave.refused_changed.connect(self.status.show_refused)
        self.setStatusBar(self.status)
        for view in (self.verdict, *self.panes):
            self._connect_view(view)
        self.bars.focus_left.connect(self._focus_rig)
        FocusRings(self)
        self.setMinimumSize(960, 600)

    @cached_property
    def explain(self) -> ExplainPanel:
        """The panel with the derivations, made when it is first asked for."""
        from moeplanner_gui.ui.explain_panel import ExplainPanel

        return ExplainPanel(self.document, self.themes, self.centralWidget())

    @cached_property
    def palette_popup(self) -> CommandPalette:
        """The command palette, made when it is first asked for."""
        from moeplanner_gui.ui.palette import CommandPalette
        from moeplanner_gui.ui.palette_entries import catalogue_entries, field_entries

        def others() -> Iterator[Entry]:
            return catalogue_entries(
                self.document.catalog, self.own.use_model, self._parts.add_part
            )

        def fields() -> Iterator[Entry]:
            return field_entries(self.panes[0].fields)

        recent = self.store.settings.recent_commands
        return CommandPalette(self.actions_registry, self.themes, self, others, fields, recent)

    def _connect_view(self, view: object) -> None:
        signal = getattr(view, "explain_requested", None)
        if signal is not None:
            signal.connect(self.show_explanation)
        for name, slot in (
            ("own_wanted", self._on_own_wanted),
            ("rename_wanted", self.own.rename),
            ("new_card_wanted", self.own.new_card),
            ("keep_wanted", self.own.keep_custom),
            ("selection_shown", self.panes[1].show_selection),
            ("dismiss_wanted", self.ask_reason),
            ("claims_written", self.own.reload),
        ):
            signal = getattr(view, name, None)
            if signal is not None:
                signal.connect(slot)

    def _on_own_wanted(self, command: str, kind: str, row_id: str) -> None:
        if command == "import":
            self.imports.open()
        elif command == "new":
            self.own.new_model()
        else:
            getattr(self.own, command)(kind, row_id)

    def _on_use_wanted(self, kind: str, row_id: str) -> None:
        if kind == "model":
            self.own.use_model(row_id)
        else:
            self._parts.add_part(kind, row_id)

    def _on_listed(self, kind: str, row_id: str) -> None:
        if kind != "model":
            self._parts.show_part(row_id)

    @property
    def _parts(self) -> PartsView:
        parts: PartsView = self.panes[2]
        return parts

    def _on_action_added(self, action_id: str) -> None:
        self.addAction(self.actions_registry.get(action_id))

    # What the commands do ------------------------------------------------------------------

    def show_explanation(self, path: str) -> None:
        """Show how the figure at ``path`` is computed."""
        self.document.flush()
        self.explain.setProperty("top", self.verdict.geometry().bottom() + 1)
        self.explain.show_path(path)

    def explain_focus(self) -> None:
        """Explain the figure that has the focus, or the verdict."""
        widget = QApplication.focusWidget()
        while widget is not None and widget is not self:
            figure = getattr(widget, "figure", None)
            path = getattr(figure, "path", None) or widget.property("explain_path")
            if path:
                self.show_explanation(path)
                return
            widget = widget.parentWidget()
        self.show_explanation("verdict")

    def open_palette(self) -> None:
        """Open the command palette."""
        self.palette_popup.open_under(self.toolbar.palette_button, self)

    def focus_parts_search(self) -> None:
        """Put the cursor into the parts' search field."""
        parts = self.panes[2]
        focus = getattr(parts, "focus_search", None)
        if focus is not None:
            focus()
        else:
            parts.setFocus()

    def toggle_tabs(self) -> None:
        """Collapse or expand the tabs."""
        self.tabs.toggle_collapsed()

    def next_pane(self) -> None:
        """Move the focus to the next pane."""
        move_to_pane(self._panes_in_sight(), forward=True)

    def previous_pane(self) -> None:
        """Move the focus to the previous pane."""
        move_to_pane(self._panes_in_sight(), forward=False)

    def _panes_in_sight(self) -> list[QWidget]:
        panes: list[QWidget] = [self.verdict, *self.panes, self.tabs]
        if self.compare.view is not None and self.compare.is_shown:
            panes = [self.compare.view]
        if self.finder.page is not None and self.finder.is_open:
            panes = list(self.finder.page.panes)
        if self.plans.tabs is not None:
            panes.append(self.plans.tabs)
        return [*panes, self.bars]

    def focusNextPrevChild(self, forward: bool) -> bool:
        return move_focus(self, forward=forward)

    def next_check(self) -> None:
        """Show the next finding and what it is about."""
        view = self._checks()
        if view is not None:
            view.next_check()

    def previous_check(self) -> None:
        """Show the finding before and what it is about."""
        view = self._checks()
        if view is not None:
            view.previous_check()

    def ask_reason(self, item: object) -> None:
        """Ask in the Checks tab why a finding can be left aside."""
        view = self._checks()
        if view is not None:
            view.ask_reason(item)

    def _checks(self) -> QWidget | None:
        self.document.flush()
        self.tabs.show_tab("checks")
        return self.tabs.view("checks")

    def show_shortcuts(self) -> None:
        """List every command with its shortcut."""
        from moeplanner_gui.ui.shortcut_sheet import show_sheet

        show_sheet(self.actions_registry, self.themes, self)

    # What the document says ----------------------------------------------------------------

    def _update_title(self) -> None:
        path, title = self.document.path, self.document.session.title
        name = path.name if path else title
        if path and title != path.stem:
            name = f"{title} ({name})"
        # Qt reads [*] as the place of the mark of a changed document.
        self.setWindowTitle(say("{0}[*] – MoE Planner", name.replace("[*]", "[*][*]")))
        self.setWindowFilePath(str(path) if path else "")
        self.setWindowModified(self.document.is_modified)

    def _on_assessment_changed(self, assessment: object) -> None:
        findings = getattr(assessment, "findings", ())
        count = counts(findings, self.document.plan).to_look_at
        self.tabs.set_badge("checks", str(count) if count else "", say("to look at before buying"))

    # Starting and ending -------------------------------------------------------------------

    def start(self, *, sample: bool) -> None:
        """What happens once the window is there: hints, recovery, autosave."""
        say_skipped_rows(self)
        begin_keeping(self)
        self.help.start(sample=sample and self.bars.bar("recovery") is None)
        QTimer.singleShot(GARBAGE_AFTER_MS, look_for_garbage)
        self._focus_rig()

    def _focus_rig(self) -> None:
        self.panes[1].setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._painted:
            self._painted = True
            # Charts cost half a second to import; the first picture does not wait for them.
            FirstPaint(self.verdict, self._after_first_paint)
            self.verdict.advisor.delay.stop()

    def _after_first_paint(self) -> None:
        self.verdict.advisor.delay.start()
        QTimer.singleShot(30, self._make_next_tab)

    def _make_next_tab(self) -> None:
        """Make the other views one at a time, so that what a person does comes in between."""
        if not isValid(self.actions_registry):
            return  # The window is going, and its parts before it.
        forget_sources()
        is_more = self.tabs.make_next()
        forget_sources()
        if is_more:
            QTimer.singleShot(0, self._make_next_tab)

    def _restore(self) -> None:
        settings = self.store.settings
        self.resize(1440, 900)
        screen = self.screen()
        if screen is not None:
            free = screen.availableGeometry()
            self.resize(min(1440, free.width()), min(900, free.height()))
        if settings.geometry:
            self.restoreGeometry(QByteArray(base64.b64decode(settings.geometry)))
        self.columns.restore(settings.columns)
        self.rows.restore(settings.rows)
        self.tabs.show_tab(settings.tab)
        self.tabs.make(self.tabs.bar.currentIndex())

    def closeEvent(self, event: QCloseEvent) -> None:
        self.autosave.save_now()
        if not self.files.may_close():
            event.ignore()
            return
        settings = self.store.settings
        settings.geometry = base64.b64encode(self.saveGeometry().data()).decode()
        settings.columns = self.columns.chosen_sizes()
        if not self.tabs.stack.isHidden():
            settings.rows = self.rows.chosen_sizes()
        settings.tab = self.tabs.current_key
        self.store.save()
        self.autosave.stop()
        self.detection.end()
        self.finder.end()
        reality = self.tabs.view("reality")
        if reality is not None:
            reality.end()
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() != QEvent.Type.ActivationChange:
            return
        if not self.isActiveWindow():
            self.autosave.save_now()
        elif self._painted:
            self.own.reload_if_changed()

    # Files dropped on the window -------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_plans(event) or dropped_model(event) is not None:
            take_copy(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        # The keys may have changed what is proposed since the files came in.
        if dropped_plans(event) or dropped_model(event) is not None:
            take_copy(event)

    def dropEvent(self, event: QDropEvent) -> None:
        plans, model = dropped_plans(event), dropped_model(event)
        if (not plans and model is None) or not take_copy(event):
            return
        for plan in plans:
            self.files.open_path(plan)
        if not plans:
            self.imports.open(model)
