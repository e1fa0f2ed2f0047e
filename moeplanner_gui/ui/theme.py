"""The colours of the program: two frozen sets of tokens. Knows no Qt and no widgets.

Views take every colour from a :class:`Theme`; a hex value anywhere else is a mistake. The
contrast of each pair and the distance of the memory colours under the three common colour
vision deficiencies are computed by ``python -m tests.contrast``.
"""

from __future__ import annotations

from moeplanner_gui.core.records import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of colour tokens, each ``#RRGGBB``.

    The second block is the memory parts in their fixed order; ``*_ink`` is the text drawn
    inside a part. Part colours mean nothing else, so never borrow one for a decoration.
    """

    name: str
    dark: bool
    window: str
    panel: str
    sunken: str
    raised: str
    hover: str
    border: str
    grid: str
    strong: str
    text: str
    text2: str
    text3: str
    disabled: str
    accent: str
    on_accent: str
    accent_hover: str
    accent_pressed: str
    selection: str
    ok: str
    ok_bg: str
    warn: str
    warn_bg: str
    error: str
    error_bg: str
    own: str
    rent: str
    api: str
    experts: str
    experts_ink: str
    attention: str
    attention_ink: str
    kv: str
    kv_ink: str
    compute: str
    compute_ink: str
    overhead: str
    overhead_line: str
    free: str
    held_back: str
    held_back_line: str
    outline: str


LIGHT = Theme(
    name="light",
    dark=False,
    window="#F3F4F6",
    panel="#FFFFFF",
    sunken="#E9EBEF",
    raised="#FFFFFF",
    hover="#ECEEF2",
    border="#D7DAE0",
    grid="#E6E8EC",
    strong="#7C838E",
    text="#1A1D23",
    text2="#4E5560",
    text3="#626975",
    disabled="#9DA3AD",
    accent="#2554C7",
    on_accent="#FFFFFF",
    accent_hover="#1F48AD",
    accent_pressed="#193C92",
    selection="#E6ECFB",
    ok="#17703F",
    ok_bg="#E2F3E8",
    warn="#8A5300",
    warn_bg="#FDF0D5",
    error="#B3261E",
    error_bg="#FBE4E1",
    own="#2554C7",
    rent="#A84F00",
    api="#00796B",
    experts="#173F7A",
    experts_ink="#FFFFFF",
    attention="#26759A",
    attention_ink="#FFFFFF",
    kv="#E08C0A",
    kv_ink="#14161A",
    compute="#D6AAE3",
    compute_ink="#14161A",
    overhead="#DBDFE5",
    overhead_line="#9AA1AC",
    free="#FFFFFF",
    held_back="#F3F4F6",
    held_back_line="#D7DAE0",
    outline="#6F7682",
)

DARK = Theme(
    name="dark",
    dark=True,
    window="#15171B",
    panel="#1D2025",
    sunken="#111316",
    raised="#262A31",
    hover="#24282E",
    border="#33383F",
    grid="#2A2E35",
    strong="#727A86",
    text="#E9EBEF",
    text2="#B0B6C0",
    text3="#969DA9",
    disabled="#5F6670",
    accent="#8DB0FF",
    on_accent="#0E1526",
    accent_hover="#7FA4F5",
    accent_pressed="#6F96EA",
    selection="#22304F",
    ok="#5CC98A",
    ok_bg="#17301F",
    warn="#F0B44C",
    warn_bg="#362A12",
    error="#FF8A80",
    error_bg="#3D1F1D",
    own="#8DB0FF",
    rent="#F0A063",
    api="#4FC9B8",
    experts="#396CC1",
    experts_ink="#FFFFFF",
    attention="#45A6BD",
    attention_ink="#14161A",
    kv="#F0A63C",
    kv_ink="#14161A",
    compute="#EBD3F2",
    compute_ink="#14161A",
    overhead="#4A505A",
    overhead_line="#7B8390",
    free="#111316",
    held_back="#1D2025",
    held_back_line="#33383F",
    outline="#7B8390",
)
