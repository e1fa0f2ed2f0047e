"""Which cards an engine sees and in which order, and what llama.cpp calls them.

CUDA counts the fastest card first unless it is told to count by the bus. Where the cards of a
computer differ, the plan's order is therefore written into the environment. Knows no flags.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from moeplanner_gui.core.backends import DRIVES
from moeplanner_gui.core.plan import Backend, Plan
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.words import say

_NAMES: Final[dict[Backend, str]] = {
    "cuda": "CUDA",
    "rocm": "ROCm",
    "vulkan": "Vulkan",
    "sycl": "SYCL",
    "metal": "MTL",
}
HOST_BUFFERS: Final[dict[Backend, str]] = {
    "cuda": "CUDA_Host",
    "rocm": "ROCm_Host",
    "vulkan": "Vulkan_Host",
    "sycl": "SYCL_Host",
}
"""What the back ends call host memory that their cards read directly."""
_VISIBLE: Final[dict[Backend, str]] = {
    "cuda": "CUDA_VISIBLE_DEVICES",
    "rocm": "HIP_VISIBLE_DEVICES",
    "vulkan": "GGML_VK_VISIBLE_DEVICES",
}
NUMBERS_UNKNOWN: Final = say(
    "The cards are numbered in the order of their slots; which number the "
    "driver gives each is not known here. Compare with nvidia-smi, "
    "rocm-smi or llama-server --list-devices, and exchange the numbers if "
    "it is another."
)


def backend_of(plan: Plan, cards: Sequence[Device]) -> Backend:
    """What drives the cards: what was chosen, or their maker's own."""
    if not cards:
        return "cpu"
    if plan.deployment.backend is not None:
        return plan.deployment.backend
    return DRIVES.get(cards[0].vendor, ("cuda",))[0]


def on_node(cards: Sequence[Device], node: int) -> list[int]:
    """Positions of the cards of one computer, in the order of its slots."""
    return [position for position, card in enumerate(cards) if card.node == node]


def device_name(backend: Backend, number: int, endpoint: str = "") -> str:
    """llama.cpp's name of a card: ``CUDA1``, or ``RPC1[10.0.0.2:50052]`` through RPC."""
    if endpoint:
        return f"RPC{number}[{endpoint}]"
    return f"{_NAMES.get(backend, 'GPU')}{number}"


def driver_numbers(plan: Plan, cards: Sequence[Device], node: int) -> tuple[tuple[int, ...], bool]:
    """The driver's number of each card of a computer when it counts by the bus, and whether it is
    known: from the addresses that detection kept, where no card was changed since. Else slots.
    """
    here = on_node(cards, node)
    part = plan.rig.nodes[node]
    read = part.detected
    plain = [card.slot for card in (cards[i] for i in here)] == list(range(len(part.gpus)))
    if read is not None and plain and len(read.gpus) == len(part.gpus):
        addresses = [address for address in read.addresses if address is not None]
        if len(addresses) == len(here) == len(set(addresses)) and read.gpus == part.gpus:
            order = sorted(addresses)
            return tuple(order.index(address) for address in addresses), True
    return tuple(range(len(here))), False


def environment(
    plan: Plan, cards: Sequence[Device], node: int, used: Sequence[int]
) -> tuple[tuple[tuple[str, str, str], ...], bool]:
    """The variables that make the engine see the plan's cards in the plan's order.

    Args:
        plan: What the user chose.
        cards: All cards of the rig.
        node: Which computer.
        used: Positions of the cards that the engine uses, in its order.

    Returns:
        Name, value and reason of each variable, none where every order gives the same; and
        whether the numbers need a look because they are not known.
    """
    backend = backend_of(plan, cards)
    here = on_node(cards, node)
    chosen = [position for position in used if position in here]
    # A desktop on one of equal cards is no other kind: it takes little, and may move.
    kinds = set(plan.rig.nodes[node].gpus)
    if not chosen or (len(kinds) == 1 and len(chosen) == len(here)):
        return (), False
    variable = _VISIBLE.get(backend)
    if variable is None:
        return (), len(kinds) > 1
    numbers, known = driver_numbers(plan, cards, node)
    shown = ",".join(str(numbers[here.index(position)]) for position in chosen)
    reason = say("so that the first card of the plan is the first of the engine")
    if len(chosen) < len(here):
        reason = say("{0} of {1} cards are used", len(chosen), len(here))
    found = [(variable, shown, reason)]
    if backend == "cuda":
        order = say("counts cards by the bus, not the fastest first")
        found.insert(0, ("CUDA_DEVICE_ORDER", "PCI_BUS_ID", order))
    return tuple(found), not known and len(kinds) > 1
