"""Over many random plans no two findings contradict each other, and each can be dismissed alone.

``python -m tests.core.checks.test_no_contradictions 5000`` looks at more of them.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from itertools import combinations

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.checks.link_costs import link_costs
from moeplanner_gui.core.checks.repairs import repair_words, repaired
from moeplanner_gui.core.checks.subjects import place_of
from moeplanner_gui.core.plan import (
    CustomCard,
    CustomSlot,
    Deployment,
    Economics,
    Node,
    NodePart,
    Plan,
    Rig,
    Workload,
)
from moeplanner_gui.core.power.circuits import BY_ID
from moeplanner_gui.core.speed.card_links import card_links

CATALOG = load_catalog()
EXCLUDE = (
    {"wall_circuit", "wall_circuit_too_small", "power_unknown"},
    {"too_few_slots", "cards_on_risers"},
    {"too_few_slots", "narrow_slot"},
    {"cards_on_risers", "narrow_slot"},
    {"cards_on_risers", "cards_side_by_side"},
    {"slots_unknown", "too_few_slots"},
    {"host_not_chosen", "slots_unknown"},
    {"host_not_chosen", "cards_share_lanes"},
    {"link_assumed", "cards_share_lanes"},
    {"no_power_supply", "power_supply_too_small", "power_supply_tight", "several_supplies",
     "power_supply_assumed", "power_supply_unknown"},
    {"power_connectors", "power_connectors_missing", "power_connectors_unknown"},
    {"unequal_cards_in_a_group", "unequal_cards_share_layers", "unequal_stages"},
    {"nvlink_not_possible", "nvlink_not_counted"},
    {"nvlink_joins_pairs", "nvlink_not_counted"},
    {"cards_too_thick", "cards_side_by_side"},
    {"card_too_long", "long_card"},
    {"kernel_missing", "cannot_run"},
    {"module_needs_server", "too_few_slots", "machine_in_a_slot"},
)  # fmt: skip


def random_plan(chance: random.Random) -> Plan:
    cards = list(CATALOG.gpus)
    hosts = [*CATALOG.hosts, None]
    custom = CustomSlot(custom=CustomCard(name="mine", memory_mib=24_576))
    nodes = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if nodes and chance.random() < 0.5:
            nodes.append(nodes[0])
            continue
        kind = chance.choice(cards)
        gpus: list[str | CustomSlot] = [kind] * chance.choice((0, 1, 1, 2, 2, 3, 4, 6, 8))
        if gpus and chance.random() < 0.25:
            gpus[-1] = chance.choice((*cards, custom))
        parts = None
        if chance.random() < 0.4:
            some = chance.sample(list(CATALOG.parts), chance.randint(0, 5))
            parts = tuple(NodePart(part=p, count=chance.choice((1, 1, 2, 4))) for p in some)
        nodes.append(
            Node(
                host=chance.choice(hosts),
                ram_gib=chance.choice((0, 31, 64, 128, 512)),
                gpus=tuple(gpus),
                display=chance.choice((None, "headless", "linux", "windows")),
                disk_gib=chance.choice((0, 0, 50, 2000)),
                parts=parts,
                nvlink=chance.choice((None, None, True, False)),
                card_link=chance.choice((None, None, None, "pcie4-x8", "pcie5-x16", "pcie3-x1")),
                power_limit_w=chance.choice((None, None, 250.0)),
            )
        )
    engine = chance.choice(("llama.cpp", "llama.cpp", "vllm", "sglang", "ktransformers"))
    cache = "f16" if engine == "llama.cpp" else "auto"
    return Plan(
        model=chance.choice(list(CATALOG.models)),
        weights=chance.choice(("native", "q4_k_m" if engine == "llama.cpp" else "native")),
        rig=Rig(
            nodes=tuple(nodes),
            network=chance.choice((None, *CATALOG.networks)),
            circuit=chance.choice((None, *BY_ID)),
        ),
        deployment=Deployment(
            engine=engine,  # type: ignore[arg-type]
            split=chance.choice(("layer", "layer", "row", "tensor", "none")),  # type: ignore[arg-type]
            cpu_moe_layers=chance.choice((0, 0, -1)),
            tensor_parallel=chance.choice((1, 1, 2, 4, 8)),
            pipeline_parallel=chance.choice((1, 1, 2)),
            expert_parallel=chance.random() < 0.2,
            cache_type_k=cache,  # type: ignore[arg-type]
            cache_type_v=cache,  # type: ignore[arg-type]
        ),
        workload=Workload(context_tokens=chance.choice((4096, 131_072))),
        economics=Economics(electricity_region=chance.choice((None, "DE", "GB", "US-CA"))),
    )


def problems(plan: Plan) -> list[str]:
    """What is wrong with the findings of a plan, in words."""
    answer = evaluate(plan, CATALOG)
    found = answer.findings
    wrong = []
    for key, count in Counter((f.code, f.subject) for f in found).items():
        if count > 1:
            wrong.append(f"{key} stands {count} times")
    for one, other in combinations(found, 2):
        pair = {one.code, other.code}
        about = _nodes_of(one, plan) & _nodes_of(other, plan)
        if len(pair) == 2 and about and any(pair <= group for group in EXCLUDE):
            wrong.append(f"{one.code} and {other.code} of {one.subject}")
    for finding in found:
        wrong += [f"{finding.code}: {text}" for text in _bad_words(finding)]
        wrong += _wrong_link(finding, plan)
        subject = finding.subject
        if subject != "plan" and place_of(subject, plan, CATALOG) is None:
            wrong.append(f"{finding.code} is about {subject}, which is nowhere")
        if finding.severity != "note" and not finding.verify and finding.code not in TOLD_ALREADY:
            wrong.append(f"{finding.code} says nothing to verify")
    for finding in found:
        if repair_words(finding, plan, CATALOG):
            after = repaired(finding, plan, CATALOG)
            if after == plan:
                wrong.append(f"the repair of {finding.code} changes nothing")
            evaluate(after, CATALOG)
    for key, sentence in link_costs(plan, answer, CATALOG).items():
        if not any((f.code, f.subject) == key for f in found) or "nan" in sentence:
            wrong.append(f"{key}: {sentence}")
    return wrong


TOLD_ALREADY = frozenset(
    {
        "cannot_run",  # The sentence itself says what to choose.
        "cards_not_used",
        "context_beyond_model",
        "memory_limit_too_high",
        "more_channels_than_host",
        "nvlink_not_possible",
        "shared_memory_limit",
        "v4_cache_per_slot",
        "v4_cache_type_unset",
    }
)


def _nodes_of(finding: Finding, plan: Plan) -> set[int]:
    place = place_of(finding.subject, plan, CATALOG)
    return set(range(len(plan.rig.nodes))) if place is None else {place[0]}


def _bad_words(finding: Finding) -> list[str]:
    text = f"{finding.message}|{finding.verify}"
    wrong = []
    if not re.search(r"[.!)]$", finding.message):
        wrong.append(f"no full stop: {finding.message}")
    if finding.verify and not finding.verify.endswith("."):
        wrong.append(f"no full stop: {finding.verify}")
    for word in ("None", "nan", "inf ", "  ", " 0 W", "1 cards", "1 slots", "()", "{", " ,", " ."):
        if re.search(rf"(?<!\d){re.escape(word)}", text):
            wrong.append(f"“{word}” in {text}")
    return wrong


def _wrong_link(finding: Finding, plan: Plan) -> list[str]:
    """What a finding says that the speeds count is what they count."""
    said = re.search(r"speeds count ((?:PCIe \d\.0 x\d+(?: and |, )?)+)", finding.message)
    place = place_of(finding.subject, plan, CATALOG)
    if said is None or place is None:
        return []
    node = plan.rig.nodes[place[0]]
    links = card_links(node, CATALOG)
    counted = {link.bus.name for link in links if link.bus is not None}
    names = set(re.findall(r"PCIe \d\.0 x\d+", said[1]))
    return [] if names <= counted else [f"{finding.code} says {names}, {counted} are counted"]


@pytest.mark.parametrize("seed", range(8))
def test_that_no_two_findings_of_a_plan_contradict_each_other(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(40):
        plan = random_plan(chance)
        assert problems(plan) == [], plan.model_dump_json(exclude_defaults=True)


if __name__ == "__main__":
    many = random.Random(1)
    counts: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for _ in range(int(sys.argv[1])):
        random_one = random_plan(many)
        for problem in problems(random_one):
            counts[problem] += 1
            shown.setdefault(problem, random_one.model_dump_json(exclude_defaults=True))
    for problem, count in counts.most_common(40):
        print(count, problem, shown[problem][:900], sep="\n   ")
    print(sum(counts.values()), "problems")
