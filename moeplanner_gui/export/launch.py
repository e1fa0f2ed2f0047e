"""The launch commands as a text file: a commented shell script, a section for each computer.

Nothing in it was typed by this program's user except names, which appear in comments and quoted.
"""

from __future__ import annotations

import os
from datetime import date
from typing import TYPE_CHECKING

from moeplanner_gui.core.launch.containers import NOT_PULLED
from moeplanner_gui.core.launch.launching import launch, step_title
from moeplanner_gui.core.launch.pieces import Command, LaunchPlan, Places, Step, Tab
from moeplanner_gui.core.launch.prints import distinct_lines
from moeplanner_gui.core.launch.shell import several_lines
from moeplanner_gui.core.words import say
from moeplanner_gui.safe_write import write_file_atomically

if TYPE_CHECKING:
    from moeplanner_gui.core.assessment import Assessment
    from moeplanner_gui.core.plan import Plan
    from moeplanner_gui.core.ports import CatalogReader


class NoCommandError(ValueError):
    """The plan has no command; the message is the reason as a sentence."""


def launch_text(
    plan: Plan,
    assessment: Assessment,
    catalog: CatalogReader,
    places: Places | None = None,
    *,
    today: date | None = None,
) -> str:
    """The whole script.

    Raises:
        NoCommandError: The plan cannot be started; says why.
    """
    launched = launch(plan, assessment, catalog, places)
    if launched.refusal is not None:
        raise NoCommandError(launched.refusal)
    lines = ["#!/bin/sh", *_heading(plan, assessment, catalog, launched, today or date.today())]
    lines += _steps(plan, launched)
    lines += ["", _comment(say("What it will print about its memory")), "#"]
    named = launched.engine == "llama.cpp"
    for who, line in distinct_lines(launched.predicted, named=named):
        lines.append(f"#   {_plain(line.text)}{_bound(line.kind)}")
        to_know = " ".join(filter(None, (who and f"{who}.", line.because)))
        lines += [f"#       {_plain(to_know)}"] if to_know else []
    if launched.docker:
        lines += ["", _comment(say("The same in a container (remove the # of each line)"))]
        lines += [f"# {NOT_PULLED}"]
        for step in launched.docker:
            title = step_title(plan, launched, step)
            lines += ["#", *([f"# {_plain(title)}"] if title else [])]
            lines += [f"# {line}" for line in several_lines(step.command).splitlines()]
    else:
        lines += ["", _comment(say("No container: {0}", _plain(launched.no_docker)))]
    for file in launched.compose:
        lines += ["", _comment(say("compose.yaml of {0}", _plain(file.title))), "#"]
        lines += [f"#   {line}".rstrip() for line in file.text.splitlines()]
    return "\n".join(lines) + "\n"


def write_launch(
    path: str | os.PathLike[str],
    plan: Plan,
    assessment: Assessment,
    catalog: CatalogReader,
    places: Places | None = None,
) -> None:
    """Write the script in one step, or leave an older file as it was.

    Raises:
        NoCommandError: The plan cannot be started; nothing is written.
        OSError: The file could not be written.
    """
    text = launch_text(plan, assessment, catalog, places)
    write_file_atomically(path, text.encode("utf-8"))


def command_text(plan: Plan, launched: LaunchPlan, tab: Tab) -> str:
    """What the window shows and copies of one way to start: steps in order with their waits."""
    if tab == "compose":
        several = len(launched.compose) > 1
        parts = [f"# {_plain(f.title)}\n{f.text}" if several else f.text for f in launched.compose]
        return "\n".join(parts)
    steps = launched.docker if tab == "docker" else launched.steps
    if len(steps) == 1:
        return several_lines(steps[0].command) + "\n"
    lines: list[str] = []
    for step in steps:
        lines += [f"# {_plain(step_title(plan, launched, step))}", several_lines(step.command)]
        lines += [f"# {step.wait}", ""] if step.wait else [""]
    return "\n".join(lines)


def _heading(
    plan: Plan,
    assessment: Assessment,
    catalog: CatalogReader,
    launched: LaunchPlan,
    today: date,
) -> list[str]:
    name = plan.name or catalog.model(plan.model).name
    titled = say("{0} on {1}, {2}", _plain(name), launched.version, today.isoformat())
    lines = [_comment(titled), "#"]
    lines += [f"# {_plain(reason)}" for reason in assessment.reasons[:1]]
    version = launched.version
    lines += [_comment(say("The flags are those of the help of {0}; others may differ.", version))]
    marks = launched.placeholders()
    if marks:
        lines += ["#", _comment(say("Replace before it is started:"))]
        lines += [f"#   {mark.mark}: {mark.what}" for mark in marks]
    if launched.notes:
        lines.append("#")
        lines += [f"# {_plain(note)}" for note in launched.notes]
    return lines


def _steps(plan: Plan, launched: LaunchPlan) -> list[str]:
    """The only step; of several the one whose number is given, on its own computer."""
    if len(launched.steps) == 1:
        return ["", *_section(launched.steps[0])]
    told = say("Copy this file to every computer and run the steps in order, each there:")
    lines = ["#", _comment(told)]
    lines += [
        f"#   sh FILE {number}   {_plain(step_title(plan, launched, step))}"
        for number, step in enumerate(launched.steps, start=1)
    ]
    lines += ["", 'case "${1:-}" in']
    for number, step in enumerate(launched.steps, start=1):
        lines += ["", f"# {_plain(step_title(plan, launched, step))}", f"{number})"]
        lines += [*_section(step), ";;"]
    most = len(launched.steps)
    return [
        *lines,
        "",
        "*)",
        f'echo "Say which step: 1 to {most}." >&2',
        "exit 2",
        ";;",
        "esac",
    ]


def _section(step: Step) -> list[str]:
    wait = [f"# {step.wait}"] if step.wait else []
    return [*_reasons(step.command), *wait, *several_lines(step.command).splitlines()]


def _reasons(command: Command) -> list[str]:
    lines = [f"#   {name}: {_plain(why)}." for name, _, why in command.environment]
    for one in command.options:
        told = say("{0}: {1} Here: {2}.", one.name, one.what, _plain(one.why))
        lines.append(f"#   {told}")
    return lines


def _comment(sentence: str) -> str:
    return f"# {sentence}"


def _bound(kind: str) -> str:
    return {"at_most": say("   (at most)"), "at_least": say("   (at least)")}.get(kind, "")


def _plain(text: str) -> str:
    """One line of a comment: nothing in a name ends it or steers a terminal."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
