"""What is saved on one machine opens on another that has none of its rows: to the byte."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from moeplanner_gui.catalog.load import load_catalog, with_user_rows
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.catalog.rows import PriceEntry
from moeplanner_gui.catalog.user import UserCatalog
from moeplanner_gui.catalog.user_prices import UserPrices
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.bill import bill
from moeplanner_gui.core.cost.data import TariffData
from moeplanner_gui.core.cost.tariffs import ApiTariff, ApiTier, ExchangeRate, PowerTariff
from moeplanner_gui.core.entries import Entries, entries_of, price_row
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import ApiById, Economics, Node, Plan, Rent, Rig, Workload
from moeplanner_gui.export.csv import parts_csv
from moeplanner_gui.export.plan_file import (
    PlanFileError,
    plan_and_entries_from_json,
    plan_to_json,
    read_plan_and_entries,
    write_plan,
)

API = ApiTariff(
    provider="my-shop", model="flash", name="Flash of my shop", serves="deepseek-v4-flash",
    input=Decimal("0.171"), cached=Decimal("0.013"), output=Decimal("0.61"), write=Decimal("0.2"),
    peak_multiplier=Decimal(2), peak_share=Decimal("0.25"), peak_hours="at night",
    tiers=(ApiTier(above_tokens=128_000, input=Decimal("0.3"), cached=Decimal("0.02"),
                   output=Decimal("1.10")),),
    date="2026-11-20", source="their offer",
)  # fmt: skip
POWER = PowerTariff(
    region="my-village", name="My village", currency="XTS", per_kwh=Decimal("0.311"),
    date="2026-11-01", source="the bill", confidence="high",
)  # fmt: skip
RATE = ExchangeRate(currency="XTS", usd=Decimal("1.2345"), date="2026-11-20", source="my bank")


@pytest.fixture(scope="module")
def shipped():
    return load_catalog(catalogs_dir())


@pytest.fixture
def home(tmp_path, shipped):
    """The catalogue of who has edited everything that can be edited."""
    folder = tmp_path / "a" / "catalogs"
    own = UserCatalog(folder, shipped=shipped)
    own.save_model(
        shipped.model("deepseek-v4-flash").model_copy(update={"id": "x", "name": "My Flash"})
    )
    own.save_gpu(shipped.gpu("rtx5090").model_copy(update={"name": "My card", "memory_gb": 40.0}))
    own.save_host(next(iter(shipped.hosts.values())).model_copy(update={"name": "My host"}))
    prices = UserPrices(folder)
    prices.keep(
        *(
            PriceEntry(part_id=part, kind="street_new", usd=100.0 + number, low=90.0,
                       high=400.0, date="2026-11-01", source="a shop", confidence="medium")
            for number, part in enumerate(("my-card", "my-host", "psu-850-w", "ddr5-rdimm-per-gb"))
        ),
        API, POWER, RATE,
    )  # fmt: skip
    network = shipped.networks["100gbe"].model_copy(update={"id": "my-net", "name": "My net"})
    link = shipped.links["pcie5-x16"].model_copy(update={"notes": "measured here"})
    rent = shipped.tariffs.rental_ranges["h100-sxm"].model_copy(update={"expected": Decimal("2.2")})
    for kind, name, row in (
        ("networks", "networks", network), ("links", "links", link), ("rental", "ranges", rent)
    ):  # fmt: skip
        (folder / kind).mkdir()
        text: dict[str, object] = {"version": 1, "date": "2026-11-20"}
        text |= {name: [row.model_dump(mode="json")]}
        (folder / kind / "ranges-mine.json").write_text(json.dumps(text))
    return with_user_rows(shipped, folder)


@pytest.fixture
def made() -> Plan:
    node = Node(host="my-host", ram_gib=256, gpus=("my-card",) * 4)
    return Plan(
        model="my-flash",
        rig=Rig(nodes=(node, node), network="my-net"),
        workload=Workload(prompt_tokens=200_000, context_tokens=262_144, cache_hit_share=0.3),
        economics=Economics(
            api=ApiById(provider="my-shop", model="flash"),
            rent=Rent(gpu="h100-sxm"),
            electricity_region="my-village",
            electricity_usd_per_kwh=0.38,
        ),
    )


def test_that_everything_edited_opens_elsewhere_with_every_figure_equal(
    tmp_path, shipped, home, made
) -> None:
    assert home.problems == () and home.tariffs.problems == ()
    file = tmp_path / "rig.moeplan"
    write_plan(file, made, entries_of(made, home))
    read, entries = read_plan_and_entries(file)
    there = with_user_rows(shipped, tmp_path / "b").with_entries(entries)
    here = evaluate(made, home)
    assert here.cost.api_usd_per_month and here.cost.rent_usd_per_month
    answer = evaluate(read, there)
    assert json.dumps(answer.to_json()) == json.dumps(here.to_json())
    priced = [(line.name, line.count, line.unit_usd, line.usd) for line in bill(made, home)]
    assert [(x.name, x.count, x.unit_usd, x.usd) for x in bill(read, there)] == priced
    assert parts_csv(read, answer, there) == parts_csv(made, here, home)
    for path in ("cost.api_usd_per_month", "cost.rent_usd_per_month", "cost.own_usd_per_month"):
        assert explain(read, answer, there, path) == explain(made, here, home, path)
    assert (entries.apis, entries.electricity, entries.exchange_rates) == (
        (API,),
        (POWER,),
        (RATE,),
    )
    assert [row.id for row in (*entries.networks, *entries.links)] == ["my-net", "pcie5-x16"]
    # Saved there again, the file is the same.
    assert plan_to_json(read, entries_of(read, there)) == plan_to_json(made, entries_of(made, home))


def test_that_without_its_rows_the_plan_says_what_is_missing(shipped, made) -> None:
    plan = made.replace(model="deepseek-v4-flash", rig=Rig(nodes=(Node(gpus=("rtxpro6000",) * 2),)))
    missing = evaluate(plan, shipped).to_json()
    assert "No price of “flash” at “my-shop”" in json.dumps(missing, ensure_ascii=False)


def test_that_a_shipped_price_does_not_travel(shipped, home, made) -> None:
    usual = made.replace(
        economics=Economics(
            api=ApiById(provider="deepseek", model="deepseek-v4-flash"), electricity_region="DE"
        )
    )
    found = entries_of(usual, home)
    assert not any(found.tariff_rows())


def test_that_one_api_price_reads_no_other_provider(shipped) -> None:
    seen: TariffData = shipped.with_entries(Entries(apis=(API,))).tariffs
    assert seen.apis[API.id] == API
    assert "deepseek/deepseek-v4-flash" in seen.apis


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"input": "1e-999999999"}, "digits"),
        ({"input": "0e999999"}, "digits"),
        ({"input": "NaN"}, "input"),
        ({"input": "Infinity"}, "input"),
        ({"input": -1}, "at least 0"),
        ({"output": "0." + "1" * 5000}, "output"),
        ({"tiers": [{"above_tokens": 1, "input": "1e-90", "cached": 0, "output": 0}]}, "digits"),
        ({"price": 1}, "unknown key price"),
        ({"name": "n" * 10_000}, "longer than 500"),
    ],
)
def test_that_a_hostile_price_is_refused_in_one_sentence(made, change, words) -> None:
    document = json.loads(plan_to_json(made))
    document["entries"] = {"apis": [{**API.model_dump(mode="json"), **change}]}
    with pytest.raises(PlanFileError) as caught:
        plan_and_entries_from_json(json.dumps(document, indent=1))
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_that_two_prices_of_one_api_are_refused(made) -> None:
    document = json.loads(plan_to_json(made))
    document["entries"] = {"apis": [API.model_dump(mode="json")] * 2}
    with pytest.raises(PlanFileError, match="given twice"):
        plan_and_entries_from_json(json.dumps(document))


def test_that_a_rent_out_of_its_own_range_is_refused(shipped, made) -> None:
    row = shipped.tariffs.rental_ranges["h100-sxm"].model_dump(mode="json")
    document = json.loads(plan_to_json(made))
    document["entries"] = {"rents": [{**row, "low": "9", "expected": "3", "high": "4"}]}
    with pytest.raises(PlanFileError, match="not between low and high"):
        plan_and_entries_from_json(json.dumps(document))


@pytest.mark.parametrize(
    ("stored", "words"),
    [({"default": "llama"}, "no way to store"), ({}, "the default"), ({"norm": "f32"}, "default")],
)
def test_that_a_model_stored_in_no_known_way_is_refused(shipped, made, stored, words) -> None:
    row = json.loads(shipped.model("qwen3-30b-a3b").model_dump_json())
    document = json.loads(plan_to_json(made))
    document["entries"] = {"models": [{**row, "native_format": stored}]}
    with pytest.raises(PlanFileError, match=words):
        plan_and_entries_from_json(json.dumps(document))


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("hosts", {"sockets": 10**30}), ("hosts", {"sockets": 0}), ("hosts", {"mt_s": -1}),
        ("hosts", {"peak_gbs": 1e300}), ("gpus", {"tdp_w": 1e300}), ("gpus", {"idle_w": [9, 1]}),
        ("gpus", {"bandwidth_gbs": 1e18}), ("prices", {"usd": 1e300}),
    ],
)  # fmt: skip
def test_that_a_size_beyond_anything_sold_is_refused(shipped, made, kind, change) -> None:
    row = {
        "hosts": lambda: next(iter(shipped.hosts.values())),
        "gpus": lambda: shipped.gpu("rtx5090"),
        "prices": lambda: price_row(shipped.price("rtx5090")),
    }[kind]()
    document = json.loads(plan_to_json(made))
    document["entries"] = {kind: [{**row.model_dump(mode="json"), **change}]}
    with pytest.raises(PlanFileError, match=next(iter(change))) as caught:
        plan_and_entries_from_json(json.dumps(document))
    assert len(str(caught.value)) < 200
