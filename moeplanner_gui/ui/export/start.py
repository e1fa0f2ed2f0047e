"""Start it: the commands of the plan on paper, what is left to fill in, and what to know."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.launch.launching import launch, step_title
from moeplanner_gui.core.launch.pieces import LaunchPlan, Step
from moeplanner_gui.core.launch.shell import several_lines
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.export.sheet import Sheet

MOST_ALIKE = 3
"""More commands than this that differ in numbers only are told by the first of them."""
_DIGITS = re.compile(r"\d+")
_PAD = 10.0
_ENDLESS = 10**6
"""No command is ever shortened: what is left out of it would start something else."""


def add_start(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    """The commands that start the engine as planned; nothing for a plan that cannot be."""
    if not assessment.fits:
        return
    try:
        launched = launch(plan, assessment, catalog)
    except UnknownEntryError as error:
        launched = LaunchPlan(plan.deployment.engine, "", refusal=str(error))
    sheet.section(say("Start it"))
    if launched.main is None:
        sheet.text(launched.refusal or say("No command is known for this plan."))
        return
    for steps in _alike(launched.steps):
        for step in steps[:1] if len(steps) > MOST_ALIKE else steps:
            title = step_title(plan, launched, step)
            if title:
                sheet.text(title, sheet.strong, before=6.0, after=3.0, with_next=True, most_lines=2)
            _add_command(sheet, step)
            if step.wait:
                sheet.stay()
                sheet.text(step.wait, sheet.small, sheet.theme.text2, before=3.0)
        if len(steps) > MOST_ALIKE:
            sheet.stay()
            text = say(
                "The same on {0:,} more computers, up to computer {1:,}, each with its "
                "own numbers; “moeplanner export --launch” writes them all.",
                len(steps) - 1,
                steps[-1].node + 1,
            )
            sheet.text(text, sheet.base, sheet.theme.text2, before=6.0)
    _add_notes(sheet, launched)


def _alike(steps: Sequence[Step]) -> list[list[Step]]:
    """Neighbours whose commands differ in numbers only."""
    groups: list[list[Step]] = []
    before = None
    for step in steps:
        sign = (step.title, _DIGITS.sub("#", several_lines(step.command)))
        if groups and sign == before:
            groups[-1].append(step)
        else:
            groups.append([step])
        before = sign
    return groups


def _add_command(sheet: Sheet, step: Step) -> None:
    """The command as it is copied, whole however long it is, on a ground of its own."""
    theme = sheet.theme
    metrics = sheet.metrics(sheet.mono)
    room = sheet.width - 2 * _PAD

    def ground(painter: QPainter, height: float) -> None:
        # A hair more than the block, so that no line shows between two of them.
        painter.fillRect(QRectF(0, 0, sheet.width, height + 0.5), QColor(theme.window))

    start = len(sheet.blocks)
    sheet.add(_PAD, ground, with_next=True)
    for number, line in enumerate(_packed(sheet, step, room)):
        indent = metrics.horizontalAdvance("  ") if number else 0.0
        laid = sheet.lay_text(
            line, sheet.mono, room - indent, most_lines=_ENDLESS, longest=_ENDLESS
        )
        sheet.add_lines(laid, _PAD + indent, theme.text, 0.0, ground)
    sheet.stay()
    sheet.add(_PAD, ground)
    sheet.keep_whole(start)


def _packed(sheet: Sheet, step: Step, room: float) -> list[str]:
    """The command in as few lines as paper allows, each but the last to be continued."""
    metrics = sheet.metrics(sheet.mono)
    lines: list[str] = []
    for piece in several_lines(step.command).split(" \\\n"):
        text = piece.strip()
        longer = f"{lines[-1]} {text}" if lines else text
        if lines and metrics.horizontalAdvance(f"  {longer} \\") <= room:
            lines[-1] = longer
        else:
            lines.append(text)
    return [f"{line} \\" for line in lines[:-1]] + lines[-1:]


def _add_notes(sheet: Sheet, launched: LaunchPlan) -> None:
    """What to fill in, what to know before, and which release has these flags."""
    theme = sheet.theme
    places = launched.placeholders()
    addresses = [place for place in places if place.mark.startswith("COMPUTER_")]
    several = len(addresses) > MOST_ALIKE
    for place in places:
        mark, what = place.mark, place.what
        if several and place in addresses:
            if place is not addresses[0]:
                continue
            mark = say("{0} to {1}", mark, addresses[-1].mark)
            what = say("the addresses of these computers in the network between them")
        sheet.stay()
        text = f"{mark}: {what}."
        sheet.text(text, sheet.small, theme.text2, strong_until=len(mark), before=4.0)
    for note in launched.notes:
        sheet.text(note, sheet.small, theme.text2, before=4.0)
    sheet.stay()
    text = say(
        "The flags are those of {0}. Explained in the window: Start it, Ctrl+L.", launched.version
    )
    sheet.text(text, sheet.small, theme.text3, before=4.0)
