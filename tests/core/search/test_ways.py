"""With several models each is said to be run in its own way."""

from __future__ import annotations

from dataclasses import replace

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.search.words import ways_of

CATALOG = load_catalog()
NAMES = ("gpt-oss-20b", "gpt-oss-120b")
PLANS = tuple(
    Plan(model=name, rig=Rig(nodes=(Node(ram_gib=64, gpus=("rtx5090",)),))) for name in NAMES
)
WISHES = Wishes(models=NAMES, weights=("native",))


def test_that_each_model_is_named_with_its_own_way() -> None:
    ways = ways_of(PLANS, WISHES, CATALOG)
    for name, way in zip(NAMES, ways, strict=True):
        assert way.startswith(f"{CATALOG.model(name).name}: ")
        assert "KV cache" in way and "weights" not in way


def test_that_open_weights_are_said_for_each() -> None:
    ways = ways_of(PLANS, replace(WISHES, weights=None), CATALOG)
    assert all("native weights" in way for way in ways)


def test_that_one_model_has_no_line_of_its_own() -> None:
    assert ways_of(PLANS[:1], replace(WISHES, models=NAMES[:1]), CATALOG) == ()
