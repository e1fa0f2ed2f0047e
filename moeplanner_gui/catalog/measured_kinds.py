"""The shapes of the files of measurements, which only a comparison reads, and all speed files."""

from __future__ import annotations

from moeplanner_gui.catalog.rows import CatalogFile, Kind
from moeplanner_gui.catalog.speed_kinds import GROUPS, PREFILL
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.speed.measurement import Measurement


class MeasurementFile(CatalogFile):
    """Published measurements."""

    measurements: tuple[Measurement, ...]


class FitModelFile(CatalogFile):
    """Models that measurements name and the catalogue does not offer: for the fit alone."""

    models: tuple[ModelSpec, ...]


MEASUREMENTS = Kind(
    "speed",
    "measurements",
    "measurement",
    MeasurementFile,
    Measurement,
    files="measurements*.json",
)
FIT_MODELS = Kind("speed", "models", "fit-model", FitModelFile, ModelSpec, files="fit_models*.json")
SPEED_KINDS = (MEASUREMENTS, GROUPS, FIT_MODELS, PREFILL)
