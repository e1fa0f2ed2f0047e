"""Machines that the tests make up: what NVIDIA's library says there, and what goes wrong.

``nvml_scenario("two-3090")`` gives the environment variables under which a detection sees that
machine; a child process inherits them. Memory totals, PCI ids and power limits are those that
drivers report for the real cards; which process runs is made up.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

from tests.detect.compiled_stub import folder, library_folder, no_library_folder

MIB = 2**20
# NVLink versions below are nvmlNvlinkVersion_t: 5 is 3.1, 6 is 4.0.
DRIVER = "driver 580.95.05\nlibrary 13.580.95.05\ncuda 13000\n"

_number = itertools.count()


@dataclass(frozen=True)
class Scenario:
    """``text`` is the stub's file, ``without`` the entry points that its library lacks."""

    what: str
    text: str = DRIVER
    without: tuple[str, ...] = ()
    library: Literal["stub", "broken", "none"] = "stub"


def card(
    name: str,
    *lines: str,
    pci: str = "10DE:2204 10DE:1454",
    bus: int = 1,
    memory_mib: tuple[int, int, int] = (24576, 260, 0),
    power_w: tuple[int, int, int, int] | None = (350, 350, 100, 366),
    pcie: tuple[int, int, int, int] | None = (1, 16, 4, 16),
    bus_bits: int = 384,
    memory_clock: int = 9751,
    capability: str = "8 6",
    virtual: int = 0,
) -> str:
    """The stub's lines of one card; ``memory_mib`` is total, reserved, used."""
    total, reserved, used = (mib * MIB for mib in memory_mib)
    made = [f"card {name}", f"pci 0000:{bus:02x}:00.0 {pci}", f"capability {capability}"]
    made += [f"memory {total} {reserved} {used}", f"bus_bits {bus_bits}", f"virtual {virtual}"]
    made += [f"memory_clock {memory_clock}", "temperature 41", "utilization 3 1"]
    if power_w:
        made += ["power " + " ".join(str(watts * 1000) for watts in power_w), "power_now 21300"]
    if pcie:
        made += ["pcie " + " ".join(map(str, pcie))]
    return "\n".join([*made, *lines]) + "\n"


def rtx_3090(bus: int = 1, *lines: str, used: int = 0) -> str:
    return card("NVIDIA GeForce RTX 3090", *lines, bus=bus, memory_mib=(24576, 260, used))


def h100(bus: int, *lines: str) -> str:
    links = [f"nvlink {link} switch 6" for link in range(18)]
    return card(
        "NVIDIA H100 80GB HBM3",
        *("ecc 1", "mig 0", "nvlink_mbps 26562", *links, *lines),
        pci="10DE:2330 10DE:16C1",
        bus=bus,
        memory_mib=(81559, 551, 0),
        power_w=(700, 700, 200, 700),
        pcie=(5, 16, 5, 16),
        bus_bits=5120,
        memory_clock=2619,
        capability="9 0",
    )


def a100_mig(*instances: str) -> str:
    return card(
        "NVIDIA A100-SXM4-40GB",
        *("ecc 1", "mig 1", *instances),
        pci="10DE:20B0 10DE:134F",
        memory_mib=(40960, 537, 37),
        power_w=(400, 400, 100, 400),
        pcie=(4, 16, 4, 16),
        bus_bits=5120,
        memory_clock=1215,
        capability="8 0",
    )


_BRIDGE = ("nvlink_mbps 14062", *(f"nvlink {link} {{}} 5" for link in range(4)))
_TWO_3090 = DRIVER + rtx_3090(1) + rtx_3090(0x21)
_MIG = (
    f"instance {19968 * MIB} {12 * MIB} NVIDIA A100-SXM4-40GB MIG 3g.20gb",
    f"instance {9856 * MIB} {6 * MIB} NVIDIA A100-SXM4-40GB MIG 2g.10gb",
)
_LAPTOP = card(
    "NVIDIA GeForce RTX 4090 Laptop GPU",
    "display 1 1",
    pci="10DE:2717 1043:1F5F",
    memory_mib=(16376, 330, 410),
    power_w=None,
    pcie=(4, 8, 4, 16),
    bus_bits=256,
    memory_clock=9001,
    capability="8 9",
)
_RTX_4090 = {"pci": "10DE:2684 10DE:16F4", "capability": "8 9", "memory_clock": 10501}
_VGPU = card(
    "NVIDIA A40-24Q",
    pci="10DE:2235 10DE:1525",
    memory_mib=(24576, 1740, 0),
    power_w=None,
    pcie=None,
    virtual=2,
    memory_clock=0,
)
_GB10 = card(
    "NVIDIA GB10",
    pci="10DE:2E12 10DE:0000",
    bus=0xF,
    memory_mib=(0, 0, 0),
    power_w=None,
    pcie=(1, 1, 1, 1),
    bus_bits=0,
    memory_clock=0,
    capability="12 1",
)

SCENARIOS: dict[str, Scenario] = {
    "one-3090": Scenario("one RTX 3090", DRIVER + rtx_3090()),
    "two-3090": Scenario("two RTX 3090", _TWO_3090),
    "two-3090-bridged": Scenario(
        "two RTX 3090 with an NVLink bridge",
        DRIVER
        + rtx_3090(1, *(line.format(1) for line in _BRIDGE))
        + rtx_3090(0x21, *(line.format(0) for line in _BRIDGE)),
    ),
    "one-3090-busy": Scenario(
        "one RTX 3090 with a desktop and a llama-server on it",
        DRIVER
        + rtx_3090(
            1,
            "display 1 1",
            f"process 4321 {8000 * MIB} /home/someone/secret/llama-server",
            f"graphics 987 {350 * MIB} /usr/lib/xorg/Xorg",
            used=8371,
        ),
    ),
    "eight-h100": Scenario(
        "eight H100 SXM behind an NVSwitch",
        DRIVER + "".join(h100(0x19 + 0x10 * number) for number in range(8)),
    ),
    "mixed": Scenario(
        "an RTX 4090 and an RTX 3060 12 GB",
        DRIVER
        + card(
            "NVIDIA GeForce RTX 4090",
            memory_mib=(24564, 440, 0),
            power_w=(450, 450, 150, 600),
            **_RTX_4090,  # type: ignore[arg-type]
        )
        + card(
            "NVIDIA GeForce RTX 3060",
            pci="10DE:2504 1462:397D",
            bus=5,
            memory_mib=(12288, 230, 12),
            power_w=(170, 170, 100, 187),
            pcie=(1, 4, 4, 4),
            bus_bits=192,
            memory_clock=7501,
        ),
    ),
    "modified-4090": Scenario(
        "an RTX 4090 with 48 GB soldered on",
        DRIVER
        + card(
            "NVIDIA GeForce RTX 4090",
            memory_mib=(49140, 480, 0),
            power_w=(450, 450, 150, 450),
            **_RTX_4090,  # type: ignore[arg-type]
        ),
    ),
    "laptop-4090": Scenario("an RTX 4090 Laptop GPU, whose power is not told", DRIVER + _LAPTOP),
    "mig": Scenario("an A100 cut into two slices", DRIVER + a100_mig(*_MIG)),
    "mig-empty": Scenario("an A100 with MIG on and no slice made", DRIVER + a100_mig()),
    "vgpu": Scenario("half an A40 in a virtual machine", DRIVER + _VGPU),
    "gb10": Scenario(
        "a DGX Spark: memory “not supported”, so that of this computer", DRIVER + _GB10
    ),
    "unknown-card": Scenario(
        "a card that no list knows",
        DRIVER + card("NVIDIA Something 9999", pci="10DE:FFFE 10DE:0001", capability="13 0"),
    ),
    "no-device": Scenario("the driver runs, and there is no card"),
    "no-library": Scenario("no driver installed", library="none"),
    "broken-library": Scenario("a driver's file that is no library", library="broken"),
    "driver-not-loaded": Scenario("driver not loaded (9)", "error nvmlInitWithFlags * 9\n"),
    "version-mismatch": Scenario(
        "driver updated and not restarted (18)", "error nvmlInitWithFlags * 18\n"
    ),
    "no-permission": Scenario("no right to open the card (4)", "error nvmlInitWithFlags * 4\n"),
    "card-no-permission": Scenario(
        "no right to open the second of two cards (4)",
        _TWO_3090 + "error nvmlDeviceGetHandleByIndex_v2 1 4\n",
    ),
    "lost-before": Scenario(
        "one of two cards fell off the bus (15)",
        _TWO_3090 + "error nvmlDeviceGetHandleByIndex_v2 1 15\n",
    ),
    "lost-between": Scenario(
        "the second of two cards disappears after three calls", _TWO_3090 + "lost 1 3\n"
    ),
    "only-card-lost": Scenario(
        "the only card is lost", DRIVER + rtx_3090() + "error nvmlDeviceGetHandleByIndex_v2 0 15\n"
    ),
    "hang": Scenario(
        "the driver does not answer for 30 s", _TWO_3090 + "hang nvmlInitWithFlags 30\n"
    ),
    "hang-memory": Scenario(
        "a question about memory is not answered for 30 s",
        _TWO_3090 + "hang nvmlDeviceGetMemoryInfo_v2 30\nhang nvmlDeviceGetMemoryInfo 30\n",
    ),
    "crash": Scenario("the library crashes (SIGSEGV)", _TWO_3090 + "crash nvmlDeviceGetName\n"),
    "crash-init": Scenario("it crashes while starting", _TWO_3090 + "crash nvmlInitWithFlags\n"),
    "abort": Scenario("the library gives up (SIGABRT)", _TWO_3090 + "abort nvmlDeviceGetName\n"),
    "hang-shutdown": Scenario(
        "it does not shut down for 30 s", _TWO_3090 + "hang nvmlShutdown 30\n"
    ),
    "crash-shutdown": Scenario(
        "it crashes while shutting down", _TWO_3090 + "crash nvmlShutdown\n"
    ),
    "hang-exit": Scenario("it does not let its process end", _TWO_3090 + "hang at_exit 30\n"),
    "crash-exit": Scenario("it crashes when its process ends", _TWO_3090 + "crash at_exit\n"),
    "leave": Scenario("the library ends the process", _TWO_3090 + "leave nvmlDeviceGetName 0\n"),
    "rubbish": Scenario(
        "the library prints on standard output",
        _TWO_3090 + "rubbish {\\x22no\\x22: json\\xff\\x00\n",
    ),
    "flood": Scenario("it prints a megabyte", _TWO_3090 + "flood 1000000\n"),
    "lingering": Scenario(
        "it starts a program that outlives it", _TWO_3090 + "orphan nvmlInitWithFlags 30\n"
    ),
    "garbage-names": Scenario(
        "names that are no text",
        "driver \\xff\\xfe\\xfd\n"
        + card("\\xc3\\x28\\xa0 GeForce\\xff")
        + card("", bus=0x21)
        + card("A" * 95, bus=0x31),
    ),
    "claims-300": Scenario("it counts 300 cards and has two", _TWO_3090 + "count 300\n"),
    "claims-too-many": Scenario(
        "it counts four thousand million", _TWO_3090 + "count 4294967294\n"
    ),
    "old-driver": Scenario(
        "a driver from before many of the calls",
        DRIVER + rtx_3090(),
        without=(
            "nvmlDeviceGetMemoryInfo_v2",
            "nvmlDeviceGetMigMode",
            "nvmlDeviceGetMemoryBusWidth",
            "nvmlDeviceGetNumaNodeId",
            "nvmlDeviceGetComputeRunningProcesses_v3",
            "nvmlDeviceGetGraphicsRunningProcesses_v3",
            "nvmlDeviceGetNvLinkRemoteDeviceType",
        ),
    ),
}


def nvml_environment(scenario: Scenario, *, log: str | None = None) -> dict[str, str]:
    """The environment variables under which a new process finds this machine.

    Args:
        scenario: What the library says.
        log: A file that gets a line for each call, or None.
    """
    path = folder() / f"scenario-{next(_number)}"
    path.write_text(scenario.text)
    if scenario.library == "stub":
        library = library_folder(scenario.without)
    else:
        library = no_library_folder(is_broken=scenario.library == "broken")
    made = {"LD_LIBRARY_PATH": str(library), "NVML_STUB_SCENARIO": str(path)}
    return made | ({"NVML_STUB_LOG": log} if log else {})


def nvml_scenario(name: str) -> dict[str, str]:
    """The environment variables of one of :data:`SCENARIOS`.

    Raises:
        KeyError: There is none of this name.
    """
    return nvml_environment(SCENARIOS[name])
