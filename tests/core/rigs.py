"""Plans for the tests of the estimator, and the rows that come with the program."""

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.core.plan import (
    CustomCard,
    CustomSlot,
    Deployment,
    Node,
    Plan,
    Rig,
    Workload,
)

CATALOG = load_catalog(catalogs_dir())


def bare_card(memory_mib: int, compute_capability: str | None = None) -> CustomSlot:
    """A card with nothing reserved, so that only the engine's own buffers count."""
    card = CustomCard(
        name="bare",
        memory_mib=memory_mib,
        reserved_mib=0,
        compute_capability=compute_capability,
    )
    return CustomSlot(custom=card)


def make_plan(
    model: str,
    *cards: str | CustomSlot,
    weights: str = "native",
    ram_gib: int = 0,
    nodes: int = 1,
    context_tokens: int = 32_768,
    sequences: int = 1,
    display: str | None = "headless",
    **deployment: object,
) -> Plan:
    node = Node(gpus=cards, ram_gib=ram_gib, display=display)
    return Plan(
        model=model,
        weights=weights,
        rig=Rig(nodes=(node,) * nodes),
        deployment=Deployment(**deployment),
        workload=Workload(context_tokens=context_tokens, sequences=sequences),
    )
