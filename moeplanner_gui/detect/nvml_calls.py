"""One guarded call to NVML: it gives a value or a reason, and never raises.

Knows the codes of NVML's errors (nvml.h, ``nvmlReturn_t``) and which of them mean that a card is
gone; knows nothing of what is asked.
"""

from __future__ import annotations

from typing import Any, Final

from moeplanner_gui.core.detected import Outcome, Unread
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

UNINITIALIZED: Final = 1
INVALID_ARGUMENT: Final = 2
NOT_SUPPORTED: Final = 3
NO_PERMISSION: Final = 4
NOT_FOUND: Final = 6
DRIVER_NOT_LOADED: Final = 9
LIBRARY_NOT_FOUND: Final = 12
FUNCTION_NOT_FOUND: Final = 13
GPU_IS_LOST: Final = 15
RESET_REQUIRED: Final = 16
OPERATING_SYSTEM: Final = 17
VERSION_MISMATCH: Final = 18
GPU_NOT_FOUND: Final = 28

WORDS: Final[dict[int, str]] = {
    UNINITIALIZED: say("not initialised"),
    INVALID_ARGUMENT: say("invalid argument"),
    NOT_SUPPORTED: say("not supported"),
    NO_PERMISSION: say("no permission"),
    5: say("already initialised"),
    NOT_FOUND: say("not found"),
    7: say("answer too long"),
    8: say("power cable not connected"),
    DRIVER_NOT_LOADED: say("driver not loaded"),
    10: "timeout",
    11: say("interrupt problem"),
    LIBRARY_NOT_FOUND: say("library not found"),
    FUNCTION_NOT_FOUND: say("not in this driver"),
    14: say("corrupted infoROM"),
    GPU_IS_LOST: say("GPU is lost"),
    RESET_REQUIRED: say("GPU needs a reset"),
    OPERATING_SYSTEM: say("blocked by the operating system"),
    VERSION_MISMATCH: say("driver and library versions differ"),
    19: say("in use"),
    20: say("out of memory"),
    21: say("no data"),
    22: say("not with ECC on"),
    23: say("out of resources"),
    24: say("frequency not supported"),
    25: say("version not known to this driver"),
    26: say("no longer supported"),
    27: say("not ready"),
    GPU_NOT_FOUND: say("no GPU found"),
    29: say("invalid state"),
    30: say("kind of reset not supported"),
    999: say("unknown error"),
}

_NO_TEXT: Final = say("the driver's answer is not text")

LOST: Final = frozenset({DRIVER_NOT_LOADED, GPU_IS_LOST, RESET_REQUIRED, GPU_NOT_FOUND})
"""After one of these a card answers nothing more: each further call could only wait."""

_OUTCOMES: Final[dict[int, Outcome]] = {
    NO_PERMISSION: "no_permission",
    DRIVER_NOT_LOADED: "driver_not_loaded",
    LIBRARY_NOT_FOUND: "no_library",
    GPU_IS_LOST: "device_lost",
    RESET_REQUIRED: "device_lost",
    # nvml.h: "The GPU control device has been blocked by the operating system/cgroups".
    OPERATING_SYSTEM: "no_permission",
    VERSION_MISMATCH: "version_mismatch",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call gave nothing. ``code`` is None where it was not NVML that refused."""

    words: str
    code: int | None = None

    @property
    def lost(self) -> bool:
        """Whether the card is gone."""
        return self.code in LOST

    @property
    def short(self) -> str:
        """As :attr:`ProbeReport.code` has it: "9, driver not loaded"."""
        return self.words if self.code is None else f"{self.code}, {self.words}"

    @property
    def outcome(self) -> Outcome:
        """How a probe ends that gets no further than this."""
        return "failed" if self.code is None else _OUTCOMES.get(self.code, "failed")

    def __str__(self) -> str:
        return self.words if self.code is None else f"error {self.short}"


def failure_of(error: Exception) -> Failure:
    """What an exception of pynvml says, without asking the library for its words.

    ``str`` of an NVMLError calls ``nvmlErrorString``, which can itself fail, or be missing.
    """
    code = getattr(error, "value", None)
    if isinstance(code, int) and not isinstance(code, bool):
        return Failure(WORDS.get(code, "unknown code"), code)
    if type(error).__name__ == "NVMLLibraryMismatchError":
        return Failure(WORDS[FUNCTION_NOT_FOUND], FUNCTION_NOT_FOUND)
    if isinstance(error, UnicodeDecodeError):
        return Failure(_NO_TEXT)
    return Failure(say("the call broke: {0}", type(error).__name__))


class Calls:
    """Asks NVML about one card, or about the system, and remembers what was not answered.

    Attributes:
        unread: The fields that stay empty, with the driver's reason, once each.
        codes: Every error that was answered, of whatever use the answer was.
        lost: Set by the first answer that the card is gone; from then on nothing is asked. Never
            set when it is the system that is asked about.
    """

    def __init__(self, api: Any, *, of_a_card: bool = True) -> None:
        self._api = api
        self._of_a_card = of_a_card
        self.unread: list[Unread] = []
        self.codes: set[int] = set()
        self.lost: Failure | None = None

    def attempt(self, call: str, *arguments: Any) -> tuple[Any, Failure | None]:
        """Call a function of pynvml by name; the value, or None and the reason."""
        if self.lost is not None:
            return None, self.lost
        try:
            function = getattr(self._api, call, None)
            if function is None:
                return None, Failure(say("not in this version of nvidia-ml-py"))
            return function(*arguments), None
        except Exception as error:  # pynvml's wrappers break in ways of their own
            failure = failure_of(error)
        if failure.code is not None:
            self.codes.add(failure.code)
        if failure.lost and self._of_a_card:
            self.lost = failure
        return None, failure

    def ask(self, field: str, call: str, *arguments: Any) -> Any:
        """As :meth:`attempt`; a refusal is noted as the reason why ``field`` is empty."""
        value, failure = self.attempt(call, *arguments)
        if failure is not None:
            self.note(field, str(failure))
        return value

    def number(
        self, field: str, call: str, *arguments: Any, least: int = 1, most: int
    ) -> int | None:
        """Ask for a number; outside its bounds it is the driver's way of not answering."""
        value = self.ask(field, call, *arguments)
        return None if value is None else self.within(field, value, least, most)

    def within(self, field: str, value: Any, least: int, most: int) -> int | None:
        """The number, or None and a note when it cannot be one of this quantity."""
        if isinstance(value, int) and least <= value <= most:
            return int(value)
        self.note(field, say("the driver answered {0}", str(value)[:40]))
        return None

    def text(self, field: str, call: str, *arguments: Any) -> str | None:
        """Ask for a text; bytes that are none, or nothing but blanks, are no answer."""
        value = self.ask(field, call, *arguments)
        if value is None:
            return None
        words = text_of(value)
        if words is None:
            self.note(field, _NO_TEXT if value else say("the driver answered nothing"))
        return words

    def note(self, field: str, because: str) -> None:
        """Say why a field is empty; the first reason stays."""
        if all(entry.field != field for entry in self.unread):
            self.unread.append(Unread(field=field, because=because[:400]))


def text_of(value: Any) -> str | None:
    """A name as text, or None when it is empty or cannot have been meant as one."""
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            return None
    if not isinstance(value, str):
        return None
    words = " ".join(value.split())
    return (
        words[:400]
        if words and words.isprintable() and "\N{REPLACEMENT CHARACTER}" not in words
        else None
    )
