"""Made-up machines and what the user is told of them: ``python -m tests.detect.scenario_table``.

Every line is the real program: a child process asks the stub, :func:`detect` reads it, the
catalogue is asked for the cards, and the words are those that the window shows. Only NVIDIA's
probe is asked, so nothing of the computer that this runs on is in it. ``--seconds`` is the
deadline (5 as in the program unless given).
"""

from __future__ import annotations

import argparse
import os
import sys
import time

from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.core.detected import DetectedMachine
from moeplanner_gui.detect.machine import TIMEOUT_S, detect
from moeplanner_gui.detect.propose import propose
from moeplanner_gui.detect.sentences import told_in_all
from tests.detect.compiled_stub import why_not
from tests.detect.stub_scenarios import SCENARIOS, nvml_scenario


def proposed(machine: DetectedMachine, catalog: Catalog) -> str:
    """The summary of what would be added, and what is left out."""
    if not machine.cards:
        return "nothing"
    proposal = propose(machine, catalog.gpus, catalog.hosts, None, catalog.links)
    return " ".join([proposal.summary or "nothing", *(f"({one})" for one in proposal.left_out)])


def row(name: str, seconds: float, catalog: Catalog) -> tuple[str, ...]:
    """One line: the machine, the outcome, the proposal, what is said, the time it took."""
    for variable, value in nvml_scenario(name).items():
        os.environ[variable] = value
    began = time.monotonic()
    machine = detect(timeout_s=seconds, probes=["nvml"])
    took = time.monotonic() - began
    (report,) = machine.reports
    said = "; ".join(one.title for one in told_in_all(machine)) or "–"
    scenario = SCENARIOS[name].what
    return scenario, report.outcome, proposed(machine, catalog), said, f"{took:.1f} s"


def main(arguments: list[str]) -> int:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=TIMEOUT_S)
    options = parser.parse_args(arguments)
    if reason := why_not():
        print(reason, file=sys.stderr)
        return 1
    catalog = load_catalog()
    print("| machine | outcome | offered to be added | said | after |\n|---|---|---|---|---|")
    for name in SCENARIOS:
        print("| " + " | ".join(row(name, options.seconds, catalog)) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
