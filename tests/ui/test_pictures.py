"""Charts as pictures: every chart of a plan, as PNG and as SVG that any reader can show."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QContextMenuEvent, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core import edits
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import ApiById, Node, Plan, Rig
from moeplanner_gui.ui.charts.paint_memory import _hatch_lines
from moeplanner_gui.ui.curve_panel import CurvePanel
from moeplanner_gui.ui.export.pictures import (
    Heading,
    Picture,
    picture_image,
    picture_svg,
    size_of,
    write_picture,
)
from moeplanner_gui.ui.export.plan_pictures import heading_of, memory_picture, pictures_of
from moeplanner_gui.ui.picture_dialog import PictureDialog
from moeplanner_gui.ui.theme import DARK, LIGHT
from tests.hostile import HOSTILE

pytestmark = pytest.mark.usefixtures("qapp")

CATALOG = load_catalog()
SIZE = QSize(960, 540)
DAY = date(2026, 11, 23)
KEYS = ["memory", "context", "speed-context", "speed-prompt", "speed-users", "cost-month",
        "cost-paid", "cost-ranges"]  # fmt: skip
SVG = "{http://www.w3.org/2000/svg}"


def plan_of(name: str | None = None) -> Plan:
    node = Node(host="am5-5600", ram_gib=64, gpus=("rtx3090", "rtx3090"))
    plan = Plan(model="qwen3-30b-a3b", weights="q4_k_m", rig=Rig(nodes=(node,)), name=name)
    return edits.set_economics(
        plan, api=ApiById(provider="deepseek", model="deepseek-v4-pro"), hardware_usd=3000
    )


@pytest.fixture(scope="module")
def case():
    plan = plan_of("My rig")
    assessment = evaluate(plan, CATALOG)
    return pictures_of(plan, assessment, CATALOG), heading_of(plan, CATALOG, DAY)


def texts_of(svg: bytes) -> list[str]:
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter(f"{SVG}text")]


def test_that_every_chart_of_a_plan_is_there(case) -> None:
    pictures, _ = case
    assert [picture.key for picture in pictures] == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_that_a_picture_says_what_it_is_of_which_plan_and_day(case, key) -> None:
    pictures, heading = case
    picture = next(p for p in pictures if p.key == key)
    svg = picture_svg(picture, heading, LIGHT, SIZE)
    words = " ".join(texts_of(svg))
    for said in (picture.title, "My rig", "MoE Planner", "2026-11-23"):
        assert said in words
    # Nothing lies outside the drawing that an SVG would not cut off.
    renderer = QSvgRenderer(svg)
    assert renderer.isValid()
    real = size_of(picture, SIZE)
    assert renderer.viewBox().size() == real
    # A font that a reader lacks has others to fall back on.
    families = re.findall(rb'font-family="([^"]*)"', svg)
    assert families
    assert all(family.endswith(b"sans-serif") for family in families)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda t: t.name)
@pytest.mark.parametrize("key", KEYS)
def test_that_png_and_svg_show_the_same(case, key, theme) -> None:
    pictures, heading = case
    picture = next(p for p in pictures if p.key == key)
    image = picture_image(picture, heading, theme, SIZE, scale=1.0)
    drawn = QImage(image.size(), QImage.Format.Format_ARGB32_Premultiplied)
    drawn.fill(0)
    painter = QPainter(drawn)
    QSvgRenderer(picture_svg(picture, heading, theme, SIZE)).render(painter)
    painter.end()
    assert image.pixelColor(2, 2).name().upper() == theme.panel
    small = QSize(96, 54)
    one, two = (i.scaled(small).convertToFormat(QImage.Format.Format_Grayscale8) for i in
                (image, drawn))  # fmt: skip
    apart = [
        abs(one.pixelColor(x, y).value() - two.pixelColor(x, y).value())
        for x in range(96)
        for y in range(54)
    ]
    assert sum(apart) / len(apart) < 6


@pytest.mark.parametrize("rising", [True, False])
@pytest.mark.parametrize("size", [(300.0, 18.0), (4.0, 18.0), (18.0, 4.0), (0.5, 18.0)])
def test_that_hatching_stays_in_its_bar_where_nothing_is_clipped(size, rising) -> None:
    width, height = size
    lines = _hatch_lines(width, height, 5.0, rising)
    assert lines
    for line in lines:
        for x, y in ((line.x1(), line.y1()), (line.x2(), line.y2())):
            assert -0.01 <= x <= width + 0.01
            assert -0.01 <= y <= height + 0.01


def test_that_a_png_has_twice_the_pixels(case, tmp_path: Path) -> None:
    pictures, heading = case
    path = tmp_path / "chart.png"
    write_picture(path, pictures[1], heading, LIGHT, SIZE)
    assert QImage(str(path)).size() == SIZE * 2


def test_that_many_devices_do_not_make_an_image_that_is_too_large() -> None:
    node = Node(ram_gib=512, gpus=("rtx3090",) * 8)
    plan = Plan(model="qwen3-30b-a3b", weights="q4_k_m", rig=Rig(nodes=(node,) * 64))
    picture = memory_picture((("Large", evaluate(plan, CATALOG)),))
    assert picture is not None
    image = picture_image(picture, Heading("Large", ""), LIGHT, SIZE)
    assert 0 < max(image.width(), image.height()) <= 16_000


@pytest.mark.parametrize("name", list(HOSTILE))
def test_that_a_hostile_name_is_drawn_as_words_and_the_svg_stays_xml(name: str) -> None:
    text = HOSTILE[name]

    def paint(painter: QPainter, rect, _theme) -> None:
        painter.drawText(rect, text[:300])

    picture = Picture("x", text, paint, text)
    svg = picture_svg(picture, Heading(text, text), LIGHT, QSize(400, 200))
    root = ET.fromstring(svg)
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {
        "svg", "title", "desc", "defs", "g", "rect", "text", "path", "polyline", "linearGradient",
        "image", "circle",
    }  # fmt: skip
    assert not picture_image(picture, Heading(text, text), LIGHT, QSize(400, 200)).isNull()


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_that_a_target_that_cannot_be_written_keeps_the_old_file(
    case, tmp_path: Path, ending: str
) -> None:
    pictures, heading = case
    with pytest.raises(OSError):
        write_picture(tmp_path / "gone" / f"x{ending}", pictures[0], heading, LIGHT, SIZE)
    folder = tmp_path / f"folder{ending}"
    folder.mkdir()
    with pytest.raises(OSError):
        write_picture(folder, pictures[0], heading, LIGHT, SIZE)
    assert sorted(tmp_path.iterdir()) == [folder]


# --- in the window ---------------------------------------------------------------------------


def menu_at(widget) -> QMenu:
    place = widget.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, widget.mapToGlobal(place))
    QApplication.sendEvent(widget, event)
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMenu) and w.isVisible())


@pytest.fixture
def priced(window):
    document = window.document
    document.apply("Price", edits.set_economics(
        document.plan, hardware_usd=20_000,
        api=ApiById(provider="deepseek", model="deepseek-v4-pro")))  # fmt: skip
    document.flush()
    window.resize(1440, 900)
    window.activateWindow()
    return window


@pytest.mark.parametrize(
    ("tab", "find"),
    [
        ("memory", lambda view: view.bars),
        ("context", lambda view: view._chart_panel),
        ("speed", lambda view: view.context),
        ("cost", lambda view: view.monthly),
    ],
    ids=["memory", "context", "speed", "cost"],
)
def test_that_every_chart_has_a_menu_that_copies_it(priced, qtbot, tab, find) -> None:
    priced.tabs.show_tab(tab)
    view = priced.tabs.view(tab)
    for finish in ("finish", "_complete"):
        if hasattr(view, finish):
            getattr(view, finish)()
    if tab == "speed":
        view.show_page("context")
    widget = find(view)
    if isinstance(widget, CurvePanel):
        if widget.chart is None:
            qtbot.waitUntil(lambda: widget.chart is not None, timeout=5_000)
        widget.load_plot()
        widget = widget.plot.viewport()
    elif tab == "cost":
        widget = widget.plot
    qtbot.waitUntil(widget.isVisible)
    QApplication.clipboard().clear()
    menu = menu_at(widget)
    next(a for a in menu.actions() if a.text() == "Copy picture").trigger()
    menu.close()
    image = QApplication.clipboard().image()
    assert image.width() == 1920
    assert image.pixelColor(4, 4).name().upper() == LIGHT.panel


def test_that_comparison_and_finder_charts_are_among_the_pictures(priced) -> None:
    document = priced.document
    document.duplicate("Other")
    document.apply("Change", edits.add_gpu(document.plan, 0, 2, "rtxpro6000"))
    priced.compare.show()
    priced.compare.view.finish()
    titles = [picture.title for picture in priced.exports.pictures.pictures()]
    assert "Decode over context of the compared plans" in titles
    assert "Memory of the compared plans" in titles


def test_that_the_dialog_writes_what_it_shows(priced, qtbot, tmp_path, monkeypatch) -> None:
    priced.actions_registry.get("file.export_chart").trigger()
    dialog = priced.findChild(PictureDialog)
    titles = [dialog.chart.itemText(i) for i in range(dialog.chart.count())]
    assert titles[:2] == ["Memory of each device", "Memory of GPU 1 against context"]
    dialog.chart.setCurrentIndex(1)
    dialog.theme_choice.setCurrentIndex(1)
    target = tmp_path / "chart"
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(target), "SVG drawing (*.svg)")
    )
    dialog.save_button.click()
    svg = (tmp_path / "chart.svg").read_bytes()
    assert "Memory of GPU 1 against context" in texts_of(svg)
    assert DARK.panel.lower().encode() in svg.lower()
    assert priced.bars.bar("export") is not None


def test_that_a_failed_picture_is_told_and_leaves_nothing(priced, tmp_path) -> None:
    dialog = priced.exports.pictures.open()
    target = tmp_path / "folder.png"
    target.mkdir()
    dialog.write(target)
    assert not list(target.iterdir())
    assert sorted(tmp_path.glob("*.png")) == [target]
