"""The verdict in a word and in sentences. Knows bytes of devices, no formulas of engines.

A plan is tight when what is left on a device lies within the error of what is modelled there:
5 % of its working buffers, a quarter of the process overhead and 0.25 % of the card. A card
entered with its own reserve has no modelled overhead, so only its buffers count.
"""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.assessment import DeviceMemory, Verdict
from moeplanner_gui.core.placement import Share
from moeplanner_gui.core.units import GIB, format_free_memory
from moeplanner_gui.core.verdict_words import DOES_NOT_FIT, FITS, TIGHT, after
from moeplanner_gui.core.words import say


def _is_near(device: DeviceMemory, share: Share, free: int) -> bool:
    """True when what is free on a card is within the error of the estimate."""
    return device.kind == "gpu" and 0 <= free < share.margin_bytes + device.compute_bytes // 20


def judge(devices: Sequence[DeviceMemory], shares: Sequence[Share]) -> tuple[Verdict, int | None]:
    """The verdict and the position of the device that decides it."""
    tightest: int | None = None
    least = 0
    tight = False
    for position, (device, share) in enumerate(zip(devices, shares, strict=True)):
        if not share.decides:
            continue
        compute = device.compute_bytes
        used = share.fixed_bytes + device.kv_cache_bytes + compute + device.output_bytes
        if not used:
            continue
        free = device.usable_bytes - used
        if tightest is None or free < least:
            tightest, least = position, free
        # The first half is no more than a quick look: most devices are far from full.
        if free < share.margin_bytes + compute and _is_near(device, share, free):
            tight = True
    if tightest is None:
        return "fits", None
    if least < 0:
        return "does_not_fit", tightest
    return ("tight" if tight else "fits"), tightest


def sentences(
    verdict: Verdict,
    tightest: int | None,
    devices: Sequence[DeviceMemory],
    shares: Sequence[Share],
    weights_label: str,
    native_bytes: int | None = None,
) -> tuple[str, ...]:
    """The verdict in words, the first sentence standing alone.

    ``native_bytes`` is the size of the published checkpoint where that is the smaller one.
    """
    if tightest is None:
        return (FITS,)
    device = devices[tightest]
    if verdict == "fits":
        return (
            after(
                FITS, say("Tightest: {0}, {1} free.", device.name, format_left(device.free_bytes))
            ),
        )
    if verdict == "tight":
        near = next(d for d, s in zip(devices, shares, strict=True) if _is_near(d, s, d.free_bytes))
        return (
            after(
                TIGHT,
                say(
                    "{0} has {1} free, within the error of the buffers.",
                    near.name,
                    format_left(near.free_bytes),
                ),
            ),
        )
    return _does_not_fit(device, devices, shares, weights_label, native_bytes)


def _does_not_fit(
    device: DeviceMemory,
    devices: Sequence[DeviceMemory],
    shares: Sequence[Share],
    weights_label: str,
    native_bytes: int | None,
) -> tuple[str, ...]:
    over = [d for d, s in zip(devices, shares, strict=True) if d.free_bytes < 0 and s.decides]
    more = []
    unchosen = any(d is device and s.device.unknown for d, s in zip(devices, shares, strict=True))
    if unchosen and device.kind in ("host", "disk"):
        need = format_short(device.used_bytes)
        where = say("Host memory") if device.kind == "host" else say("A disk for the weights")
        first = after(DOES_NOT_FIT, say("{0} is not chosen; {1} are needed in it.", where, need))
    elif device.kind == "disk":
        first = after(DOES_NOT_FIT, _too_large(device))
    else:
        weights_need = sum(d.weights_bytes for d in devices if d.kind == device.kind)
        usable = sum(
            max(d.usable_bytes - d.overhead_bytes, 0) for d in devices if d.kind == device.kind
        )
        if device.kind == "gpu" and weights_need > usable:
            hint = native_bytes is not None and native_bytes <= usable
            first = after(
                DOES_NOT_FIT,
                say(
                    "{0} needs {1}, {2} are usable.{3}",
                    weights_label,
                    format_short(weights_need),
                    format_free_memory(usable).removesuffix(" GiB"),
                    say(" Choose native.") if hint else "",
                ),
            )
            more.append(_too_large(device))
        else:
            first = after(DOES_NOT_FIT, _too_large(device))
    if len(over) > 1:
        total = format_short(-sum(d.free_bytes for d in over))
        more.append(say("{0} devices are too small, by {1} together.", len(over), total))
    return (first, *more)


def _too_large(device: DeviceMemory) -> str:
    short = -device.free_bytes
    text = format_short(short, decimals=2 if short < 10 * GIB else 1)
    fixed = device.weights_bytes + device.overhead_bytes + device.file_rest_bytes
    if fixed > device.usable_bytes:
        return say("The weights are {0} too large on {1}.", text, device.name)
    if device.kv_cache_bytes >= short:
        return say("The weights fit; the KV cache is {0} too large on {1}.", text, device.name)
    return say("The weights fit; cache and buffers are {0} too large on {1}.", text, device.name)


def format_left(size_bytes: int) -> str:
    """Write what is free, rounded down, with a second decimal where one would hide it."""
    return format_free_memory(size_bytes, decimals=1 if size_bytes >= GIB else 2)


def format_short(size_bytes: int, *, decimals: int = 1) -> str:
    """Write what is needed or missing, rounded up so that it never sounds smaller than it is."""
    scale = 10**decimals
    return say("{0:,.{1}f} GiB", -(-size_bytes * scale // GIB) / scale, decimals)
