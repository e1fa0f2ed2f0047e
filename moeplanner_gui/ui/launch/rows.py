"""What the two tables of the sheet show. Knows no Qt: the command line could print the same."""

from __future__ import annotations

from moeplanner_gui.core.launch.launching import step_title
from moeplanner_gui.core.launch.pieces import LaunchPlan
from moeplanner_gui.core.launch.prints import distinct_lines
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

FLAGS_HEAD = (say("Flag"), say("Why this value, and what the flag does"))
PRINTS_HEAD = (say("It will print"), say("The figure is, and what to know of it"))
FLAGS_COPIED = (say("Flag"), say("Why this value"), say("What it does"))
PRINTS_COPIED = (say("It will print"), say("The figure is"), say("To know"))
BOUNDS = {
    "equal": say("This figure."),
    "at_most": say("At most this."),
    "at_least": say("At least this."),
}


@dataclass(frozen=True, slots=True)
class Cells:
    """One row: its texts, a second line below the last one, and what to copy.

    ``code`` says that the first text is part of a command or a log.
    """

    texts: tuple[str, ...]
    below: str = ""
    code: bool = True

    @property
    def words(self) -> str:
        """The whole row as sentences, for tooltips and screen readers."""
        return "\n".join(text for text in (*self.texts, self.below) if text)

    @property
    def line(self) -> str:
        """The row as tab-separated text; a tab in a text would part it."""
        return "\t".join(" ".join(text.split()) for text in (*self.texts, self.below))


def flag_rows(plan: Plan, launched: LaunchPlan) -> tuple[Cells, ...]:
    """Every variable and flag once, in the order in which the steps name them."""
    rows: list[Cells] = []
    seen: set[tuple[str, ...]] = set()
    key: tuple[str, ...]
    for step in launched.steps:
        found = []
        for name, value, why in step.command.environment:
            key = ("", name, value)
            if key not in seen:
                seen.add(key)
                below = say("A variable of the environment.")
                found.append(Cells((f"{name}={value}", f"{_begun(why)}."), below))
        for one in step.command.options:
            key = (step.command.program.name, *one.words)
            if key not in seen:
                seen.add(key)
                found.append(Cells((" ".join(one.words), f"{_begun(one.why)}."), one.what))
        title = step_title(plan, launched, step)
        if title and found:
            rows.append(Cells((title, ""), code=False))
        rows += found
    return tuple(rows)


def print_rows(launched: LaunchPlan) -> tuple[Cells, ...]:
    """Every line that will be printed; equal ones of several processes once, with their names."""
    rows = []
    for who, line in distinct_lines(launched.predicted, named=launched.engine == "llama.cpp"):
        below = " ".join(filter(None, (who and f"{who}.", line.because)))
        rows.append(Cells((line.text, BOUNDS[line.kind]), below))
    return tuple(rows)


def as_tsv(head: tuple[str, ...], rows: tuple[Cells, ...]) -> str:
    """A table as tab-separated text with its heading."""
    return "\n".join(("\t".join(head), *(row.line for row in rows))) + "\n"


def fill_in_words(launched: LaunchPlan, tab: str) -> str:
    """Which marks are still to be replaced, as sentences; empty when none."""
    marks = launched.placeholders(tab)  # type: ignore[arg-type]
    if not marks:
        return ""
    computers = [m.mark for m in marks if m.mark.startswith("COMPUTER_")]
    words = [say("{0} is {1}", m.mark, m.what) for m in marks if m.mark not in computers]
    if computers:
        # In the order of the rig, whatever the order of the steps.
        first, *more = sorted(computers, key=lambda mark: int(mark.split("_")[1]))
        words.insert(
            0,
            say(
                "{0} to {1} are the addresses in the network between the computers",
                first,
                more[-1],
            )
            if more
            else say("{0} is the address in the network between the computers", first),
        )
    return say("Still to fill in: {0}.", "; ".join(words))


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
