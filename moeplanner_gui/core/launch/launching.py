"""``launch``: how the engine of a plan is started so that it does what was planned.

Pure: the same plan gives the same commands. A plan that cannot run or does not fit gives none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeplanner_gui.core.launch import containers, llama, sglang, vllm
from moeplanner_gui.core.launch.cards import backend_of
from moeplanner_gui.core.launch.flags import PROGRAMS
from moeplanner_gui.core.launch.pieces import LaunchPlan, Places, Step
from moeplanner_gui.core.launch.prints import predicted_lines
from moeplanner_gui.core.launch.ranks import ranks_of
from moeplanner_gui.core.launch.shell import one_line
from moeplanner_gui.core.placement import Demand
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.prepare import Prepared, prepare
from moeplanner_gui.core.words import say

if TYPE_CHECKING:
    from moeplanner_gui.core.assessment import Assessment
    from moeplanner_gui.core.ports import CatalogReader

_HERE = "127.0.0.1"
_EVERYBODY = "0.0.0.0"
_PORTS = {"llama.cpp": llama.PORT, "vllm": vllm.PORT}


def launch(
    plan: Plan, assessment: Assessment, catalog: CatalogReader, places: Places | None = None
) -> LaunchPlan:
    """How to start the engine of a plan.

    Args:
        plan: What the user chose.
        assessment: What was worked out for it.
        catalog: Where its rows are looked up.
        places: What is known of paths and addresses; None leaves placeholders.

    Raises:
        UnknownEntryError: A row that the catalogue does not have.
    """
    engine = plan.deployment.engine
    program = PROGRAMS[engine]
    version = f"{program.name} {program.version}"
    given = places if places is not None else Places()

    def no(reason: str) -> LaunchPlan:
        return LaunchPlan(engine, version, refusal=reason, places=given)

    if assessment.verdict in ("cannot_run", "does_not_fit"):
        reason = assessment.reasons[0] if assessment.reasons else say("The plan cannot run.")
        return no(reason)
    prepared = prepare(plan, catalog)
    if not isinstance(prepared.demand, Demand):
        return no(prepared.demand.sentence)
    refused = _refused(prepared)
    if refused is not None:
        return no(say("No command. {0}", refused))
    steps, notes = _steps(prepared, prepared.demand, catalog, given, _HERE, ray=True)
    nodes = len({step.node for step in steps})
    backend = backend_of(plan, prepared.cards)
    no_docker = containers.refused(engine, backend, nodes)
    uneven = engine == "vllm" and nodes > 1 and not ranks_of(prepared).equal
    if not no_docker and uneven and plan.deployment.data_parallel == 1:
        no_docker = say("vLLM without Ray needs as many cards in every computer, and these differ.")
    docker: tuple[Step, ...] = ()
    if not no_docker:
        outer = _EVERYBODY if nodes == 1 else _HERE
        inner, _ = _steps(prepared, prepared.demand, catalog, given, outer, ray=False)
        port = _PORTS.get(engine, sglang.PORT)
        docker = tuple(
            containers.in_container(step, engine, backend, port, several=nodes > 1)
            for step in inner
        )
    titles = {node: _title(plan, node) for node in range(len(plan.rig.nodes))}
    return LaunchPlan(
        engine,
        version,
        steps=steps,
        docker=docker,
        no_docker=no_docker,
        compose=containers.compose_files(docker, titles),
        nodes=nodes,
        notes=tuple(notes),
        predicted=predicted_lines(prepared, assessment, given),
        places=given,
    )


def _refused(prepared: Prepared) -> str | None:
    engine = prepared.plan.deployment.engine
    if engine == "vllm":
        return vllm.refused(prepared)
    return llama.refused(prepared) if engine == "llama.cpp" else sglang.refused(prepared)


def _steps(
    prepared: Prepared,
    demand: Demand,
    catalog: CatalogReader,
    places: Places,
    host: str,
    *,
    ray: bool,
) -> tuple[tuple[Step, ...], list[str]]:
    engine = prepared.plan.deployment.engine
    if engine == "llama.cpp":
        return llama.steps_of(prepared, demand, places, host)
    if engine == "vllm":
        return vllm.steps_of(prepared, places, host, ray=ray)
    name = prepared.plan.rig.nodes[prepared.cards[0].node].host
    sockets = catalog.host(name).sockets if name is not None else 1
    return sglang.steps_of(prepared, places, host, sockets)


def _title(plan: Plan, node: int) -> str:
    name = plan.rig.nodes[node].name
    return say("Computer {0}", node + 1) + (f", {name}" if name else "")


def step_title(plan: Plan, launched: LaunchPlan, step: Step) -> str:
    """Where a step runs and what for; empty for the only step on the only computer."""
    if len(launched.steps) < 2:
        return ""
    where = _title(plan, step.node)
    return f"{where}: {step.title}" if step.title else where


def short_command(launched: LaunchPlan) -> str:
    """The command that starts the engine, in one line; the reason where there is none."""
    if launched.main is None:
        return launched.refusal or ""
    return one_line(launched.main.command)
