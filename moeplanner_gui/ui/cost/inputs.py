"""The inputs of the comparison: every figure can be typed, and says where it comes from.

Each edit is one command of the document; a slider's movement is one command too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.cost.presets import PRESETS, matching_preset, with_preset
from moeplanner_gui.core.edits import set_economics
from moeplanner_gui.core.words import lowered, say
from moeplanner_gui.ui.choice_list import ListCombo
from moeplanner_gui.ui.cost import prices
from moeplanner_gui.ui.cost.chooser import Chooser, MoreButton, OtherApis, RowsOf
from moeplanner_gui.ui.cost.field_row import FieldRow
from moeplanner_gui.ui.cost.field_values import count_inferences, counts_inferences
from moeplanner_gui.ui.cost.fields import POWER, RIG, USE, is_shown
from moeplanner_gui.ui.cost.input_field import InputField
from moeplanner_gui.ui.cost.prices import ChoiceRow
from moeplanner_gui.ui.cost.sources import origins
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_base, font_heading
from moeplanner_gui.ui.style import ThemeProvider

COUNTS = ((say("Tokens"), False), (say("Inferences"), True))
RESALES = ((say("A fall by the year"), False), (say("A share of the price"), True))
PRICES_WORDS = say("My prices…")
MOST_OTHERS = 4


class InputsPanel(QScrollArea):
    """All inputs in a column that scrolls.

    Signals:
        prices_wanted(): The user's own price list is asked for.
        settled(): A slider was let go.
    """

    prices_wanted = Signal()
    settled = Signal()

    def __init__(
        self,
        document: PlanDocument,
        themes: ThemeProvider,
        parent: QWidget | None = None,
        *,
        today: Callable[[], date] = date.today,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._themes = themes
        self._today = today
        self._slide = 0
        self._seen: tuple[object, ...] = ()
        self.rows: dict[str, FieldRow] = {}
        self.setObjectName("cost_inputs")
        self.setAccessibleName(say("Inputs of the cost"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._body = QWidget()
        for widget in (self, self._body, self.viewport()):
            widget.setBackgroundRole(QPalette.ColorRole.Base)
            widget.setAutoFillBackground(True)
        column = QVBoxLayout(self._body)
        column.setContentsMargins(16, 4, 14, 16)
        column.setSpacing(6)
        self._refresh = QTimer(self)
        self._refresh.setSingleShot(True)
        self._refresh.setInterval(0)
        self._refresh.timeout.connect(self.show_plan)
        self._column = column
        self._add_use()
        self._add_rig()
        self._add_power()
        self._add_api()
        self._add_rent()
        column.addStretch(1)
        self.setWidget(self._body)
        themes.theme_changed.connect(self._on_theme_changed)

    # Building --------------------------------------------------------------------------------

    def _section(self, words: str) -> QGridLayout:
        heading = QLabel(words)
        heading.setFont(font_heading())
        heading.setContentsMargins(0, 10 if self.rows else 2, 0, 0)
        self._column.addWidget(heading)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.setColumnMinimumWidth(0, self.fontMetrics().averageCharWidth() * 17)
        grid.setColumnStretch(1, 1)
        self._column.addLayout(grid)
        return grid

    def _add_field(self, field: InputField, grid: QGridLayout) -> FieldRow:
        row = FieldRow(field, grid, self._themes, self._body)
        row.changed.connect(self._on_changed)
        row.slid.connect(self._on_slid)
        row.slide_ended.connect(self._on_slide_ended)
        self.rows[field.key] = row
        return row

    def _add_line(self, grid: QGridLayout, words: str, widget: QWidget) -> None:
        """A label and a widget that takes the rest of the row."""
        label = QLabel(words, self._body)
        label.setProperty("tone", "2")
        label.setBuddy(widget)
        row = grid.rowCount()
        grid.addWidget(label, row, 0)
        grid.addWidget(widget, row, 1, 1, 3)
        grid.setRowMinimumHeight(row, 34)

    def _combo(self, name: str, object_name: str, words: list[str]) -> ListCombo:
        combo = ListCombo(self._themes, self._body)
        combo.setObjectName(object_name)
        combo.setAccessibleName(name)
        combo.setFont(font_base())
        combo.addItems(words)
        combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        combo.wheelEvent = lambda event: event.ignore()  # type: ignore[method-assign]
        return combo

    def _chooser(self, name: str, key: str, none: str, rows_of: RowsOf) -> Chooser:
        return Chooser(name, key, none, rows_of, self._themes, self._body)

    def _add_use(self) -> None:
        grid = self._section(say("Use"))
        words = [preset.name for preset in PRESETS]
        self.preset = self._combo(say("Kind of use"), "cost_preset", [say("Own mix"), *words])
        for number, preset in enumerate(PRESETS):
            told = f"{preset.description}. {preset.source}"
            self.preset.setItemData(number + 1, told, Qt.ItemDataRole.ToolTipRole)
        self.preset.activated.connect(self._on_preset)
        self._add_line(grid, say("Kind of use"), self.preset)
        self.count = self._combo(say("Counted in"), "cost_count", [name for name, _ in COUNTS])
        self.count.activated.connect(self._on_count)
        self._add_line(grid, say("Counted in"), self.count)
        for field in USE:
            self._add_field(field, grid)

    def _add_rig(self) -> None:
        grid = self._section(say("This rig"))
        for field in RIG:
            self._add_field(field, grid)
            if field.key == "life":
                self.resale = self._combo(
                    say("Resale"), "cost_resale", [name for name, _ in RESALES]
                )
                self.resale.activated.connect(self._on_resale)
                self._add_line(grid, say("Resale"), self.resale)

    def _add_power(self) -> None:
        grid = self._section(say("Electricity"))
        none = say("No region: type a price in USD")
        self.region = self._chooser(say("Tariff"), "region", none, self._regions)
        self.region.chosen.connect(self._on_region)
        self._add_line(grid, say("Tariff of"), self.region)
        self._add_field(prices.electricity_field("USD", 1.0), grid)
        for field in POWER:
            self._add_field(field, grid)

    def _add_api(self) -> None:
        grid = self._section("API")
        self.api = self._chooser("API", "api", say("No API: compare with none"), self._apis)
        self.api.chosen.connect(self._on_api)
        self._add_line(grid, "API", self.api)
        for field in prices.api_fields(self._document.catalog.tariffs):
            self._add_field(field, grid)
        self.others = OtherApis(self._themes, self._body)
        self.others.dropped.connect(self._drop_other)
        self._column.addWidget(self.others)
        self.more = MoreButton(say("Compare another…"), self._apis, self._themes, self._body)
        self.more.chosen.connect(self._on_more)
        self.mine = QPushButton(PRICES_WORDS)
        self.mine.setObjectName("cost_my_prices")
        self.mine.setProperty("link", True)
        self.mine.setToolTip(say("Your own price list: type, import from CSV, refresh"))
        self.mine.clicked.connect(self.prices_wanted)
        row = QHBoxLayout()
        row.addWidget(self.more)
        row.addStretch(1)
        row.addWidget(self.mine)
        self._column.addLayout(row)

    def _add_rent(self) -> None:
        grid = self._section(say("Rent by the hour"))
        self.rent = self._chooser(
            say("Rented card"), "rent", say("No rent: compare with none"), self._rents
        )
        self.rent.chosen.connect(self._on_rent)
        self._add_line(grid, say("Rented card"), self.rent)
        self._add_field(prices.RENT_FIELD, grid)

    # Showing ---------------------------------------------------------------------------------

    @property
    def is_sliding(self) -> bool:
        """True while a slider is held."""
        return any(row.slider is not None and row.slider.isSliderDown()
                   for row in self.rows.values())  # fmt: skip

    def refresh(self) -> None:
        """Show the document's plan at the next turn, when somebody sees the panel."""
        if self.isVisible():
            self._refresh.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.show_plan()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._refresh.stop()

    def show_plan(self) -> None:
        """Show what the plan says; fields in which somebody types are left alone."""
        document = self._document
        plan, assessment, catalog = document.plan, document.assessment, document.catalog
        seen = (plan, assessment.cost, assessment.speed, assessment.power, id(catalog))
        if seen == self._seen:
            return
        self._seen = seen
        tariffs, today = catalog.tariffs, self._today()
        if self.is_sliding:
            # Where the others come from does not change under the hand: the release shows it.
            self._seen = ()
            for key, field_row in self.rows.items():
                if is_shown(key, plan):
                    field_row.show_number(plan)
            return
        found = origins(plan, assessment, catalog, today)
        found["kwh"] = prices.electricity_origin(plan, tariffs, today)
        found["api_input"] = prices.api_origin(plan, tariffs, today)
        found["rent_usd"] = prices.rent_origin(plan, tariffs, today)
        row, rate = prices.tariff_of(plan, tariffs)
        currency = "USD" if row is None else row.currency
        if not self.rows["kwh"].field.unit.startswith(currency):
            each = 1.0 if rate is None else float(rate.usd)
            self.rows["kwh"].set_field(prices.electricity_field(currency, each))
        for key, field_row in self.rows.items():
            shown = is_shown(key, plan)
            field_row.set_visible(shown)
            if shown:
                field_row.show_value(plan, found.get(key))
        by_share = plan.economics.resale_share is not None
        used = matching_preset(plan)
        at = 0 if used is None else 1 + PRESETS.index(used)
        for combo, index in (
            (self.preset, at),
            (self.count, int(counts_inferences(plan))),
            (self.resale, int(by_share)),
        ):
            with QSignalBlocker(combo):
                combo.setCurrentIndex(index)
        name = say("typed, USD") if row is None else row.name
        self.region.show_choice(name)
        self.api.show_choice(prices.api_name(plan.economics.api, tariffs))
        rent = plan.economics.rent
        rented = say("No rent") if rent is None else prices.gpu_name(rent.gpu, catalog)
        self.rent.show_choice(rented)
        names = [prices.api_name(api, tariffs) for api in plan.economics.other_apis]
        self.others.show_names(names)
        self.more.setEnabled(len(names) < MOST_OTHERS)
        more = say("One more API in chart and list")
        self.more.setToolTip(more if len(names) < MOST_OTHERS else say("Five APIs are the most."))

    # Edits -----------------------------------------------------------------------------------

    def _on_changed(self, key: str, value: object) -> None:
        row = self.rows[key]
        field = row.field
        assert value is None or isinstance(value, float)
        plan = field.apply(self._document.plan, value)
        # Typing the value that is there already is no edit, but its text is tidied.
        self._document.apply(say("Change {0}", lowered(field.label)), plan)
        self._seen = ()
        self.refresh()

    def _on_slid(self, key: str, value: object) -> None:
        field = self.rows[key].field
        assert isinstance(value, float)
        plan = field.apply(self._document.plan, value)
        merge = f"cost.{key}.{self._slide}"
        self._document.apply(say("Change {0}", lowered(field.label)), plan, merge)

    def _on_slide_ended(self) -> None:
        self._slide += 1
        self._seen = ()
        self.refresh()
        self.settled.emit()

    def _on_preset(self, index: int) -> None:
        if index > 0:
            preset = PRESETS[index - 1]
            plan = with_preset(self._document.plan, preset)
            self._document.apply(say("Use: {0}", lowered(preset.name)), plan)
        self._seen = ()
        self.refresh()

    def _on_count(self, index: int) -> None:
        name, by_request = COUNTS[index]
        plan = count_inferences(self._document.plan, by_request)
        self._document.apply(say("Count {0}", lowered(name)), plan)

    def _on_resale(self, index: int) -> None:
        name, by_share = RESALES[index]
        plan = self._document.plan
        economics = plan.economics
        if by_share == (economics.resale_share is not None):
            return
        share = None
        if by_share:
            # The same value at the end of the present life, so that nothing jumps.
            left = (1 - economics.resale_annual_fall) ** (economics.life_months / 12)
            share = round((1 - economics.resale_haircut) * left, 2)
        self._document.apply(
            say("Resale as {0}", lowered(name)), set_economics(plan, resale_share=share)
        )

    def _on_region(self, region: str) -> None:
        plan = self._document.plan
        if not region:
            self._document.apply(say("Type a tariff"), set_economics(plan, electricity_region=None))
            return
        tariffs = self._document.catalog.tariffs
        name = tariffs.power[region].name
        self._document.apply(
            say("Tariff of {0}", name), prices.choose_region(plan, region, tariffs)
        )

    def _on_api(self, key: str) -> None:
        tariffs = self._document.catalog.tariffs
        api = prices.api_of(key, tariffs) if key else None
        words = (
            say("Compare with {0}", prices.api_name(api, tariffs))
            if api
            else say("Compare with no API")
        )
        self._document.apply(words, set_economics(self._document.plan, api=api))

    def _on_more(self, key: str) -> None:
        plan, tariffs = self._document.plan, self._document.catalog.tariffs
        api = prices.api_of(key, tariffs)
        if plan.economics.api is None:
            self._on_api(key)
            return
        if api in plan.economics.other_apis or api == plan.economics.api:
            return
        others = (*plan.economics.other_apis, api)
        words = say("Compare with {0} too", prices.api_name(api, tariffs))
        self._document.apply(words, set_economics(plan, other_apis=others))

    def _drop_other(self, number: int) -> None:
        plan = self._document.plan
        others = plan.economics.other_apis
        left = (*others[:number], *others[number + 1 :])
        self._document.apply(say("Compare with one API less"), set_economics(plan, other_apis=left))

    def _on_rent(self, key: str) -> None:
        plan = self._document.plan
        catalog = self._document.catalog
        rent = prices.rent_of(key, catalog.tariffs) if key else None
        name = prices.gpu_name(rent.gpu, catalog) if rent else ""
        words = say("Compare with rented {0}", name) if key else say("Compare with no rent")
        self._document.apply(words, set_economics(plan, rent=rent))

    # Lists -----------------------------------------------------------------------------------

    def _regions(self) -> tuple[tuple[ChoiceRow, ...], str]:
        rows = prices.region_rows(self._document.catalog.tariffs, self._today())
        return rows, self._document.plan.economics.electricity_region or ""

    def _apis(self) -> tuple[tuple[ChoiceRow, ...], str]:
        plan = self._document.plan
        rows = prices.api_rows(self._document.catalog.tariffs, plan.model, self._today())
        api = plan.economics.api
        return rows, "" if api is None else prices.api_key(api)

    def _rents(self) -> tuple[tuple[ChoiceRow, ...], str]:
        catalog = self._document.catalog
        rent = self._document.plan.economics.rent
        rows = prices.rent_rows(catalog.tariffs, catalog, self._today())
        return rows, "" if rent is None else rent.gpu

    def focus_on(self, key: str) -> None:
        """Bring a field into sight and put the cursor into it; "api", "rent" and "region" open
        nothing but have the focus.
        """
        buttons = {"api": self.api, "rent": self.rent, "region": self.region}
        widget: QWidget = buttons[key] if key in buttons else self.rows[key].edit
        self.ensureWidgetVisible(widget, 20, 60)
        widget.setFocus(Qt.FocusReason.OtherFocusReason)
        if key in self.rows:
            self.rows[key].edit.selectAll()

    def _on_theme_changed(self, _theme: object) -> None:
        self.others.set_theme()
        self._seen = ()
        self.refresh()
