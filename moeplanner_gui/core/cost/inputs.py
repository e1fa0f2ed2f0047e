"""What a cost comparison starts from: the plan's own entries first, then what it computes.

A missing figure is never taken for zero: it is named, and what depends on it stays open.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from moeplanner_gui.core.assessment import Power, Speed
from moeplanner_gui.core.cost.api_bill import ApiPrice
from moeplanner_gui.core.cost.money import ZERO, decimal
from moeplanner_gui.core.cost.owning import Ownership
from moeplanner_gui.core.cost.renting import Rental
from moeplanner_gui.core.cost.resale import Resale
from moeplanner_gui.core.cost.workload import Throughput, Tokens
from moeplanner_gui.core.hardware_cost import HardwareCost
from moeplanner_gui.core.plan import ApiById, Economics, Plan, card_id, weights_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

if TYPE_CHECKING:
    from moeplanner_gui.core.cost.data import TariffData
    from moeplanner_gui.core.cost.tariffs import ApiTariff


@dataclass(frozen=True, slots=True)
class CostInputs:
    """Everything that the comparison multiplies; None where it is not known.

    ``api_name`` and ``rent_name`` are for people. ``missing`` are sentences that say what to
    set, each with what stays open without it; ``notes`` say what a buyer must know of a price.
    ``written_mtok`` is the input that is written into an API's cache at a surcharge.
    """

    tokens: Tokens
    rig: Ownership | None
    throughput: Throughput | None
    api: ApiPrice | None
    api_name: str
    rental: Rental | None
    rent_name: str
    peak_share: Decimal
    batch_share: Decimal
    missing: tuple[str, ...]
    written_mtok: Decimal = ZERO
    notes: tuple[str, ...] = ()


_MOST = 1024
_KNOWN: dict[tuple[object, ...], tuple[object, CostInputs]] = {}


def inputs_of(
    plan: Plan, speed: Speed, power: Power, hardware: HardwareCost, catalog: CatalogReader
) -> CostInputs:
    """The inputs of a plan. Entries of ``economics`` replace what is computed.

    What does not hang on the speed is remembered: a search changes the context and the rig far
    more often than the money.
    """
    economics, workload = plan.economics, plan.workload
    # The catalogue's other prices are read only when a plan asks for one.
    tariffs = None if economics.api is None and economics.rent is None else catalog.tariffs
    key = (
        *economics.__dict__.values(),
        workload.input_mtok_per_month,
        workload.output_mtok_per_month,
        workload.cache_hit_share,
        workload.peak_share,
        workload.batch_share,
        workload.cache_write_share,
        workload.prompt_tokens,
        plan.model,
        plan.weights,
        hardware,
        power.load_w,
        power.idle_w,
        plan.gpu_count if economics.rent is None else plan.rig,
        id(tariffs),
    )
    known = _KNOWN.get(key)
    if known is None:
        if len(_KNOWN) >= _MOST:
            _KNOWN.clear()
        known = _KNOWN[key] = (tariffs, _standing(plan, power, hardware, tariffs))
    standing = known[1]
    missing = list(standing.missing)
    throughput = _throughput(economics, speed, missing)
    if throughput is None and len(missing) == len(standing.missing):
        return standing
    return CostInputs(
        standing.tokens,
        standing.rig,
        throughput,
        standing.api,
        standing.api_name,
        standing.rental,
        standing.rent_name,
        standing.peak_share,
        standing.batch_share,
        tuple(missing),
        standing.written_mtok,
        standing.notes,
    )


def _standing(
    plan: Plan, power: Power, hardware: HardwareCost, tariffs: TariffData | None
) -> CostInputs:
    """All inputs but the speed."""
    economics, workload = plan.economics, plan.workload
    missing: list[str] = []
    notes: list[str] = []
    api, api_name = _api(plan, tariffs, missing, notes)
    rental, rent_name = _rental(plan, tariffs, missing, notes)
    return CostInputs(
        tokens=Tokens(
            decimal(workload.input_mtok_per_month),
            decimal(workload.output_mtok_per_month),
            decimal(workload.cache_hit_share),
        ),
        rig=_rig(economics, power, hardware, missing, notes),
        throughput=None,
        api=api,
        api_name=api_name,
        rental=rental,
        rent_name=rent_name,
        peak_share=decimal(workload.peak_share),
        batch_share=decimal(workload.batch_share),
        missing=tuple(missing),
        written_mtok=decimal(workload.input_mtok_per_month) * decimal(workload.cache_write_share),
        notes=tuple(notes),
    )


def _rig(
    economics: Economics,
    power: Power,
    hardware: HardwareCost,
    missing: list[str],
    notes: list[str],
) -> Ownership | None:
    price = hardware.total_usd
    load = economics.load_w if economics.load_w is not None else power.load_w
    idle = economics.idle_w if economics.idle_w is not None else power.idle_w
    if price == 0:
        notes.append(
            say("The rig is entered as costing nothing: only its running costs are counted.")
        )
    if price is None:
        names = ", ".join(hardware.unpriced) or say("the rig")
        missing.append(say("No price for {0}. Set one to compare.", names))
    if load is None or idle is None:
        missing.append(say("The power of a card is not known. Enter the watts at the wall."))
    if price is None or load is None or idle is None:
        return None
    if load < idle:
        notes.append(
            say(
                "{0:,.0f} W at work are below {1:,.0f} W of waiting: the higher is taken.",
                load,
                idle,
            )
        )
    share = economics.resale_share
    return Ownership(
        hardware_usd=decimal(price),
        resale=Resale(
            decimal(economics.resale_haircut),
            decimal(economics.resale_annual_fall),
            None if share is None else decimal(share),
        ),
        life_months=economics.life_months,
        load_w=decimal(max(load, idle)),
        idle_w=decimal(idle),
        usd_per_kwh=decimal(economics.electricity_usd_per_kwh),
        capital_rate=decimal(economics.capital_rate),
        pue=decimal(economics.pue),
        hours_on=decimal(economics.hours_on_per_month),
        maintenance_share_per_year=decimal(economics.maintenance_share_per_year),
        other_usd_per_month=decimal(economics.other_usd_per_month),
    )


def _throughput(economics: Economics, speed: Speed, missing: list[str]) -> Throughput | None:
    read = economics.prefill_tokens_per_s
    if read is None and speed.prefill_tokens_per_s is not None:
        read = speed.prefill_tokens_per_s.expected
    write = economics.decode_tokens_per_s
    if write is None and speed.decode_tokens_per_s_all_users is not None:
        write = speed.decode_tokens_per_s_all_users.expected
    if not read or not write:
        what = "prefill" if write else "decode" if read else say("prefill and decode")
        missing.append(say("The speed of {0} is not known. Enter tokens/s to compare.", what))
        if speed.because:
            missing.append(speed.because)
        return None
    return Throughput(
        # Six digits are far below the error of the speed and keep the arithmetic quick.
        decimal(f"{read:.6g}"),
        decimal(f"{write:.6g}"),
        decimal(economics.availability),
        decimal(economics.max_duty),
    )


def _api(
    plan: Plan, tariffs: TariffData | None, missing: list[str], notes: list[str]
) -> tuple[ApiPrice | None, str]:
    chosen = plan.economics.api
    if chosen is None:
        return None, ""
    if not isinstance(chosen, ApiById):
        prices = (decimal(chosen.input), decimal(chosen.cached), decimal(chosen.output))
        return ApiPrice(*prices), "API"
    row = None if tariffs is None else tariffs.apis.get(f"{chosen.provider}/{chosen.model}")
    if row is None:
        missing.append(
            say(
                "No price of “{0}” at “{1}”. Choose another or type it.",
                chosen.model,
                chosen.provider,
            )
        )
        return None, chosen.model
    notes += _quality_notes(plan, row)
    workload = plan.workload
    if row.write and workload.cache_hit_share and not workload.cache_write_share:
        notes.append(
            say(
                "{0} charges ${1} a million tokens for writing into the cache; that is "
                "not counted until the share of written input is set.",
                row.name,
                row.write,
            )
        )
    price = row.price()
    if workload.prompt_tokens is not None:
        price = price.for_prompt(workload.prompt_tokens)
    elif row.tiers:
        first = min(tier.above_tokens for tier in row.tiers)
        notes.append(
            say(
                "{0} costs more for prompts above {1:,} tokens; set the prompt's "
                "length to count that.",
                row.name,
                first,
            )
        )
    return price, row.name


def _quality_notes(plan: Plan, row: ApiTariff) -> list[str]:
    """What makes the API's answers other than the rig's."""
    notes = [row.note] if row.note else []
    weights = weights_id(plan)
    if row.serves is None:
        notes.append(say("{0} is not known to be the rig's model: not the same quality.", row.name))
    elif row.serves != plan.model:
        notes.append(
            say("The API serves {0}, another model than the rig: not the same quality.", row.name)
        )
    elif weights != "native":
        notes.append(
            say("The rig runs {0} weights, the API its own: not the same quality.", weights)
        )
    return notes


def _rental(
    plan: Plan, tariffs: TariffData | None, missing: list[str], notes: list[str]
) -> tuple[Rental | None, str]:
    chosen = plan.economics.rent
    if chosen is None:
        return None, ""
    price = None if chosen.usd_per_gpu_hour is None else decimal(chosen.usd_per_gpu_hour)
    if price is None and tariffs is not None:
        row = tariffs.rental_ranges.get(chosen.gpu)
        price = None if row is None else row.expected
    if price is None:
        missing.append(say("No rental price for “{0}”. Enter USD an hour.", chosen.gpu))
        return None, chosen.gpu
    own = {card_id(card) for node in plan.rig.nodes for card in node.gpus}
    if chosen.gpu not in own:
        notes.append(say("A rented {0} is taken to be as fast as a card of this rig.", chosen.gpu))
    return Rental(max(plan.gpu_count, 1), price, ZERO), chosen.gpu
