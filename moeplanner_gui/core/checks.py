"""Remarks about a plan: what it assumes, repeats or leaves out. Computes no sizes."""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.assessment import DeviceMemory, Finding
from moeplanner_gui.core.prepare import Prepared


def findings(prepared: Prepared, devices: Sequence[DeviceMemory]) -> tuple[Finding, ...]:
    """All remarks, errors first."""
    return ()
