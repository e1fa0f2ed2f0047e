"""From what was found to a node of a plan, with a line for each thing that a person accepts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, cast

from moeplanner_gui.core.detected import DetectedCard, DetectedMachine
from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.plan import (
    Card,
    CustomSlot,
    DetectedNode,
    Node,
    card_id,
)
from moeplanner_gui.core.units import MIB, ceil_div
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.proposal import Proposal, ProposalLine
from moeplanner_gui.detect.propose_cards import MOST_MIB, Placed, display_of, place_cards
from moeplanner_gui.detect.propose_host import HostValues, host_values
from moeplanner_gui.detect.propose_links import (
    Link,
    card_link,
    links_in_words,
    nvlink_of,
    power_limit,
)
from moeplanner_gui.detect.sentences import has_looked

NODE_NAME: Final = say("This computer")
PRICE: Final = say("Price")
"""The subject of the line that says whether the computer costs anything in the plan."""
_PRICES: Final = {
    True: say("here already: costs nothing"),
    False: say("counted as if it were bought"),
}
_DISPLAYS: Final = {
    "headless": say("no screen on these cards"),
    "linux": say("a screen on these cards"),
    "windows": say("a screen on these cards (Windows)"),
}


def propose(
    machine: DetectedMachine,
    gpus: Mapping[str, GpuSpec],
    hosts: Mapping[str, HostSpec],
    now: Node | None = None,
    links: Container[str] = (),
) -> Proposal:
    """The node that this machine is.

    Never rounds towards yes: what is in use counts up, what is free down, and what was not read
    stays open and says so. What a person measured on ``now`` (its name, its bandwidths) is kept.
    The computer is there, so it costs nothing, unless ``now`` says otherwise.

    Args:
        machine: What was found.
        gpus: Cards of the catalogue by id, with the user's own ones.
        hosts: Hosts of the catalogue by id, with the user's own ones.
        now: The node that the proposal would replace.
        links: Ids of the catalogue's links.
    """
    day = _day(machine.date)
    cards = place_cards(machine, gpus, day)
    placed = cards.placed
    unified = any(one.row.unified_memory for one in placed)
    link_id, link, link_line = card_link(placed, links)
    generations = [one.card.pcie_gen_max for one in placed if one.card.pcie_gen_max]
    values = host_values(
        machine.host,
        hosts,
        day,
        unified=unified,
        unified_system_mib=cards.system_mib,
        pcie_gen=min(max(generations), 7) if generations else None,
    )
    nvlink, nvlink_line = nvlink_of(placed)
    watts, power_line = power_limit(placed)
    display, display_read = display_of([one.card for one in placed], machine.host)
    found: dict[str, object] = {
        "host": values.host_id,
        "ram_gib": values.ram_gib,
        "gpus": tuple(one.slot for one in placed),
        "display": display,
        "system_mib": values.system_mib,
        "disk_gib": values.disk_gib,
        "card_link": link_id,
        "nvlink": nvlink,
        "memory_mt_s": values.memory_mt_s,
        "memory_channels": values.memory_channels,
        "power_limit_w": watts,
    }
    given = {name: value for name, value in found.items() if value is not None}
    kept = {} if now is None else _kept(now)
    addresses = tuple(_address(one.card.pci_address) for one in placed)
    snapshot = DetectedNode.model_validate(
        {
            "day": day,
            **given,
            "addresses": addresses,
            "used_mib": tuple(_used_mib(one.card) for one in placed),
            "assumed": ("display",) if display is not None and not display_read else (),
        }
    )
    first = {"name": NODE_NAME, "mine": True}
    node = Node.model_validate({**first, **kept, **given, "detected": snapshot})
    lines = [
        *(one.line for one in placed),
        *_no_cards(machine, placed),
        *(line for line in (link_line, nvlink_line, power_line) if line is not None),
        *_display_line(display, display_read),
        *values.lines,
        _price_line(node.mine),
    ]
    return Proposal(
        node=node,
        summary=_summary(placed, values, machine, link),
        lines=tuple(_with_now(line, now, gpus, hosts) for line in lines),
        matches=tuple(one.match for one in placed),
        host=values.match,
        new_cards=cards.new_rows,
        new_hosts=() if values.new_row is None else (values.new_row,),
        left_out=cards.left_out,
    )


def _day(date: str) -> str:
    found = re.match(r"\d{4}-\d{2}-\d{2}", date)
    return found[0] if found else datetime.now(UTC).date().isoformat()


def _address(text: str | None) -> str | None:
    """As it was read, None where a plan could not keep it."""
    return text if text and len(text) <= 40 else None


def _kept(now: Node) -> dict[str, object]:
    """What no detection can know and a person entered."""
    names = ("name", "memory_gbs", "disk_read_gbs", "parts", "mine")
    values = {name: getattr(now, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _may_have_cards(machine: DetectedMachine) -> bool:
    """Whether somebody was asked for cards and gave no answer."""
    return bool(machine.reports) and not has_looked(machine)


def _used_mib(card: DetectedCard) -> int | None:
    """What was in use on a card with memory of its own, which was taken off; else None."""
    if card.memory_kind == "unified" or card.memory_used_bytes is None:
        return None
    return min(ceil_div(card.memory_used_bytes, MIB), MOST_MIB)


def _no_cards(machine: DetectedMachine, placed: Sequence[Placed]) -> tuple[ProposalLine, ...]:
    if placed:
        return ()
    if _may_have_cards(machine):
        text = say(
            "A driver gave no answer, so there may be cards. Detect again, or add them by hand."
        )
        return (ProposalLine("GPUs", say("not read"), "unknown", text),)
    return (ProposalLine("GPUs", say("none"), "detected", say("The model runs on the processor.")),)


def _display_line(display: str | None, was_read: bool) -> tuple[ProposalLine, ...]:
    if display is None:
        return ()
    if not was_read:
        text = say("Whether these cards draw a screen could not be read.")
        return (ProposalLine(say("Display"), _DISPLAYS[display], "assumed", text),)
    return (ProposalLine(say("Display"), _DISPLAYS[display], "detected"),)


def _price_line(mine: bool) -> ProposalLine:
    if mine:
        text = say("What is added to it later is counted as bought.")
        return ProposalLine(PRICE, _PRICES[mine], "assumed", text)
    return ProposalLine(PRICE, _PRICES[mine], "assumed", say("You said so when it was added."))


def _summary(
    placed: Sequence[Placed], values: HostValues, machine: DetectedMachine, link: Link | None
) -> str:
    counted = Counter(one.row.name for one in placed)
    parts = [name if count == 1 else f"{count} × {name}" for name, count in counted.items()]
    if not parts:
        parts.append(say("GPUs not read") if _may_have_cards(machine) else say("No GPU"))
    host = machine.host
    if values.ram_gib is not None:
        # Without its kind it would pass for that of the cards.
        kind = host.memory_kind if host is not None and host.memory_kind else say("of host memory")
        parts.append(say("{0:,} GiB {1}", values.ram_gib, kind))
    if link is not None:
        parts.append(links_in_words(placed) or say("{0} at the slowest", link.name))
    return ", ".join(parts)


def _with_now(
    line: ProposalLine,
    now: Node | None,
    gpus: Mapping[str, GpuSpec],
    hosts: Mapping[str, HostSpec],
) -> ProposalLine:
    """The line with what the plan has instead; empty when it is new."""
    if now is None:
        return line
    if line.card is not None:
        text = _card_name(now.gpus[line.card], gpus) if line.card < len(now.gpus) else ""
        return replace(line, now=text)
    return replace(line, now=_values_now(now, hosts).get(line.subject, ""))


def _card_name(card: Card, gpus: Mapping[str, GpuSpec]) -> str:
    if isinstance(card, CustomSlot):
        return card.custom.name
    name = cast(str, card_id(card))
    row = gpus.get(name)
    return name if row is None else row.name


def _values_now(now: Node, hosts: Mapping[str, HostSpec]) -> dict[str, str]:
    host = hosts.get(now.host) if now.host else None
    speed = [
        say("{0} channels", now.memory_channels) if now.memory_channels else "",
        say("{0} MT/s", now.memory_mt_s) if now.memory_mt_s else "",
    ]
    return {
        say("Host"): host.name if host is not None else now.host or "",
        say("Host memory"): say("{0:,} GiB", now.ram_gib) if now.ram_gib else "",
        say("Memory speed"): ", ".join(part for part in speed if part),
        "PCIe": now.card_link or "",
        "NVLink": "" if now.nvlink is None else say("joined") if now.nvlink else say("no bridge"),
        say("Power limit"): say("{0:.0f} W a card", now.power_limit_w) if now.power_limit_w else "",
        say("Display"): _DISPLAYS.get(now.display or "", ""),
        say("Disk"): say("{0:,} GiB free", now.disk_gib) if now.disk_gib else "",
        PRICE: _PRICES[now.mine],
        say("Memory in use"): "" if now.system_mib is None else say("{0} MiB", now.system_mib),
    }
