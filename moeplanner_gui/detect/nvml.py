"""The NVIDIA cards of this machine, through NVML: the driver's own library, by nvidia-ml-py.

Knows how to begin and how each way of failing is called. Serial numbers and UUIDs are not asked
for: nothing here needs them.
"""

from __future__ import annotations

import ctypes
import sys
import time
from pathlib import Path
from typing import Any, Final

from moeplanner_gui.core.detected import DetectedCard, Outcome, ProbeReport
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.nvml_calls import (
    INVALID_ARGUMENT,
    VERSION_MISMATCH,
    Calls,
    Failure,
    text_of,
)
from moeplanner_gui.detect.nvml_card import identify, read_card
from moeplanner_gui.detect.nvml_links import Card
from moeplanner_gui.detect.probe import System

_NOT_THERE: Final = say("not found")
_LIBRARY: Final = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
_ELSEWHERE: Final = ("/usr/lib/wsl/lib", "/run/opengl-driver/lib")
"""Where the library is on WSL and NixOS, whose loader does not always look there."""
_KERNEL_MODULE: Final = Path("/proc/driver/nvidia/version")
_MOST_CARDS: Final = 256

Steps = list[tuple[str, str]]


class NvmlProbe:
    """Asks NVML, once. See :class:`moeplanner_gui.detect.probe.Probe`."""

    name: Final = "nvml"

    def runs_on(self, system: System) -> bool:
        """Linux and Windows: for macOS there is no NVIDIA driver since 10.14."""
        return system in {"linux", "windows"}

    def look(self) -> ProbeReport:
        """All cards that the driver shows, each as far as it answers.

        Without ``nvmlShutdown``: it would be one more call for a broken driver to crash or hang
        in, before what is known was handed over; the process ends anyway.
        """
        begun = time.monotonic()
        steps: Steps = []
        try:
            report = _look(steps)
        except Exception as error:  # a fault of this program; the driver's are all caught
            report = _report("failed", steps, detail=f"{type(error).__name__}: {error}")
        elapsed = round((time.monotonic() - begun) * 1000)
        return report.model_copy(update={"elapsed_ms": elapsed})


def _report(
    outcome: Outcome,
    steps: Steps,
    failure: Failure | None = None,
    detail: str = "",
    cards: tuple[DetectedCard, ...] = (),
) -> ProbeReport:
    return ProbeReport(
        probe="nvml",
        outcome=outcome,
        code=failure.short if failure is not None and failure.code is not None else None,
        detail=detail[:4000],
        steps=tuple((what[:400], result[:400]) for what, result in steps),
        cards=cards,
    )


def _look(steps: Steps) -> ProbeReport:
    if sys.platform == "darwin":
        return _report("not_on_this_system", steps, detail=say("There is no NVML for macOS."))
    try:
        # Here, not above: the probe that cannot have it still says so. In words that a frozen
        # program's builder finds.
        import pynvml as api
    except Exception as error:
        steps.append(("nvidia-ml-py", say("cannot be imported: {0}", type(error).__name__)))
        return _report("failed", steps, detail=say("nvidia-ml-py could not be imported."))
    failure = begin(api, steps)
    if failure is not None:
        return _report(failure.outcome, steps, failure, str(failure))
    system = Calls(api, of_a_card=False)
    driver = _version(system, "nvmlSystemGetDriverVersion")
    steps.append(("driver", driver or say("version not told")))
    return _ask(api, system, driver, steps)


def _ask(api: Any, system: Calls, driver: str | None, steps: Steps) -> ProbeReport:
    count, failure = system.attempt("nvmlDeviceGetCount")
    steps.append(("nvmlDeviceGetCount", str(failure or count)))
    if failure is not None:
        return _report(failure.outcome, steps, failure, str(failure))
    if count == 0:
        return _report("no_device", steps, detail=say("The driver is loaded and has no card."))
    return _read_cards(api, system, driver, int(count), steps)


def begin(api: Any, steps: Steps) -> Failure | None:
    """Load the library and start NVML; what was tried goes into ``steps``.

    Returns:
        None when NVML can be asked.
    """
    system = Calls(api, of_a_card=False)
    _, failure = system.attempt("nvmlInit")
    if failure is not None and getattr(api, "nvmlLib", None) is None:
        trouble = _load_from_elsewhere()
        if trouble is None:
            _, failure = system.attempt("nvmlInit")
        else:
            steps.append((_LIBRARY, trouble))
            # A file that is there and broken is no computer without a driver.
            return failure if trouble == _NOT_THERE else Failure(f"{_LIBRARY} {trouble}")
    steps.append((_LIBRARY, "found"))
    steps.append(("nvmlInit", str(failure or "done")))
    if failure is not None and failure.code == VERSION_MISMATCH:
        # The library tells its version without having been started.
        version = _version(system, "nvmlSystemGetNVMLVersion")
        steps.append(("library", version or say("version not told")))
        steps.append((say("kernel module"), _kernel_module() or say("version not told")))
    return failure


def _load_from_elsewhere() -> str | None:
    """Load the library from where the loader did not look; None when that went well.

    pynvml then finds it by its name, because the process has it already.
    """
    trouble = _NOT_THERE
    if sys.platform == "win32":
        return trouble
    for path in (_LIBRARY, *(f"{folder}/{_LIBRARY}" for folder in _ELSEWHERE)):
        try:
            ctypes.CDLL(path)
        except OSError as error:
            # "libx.so.1: invalid ELF header"; the part before the colon may be a private path.
            # A frozen program's ctypes puts its own guess over what the loader said.
            reason = str(error.__cause__ or error).rpartition(": ")[2]
            if "No such file" not in reason:
                trouble = say("cannot be loaded: {0}", reason)
        else:
            return None
    return trouble


def _version(system: Calls, call: str) -> str | None:
    value, _ = system.attempt(call)
    words = text_of(value)
    return words if words and words[0].isdigit() and "." in words else None


def _kernel_module() -> str | None:
    """The version in "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  …"."""
    try:
        text = _KERNEL_MODULE.read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    words = text.partition("\n")[0].split()
    return next((word for word in words if word[0].isdigit() and "." in word), None)


def _read_cards(
    api: Any, system: Calls, driver: str | None, count: int, steps: Steps
) -> ProbeReport:
    asked: list[tuple[int, Calls, Any, dict[str, Any]]] = []
    failures: list[tuple[int, Failure]] = []
    results: dict[int, str] = {}
    for index in range(min(count, _MOST_CARDS)):
        calls = Calls(api)
        handle, failure = calls.attempt("nvmlDeviceGetHandleByIndex", index)
        if failure is None:
            asked.append((index, calls, handle, identify(calls, handle)))
            continue
        if failure.code == INVALID_ARGUMENT and count > _MOST_CARDS:
            break  # the count was rubbish; the cards end here
        failures.append((index, failure))
        results[index] = str(failure)
    cards = []
    healthy = False
    neighbours = [Card(handle, known.get("pci_address")) for _, _, handle, known in asked]
    for position, (index, calls, handle, known) in enumerate(asked):
        others = [*neighbours[:position], *neighbours[position + 1 :]]
        card = read_card(calls, system, handle, known, others, driver)
        if calls.lost is not None:
            failures.append((index, calls.lost))
        results[index] = str(calls.lost or card.name or say("name not told"))
        # Nothing to know it by: another probe, or the bus, may tell more of it.
        if card.name or card.pci_address or card.pci_id:
            cards.append(card)
            healthy = healthy or calls.lost is None
    steps += [(f"card {index + 1}", result) for index, result in sorted(results.items())]
    failures.sort(key=lambda pair: pair[0])
    first = failures[0][1] if failures else None
    detail = "\n".join(say("Card {0}: {1}", index + 1, failure) for index, failure in failures)
    if healthy:
        outcome: Outcome = "found"
    elif first is None:
        outcome, detail = "failed", say("The driver tells nothing of its cards.")
    elif any(failure.lost for _, failure in failures):
        outcome = "device_lost"
    else:
        outcome = first.outcome
    return _report(outcome, steps, first, detail, tuple(cards))
