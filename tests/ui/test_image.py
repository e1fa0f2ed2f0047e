"""Pictures of widgets and charts."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.ui.charts.context_chart import context_chart
from moeplanner_gui.ui.export.image import (
    chart_image,
    png_bytes,
    write_chart_png,
    write_widget_png,
)
from moeplanner_gui.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture(scope="module")
def chart():
    catalog = load_catalog()
    rig = Rig(nodes=(Node(ram_gib=512, gpus=("rtxpro6000", "rtxpro6000")),))
    plan = Plan(model="deepseek-v4-flash", rig=rig)
    return context_chart(plan, evaluate(plan, catalog), catalog)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda t: t.name)
def test_that_a_chart_is_painted_on_its_panel_at_the_asked_scale(chart, theme) -> None:
    image = chart_image(chart, theme, size=QSize(400, 200), scale=3)
    assert (image.width(), image.height()) == (1200, 600)
    assert image.pixelColor(2, 2).name().upper() == theme.panel
    colors = {
        image.pixelColor(x, y).name().upper() for x in range(0, 1200, 3) for y in range(0, 600, 3)
    }
    assert theme.own in colors


def test_that_a_chart_file_can_be_read_again(chart, tmp_path: Path) -> None:
    path = tmp_path / "chart.png"
    write_chart_png(path, chart, LIGHT)
    assert not QImage(str(path)).isNull()


def test_that_a_widget_is_written_as_it_looks(qtbot, tmp_path: Path) -> None:
    label = QLabel("hello")
    qtbot.addWidget(label)
    label.resize(80, 20)
    path = tmp_path / "label.png"
    write_widget_png(path, label)
    assert QImage(str(path)).size() == label.grab().toImage().size()


def test_that_an_empty_picture_is_an_error() -> None:
    with pytest.raises(OSError, match="nothing to draw"):
        png_bytes(QImage())
