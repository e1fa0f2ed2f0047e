"""The parts palette: search, filters, the list, custom cards. Asks for edits of the document.

It knows where a part goes when no place is named: the selected node, else the first one. A card
of the rig that is dropped here is taken off the rig.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QStatusBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.plan import CustomSlot
from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.ui.access import give_clear_button
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.card_facts import UNKNOWN
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.drag import CardDrag, HostDrag, Payload, from_mime, when_drag_ends
from moeplanner_gui.ui.drops import OffRig, OnNewNode, OnNode, plan_drop
from moeplanner_gui.ui.fonts import font_heading, font_strong
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.own_menu import own_menu
from moeplanner_gui.ui.parts.chips import FilterRow
from moeplanner_gui.ui.parts.cover import Cover
from moeplanner_gui.ui.parts.model import PartsModel, payload_of
from moeplanner_gui.ui.parts.nothing_found import NothingFound
from moeplanner_gui.ui.parts.rows import (
    FILTERS,
    PartRow,
    closest,
    filtered,
    group_is_open,
    part_rows,
)
from moeplanner_gui.ui.parts.tree import PartsTree
from moeplanner_gui.ui.style import ThemeProvider


class PartsView(QWidget):
    """Everything a rig can be built from.

    Signals:
        own_wanted(str, str, str): "edit", "duplicate" or "delete", "gpu" or "host", and an id.
        rename_wanted(str, str, str): "gpu" or "host", an id, and its new name.
        new_card_wanted(str): A card is to be typed in; perhaps with this name.
        keep_wanted(object): A card that was typed into the plan is to be kept.
    """

    own_wanted = Signal(str, str, str)
    rename_wanted = Signal(str, str, str)
    new_card_wanted = Signal(str)
    keep_wanted = Signal(object)

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("parts")
        self.setAccessibleName(say("Parts"))
        self.setMinimumWidth(220)
        self.setAcceptDrops(True)
        self._document, self._actions, self._themes = document, actions, themes
        self._own: list[CustomSlot] = []
        self._rows: tuple[PartRow, ...] = ()
        self._closed: dict[str, bool] = {}
        self.model = PartsModel(self)
        self.tree = PartsTree(self.model, themes, self)
        self.search = QLineEdit(self)
        self._cover = Cover(themes, self)
        self._declare_actions()
        self._build()
        self.tree.add_wanted.connect(self.add_selected)
        self.tree.own_wanted.connect(self.run_own)
        self.model.renamed.connect(self._on_renamed)
        self.tree.selectionModel().currentChanged.connect(self._on_current_changed)
        self.tree.expanded.connect(lambda index: self._remember(index, False))
        self.tree.collapsed.connect(lambda index: self._remember(index, True))
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._on_menu)
        document.catalog_changed.connect(self.reload)
        document.plan_changed.connect(self._on_plan_changed)
        themes.theme_changed.connect(self._on_theme_changed)
        self._collect_own()
        self.reload()
        # Enter and the button do something from the first moment on.
        self.tree.setCurrentIndex(self.model.index(0, 0, self.model.index(0, 0)))

    def _declare_actions(self) -> None:
        actions = self._actions
        actions.add(
            "parts.add", say("Add part to rig"), self.add_selected, menu="Rig", icon="plus",
            tip=say("Put the part selected in Parts into the selected node"), enabled=False,
        )  # fmt: skip
        actions.add(
            "parts.custom", say("Custom card…"), self.ask_custom, menu="Rig", icon="card",
            tip=say("Type in a card that is not in the list, and keep it in My hardware"),
        )  # fmt: skip
        actions.add(
            "parts.search", say("Search parts"), self.focus_search, menu="Rig", icon="search",
            shortcut="Ctrl+Shift+F", tip=say("Go to the search field of the parts list"),
        )  # fmt: skip

    def _build(self) -> None:
        heading = QLabel(say("Parts"), self)
        heading.setFont(font_heading())
        self._custom = QToolButton(self)
        self._custom.setText(say("Custom card"))
        self._custom.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._custom.setFont(font_strong())
        self._custom.setToolTip(say("Type in a card that is not in the list"))
        self._custom.clicked.connect(self.ask_custom)
        head = QHBoxLayout()
        head.setContentsMargins(12, 6, 8, 2)
        head.addWidget(heading)
        head.addStretch(1)
        head.addWidget(self._custom)
        give_clear_button(self.search)
        self.search.setAccessibleName(say("Search parts"))
        self._glass = self.search.addAction(
            icon("search", self._themes.theme), QLineEdit.ActionPosition.LeadingPosition
        )
        self._glass.setText(say("Search parts"))
        self.search.textChanged.connect(self._on_filter_changed)
        self.search.returnPressed.connect(self._on_search_entered)
        self.filters = FilterRow(FILTERS, self._themes, self)
        self.filters.chosen.connect(self._on_filter_changed)
        field = QHBoxLayout()
        field.setContentsMargins(12, 4, 12, 0)
        field.addWidget(self.search)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.tree)
        self._nothing = NothingFound(self)
        self._nothing.custom_wanted.connect(lambda: self.ask_custom(self.search.text()))
        self._stack.addWidget(self._nothing)
        self._add = QPushButton(self)
        self._add.setAccessibleName(say("Add the selected part to the rig"))
        self._add.clicked.connect(self.add_selected)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 8, 12, 10)
        foot.addWidget(self._add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(7)
        column.addLayout(head)
        column.addLayout(field)
        column.addWidget(self.filters)
        column.addWidget(self._stack, 1)
        column.addLayout(foot)
        self._on_theme_changed(self._themes.theme)

    # -- what is listed -------------------------------------------------------------------

    def reload(self) -> None:
        """Read the catalogue's rows again."""
        self._rows = part_rows(self._document.catalog, self._own)
        self.search.setPlaceholderText(say("Search {0} cards and parts", len(self._rows)))
        self._on_filter_changed()

    def _on_filter_changed(self, _what: object = None) -> None:
        selected = self.selected()
        text, name = self.search.text().strip(), self.filters.current
        shown = filtered(self._rows, text, name)
        self.model.set_rows(shown)
        for number in range(self.model.rowCount()):
            index = self.model.index(number, 0)
            group = self.model.group_at(index) or ""
            open_now = bool(text) or name != "All" or not self._is_closed(group)
            self.tree.setFirstColumnSpanned(number, QModelIndex(), True)
            for child in range(self.model.rowCount(index)):
                part = self.model.row_at(self.model.index(child, 0, index))
                if part is not None and (part.kind == "part" or part.memory == part.usd == UNKNOWN):
                    # Two dashes say less than the end of a long name.
                    self.tree.setFirstColumnSpanned(child, index, True)
            self.tree.blockSignals(True)
            self.tree.setExpanded(index, open_now)
            self.tree.blockSignals(False)
        if selected is not None:
            self.tree.setCurrentIndex(self.model.find(selected.id))
        if self.selected() is None and text and shown:
            self.tree.setCurrentIndex(self.model.find(shown[0].id))
        self._stack.setCurrentIndex(0 if shown else 1)
        if not shown:
            self._nothing.none.setText(
                say("No card is called “{0}”", text) if text else say("Nothing to show")
            )
            near = closest(self._rows, text)
            self._nothing.closest.setText(say("Closest: {0}", comma_joined(near)) if near else "")
            self._nothing.as_custom.setVisible(bool(text))
        self._on_current_changed()

    def _is_closed(self, group: str) -> bool:
        return self._closed.get(group, not group_is_open(group))

    def _remember(self, index: object, closed: bool) -> None:
        group = self.model.group_at(index)  # type: ignore[arg-type]
        if group is not None and not self.search.text():
            self._closed[group] = closed

    def selected(self) -> PartRow | None:
        """The part under the selection."""
        return self.model.row_at(self.tree.currentIndex())

    def select(self, part_id: str) -> None:
        """Select a part that is shown."""
        self.tree.setCurrentIndex(self.model.find(part_id))

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _on_search_entered(self) -> None:
        if self.selected() is not None:
            self.add_selected()

    def _on_current_changed(self, *_indexes: object) -> None:
        part = self.selected()
        self._actions.get("parts.add").setEnabled(part is not None)
        self._add.setEnabled(part is not None)
        if part is None:
            self._add.setText(say("Add to rig"))
            self._add.setToolTip(say("Select a part first."))
        else:
            name = part.name if len(part.name) <= 24 else f"{part.name[:23]}…"
            if part.kind == "host":
                self._add.setText(say("Use {0}", name))
                self._add.setToolTip(say("Use {0} in the selected node (Enter)", part.name))
            else:
                self._add.setText(say("Add {0}", name))
                self._add.setToolTip(say("Add {0} in the selected node (Enter)", part.name))

    # -- edits ----------------------------------------------------------------------------

    def add_selected(self) -> None:
        """Put the selected part into the selected node, else the first, else a new one."""
        part = self.selected()
        if part is not None:
            self._put(payload_of(part))

    def ask_custom(self, name: object = "") -> None:
        """Ask for a card that is in no list."""
        self.new_card_wanted.emit(name if isinstance(name, str) else "")

    def add_part(self, kind: str, part_id: str) -> None:
        """Put a card, or a host, into the selected node."""
        self._put(HostDrag(part_id) if kind == "host" else CardDrag("parts", part_id))

    def show_part(self, part_id: str) -> None:
        """Select a part, also when search or filter hide it now."""
        if not self.model.find(part_id).isValid():
            self.search.clear()
            self.filters.choose("All")
        self.select(part_id)
        self.tree.scrollTo(self.tree.currentIndex())

    def run_own(self, command: str) -> None:
        """Do something with the selected part; renaming happens in the list."""
        part = self.selected()
        if part is None:
            return
        if command == "use":
            self.add_selected()
        elif part.kind == "part":
            return  # It is in nobody's own list: there is nothing to change.
        elif part.is_custom:
            # It is only in the plan: whatever is wanted of it, it has to be kept first.
            if command != "delete":
                self.keep_wanted.emit(part.card)
        elif command == "rename":
            if part.own:
                self.tree.edit(self.tree.currentIndex().siblingAtColumn(0))
        elif command != "delete" or part.own:
            kind = "host" if part.kind == "host" else "gpu"
            self.own_wanted.emit(command, kind, part.id)

    def _on_renamed(self, part: PartRow, name: str) -> None:
        self.rename_wanted.emit("host" if part.kind == "host" else "gpu", part.id, name)

    def _put(self, payload: Payload) -> None:
        nodes = self._document.plan.rig.nodes
        selection = self._document.selection
        node = selection[0] if selection is not None and selection[0] < len(nodes) else 0
        target = OnNode(node) if nodes else OnNewNode()
        drop = plan_drop(self._document.plan, payload, target, self._document.catalog)
        if drop.plan is None:
            self._say(drop.refused)
            return
        self._document.apply(drop.text, drop.plan)
        if drop.select is not None:
            self._document.select(*drop.select)
        self._say(drop.text)

    def _say(self, text: str) -> None:
        bar = self.window().findChild(QStatusBar)
        if bar is not None:
            bar.showMessage(text, 4000)

    def _collect_own(self) -> bool:
        """Cards typed into the plan are listed as long as the window is open."""
        cards = [card for node in self._document.plan.rig.nodes for card in node.gpus]
        new = [card for card in cards if isinstance(card, CustomSlot) and card not in self._own]
        for card in new:
            if card not in self._own:
                self._own.append(card)
        return bool(new)

    def _on_plan_changed(self, _plan: object) -> None:
        if self._collect_own():
            self.reload()

    def _on_menu(self, at: QPoint) -> None:
        index = self.tree.indexAt(at)
        if self.model.row_at(index) is None:
            return
        self.tree.setCurrentIndex(index.siblingAtColumn(0))
        part = self.selected()
        if part is None:
            return
        use = say("Use as host") if part.kind == "host" else say("Add to rig")
        menu = own_menu(self, part.own, self.run_own, use)
        if part.kind == "part":
            for action in menu.actions():
                action.setVisible(action.objectName() == "own.use")
        if part.is_custom:
            for action in menu.actions():
                if action.objectName() == "own.duplicate":
                    action.setText(say("Save to My hardware…"))
        menu.addSeparator()
        menu.addAction(self._actions.get("parts.custom"))
        menu.popup(self.tree.viewport().mapToGlobal(at))

    def _on_theme_changed(self, _theme: object) -> None:
        theme = self._themes.theme
        self._custom.setIcon(icon("plus", theme))
        self._glass.setIcon(icon("search", theme))
        self.tree.viewport().update()
        self.update()

    # -- taking cards off the rig ---------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        payload = from_mime(event.mimeData())
        if isinstance(payload, CardDrag) and payload.source == "rig":
            event.setDropAction(Qt.DropAction.MoveAction)
            event.accept()
            self._receive(True)
            when_drag_ends(event.source(), self._on_drag_ended)
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.setDropAction(Qt.DropAction.MoveAction)
        event.accept()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._receive(False)

    @Slot()
    def _on_drag_ended(self) -> None:
        if self._cover.isVisible():
            self._receive(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._receive(False)
        payload = from_mime(event.mimeData())
        if payload is None:
            event.ignore()
            return
        drop = plan_drop(self._document.plan, payload, OffRig(), self._document.catalog)
        if drop.plan is None:
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.MoveAction)
        event.accept()
        self._document.apply(drop.text, drop.plan)

    def _receive(self, receiving: bool) -> None:
        self._say(say("Drop to take it off the rig. Esc cancels.") if receiving else "")
        if receiving:
            self._cover.setGeometry(self._stack.geometry().adjusted(8, 4, -8, 0))
            self._cover.raise_()
        self._cover.setVisible(receiving)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(self._themes.theme.panel))
