"""The form for a card that is in no catalogue. Knows what a card needs, nothing of the rig."""

from __future__ import annotations

from pydantic import ValidationError
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.plan import CustomCard, CustomSlot
from moeplanner_gui.ui.fonts import font_small


class CustomCardDialog(QDialog):
    """Name and memory are needed; the rest may stay unknown."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Custom card")
        self.setObjectName("custom-card")
        self.name = QLineEdit(name)
        self.name.setPlaceholderText("48 GB card")
        self.name.setMaxLength(200)
        self.memory = _spin(1, 16_000, " GiB", 24, "Memory the driver shows, in GiB", decimals=2)
        self.reserved = _spin(
            -1, 1_000, " GiB", -1, "Memory that never becomes usable", decimals=2, unknown="by rule"
        )
        self.bandwidth = _spin(0, 100_000, " GB/s", 0, "Memory bandwidth", unknown="unknown")
        self.watts = _spin(0, 10_000, " W", 0, "Power limit", unknown="unknown")
        self.price = _spin(0, 1_000_000, " USD", 0, "Price", unknown="no price")
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for label, field in (
            ("&Name", self.name),
            ("&Memory", self.memory),
            ("&Held back", self.reserved),
            ("&Bandwidth", self.bandwidth),
            ("&Power", self.watts),
            ("P&rice", self.price),
        ):
            field.setMinimumWidth(190)
            field.setAccessibleName(label.replace("&", ""))
            form.addRow(label, field)
        hint = QLabel("Held back “by rule”: what a driver keeps is taken off, as for other cards.")
        hint.setFont(font_small())
        hint.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.ok = self.buttons.addButton("Add card", QDialogButtonBox.ButtonRole.AcceptRole)
        self.ok.setProperty("primary", True)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(hint)
        column.addWidget(self.buttons)
        self.name.textChanged.connect(self._on_edited)
        self.memory.valueChanged.connect(self._on_edited)
        self.reserved.valueChanged.connect(self._on_edited)
        self._on_edited()

    def card(self) -> CustomSlot | None:
        """The card as typed in; None while it is not a card."""
        reserved = self.reserved.value()
        try:
            return CustomSlot(
                custom=CustomCard(
                    name=self.name.text().strip(),
                    memory_mib=round(self.memory.value() * 1024),
                    reserved_mib=None if reserved < 0 else round(reserved * 1024),
                    bandwidth_gbs=self.bandwidth.value() or None,
                    tdp_w=self.watts.value() or None,
                    price_usd=self.price.value() or None,
                )
            )
        except ValidationError:
            return None

    def _on_edited(self, _value: object = None) -> None:
        fine = self.card() is not None
        self.ok.setEnabled(fine)
        self.ok.setToolTip("" if fine else "A card needs a name and more memory than is held back.")


def _spin(
    low: float,
    high: float,
    suffix: str,
    value: float,
    tip: str,
    *,
    decimals: int = 0,
    unknown: str = "",
) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(low, high)
    box.setDecimals(decimals)
    box.setSuffix(suffix)
    box.setGroupSeparatorShown(True)
    if unknown:
        box.setSpecialValueText(unknown)
    box.setValue(value)
    box.setToolTip(tip)
    return box
