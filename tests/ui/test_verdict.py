"""The verdict strip at every width: remarks give way first, then figures from the right."""

from __future__ import annotations

from math import floor

import pytest

from moeplanner_gui.core.plan import Economics, Node, Rig
from moeplanner_gui.export.markdown import plan_markdown
from moeplanner_gui.ui.charts.verdict_figures import hardware_figure, verdict_figures


@pytest.fixture
def strip(window):
    window.document.flush()
    return window.verdict


def keys(strip) -> list[str]:
    return [figure.key for figure in strip.figures]


def test_that_narrowing_drops_remarks_first_and_then_figures_from_the_right(strip) -> None:
    strip.setFixedWidth(3000)
    every = keys(strip)
    assert all(button.with_detail for button in strip._figures[: len(every)])
    seen = [every]
    for width in range(2900, 300, -50):
        strip.setFixedWidth(width)
        shown = keys(strip)
        assert shown == every[: len(shown)]
        if len(shown) < len(every):
            remarks = {b.figure.key for b in strip._figures if b.with_detail and b.isVisible()}
            assert remarks <= {"decode"}
            assert ("decode" in shown) == ("decode" in remarks)
        if shown != seen[-1]:
            seen.append(shown)
    assert len(seen) > 2


def test_that_the_range_of_a_speed_is_never_left_out(strip) -> None:
    strip.setFixedWidth(1280)
    (decode,) = [b for b in strip._figures if b.figure.key == "decode"]
    assert decode.with_detail and "–" in decode.figure.detail


def test_that_no_figure_is_cut_at_1280(strip) -> None:
    strip.resize(1280, strip.height())
    strip.layout().activate()
    for button in strip._figures:
        if not button.isHidden():
            assert button.width() >= button.sizeHint().width()


def test_that_only_a_missing_host_price_is_said_as_such(window) -> None:
    document = window.document
    document.flush()
    figures = verdict_figures(document.plan, document.assessment, document.catalog)
    hardware = next(figure for figure in figures if figure.key == "hardware")
    known = document.assessment.cost.known_hardware_usd
    assert hardware.value == f"${floor(known):,} + host"
    text = plan_markdown(document.plan, document.assessment, document.catalog)
    assert f"More than USD {floor(known):,}, no price for" in text
    name = document.catalog.host(document.plan.rig.nodes[0].host).name
    assert hardware.note == f"No price: {name}."


@pytest.mark.parametrize(
    ("cards", "lacks"),
    [(("h100-sxm",) * 8, "+ server"), (("gaudi3",), "+ host")],
)
def test_that_a_missing_server_is_not_said_to_be_the_cards(window, cards, lacks) -> None:
    document = window.document
    document.apply("x", document.plan.replace(rig=Rig(nodes=(Node(gpus=cards),))))
    document.flush()
    found = hardware_figure(document.plan, document.assessment, document.catalog)
    assert found is not None and found.value.endswith(lacks), found
    assert f"for {len(cards)} " in found.note


def test_that_an_entered_price_stands_alone(window) -> None:
    document = window.document
    plan = document.plan.replace(economics=Economics(hardware_usd=21_000))
    document.apply("Price", plan)
    document.flush()
    figures = verdict_figures(document.plan, document.assessment, document.catalog)
    assert next(figure.value for figure in figures if figure.key == "hardware") == "$21,000"


def test_that_what_nobody_checked_to_run_is_no_green_light(strip) -> None:
    strip.pill.set_verdict("fits", "", unchecked=True)
    assert strip.pill.accessibleName() == "Verdict: Fits in memory"
    assert strip.pill._look == "tight"
    strip.pill.set_verdict("does_not_fit", "", unchecked=True)
    assert strip.pill._look == "does_not_fit"
