"""What the speed model reads beside the plan's rows. The catalogue layer implements it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from moeplanner_gui.core.model import ModelSpec
    from moeplanner_gui.core.speed.constants import SpeedGroup
    from moeplanner_gui.core.speed.measurement import Measurement
    from moeplanner_gui.core.speed.prefill_constants import PrefillGroup


class SpeedData(Protocol):
    """Rows of the speed model, each kind read when it is first asked for."""

    @property
    def groups(self) -> tuple[SpeedGroup, ...]: ...

    @property
    def prefill(self) -> tuple[PrefillGroup, ...]: ...

    @property
    def measurements(self) -> tuple[Measurement, ...]: ...

    @property
    def models(self) -> Mapping[str, ModelSpec]: ...
