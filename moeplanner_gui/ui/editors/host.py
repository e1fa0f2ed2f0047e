"""The editor of a host platform: processor, memory channels and PCIe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.hardware import HostSpec
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.editors.dialog import EditorDialog
from moeplanner_gui.ui.editors.form import Form
from moeplanner_gui.ui.editors.row_errors import sources_of, still_unverified, validated
from moeplanner_gui.ui.editors.values import FieldSpec
from moeplanner_gui.ui.facts_panel import Fact
from moeplanner_gui.ui.style import ThemeProvider

BYTES_PER_TRANSFER: Final = 8
"""A memory channel is 64 data bits wide (JEDEC DDR4, DDR5 and its two 32-bit subchannels)."""
_MEMORY: Final = ("DDR5", "DDR4", "MRDIMM", "LPDDR5X", "DDR3")
_GENERATIONS: Final = (5, 4, 3, 6)

SPECS: Final = (
    FieldSpec(
        "name",
        say("&Name"),
        say("What the host is called in every list"),
        group=say("Host"),
        required=True,
    ),
    FieldSpec(
        "sockets",
        say("&Sockets"),
        say("Processors on the board"),
        "int",
        required=True,
        low=1,
        high=16,
    ),
    FieldSpec(
        "memory",
        say("Memory &type"),
        say("The kind of memory modules"),
        "choice",
        group=say("Memory"),
        choices=tuple((kind, kind) for kind in _MEMORY),
    ),
    FieldSpec(
        "channels",
        say("&Channels"),
        say("Memory channels of all sockets together"),
        "int",
        required=True,
        low=1,
        high=128,
        hint=say("of all sockets together"),
    ),
    FieldSpec(
        "mt_s",
        say("S&peed"),
        say(
            "Transfers a second with all channels filled, as the board runs them, "
            "not as printed on the modules"
        ),
        "int",
        unit="MT/s",
        required=True,
        low=200,
        high=50_000,
    ),
    FieldSpec(
        "max_memory_gb",
        say("&Most memory"),
        say("The most memory the board takes"),
        "int",
        unit="GB",
        low=1,
        high=1_000_000,
    ),
    FieldSpec(
        "measured_gbs",
        say("Meas&ured"),
        say("What a benchmark read on it, like STREAM; empty when nobody measured"),
        "number",
        unit="GB/s",
        low=0.1,
        high=100_000,
        empty=say("not measured"),
    ),
    FieldSpec(
        "measured_source", say("Measured &by"), say("Where the measurement is from"), empty=""
    ),
    FieldSpec(
        "pcie_gen",
        say("PCIe &generation"),
        say("Generation of the slots"),
        "choice",
        group=say("Slots"),
        choices=tuple((f"{gen}.0", gen) for gen in _GENERATIONS),
    ),
    FieldSpec(
        "pcie_lanes",
        say("PCIe &lanes"),
        say("Lanes for slots, of all sockets together"),
        "int",
        low=1,
        high=1024,
    ),
    FieldSpec(
        "price_usd",
        say("P&rice"),
        say("Board and processor, in USD without tax"),
        "number",
        unit="USD",
        group=say("Price"),
        low=0.01,
        high=1e7,
        empty=say("no price"),
    ),
)
_PLAIN = tuple(spec.key for spec in SPECS if spec.key != "price_usd")


class HostEditor(EditorDialog):
    """Name, sockets, channels and speed are needed."""

    def __init__(
        self,
        themes: ThemeProvider,
        parent: QWidget | None = None,
        *,
        base: HostSpec | None = None,
        price_usd: float | None = None,
        is_new: bool = True,
    ) -> None:
        super().__init__(
            say("New host") if is_new else say("Edit {0}", base.name) if base else say("Edit host"),
            themes,
            parent,
            save_words=say("Save to My hardware") if is_new else say("Save"),
            use_words=say("Save and use it") if is_new else "",
            facts_title=say("Bandwidth of the host memory"),
        )
        self.setObjectName("host-editor")
        self._base = base
        self.form = Form(SPECS, themes, self)
        values: dict[str, Any] = {"sockets": 1, "price_usd": price_usd}
        if base is not None:
            values.update({key: getattr(base, key) for key in _PLAIN})
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

    def read(self) -> tuple[HostSpec | None, dict[str, str]]:
        values, errors = self.form.values()
        channels, sockets = values.get("channels"), values.get("sockets")
        if channels and sockets and channels < sockets:
            errors["channels"] = say("Fewer channels than sockets.")
        measured = values.get("measured_gbs")
        if measured and "channels" not in errors and values.get("mt_s"):
            peak = peak_gbs(channels or 0, values["mt_s"])
            if channels and measured > peak:
                errors["measured_gbs"] = say("More than the peak of {0:,.1f} GB/s.", peak)
        if errors:
            return None, errors
        return validated(HostSpec, host_content(values, self._base), self.form.editors)

    def facts_of(self, row: HostSpec) -> list[Fact]:
        facts = [
            Fact(say("Peak"), say("{0:,.1f} GB/s", row.peak_gbs), strong=True),
            Fact(
                "",
                say(
                    "{0} channels × {1} bytes × {2:,} MT/s ÷ 1,000 = {3:,.1f} GB/s",
                    row.channels,
                    BYTES_PER_TRANSFER,
                    row.mt_s,
                    row.peak_gbs,
                ),
            ),
        ]
        if row.measured_gbs is not None:
            share = row.measured_gbs / row.peak_gbs
            facts.append(Fact(say("Measured"), say("{0:,.1f} GB/s", row.measured_gbs)))
            facts.append(Fact(say("of the peak"), say("{0:.0%}", share)))
        if row.sockets > 1:
            each = row.peak_gbs / row.sockets
            facts.append(Fact("", say("One socket reads {0:,.1f} GB/s of its own memory.", each)))
        return facts


def peak_gbs(channels: int, mt_s: int) -> float:
    """Peak bandwidth in GB/s: channels × 8 bytes × transfers a second."""
    return channels * BYTES_PER_TRANSFER * mt_s / 1000


def host_content(values: dict[str, Any], base: HostSpec | None) -> dict[str, Any]:
    """What was typed in as the fields of a row."""
    content: dict[str, Any] = base.model_dump() if base is not None else {}
    content.update({key: values.get(key) for key in _PLAIN})
    if content["measured_gbs"] is None:
        content["measured_source"] = None
    else:
        content["measured_gbs"] = float(content["measured_gbs"])
    content["peak_gbs"] = peak_gbs(content["channels"], content["mt_s"])
    fields = [key for key in (*_PLAIN, "peak_gbs") if key not in ("name", "measured_source")]
    sources = sources_of(content, base, fields)
    content.update(
        id=base.id if base is not None else "host-being-edited",
        sources={**sources, "peak_gbs": say("channels × 8 bytes × MT/s")},
        source_date=date.today().isoformat(),
        unverified_fields=still_unverified(content, base),
        verified=False,
    )
    return content
