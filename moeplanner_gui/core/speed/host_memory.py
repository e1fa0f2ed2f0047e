"""How fast a host reads its own memory: measured, or derived from channels and transfer rate."""

from __future__ import annotations

from typing import NamedTuple

from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.hardware import HostSpec
from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.words import say

REACHED_SHARE = 0.85
"""Of the peak, where nobody measured: the shares measured on single-socket hosts of the catalogue
are 0.72 (EPYC 7742), 0.77 (Threadripper PRO 7965WX), 0.83 (EPYC 7003, 9004, Xeon 6980P) and 0.97
(EPYC 9355); few dies on the processor reach less (0.58, 2 x EPYC 9124)."""
NUMA_SOURCE = say(
    "2 x Xeon Gold 5218: about 4 tokens/s on both sockets, about 8 on one "
    "alone (github.com/mozilla-ai/llamafile/issues/765)"
)
BYTES_A_TRANSFER = 8
"""A DDR channel is 64 bits wide."""


class HostBandwidth(NamedTuple):
    """What an engine can read from host memory, GB/s, and a sentence that says how it is known."""

    gbs: float
    confidence: Confidence
    sentence: str


NO_HOST = Unknown(
    say(
        "Unknown, because no host is chosen. Choose the host platform of the "
        "node, or enter the speed and the channels of its memory."
    )
)


def peak_gbs(mt_s: int, channels: int) -> float:
    """Peak of ``channels`` in all sockets together, GB/s: channels x 8 bytes x transfer rate."""
    return channels * mt_s * BYTES_A_TRANSFER / 1000


def bandwidth_gbs(
    node: Node, host: HostSpec | None, *, numa_aware: bool = False
) -> HostBandwidth | Unknown:
    """The bandwidth with which the weights in the host memory of a node are read.

    A figure that the user measured counts as it is. Else the host's measured figure, or 0.85 of
    the peak; another transfer rate or number of channels scales it. A host's ``channels`` count
    those of all its sockets.

    Args:
        node: May replace transfer rate, channels or the result.
        host: The row of ``node.host``.
        numa_aware: The engine keeps the weights of each socket in its own memory
            (KTransformers does). Without, a second socket adds nothing: see ``NUMA_SOURCE``.
    """
    if node.memory_gbs is not None:
        return HostBandwidth(
            node.memory_gbs,
            Confidence.MEASURED,
            say("{0:g} GB/s, measured by you.", node.memory_gbs),
        )
    mt_s = node.memory_mt_s or (host.mt_s if host is not None else None)
    channels = node.memory_channels or (host.channels if host is not None else None)
    if mt_s is None or channels is None:
        return NO_HOST
    peak = peak_gbs(mt_s, channels)
    kind = "DDR" if host is None else host.memory
    words = say("{0} × {1}-{2}, {3:.0f} GB/s peak", channels, kind, mt_s, peak)
    gbs, confidence = REACHED_SHARE * peak, Confidence.MODELLED
    said = say("{0}; {1:.0%} of it is assumed.", words, REACHED_SHARE)
    if host is not None and host.measured_gbs is not None:
        gbs = _scaled(host.measured_gbs, host.peak_gbs, peak)
        if abs(peak - host.peak_gbs) < 0.001 * peak:
            confidence = Confidence.MEASURED if host.verified else Confidence.UNVERIFIED
            said = say("{0}; {1:g} GB/s were measured.", words, host.measured_gbs)
        else:
            said = say(
                "{0}; scaled from {1:g} GB/s measured on this host.", words, host.measured_gbs
            )
    sockets = 1 if host is None else host.sockets
    if sockets > 1 and not numa_aware:
        gbs, confidence = gbs / sockets, Confidence.UNVERIFIED
        said += say(" The engine reads from one of {0} sockets at a time.", sockets)
    return HostBandwidth(gbs, confidence, said)


def _scaled(measured_gbs: float, of_peak: float, peak: float) -> float:
    """A measured figure at another peak: in proportion downwards; upwards no more than 0.85 of
    the new peak is believed, and never less than was measured.
    """
    share = measured_gbs / of_peak
    if peak <= of_peak:
        return share * peak
    return max(measured_gbs, min(share, REACHED_SHARE) * peak)
