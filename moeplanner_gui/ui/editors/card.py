"""The editor of a card: the user's own, or a copy of one of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.entries import Entries
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.plan import CustomCard, Node, Plan, Rig
from moeplanner_gui.core.units import GB, MIB, MemoryUnit, format_memory
from moeplanner_gui.core.usable import card_devices
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.editors.dialog import EditorDialog
from moeplanner_gui.ui.editors.form import Form
from moeplanner_gui.ui.editors.row_errors import sources_of, still_unverified, validated
from moeplanner_gui.ui.editors.values import FieldSpec
from moeplanner_gui.ui.facts_panel import Fact
from moeplanner_gui.ui.style import ThemeProvider

OWN_GROUP: Final = "My hardware"
_PROBE: Final = "card-being-edited"
_VENDORS: Final = ("NVIDIA", "AMD", "Apple", "Intel", "Tenstorrent", "Other")
_WIDTHS: Final = (
    ("Single-slot", say("Single-slot")),
    ("Dual-slot", say("Dual-slot")),
    ("Triple-slot", say("Triple-slot")),
    ("SXM Module", say("SXM Module")),
    ("OAM Module", say("OAM Module")),
)

SPECS: Final = (
    FieldSpec(
        "name",
        say("&Name"),
        say("What the card is called in every list"),
        group=say("Card"),
        required=True,
    ),
    FieldSpec(
        "vendor",
        say("&Vendor"),
        say("Who made the chip: decides what the driver keeps and which engines run"),
        "choice",
        choices=tuple((say("Other") if v == "Other" else v, v) for v in _VENDORS),
    ),
    FieldSpec(
        "compute_capability",
        say("Compute c&apability"),
        say(
            "CUDA compute capability of an NVIDIA card, like 8.6 or 12.0: decides which kernels run"
        ),
        hint=say("like 8.6; NVIDIA only"),
    ),
    FieldSpec(
        "arch",
        say("Ar&chitecture"),
        say("The chip's architecture, like Ampere or gfx1100"),
        hint=say("AMD: like gfx1100"),
    ),
    FieldSpec(
        "memory_gb",
        say("&Memory"),
        say("What the vendor prints on the box"),
        "number",
        unit="GB",
        group=say("Memory"),
        required=True,
        low=1,
        high=16384,
        hint=say("on the box"),
    ),
    FieldSpec(
        "memory_total_mib",
        say("Driver &shows"),
        say(
            "The total that nvidia-smi, rocm-smi or vulkaninfo prints, in MiB. "
            "Without it the label is counted as 10⁹ bytes a GB, which is on the "
            "safe side"
        ),
        "int",
        unit="MiB",
        low=256,
        high=2**24,
        empty=say("not seen yet"),
        hint=say("nvidia-smi, memory total"),
    ),
    FieldSpec(
        "reserved_mib",
        say("&Held back"),
        say(
            "Memory that never becomes usable, in MiB; it replaces the rule for what a driver keeps"
        ),
        "int",
        unit="MiB",
        low=0,
        high=2**24,
        empty=say("by rule"),
        hint=say("empty: as for other cards"),
    ),
    FieldSpec(
        "bandwidth_gbs",
        say("&Bandwidth"),
        say("Peak bandwidth of the card's memory, in GB/s"),
        "number",
        unit="GB/s",
        low=1,
        high=100_000,
    ),
    FieldSpec("memory_type", say("Memory &type"), say("Like GDDR6X or HBM3")),
    FieldSpec(
        "unified_memory",
        say("Shares the computer’s memory"),
        say("The card has no memory of its own (Apple, Strix Halo, DGX Spark)"),
        "flag",
    ),
    FieldSpec(
        "tdp_w",
        say("&Power limit"),
        say("The most it draws, in watts"),
        "number",
        unit="W",
        group=say("Power and size"),
        low=1,
        high=10_000,
    ),
    FieldSpec(
        "idle_low",
        say("&Idle"),
        say("What it draws with a model loaded and nothing to do, in watts"),
        "number",
        unit="W",
        low=0,
        high=10_000,
    ),
    FieldSpec(
        "slot_width",
        say("&Width"),
        say("How many slots it covers"),
        "choice",
        choices=((say("unknown"), None), *((words, width) for width, words in _WIDTHS)),
    ),
    FieldSpec(
        "length_mm",
        say("&Length"),
        say("Length of the card, in mm"),
        "number",
        unit="mm",
        low=1,
        high=2000,
    ),
    FieldSpec("bus", say("B&us"), say("How it is connected"), hint=say("like PCIe 5.0 x16")),
    FieldSpec(
        "has_display",
        say("Can drive a screen"),
        say("A desktop may then take memory from it"),
        "flag",
    ),
    FieldSpec(
        "fp16_dense_tflops",
        "FP1&6",
        say("Dense FP16 or BF16 rate of its matrix units"),
        "number",
        unit="TFLOPS",
        group=say("Rates, dense"),
        low=0.01,
        high=1e6,
    ),
    FieldSpec(
        "fp8_dense_tflops",
        "FP&8",
        say("Dense FP8 rate; leave it empty where there is none"),
        "number",
        unit="TFLOPS",
        low=0.01,
        high=1e6,
    ),
    FieldSpec(
        "fp4_dense_tflops",
        "FP&4",
        say("Dense FP4 rate; leave it empty where there is none"),
        "number",
        unit="TFLOPS",
        low=0.01,
        high=1e6,
    ),
    FieldSpec(
        "fp32_tflops",
        "FP&32",
        say("FP32 rate of its shaders: it bounds small quantised weights"),
        "number",
        unit="TFLOPS",
        low=0.01,
        high=1e6,
    ),
    FieldSpec(
        "price_usd",
        say("P&rice"),
        say("What one costs, in USD without tax"),
        "number",
        unit="USD",
        group=say("Price"),
        low=0.01,
        high=1e7,
        empty=say("no price"),
    ),
)
_PLAIN = frozenset(spec.key for spec in SPECS) - {"idle_low", "price_usd"}
_FLOATS = frozenset(spec.key for spec in SPECS if spec.kind == "number")


class CardEditor(EditorDialog):
    """Name and memory are needed; everything else may stay unknown.

    Args:
        base: The row to start from.
        price_usd: What it costs.
        catalog: The rows; only needed to show what is usable.
        is_new: The row is to be added, not changed.
    """

    def __init__(
        self,
        themes: ThemeProvider,
        catalog: Any,
        parent: QWidget | None = None,
        *,
        base: GpuSpec | None = None,
        price_usd: float | None = None,
        is_new: bool = True,
        unit: MemoryUnit = "GiB",
    ) -> None:
        super().__init__(
            say("New card") if is_new else say("Edit {0}", base.name) if base else say("Edit card"),
            themes,
            parent,
            save_words=say("Save to My hardware") if is_new else say("Save"),
            use_words=say("Save and add to rig") if is_new else "",
            facts_title=say("What an engine gets"),
        )
        self.setObjectName("card-editor")
        self._base, self._catalog, self._unit = base, catalog, unit
        self._is_new = is_new
        self.form = Form(SPECS, themes, self)
        values: dict[str, Any] = {"has_display": True, "vendor": "NVIDIA", "price_usd": price_usd}
        if base is not None:
            values.update({key: getattr(base, key) for key in _PLAIN})
            values["idle_low"] = base.idle_w[0] if base.idle_w else None
        self.form.fill(values)
        self.form.edited.connect(self.refresh)
        self.build(self.form)
        self.form.focus_on("name")

    @property
    def price_usd(self) -> float | None:
        """The price that was typed in."""
        price = self.form.values()[0].get("price_usd")
        return None if price is None else float(price)

    def forms(self) -> Sequence[Form]:
        return (self.form,)

    def read(self) -> tuple[GpuSpec | None, dict[str, str]]:
        values, errors = self.form.values()
        if errors:
            return None, errors
        content = card_content(values, self._base, is_copy=self._is_new)
        return validated(GpuSpec, content, self.form.editors)

    def facts_of(self, row: GpuSpec) -> list[Fact]:
        return card_facts(row, self._catalog, self._unit)


def card_content(
    values: dict[str, Any], base: GpuSpec | None, *, is_copy: bool = True
) -> dict[str, Any]:
    """What was typed in as the fields of a row; what the form does not ask comes from ``base``."""
    content: dict[str, Any] = base.model_dump() if base is not None else {}
    # The copy of a card is not found by the identity of the original; a detected card that is
    # completed is still that card.
    if is_copy:
        content.update(nvml_name=None, driver_names=(), pci_device_ids=())
    for key in _PLAIN:
        value = values.get(key)
        content[key] = float(value) if key in _FLOATS and value is not None else value
    idle = values.get("idle_low")
    kept = base.idle_w if base is not None else None
    if idle is None:
        content["idle_w"] = None
    elif kept is None or kept[0] != idle:
        content["idle_w"] = (float(idle), float(idle))
    fields = [*(key for key in _PLAIN if key not in ("name", "vendor", "has_display")), "idle_w"]
    content.update(
        id=base.id if base is not None else _PROBE,
        group=OWN_GROUP,
        sources=sources_of(content, base, fields) or {"memory_gb": "typed in"},
        source_date=date.today().isoformat(),
        unverified_fields=still_unverified(content, base),
        derived_fields=(),
        verified=False,
    )
    return content


def card_facts(row: GpuSpec, catalog: Any, unit: MemoryUnit) -> list[Fact]:
    """What the driver shows, what is kept by whom, and what is left, by the estimator's rules."""
    probe = row.model_copy(update={"id": _PROBE})
    seen = catalog.with_entries(Entries.model_construct(gpus=(probe,)))
    # The model is not looked at: only the devices are asked for.
    plan = Plan(model=_PROBE, rig=Rig(nodes=(Node(gpus=(_PROBE,)),)))
    device = card_devices(plan, seen)[0]

    def size(size_bytes: int) -> str:
        return str(format_memory(size_bytes, unit=unit, decimals=2))

    facts = [Fact(say("In the first slot of a computer"))]
    facts.append(Fact(say("The driver shows"), size(device.capacity_bytes)))
    if row.memory_total_mib is None:
        facts.append(
            Fact(
                "",
                say(
                    "{0:,g} GB counted as 10⁹ bytes each, until the driver’s figure is known.",
                    row.memory_gb,
                ),
            )
        )
    for part in device.held_back:
        name = say("{0} (assumed)", part.name) if getattr(part, "assumed", False) else part.name
        facts.append(Fact(f"– {name}", size(part.size_bytes)))
    facts.append(Fact(say("Usable"), size(device.usable_bytes), strong=True))
    if device.context_bytes:
        facts.append(Fact(say("of it the engine’s process"), size(device.context_bytes)))
    label = round(row.memory_gb * 2**30)
    if row.memory_bytes > label * 1.02:
        facts.append(Fact("", say("The driver’s figure is larger than the label: check both.")))
    elif row.memory_total_mib is not None and row.memory_bytes < 0.8 * row.memory_gb * GB:
        facts.append(Fact("", say("The driver’s figure is far below the label: check both.")))
    return facts


def from_custom(card: CustomCard) -> GpuSpec:
    """A card typed into a plan as a row of the user's own."""
    reserved = card.reserved_mib
    return GpuSpec(
        id=_PROBE,
        name=card.name,
        vendor="NVIDIA",
        group=OWN_GROUP,
        memory_gb=max(1.0, round(card.memory_mib * MIB / 2**30, 2)),
        memory_total_mib=card.memory_mib,
        reserved_mib=reserved,
        bandwidth_gbs=card.bandwidth_gbs,
        tdp_w=card.tdp_w,
        compute_capability=card.compute_capability,
        sources={"memory_total_mib": "typed in"},
        source_date=date.today().isoformat(),
        verified=False,
    )
