"""Looks at one made-up machine again and again, each time with another fault, in one process.

Reads ``{"text": scenario, "faults": [line, …], "what": …}`` on standard input and prints a line for
each: ``{"fault": line, "report": report, "log": ["call card", …]}``, and last ``{"missing":
[names]}``: entry points that were asked for and the stub lacks. ``what`` is "probe", or "meters":
then ``samples`` of three moments and the ``problem`` come instead of a report. NVML is started
anew for each fault, and the stub then reads its scenario again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pynvml

from moeplanner_gui.detect.nvml_meters import NvmlMeters
from moeplanner_gui.detect.probes import probe_named
from tests.detect.stub_scenarios import Scenario, nvml_environment


def looked(
    text: str, faults: list[str], log: Path, what: Literal["probe", "meters"] = "probe"
) -> list[dict[str, Any]]:
    """Start such a process; its answers, the missing entry points last.

    Raises:
        AssertionError: The process ended before the last fault.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.detect.every_fault"],
        input=json.dumps({"text": text, "faults": faults, "what": what}),
        env=os.environ | nvml_environment(Scenario("", text), log=str(log)),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"after {answers[-1:]}: {done.stderr[-500:]}"
    return answers


def main() -> None:
    """Answer the request on standard input."""
    request = json.load(sys.stdin)
    scenario = Path(os.environ["NVML_STUB_SCENARIO"])
    log = Path(os.environ["NVML_STUB_LOG"])
    missing: set[str] = set()
    known = pynvml._nvmlGetFunctionPointer

    def remember(name: str) -> object:
        try:
            return known(name)
        except pynvml.NVMLError_FunctionNotFound:
            missing.add(name)
            raise

    pynvml._nvmlGetFunctionPointer = remember
    for fault in request["faults"]:
        scenario.write_text(request["text"] + fault)
        log.write_text("")
        line: dict[str, Any] = {"fault": fault}
        if request["what"] == "probe":
            line["report"] = probe_named("nvml").look().model_dump(mode="json")
        else:
            meters = NvmlMeters()
            line["samples"] = [meters.sample() for _ in range(3)]
            line["problem"] = meters.problem
        line["log"] = log.read_text().splitlines()
        print(json.dumps(line), flush=True)
    print(json.dumps({"missing": sorted(missing)}), flush=True)


if __name__ == "__main__":
    main()
