"""``python -m tests.fuzz TARGET [--inputs N] [--seed S]``: one reader, many inputs.

Prints one JSON object: how many inputs, how many were accepted, the longest time and the largest
memory, and every input that broke the rule, by its seed. Exits 1 when one did.
"""

import argparse
import json
import random
import resource
import sys
import time
import traceback

from tests.fuzz.targets import TARGETS, Target, remove_folders

LIMIT_S = 1.0


def run(target: Target, inputs: int, seed: int, *, quiet: bool = True) -> dict[str, object]:
    """Feed a reader; every input is made from ``seed`` and its number alone."""
    accepted = 0
    worst, worst_input = 0.0, 0
    broken: list[dict[str, object]] = []
    begin = time.perf_counter()
    for number in range(inputs):
        rng = random.Random(f"{seed}/{number}")
        value = target.make(rng)
        # Of the processor, not of the clock: a long run shares its machine.
        start = time.process_time()
        try:
            accepted += target.read(value)
        except target.refusal as error:
            if not str(error):
                broken.append({"input": number, "error": "an empty sentence"})
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            place = traceback.extract_tb(error.__traceback__)[-1]
            said = f"{type(error).__name__}: {str(error)[:200]} ({place.name}:{place.lineno})"
            broken.append({"input": number, "error": said})
        took = time.process_time() - start
        if took > worst:
            worst, worst_input = took, number
        if took > LIMIT_S:
            broken.append({"input": number, "error": f"took {took:.2f} s"})
        if len(broken) > 50:
            break
        if not quiet and number % 100_000 == 0:
            print(f"{number:,} of {inputs:,}", file=sys.stderr, flush=True)
    return {
        "seed": seed,
        "inputs": number + 1,
        "accepted": accepted,
        "seconds": round(time.perf_counter() - begin, 1),
        "worst_s": round(worst, 4),
        "worst_input": worst_input,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "broken": broken,
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    try:
        result = run(TARGETS[options.target](), options.inputs, options.seed, quiet=False)
    finally:
        remove_folders()
    print(json.dumps({"target": options.target, **result}))
    return 1 if result["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
