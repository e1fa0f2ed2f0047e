"""The memory bar: what is drawn where, on which pixel, in which colour."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPdfWriter

from moeplanner_gui.core.assessment import DeviceMemory, NamedBytes
from moeplanner_gui.core.units import GIB
from moeplanner_gui.ui.charts.paint_memory import (
    FILE_REST,
    LABEL_PADDING,
    MEMORY_PARTS,
    legend_layout,
    memory_scale,
    paint_legend,
    paint_memory_bar,
    part_bytes,
    part_keys,
)
from moeplanner_gui.ui.theme import DARK, LIGHT

BAR = QRectF(10, 10, 400, 28)


@pytest.fixture(autouse=True)
def _application(qapp):
    """Fonts need an application."""


def device(kv: float = 4.0, *, held: float = 9.6, experts: float = 68.5) -> DeviceMemory:
    capacity = int(95.6 * GIB)
    return DeviceMemory(
        name="RTX PRO 6000", node=0, kind="gpu", slot=0, capacity_bytes=capacity,
        usable_bytes=capacity - int(held * GIB), routed_experts_bytes=int(experts * GIB),
        other_weights_bytes=int(4.7 * GIB), kv_cache_bytes=int(kv * GIB),
        compute_bytes=int(1.5 * GIB), output_bytes=int(0.2 * GIB),
        overhead=(NamedBytes("context", int(2.8 * GIB)),),
        held_back=(NamedBytes("limit", int(held * GIB)),) if held else (),
    )  # fmt: skip


def paint(what, rect=BAR, *, ratio=1.0, theme=LIGHT, **options):
    image = QImage(round(440 * ratio), round(60 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor(theme.panel))
    painter = QPainter(image)
    font = QFont()
    font.setPixelSize(11)
    painter.setFont(font)
    segments = paint_memory_bar(painter, rect, what, theme, **options)
    painter.end()
    return image, segments


def test_that_parts_are_drawn_in_the_fixed_order_and_fill_the_bar():
    _, segments = paint(device())
    assert [s.key for s in segments] == [key for key, _ in MEMORY_PARTS if key != FILE_REST]
    assert segments[0].rect.left() == 10
    assert segments[-1].rect.right() == 410
    for before, after in pairwise(segments):
        assert after.rect.left() - before.rect.right() == pytest.approx(1.0)


def test_that_segments_tell_the_bytes_of_their_parts():
    what = device()
    _, segments = paint(what)
    assert {s.key: s.size_bytes for s in segments} == {
        key: size for key, size in part_bytes(what).items() if size
    }
    assert sum(s.size_bytes for s in segments) == what.capacity_bytes


def test_that_the_legend_names_the_rest_of_a_file_only_beside_a_disk():
    card = device()
    disk = card._replace(kind="disk", overhead=(), file_rest_bytes=2 * GIB)
    assert FILE_REST not in part_keys([card])
    assert FILE_REST in part_keys([card, disk])
    assert FILE_REST in {segment.key for segment in paint(disk)[1]}


def test_that_an_empty_part_has_no_segment():
    _, segments = paint(device(kv=0, held=0))
    assert {"kv", "held_back"}.isdisjoint(s.key for s in segments)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_that_every_edge_lies_on_a_device_pixel(ratio):
    _, segments = paint(device(), QRectF(10.3, 10.4, 371.7, 27.3), ratio=ratio)
    edges = [s.rect.left() for s in segments] + [segments[-1].rect.right(), segments[0].rect.top()]
    for edge in edges:
        assert edge * ratio == pytest.approx(round(edge * ratio), abs=1e-6)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_that_a_part_has_its_colour_and_a_gap_the_panels(theme):
    image, segments = paint(device(), theme=theme, labels=False)
    for segment, color in zip(segments[:4], ("experts", "attention", "kv", "compute"), strict=True):
        middle = segment.rect.center().toPoint()
        assert image.pixelColor(middle) == QColor(getattr(theme, color))
    gap = round(segments[0].rect.right())
    assert image.pixelColor(gap, 24) == QColor(theme.panel)


def test_that_overhead_and_held_back_are_hatched_and_free_is_not():
    image, segments = paint(device(kv=1), labels=False)

    def colors(key):
        rect = next(s.rect for s in segments if s.key == key).adjusted(3, 3, -3, -3).toRect()
        return {
            image.pixelColor(x, y).name()
            for x in range(rect.left(), rect.right())
            for y in range(rect.top(), rect.bottom())
        }

    assert len(colors("overhead")) > 1
    assert len(colors("held_back")) > 1
    assert colors("free") == {QColor(LIGHT.free).name()}


def test_that_the_hatching_of_overhead_and_held_back_runs_in_opposite_directions():
    image, segments = paint(device(kv=1), labels=False)

    def line_goes_down(key, ground):
        rect = next(s.rect for s in segments if s.key == key).adjusted(2, 3, -2, -3).toRect()
        hits = [
            (x, y)
            for x in range(rect.left(), rect.right() - 1)
            for y in range(rect.top() + 1, rect.bottom() - 1)
            if image.pixelColor(x, y) != QColor(ground)
        ]
        down = sum((x + 1, y + 1) in hits for x, y in hits)
        up = sum((x + 1, y - 1) in hits for x, y in hits)
        return down > up

    assert line_goes_down("overhead", LIGHT.overhead)
    assert not line_goes_down("held_back", LIGHT.held_back)


def test_that_the_usable_limit_is_marked_over_the_whole_height():
    image, segments = paint(device(), labels=False)
    x = next(round(s.rect.left()) for s in segments if s.key == "held_back") - 2
    column = [image.pixelColor(x, y) for y in range(12, 36)]
    assert set(c.name() for c in column) == {QColor(LIGHT.text).name()}


def test_that_a_device_without_a_limit_has_no_mark():
    image, _ = paint(device(held=0), labels=False)
    assert all(image.pixelColor(x, 24) != QColor(LIGHT.text) for x in range(12, 408))


def test_that_what_does_not_fit_is_one_segment_beyond_the_limit():
    what = device(kv=15.6)
    assert what.free_bytes < 0
    image, segments = paint(what, labels=False)
    over = next(s for s in segments if s.key == "over")
    assert over.size_bytes == -what.free_bytes
    scale = 400 / max(what.capacity_bytes, what.used_bytes)
    assert over.rect.left() == pytest.approx(10 + what.usable_bytes * scale, abs=1)
    assert over.rect.right() == pytest.approx(10 + what.used_bytes * scale, abs=2)
    assert "free" not in [s.key for s in segments]
    inside = over.rect.adjusted(3, 3, -3, -3).toRect()
    reds = [
        image.pixelColor(x, y)
        for x in range(inside.left(), inside.right())
        for y in range(inside.top(), inside.bottom())
    ]
    assert any(c.red() - c.blue() > 40 for c in reds)


def test_that_the_cache_gives_way_before_the_experts_and_buffers_stay_whole():
    _, fitting = paint(device(kv=4))
    _, over = paint(device(kv=15.6))
    width = {s.key: s.rect.width() for s in over}
    assert width["experts"] == pytest.approx(
        next(s.rect.width() for s in fitting if s.key == "experts"), abs=1
    )
    assert width["kv"] < 15.6 / 95.6 * 400 - 5
    assert width["overhead"] == pytest.approx(2.8 / 95.6 * 400, abs=2)


def test_that_use_far_beyond_the_card_stays_inside_the_bar():
    _, segments = paint(device(experts=700))
    assert max(s.rect.right() for s in segments) <= 410
    assert next(s for s in segments if s.key == "over").rect.width() > 300


def labelled(image, segment):
    """Pixels in a segment that are not its plain colour."""
    rect = segment.rect.adjusted(2, 3, -2, -3).toRect()
    plain = image.pixelColor(rect.topLeft())
    return any(
        image.pixelColor(x, y) != plain
        for x in range(rect.left(), rect.right())
        for y in range(rect.top(), rect.bottom())
    )


def test_that_a_label_is_drawn_only_where_it_fits_with_its_padding():
    font = QFont()
    font.setPixelSize(11)
    font.setWeight(QFont.Weight.DemiBold)
    needed = QFontMetricsF(font).horizontalAdvance("68.5") + 2 * LABEL_PADDING
    share = int(68.5 * GIB) / int(95.6 * GIB)
    wide, segments = paint(device(), QRectF(10, 10, needed / share + 4, 28))
    assert labelled(wide, segments[0])
    narrow, segments = paint(device(), QRectF(10, 10, needed / share - 4, 28))
    assert not labelled(narrow, segments[0])


def test_that_labels_can_be_left_out():
    image, segments = paint(device(), labels=False)
    assert not labelled(image, segments[0])


def test_that_bars_of_one_scale_are_as_long_as_their_devices():
    large, small = device(), DeviceMemory("RTX 5090", 0, "gpu", 32 * GIB, 31 * GIB)
    scale = memory_scale((large, small))
    _, segments = paint(small, scale_bytes=scale)
    assert segments[-1].rect.right() == pytest.approx(10 + 400 * 32 * GIB / scale, abs=1)


def test_that_an_empty_device_is_painted_as_free():
    _, segments = paint(DeviceMemory("none", 0, "host", 0, 0))
    assert segments == []


def test_that_the_legend_wraps_and_answers_its_height():
    image = QImage(300, 200, QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.panel))
    painter = QPainter(image)
    keys = [key for key, _ in MEMORY_PARTS]
    height = paint_legend(painter, QRectF(0, 0, 300, 200), LIGHT, keys)
    metrics = QFontMetricsF(painter.font())
    painter.end()
    places, expected = legend_layout(metrics, 300, keys)
    assert height == expected
    assert len({p.y() for p in places}) > 1
    assert image.pixelColor(6, 12) == QColor(LIGHT.experts)


def test_that_the_bar_in_a_pdf_holds_vectors_and_no_picture():
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(1200)
    painter = QPainter(writer)
    painter.scale(12, 12)
    paint_memory_bar(painter, QRectF(0, 0, 400, 28), device(kv=15.6), LIGHT)
    painter.end()
    pdf = bytes(buffer.data().data())
    assert pdf.startswith(b"%PDF")
    assert b"/Subtype /Image" not in pdf
