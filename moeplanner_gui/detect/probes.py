"""The table of all probes. A probe is imported only in the process that runs it."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from moeplanner_gui.detect.probe import Probe

PROBES: Final[dict[str, str]] = {
    "nvml": "moeplanner_gui.detect.nvml:NvmlProbe",
    "amd": "moeplanner_gui.detect.amd:AmdProbe",
    "intel": "moeplanner_gui.detect.intel:IntelProbe",
    "apple": "moeplanner_gui.detect.apple:AppleProbe",
    "bus": "moeplanner_gui.detect.bus:BusProbe",
    "host": "moeplanner_gui.detect.host:HostProbe",
}
"""Best first: where two describe one card, the earlier one is believed."""


def probe_named(name: str) -> Probe:
    """Make one probe.

    Raises:
        KeyError: There is none of this name.
    """
    module, _, class_name = PROBES[name].partition(":")
    return cast(Probe, getattr(import_module(module), class_name)())
