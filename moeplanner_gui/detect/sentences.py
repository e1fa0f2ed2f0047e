"""What a person is told of a detection that did not go well: what happened, and what to do.

Each text also says what was kept. Nothing is said of what is as it should be.
"""

from __future__ import annotations

from typing import Final, Literal

from moeplanner_gui.core.detected import DetectedMachine, Outcome, ProbeReport
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.child import this_system
from moeplanner_gui.detect.probe import System
from moeplanner_gui.detect.virtual import UNNAMED_HYPERVISOR

Level = Literal["error", "check", "note"]

UNCHANGED: Final = say("Your rig was not changed.")
"""The end of each text about something that failed."""
NVIDIA_DRIVER: Final = say("No NVIDIA driver on this computer")
NO_GPU: Final = say("No GPU was found")

_MAKERS: Final = {"nvml": "NVIDIA", "amd": "AMD", "intel": "Intel", "apple": "Apple"}
_ORDER: Final[dict[Level, int]] = {"error": 0, "check": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to tell. ``steps`` are the lines of the details: what was tried, what came."""

    title: str
    text: str
    steps: tuple[tuple[str, str], ...]
    level: Level
    can_retry: bool


@dataclass(frozen=True, slots=True)
class _Words:
    """``{maker}`` is "NVIDIA", ``{code}`` the signal or the vendor's error, ``{detail}`` text."""

    title: str
    text: str
    level: Level = "error"


_HUNG: Final = say(
    "The driver was asked and gave no answer in time; the question was "
    "broken off and nothing was changed. Try again. If it hangs again, "
    "restart the computer."
)
_LOOK_AT_IT: Final = say(
    "Restart the computer; if it happens again, look at the card's power plugs and its riser."
)
_REFUSED: Final = frozenset({"4", "17"})
"""NVML's codes for "no permission" and "blocked by the operating system"."""
_CARDS: Final[dict[Outcome, _Words]] = {
    "no_library": _Words(
        say("No {maker} driver on this computer"),
        say(
            "The driver's library was not found. Without an {maker} card that is "
            "as it should be; with one, install its driver."
        ),
        "note",
    ),
    "driver_not_loaded": _Words(
        say("The {maker} driver is not loaded"),
        say("A card is there, but no driver that tells about it: {detail}"),
        "check",
    ),
    "version_mismatch": _Words(
        say("The {maker} driver was updated and waits for a restart"),
        say(
            "The library and the loaded driver are of different versions. Restart "
            "the computer, then detect again."
        ),
    ),
    "no_permission": _Words(
        say("No permission to ask the {maker} driver"),
        say("The driver refused the question.{permission}"),
    ),
    "device_lost": _Words(
        say("An {maker} card is lost"),
        say(
            "The driver knows it, but it does not answer: it fell off the bus or needs a reset. "
            "Restart the computer; if it happens again, look at the card's power plugs and its "
            "riser."
        ),
    ),
    "timed_out": _Words(say("The {maker} driver does not answer"), _HUNG),
    "crashed": _Words(
        say("The {maker} driver crashed when it was asked"),
        say(
            "It took the process that asked with it ({code}); this program goes "
            "on. Try again; if it crashes again, install the driver anew."
        ),
    ),
    "failed": _Words(
        say("The {maker} cards could not be read"), say("The driver was asked in vain: {detail}")
    ),
}
_NVML: Final[dict[Outcome, _Words]] = {
    "driver_not_loaded": _Words(
        say("The NVIDIA driver is not loaded"),
        say("The library was found, but it could not talk to the driver. {load}"),
    ),
    "no_device": _Words(
        say("The NVIDIA driver has no card"),
        say(
            "The driver runs, and no card is under it. Is a card plugged in, "
            "powered and not handed to a virtual machine?"
        ),
        "check",
    ),
}
_HOST: Final[dict[Outcome, _Words]] = {
    "timed_out": _Words(
        say("The processor and memory were not read in time"),
        say("The system was asked and gave no answer in time. Try again, or type them in."),
        "check",
    ),
    "crashed": _Words(
        say("The processor and memory could not be read"),
        say("The process that asked the system crashed ({code}). Try again, or type them in."),
        "check",
    ),
    "failed": _Words(
        say("The processor and memory could not be read"),
        say("The system did not answer: {detail} Try again, or type them in."),
        "check",
    ),
}
_BUS: Final[dict[Outcome, _Words]] = {
    outcome: _Words(
        say("The list of all cards could not be read"),
        say("Cards without a driver may be missing. Try again, or type them in."),
        "check",
    )
    for outcome in ("timed_out", "crashed", "failed", "no_permission")
}
_LOAD: Final[dict[System, str]] = {
    "linux": say(
        "Restart the computer, or run: sudo modprobe nvidia. After a kernel "
        "update the driver may have to be built again; Secure Boot can refuse "
        "it."
    ),
    "windows": say(
        "Look in the Device Manager whether the card is disabled or has an "
        "error, then install the driver anew."
    ),
}
_PERMISSION: Final[dict[System, str]] = {
    "linux": say(
        " Add yourself to the groups video and render (sudo usermod -aG "
        "video,render NAME), log out and in again. In a container, the card "
        "has to be handed in."
    ),
    "windows": say(" Does this session run as a guest or as a service?"),
}


def told(report: ProbeReport, system: System | None = None) -> Told | None:
    """What one probe's end means; None when there is nothing to say.

    Args:
        report: The probe's answer.
        system: The system that it was asked on; this one when not given.
    """
    if report.outcome == "found":
        return _partly(report, system or this_system())
    table = {"host": _HOST, "bus": _BUS, "nvml": {**_CARDS, **_NVML}}.get(report.probe, _CARDS)
    words = table.get(report.outcome)
    return None if words is None else _filled(words, report, system or this_system())


def told_of_machine(machine: DetectedMachine) -> tuple[Told, ...]:
    """What the probes together mean: what no single one can know."""
    host = machine.host
    found = [*_without_driver(machine)]
    if not machine.cards and has_looked(machine):
        found.append(_no_gpu(machine))
    elif host is not None and host.virtual_machine and any(c.virtual for c in machine.cards):
        found.append(
            Told(
                say("This is a virtual machine with a part of a card"),
                say("What it shows is a slice; the whole card may be larger."),
                (),
                "note",
                False,
            )
        )
    if host is not None and host.remote_session:
        found.append(
            Told(
                say("This is a remote session"),
                say(
                    "What was found is the computer at the other end of {0}, not the one "
                    "in front of you.",
                    host.remote_session,
                ),
                (),
                "note",
                False,
            )
        )
    if host is not None and host.wsl and machine.cards:
        found.append(
            Told(
                say("This is the Linux inside Windows (WSL)"),
                say(
                    "It sees a part of the computer's memory; Windows keeps the rest. Its "
                    "limit is memory= in .wslconfig."
                ),
                (),
                "note",
                False,
            )
        )
    return tuple(found)


def told_in_all(machine: DetectedMachine) -> tuple[Told, ...]:
    """Everything there is to say, worst first, each title once.

    That a maker's driver is missing is not said where no card of that maker is.
    """
    of_machine = told_of_machine(machine)
    system = machine.host.system if machine.host is not None else None
    others = [
        one
        for report in machine.reports
        if not _is_no_news(report, machine) and (one := told(report, system)) is not None
    ]
    named: dict[str, Told] = {}
    for one in sorted([*of_machine, *others], key=lambda one: _ORDER[one.level]):
        named.setdefault(one.title, one)
    return tuple(named.values())


def _is_no_news(report: ProbeReport, machine: DetectedMachine) -> bool:
    """A library that is missing together with its cards, as far as the bus can tell."""
    quiet = report.outcome == "no_library" or (
        report.probe == "nvml" and report.outcome == "driver_not_loaded"
    )
    maker = _MAKERS.get(report.probe)
    bus = next((one for one in machine.reports if one.probe == "bus"), None)
    looked = bus is not None and bus.outcome in ("found", "no_device")
    # An installed library whose driver does not run hints at a card that even the bus lost.
    if report.outcome == "driver_not_loaded" and not machine.cards:
        return False
    return quiet and looked and not any(card.vendor == maker for card in machine.cards)


def _without_driver(machine: DetectedMachine) -> list[Told]:
    """Cards of NVIDIA on the bus that the missing driver would tell about."""
    nvml = next((one for one in machine.reports if one.probe == "nvml"), None)
    cards = [card for card in machine.cards if card.vendor == "NVIDIA" and card.probe == "bus"]
    if nvml is None or nvml.outcome != "no_library" or not cards:
        return []
    names = ", ".join(card.name or card.pci_id or say("a card") for card in cards)
    text = say(
        "The bus has {0}, but the driver's library was not found: its memory and speed cannot be "
        "read. Install the driver, or type the card in. {1}",
        names,
        UNCHANGED,
    )
    return [Told(NVIDIA_DRIVER, text, nvml.steps, "error", True)]


def has_looked(machine: DetectedMachine) -> bool:
    """Whether "none" is an answer: every probe that has cards to tell about came to an end."""
    ended = ("no_device", "not_on_this_system", "no_library", "found")
    asked = [report for report in machine.reports if report.probe != "host"]
    return bool(asked) and all(report.outcome in ended for report in asked)


def _no_gpu(machine: DetectedMachine) -> Told:
    host = machine.host
    text = say("No driver and no bus shows one. Type the cards in if there are some.")
    if host is not None and host.wsl:
        text = say(
            "WSL shows the cards of Windows only with a driver in Windows that supports it. "
            "Install the newest one there, not in Linux, then run: wsl --shutdown."
        )
    elif host is not None and host.container:
        text = say(
            "This program runs in a container ({0}) and no card was handed in. Start it with the "
            "card: --gpus all for NVIDIA, --device /dev/dri and /dev/kfd for AMD; or run it "
            "outside.",
            host.container,
        )
    elif host is not None and host.virtual_machine:
        text = say(
            "This is a virtual machine{0} and no card was passed through to it. Run this program "
            "on the computer itself, or type the cards in.",
            _called(host.virtual_machine),
        )
    elif host is not None and host.system == "macos":
        text = say(
            "There is no NVIDIA driver for macOS, and no GPU of Apple was told by the system."
        )
    elif host is not None and host.remote_session:
        text = say(
            "This session comes through {0}: what was looked at is the computer at the other end.",
            host.remote_session,
        )
    return Told(NO_GPU, f"{text} {UNCHANGED}", (), "check", True)


def _partly(report: ProbeReport, system: System) -> Told | None:
    """A probe that found cards, and some that do not answer."""
    if not report.code or not report.detail:
        return None
    refused = report.code.partition(",")[0] in _REFUSED
    advice = "{permission}" if refused else f" {_LOOK_AT_IT}"
    title = say("A card could not be read; the others were")
    return _filled(_Words(title, "{detail}" + advice, "check"), report, system)


def _called(name: str) -> str:
    """A name in brackets; what only says that there is none is left out."""
    return "" if name == UNNAMED_HYPERVISOR else f" ({name})"


def _filled(words: _Words, report: ProbeReport, system: System) -> Told:
    values = {
        "maker": _MAKERS.get(report.probe, report.probe),
        "code": report.code or say("no reason told"),
        "detail": _sentence(report.detail or report.code or say("no reason told")),
        "load": _LOAD.get(system, say("Install the driver anew.")),
        "permission": _PERMISSION.get(system, ""),
    }
    text = words.text.format_map(values)
    if words.level != "note":
        text = f"{text} {UNCHANGED}"
    return Told(words.title.format_map(values), text, report.steps, words.level, True)


def _sentence(detail: str) -> str:
    """One line with a full stop; a driver's own words can be pages."""
    line = "; ".join(part.strip() for part in detail.splitlines() if part.strip())
    line = line if len(line) <= 300 else line[:299] + "…"
    return line if line.endswith((".", "…", "!", "?")) else f"{line}."
