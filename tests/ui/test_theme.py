"""The numbers that the palette promises: contrast, greyscale steps, colour-blind distance."""

from __future__ import annotations

import itertools
import math

import pytest

from moeplanner_gui.ui.theme import DARK, LIGHT, Theme

# Machado, Oliveira and Fernandes 2009, severity 1.0, applied to linear RGB.
_SIMULATION = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
PARTS = ("experts", "attention", "kv", "compute", "overhead")
BOTH = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)


def linear(color: str) -> tuple[float, ...]:
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)


def luminance(color: str) -> float:
    red, green, blue = linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(rgb: tuple[float, ...]) -> tuple[float, float, float]:
    red, green, blue = (min(max(c, 0.0), 1.0) for c in rgb)
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883

    def curve(value: float) -> float:
        return value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116

    fx, fy, fz = curve(x), curve(y), curve(z)
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def seen(color: str, eye: str) -> tuple[float, float, float]:
    rgb = linear(color)
    return lab(tuple(sum(m * c for m, c in zip(row, rgb, strict=True)) for row in _SIMULATION[eye]))


@BOTH
@pytest.mark.parametrize(
    ("ink", "grounds"),
    [
        ("text", ("panel", "window", "selection", "raised", "hover", "sunken")),
        ("text2", ("panel", "window", "selection", "raised")),
        ("text3", ("panel", "window", "sunken", "selection")),
        ("accent", ("panel", "window", "selection", "warn_bg")),
        ("on_accent", ("accent", "accent_hover", "accent_pressed")),
        ("ok", ("ok_bg", "panel")),
        ("warn", ("warn_bg", "panel")),
        ("error", ("error_bg", "panel")),
        ("experts_ink", ("experts",)),
        ("attention_ink", ("attention",)),
        ("kv_ink", ("kv",)),
        ("compute_ink", ("compute",)),
    ],
)
def test_that_text_has_at_least_4_5_to_1_on_its_ground(
    theme: Theme, ink: str, grounds: tuple[str, ...]
) -> None:
    for ground in grounds:
        assert contrast(getattr(theme, ink), getattr(theme, ground)) >= 4.5, ground


@BOTH
def test_that_borders_of_controls_and_bars_have_3_to_1(theme: Theme) -> None:
    for line, ground in (("strong", "window"), ("strong", "panel"), ("outline", "panel")):
        assert contrast(getattr(theme, line), getattr(theme, ground)) >= 3.0, (line, ground)


@BOTH
def test_that_cost_series_are_readable_on_a_chart(theme: Theme) -> None:
    for series in ("own", "rent", "api"):
        assert contrast(getattr(theme, series), theme.panel) >= 4.5


@BOTH
def test_that_memory_parts_differ_in_grey(theme: Theme) -> None:
    lightness = [seen(getattr(theme, part), "normal")[0] for part in (*PARTS, "free")]
    for one, other in itertools.combinations(lightness, 2):
        assert abs(one - other) >= 9.6


@BOTH
@pytest.mark.parametrize("eye", list(_SIMULATION))
def test_that_memory_parts_differ_for_every_eye(theme: Theme, eye: str) -> None:
    colors = [seen(getattr(theme, part), eye) for part in PARTS]
    closest = min(math.dist(one, other) for one, other in itertools.combinations(colors, 2))
    assert closest >= 19.0


@BOTH
def test_that_every_token_is_a_six_digit_colour(theme: Theme) -> None:
    for name in Theme.__dataclass_fields__:
        if name not in ("name", "dark"):
            value = getattr(theme, name)
            assert len(value) == 7 and value[0] == "#" and int(value[1:], 16) >= 0, name
