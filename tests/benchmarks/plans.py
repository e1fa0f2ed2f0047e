"""The plans that are measured."""

from __future__ import annotations

from moeplanner_gui.core.plan import Deployment, Node, Plan, Rig, Workload


def large_plan(context_tokens: int, *, engine: str = "llama.cpp", nodes: int = 2) -> Plan:
    """Two nodes, or more, of eight 96 GB cards."""
    node = Node(host="sp5-9004", ram_gib=512, gpus=("rtxpro6000",) * 8)
    deployment = Deployment()
    if engine == "vllm":
        deployment = Deployment(
            engine="vllm",
            cache_type_k="fp8",
            cache_type_v="fp8",
            tensor_parallel=8,
            pipeline_parallel=2,
        )
    return Plan(
        model="deepseek-v4-flash",
        rig=Rig(nodes=(node,) * nodes, network="100gbe"),
        deployment=deployment,
        workload=Workload(context_tokens=context_tokens),
    )
