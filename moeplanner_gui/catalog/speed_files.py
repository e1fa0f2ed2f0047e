"""The files of the speed model: fitted constants and published measurements.

They are read when a speed is first asked for, each kind apart: a window shows its first plan
without the 300 kB of measurements.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from moeplanner_gui.catalog.read_rows import read_kind

if TYPE_CHECKING:
    from moeplanner_gui.catalog.problems import CatalogProblem
    from moeplanner_gui.core.model import ModelSpec
    from moeplanner_gui.core.speed.constants import SpeedGroup
    from moeplanner_gui.core.speed.measurement import Measurement
    from moeplanner_gui.core.speed.prefill_constants import PrefillGroup

_Row = TypeVar("_Row", bound=BaseModel)


class SpeedFiles:
    """The rows of ``catalogs/speed``; implements ``core.speed.data.SpeedData``.

    Attributes:
        problems: What was left out of the kinds that were read so far, and why.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self.problems: tuple[CatalogProblem, ...] = ()

    @cached_property
    def groups(self) -> tuple[SpeedGroup, ...]:
        """Fitted constants, one row a group of engine, back end and kind of card."""
        from moeplanner_gui.catalog.speed_kinds import GROUPS
        from moeplanner_gui.core.speed.constants import SpeedGroup

        return self.rows(GROUPS, SpeedGroup)

    @cached_property
    def prefill(self) -> tuple[PrefillGroup, ...]:
        """Fitted constants of reading a prompt, one row a group as above."""
        from moeplanner_gui.catalog.speed_kinds import PREFILL
        from moeplanner_gui.core.speed.prefill_constants import PrefillGroup

        return self.rows(PREFILL, PrefillGroup)

    @cached_property
    def measurements(self) -> tuple[Measurement, ...]:
        """Published measurements, in the order of their files."""
        from moeplanner_gui.catalog.measured_kinds import MEASUREMENTS
        from moeplanner_gui.core.speed.measurement import Measurement

        return self.rows(MEASUREMENTS, Measurement)

    @cached_property
    def models(self) -> Mapping[str, ModelSpec]:
        """Models that measurements name and the catalogue does not offer, by id."""
        from moeplanner_gui.catalog.measured_kinds import FIT_MODELS
        from moeplanner_gui.core.model import ModelSpec

        return {row.id: row for row in self.rows(FIT_MODELS, ModelSpec)}

    def rows(self, kind: Any, row_type: type[_Row]) -> tuple[_Row, ...]:
        """The sound rows of one kind of speed files, read now."""
        if self._folder is None:
            return ()
        rows, problems = read_kind(self._folder, kind)
        self.problems = (*self.problems, *problems)
        return tuple(row for row in rows if isinstance(row, row_type))
