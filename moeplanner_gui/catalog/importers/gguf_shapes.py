"""The tensors of one layer of a GGUF file: names, shapes, and which were looked at."""

from __future__ import annotations

from moeplanner_gui.catalog.importers.failure import ImportFailure
from moeplanner_gui.core.words import say


class Shapes(dict[str, tuple[int, ...]]):
    """The tensors of one layer; those that were looked at are remembered."""

    def __init__(self, layer: int) -> None:
        super().__init__()
        self.layer = layer
        self.seen: set[str] = set()

    def find(self, *names: str) -> tuple[int, ...] | None:
        """The shape under the first of the names that is there."""
        for name in names:
            if name in self:
                self.seen.add(name)
                return self[name]
        return None

    def has(self, *names: str) -> bool:
        """True when one of the names is there."""
        return self.find(*names) is not None

    def matrix(self, *names: str) -> tuple[int, ...]:
        """As :meth:`find`, but it must be there and have two dimensions or more."""
        shape = self.find(*names)
        if shape is None or len(shape) < 2:
            name = f"blk.{self.layer}.{names[0]}.weight"
            said = say("is missing") if shape is None else say("has one dimension; two are needed")
            raise ImportFailure(say("The tensor {0} {1}.", name, said), field=name)
        return shape
