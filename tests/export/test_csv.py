"""The rules of the CSV: read back equal, safe to open, honest about what it does not know."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.core.assessment import (
    Assessment,
    DeviceMemory,
    Finding,
    ModelFigures,
    NamedBytes,
)
from moeplanner_gui.core.check_edits import dismiss
from moeplanner_gui.core.checks import NOT_CHECKED
from moeplanner_gui.core.edits import set_node
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Economics, Node, NodePart, Plan, Rig
from moeplanner_gui.export.checks import CHECKS_HEADER
from moeplanner_gui.export.csv import MEMORY_HEADER, PARTS_HEADER, parts_csv, write_csv
from moeplanner_gui.export.parts import PartRow, known_total_usd, parts_list

GIB = 2**30


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def plan_with(*cards: str | CustomSlot, nodes: int = 1, network: str | None = None) -> Plan:
    node = Node(host="wrx90-7965wx", ram_gib=256, gpus=cards)
    return Plan(model="deepseek-v4-flash", rig=Rig(nodes=(node,) * nodes, network=network))


ASSESSMENT = Assessment(
    verdict="does_not_fit",
    reasons=("Does not fit. The weights need 3.00 GiB more on GPU 1.",),
    model=ModelFigures(284_332_240_471, 13_270_101_591, 156_373_010_496, 4.3997),
    devices=(
        DeviceMemory(
            name="GPU 1",
            node=0,
            kind="gpu",
            capacity_bytes=96 * GIB,
            usable_bytes=94 * GIB,
            routed_experts_bytes=90 * GIB,
            other_weights_bytes=5 * GIB,
            kv_cache_bytes=GIB,
            compute_bytes=GIB,
            overhead=(NamedBytes("CUDA context", 600_000_000),),
            held_back=(
                NamedBytes("Desktop (Linux)", 500_000_000, assumed=True),
                NamedBytes("Other processes", GIB, edited=True),
            ),
            layers=(0, 43),
            slot=0,
        ),
    ),
    kv_cache_bytes=GIB,
    max_context_tokens=0,
    max_context_limited_by=None,
    findings=(Finding("host-memory", "warning", "node 1", "Little host memory."),),
)


def blocks(text: str) -> list[list[list[str]]]:
    found: list[list[list[str]]] = [[]]
    for row in csv.reader(io.StringIO(text, newline="")):
        if row:
            found[-1].append(row)
        else:
            found.append([])
    return found


def test_that_the_parts_block_reads_back_as_the_parts_list(catalog: Catalog) -> None:
    plan = plan_with("rtxpro6000", "rtxpro6000", "rtx4090")
    parts = blocks(parts_csv(plan, ASSESSMENT, catalog))[1]
    assert parts[0] == ["Parts"]
    assert tuple(parts[1]) == PARTS_HEADER
    rows = parts_list(plan, catalog)
    assert [(row[0], row[1]) for row in parts[2:-1]] == [(str(r.count), r.name) for r in rows]


def test_that_the_memory_block_adds_up_to_the_byte(catalog: Catalog) -> None:
    memory = blocks(parts_csv(plan_with("rtxpro6000"), ASSESSMENT, catalog))[2]
    row = dict(zip(MEMORY_HEADER, memory[2], strict=True))
    parts = (
        "Routed experts, bytes",
        "Other weights, bytes",
        "KV cache, bytes",
        "Compute buffers, bytes",
        "Output buffers, bytes",
        "Runtime overhead, bytes",
        "Rest of the file, bytes",
    )
    assert sum(int(row[name]) for name in parts) == int(row["Used, bytes"])
    assert int(row["Usable, bytes"]) - int(row["Used, bytes"]) == int(row["Free, bytes"]) < 0
    assert int(row["Capacity, bytes"]) - int(row["Held back, bytes"]) == int(row["Usable, bytes"])


def test_that_verdict_findings_and_assumptions_are_in_the_file(catalog: Catalog) -> None:
    summary, _, _, assumed, *_, checks = blocks(
        parts_csv(plan_with("rtxpro6000"), ASSESSMENT, catalog)
    )
    assert ["Verdict", "Does not fit"] in summary
    assert ["", ASSESSMENT.reasons[0]] in summary
    assert checks[0] == ["Checks"] and tuple(checks[1]) == CHECKS_HEADER
    assert ["Check", "Little host memory.", "Workstation", "host-memory", "", ""] in checks
    assert checks[-1] == [NOT_CHECKED]
    assert any("Desktop (Linux) 0.47 GiB, assumed" in row[0] for row in assumed)
    assert any("Other processes 1.00 GiB, edited" in row[0] for row in assumed)


def test_that_a_dismissed_finding_stands_last_with_its_reason(catalog: Catalog) -> None:
    plan = dismiss(plan_with("rtxpro6000"), "host-memory", "node 1", "=a cheap board")
    *_, checks = blocks(parts_csv(plan, ASSESSMENT, catalog))
    assert checks[-2] == [
        "Check, dismissed", "Little host memory.", "Workstation", "host-memory", "",
        "'=a cheap board",
    ]  # fmt: skip


def test_that_the_most_sequences_are_in_the_file_where_the_plan_runs(catalog: Catalog) -> None:
    summary, *_ = blocks(parts_csv(plan_with("rtxpro6000"), ASSESSMENT, catalog))
    most = {row[0]: row[1] for row in summary if row[0].startswith("Most sequences")}
    assert most["Most sequences at a time"].isdecimal()
    assert most["Most sequences are limited by"] in ("memory", "engine")


def test_that_every_price_has_its_date_and_source(catalog: Catalog) -> None:
    priced = [row for row in parts_list(plan_with("rtxpro6000"), catalog) if row.unit_usd]
    assert priced
    for row in priced:
        assert row.price_date
        assert row.price_source
        assert row.price_kind


def test_that_a_part_without_a_price_is_left_out_of_the_total_and_counted(
    catalog: Catalog,
) -> None:
    custom = CustomSlot(custom=CustomCard(name="unknown card", memory_mib=49152))
    text = parts_csv(plan_with(custom), ASSESSMENT, catalog)
    rows = parts_list(plan_with(custom), catalog)
    without = sum(1 for row in rows if row.unit_usd is None)
    assert without >= 1
    assert f"parts without a price, left out: {without} of {len(rows)}" in text


def test_that_the_total_is_count_times_unit_price() -> None:
    rows = (PartRow(2, "a", "", 10.0, 20.0), PartRow(1, "b", ""), PartRow(1, "c", "", 1.5, 1.5))
    assert known_total_usd(rows) == (21.5, 1)


def test_that_equal_parts_of_all_nodes_share_a_row(catalog: Catalog) -> None:
    plan = plan_with("rtxpro6000", "rtxpro6000", nodes=3, network="100gbe")
    counts = {row.name: row.count for row in parts_list(plan, catalog)}
    assert counts["RTX PRO 6000"] == 6
    assert counts["Host memory, 256 GiB"] == 3
    assert [count for name, count in counts.items() if name.startswith("ConnectX-6")] == [3]


def test_that_a_price_typed_into_a_card_is_used_and_called_typed_in(catalog: Catalog) -> None:
    custom = CustomSlot(custom=CustomCard(name="mine", memory_mib=49152, price_usd=2500.0))
    row = parts_list(plan_with(custom, custom), catalog)[0]
    assert (row.count, row.total_usd, row.price_kind) == (2, 5000.0, "typed in")


def test_that_a_price_typed_in_for_the_rig_is_in_the_file(catalog: Catalog) -> None:
    plan = plan_with("rtxpro6000").replace(economics=Economics(hardware_usd=21000.0))
    assert "Whole rig, typed in" in parts_csv(plan, ASSESSMENT, catalog)


def test_that_a_card_that_left_the_catalogue_is_still_listed(catalog: Catalog) -> None:
    row = parts_list(plan_with("no-such-card"), catalog)[0]
    assert (row.name, row.detail, row.unit_usd) == ("no-such-card", "not in the catalogue", None)


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", " =1"])
def test_that_no_name_becomes_a_formula(name: str, catalog: Catalog) -> None:
    custom = CustomSlot(custom=CustomCard(name=name, memory_mib=49152))
    row = blocks(parts_csv(plan_with(custom), ASSESSMENT, catalog))[1][2]
    assert row[1].startswith("'")


def test_that_a_name_with_line_breaks_and_quotes_stays_in_its_cell(catalog: Catalog) -> None:
    custom = CustomSlot(custom=CustomCard(name='a "b"\r\nc,d', memory_mib=49152))
    row = blocks(parts_csv(plan_with(custom), ASSESSMENT, catalog))[1][2]
    assert row[1] == 'a "b" c,d'


def test_that_lines_end_as_in_rfc_4180(tmp_path: Path, catalog: Catalog) -> None:
    file = tmp_path / "plan.csv"
    write_csv(file, plan_with("rtxpro6000"), ASSESSMENT, catalog)
    data = file.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n") > 0


def test_that_our_own_texts_read_right_in_every_character_set(
    tmp_path: Path, catalog: Catalog
) -> None:
    file = tmp_path / "plan.csv"
    write_csv(file, plan_with("rtxpro6000"), ASSESSMENT, catalog)
    assert file.read_bytes().isascii()


def test_that_a_name_beyond_ascii_is_kept_and_the_file_marked_as_utf8(
    tmp_path: Path, catalog: Catalog
) -> None:
    file = tmp_path / "plan.csv"
    card = CustomSlot(custom=CustomCard(name="Zwölf 显卡", memory_mib=24_576))
    write_csv(file, plan_with(card), ASSESSMENT, catalog)
    data = file.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert "Zwölf 显卡" in data.decode("utf-8-sig")


def test_that_a_failed_write_keeps_the_old_csv(tmp_path: Path, catalog: Catalog) -> None:
    file = tmp_path / "folder"
    file.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_csv(file, plan_with("rtxpro6000"), ASSESSMENT, catalog)
    assert file.is_dir()


def test_that_a_plan_without_prices_or_cards_still_makes_a_file(catalog: Catalog) -> None:
    plan = Plan(model="deepseek-v4-flash", rig=Rig(nodes=()))
    parts = blocks(parts_csv(plan, ASSESSMENT, catalog))[1]
    assert parts[-1][1] == "Total of the known prices"


def test_that_what_was_set_of_links_and_power_is_in_the_file(catalog: Catalog) -> None:
    plan = set_node(plan_with("rtxpro6000"), 0, card_link="pcie4-x8", power_limit_w=400.0)
    _, _, _, assumed, *_ = blocks(parts_csv(plan, ASSESSMENT, catalog))
    sentences = {row[0] for row in assumed}
    assert {"Cards at PCIe 4.0 x8, edited.", "Cards limited to 400 W, edited."} <= sentences


def test_that_the_bill_says_kind_what_is_mine_and_what_nobody_chose(catalog: Catalog) -> None:
    plan = plan_with("rtxpro6000", "rtxpro6000").replace(
        economics=Economics(owned=(NodePart(part="rtxpro6000", count=1),))
    )
    node = plan.rig.nodes[0].model_copy(update={"host": "sp3-7003"})
    plan = plan.replace(rig=plan.rig.model_copy(update={"nodes": (node,)}))
    found = blocks(parts_csv(plan, ASSESSMENT, catalog))
    rows = next(block for block in found if block[0] == ["Parts"])
    parts = [dict(zip(rows[1], row, strict=False)) for row in rows[2:-1]]
    card = next(row for row in parts if row["Kind"] == "Card")
    assert (card["Count"], card["Mine already"], card["Assumed"]) == ("2", "1", "")
    assert float(card["Total, USD"]) == float(card["Unit price, USD"])
    supply = next(row for row in parts if row["Kind"] == "Power supply")
    assert supply["Assumed"] == "assumed"


def test_that_memory_that_is_partly_mine_says_how_much(catalog: Catalog) -> None:
    plan = plan_with("rtxpro6000")
    node = plan.rig.nodes[0].model_copy(update={"host": "sp3-7003", "ram_gib": 256})
    plan = plan.replace(rig=plan.rig.model_copy(update={"nodes": (node,)}))
    for have, total in ((64, 192 * 13.3), (256, 0.0)):
        owned = Economics(owned=(NodePart(part="ddr4-rdimm-per-gb", count=have),))
        rows = parts_list(plan.replace(economics=owned), catalog)
        row = next(row for row in rows if row.name.startswith("Host memory"))
        assert row.total_usd == pytest.approx(total)
        assert row.unit_usd is not None and row.unit_usd > 0
        assert ("64 GiB of it mine already" in row.detail) is (have == 64)
