"""The rig's commands: every one works on the selection, by key, menu and palette.

Each calls an edit of :mod:`moeplanner_gui.core.edits` and is one undo step.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QInputDialog, QMenu, QWidget

from moeplanner_gui.core import edits, part_edits
from moeplanner_gui.core.card_rows import card_name
from moeplanner_gui.core.marks import FIELDS, as_detected
from moeplanner_gui.core.plan import Node, Plan
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.card_facts import node_name
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.drag import CardDrag, to_mime
from moeplanner_gui.ui.drops import NEW_NODE_RAM_GIB, OnNode, OnSlot
from moeplanner_gui.ui.rig_builder.drop_site import DropSite, clipboard_payload
from moeplanner_gui.ui.style import ThemeProvider


class RigActions(QObject):
    """Declares the commands and keeps them enabled as the selection allows."""

    def __init__(
        self,
        view: QWidget,
        document: PlanDocument,
        actions: Actions,
        site: DropSite,
        themes: ThemeProvider,
    ) -> None:
        super().__init__(view)
        self._view, self._document, self._actions, self._site = view, document, actions, site
        self._themes = themes
        key = QKeySequence.StandardKey
        declare = (
            (
                "rig.add_node",
                say("Add node"),
                self.add_node,
                None,
                say("Add a computer to the rig"),
                "plus",
            ),
            (
                "rig.remove",
                say("Remove card"),
                self.remove,
                key.Delete,
                say("Take the selected card, or the selected node, off the rig"),
                "trash",
            ),
            (
                "rig.duplicate",
                say("Duplicate card"),
                self.duplicate,
                "Ctrl+D",
                say("Add another card of the selected kind in the next slot"),
                "duplicate",
            ),
            (
                "rig.copy",
                say("Copy card"),
                self.copy,
                key.Copy,
                say("Copy the selected card to the clipboard"),
                "copy",
            ),
            (
                "rig.cut",
                say("Cut card"),
                self.cut,
                key.Cut,
                say("Move the selected card to the clipboard"),
                None,
            ),
            (
                "rig.paste",
                say("Paste card"),
                self.paste,
                key.Paste,
                say("Put the card on the clipboard into the selected node"),
                None,
            ),
            (
                "rig.card_memory",
                say("Memory of this card…"),
                self.edit_memory,
                "Ctrl+Shift+M",
                say(
                    "Edit what the driver, the screen and other programs keep of the selected card"
                ),
                "ram",
            ),
            (
                "rig.node_links",
                say("Links and memory speed…"),
                self.edit_links,
                "Ctrl+Shift+L",
                say("Edit PCIe, NVLink, memory speed and the power limit of the selected node"),
                None,
            ),
            (
                "rig.node_parts",
                say("Parts of the computer…"),
                self.edit_parts,
                "Ctrl+Shift+P",
                say("Edit board, processor, memory, supplies, case and disks of the selected node"),
                "board",
            ),
            (
                "rig.move_left",
                say("Move card to the slot before"),
                lambda: self.shift(-1),
                "Ctrl+Left",
                say("Move the selected card one slot towards the first"),
                None,
            ),
            (
                "rig.move_right",
                say("Move card to the next slot"),
                lambda: self.shift(1),
                "Ctrl+Right",
                say("Move the selected card one slot towards the last"),
                None,
            ),
            (
                "rig.move_up",
                say("Move card to the node above"),
                lambda: self.to_node(-1),
                "Ctrl+Up",
                say("Move the selected card to the end of the node above"),
                None,
            ),
            (
                "rig.move_down",
                say("Move card to the node below"),
                lambda: self.to_node(1),
                "Ctrl+Down",
                say("Move the selected card to the end of the node below"),
                None,
            ),
        )
        for action_id, text, slot, shortcut, tip, icon in declare:
            action = actions.add(
                action_id, text, slot, shortcut=shortcut, tip=tip, icon=icon, menu="Rig"
            )
            # Delete and Ctrl+C mean something else in a text field or a table.
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            view.addAction(action)
        document.selection_changed.connect(self._on_selection_changed)
        document.plan_changed.connect(self._on_selection_changed)
        self._on_selection_changed(None)

    # -- commands -------------------------------------------------------------------------

    def add_node(self) -> None:
        """Add an empty node with the host of the last one: clusters are mostly alike."""
        nodes = self._document.plan.rig.nodes
        node = (
            Node(host=nodes[-1].host, ram_gib=nodes[-1].ram_gib)
            if nodes
            else Node(ram_gib=NEW_NODE_RAM_GIB)
        )
        self._try(say("Add node"), lambda plan: edits.add_node(plan, node))
        self._document.select(len(self._document.plan.rig.nodes) - 1, None)

    def remove(self) -> None:
        """Take the selection off the rig."""
        selection = self._document.selection
        if selection is None:
            return
        node, slot = selection
        if slot is None:
            self.remove_node(node)
            return
        self._try(
            say("Remove {0}", self._name(node, slot)), lambda p: edits.remove_gpu(p, node, slot)
        )
        left = len(self._document.plan.rig.nodes[node].gpus)
        self._document.select(node, min(slot, left - 1) if left else None)

    def remove_node(self, node: int) -> None:
        """Take a node with its cards off the rig."""
        name = node_name(self._document.plan.rig, node)
        self._try(say("Remove {0}", name), lambda plan: edits.remove_node(plan, node))

    def duplicate(self) -> None:
        """Add the selected card once more."""
        at = self._card()
        if at is None:
            return
        node, slot = at
        self._try(
            say("Duplicate {0}", self._name(*at)), lambda p: edits.duplicate_gpu(p, node, slot)
        )
        self._document.select(node, slot + 1)

    def copy(self) -> None:
        """Copy the selected card to the clipboard."""
        at = self._card()
        if at is None:
            return
        card = self._document.plan.rig.nodes[at[0]].gpus[at[1]]
        mime = to_mime(CardDrag("rig", card, *at), self._name(*at))
        QApplication.clipboard().setMimeData(mime)

    def cut(self) -> None:
        """Copy, then remove."""
        if self._card() is not None:
            self.copy()
            self.remove()

    def paste(self) -> None:
        """Put the card on the clipboard into the selected node, after its last card."""
        payload = clipboard_payload()
        if payload is None:
            self._site.say(say("There is no card on the clipboard."))
            return
        selection = self._document.selection
        nodes = self._document.plan.rig.nodes
        if not nodes:
            self.add_node()
        node = 0 if selection is None else selection[0]
        self._site.apply(payload, OnNode(node))

    def shift(self, step: int) -> None:
        """Move the selected card within its node."""
        at = self._card()
        if at is None:
            return
        node, slot = at
        if not 0 <= slot + step < len(self._document.plan.rig.nodes[node].gpus):
            self._site.say(say("The card is at the end of its node already."))
            return
        self._try(
            say("Move {0}", self._name(*at)),
            lambda plan: edits.move_gpu(plan, node, slot, node, slot + step),
        )
        self._document.select(node, slot + step)

    def to_node(self, step: int) -> None:
        """Move the selected card to a neighbouring node."""
        at = self._card()
        if at is None:
            return
        target = at[0] + step
        if not 0 <= target < len(self._document.plan.rig.nodes):
            self._site.say(say("There is no node there."))
            return
        card = self._document.plan.rig.nodes[at[0]].gpus[at[1]]
        last = len(self._document.plan.rig.nodes[target].gpus)
        self._site.apply(CardDrag("rig", card, *at), OnSlot(target, last))

    def edit_memory(self) -> None:
        """Edit the memory of the selected card."""
        if (at := self._card()) is not None:
            self.open_memory(*at)

    def open_memory(self, node: int, slot: int | None = None) -> None:
        """Edit the memory of a card, or of the host and its disk without a slot."""
        from moeplanner_gui.ui.rig_builder.memory_editor import open_editor

        open_editor(self._document, self._themes, node, slot, self._view)

    def edit_links(self) -> None:
        """Edit the links of the selected node, or of the first one."""
        selection, nodes = self._document.selection, self._document.plan.rig.nodes
        if nodes:
            self.open_links(0 if selection is None else min(selection[0], len(nodes) - 1))

    def open_links(self, node: int) -> None:
        """Edit the links, the memory speed and the power limit of a node."""
        from moeplanner_gui.ui.rig_builder.links_editor import open_links_editor

        open_links_editor(self._document, self._themes, node, self._view)

    def edit_parts(self) -> None:
        """Edit the parts of the selected node, or of the first one."""
        selection, nodes = self._document.selection, self._document.plan.rig.nodes
        if nodes:
            self.open_parts(0 if selection is None else min(selection[0], len(nodes) - 1))

    def open_parts(self, node: int) -> None:
        """Edit what a node is built of besides its cards."""
        from moeplanner_gui.ui.rig_builder.parts_editor import open_parts_editor

        open_parts_editor(self._document, self._themes, self._actions, node, self._view)

    def set_mine(self, node: int, mine: bool) -> None:
        """Say whether a computer is there already, as it is now."""
        name = node_name(self._document.plan.rig, node)
        plan = part_edits.set_mine(self._document.plan, node, mine)
        text = say("{0} is mine", name) if mine else say("{0} is to buy", name)
        self._document.apply(text, plan)

    def back_to_detected(self, node: int) -> None:
        """Put everything that was read into a node again, as one step."""
        there = self._document.plan.rig.nodes[node]
        back = as_detected(there)
        changes = {name: getattr(back, name) for name in (*FIELDS, "gpus")}
        plan = part_edits.change_host(self._document.plan, node, back.host, self._document.catalog)
        plan = edits.set_node(plan, node, **changes)
        try:
            # Of what another computer knew this one may have no row.
            self._document.preview(plan)
        except UnknownEntryError as error:
            self._site.say(say("{0} What was detected cannot be put back.", error))
            return
        name = node_name(self._document.plan.rig, node)
        self._document.apply(say("{0} back to detected", name), plan)

    def set_node(self, node: int, text: str, **changes: object) -> None:
        """Change a field of a node."""
        self._try(text, lambda plan: edits.set_node(plan, node, **changes))

    # -- menus ----------------------------------------------------------------------------

    def slot_menu(self, parent: QWidget, node: int) -> QMenu:
        """The context menu of a card."""
        menu = QMenu(parent)
        for action_id in ("rig.duplicate", "rig.copy", "rig.cut", "rig.paste"):
            menu.addAction(self._actions.get(action_id))
        menu.addSeparator()
        names = ["rig.move_left", "rig.move_right"]
        if len(self._document.plan.rig.nodes) > 1:
            names += ["rig.move_up", "rig.move_down"]
        for action_id in names:
            menu.addAction(self._actions.get(action_id))
        menu.addSeparator()
        menu.addAction(self._actions.get("rig.card_memory"))
        menu.addSeparator()
        menu.addAction(self._actions.get("rig.remove"))
        return menu

    def node_menu(self, parent: QWidget, node: int) -> QMenu:
        """The menu of a node: host, memory, links, display, name, removal."""
        from moeplanner_gui.ui.rig_builder.node_menu import fill_node_menu

        menu = QMenu(parent)
        fill_node_menu(menu, self, self._document, self._site, node)
        return menu

    def ask_memory(self, node: int) -> None:
        """Type the host memory in."""
        now = self._document.plan.rig.nodes[node].ram_gib
        gib, chosen = QInputDialog.getInt(
            self._view, say("Host memory"), say("Host memory in GiB:"), now, 0, 65_536, 32
        )
        if chosen:
            self.set_node(node, say("Set memory to {0:,} GiB", gib), ram_gib=gib)

    def ask_name(self, node: int) -> None:
        """Type a name for a node in."""
        now = node_name(self._document.plan.rig, node)
        name, chosen = QInputDialog.getText(self._view, say("Rename node"), say("Name:"), text=now)
        if chosen:
            self.set_node(node, say("Rename node"), name=name.strip()[:200] or None)

    def duplicate_node(self, node: int) -> None:
        """Add a node that is like this one; a second computer was not detected."""
        # Nobody has the second one already.
        row = self._document.plan.rig.nodes[node].model_copy(
            update={"detected": None, "mine": False, "there": None}
        )
        self._try(say("Duplicate node"), lambda plan: edits.add_node(plan, row))

    # -- state ----------------------------------------------------------------------------

    def _on_selection_changed(self, _selection: object) -> None:
        card = self._card() is not None
        several = len(self._document.plan.rig.nodes) > 1
        for name in ("duplicate", "copy", "cut", "card_memory", "move_left", "move_right"):
            self._actions.get(f"rig.{name}").setEnabled(card)
        for name in ("move_up", "move_down"):
            self._actions.get(f"rig.{name}").setEnabled(card and several)
        for name in ("node_links", "node_parts"):
            self._actions.get(f"rig.{name}").setEnabled(bool(self._document.plan.rig.nodes))
        self._actions.get("rig.remove").setEnabled(self._document.selection is not None)

    def _card(self) -> tuple[int, int] | None:
        selection = self._document.selection
        if selection is None or selection[1] is None:
            return None
        node, slot = selection
        nodes = self._document.plan.rig.nodes
        there = node < len(nodes) and slot < len(nodes[node].gpus)
        return (node, slot) if there else None

    def _name(self, node: int, slot: int) -> str:
        card = self._document.plan.rig.nodes[node].gpus[slot]
        name: str = card_name(card, self._document.catalog)
        return name

    def _try(self, text: str, change: object) -> None:
        try:
            new: Plan = change(self._document.plan)  # type: ignore[operator]
        except (ValueError, IndexError) as error:
            self._site.say(str(error))
            return
        self._document.apply(text, new)


def popup(menu: QMenu, at: QPoint) -> None:
    """Show a menu that goes away for good when it closes."""
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, True)
    menu.popup(at)
