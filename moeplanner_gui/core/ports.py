"""What the estimator needs from outside: rows by id. The catalogue layer implements it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from moeplanner_gui.core.hardware import GpuSpec, HostSpec, LinkSpec, NetworkSpec, PriceRow
from moeplanner_gui.core.kernels import KernelRule
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.parts import PartSpec, PresetSpec
from moeplanner_gui.core.speed.data import SpeedData
from moeplanner_gui.core.words import say

if TYPE_CHECKING:
    # Not before a cost is asked for: the first plan is on the screen without these rows.
    from moeplanner_gui.core.cost.data import TariffData
    from moeplanner_gui.core.cost.part_price import PartPrice


class UnknownEntryError(LookupError):
    """A plan names a row that the catalogue does not have.

    Attributes:
        kind: "model", "gpu", "host", "network", "link" or "part".
        entry_id: The id that was asked for.
        closest: Ids that look like it, best first.
        known: What is known of a row that has a name and too few figures; then the message.
    """

    def __init__(
        self, kind: str, entry_id: str, closest: tuple[str, ...] = (), known: str = ""
    ) -> None:
        self.kind = kind
        self.entry_id = entry_id
        self.closest = closest
        self.known = known
        hint = say(" Closest: {0}.", ", ".join(closest)) if closest else ""
        what = "GPU" if kind == "gpu" else kind
        # From a file of anybody's: no control character may reach a terminal.
        name = "".join(letter if letter.isprintable() else "�" for letter in entry_id)
        super().__init__(known or say("No {0} is called “{1}”.{2}", what, name, hint))


class CatalogReader(Protocol):
    """Read access to catalogue rows. Every method raises UnknownEntryError for an unknown id,
    except ``price`` and its range, which answer None: a missing price is a value.
    """

    @property
    def networks(self) -> Mapping[str, NetworkSpec]: ...

    @property
    def links(self) -> Mapping[str, LinkSpec]: ...

    @property
    def parts(self) -> Mapping[str, PartSpec]: ...

    @property
    def presets(self) -> Mapping[str, PresetSpec]: ...

    @property
    def kernels(self) -> tuple[KernelRule, ...]: ...

    @property
    def speed(self) -> SpeedData: ...

    @property
    def tariffs(self) -> TariffData: ...

    def model(self, model_id: str) -> ModelSpec: ...

    def gpu(self, gpu_id: str) -> GpuSpec: ...

    def host(self, host_id: str) -> HostSpec: ...

    def price(self, part_id: str) -> PriceRow | None: ...

    def price_range(self, part_id: str) -> PartPrice | None: ...
