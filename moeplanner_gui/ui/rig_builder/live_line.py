"""What one card does now, in words as long as there is room. Knows no readings and no widgets."""

from __future__ import annotations

from collections.abc import Callable

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import GB, GIB, MemoryUnit
from moeplanner_gui.core.words import say, written

_SEPARATOR = " · "
_NOTHING = "–"
BRIEF = say("no reading now")


@dataclass(frozen=True, slots=True)
class LiveLine:
    """What one card does now. ``because`` is a sentence that stands in place of the figures, and
    :data:`BRIEF` where it has no room.
    """

    used_bytes: int | None = None
    total_bytes: int | None = None
    busy_percent: float | None = None
    power_w: float | None = None
    temperature_c: float | None = None
    unit: MemoryUnit = "GiB"
    because: str = ""

    @property
    def used_share(self) -> float | None:
        """The part of the card in use, 0 to 1; None when it was not read."""
        if self.used_bytes is None or not self.total_bytes:
            return None
        return min(self.used_bytes / self.total_bytes, 1.0)

    def texts(self) -> tuple[tuple[str, str], ...]:
        """The figures in words, the longest first, each with the widest it can become.

        A wording is chosen by the latter, so that it does not change with the figures.
        """
        size = GIB if self.unit == "GiB" else GB
        total = (
            None
            if self.total_bytes is None
            else say("{0:,.1f}", self.total_bytes * 10 // size / 10)
        )
        # Up, as everything that is taken; the total down.
        used = (
            None
            if self.used_bytes is None
            else say("{0:,.1f}", -(-self.used_bytes * 10 // size) / 10)
        )
        shown = (
            used or _NOTHING,
            total or _NOTHING,
            _whole(self.busy_percent),
            _whole(self.power_w),
            _whole(self.temperature_c),
        )
        wide = (total or written("888.8"), total or written("888.8"), "100", "888", "100")
        return tuple(zip(self._worded(shown), self._worded(wide), strict=True))

    def fitting(self, width: Callable[[str], float], room: float) -> str:
        """The longest text that never becomes wider than ``room``, measured by ``width``.

        Half a sentence says nothing: the whole one is in the tooltip and below the rig.
        """
        if self.because:
            return self.because if width(self.because) <= room else BRIEF
        texts = self.texts()
        return next((said for said, wide in texts if width(wide) <= room), texts[-1][0])

    @property
    def spoken(self) -> str:
        """Everything in one sentence, for tooltips and screen readers."""
        if self.because:
            return self.because
        text = self.texts()[0][0]
        return text[:1].upper() + text[1:]

    def _worded(self, values: tuple[str, ...]) -> tuple[str, ...]:
        """The wordings with these values, the longest first."""
        used, total, busy, watts, degrees = values
        amount = say("now {0} of {1} {2}", used, total, self.unit)
        figures = (say("{0} %", busy), say("{0} W", watts), say("{0} °C", degrees))
        rows = (
            (
                say("now {0} of {1} {2} in use", used, total, self.unit),
                say("{0} % busy", busy),
                *figures[1:],
            ),
            (say("now {0} of {1} {2} in use", used, total, self.unit), *figures),
            (amount, *figures),
            (say("now {0} {1}", used, self.unit), *figures),
            (say("now {0} {1}", used, self.unit), figures[1]),
        )
        return tuple(_SEPARATOR.join(row) for row in rows)


def _whole(value: float | None) -> str:
    return _NOTHING if value is None else say("{0:,.0f}", value)
