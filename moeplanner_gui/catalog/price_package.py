"""The one place that touches ``genai-prices``: its rows as ours, and its known defects kept out.

Checked with 0.2.3 of 2026-11. What is wrong there and what is done about it:

* DeepSeek's peak hours have no weekdays, and a date of the past gets today's peak price: only the
  price outside of peak hours is taken, and the hours come from ``peak_hours.py``.
* Names match by their beginning: rows are read by their own id, and :func:`package_bill` refuses
  an answer about another model.
* ``deepseek-v4-flash`` at DeepSeek is V4.1 Flash since 2026-09-10, and the rows of older models
  there are no longer sold: relabelled and left out.
* Routers list rows nobody can mean (cached input dearer than fresh): left out unless
  cached <= input <= output, and a note says that a router's price varies.

The package is imported when a snapshot is written or prices are refreshed, never at start.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import field
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from moeplanner_gui.catalog.peak_hours import PeakHours
from moeplanner_gui.catalog.served_models import quality_note, served_model
from moeplanner_gui.core.cost.tariffs import ApiTariff, ApiTier
from moeplanner_gui.core.records import dataclass

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

PROVIDERS: Mapping[str, str] = MappingProxyType(
    {
        "deepseek": "DeepSeek",
        "moonshotai": "Moonshot AI",
        "zai": "Z.ai",
        "minimax": "MiniMax",
        "mistral": "Mistral",
        "anthropic": "Anthropic",
        "openai": "OpenAI",
        "google": "Google",
        "x-ai": "xAI",
        "together": "Together AI",
        "fireworks": "Fireworks",
        "novita": "Novita",
        "baseten": "Baseten",
        "cerebras": "Cerebras",
        "groq": "Groq",
        "modal": "Modal",
        "openrouter": "OpenRouter",
    }
)
"""Providers that are taken, labs first, with their names for people."""

_FOREIGN = re.compile(r"claude|deepseek|glm|llama|kimi|gpt-oss|qwen", re.IGNORECASE)
"""Models of others at a lab: their names carry the provider's."""
_HOSTS = frozenset(
    ("together", "fireworks", "novita", "baseten", "cerebras", "groq", "modal", "openrouter")
)
ROUTERS: Mapping[str, str] = MappingProxyType(
    {"openrouter": "A router: the price varies with the provider it picks, by 2 to 10 within days."}
)
SOLD_BY_DEEPSEEK = frozenset(("deepseek-flash", "deepseek-v4-pro", "deepseek-v4-flash"))
_NOT_OFFERED = re.compile(r":(free|batch|extended|thinking)$|^~|^ft:")
"""Free rows end at a few requests a day, aliases change what they stand for, and one's own
fine-tuned model is none that could be chosen."""
_LARGEST = Decimal(10) ** 6


@dataclass
class PackageRows:
    """What was read: rows by provider, and what was left out and why, by ``provider/model``."""

    rows: dict[str, list[ApiTariff]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """What a reading of the package needs to know.

    Attributes:
        today: Prices are those of this day, at noon UTC, outside of all peak hours.
        date: The date that the rows get.
        package: Where they were read, with the version.
        known: Ids of catalogue models.
        peaks: Peak hours by provider.
    """

    today: dt.date
    date: str
    package: str
    known: Container[str]
    peaks: Mapping[str, PeakHours]

    @property
    def noon(self) -> dt.datetime:
        """When prices are asked for."""
        return dt.datetime.combine(self.today, dt.time(12), dt.UTC)


def bundled_providers() -> list[Provider]:
    """The prices inside the installed package; no network."""
    from genai_prices.data_snapshot import get_snapshot

    return get_snapshot().providers


def fetched_providers(timeout_s: float = 10) -> list[Provider]:
    """The package's newest published prices, from the network.

    Raises:
        OSError, ValueError, httpx2.HTTPError: They could not be had or read.
    """
    import httpx2
    from genai_prices import UpdatePrices

    found = UpdatePrices(request_timeout=httpx2.Timeout(timeout_s)).fetch()
    if found is None:
        raise ValueError("nothing came back")
    return found.providers


def package_name() -> str:
    """``genai-prices 0.2.3``, as installed."""
    import genai_prices

    return f"genai-prices {genai_prices.__version__}"


def newest_date(providers: Iterable[Provider], today: dt.date) -> str:
    """The newest day that the prices name themselves: nobody looked at them later than that."""
    found = {"0001-01-01"}
    for provider in providers:
        for model in provider.models:
            found.update(re.findall(r"\b20\d\d-[01]\d-[0-3]\d\b", model.price_comments or ""))
            if isinstance(model.prices, list):
                days = (getattr(price.constraint, "start_date", None) for price in model.prices)
                found.update(day.isoformat() for day in days if day is not None)
    return max(day for day in found if day <= today.isoformat())


def tariffs_of(providers: Iterable[Provider], reading: Reading) -> PackageRows:
    """The rows of :data:`PROVIDERS` that are sound, and why others are not here."""
    found = PackageRows()
    by_id = {provider.id: provider for provider in providers}
    for provider_id in PROVIDERS:
        provider = by_id.get(provider_id)
        if provider is None:
            continue
        rows: dict[str, ApiTariff] = {}
        for model in provider.models:
            why = _why_not(provider_id, model)
            row = None if why else _tariff(provider, model, reading)
            if isinstance(row, ApiTariff):
                # Of ids that differ in case alone the first is kept.
                rows.setdefault(row.id.lower(), row)
            else:
                found.left_out[f"{provider_id}/{model.id}"] = why or row or ""
        found.rows[provider_id] = sorted(rows.values(), key=lambda row: row.id)
    return found


def package_bill(
    providers: Iterable[Provider], provider_id: str, model_id: str, at: dt.datetime, **usage: int
) -> Decimal | None:
    """What the package itself asks for some tokens; None where it answers for another model."""
    from genai_prices import Usage

    provider = next(entry for entry in providers if entry.id == provider_id)
    model = provider.find_model(model_id)
    if model is None or model.id != model_id:
        return None
    bill = model.calc_price(Usage(**usage), provider, genai_request_timestamp=at)
    return bill.total_price


def _why_not(provider_id: str, model: ModelInfo) -> str:
    if model.deprecated:
        return "Is marked as retired."
    if provider_id == "deepseek" and model.id not in SOLD_BY_DEEPSEEK:
        return "Is no longer sold there."
    if _NOT_OFFERED.search(model.id):
        return "Is free within limits, an alias or a model of one's own."
    if provider_id in ROUTERS and "/" not in model.id:
        return "Is an old name without its maker."
    return ""


def _tariff(provider: Provider, model: ModelInfo, reading: Reading) -> ApiTariff | str:
    """One row, or why there is none."""
    price = model.get_prices(reading.noon)
    base = _Prices.of(price)
    if base is None:
        return "Has no price for text in and out."
    tiers = _tiers(price)
    if not all(row.is_plausible for row in (base, *tiers.values())):
        return f"Is implausible: cached {base.cached}, input {base.input}, output {base.output}."
    fields: dict[str, Any] = {}
    notes = [ROUTERS.get(provider.id), quality_note(model.id), _coming(model, reading.today)]
    peak = reading.peaks.get(provider.id)
    if peak is not None:
        fields |= {
            "peak_multiplier": peak.multiplier,
            "peak_hours": peak.words,
            "peak_share": peak.share,
        }
    name = _name(provider.id, model)
    if f"{provider.id}/{model.id}" == "deepseek/deepseek-v4-flash":
        name = "DeepSeek V4.1 Flash (as deepseek-v4-flash)"
        notes.append("V4 Flash was retired on 2026-09-10; V4.1 Flash answers to its name.")
    discount, batch_note = _batch(model, base, reading.noon)
    notes.append(batch_note)
    if tiers and base.write:
        notes.append("Cache writes are those of prompts below the first step.")
    return ApiTariff(
        provider=provider.id,
        model=model.id,
        name=name,
        serves=served_model(provider.id, model.id, reading.known),
        input=base.input,
        cached=base.cached,
        output=base.output,
        write=base.write,
        batch_discount=discount,
        tiers=tuple(
            ApiTier(
                above_tokens=start, input=row.input, cached=row.cached_or_input, output=row.output
            )
            for start, row in tiers.items()
        ),
        date=reading.date,
        source=" ".join([reading.package, *(provider.pricing_urls or [])[:1]]),
        note=" ".join(note for note in notes if note) or None,
        **fields,
    )


@dataclass(frozen=True)
class _Prices:
    input: Decimal
    cached: Decimal | None
    output: Decimal
    write: Decimal

    @classmethod
    def of(cls, price: ModelPrice, above: int = 0) -> _Prices | None:
        fresh, output = _at(price.input_mtok, above), _at(price.output_mtok, above)
        if fresh is None or output is None or not output:
            return None
        write = _at(price.cache_write_mtok, above)
        extra = Decimal(0) if write is None else max(Decimal(0), write - fresh)
        return cls(fresh, _at(price.cache_read_mtok, above), output, extra)

    @property
    def cached_or_input(self) -> Decimal:
        return self.input if self.cached is None else self.cached

    @property
    def is_plausible(self) -> bool:
        return 0 <= self.cached_or_input <= self.input <= self.output <= _LARGEST


def _at(price: Any, above: int) -> Decimal | None:
    """A price of prompts longer than ``above``; steps are kept apart from plain numbers."""
    if price is None or isinstance(price, Decimal):
        return price
    found: Decimal = price.base
    for tier in price.tiers:
        if above >= tier.start:
            found = tier.price
    return found


def _tiers(price: ModelPrice) -> dict[int, _Prices]:
    parts = (price.input_mtok, price.output_mtok, price.cache_read_mtok)
    starts = sorted({tier.start for part in parts for tier in getattr(part, "tiers", ())})
    found = ((start, _Prices.of(price, start)) for start in starts)
    return {start: row for start, row in found if row is not None}


def _batch(model: ModelInfo, base: _Prices, at: dt.datetime) -> tuple[Decimal, str | None]:
    """The discount of answers that may wait, where it is one share of input and output."""
    price = _Prices.of(model.get_prices(at, {"processing": "batch"}))
    if price is None or price == base or not base.input:
        return Decimal(0), None
    share = 1 - price.output / base.output
    if share <= 0 or 1 - price.input / base.input != share:
        return Decimal(0), "The batch price is no single discount and is left out."
    if base.cached and price.cached == base.cached:
        return share, "Cached input has no batch discount."
    return share, None


def _coming(model: ModelInfo, today: dt.date) -> str | None:
    """A price that is already announced for later."""
    for price in model.prices if isinstance(model.prices, list) else ():
        day = getattr(price.constraint, "start_date", None)
        row = _Prices.of(price.prices)
        if day is not None and day > today and row is not None:
            return f"From {day}: input {row.input}, output {row.output}."
    return None


def _name(provider_id: str, model: ModelInfo) -> str:
    name = (model.name or "").rsplit("/", 1)[-1].strip()
    if not name[:1].isalpha():
        name = model.id.rsplit("/", 1)[-1]
    if provider_id in _HOSTS or (provider_id in ("google", "mistral") and _FOREIGN.search(name)):
        return f"{name} ({PROVIDERS[provider_id]})"
    return name
