"""A small catalogue, a window with the rig and the parts, and drags by events or by mouse."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QSplitter, QWidget

from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.catalog.rows import PriceEntry
from moeplanner_gui.core.assessment import Assessment, DeviceMemory, Finding, NamedBytes
from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.core.units import GB, GIB
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.card_facts import card_facts
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.parts.view import PartsView
from moeplanner_gui.ui.rig_builder.view import RigBuilderView
from moeplanner_gui.ui.style import ThemeProvider

NEEDED = 150 * GIB


def gpu(card_id: str, name: str, gb: int, **more: object) -> GpuSpec:
    """A card row with the fields that a list and a slot show."""
    values = {"vendor": "NVIDIA", "group": "GeForce", "bandwidth_gbs": 1790.0, "tdp_w": 600.0}
    values |= {"bus": "PCIe 5.0 x16", **more}
    return GpuSpec(
        id=card_id, name=name, memory_gb=float(gb), sources={}, source_date="2026-11-22",
        verified=True, **values,
    )  # fmt: skip


def small_catalog() -> Catalog:
    """Five cards, two hosts, two prices."""
    rows = (
        gpu("rtxpro6000", "RTX PRO 6000", 96, group="NVIDIA workstation"),
        gpu("rtx5090", "RTX 5090", 32),
        gpu("rtx4090", "RTX 4090", 24, unverified_fields=("memory_gb",)),
        gpu("w7900", "Radeon PRO W7900", 48, vendor="AMD", group="AMD"),
        gpu("p150", "Blackhole p150", 32, vendor="Tenstorrent", group="Other"),
    )
    hosts = tuple(
        HostSpec(
            id=host_id, name=name, sockets=1, channels=8, memory="DDR5", mt_s=4800,
            peak_gbs=307.2, pcie_gen=5, max_memory_gb=2048, verified=True, sources={},
            source_date="2026-11-22",
        )
        for host_id, name in (("wrx90", "Threadripper PRO 8ch DDR5-4800"), ("sp5", "EPYC 9004"))
    )  # fmt: skip
    prices = tuple(
        PriceEntry(part_id=part, kind="street_new", usd=usd, date="2026-11-01", source="a shop",
                   confidence=sure)
        for part, usd, sure in (("rtxpro6000", 8500.0, "low"), ("rtx5090", 1999.0, "high"))
    )  # fmt: skip
    return Catalog(
        {"gpus": {r.id: r for r in rows}, "hosts": {h.id: h for h in hosts}}, prices=prices
    )


def simple_evaluate(plan: Plan, catalog: Catalog) -> Assessment:
    """A stand-in for the estimator: 150 GiB spread over the cards, 20 GiB usable lost on none."""
    cards = [
        (number, slot, card)
        for number, node in enumerate(plan.rig.nodes)
        for slot, card in enumerate(node.gpus)
    ]
    devices = []
    for number, slot, card in cards:
        facts = card_facts(card, catalog)
        share = NEEDED // len(cards)
        devices.append(
            DeviceMemory(
                name=facts.name, node=number, kind="gpu", slot=slot,
                capacity_bytes=facts.memory_bytes, usable_bytes=facts.memory_bytes - GB,
                routed_experts_bytes=share * 8 // 10, other_weights_bytes=share // 10,
                kv_cache_bytes=share // 10, overhead=(NamedBytes("context", GB // 2),),
                held_back=(NamedBytes("driver", GB),),
            )
        )  # fmt: skip
    devices += [
        DeviceMemory(f"Host {n}", n, "host", node.ram_gib * GIB, node.ram_gib * GIB * 95 // 100)
        for n, node in enumerate(plan.rig.nodes)
        if node.ram_gib
    ]
    gpus = [d for d in devices if d.kind == "gpu"]
    tightest = min(range(len(gpus)), key=lambda i: gpus[i].free_bytes, default=None)
    fits = tightest is not None and gpus[tightest].free_bytes >= 0
    findings = (
        Finding("desktop_assumed", "note", "gpu 1", "A desktop on GPU 1 is assumed."),
        Finding("slot_x8", "warning", "gpu 2", "Slot 2 runs at x8."),
    )
    return Assessment(
        verdict="fits" if fits else "does_not_fit",
        reasons=("Fits. There is room.",)
        if fits
        else ("Does not fit. The weights are too large.",),
        model=None,
        devices=tuple(devices),
        kv_cache_bytes=sum(d.kv_cache_bytes for d in devices),
        max_context_tokens=32_768 if fits else 0,
        max_context_limited_by="memory" if fits else None,
        tightest=tightest,
        findings=findings if gpus else (),
    )


@dataclass
class Stage:
    """The two views on one document in one window."""

    document: PlanDocument
    actions: Actions
    themes: ThemeProvider
    rig: RigBuilderView
    parts: PartsView
    window: QMainWindow

    @property
    def names(self) -> list[list[str]]:
        """The card ids, node by node."""
        return [
            [card if isinstance(card, str) else card.custom.name for card in node.gpus]
            for node in self.document.plan.rig.nodes
        ]

    def settle(self) -> None:
        """Let the coalesced evaluation and the layouts happen."""
        self.document.flush()
        for _ in range(3):
            QApplication.processEvents()

    def slot(self, node: int, slot: int) -> QWidget:
        """The widget of a slot."""
        widget = self.rig.canvas.slot(node, slot)
        assert widget is not None
        return widget

    def at(self, widget: QWidget) -> QPoint:
        """The centre of a widget in the rig view's coordinates."""
        return widget.mapTo(self.rig, widget.rect().center())


class EventDrag:
    """A drag by events sent to one widget: enter, move, then leave or drop."""

    def __init__(self, target: QWidget, mime: QMimeData) -> None:
        self.target, self.mime = target, mime
        self.actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction

    def _event(self, kind: type, at: QPoint, modifiers: Qt.KeyboardModifier) -> QDropEvent:
        position = QPointF(at) if kind is QDropEvent else at
        event = kind(position, self.actions, self.mime, Qt.MouseButton.LeftButton, modifiers)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.ignore()
        return event

    def enter(self, at: QPoint) -> bool:
        """Answer whether the widget wants the drag at all."""
        event = self._event(QDragEnterEvent, at, Qt.KeyboardModifier.NoModifier)
        self.target.dragEnterEvent(event)
        return event.isAccepted()

    def move(
        self, at: QPoint, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> bool:
        """Answer whether a drop here would be taken."""
        event = self._event(QDragMoveEvent, at, modifiers)
        self.target.dragMoveEvent(event)
        return event.isAccepted()

    def leave(self) -> None:
        """End the drag without a drop."""
        self.target.dragLeaveEvent(QDragLeaveEvent())

    def drop(
        self, at: QPoint, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> bool:
        """Enter, move and drop; answer whether the drop was taken."""
        if not self.enter(at) or not self.move(at, modifiers):
            self.leave()
            return False
        event = self._event(QDropEvent, at, modifiers)
        self.target.dropEvent(event)
        return event.isAccepted()


@pytest.fixture
def catalog() -> Catalog:
    """A small catalogue."""
    return small_catalog()


@pytest.fixture
def plan() -> Plan:
    """Two workstations: two large cards in the first, one small one in the second."""
    return Plan(
        model="any",
        rig=Rig(
            nodes=(
                Node(host="wrx90", ram_gib=256, gpus=("rtxpro6000", "rtx5090")),
                Node(gpus=("rtx4090",)),
            )
        ),
    )


@pytest.fixture
def make_stage(qtbot, catalog):
    """Build a window on a plan."""

    def build(plan: Plan, evaluate=simple_evaluate) -> Stage:
        document = PlanDocument(plan, catalog, evaluate=evaluate)
        themes = ThemeProvider("light")
        actions = Actions(themes)
        rig = RigBuilderView(document, actions, themes)
        parts = PartsView(document, actions, themes)
        window = QMainWindow()
        splitter = QSplitter()
        splitter.addWidget(rig)
        splitter.addWidget(parts)
        splitter.setSizes([880, 270])
        window.setCentralWidget(splitter)
        window.statusBar()
        window.resize(1160, 700)
        qtbot.addWidget(window)
        window.show()
        qtbot.waitExposed(window)
        # Remedies need the real estimator; tests that want them ask for them.
        rig.fit.advisor.delay.setInterval(10_000_000)
        stage = Stage(document, actions, themes, rig, parts, window)
        stage.settle()
        return stage

    return build


@pytest.fixture
def stage(make_stage, plan) -> Stage:
    """The window on the two workstations."""
    return make_stage(plan)


@pytest.fixture
def event_drag():
    """The class of drags by events."""
    return EventDrag


@pytest.fixture
def make_gpu():
    """Build a card row."""
    return gpu


@pytest.fixture
def change():
    """``dataclasses.replace``, for assessments."""
    return replace
