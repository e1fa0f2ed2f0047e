"""``python -m tests.speed_fit``: fits the constants of speed again and prints how well they hold.

``--write`` replaces the rows in ``catalogs/speed``. ``decode`` or ``prefill`` does one of both.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Fit, write when asked, print the error tables."""
    asked = sys.argv[1:]
    write = "--write" in asked
    parts = [part for part in ("decode", "prefill") if part in asked] or ["decode", "prefill"]
    if "decode" in parts:
        from tests.speed_fit import decode_fit

        print(decode_fit.run(write))
    if "prefill" in parts:
        from tests.speed_fit import prefill_fit

        print(prefill_fit.run(write))


if __name__ == "__main__":
    main()
