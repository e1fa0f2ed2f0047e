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
        used = (
            share.fixed_bytes + device.kv_cache_bytes + device.compute_bytes + device.output_bytes
        )
        if not used:
            continue
        free = device.usable_bytes - used
        if tightest is None or free < least:
            tightest, least = position, free
        if not tight and _is_near(device, share, free):
            tight = True
    if tightest is None:
        return "fits", None
    if least < 0:
        return "does_not_fit", tightest
    return ("tight" if tight else "fits"), tightest


def in_memory_only(sentence: str) -> str:
    """The verdict's sentence where nobody has checked whether the engine runs on the cards."""
    for word in ("Fits", "Tight"):
        if sentence.startswith(f"{word}."):
            return f"{word} in memory, not checked to run.{sentence[len(word) + 1 :]}"
    return sentence


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
        return ("Fits.",)
    device = devices[tightest]
    if verdict == "fits":
        return (f"Fits. Tightest: {device.name}, {format_left(device.free_bytes)} free.",)
    if verdict == "tight":
        near = next(d for d, s in zip(devices, shares, strict=True) if _is_near(d, s, d.free_bytes))
        return (
            f"Tight. {near.name} has {format_left(near.free_bytes)} free, "
            "within the error of the buffers.",
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
        where = "Host memory" if device.kind == "host" else "A disk for the weights"
        first = f"Does not fit. {where} is not chosen; {need} are needed in it."
    elif device.kind == "disk":
        first = f"Does not fit. {_too_large(device)}"
    else:
        weights_need = sum(d.weights_bytes for d in devices if d.kind == device.kind)
        usable = sum(
            max(d.usable_bytes - d.overhead_bytes, 0) for d in devices if d.kind == device.kind
        )
        if device.kind == "gpu" and weights_need > usable:
            hint = native_bytes is not None and native_bytes <= usable
            first = (
                f"Does not fit. {weights_label} needs {format_short(weights_need)}, "
                f"{format_free_memory(usable).removesuffix(' GiB')} are usable."
                f"{' Choose native.' if hint else ''}"
            )
            more.append(_too_large(device))
        else:
            first = f"Does not fit. {_too_large(device)}"
    if len(over) > 1:
        total = format_short(-sum(d.free_bytes for d in over))
        more.append(f"{len(over)} devices are too small, by {total} together.")
    return (first, *more)


def _too_large(device: DeviceMemory) -> str:
    short = -device.free_bytes
    text = format_short(short, decimals=2 if short < 10 * GIB else 1)
    fixed = device.weights_bytes + device.overhead_bytes + device.file_rest_bytes
    if fixed > device.usable_bytes:
        return f"The weights are {text} too large on {device.name}."
    if device.kv_cache_bytes >= short:
        return f"The weights fit; the KV cache is {text} too large on {device.name}."
    return f"The weights fit; cache and buffers are {text} too large on {device.name}."


def format_left(size_bytes: int) -> str:
    """Write what is free, rounded down, with a second decimal where one would hide it."""
    return format_free_memory(size_bytes, decimals=1 if size_bytes >= GIB else 2)


def format_short(size_bytes: int, *, decimals: int = 1) -> str:
    """Write what is needed or missing, rounded up so that it never sounds smaller than it is."""
    scale = 10**decimals
    return f"{-(-size_bytes * scale // GIB) / scale:,.{decimals}f} GiB"
