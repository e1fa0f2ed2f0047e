"""Drags over the rig: what would change is shown before the drop, refusals say why.

Knows the canvas, the document and the rules in :mod:`moeplanner_gui.ui.drops`; starts the drags
of cards that are on the rig. Answers are kept for each target, so that moving within one target
computes nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QRect, Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QScrollArea, QStatusBar, QWidget

from moeplanner_gui.core.assessment import Assessment, Severity
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.card_facts import card_facts
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.drag import (
    CardDrag,
    PartDrag,
    Payload,
    from_mime,
    ghost_pixmap,
    new_drag,
    to_mime,
    when_drag_ends,
)
from moeplanner_gui.ui.drops import (
    Drop,
    OffRig,
    OnNewNode,
    OnNode,
    OnSlot,
    Target,
    plan_drop,
)
from moeplanner_gui.ui.rig_builder.canvas import RigCanvas
from moeplanner_gui.ui.rig_builder.change import change_rows, drop_lines
from moeplanner_gui.ui.rig_builder.change_panel import ChangePanel
from moeplanner_gui.ui.rig_builder.paint_slot import DropLook
from moeplanner_gui.ui.style import ThemeProvider

SCROLL_MARGIN = 28
SCROLL_STEP = 14


@dataclass(frozen=True)
class _Preview:
    drop: Drop
    after: Assessment | None
    is_part: bool = False


class DropSite(QObject):
    """The rig's half of drag and drop. The view forwards its drag events here."""

    def __init__(
        self,
        view: QWidget,
        canvas: RigCanvas,
        scroll: QScrollArea,
        new_node: QAbstractButton,
        document: PlanDocument,
        themes: ThemeProvider,
    ) -> None:
        super().__init__(view)
        self._view, self._canvas, self._scroll, self._new_node = view, canvas, scroll, new_node
        self._document, self._themes = document, themes
        self.panel = ChangePanel(themes, view)
        self._previews: dict[tuple[Target, bool], _Preview] = {}
        self._previewed: tuple[Plan, Payload] | None = None
        self._shown: tuple[Target, bool] | None = None

    # -- events of the view ---------------------------------------------------------------

    def enter(self, event: QDragEnterEvent) -> None:
        """Accept what is ours, so that moves and drops come here."""
        if from_mime(event.mimeData()) is None:
            event.ignore()
        else:
            event.acceptProposedAction()
            when_drag_ends(event.source(), self.clear)

    def move(self, event: QDragMoveEvent) -> None:
        """Show what a drop at this place would do; refuse places where nothing can go."""
        payload = from_mime(event.mimeData())
        if payload is None:
            event.ignore()
            return
        at = event.position().toPoint()
        self._scroll_near_edge(at)
        copy = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        target = self.target_for(payload, at)
        preview = self.show(payload, target, copy=copy)
        if preview is None or preview.drop.plan is None:
            event.setDropAction(Qt.DropAction.IgnoreAction)
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction if copy else event.proposedAction())
        event.accept()

    def leave(self) -> None:
        """The drag went elsewhere or was cancelled."""
        self.clear()

    def drop(self, event: QDropEvent) -> None:
        """Apply the drop as one undo step."""
        payload = from_mime(event.mimeData())
        target = None if payload is None else self.target_for(payload, event.position().toPoint())
        copy = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self.clear()
        if payload is None or target is None or not self.apply(payload, target, copy=copy):
            event.ignore()
            return
        event.acceptProposedAction()

    # -- what the view, the menus and the tests use ---------------------------------------

    def apply(self, payload: Payload, target: Target, *, copy: bool = False) -> bool:
        """Do what the drop says; False when it is refused (the status bar says why)."""
        drop = plan_drop(self._document.plan, payload, target, self._document.catalog, copy=copy)
        if drop.plan is None:
            self.say(drop.refused)
            return False
        self._document.apply(drop.text, drop.plan)
        if drop.select is not None:
            self._document.select(*drop.select)
        return True

    def target_at(self, at: QPoint) -> Target | None:
        """What lies under a position of the view."""
        button = QRect(self._new_node.mapTo(self._view, QPoint(0, 0)), self._new_node.size())
        if button.contains(at):
            return OnNewNode()
        viewport = self._scroll.viewport()
        inside = viewport.mapFrom(self._view, at)
        if not viewport.rect().contains(inside):
            return None
        return self._canvas.target_at(self._canvas.mapFrom(self._view, at))

    def target_for(self, payload: Payload, at: QPoint) -> Target | None:
        """What lies there for this payload: a part is built into the computer, into no slot."""
        target = self.target_at(at)
        if isinstance(payload, PartDrag) and isinstance(target, OnSlot):
            return OnNode(target.node)
        return target

    def show(self, payload: Payload, target: Target | None, *, copy: bool) -> _Preview | None:
        """Draw the consequences in the target and in the panel; None where there is no target."""
        if target is None:
            self._hide()
            return None
        preview = self._preview(payload, target, copy)
        if self._shown == (target, copy):
            return preview
        self._undraw()
        self._shown = (target, copy)
        self._draw(target, preview)
        return preview

    @Slot()
    def clear(self) -> None:
        """Forget the drag."""
        self._previews.clear()
        self._previewed = None
        self._hide()

    def _hide(self) -> None:
        if self._shown is not None:
            self._undraw()
            self.panel.hide()
            self.say("")

    def say(self, text: str) -> None:
        """Put a sentence into the window's status bar, where it has one."""
        bar = self._view.window().findChild(QStatusBar)
        if bar is not None:
            bar.showMessage(text)

    # -- dragging a card of the rig -------------------------------------------------------

    def start(self, node: int, slot: int, source: QWidget) -> None:
        """Drag the card in a slot; a drop beside the rig takes it off."""
        card = self._document.plan.rig.nodes[node].gpus[slot]
        payload = CardDrag("rig", card, node, slot)
        facts = card_facts(card, self._document.catalog)
        pixmap = ghost_pixmap(
            "card", facts.name, facts.memory, self._themes.theme, source.devicePixelRatioF()
        )
        drag = new_drag(source, to_mime(payload, facts.name), pixmap)
        window = self._view.window()
        outside = _OffRigSite(self, window, self._view)
        actions = Qt.DropAction.MoveAction | Qt.DropAction.CopyAction
        drag.exec(actions, Qt.DropAction.MoveAction)
        outside.end()
        self.clear()

    # -- drawing --------------------------------------------------------------------------

    def _preview(self, payload: Payload, target: Target, copy: bool) -> _Preview:
        plan = self._document.plan
        if self._previewed is None or self._previewed != (plan, payload):
            self._previews.clear()
            self._previewed = (plan, payload)
        known = self._previews.get((target, copy))
        if known is not None:
            return known
        drop = plan_drop(plan, payload, target, self._document.catalog, copy=copy)
        after = None
        if drop.plan is not None:
            try:
                after = self._document.preview(drop.plan)
            except UnknownEntryError as error:
                drop = Drop(refused=str(error))
        preview = self._previews[target, copy] = _Preview(
            drop, after, isinstance(payload, PartDrag)
        )
        return preview

    def _draw(self, target: Target, preview: _Preview) -> None:
        drop, now = preview.drop, self._document.assessment
        lines: tuple[tuple[str, Severity], ...] = ()
        if drop.plan is not None and preview.after is not None:
            plans = (self._document.plan, drop.plan)
            unit = self._document.memory_unit
            lines = drop_lines(now, preview.after, plans, self._document.catalog, unit)
            rows = change_rows(now, preview.after, plans, unit)
            if preview.is_part and isinstance(target, OnNode):
                from moeplanner_gui.ui.rig_builder.part_change import part_change_rows

                rows += part_change_rows(plans, target.node, self._document.catalog)
            warning = next((text for text, kind in lines if kind == "warning"), "")
            self.panel.show_rows(drop.text, rows, warning, self._place_of(target))
        else:
            self.panel.hide()
        look = DropLook(drop.heading, lines, drop.refused)
        if isinstance(target, OnSlot):
            slot = self._canvas.slot(target.node, target.slot)
            if slot is not None:
                slot.set_drop(look)
        elif isinstance(target, OnNode):
            head = self._canvas.panels[target.node].head
            more = self._more(target, preview)
            head.set_drop(drop.refused or drop.heading, bool(drop.refused), more)
        elif isinstance(target, OnNewNode):
            self._canvas.set_empty_drop(drop.refused or drop.heading)
            self._new_node.setDown(drop.plan is not None)
        self.say(drop.refused or drop.heading)

    def _more(self, target: OnNode, preview: _Preview) -> str:
        """What a part changes of its computer, in a few words."""
        drop = preview.drop
        if not preview.is_part or drop.plan is None or preview.after is None:
            return ""
        from moeplanner_gui.ui.rig_builder.part_change import difference_words

        now, plans = self._document.assessment, (self._document.plan, drop.plan)
        return difference_words(now, preview.after, plans, target.node, self._document.catalog)

    def _place_of(self, target: Target) -> QRect:
        """Where a target is, in the view's coordinates; the head of the view for a new node."""
        rect = self._canvas.target_rect(target)
        if rect.isEmpty():
            return QRect(0, 0, self._view.width(), self._scroll.y())
        return QRect(self._canvas.mapTo(self._view, rect.topLeft()), rect.size())

    def _undraw(self) -> None:
        if self._shown is None:
            return
        target = self._shown[0]
        self._shown = None
        if isinstance(target, OnSlot):
            slot = self._canvas.slot(target.node, target.slot)
            if slot is not None:
                slot.set_drop(None)
        elif isinstance(target, OnNode) and target.node < len(self._canvas.panels):
            self._canvas.panels[target.node].head.set_drop("")
        self._canvas.set_empty_drop("")
        self._new_node.setDown(False)

    def _scroll_near_edge(self, at: QPoint) -> None:
        area = QRect(self._scroll.mapTo(self._view, QPoint(0, 0)), self._scroll.size())
        bar = self._scroll.verticalScrollBar()
        if area.top() <= at.y() < area.top() + SCROLL_MARGIN:
            bar.setValue(bar.value() - SCROLL_STEP)
        elif area.bottom() - SCROLL_MARGIN < at.y() <= area.bottom():
            bar.setValue(bar.value() + SCROLL_STEP)


class _OffRigSite(QObject):
    """While a card of the rig is dragged, the rest of the window takes it off the rig.

    Only the window's own events are looked at, so that a widget which accepts drops itself
    keeps them.
    """

    def __init__(self, site: DropSite, window: QWidget, view: QWidget) -> None:
        super().__init__(view)
        self._site, self._window, self._view = site, window, view
        self._accepted_before = window.acceptDrops()
        self._inside = window is not view
        if self._inside:
            window.setAcceptDrops(True)
            window.installEventFilter(self)

    def end(self) -> None:
        """Give the window back as it was."""
        if self._inside:
            self._window.removeEventFilter(self)
            self._window.setAcceptDrops(self._accepted_before)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)
        if watched is not self._window or event.type() not in kinds:
            return False
        assert isinstance(event, QDropEvent)
        payload = _from_rig(event.mimeData())
        if payload is None or self._over_rig(event):
            return False
        event.setDropAction(Qt.DropAction.MoveAction)
        event.accept()
        if event.type() == QEvent.Type.Drop:
            self._site.apply(payload, OffRig())
        else:
            self._site.say(say("Drop to take it off the rig. Esc cancels."))
        return True

    def _over_rig(self, event: QDropEvent) -> bool:
        at = self._view.mapFrom(self._window, event.position().toPoint())
        return self._view.rect().contains(at)


def _from_rig(mime: QMimeData) -> CardDrag | None:
    payload = from_mime(mime)
    if isinstance(payload, CardDrag) and payload.source == "rig":
        return payload
    return None


def clipboard_payload() -> Payload | None:
    """The card on the clipboard, if there is one; pasted, it counts as new."""
    payload = from_mime(QApplication.clipboard().mimeData())
    if isinstance(payload, CardDrag):
        return CardDrag("parts", payload.card)
    return payload
