import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.catalog.user import UserCatalog
from moeplanner_gui.core.entries import NO_ENTRIES, Entries, entries_of
from moeplanner_gui.core.hardware import GpuSpec, HostSpec, PriceRow
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.export.plan_file import (
    PlanFileError,
    plan_and_entries_from_json,
    plan_from_json,
    plan_to_json,
    read_plan_and_entries,
    write_plan,
)

CARD = GpuSpec(
    id="shop-card",
    name="Shop card 48",
    vendor="Other",
    group="My hardware",
    memory_gb=48.0,
    tdp_w=300.5,
    idle_w=(8.0, 12.0),
    sources={"memory_gb": "typed in"},
    source_date="2026-11-22",
    verified=False,
)
PRICE = PriceRow(
    part_id="shop-card",
    kind="street_new",
    usd=2500.0,
    date="2026-11-22",
    source="typed in",
    confidence="high",
)


@pytest.fixture(scope="module")
def shipped():
    from moeplanner_gui.catalog.paths import catalogs_dir

    return load_catalog(catalogs_dir())


@pytest.fixture
def own_model(shipped) -> ModelSpec:
    spec = shipped.model("deepseek-v4-flash")
    return spec.model_copy(update={"id": "my-flash", "name": "My Flash"})


@pytest.fixture
def own_host(shipped) -> HostSpec:
    row = next(iter(shipped.hosts.values()))
    return row.model_copy(update={"id": "my-host", "name": "My host"})


@pytest.fixture
def everything(own_model, own_host) -> Entries:
    return Entries(models=(own_model,), gpus=(CARD,), hosts=(own_host,), prices=(PRICE,))


def plan(model: str = "my-flash", card: str = "shop-card", host: str | None = "my-host") -> Plan:
    return Plan(model=model, rig=Rig(nodes=(Node(host=host, ram_gib=256, gpus=(card, card)),)))


def test_that_a_plan_without_rows_of_its_own_is_written_as_before() -> None:
    assert "entries" not in json.loads(plan_to_json(plan()))
    assert plan_to_json(plan(), NO_ENTRIES) == plan_to_json(plan())


def test_that_a_plan_with_rows_of_its_own_comes_back_byte_identical(everything) -> None:
    written = plan_to_json(plan(), everything)
    again, entries = plan_and_entries_from_json(written)
    assert (again, entries) == (plan(), everything)
    assert plan_to_json(again, entries) == written
    assert type(again) is Plan
    assert plan_from_json(written) == plan()


@given(st.integers(0, 3), st.booleans(), st.integers(1, 2**20), st.text(min_size=1, max_size=40))
def test_that_any_rows_come_back_byte_identical(cards, with_price, mib, name) -> None:
    rows = tuple(
        CARD.model_copy(update={"id": f"c{n}", "name": name, "memory_total_mib": mib + n})
        for n in range(cards)
    )
    entries = Entries(gpus=rows, prices=(PRICE,) if with_price and cards else ())
    written = plan_to_json(plan(), entries)
    again = plan_and_entries_from_json(written)
    assert again == (plan(), entries)
    assert plan_to_json(*again) == written


def test_that_a_saved_plan_opens_where_nobody_has_its_rows(tmp_path, shipped, everything) -> None:
    from moeplanner_gui.core.assess import evaluate

    own = UserCatalog(tmp_path / "own", shipped=shipped)
    model = own.save_model(everything.models[0])
    card, host = own.save_gpu(CARD), own.save_host(everything.hosts[0])
    own.set_price(card.id, 2500)
    home = load_catalog(user_folder=own.folder)
    made = plan(model.id, card.id, host.id)
    file = tmp_path / "rig.moeplan"
    write_plan(file, made, entries_of(made, home))
    read, entries = read_plan_and_entries(file)
    with pytest.raises(UnknownEntryError):
        evaluate(read, shipped)
    elsewhere = shipped.with_entries(entries)
    there, here = evaluate(read, elsewhere).to_json(), evaluate(made, home).to_json()
    assert there == here
    assert elsewhere.price(card.id).usd == 2500
    assert elsewhere.carried_ids == {model.id, card.id, host.id}
    assert entries_of(read, elsewhere) == entries


PARTS = ("nvlink-bridge-rtx3090", "psu-850-w", "ddr4-rdimm-per-gb", "rtx3090", "sp3-7003")


def test_that_prices_of_parts_travel_in_the_plan_with_their_range(tmp_path, shipped) -> None:
    from moeplanner_gui.catalog.rows import PriceEntry
    from moeplanner_gui.catalog.user_prices import UserPrices
    from moeplanner_gui.core.assess import evaluate
    from moeplanner_gui.core.bill import bill

    prices = UserPrices(tmp_path / "own")
    for number, part in enumerate((*PARTS, "gb10-2tb")):
        usd = 100.0 + number
        prices.keep(
            PriceEntry(part_id=part, kind="street_new", usd=usd, low=usd - 9, high=usd + 5,
                       date="2026-11-01", source="a shop", confidence="medium")
        )  # fmt: skip
    home = load_catalog(user_folder=tmp_path / "own")
    node = Node(host="sp3-7003", ram_gib=64, gpus=("rtx3090",) * 2, nvlink=True)
    made = Plan(model="qwen3-30b-a3b", weights="q4_k_m", rig=Rig(nodes=(node,)))
    file = tmp_path / "rig.moeplan"
    write_plan(file, made, entries_of(made, home))
    read, entries = read_plan_and_entries(file)
    # The supplies it was not chosen among by price alone, and nothing that is not in it.
    assert {price.part_id for price in entries.prices} == set(PARTS)
    elsewhere = shipped.with_entries(entries)
    assert [line.usd for line in bill(read, elsewhere)] == [line.usd for line in bill(made, home)]
    assert evaluate(read, elsewhere).to_json() == evaluate(made, home).to_json()
    for part in PARTS:
        assert elsewhere.price_range(part) == home.price_range(part)
    assert entries_of(read, elsewhere) == entries
    assert evaluate(read, shipped).cost != evaluate(read, elsewhere).cost


def test_that_a_plan_file_of_before_opens_and_is_written_as_it_was() -> None:
    old = json.loads(plan_to_json(plan(), Entries(gpus=(CARD,), prices=(PRICE,))))
    assert set(old["entries"]["prices"][0]) == {
        "part_id", "kind", "usd", "date", "source", "confidence"
    }  # fmt: skip
    assert plan_and_entries_from_json(json.dumps(old))[1].prices == (PRICE,)


def test_that_only_the_rows_that_a_plan_names_travel_with_it(tmp_path, shipped) -> None:
    own = UserCatalog(tmp_path / "own", shipped=shipped)
    used, _ = own.save_gpu(CARD), own.save_gpu(CARD)
    home = load_catalog(user_folder=own.folder)
    made = plan("deepseek-v4-flash", used.id, None)
    assert [row.id for row in entries_of(made, home).gpus] == [used.id]
    assert not entries_of(plan("deepseek-v4-flash", "rtx5090", None), home)


def test_that_the_rows_of_a_plan_stand_over_those_of_the_same_id(tmp_path, shipped) -> None:
    own = UserCatalog(tmp_path / "own", shipped=shipped)
    mine = own.save_gpu(CARD)
    home = load_catalog(user_folder=own.folder)
    theirs = mine.model_copy(update={"memory_gb": 24.0})
    over = home.with_entries(Entries(gpus=(theirs,)))
    assert over.gpu(mine.id) == theirs
    assert home.gpu(mine.id) == mine
    assert over.with_entries(NO_ENTRIES) is home


def test_that_a_hidden_row_is_found_and_not_listed(shipped) -> None:
    catalog = shipped.with_entries(NO_ENTRIES, Entries(gpus=(CARD,)))
    assert catalog.gpu("shop-card") is not None
    assert "shop-card" not in catalog.gpus


def test_that_shipped_rows_stay_the_same_objects(shipped, everything) -> None:
    over = shipped.with_entries(everything)
    assert over.gpu("rtx5090") is shipped.gpu("rtx5090")
    assert over.price("rtx5090") == shipped.price("rtx5090")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"gpus": [{"id": "x"}]}, "is missing"),
        ({"cards": []}, "unknown key cards"),
        ({"gpus": 3}, "list"),
        ({"gpus": [{**CARD.model_dump(mode="json"), "memory_gb": -1}]}, "memory_gb"),
        ({"gpus": [{**CARD.model_dump(mode="json"), "memroy": 1}]}, "unknown key memroy"),
        ({"gpus": [{**CARD.model_dump(mode="json"), "reserved_mib": 2**20}]}, "reserved_mib"),
        ({"gpus": [CARD.model_dump(mode="json")] * 2}, "given twice"),
    ],
)
def test_that_wrong_rows_are_refused_in_one_sentence(change, sentence) -> None:
    document = {**json.loads(plan_to_json(plan())), "entries": change}
    with pytest.raises(PlanFileError) as caught:
        plan_and_entries_from_json(json.dumps(document, indent=1))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.line is not None


def test_that_a_model_of_a_billion_layers_is_refused(own_model) -> None:
    raw = json.loads(own_model.model_dump_json())
    raw["architecture"]["layers"] = 10**9
    document = {**json.loads(plan_to_json(plan())), "entries": {"models": [raw]}}
    with pytest.raises(PlanFileError, match=r"architecture\.layers"):
        plan_and_entries_from_json(json.dumps(document))


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def paths_of(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths_of(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from paths_of(inner, (*path, number))


@given(st.data())
def test_that_any_damage_to_the_rows_is_one_sentence_or_a_plan(shipped, data) -> None:
    spec = shipped.model("deepseek-v4-flash")
    entries = Entries(models=(spec,), gpus=(CARD,), prices=(PRICE,))
    document = json.loads(plan_to_json(plan(), entries))
    places = [path for path in paths_of(document["entries"]) if path]
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places))
        try:
            here = document["entries"]
            for step in path[:-1]:
                here = here[step]
            here[path[-1]] = data.draw(JUNK)
        except (KeyError, IndexError, TypeError):
            continue
    try:
        read, rows = plan_and_entries_from_json(json.dumps(document))
    except PlanFileError as error:
        assert "\n" not in str(error)
    else:
        assert plan_and_entries_from_json(plan_to_json(read, rows)) == (read, rows)
