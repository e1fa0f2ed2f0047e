"""The numbers that the palette promises: contrast, greyscale steps, colour-blind distance."""

from __future__ import annotations

import dataclasses
import itertools
import math

import pytest

from moeplanner_gui.ui.theme import DARK, LIGHT, Theme
from tests.contrast import DECORATION, EYES, PAIRS, SERIES, distance, failures, lab

PARTS = ("experts", "attention", "kv", "compute", "overhead")
BOTH = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)


@BOTH
def test_that_every_pair_keeps_its_contrast_for_every_eye(theme: Theme) -> None:
    assert failures(theme) == []


def test_that_a_pale_text_is_noticed() -> None:
    pale = dataclasses.replace(LIGHT, text3="#8A8F98", api="#2554C7")
    missed = "\n".join(failures(pale))
    assert "text3 on panel" in missed
    assert "own and api are 0.0 apart" in missed


def test_that_every_colour_is_in_the_table_or_a_decoration() -> None:
    named = {name for pair in PAIRS for name in (pair.ink, pair.ground)}
    named |= {name for names in SERIES.values() for name in names} | DECORATION
    tokens = set(Theme.__dataclass_fields__) - {"name", "dark"}
    assert tokens - named == set()


def test_that_the_distance_of_colours_is_the_published_one() -> None:
    # Sharma, Wu and Dalal 2005, table 1: pairs 1, 7, 17 and 25.
    for one, other, published in (
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ):
        assert distance(one, other) == pytest.approx(published, abs=1e-4)


@BOTH
def test_that_memory_parts_differ_in_grey(theme: Theme) -> None:
    lightness = [lab(getattr(theme, part))[0] for part in (*PARTS, "free")]
    for one, other in itertools.combinations(lightness, 2):
        assert abs(one - other) >= 9.6


@BOTH
@pytest.mark.parametrize("eye", list(EYES))
def test_that_memory_parts_differ_for_every_eye(theme: Theme, eye: str) -> None:
    colors = [lab(getattr(theme, part), eye) for part in PARTS]
    closest = min(math.dist(one, other) for one, other in itertools.combinations(colors, 2))
    assert closest >= 19.0


@BOTH
def test_that_every_token_is_a_six_digit_colour(theme: Theme) -> None:
    for name in Theme.__dataclass_fields__:
        if name not in ("name", "dark"):
            value = getattr(theme, name)
            assert len(value) == 7 and value[0] == "#" and int(value[1:], 16) >= 0, name
