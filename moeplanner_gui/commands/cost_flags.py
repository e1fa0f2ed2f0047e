"""The flags of a plan's use and money. Each sets one field of the plan document."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog
    from moeplanner_gui.core.plan import Economics, Plan

Put = Callable[[str, Any], None]

_FIELDS: tuple[tuple[str, str, type, str], ...] = (
    ("--input-mtok", "workload.input_mtok_per_month", float, "million input tokens a month"),
    ("--output-mtok", "workload.output_mtok_per_month", float, "million output tokens a month"),
    ("--cache-hits", "workload.cache_hit_share", float, "share of the input that is cached, 0–1"),
    ("--cache-writes", "workload.cache_write_share", float, "share of the input written, 0–1"),
    ("--peak-share", "workload.peak_share", float, "share of tokens in an API's peak hours"),
    ("--batch-share", "workload.batch_share", float, "share of tokens at an API's batch price"),
    ("--hardware-usd", "economics.hardware_usd", float, "price of the whole rig"),
    ("--life-months", "economics.life_months", int, "months until it is sold (default 36)"),
    ("--resale-share", "economics.resale_share", float, "worth then, as a share of the price"),
    ("--resale-haircut", "economics.resale_haircut", float, "lost when first sold (0.2)"),
    ("--resale-fall", "economics.resale_annual_fall", float, "fall of the price a year (0.25)"),
    ("--capital-rate", "economics.capital_rate", float, "cost of capital a year (0)"),
    ("--kwh-usd", "economics.electricity_usd_per_kwh", float, "price of a kWh (0.187)"),
    ("--load-w", "economics.load_w", float, "watts at the wall at work"),
    ("--idle-w", "economics.idle_w", float, "watts at the wall when waiting"),
    ("--pue", "economics.pue", float, "what cooling adds, as a factor (1)"),
    ("--hours-on", "economics.hours_on_per_month", float, "hours a month switched on (730)"),
    ("--maintenance", "economics.maintenance_share_per_year", float, "of the price a year (0.02)"),
    ("--other-usd", "economics.other_usd_per_month", float, "other costs a month"),
    ("--availability", "economics.availability", float, "share of the month it works (0.98)"),
    ("--max-duty", "economics.max_duty", float, "share of that which demand can fill (0.7)"),
    ("--decode-tps", "economics.decode_tokens_per_s", float, "measured decode, all users"),
    ("--prefill-tps", "economics.prefill_tokens_per_s", float, "measured prefill"),
)
_SPECIAL = ("usage", "inferences", "api", "rent", "region")


def add_cost_flags(parser: argparse.ArgumentParser) -> None:
    """Give a command the flags of use and money."""
    group = parser.add_argument_group("use and money, USD")
    group.add_argument(
        "--usage", metavar="NAME", help="chat, coding_agent, batch or long_documents"
    )
    group.add_argument(
        "--inferences",
        type=_inferences,
        metavar="N,IN,OUT",
        help="N a month, each of IN and OUT tokens",
    )
    group.add_argument(
        "--api",
        type=_api,
        metavar="API",
        help="PROVIDER/MODEL, or prices of a million tokens: INPUT,CACHED,OUTPUT",
    )
    group.add_argument(
        "--rent", type=_rent, metavar="GPU[=USD]", help="rent this GPU, at USD an hour if given"
    )
    group.add_argument(
        "--region", metavar="ID", help="electricity tariff of this region, for example DE"
    )
    for flag, _, kind, explanation in _FIELDS:
        metavar = "N" if kind is int else "X"
        parse = int if kind is int else _typed_number
        group.add_argument(flag, type=parse, metavar=metavar, help=explanation)


def cost_flag_names() -> tuple[str, ...]:
    """The names of the options."""
    return (*_SPECIAL, *(_name(flag) for flag, *_ in _FIELDS))


def put_costs(options: argparse.Namespace, put: Put) -> None:
    """Set what the flags say; single figures win over a kind of use."""
    if options.usage is not None:
        _put_usage(options.usage, put)
    if options.inferences is not None:
        count, size_in, size_out = options.inferences
        put("workload.inference_input_tokens", size_in)
        put("workload.inference_output_tokens", size_out)
        put("workload.input_mtok_per_month", count * size_in / 1e6)
        put("workload.output_mtok_per_month", count * size_out / 1e6)
    for name in ("api", "rent"):
        if getattr(options, name) is not None:
            put(f"economics.{name}", getattr(options, name))
    for flag, path, *_ in _FIELDS:
        value = getattr(options, _name(flag))
        if value is not None:
            put(path, value)


def with_region(plan: Plan, catalog: Catalog, region: str | None) -> Plan:
    """The plan with the electricity tariff of a region; as :func:`with_region_economics`."""
    if region is None:
        return plan
    return plan.replace(economics=with_region_economics(plan.economics, catalog, region))


def with_region_economics(economics: Economics, catalog: Catalog, region: str) -> Economics:
    """The economics with the electricity tariff of a region, in USD at the bundled dated rate.

    Raises:
        CommandError: No tariff or no exchange rate is known.
    """
    # Imported here: most calls of the command line name no region.
    from moeplanner_gui.catalog.user_price_kinds import usd_per_kwh
    from moeplanner_gui.commands.console import CommandError

    known = {name.lower(): name for name in catalog.tariffs.power}
    name = known.get(region.lower())
    if name is None:
        raise CommandError(
            f"no electricity tariff of “{region}”. Known: {', '.join(known.values())}."
        )
    price = usd_per_kwh(catalog.tariffs.power[name], catalog.tariffs.rates)
    if price is None:
        raise CommandError(f"no exchange rate for the tariff of {name}. Use --kwh-usd.")
    changes = {"electricity_region": name, "electricity_usd_per_kwh": float(price)}
    return economics.model_copy(update=changes)


def _put_usage(name: str, put: Put) -> None:
    # Imported here: most calls of the command line name no kind of use.
    from moeplanner_gui.commands.console import USAGE, CommandError
    from moeplanner_gui.core.cost.presets import PRESETS, preset

    try:
        chosen = preset(name.replace("-", "_").lower())
    except KeyError:
        names = ", ".join(item.key for item in PRESETS)
        raise CommandError(f"--usage {name}: choose one of {names}.", USAGE) from None
    put("workload.inference_input_tokens", chosen.input_tokens)
    put("workload.inference_output_tokens", chosen.output_tokens)
    put("workload.input_mtok_per_month", chosen.inferences * chosen.input_tokens / 1e6)
    put("workload.output_mtok_per_month", chosen.inferences * chosen.output_tokens / 1e6)
    put("workload.cache_hit_share", chosen.cache_hit_share)
    put("workload.peak_share", chosen.peak_share)
    put("workload.batch_share", chosen.batch_share)
    put("economics.max_duty", chosen.max_duty)


def _name(flag: str) -> str:
    return flag.lstrip("-").replace("-", "_")


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text} is not a number")
    return value


def _typed_number(text: str) -> float:
    try:
        return _number(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def _inferences(text: str) -> tuple[float, int, int]:
    try:
        count, size_in, size_out = text.split(",")
        found = _number(count), int(size_in), int(size_out)
        if min(found) < 0:
            raise ValueError
        return found
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text}: write inferences a month and the tokens of one: 10000,2000,400"
        ) from None


def _api(text: str) -> dict[str, Any]:
    provider, slash, model = text.partition("/")
    if slash and provider and model:
        return {"provider": provider, "model": model}
    try:
        prices = [_number(word) for word in text.split(",")]
    except ValueError:
        prices = []
    if len(prices) != 3:
        raise argparse.ArgumentTypeError(
            f"{text}: write PROVIDER/MODEL, or three prices of a million tokens: 0.3,0.03,1.2"
        )
    return {"input": prices[0], "cached": prices[1], "output": prices[2]}


def _rent(text: str) -> dict[str, Any]:
    gpu, equals, price = text.partition("=")
    try:
        usd = _number(price) if equals else None
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: write GPU or GPU=USD: h100-sxm=2.35") from None
    return {"gpu": gpu.strip().lower(), "usd_per_gpu_hour": usd}
