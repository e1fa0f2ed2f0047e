"""The menu of a node. Decides nothing: every entry is an edit or a dialog of the rig's commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from moeplanner_gui.core.marks import edits_count
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.drag import HostDrag
from moeplanner_gui.ui.drops import OnNode
from moeplanner_gui.ui.rig_builder.drop_site import DropSite
from moeplanner_gui.ui.rig_builder.parts_edit import MINE_TIP

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog
    from moeplanner_gui.ui.rig_builder.rig_actions import RigActions

MEMORY_GIB = (0, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048)
DISPLAYS = (
    ("headless", say("No display")),
    ("linux", say("Linux desktop")),
    ("windows", say("Windows desktop")),
    (None, say("Not said (a Linux desktop is assumed)")),
)


def fill_node_menu(
    menu: QMenu, commands: RigActions, document: PlanDocument, site: DropSite, node: int
) -> None:
    """Host, memory, links, display, name and removal of a node."""
    row = document.plan.rig.nodes[node]
    catalog: Catalog = document.catalog
    hosts = QActionGroup(menu.addMenu(say("Host")))
    menu_hosts = hosts.parent()
    assert isinstance(menu_hosts, QMenu)
    _choice(
        hosts,
        menu_hosts,
        say("None"),
        row.host is None,
        lambda: commands.set_node(node, say("Remove host"), host=None),
    )
    menu_hosts.addSeparator()
    for host in catalog.hosts.values():
        _choice(
            hosts,
            menu_hosts,
            host.name,
            row.host == host.id,
            lambda h=host.id: site.apply(HostDrag(h), OnNode(node)),
        )
    memory = QActionGroup(menu.addMenu(say("Host memory")))
    menu_memory = memory.parent()
    assert isinstance(menu_memory, QMenu)
    for gib in MEMORY_GIB:
        _choice(
            memory,
            menu_memory,
            say("{0:,} GiB", gib) if gib else say("None"),
            row.ram_gib == gib,
            lambda g=gib: commands.set_node(node, say("Set memory to {0:,} GiB", g), ram_gib=g),
        )
    menu_memory.addSeparator()
    menu_memory.addAction(say("Other…"), lambda: commands.ask_memory(node))
    display = QActionGroup(menu.addMenu(say("Display on its first card")))
    menu_display = display.parent()
    assert isinstance(menu_display, QMenu)
    for value, label in DISPLAYS:
        _choice(
            display,
            menu_display,
            label,
            row.display == value,
            lambda v=value, t=label: commands.set_node(node, say("Display: {0}", t), display=v),
        )
    menu.addAction(say("Parts…"), lambda: commands.open_parts(node))
    mine = menu.addAction(say("This computer is mine already"))
    mine.setCheckable(True)
    mine.setChecked(row.mine)
    mine.setToolTip(MINE_TIP)
    menu.setToolTipsVisible(True)
    mine.toggled.connect(lambda on: commands.set_mine(node, on))
    menu.addAction(say("Memory and disk…"), lambda: commands.open_memory(node))
    menu.addAction(say("Links and memory speed…"), lambda: commands.open_links(node))
    if row.detected is not None:
        back = menu.addAction(say("Back to detected"), lambda: commands.back_to_detected(node))
        back.setEnabled(edits_count(row) > 0)
    menu.addSeparator()
    menu.addAction(say("Rename…"), lambda: commands.ask_name(node))
    menu.addAction(say("Duplicate node"), lambda: commands.duplicate_node(node))
    menu.addSeparator()
    menu.addAction(say("Remove node"), lambda: commands.remove_node(node))


def _choice(group: QActionGroup, menu: QMenu, text: str, checked: bool, run: object) -> None:
    action = menu.addAction(text)
    action.setCheckable(True)
    action.setChecked(checked)
    group.addAction(action)
    action.triggered.connect(lambda _checked=False: run())  # type: ignore[operator]
