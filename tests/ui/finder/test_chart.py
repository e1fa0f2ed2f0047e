"""The chart: what counts as best, what is beyond a limit, names that never cover each other."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from moeplanner_gui.export import speed_words
from moeplanner_gui.ui.charts.finder_chart import (
    FIGURES,
    rig_chart,
    speed_text,
    tick_text,
    value_text,
)
from moeplanner_gui.ui.charts.paint_finder import CHOSEN, paint_rig_chart
from moeplanner_gui.ui.finder.words import foot_words
from moeplanner_gui.ui.theme import DARK, LIGHT
from tests.ui.finder.found import BEATEN, CHEAP, DEAR, FAST, SLOW, WISHES, rig

INSIDE, OUTSIDE = (FAST, BEATEN, CHEAP), (DEAR, SLOW)


def painted(chart, row, size=(640, 420), theme=LIGHT) -> QImage:
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(theme.panel)
    painter = QPainter(image)
    paint_rig_chart(painter, QRectF(0, 0, *size), chart, chart.point_of(row), theme)
    painter.end()
    return image


def drawn(chart, row, size=(640, 420), theme=LIGHT):
    image = QImage(*size, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    answer = paint_rig_chart(painter, QRectF(0, 0, *size), chart, chart.point_of(row), theme)
    painter.end()
    return answer


def test_that_a_diamond_is_what_nothing_cheaper_is_faster_than() -> None:
    chart = rig_chart(INSIDE, OUTSIDE, WISHES)
    assert [point.rig.title for point in chart.points if not point.best] == [BEATEN.title]
    assert chart.best_words == "nothing cheaper is faster"


def test_that_the_front_goes_in_steps_that_promise_nothing_between_two_rigs() -> None:
    chart = rig_chart(INSIDE, OUTSIDE, WISHES)
    assert chart.steps[:3] == ((4_000.0, 9.0), (11_600.0, 9.0), (11_600.0, 27.0))


@pytest.mark.parametrize("across", FIGURES)
@pytest.mark.parametrize("up", FIGURES)
def test_that_every_pair_of_axes_has_a_front_that_no_rig_is_better_than(across, up) -> None:
    if across == up:
        return
    chart = rig_chart(INSIDE, OUTSIDE, WISHES, across, up)
    lower = {"price", "power"}
    sign = (1 if across in lower else -1, 1 if up in lower else -1)
    for point in chart.points:
        beaten = any(
            (o.x - point.x) * sign[0] <= 0
            and (o.y - point.y) * sign[1] <= 0
            and (o.x, o.y) != (point.x, point.y)
            for o in chart.points
        )
        assert point.best == (not beaten)


MINE = rig("2 × RTX PRO 6000, as it is", 0.0, 68.0, watts=1_230.0)
USELESS = rig("2 × RTX PRO 6000 + 1 × Arc Pro B50", 400.0, 24.0, watts=651.0)


def test_that_no_upgrade_is_called_best_that_what_one_has_beats_for_nothing(qapp) -> None:
    chart = rig_chart((MINE, USELESS, FAST), (), WISHES)
    assert {p.rig.title: p.best for p in chart.points} == {
        MINE.title: True, USELESS.title: False, FAST.title: True
    }  # fmt: skip
    answer = drawn(chart, 0)
    place = next(at for point, at in answer.places if point.rig is MINE)
    assert place.x() == answer.frame.rect.left()
    edge = painted(chart, 0).pixelColor(round(place.x() - CHOSEN), round(place.y()))
    assert edge.blue() - edge.red() > 60, "the ring of the chosen rig is cut off at the axis"
    assert answer.frame.rect.contains(place)
    assert tick_text("price", chart.x, chart.x.ticks[0], free=chart.has_free) == "$0"
    assert value_text("price", chart.points[0].x) == "$0"
    assert foot_words(MINE).startswith(f"{MINE.title}: nothing to buy\n")


@pytest.mark.parametrize("across", ["speed", "power", "context"])
def test_that_a_rig_that_costs_nothing_can_stand_on_an_axis_up(qapp, across) -> None:
    chart = rig_chart((MINE, FAST), (), WISHES, across, "price")
    answer = drawn(chart, 0)
    place = next(at for point, at in answer.places if point.rig is MINE)
    assert place.y() == answer.frame.rect.bottom()
    only = rig_chart((MINE,), (), WISHES, across, "price")
    assert drawn(only, 0).places


def test_that_a_rig_without_a_figure_is_not_drawn_at_nought() -> None:
    chart = rig_chart((rig("No speed", 5_000.0, None), FAST), (), WISHES)
    assert [point.rig.title for point in chart.points] == [FAST.title]


def test_that_what_is_far_beyond_the_budget_is_counted_instead_of_drawn() -> None:
    chart = rig_chart(INSIDE, (DEAR, rig("Rack", 900_000.0, 300.0)), WISHES)
    assert chart.left_out == 1 and chart.x.high < 900_000


def test_that_a_rig_beyond_a_limit_that_no_axis_shows_is_counted_and_beats_nothing() -> None:
    chart = rig_chart(INSIDE, OUTSIDE, WISHES, "power", "context")
    assert {point.rig.title for point in chart.points} == {one.title for one in INSIDE}
    assert chart.left_out == 2
    assert chart.best_words == "nothing that draws less has more context"


def test_that_a_price_is_never_rounded_down() -> None:
    assert value_text("price", 21_000.4) == "$21,001"
    assert value_text("price", 21_000.000_000_01) == "$21,000"


def test_that_a_speed_is_written_as_beside_the_verdict() -> None:
    assert speed_text(24.99) == speed_words.figure(24.99) == "25"
    assert speed_text(0.62) == "0.62"


@pytest.mark.parametrize("size", [(360, 240), (640, 420), (1300, 900)])
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_that_no_name_covers_another_or_leaves_the_chart(qapp, size, theme) -> None:
    many = tuple(
        rig(f"{number} × RTX PRO 6000 Max-Q", 3_000.0 + 900 * number, 20.0 + 2 * number)
        for number in range(1, 25)
    )
    chart = rig_chart(many, OUTSIDE, WISHES)
    answer = drawn(chart, 12, size, theme)
    assert any(words == many[12].title for words, _ in answer.labels) or size[0] < 400
    for (_, one), (_, other) in combinations(answer.labels, 2):
        assert not one.intersects(other)
    for _, box in answer.labels:
        assert QRectF(0, 0, *size).contains(box)


@pytest.mark.parametrize("size", [(420, 260), (600, 400), (1100, 560)])
def test_that_neither_the_front_nor_the_band_strikes_words_through(qapp, size) -> None:
    seeded = random.Random(7)
    for _ in range(40):
        low = seeded.choice((3_000, 8_000, 40_000))
        rigs = tuple(
            rig(f"{n} × RTX PRO {seeded.randint(1, 9)}000", low * seeded.uniform(1, 12),
                seeded.uniform(8, 90))
            for n in range(1, seeded.randint(3, 14))
        )  # fmt: skip
        wishes = replace(WISHES, budget_usd=seeded.choice((None, low * 9.0)), decode_tokens_per_s=8)
        chart = rig_chart(rigs, (), wishes)
        answer = drawn(chart, seeded.randrange(len(rigs)), size)
        for words, box in answer.labels:
            struck = any(box.intersects(line) for line in answer.lines)
            assert not struck or box in answer.covered, words


def test_that_the_grid_is_faint_behind_a_name(qapp) -> None:
    """A grid line at 40 tok/s goes through a name that stands above its rig."""
    at_tick = rig("8 × RTX PRO 6000", 90_000.0, 38.3)
    chart = rig_chart((CHEAP, at_tick), (), replace(WISHES, budget_usd=None))
    answer, image = drawn(chart, None), painted(chart, None)
    box = next(box for words, box in answer.labels if words == at_tick.title)
    y = round(answer.frame.point(90_000.0, 40.0).y())
    assert 40.0 in chart.y.ticks and box.top() < y < box.bottom()
    column = round(box.left()) - 1  # on the ground, before the first letter
    assert image.pixelColor(column, y).lightness() > QColor(LIGHT.grid).lightness()


def test_that_the_front_is_kept_clear_to_the_edge_of_the_chart(qapp) -> None:
    answer = drawn(rig_chart(INSIDE, (), WISHES), 0)
    assert max(line.right() for line in answer.lines) >= answer.frame.rect.right()


def test_that_an_empty_chart_can_be_painted(qapp) -> None:
    for wishes in (WISHES, replace(WISHES, budget_usd=None, decode_tokens_per_s=0.0)):
        assert drawn(rig_chart((), (), wishes), None).places == []
