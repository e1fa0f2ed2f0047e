"""Cost charts as data and as paint: how amounts are written, which axes, what is drawn where."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from moeplanner_gui.ui.charts.cost_chart import (
    CostBar,
    CostChart,
    CostLine,
    CostMark,
    Segment,
    Swing,
    TornadoChart,
    reach_axis,
    straight_usd_axis,
    tokens_text,
    tornado_axis,
    usd,
    usd_axis,
    usd_tick,
)
from moeplanner_gui.ui.charts.paint_cost import paint_cost_chart, place_of
from moeplanner_gui.ui.charts.paint_cost_bars import paint_bars, paint_tornado, shade
from moeplanner_gui.ui.fonts import font_small
from moeplanner_gui.ui.theme import DARK, LIGHT

OWN = CostLine("own", "Own", (10.0, 1000.0, 1000.0, 10_000.0), (400.0, 410.0, 800.0, 900.0))
API = CostLine("api", "API", (10.0, 10_000.0), (1.0, 1000.0), (0.8, 800.0), (1.2, 1200.0))


def chart(**changes: object) -> CostChart:
    lines = (OWN, API)
    given: dict[str, object] = {
        "key": "monthly",
        "title": "Monthly",
        "lines": lines,
        "marks": (CostMark(4100.0, 410.0, "Break-even 4.1 B", "2 – 6 B", "cost.x"),),
        "x": reach_axis(10.0, 10_000.0),
        "y": usd_axis(lines, [41.0]),
        "axis_title": "USD a month",
        "caption": "tokens a month",
        "plan_x": 410.0,
        "plan_text": "You: 410 M",
        "limit_x": 1000.0,
        "limit_text": ("Capacity 1 B", "then a second rig"),
    }
    return CostChart(**{**given, **changes})


def paint(what: CostChart, width: int, height: int, theme=LIGHT) -> tuple[QImage, object]:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.panel))
    painter = QPainter(image)
    painter.setFont(font_small())
    frame = paint_cost_chart(painter, QRectF(0, 0, width, height), what, theme)
    painter.end()
    return image, frame


@pytest.mark.parametrize(
    ("mtok", "text"),
    [
        (0, "0"), (0.5, "500 k"), (0.9999, "1 M"), (10, "10 M"), (999.9, "1 B"), (1100, "1.1 B"),
        (3741.7, "3.7 B"), (11_567, "12 B"), (2e6, "2 T"), (450, "450 M"),
    ],
)  # fmt: skip
def test_that_tokens_are_written_the_way_people_say_them(mtok, text) -> None:
    assert tokens_text(mtok) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(413.4, "$413"), (9.5, "$9.50"), (0.0, "$0.00"), (-12.3, "−$12"), (12_345.6, "$12,346")],
)
def test_that_amounts_have_cents_only_below_ten(value, text) -> None:
    assert usd(value) == text


def test_that_ticks_below_a_dollar_show_their_cents() -> None:
    assert [usd_tick(v) for v in (0.1, 1, 1000, -500)] == ["$0.10", "$1", "$1,000", "−$500"]


def test_that_a_line_is_read_between_its_points_and_after_a_step() -> None:
    assert OWN.value_at(505.0) == pytest.approx(405.0)
    assert OWN.value_at(1000.0) == 800.0
    assert OWN.value_at(1.0) == 400.0
    assert OWN.value_at(1e9) == 900.0
    assert API.value_at(1000.0, "high") == pytest.approx(120.0)


def test_that_the_axis_holds_every_band_and_what_must_be_seen() -> None:
    axis = usd_axis((OWN, API), [3.0])
    assert axis.high >= 1200.0
    assert axis.low <= 1.8
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks)


def test_that_a_linear_axis_starts_at_zero_unless_something_is_below_it() -> None:
    assert straight_usd_axis((OWN,)).low == 0.0
    assert straight_usd_axis((CostLine("own", "", (0.0, 1.0), (-50.0, 5.0)),)).low <= -50.0


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("size", [(240, 60), (620, 150), (900, 480), (2000, 700)])
def test_that_the_chart_is_drawn_at_every_size(qapp, size, theme) -> None:
    image, frame = paint(chart(marks=(), plan_x=None), *size, theme)
    assert frame.rect.height() > 10
    own = place_of(frame, 30.0, 400.0).toPoint()
    column = [image.pixelColor(own.x(), own.y() + dy).name() for dy in range(-3, 4)]
    assert any(abs(QColor(c).blue() - QColor(theme.own).blue()) < 60 for c in column)


def test_that_what_one_rig_cannot_do_is_hatched(qapp) -> None:
    image, frame = paint(chart(marks=(), plan_x=None), 900, 480)
    x = frame.point(5000.0, frame.y.high).x()
    beyond = {image.pixelColor(int(x) + dx, int(frame.rect.top()) + 12).name() for dx in range(24)}
    assert LIGHT.panel.lower() not in beyond


def test_that_a_mark_outside_the_axes_is_not_drawn(qapp) -> None:
    far = chart(marks=(CostMark(1e9, 410.0, "Break-even", "", ""),))
    assert paint(far, 900, 480)[0] == paint(chart(marks=()), 900, 480)[0]


def test_that_bars_share_one_scale(qapp) -> None:
    bars = (
        CostBar("own", "Own", 400.0, (Segment("amortisation 350", 350.0), Segment("", 50.0, 1))),
        CostBar("api", "API", 100.0, (Segment("100", 100.0),)),
    )
    image = QImage(400, 120, QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.panel))
    painter = QPainter(image)
    painter.setFont(font_small())
    own, api = paint_bars(painter, QRectF(0, 0, 400, 120), bars, LIGHT)
    painter.end()

    def length(place: QRectF) -> int:
        row = int(place.bottom()) - 14
        return sum(image.pixelColor(x, row).name() != LIGHT.panel.lower() for x in range(400))

    assert length(api) == pytest.approx(length(own) / 4, abs=6)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_that_the_parts_of_a_bill_differ_in_lightness(theme) -> None:
    lights = [shade("own", step, theme).lightness() for step in range(5)]
    assert all(abs(one - other) >= 12 for one, other in itertools.pairwise(lights))


def test_that_the_tornado_is_drawn_around_what_is_expected(qapp) -> None:
    swings = (Swing("Life", "60 months", "24 months", 300.0, 640.0),
              Swing("Price", "$15,000", "$28,000", 310.0, 520.0))  # fmt: skip
    axis = tornado_axis(413.0, swings)
    assert axis.low <= 300.0
    assert axis.high >= 640.0
    image = QImage(700, 200, QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.panel))
    painter = QPainter(image)
    painter.setFont(font_small())
    paint_tornado(painter, QRectF(0, 0, 700, 200), TornadoChart("", 413.0, swings, axis), LIGHT)
    painter.end()
    drawn = {image.pixelColor(x, y).name() for x in range(700) for y in range(0, 200, 3)}
    # Cheaper than expected is paler.
    assert {shade("own", 0, LIGHT).name(), shade("own", 3, LIGHT).name()} <= drawn
