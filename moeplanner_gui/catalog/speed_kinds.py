"""The shapes of the files in ``catalogs/speed``. Apart from the others, which every start reads."""

from __future__ import annotations

from moeplanner_gui.catalog.rows import CatalogFile, Kind
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.measurement import Measurement
from moeplanner_gui.core.speed.prefill_constants import PrefillGroup


class MeasurementFile(CatalogFile):
    """Published measurements."""

    measurements: tuple[Measurement, ...]


class FitModelFile(CatalogFile):
    """Models that measurements name and the catalogue does not offer: for the fit alone."""

    models: tuple[ModelSpec, ...]


class SpeedGroupFile(CatalogFile):
    """Fitted constants of the speed model."""

    groups: tuple[SpeedGroup, ...]


class PrefillGroupFile(CatalogFile):
    """Fitted constants of reading a prompt."""

    prefill: tuple[PrefillGroup, ...]


MEASUREMENTS = Kind(
    "speed",
    "measurements",
    "measurement",
    MeasurementFile,
    Measurement,
    files="measurements*.json",
)
GROUPS = Kind("speed", "groups", "speed-group", SpeedGroupFile, SpeedGroup, files="groups*.json")
FIT_MODELS = Kind("speed", "models", "fit-model", FitModelFile, ModelSpec, files="fit_models*.json")
PREFILL = Kind(
    "speed", "prefill", "prefill-group", PrefillGroupFile, PrefillGroup, files="prefill.json"
)
SPEED_KINDS = (MEASUREMENTS, GROUPS, FIT_MODELS, PREFILL)
