"""API prices by ``provider/model``, of which one provider's are read at first.

A plan that compares with one API is on the screen before the thousand others are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moeplanner_gui.core.cost.tariffs import ApiTariff

Rows = Mapping[str, "ApiTariff"]


class ApiMapping(Mapping[str, "ApiTariff"]):
    """All prices, read when more than single ones are asked for.

    Args:
        of_provider: Reads the prices of one provider; may leave some out.
        everything: Reads all of them.
    """

    def __init__(self, of_provider: Callable[[str], Rows], everything: Callable[[], Rows]) -> None:
        self._of_provider = of_provider
        self._everything = everything
        self._some: dict[str, Rows] = {}
        self._all: Rows | None = None

    def __getitem__(self, key: str) -> ApiTariff:
        if self._all is None:
            provider = key.partition("/")[0]
            rows = self._some.get(provider)
            if rows is None:
                rows = self._some[provider] = self._of_provider(provider)
            if key in rows:
                return rows[key]
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def is_complete(self) -> bool:
        """Whether all prices were read."""
        return self._all is not None

    @property
    def _rows(self) -> Rows:
        if self._all is None:
            self._all = self._everything()
        return self._all
