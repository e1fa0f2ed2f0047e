"""Reads the options of a command, and says in one line what is wrong with them."""

from __future__ import annotations

import argparse
from difflib import get_close_matches
from typing import NoReturn

from moeplanner_gui.commands.console import USAGE, CommandError


class CommandParser(argparse.ArgumentParser):
    """Answers a mistake with the mistake, the option that was probably meant, and where all
    options are explained; twenty lines of usage before it hide it.
    """

    def error(self, message: str) -> NoReturn:
        """Refuse a command line.

        Raises:
            CommandError: Always.
        """
        meant = next(filter(None, map(self._meant, message.split())), "")
        hint = f" Did you mean {meant}?" if meant else ""
        raise CommandError(
            f"{message.rstrip('.')}.{hint} `{self.prog} --help` explains all options.", USAGE
        )

    def _meant(self, word: str) -> str:
        """The option that is nearly called like a word that is none."""
        name = word.partition("=")[0].rstrip(":,")
        known = self._option_string_actions
        if not name.startswith("--") or name in known:
            return ""
        return next(iter(get_close_matches(name, known, n=1)), "")
