"""The memory table as numbers: what is printed adds up."""

from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.core.assessment import Assessment, DeviceMemory, NamedBytes
from moeplanner_gui.core.units import GIB
from moeplanner_gui.ui.charts.memory_notes import named_amounts
from moeplanner_gui.ui.charts.memory_rows import (
    device_labels,
    memory_table,
    shown_amount,
    shown_short,
    table_as_tsv,
)

sizes = st.integers(0, 200 * GIB)


@st.composite
def devices(draw: st.DrawFn, kind: str = "gpu") -> DeviceMemory:
    capacity = draw(st.integers(GIB, 300 * GIB))
    return DeviceMemory(
        name="card",
        node=0,
        kind=kind,  # type: ignore[arg-type]
        capacity_bytes=capacity,
        usable_bytes=draw(st.integers(0, capacity)),
        routed_experts_bytes=draw(sizes),
        other_weights_bytes=draw(sizes),
        kv_cache_bytes=draw(sizes),
        compute_bytes=draw(sizes),
        output_bytes=draw(st.integers(0, GIB)),
        overhead=(NamedBytes("CUDA context", draw(sizes)),),
    )


def assessment_of(*found: DeviceMemory) -> Assessment:
    return Assessment("fits", ("Fits.",), None, found, 0, 0, None, tightest=0)


@given(st.lists(devices(), min_size=1, max_size=5))
def test_that_the_parts_of_every_column_add_up_to_used_as_printed(found) -> None:
    table = memory_table(assessment_of(*found))
    used = next(row for row in table.rows if row.field == "used_bytes")
    parts = [row for row in table.rows[: table.rows.index(used)]]
    for column in range(len(table.columns)):
        assert sum(row.cells[column] for row in parts) == used.cells[column]
    assert sum(row.total for row in parts) == used.total


@given(st.lists(devices(), min_size=1, max_size=5))
def test_that_every_row_adds_up_to_its_total_as_printed(found) -> None:
    for row in memory_table(assessment_of(*found)).rows:
        assert sum(row.cells) == row.total


@given(devices())
def test_that_no_part_is_off_by_a_hundredth_and_used_is_rounded_to_nearest(device) -> None:
    for row in memory_table(assessment_of(device)).rows:
        if row.field in ("free_bytes", "held_back_bytes"):
            continue
        exact = getattr(device, row.field) * 100 / GIB
        limit = 0.5 if row.field == "used_bytes" else 1
        assert abs(row.cells[0] - exact) <= limit


@given(devices())
def test_that_free_is_never_printed_larger_than_it_is(device) -> None:
    free = next(r for r in memory_table(assessment_of(device)).rows if r.field == "free_bytes")
    assert free.cells[0] <= device.free_bytes * 100 / GIB < free.cells[0] + 1


def test_that_what_is_short_is_rounded_up_and_agrees_with_the_negative_free() -> None:
    assert shown_short(-GIB // 4) == "0.25"
    assert shown_short(-(GIB + 1)) == "1.01"
    assert shown_amount(-101) == "−1.01"


def test_that_cards_are_numbered_through_all_nodes_and_hosts_only_when_several() -> None:
    def of(kind: str, node: int) -> DeviceMemory:
        return DeviceMemory("x", node, kind, GIB, GIB)  # type: ignore[arg-type]

    one = (of("gpu", 0), of("gpu", 0), of("host", 0))
    two = (of("gpu", 0), of("gpu", 1), of("host", 0), of("host", 1))
    assert device_labels(one) == ("GPU 1", "GPU 2", "Host")
    assert device_labels(two) == ("GPU 1", "GPU 2", "Host 1", "Host 2")


def test_that_the_copied_table_has_every_row_and_plain_numbers() -> None:
    device = DeviceMemory("x", 0, "gpu", 2000 * GIB, 2000 * GIB, routed_experts_bytes=1500 * GIB)
    table = memory_table(assessment_of(device))
    text = table_as_tsv(table, [""] * len(table.rows), ["a\tb"] * len(table.rows))
    lines = text.rstrip("\n").split("\n")
    assert len(lines) == len(table.rows) + 1
    assert {line.count("\t") for line in lines} == {4}
    assert "1500.00" in lines[1]


def test_that_what_is_free_in_the_host_is_not_added_to_what_is_free_on_a_card() -> None:
    card = DeviceMemory("GPU 1", 0, "gpu", GIB, GIB, kv_cache_bytes=1)
    host = DeviceMemory("Host memory", 0, "host", GIB, GIB, kv_cache_bytes=1)
    both = {row.field: row.total for row in memory_table(assessment_of(card, host)).rows}
    assert both["free_bytes"] is None
    assert both["used_bytes"] is not None
    alone = {row.field: row.total for row in memory_table(assessment_of(card)).rows}
    assert alone["free_bytes"] is not None


def test_that_an_untouched_host_has_no_column_unless_there_is_nothing_else() -> None:
    card = DeviceMemory("GPU 1", 0, "gpu", GIB, GIB, kv_cache_bytes=1)
    empty = DeviceMemory("Host memory", 0, "host", GIB, GIB)
    filled = DeviceMemory("Host memory", 0, "host", GIB, GIB, kv_cache_bytes=1)
    assert memory_table(assessment_of(card, empty)).columns == ("GPU 1",)
    assert memory_table(assessment_of(card, filled)).columns == ("GPU 1", "Host")
    assert memory_table(assessment_of(empty)).columns == ("Host",)


def test_that_an_amount_says_whether_it_was_edited_or_assumed() -> None:
    items = (
        NamedBytes("Driver reserve", GIB, edited=True),
        NamedBytes("Desktop (Linux)", GIB // 2, assumed=True),
        NamedBytes("Other processes", 0, edited=True),
        NamedBytes("CUDA context", GIB),
    )
    assert named_amounts(items) == (
        "driver reserve 1.00 (edited), desktop (Linux) 0.50 (assumed), CUDA context 1.00"
    )
