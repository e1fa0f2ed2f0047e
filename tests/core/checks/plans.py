"""Small plans and their findings by code."""

from __future__ import annotations

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.plan import Card, Deployment, Economics, Node, NodePart, Plan, Rig

CATALOG = load_catalog()
VLLM = {"engine": "vllm", "cache_type_k": "auto", "cache_type_v": "auto"}


def parts(*ids: str) -> tuple[NodePart, ...]:
    return tuple(NodePart(part=part) for part in ids)


def desk(*cards: Card, **changes: object) -> Node:
    return Node(host="am5-5600", ram_gib=64, gpus=cards).model_copy(update=changes)


def plan_on(*nodes: Node, **options: object) -> Plan:
    """Qwen3 30B in 4 bits on these nodes."""
    ranked = options.get("engine", "llama.cpp") != "llama.cpp"
    rig = {key: options.pop(key) for key in ("network", "circuit") if key in options}
    region = options.pop("region", None)
    return Plan(
        model=str(options.pop("model", "qwen3-30b-a3b")),
        weights=str(options.pop("weights", "awq-int4" if ranked else "q4_k_m")),
        rig=Rig(nodes=nodes, **rig),  # type: ignore[arg-type]
        deployment=Deployment.model_validate(options),
        economics=Economics(electricity_region=region),  # type: ignore[arg-type]
    )


def found(*nodes: Node, **options: object) -> dict[str, Finding]:
    """The findings of such a plan by code."""
    answer = evaluate(plan_on(*nodes, **options), CATALOG)
    return {finding.code: finding for finding in answer.findings}
