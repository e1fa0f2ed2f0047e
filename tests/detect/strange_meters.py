"""A meter process that behaves in some way: ``python strange_meters.py HOW``."""

import json
import os
import signal
import sys
import time

CARD = {
    "pci_address": "0000:01:00.0",
    "memory_used_bytes": 2**30,
    "memory_total_bytes": 24 * 2**30,
    "utilisation_percent": 3,
    "power_w": 21.3,
    "temperature_c": 41,
    "unread": {},
}


def say(cards: list[dict[str, object]], problem: str | None = None) -> None:
    sys.stdout.write(json.dumps({"cards": cards, "problem": problem}) + "\n")
    sys.stdout.flush()


match sys.argv[1]:
    case "reads":
        while True:
            say([CARD])
            time.sleep(0.02)
    case "reads a lot":
        for number in range(1001):
            say([{**CARD, "memory_used_bytes": number}])
        time.sleep(60)
    case "hangs at once":
        time.sleep(60)
    case "hangs later":
        say([CARD])
        time.sleep(60)
    case "hangs and comes back":
        say([CARD])
        time.sleep(1.0)
        while True:
            say([{**CARD, "temperature_c": 42}])
            time.sleep(0.02)
    case "crashes":
        say([CARD])
        os.kill(os.getpid(), signal.SIGSEGV)
    case "ends":
        say([CARD])
    case "gives up":
        os.kill(os.getpid(), signal.SIGALRM)
    case "talks rubbish":
        say([CARD])
        print("rubbish", flush=True)
        time.sleep(60)
    case "tells nonsense":
        say([{**CARD, "utilisation_percent": 4000}])
        time.sleep(60)
    case "never ends its line":
        while True:
            sys.stdout.write("x" * 65536)
    case "has no driver":
        while True:
            say([], "error 9, driver not loaded")
            time.sleep(0.02)
