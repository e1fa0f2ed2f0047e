"""What NVIDIA cards are doing now, again and again, with NVML kept open in between.

For the process that feeds the live meters; it may hang in a call, so it is never the program's
own. A card that is lost keeps its line, with the reason; the others go on.
"""

from __future__ import annotations

import sys
import time
from typing import Any, Final, TypedDict

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.nvml import begin
from moeplanner_gui.detect.nvml_calls import (
    DRIVER_NOT_LOADED,
    FUNCTION_NOT_FOUND,
    UNINITIALIZED,
    WORDS,
    Calls,
    Failure,
)
from moeplanner_gui.detect.nvml_card import identify
from moeplanner_gui.detect.nvml_memory import CardMemory, is_integrated, read_memory

_AGAIN_S: Final = 10.0
"""A driver that does not start is not asked every second: each try can load kernel modules."""
_MOST_CARDS: Final = 256
_MOST_MILLIWATTS: Final = 20_000_000
_SENSOR_GPU: Final = 0

FIELDS: Final = (
    "memory_used_bytes",
    "memory_total_bytes",
    "utilisation_percent",
    "power_w",
    "temperature_c",
)


class CardSample(TypedDict):
    """One card at one moment; None is what could not be read, ``unread`` says why, by field.

    Of a GPU with unified memory the used bytes are the whole machine's.
    """

    pci_address: str | None
    memory_used_bytes: int | None
    memory_total_bytes: int | None
    utilisation_percent: int | None
    power_w: float | None
    temperature_c: int | None
    unread: dict[str, str]


@dataclass(slots=True)
class _Card:
    """``handle`` is None for a card that could not be opened; ``gone`` says why."""

    handle: Any
    address: str | None
    integrated: bool | None
    gone: Failure | None = None


class NvmlMeters:
    """Keeps NVML open and reads every card; raises nothing."""

    def __init__(self) -> None:
        self._api: Any = None
        self._cards: list[_Card] | None = None
        self._problem: str | None = None
        self._not_before = 0.0

    @property
    def problem(self) -> str | None:
        """Why there is no reading at all: "error 9, driver not loaded"."""
        return self._problem

    def sample(self) -> tuple[CardSample, ...]:
        """Read all cards once; empty when NVML cannot be asked, see :attr:`problem`."""
        try:
            if self._cards is None:
                self._open()
            return tuple(self._read(card) for card in self._cards or ())
        except Exception as error:  # a fault of this program must not end the meters
            self._problem = f"{type(error).__name__}: {error}"[:400]
            return ()

    def _open(self) -> None:
        if time.monotonic() < self._not_before:
            return
        self._not_before = time.monotonic() + _AGAIN_S
        if sys.platform == "darwin":
            self._problem = say("There is no NVML for macOS.")
            return
        import pynvml

        self._api = pynvml
        system = Calls(self._api, of_a_card=False)
        failure = begin(self._api, [])
        if failure is None:
            count, failure = system.attempt("nvmlDeviceGetCount")
        if failure is not None:
            self._problem = str(failure)
            return
        cards: list[_Card] = []
        for index in range(min(int(count), _MOST_CARDS)):
            calls = Calls(self._api)
            handle, failure = calls.attempt("nvmlDeviceGetHandleByIndex", index)
            if failure is not None:
                if count > _MOST_CARDS:
                    break  # the count was rubbish
                cards.append(_Card(None, None, None, failure))
                continue
            known = identify(calls, handle)
            pair, _ = calls.attempt("nvmlDeviceGetCudaComputeCapability", handle)
            capability = None if pair is None else f"{pair[0]}.{pair[1]}"
            integrated = is_integrated(known.get("name"), capability)
            cards.append(_Card(handle, known.get("pci_address"), integrated, calls.lost))
        self._cards, self._problem = cards, None

    def _read(self, card: _Card) -> CardSample:
        sample = CardSample(
            pci_address=card.address,
            memory_used_bytes=None,
            memory_total_bytes=None,
            utilisation_percent=None,
            power_w=None,
            temperature_c=None,
            unread={},
        )
        if card.gone is not None:
            sample["unread"] = dict.fromkeys(FIELDS, str(card.gone))
            return sample
        calls = Calls(self._api)
        memory = self._memory(calls, card)
        sample["memory_used_bytes"] = memory.used
        sample["memory_total_bytes"] = memory.total
        rates = calls.ask("utilisation_percent", "nvmlDeviceGetUtilizationRates", card.handle)
        if rates is not None:
            sample["utilisation_percent"] = calls.within(
                "utilisation_percent", int(rates.gpu), 0, 100
            )
        power = calls.number(
            "power_w", "nvmlDeviceGetPowerUsage", card.handle, most=_MOST_MILLIWATTS
        )
        sample["power_w"] = None if power is None else power / 1000
        sample["temperature_c"] = _temperature(calls, card.handle)
        sample["unread"] = {
            entry.field: entry.because for entry in calls.unread if entry.field in FIELDS
        }
        self._learn(card, calls)
        return sample

    @staticmethod
    def _memory(calls: Calls, card: _Card) -> CardMemory:
        try:
            return read_memory(calls, card.handle, card.integrated)
        except Exception as error:
            calls.note("memory_used_bytes", say("the call broke: {0}", type(error).__name__))
            return CardMemory()

    def _learn(self, card: _Card, calls: Calls) -> None:
        """A lost card is not asked again; a driver that was unloaded is begun with anew, later."""
        stopped = calls.codes & {UNINITIALIZED, DRIVER_NOT_LOADED}
        if stopped:
            Calls(self._api, of_a_card=False).attempt("nvmlShutdown")
            self._cards = None
            self._problem = str(Failure(WORDS[min(stopped)], min(stopped)))
        elif calls.lost is not None:
            card.gone = calls.lost


def _temperature(calls: Calls, handle: Any) -> int | None:
    """°C of the chip; the older of two calls, which CUDA 14 is to drop, first."""
    value, failure = calls.attempt("nvmlDeviceGetTemperature", handle, _SENSOR_GPU)
    if failure is not None and failure.code in {None, FUNCTION_NOT_FOUND}:
        value, failure = calls.attempt("nvmlDeviceGetTemperatureV", handle, _SENSOR_GPU)
    if failure is not None:
        calls.note("temperature_c", str(failure))
        return None
    return calls.within("temperature_c", value, 1, 150)


_METERS: Final = NvmlMeters()


def sample() -> tuple[CardSample, ...]:
    """Read all NVIDIA cards once; the first call starts NVML. Raises nothing."""
    return _METERS.sample()


def problem() -> str | None:
    """Why :func:`sample` is empty, None while it is not, or when there is simply no card."""
    return _METERS.problem
