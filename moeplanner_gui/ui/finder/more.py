"""The wishes behind "More": power, counts, brands, prices, engines."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import ENGINE_NAMES
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.finder.fields import Field, NumberField, Switch
from moeplanner_gui.ui.flow import FlowLayout
from moeplanner_gui.ui.fonts import font_small
from moeplanner_gui.ui.style import ThemeProvider

USUAL = Wishes(models=())
MOST_CARDS, MOST_NODES = 16, 4


class MorePanel(QWidget):
    """Rarer wishes.

    Signals:
        wishes_changed(Wishes): The user wishes something else.
        refused(str): Something that was typed is no wish; "" when it is one again.
    """

    wishes_changed = Signal(object)
    refused = Signal(str)

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("more_wishes")
        self.setAccessibleName(say("More wishes"))
        self._wishes = USUAL
        self.prefill = NumberField(
            themes, "wish_prefill", say("Prompt, at least tok/s"), (100, 300, 1_000, 3_000),
            (1, 1e6), widest="10,000",
        )  # fmt: skip
        self.watts = NumberField(
            themes, "wish_watts", say("At most, W at the wall"), (300, 600, 1_000, 1_500, 3_000),
            (1, 1e6), widest="10,000",
        )  # fmt: skip
        self.cards = NumberField(
            themes, "wish_cards", say("Cards, at most"), (1, 2, 4, 8, 16), (1, MOST_CARDS),
            widest="16", whole=True, none="",
        )  # fmt: skip
        self.nodes = NumberField(
            themes, "wish_nodes", say("Computers, at most"), (1, 2, 4), (1, MOST_NODES),
            widest="16", whole=True, none="",
        )  # fmt: skip
        self.low = Switch(
            "wish_low", say("Low end must do it"),
            say("The low end of the band has to reach the wished speeds, not the "
"expected one"),
        )  # fmt: skip
        self.used = Switch(
            "wish_used",
            say("Second-hand prices"),
            say("Cards whose price is a second-hand one count too"),
        )
        self.listed = Switch(
            "wish_listed", say("List prices"),
            say("Cards count too of which only the maker's list price is known; few "
"are sold at it"),
        )  # fmt: skip
        self.quiet = Switch(
            "wish_quiet", say("Only for a desk"),
            say("Only cards with a cooler of their own and a connector for a screen"),
        )  # fmt: skip
        self._engines = {
            key: Switch(f"wish_engine_{key}", name, say("Plans for {0}", name))
            for key, name in ENGINE_NAMES.items()
        }
        self._vendors: dict[str, Switch] = {}
        self._vendor_box = QWidget()
        self._vendor_row = QHBoxLayout(self._vendor_box)
        self._vendor_row.setContentsMargins(0, 0, 0, 0)
        self._vendor_row.setSpacing(4)
        flow = FlowLayout(self, gap=10, lines=8)
        flow.setContentsMargins(20, 0, 20, 12)
        for words, editor in (
            (say("Prompt, at least tok/s"), self.prefill),
            (say("At most, W"), self.watts),
            (say("Cards, at most"), self.cards),
            (say("Computers, at most"), self.nodes),
        ):
            flow.addWidget(Field(words, editor, self))
        flow.addWidget(_group(say("Brands"), self._vendor_box))
        flow.addWidget(_group(say("Engines"), _row(list(self._engines.values()))))
        flow.addWidget(_group(say("Also"), _row([self.used, self.listed, self.quiet, self.low])))
        self._connect()

    def _connect(self) -> None:
        self.prefill.number_changed.connect(lambda v: self._change(prefill_tokens_per_s=v or 0.0))
        self.watts.number_changed.connect(lambda v: self._change(max_load_w=v))
        self.cards.number_changed.connect(lambda v: self._change(max_cards=int(v)))
        self.nodes.number_changed.connect(lambda v: self._change(max_nodes=int(v)))
        for field in (self.prefill, self.watts, self.cards, self.nodes):
            field.refused.connect(self.refused)
        self.low.clicked.connect(lambda on: self._change(speed_from="low" if on else "expected"))
        self.used.clicked.connect(lambda on: self._change(used_prices=on))
        self.listed.clicked.connect(lambda on: self._change(list_prices=on))
        self.quiet.clicked.connect(lambda on: self._change(quiet=on))
        for switch in self._engines.values():
            switch.clicked.connect(lambda _on: self._on_engines())

    def show_wishes(self, wishes: Wishes, catalog: CatalogReader) -> None:
        """Show wishes; tells nobody."""
        self._wishes = wishes
        self.prefill.show_value(wishes.prefill_tokens_per_s)
        self.watts.show_value(wishes.max_load_w)
        self.cards.show_value(float(wishes.max_cards))
        self.nodes.show_value(float(wishes.max_nodes))
        self.low.setChecked(wishes.speed_from == "low")
        self.used.setChecked(wishes.used_prices)
        self.listed.setChecked(wishes.list_prices)
        self.quiet.setChecked(wishes.quiet)
        for key, switch in self._engines.items():
            switch.setChecked(key in wishes.engines)
        self._make_vendors(catalog)
        for vendor, switch in self._vendors.items():
            switch.setChecked(not wishes.vendors or vendor in wishes.vendors)

    @property
    def count(self) -> int:
        """How many of these wishes are not the usual ones."""
        names = (
            "prefill_tokens_per_s", "max_load_w", "max_cards", "max_nodes", "speed_from",
            "used_prices", "list_prices", "quiet", "vendors", "engines",
        )  # fmt: skip
        return sum(getattr(self._wishes, name) != getattr(USUAL, name) for name in names)

    def _make_vendors(self, catalog: CatalogReader) -> None:
        rows = getattr(catalog, "gpus", {}).values()
        vendors = list(dict.fromkeys(row.vendor for row in rows))
        if vendors == list(self._vendors):
            return
        for switch in self._vendors.values():
            self._vendor_row.removeWidget(switch)
            switch.deleteLater()
        self._vendors = {}
        for vendor in vendors:
            switch = Switch(f"wish_vendor_{vendor}", str(vendor), say("Cards of {0}", vendor))
            switch.clicked.connect(lambda _on: self._on_vendors())
            self._vendors[vendor] = switch
            self._vendor_row.addWidget(switch)
        before: QWidget = self.nodes
        for switch in self._vendors.values():
            QWidget.setTabOrder(before, switch)
            before = switch

    def _on_vendors(self) -> None:
        on = tuple(vendor for vendor, switch in self._vendors.items() if switch.isChecked())
        # All and none are both no wish.
        self._change(vendors=() if len(on) == len(self._vendors) else on)
        if not on:
            for switch in self._vendors.values():
                switch.setChecked(True)

    def _on_engines(self) -> None:
        on = tuple(key for key, switch in self._engines.items() if switch.isChecked())
        if not on:
            on = USUAL.engines
            for switch in self._engines.values():
                switch.setChecked(True)
        self._change(engines=on)

    def _change(self, **changes: object) -> None:
        self._wishes = replace(self._wishes, **changes)  # type: ignore[arg-type]
        self.wishes_changed.emit(self._wishes)


def _row(widgets: list[Switch]) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    for widget in widgets:
        row.addWidget(widget)
    return box


def _group(words: str, content: QWidget) -> QWidget:
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    label = QLabel(words)
    label.setFont(font_small())
    label.setProperty("tone", "3")
    column.addWidget(label)
    column.addWidget(content)
    column.addStretch(1)
    return box
