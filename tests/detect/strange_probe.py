"""A child process that answers in some strange way: ``python strange_probe.py NAME HOW [FILE]``."""

import json
import os
import signal
import subprocess
import sys
import time

NAME, HOW = sys.argv[1:3]
CARD = {"vendor": "NVIDIA", "probe": NAME, "name": "A card", "pci_address": "0000:01:00.0"}
FOUND = {"probe": NAME, "outcome": "found", "cards": [CARD]}
ANSWER = json.dumps(FOUND)


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


match HOW:
    case "answers":
        say(ANSWER + "\n")
    case "answers without a line end":
        say(ANSWER)
    case "answers and stays":
        say(ANSWER + "\n")
        time.sleep(60)
    case "hangs":
        time.sleep(60)
    case "hangs and hears no signal":
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(60)
    case "hangs with a helper":
        helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        with open(sys.argv[3], "w") as file:
            file.write(str(helper.pid))
        time.sleep(60)
    case "closes its output and stays":
        os.close(1)
        time.sleep(60)
    case "crashes":
        os.kill(os.getpid(), signal.SIGSEGV)
    case "aborts":
        os.abort()
    case "leaves":
        os._exit(3)
    case "says nothing":
        pass
    case "talks rubbish":
        say("Segmentation violation imminent\n")
    case "sends bytes":
        sys.stdout.buffer.write(bytes(range(128, 256)) + b"\n")
    case "sends half":
        say(ANSWER[:-10])
    case "sends an unknown field":
        say(json.dumps({**FOUND, "surprise": 1}) + "\n")
    case "is another":
        say(ANSWER.replace(NAME, "somebody") + "\n")
    case "never stops talking":
        while True:
            sys.stdout.buffer.write(b"x" * 65536)
    case "reads":
        # Nobody may be asked anything.
        say(ANSWER + "\n" if sys.stdin.read() == "" else "")
    case _:
        sys.exit(f"{HOW}?")
