"""The contrast table of both themes, for four kinds of eyes: ``python -m tests.contrast``.

Contrast is WCAG 2.2's (relative luminance, 1.4.3 and 1.4.11): 4.5 for text, 3 for large text,
for the borders of controls and for what shows the focus. Colour vision deficiencies are
simulated with the matrices of G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, "A
Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE Transactions on
Visualization and Computer Graphics 15 (2009), severity 1.0, applied to linear RGB. Distances of
colours are CIEDE2000 (G. Sharma, W. Wu, E. N. Dalal, 2005).
"""

from __future__ import annotations

import itertools
import math
import sys
from dataclasses import dataclass

from moeplanner_gui.ui.theme import DARK, LIGHT, Theme

EYES: dict[str, tuple[tuple[float, float, float], ...]] = {
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
TEXT, GRAPHIC = 4.5, 3.0


@dataclass(frozen=True)
class Pair:
    """What is drawn on what, and how much contrast it needs; ``use`` says where."""

    ink: str
    ground: str
    need: float
    use: str


def _pairs() -> tuple[Pair, ...]:
    text: dict[str, tuple[str, str]] = {
        "text": ("panel window raised hover sunken selection warn_bg error_bg ok_bg", "values"),
        "text2": ("panel window raised hover sunken selection warn_bg error_bg", "explanations"),
        "text3": ("panel window raised hover sunken selection", "labels, placeholders"),
        "accent": ("panel window raised hover selection warn_bg", "links, the tab with focus"),
        "on_accent": ("accent accent_hover accent_pressed", "primary button"),
        "ok": ("ok_bg panel window hover selection", "fits"),
        "warn": ("warn_bg panel window hover selection", "check"),
        "error": ("error_bg panel window hover selection", "does not fit"),
        "own": ("panel", "label at a line"),
        "rent": ("panel", "label at a line"),
        "api": ("panel", "label at a line"),
        "experts_ink": ("experts", "inside a memory part"),
        "attention_ink": ("attention", "inside a memory part"),
        "kv_ink": ("kv", "inside a memory part"),
        "compute_ink": ("compute", "inside a memory part"),
    }
    graphics: dict[str, tuple[str, str]] = {
        "strong": ("panel window raised", "borders of controls, axes, scroll bars"),
        "accent": ("panel window raised hover sunken selection", "focus, selection mark"),
        "on_accent": ("accent", "tick in a box"),
        "error": ("panel", "border of a wrong input"),
        "outline": ("panel window", "outline of a bar"),
        "text2": ("panel window hover selection", "icons, limit lines"),
        "own": ("panel", "line of a chart"),
        "rent": ("panel", "line of a chart"),
        "api": ("panel", "line of a chart"),
    }
    return tuple(
        Pair(ink, ground, need, use)
        for need, kinds in ((TEXT, text), (GRAPHIC, graphics))
        for ink, (grounds, use) in kinds.items()
        for ground in grounds.split()
    )


PAIRS = _pairs()
SERIES: dict[str, tuple[str, ...]] = {
    "memory parts (outlined, labelled, overhead hatched)": (
        "experts",
        "attention",
        "kv",
        "compute",
        "overhead",
    ),
    "lines of a chart (solid and dashed, labelled)": ("own", "rent", "api", "text"),
}
DISTANCE = 10.0
"""Least CIEDE2000 between two series under every eye. 1 is just seen side by side; 10 is seen at
a glance, and each series also differs in dashes or hatching and has its name beside it."""
DECORATION = frozenset(
    ["border", "grid", "held_back", "held_back_line", "overhead_line", "free", "disabled"]
)
"""No information hangs on these alone: hairlines, hatching inside an outline, and what is
disabled, which WCAG leaves out."""


def linear(color: str) -> tuple[float, float, float]:
    """The linear channels of ``#RRGGBB``."""
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))

    def channel(c: float) -> float:
        return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4

    return channel(red), channel(green), channel(blue)


def seen(color: str, eye: str) -> tuple[float, float, float]:
    """The linear channels that an eye makes of a colour, inside the gamut."""
    rgb = linear(color)
    red, green, blue = (
        min(max(sum(m * c for m, c in zip(row, rgb, strict=True)), 0.0), 1.0) for row in EYES[eye]
    )
    return red, green, blue


def contrast(one: str, other: str, eye: str = "normal") -> float:
    """WCAG's contrast ratio of two colours as an eye sees them."""

    def luminance(color: str) -> float:
        red, green, blue = seen(color, eye)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(color: str, eye: str = "normal") -> tuple[float, float, float]:
    """CIELAB (D65) of a colour as an eye sees it."""
    red, green, blue = seen(color, eye)
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883

    def curve(value: float) -> float:
        return float(value ** (1 / 3)) if value > 0.008856 else 7.787 * value + 16 / 116

    fx, fy, fz = curve(x), curve(y), curve(z)
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def distance(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """CIEDE2000 of two CIELAB colours; the paper's equations 2 to 22."""
    l1, a1, b1 = one
    l2, a2, b2 = other
    mean7 = ((math.hypot(a1, b1) + math.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - math.sqrt(mean7 / (mean7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1 = math.degrees(math.atan2(b1, a1)) % 360 if c1 else 0.0
    h2 = math.degrees(math.atan2(b2, a2)) % 360 if c2 else 0.0
    turn = h2 - h1
    if c1 * c2 == 0:
        turn = 0.0
    elif turn > 180:
        turn -= 360
    elif turn < -180:
        turn += 360
    dh = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    l_mean, c_mean = (l1 + l2) / 2, (c1 + c2) / 2
    if c1 * c2 == 0:
        h_mean = h1 + h2
    elif abs(h1 - h2) <= 180:
        h_mean = (h1 + h2) / 2
    else:
        h_mean = (h1 + h2 + (360 if h1 + h2 < 360 else -360)) / 2
    t = (
        1
        - 0.17 * math.cos(math.radians(h_mean - 30))
        + 0.24 * math.cos(math.radians(2 * h_mean))
        + 0.32 * math.cos(math.radians(3 * h_mean + 6))
        - 0.20 * math.cos(math.radians(4 * h_mean - 63))
    )
    off = (l_mean - 50) ** 2
    sl = 1 + 0.015 * off / math.sqrt(20 + off)
    sc, sh = 1 + 0.045 * c_mean, 1 + 0.015 * c_mean * t
    c7 = c_mean**7
    swing = math.radians(60 * math.exp(-(((h_mean - 275) / 25) ** 2)))
    rt = -2 * math.sqrt(c7 / (c7 + 25.0**7)) * math.sin(swing)
    lightness, chroma, hue = (l2 - l1) / sl, (c2 - c1) / sc, dh / sh
    return math.sqrt(lightness**2 + chroma**2 + hue**2 + rt * chroma * hue)


def closest(theme: Theme, names: tuple[str, ...], eye: str) -> tuple[float, str, str]:
    """The two series that an eye tells apart least, with their distance."""
    return min(
        (distance(lab(getattr(theme, a), eye), lab(getattr(theme, b), eye)), a, b)
        for a, b in itertools.combinations(names, 2)
    )


def failures(theme: Theme) -> list[str]:
    """What a theme does not keep, one line each."""
    missed = []
    for pair in PAIRS:
        for eye in EYES:
            ratio = contrast(getattr(theme, pair.ink), getattr(theme, pair.ground), eye)
            if ratio < pair.need:
                missed.append(
                    f"{theme.name}: {pair.ink} on {pair.ground} is {ratio:.2f} for {eye}, "
                    f"{pair.need} needed ({pair.use})"
                )
    for names in SERIES.values():
        for eye in EYES:
            least, one, other = closest(theme, names, eye)
            if least < DISTANCE:
                missed.append(f"{theme.name}: {one} and {other} are {least:.1f} apart for {eye}")
    return missed


def table(theme: Theme) -> list[str]:
    """The lines of one theme's table."""
    lines = [f"{theme.name}", f"  {'pair':34}{'need':>5}" + "".join(f"{e:>8}" for e in EYES)]
    for pair in PAIRS:
        ratios = [contrast(getattr(theme, pair.ink), getattr(theme, pair.ground), e) for e in EYES]
        mark = "" if min(ratios) >= pair.need else "  FAILS"
        figures = "".join(f"{math.floor(ratio * 100) / 100:8.2f}" for ratio in ratios)
        name = f"{pair.ink} on {pair.ground}"
        lines.append(f"  {name:34}{pair.need:5.1f}{figures}{mark}  {pair.use}")
    for title, names in SERIES.items():
        lines.append(f"  {title}: least CIEDE2000, {DISTANCE:.0f} needed")
        for eye in EYES:
            least, one, other = closest(theme, names, eye)
            mark = "" if least >= DISTANCE else "  FAILS"
            lines.append(f"    {eye:10}{least:6.1f}  {one} and {other}{mark}")
    return lines


def main() -> int:
    """Print both tables; 1 when a pair fails."""
    for theme in (LIGHT, DARK):
        print("\n".join(table(theme)), end="\n\n")
    missed = failures(LIGHT) + failures(DARK)
    count = 2 * len(EYES) * len(PAIRS)
    print(f"{count} ratios, {len(missed)} below what is needed")
    print("\n".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
