"""The shapes of the files of fitted constants, which the first speed reads."""

from __future__ import annotations

from moeplanner_gui.catalog.rows import CatalogFile, Kind
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.prefill_constants import PrefillGroup


class SpeedGroupFile(CatalogFile):
    """Fitted constants of the speed model."""

    groups: tuple[SpeedGroup, ...]


class PrefillGroupFile(CatalogFile):
    """Fitted constants of reading a prompt."""

    prefill: tuple[PrefillGroup, ...]


GROUPS = Kind("speed", "groups", "speed-group", SpeedGroupFile, SpeedGroup, files="groups*.json")
PREFILL = Kind(
    "speed", "prefill", "prefill-group", PrefillGroupFile, PrefillGroup, files="prefill.json"
)
