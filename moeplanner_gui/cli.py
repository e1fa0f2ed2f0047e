"""The command line: which command was meant, and what its end means for the shell.

Exit codes: 0 done, 1 the answer is no or the input is bad (message on standard error), 2 usage.
Nothing heavy is imported here: each command loads what it needs when it runs, Qt only for the
window, the self-test and a PDF.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from moeplanner_gui import __version__
from moeplanner_gui.commands.console import (
    ANSWER_IS_NO,
    DONE,
    USAGE,
    CommandError,
    complain,
    leave_closed_pipe,
    say,
    speak_utf8,
)

COMMANDS = {
    "estimate": "does a plan fit, how long a context, what would help",
    "find": "which rigs run a model, within a budget, at a speed",
    "export": "write a plan as PDF, tables or launch commands",
    "import": "read a model from its files and keep it",
    "catalog": "list, show and check the models, GPUs and hosts that are known",
    "detect": "the cards, memory and disks of this machine, and what they are in the catalogue",
    "log": "what an engine said at its start, beside what the plan predicts",
    "claims": "what articles claim of models and hardware, judged by computing it",
}
_MODULES = {"import": "import_model"}
"""Commands whose name cannot be that of a module."""
_USAGE = """usage: moeplanner [PLAN.moeplan …]    open the window, with the plans that are given
       moeplanner COMMAND [options]   answer without a window

commands:
{commands}

options:
  --self-test          open the window on a sample, write a PDF and a CSV, say what happened
  --sample-output DIR  write the sample's PDF, CSV and a picture of the window to a folder
  --version            print the version
  -h, --help           print this

`moeplanner COMMAND --help` explains a command.
Exit codes: 0 done, 1 the answer is no or the input is bad, 2 wrong usage."""


def run() -> None:
    """The entry point of the installed script."""
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line, without the program's name, and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in ("--probe", "--probe-meters"):
        _be_a_probe(arguments)
    speak_utf8()
    try:
        code = _dispatch(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except CommandError as error:
        complain(f"moeplanner: {error}")
        return error.exit_code
    except BrokenPipeError:
        return leave_closed_pipe()
    except KeyboardInterrupt:
        complain("moeplanner: stopped.")
        return 130
    except OSError as error:
        # Standard output itself: a full disk behind `> file`.
        complain(f"moeplanner: the output could not be written: {error.strerror}.")
        # What is still buffered must not fail again at exit: that would end with 120.
        leave_closed_pipe()
        return ANSWER_IS_NO
    except SystemExit as leaving:
        # argparse leaves this way, after it has printed help (0) or what is wrong (2).
        return leaving.code if isinstance(leaving.code, int) else USAGE


def _be_a_probe(arguments: list[str]) -> NoReturn:
    """This process was started by another one of this program to look at the machine.

    It ends without Python's farewell, in which a vendor's library may hang or crash.
    """
    try:
        from moeplanner_gui.language import speak_as_the_window_does

        speak_as_the_window_does()
        if arguments[0] == "--probe-meters":
            from moeplanner_gui.detect.meters_child import run_meters

            run_meters()
        elif len(arguments) == 2:
            from moeplanner_gui.detect.child import run_child

            run_child(arguments[1])
        else:
            os._exit(USAGE)
    finally:
        # Also after a fault: the reader sees a process that ended without an answer.
        os._exit(ANSWER_IS_NO if sys.exc_info()[0] else DONE)


def _dispatch(arguments: list[str]) -> int:
    first = arguments[0] if arguments else None
    if first in COMMANDS:
        module = importlib.import_module(f"moeplanner_gui.commands.{_MODULES.get(first, first)}")
        return int(module.run(arguments[1:]))
    if first in ("-h", "--help"):
        commands = "\n".join(f"  {name:<10} {what}" for name, what in COMMANDS.items())
        say(_USAGE.format(commands=commands))
        return DONE
    if first == "--version":
        say(f"MoE Planner {__version__}")
        return DONE
    if first == "--self-test":
        from moeplanner_gui.self_test import run_self_test

        return int(run_self_test())
    if first == "--sample-output":
        if len(arguments) != 2:
            raise CommandError("--sample-output needs one folder.", USAGE)
        from moeplanner_gui.self_test import run_sample

        return int(run_sample(arguments[1]))
    for argument in arguments:
        if argument.startswith("-"):
            raise CommandError(f"there is no option {argument}; see moeplanner --help.", USAGE)
        if not os.path.exists(argument):
            raise _neither_command_nor_file(argument)
    return _open_window(arguments)


def _neither_command_nor_file(word: str) -> CommandError:
    looks_like_path = os.sep in word or "." in word
    if looks_like_path:
        return CommandError(f"{word}: there is no such file.")
    import difflib

    close = difflib.get_close_matches(word.lower(), COMMANDS, n=1)
    hint = f" Did you mean {close[0]}?" if close else " See moeplanner --help."
    return CommandError(f"“{word}” is neither a command nor a file.{hint}", USAGE)


def _open_window(paths: Sequence[str]) -> int:
    from moeplanner_gui.display import has_display

    if not has_display():
        raise CommandError(
            "there is no display to open a window on. `moeplanner estimate` and `moeplanner"
            " export` answer without one; `moeplanner --self-test` tries the window unseen."
        )
    try:
        from moeplanner_gui.app import run_window
    except ImportError as error:
        raise CommandError(f"the window cannot be loaded: {error}.") from error
    return int(run_window(paths))
