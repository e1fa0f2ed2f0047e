"""Commands as text for a POSIX shell: quoted so that no name of a file or a model can do harm."""

from __future__ import annotations

import re
from shlex import quote
from typing import Final

from moeplanner_gui.core.launch.pieces import Command

_HOME: Final = re.compile(r"~/[\w./:=-]*")


def quoted(word: str) -> str:
    """One word for a POSIX shell. A path that begins with ``~/`` stays open to the shell.

    Line breaks and other characters that steer a terminal cannot be part of a path or an address
    that anybody means: each is replaced by U+FFFD.
    """
    plain = "".join(letter if letter.isprintable() else "�" for letter in word)
    return plain if _HOME.fullmatch(plain) else quote(plain)


def one_line(command: Command) -> str:
    """The command in one line, its environment before it."""
    variables = (f"{name}={quoted(value)}" for name, value, _ in command.environment)
    return " ".join((*variables, *map(quoted, command.words)))


def several_lines(command: Command) -> str:
    """The command with one flag a line, as it is shown and copied."""
    head = [f"{name}={quoted(value)}" for name, value, _ in command.environment]
    head += [*command.program.command, *map(quoted, command.first)]
    lines = [" ".join(head)]
    lines += ["  " + " ".join(map(quoted, one.words)) for one in command.options]
    return " \\\n".join(lines)
