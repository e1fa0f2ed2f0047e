"""The status bar: what is saved, what the figures rest on, the unit, the checks."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QStatusBar, QWidget

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.checks.listed import counts
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.plan_titles import empty_plan
from moeplanner_gui.ui.small_buttons import FrameButton
from moeplanner_gui.ui.style import ThemeProvider, font_small
from moeplanner_gui.ui.text_size import fit


class PlanStatusBar(QStatusBar):
    """Shown at the bottom; transient messages take the left side only.

    Signals:
        checks_requested(): The count of checks was pressed.
        catalogue_requested(): The date of the catalogue was pressed.
    """

    checks_requested = Signal()
    catalogue_requested = Signal()

    def __init__(
        self,
        document: PlanDocument,
        themes: ThemeProvider,
        catalog_date: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._is_kept = True
        self.setSizeGripEnabled(False)
        self.setAccessibleName(say("Status"))
        fit(self, self._fit_text)
        self.setContentsMargins(8, 0, 8, 0)
        self.saved = _label(say("Saved state"))
        self.addWidget(self.saved)
        self.basis = _label(say("What the verdict rests on"))
        self.addPermanentWidget(self.basis)
        self._separate()
        self.catalogue = FrameButton(themes, "", small=True, ink="text2")
        self.catalogue.setObjectName("catalogue_date")
        self.catalogue.clicked.connect(self.catalogue_requested)
        self.addPermanentWidget(self.catalogue)
        self.show_catalogue(catalog_date)
        self._separate()
        self.unit = FrameButton(themes, "GiB", small=True, ink="accent")
        self.unit.setObjectName("memory_unit")
        self.unit.setAccessibleName(say("Unit of memory"))
        self.unit.setToolTip(say("Write memory in GiB (2³⁰ bytes) or GB (10⁹ bytes), everywhere."))
        menu = QMenu(self.unit)
        for unit, words in (("GiB", say("GiB · 2³⁰ bytes")), ("GB", say("GB · 10⁹ bytes"))):
            menu.addAction(words).triggered.connect(
                lambda _checked=False, u=unit: document.set_memory_unit(u)
            )
        self.unit.open_menu(menu)
        self.addPermanentWidget(self.unit)
        self._separate()
        self.checks = FrameButton(themes, "", key="F8", small=True, ink="text2")
        self.checks.setObjectName("checks_count")
        self.checks.setToolTip(say("Show the checks. F8 goes to the next one."))
        self.checks.clicked.connect(self.checks_requested)
        self.addPermanentWidget(self.checks)
        document.saved_state_changed.connect(self._on_saved_state_changed)
        document.assessment_changed.connect(self._on_assessment_changed)
        document.memory_unit_changed.connect(self._on_unit_changed)
        self._on_saved_state_changed()
        self._on_unit_changed(document.memory_unit)
        self._on_assessment_changed(document.assessment)

    def show_catalogue(self, dated: str, today: date | None = None) -> None:
        """The newest date of the catalogue; with a mark when that is long ago."""
        from moeplanner_gui.catalog.freshness import ROWS_OLD_AFTER_DAYS, days_since

        days = days_since(dated, today or date.today())
        old = days is None or days > ROWS_OLD_AFTER_DAYS
        text = say("Catalogue {0}", dated) if dated else say("Catalogue")
        if days is not None and old:
            text = say("Catalogue {0}, {1:,} days old", dated, days)
            tip = say("Nothing in it is newer than {0} days. Click for a newer one.", days)
        else:
            tip = say("The newest date of a row in the catalogue. Click for the age of each kind.")
        self.catalogue.show_words(text, "warning" if old else "", "warn" if old else "")
        self.catalogue.setAccessibleName(text)
        self.catalogue.setToolTip(tip)

    def _fit_text(self) -> None:
        self.setFixedHeight(max(26, self.fontMetrics().height() + 10))

    def _separate(self) -> None:
        line = QFrame()
        line.setFixedSize(1, 14)
        line.setFrameShape(QFrame.Shape.NoFrame)
        line.setAutoFillBackground(True)
        line.setBackgroundRole(self.palette().ColorRole.Mid)
        self.addPermanentWidget(line)

    def show_refused(self, refused: bool) -> None:
        """Whether the disk refuses to keep unsaved changes."""
        self._is_kept = not refused
        self._on_saved_state_changed()

    def _on_saved_state_changed(self) -> None:
        document = self._document
        if document.is_modified and not self._is_kept:
            text = say("Not saved · cannot be kept automatically")
        elif document.is_modified:
            text = say("Not saved yet · kept automatically")
        elif document.path is None:
            # A plan without a file and without edits is either the empty one or a sample.
            empty = document.plan == empty_plan(document.plan.model)
            text = say("New plan, no file yet") if empty else say("Sample plan, not saved")
        elif document.session.saved_at is not None:
            text = say("Saved {0:%H:%M}", document.session.saved_at)
        else:
            text = say("Opened {0}", document.path.name)
        self.saved.setText(text)
        self.saved.setToolTip(str(document.path or say("This plan has no file yet.")))

    def _on_assessment_changed(self, assessment: object) -> None:
        assert isinstance(assessment, Assessment)
        self.basis.setText(say("Basis: {0}", basis(assessment)))
        found = counts(assessment.findings, self._document.plan)
        errors, warnings, notes = found.errors, found.warnings, found.notes
        parts = []
        if errors:
            parts.append(say("1 error") if errors == 1 else say("{0} errors", errors))
        if warnings:
            parts.append(say("1 check") if warnings == 1 else say("{0} checks", warnings))
        if notes:
            parts.append(say("1 note") if notes == 1 else say("{0} notes", notes))
        text = " · ".join(parts) or say("No checks")
        self.checks.setAccessibleName(say("{0}. Show the checks.", text))
        if errors:
            self.checks.show_words(text, "error", "error")
        elif warnings:
            self.checks.show_words(text, "warning", "warn")
        else:
            self.checks.show_words(text, "info", "text2")

    def _on_unit_changed(self, unit: str) -> None:
        self.unit.show_words(unit)


def basis(assessment: Assessment) -> str:
    """Which memory the verdict rests on: a silent basis is the commonest misunderstanding."""
    weights_in_host = any(d.kind == "host" and d.weights_bytes for d in assessment.devices)
    weights_on_card = any(d.kind == "gpu" and d.weights_bytes for d in assessment.devices)
    if any(device.kind == "disk" for device in assessment.devices):
        return say("GPU, host memory and disk") if weights_on_card else say("host memory and disk")
    if weights_in_host and weights_on_card:
        return say("GPU and host memory")
    if weights_in_host:
        return say("host memory only")
    return say("GPU memory only")


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setFont(font_small())
    label.setProperty("tone", "2")
    label.setAccessibleName(name)
    label.setContentsMargins(4, 0, 4, 0)
    return label
