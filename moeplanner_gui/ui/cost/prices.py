"""Tariffs of electricity, prices of APIs and rents: what a plan chose and what there is to choose.

Knows no Qt and reads no clock: the caller says which day it is.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from moeplanner_gui.catalog.price_age import PriceSort, price_age
from moeplanner_gui.core.cost.api_bill import ApiPrice
from moeplanner_gui.core.cost.data import TariffData
from moeplanner_gui.core.cost.money import decimal
from moeplanner_gui.core.cost.tariffs import ApiTariff, ExchangeRate, PowerTariff
from moeplanner_gui.core.edits import set_economics
from moeplanner_gui.core.plan import ApiById, ApiByPrice, Economics, Plan, Rent
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say, written
from moeplanner_gui.ui.cost.input_field import InputField, Sliding
from moeplanner_gui.ui.cost.sources import Origin

if TYPE_CHECKING:
    from moeplanner_gui.core.ports import CatalogReader


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One row of a list to choose from. ``found_by`` is what a search looks at."""

    key: str
    title: str
    detail: str
    figure: str = ""
    tip: str = ""
    old: bool = False

    @property
    def found_by(self) -> str:
        """All words in lower case."""
        return f"{self.title} {self.detail} {self.key}".lower()


# Electricity ---------------------------------------------------------------------------------


def tariff_of(plan: Plan, tariffs: TariffData) -> tuple[PowerTariff | None, ExchangeRate | None]:
    """The plan's region and the rate of its currency; None where none was chosen or is known."""
    region = plan.economics.electricity_region
    row = None if region is None else tariffs.power.get(region)
    if row is None or row.currency == "USD":
        return row, None
    rate = tariffs.rates.get(row.currency)
    return (row, rate) if rate is not None else (None, None)


def choose_region(plan: Plan, region: str, tariffs: TariffData) -> Plan:
    """The plan at a region's tariff, converted at the dated rate.

    Raises:
        KeyError: The region or the rate of its currency is not known.
    """
    row = tariffs.power[region]
    rate = 1 if row.currency == "USD" else tariffs.rates[row.currency].usd
    return set_economics(
        plan,
        electricity_region=region,
        electricity_usd_per_kwh=float(row.per_kwh * rate),
    )


def electricity_field(currency: str, usd_per_unit: float) -> InputField:
    """The price of a kWh in its own currency."""

    def read(plan: Plan) -> float:
        return round(plan.economics.electricity_usd_per_kwh / usd_per_unit, 5)

    def write(plan: Plan, value: float | None) -> Plan:
        usd = (value or 0.0) * usd_per_unit
        return set_economics(plan, electricity_usd_per_kwh=usd)

    most = float(f"{100 / usd_per_unit:.2g}")
    return InputField(
        "kwh",
        "power",
        say("Electricity"),
        say("Price of a kWh, taxes included."),
        f"{currency}/kWh",
        read,
        write,
        high=most,
        slide=Sliding(0.0, float(f"{0.6 / usd_per_unit:.2g}"), 0.005 / usd_per_unit),
    )


def electricity_origin(plan: Plan, tariffs: TariffData, today: date) -> Origin:
    """Whose tariff it is, of when, and at which rate it was converted."""
    row, rate = tariff_of(plan, tariffs)
    usd = plan.economics.electricity_usd_per_kwh
    if row is None:
        default = Economics.model_fields["electricity_usd_per_kwh"].default
        if plan.economics.electricity_region is None and usd == default:
            words = say("assumed: United States, homes")
        else:
            words = say("typed")
        return Origin(words)
    own = float(row.per_kwh) * (1.0 if rate is None else float(rate.usd))
    typed = abs(own - usd) > 1e-4 * max(own, usd)
    age = price_age(row.date, today, "electricity")
    parts = [say("= ${0:.4f}", usd).rstrip("0")] if rate is not None else []
    each = written(str(row.per_kwh))
    parts.append(say("typed; tariff {0} of {1}", each, row.date) if typed else row.date)
    if is_of_plan(tariffs, f"electricity:{row.region}"):
        parts.append(OF_PLAN)
    old = age.level == "warn" and not typed
    if old:
        parts.append(say("{0} days old", age.days))
    tip = [
        say("{0}: {1} {2}/kWh, {3}", row.name, each, row.currency, row.date),
        say("Source: {0}", row.source),
    ]
    if row.note:
        tip.append(row.note)
    if rate is not None:
        one = written(str(rate.usd))
        tip.append(say("1 {0} = {1} USD, {2}. {3}", row.currency, one, rate.date, rate.source))
    if age.sentence:
        tip.append(age.sentence)
    return Origin(" · ".join(parts), "\n".join(tip), old)


def region_rows(tariffs: TariffData, today: date) -> tuple[ChoiceRow, ...]:
    """All regions by name."""
    return tuple(
        _row(
            key,
            row.name,
            row.date,
            row.source,
            f"{written(str(row.per_kwh))} {row.currency}/kWh",
            "electricity",
            today,
            _note(tariffs, f"electricity:{key}", row.note),
            dated=row.date,
        )
        for key, row in sorted(tariffs.power.items(), key=lambda item: item[1].name)
    )


# APIs ----------------------------------------------------------------------------------------


def api_key(api: ApiById | ApiByPrice) -> str:
    """The key of a price in the list; "" for one that was typed."""
    return f"{api.provider}/{api.model}" if isinstance(api, ApiById) else ""


def api_of(key: str, tariffs: TariffData) -> ApiById:
    """A price of the list as a plan's choice."""
    row = tariffs.apis[key]
    return ApiById(provider=row.provider, model=row.model)


def api_rows(tariffs: TariffData, model: str, today: date) -> tuple[ChoiceRow, ...]:
    """All prices; those that serve the plan's model first, then by name."""
    family = model.split("-")[0]

    def order(item: tuple[str, ApiTariff]) -> tuple[int, str, str]:
        row = item[1]
        rank = 0 if row.serves == model else 1 if family in row.model.lower() else 2
        return rank, row.name.lower(), row.provider

    return tuple(
        _row(
            key,
            row.name,
            f"{row.provider} · {row.date}",
            row.source,
            api_figure(row),
            "api",
            today,
            _note(tariffs, f"apis:{key}", row.note),
            dated=row.date,
        )
        for key, row in sorted(tariffs.apis.items(), key=order)
    )


def api_figure(row: ApiTariff) -> str:
    """``0.15 in · 0.003 cached · 0.60 out``."""
    read, answer = money(float(row.input)), money(float(row.output))
    if row.cached is None:
        return say("{0} in · {1} out", read, answer)
    return say("{0} in · {1} cached · {2} out", read, money(float(row.cached)), answer)


def money(value: float) -> str:
    """USD a million tokens: two decimals, more where a price has them."""
    text = f"{value:.6f}".rstrip("0")
    return say("{0:.2f}", value) if len(text.partition(".")[2]) < 2 else written(text)


def api_name(api: ApiById | ApiByPrice | None, tariffs: TariffData) -> str:
    """What a plan's choice is called."""
    if api is None:
        return say("No API")
    if isinstance(api, ApiByPrice):
        return say("Typed price")
    row = tariffs.apis.get(api_key(api))
    return say("{0} (no price)", api.model) if row is None else f"{row.name}, {row.provider}"


def api_origin(plan: Plan, tariffs: TariffData, today: date) -> Origin:
    """Of when a price is, where it was read and what else it has."""
    api = plan.economics.api
    if api is None:
        return Origin(say("choose one to compare with"))
    if isinstance(api, ApiByPrice):
        return Origin(say("typed: no peak hours, tiers or batch discount"))
    row = tariffs.apis.get(api_key(api))
    if row is None:
        return Origin(say("No price. Choose another or type one."), old=True)
    age = price_age(row.date, today, "api")
    words = [row.date]
    if is_of_plan(tariffs, f"apis:{row.id}"):
        words.append(OF_PLAN)
    if age.level == "warn":
        words.append(say("{0} days old", age.days))
    if row.peak_multiplier > 1:
        words.append(say("× {0} in peak hours", row.peak_multiplier))
    if row.batch_discount:
        words.append(say("−{0:.0f} % in batches", row.batch_discount * 100))
    tip = [row.name, say("Source: {0}", row.source)]
    tip += [text for text in (row.peak_hours, row.note, age.sentence) if text]
    tip += [
        say(
            "Above {0:,} tokens of prompt: {1} in · {2} out",
            tier.above_tokens,
            tier.input,
            tier.output,
        )
        for tier in row.tiers
    ]
    return Origin(" · ".join(words), "\n".join(tip), age.level == "warn")


def api_fields(tariffs: TariffData) -> tuple[InputField, ...]:
    """The three prices of an API; typing one makes it a price of the plan's own."""

    def field(name: str, label: str, tip: str) -> InputField:
        def read(plan: Plan) -> float | None:
            return _api_prices(plan.economics.api, tariffs).get(name)

        def write(plan: Plan, value: float | None) -> Plan:
            prices = _api_prices(plan.economics.api, tariffs) or dict.fromkeys(_API_NAMES, 0.0)
            prices[name] = value or 0.0
            if plan.economics.api is None and name == "input":
                prices["cached"] = prices["output"] = value or 0.0
            return set_economics(plan, api=ApiByPrice(**prices))

        return InputField(f"api_{name}", "api", label, tip, "$/M", read, write, high=1e6)

    return (
        field("input", say("Input"), say("USD a million tokens of input that was not cached.")),
        field(
            "cached",
            say("Cached input"),
            say("USD a million tokens of input that was read before."),
        ),
        field("output", say("Output"), say("USD a million tokens of answers.")),
    )


_API_NAMES = ("input", "cached", "output")


def _api_prices(api: ApiById | ApiByPrice | None, tariffs: TariffData) -> dict[str, float]:
    if isinstance(api, ApiByPrice):
        return {name: getattr(api, name) for name in _API_NAMES}
    row = None if api is None else tariffs.apis.get(api_key(api))
    if row is None:
        return {}
    cached = row.input if row.cached is None else row.cached
    return {"input": float(row.input), "cached": float(cached), "output": float(row.output)}


def other_prices(plan: Plan, tariffs: TariffData) -> tuple[tuple[str, ApiPrice], ...]:
    """The further APIs that are compared, those without a price left out."""
    found = []
    for api in plan.economics.other_apis:
        if isinstance(api, ApiByPrice):
            numbers = (decimal(api.input), decimal(api.cached), decimal(api.output))
            found.append((say("typed price"), ApiPrice(*numbers)))
            continue
        row = tariffs.apis.get(api_key(api))
        if row is not None:
            found.append((row.name, row.price()))
    return tuple(found)


# Rent ----------------------------------------------------------------------------------------


def rent_rows(tariffs: TariffData, catalog: CatalogReader, today: date) -> tuple[ChoiceRow, ...]:
    """The cards that can be rented: the range over all providers, then single offers."""
    rows = []
    for key, row in tariffs.rental_ranges.items():
        name = gpu_name(key, catalog)
        figure = say("${0} ({1}–{2}) an hour", row.expected, row.low, row.high)
        rows.append(
            _row(
                key,
                name,
                row.date,
                row.source,
                figure,
                "rent",
                today,
                _note(tariffs, f"rents:{key}", None),
                dated=row.date,
            )
        )
    offers = [
        _row(
            f"{OFFER}{offer.id}",
            offer.gpu,
            f"{offer.provider} · {offer.date}",
            offer.source,
            say("${0} an hour", offer.usd_per_gpu_hour),
            "rent",
            today,
            offer.note or "",
            dated=offer.date,
        )
        for offer in tariffs.rentals
    ]
    return (*sorted(rows, key=_title), *sorted(offers, key=_title))


def _title(row: ChoiceRow) -> str:
    return row.title


def gpu_name(key: str, catalog: CatalogReader) -> str:
    """The name of a card, its id when the catalogue does not know it."""
    try:
        return catalog.gpu(key).name
    except LookupError:
        return key


OFFER = "offer:"
"""Before the id of a single offer in the list of rents."""


def _rent_usd(plan: Plan) -> float | None:
    return None if plan.economics.rent is None else plan.economics.rent.usd_per_gpu_hour


RENT_FIELD = InputField(
    "rent_usd",
    "rent",
    say("GPU an hour"),
    say(
        "USD for one GPU and hour; the rig's number of cards is rented. Empty: typical of the list."
    ),
    "$/h",
    _rent_usd,
    lambda plan, value: set_economics(plan, rent=_with_rent(plan, value)),
    high=10_000,
    above=True,
    optional=True,
)


def rent_of(key: str, tariffs: TariffData) -> Rent:
    """A card of the list at its typical price, or a single offer at its own.

    Raises:
        KeyError: Nobody makes this offer.
    """
    if not key.startswith(OFFER):
        return Rent(gpu=key)
    wanted = key.removeprefix(OFFER)
    offer = {row.id: row for row in tariffs.rentals}[wanted]
    return Rent(gpu=offer.card_id or offer.gpu, usd_per_gpu_hour=float(offer.usd_per_gpu_hour))


def _with_rent(plan: Plan, value: float | None) -> Rent | None:
    rent = plan.economics.rent
    if rent is None:
        return None if value is None else Rent(gpu=say("own price"), usd_per_gpu_hour=value)
    return Rent(gpu=rent.gpu, usd_per_gpu_hour=value)


def rent_origin(plan: Plan, tariffs: TariffData, today: date) -> Origin:
    """Of when the rent is and how far apart the providers are."""
    rent = plan.economics.rent
    if rent is None:
        return Origin(say("choose a card to compare with"))
    row = tariffs.rental_ranges.get(rent.gpu)
    if row is None:
        known = rent.usd_per_gpu_hour is not None
        return Origin(say("typed") if known else say("No price. Type USD an hour."), old=not known)
    age = price_age(row.date, today, "rent")
    words = [] if rent.usd_per_gpu_hour is None else [say("typed; list:")]
    words.append(f"${written(str(row.low))}–{written(str(row.high))}, {row.date}")
    if is_of_plan(tariffs, f"rents:{rent.gpu}"):
        words.append(f"· {OF_PLAN}")
    if age.level == "warn":
        words.append(f"· {say('{0} days old', age.days)}")
    tip = say("Source: {0}\n{1}", row.source, age.sentence).strip()
    return Origin(" ".join(words), tip, age.level == "warn", placeholder=written(f"{row.expected}"))


OF_PLAN = say("from the plan")
"""At a price that came with the open plan and is not the one here."""


def is_of_plan(tariffs: TariffData, key: str) -> bool:
    """True for a price that the open plan brought along; ``key``: ``apis:provider/model``."""
    return key in getattr(tariffs, "plan_keys", ())


def _note(tariffs: TariffData, key: str, note: str | None) -> str:
    return " · ".join(text for text in (is_of_plan(tariffs, key) and OF_PLAN, note) if text)


def _row(
    key: str,
    title: str,
    detail: str,
    source: str,
    figure: str,
    sort: PriceSort,
    today: date,
    note: str,
    *,
    dated: str = "",
) -> ChoiceRow:
    age = price_age(dated or detail, today, sort)
    tip = "\n".join(text for text in (note, say("Source: {0}", source), age.sentence) if text)
    old = age.level == "warn"
    if old:
        detail = say("{0} · {1} days old", detail, age.days)
    if note:
        detail = f"{detail} · {note}"
    return ChoiceRow(key, title, detail, figure, tip, old)
