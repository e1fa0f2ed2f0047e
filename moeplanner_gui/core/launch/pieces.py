"""What a launch is made of: commands with their reasons, steps in order, what is left to fill in.

Words are kept apart until they are shown, so that nothing has to be quoted twice. Knows no engine.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from moeplanner_gui.core.launch.flags import Program, words
from moeplanner_gui.core.launch.predicted import PredictedLine
from moeplanner_gui.core.plan import Engine
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

MODEL_FILE: Final = "MODEL_FOLDER/MODEL_FILE.gguf"
MODEL_FOLDER: Final = "MODEL_FOLDER"
EXPERTS_FOLDER: Final = "EXPERTS_FOLDER"
_MARKS: Final = re.compile(
    r"MODEL_FOLDER|MODEL_FILE|EXPERTS_FOLDER|CPU_CORES|COMPUTER_\d+_ADDRESS|THIS_ADDRESS"
)
_MEANINGS: Final = {
    "MODEL_FOLDER": say("the folder with the model's files"),
    "MODEL_FILE": say("the name of the GGUF file; of a model in several files, the first"),
    "EXPERTS_FOLDER": say("the folder with the experts' weights for the CPU"),
    "CPU_CORES": say("how many cores the processors have, hyper-threads not counted"),
}


@dataclass(frozen=True, slots=True)
class Places:
    """What only the user knows: where the model lies and how the computers reach one another.

    ``model`` is a file or folder, or a name on Hugging Face. ``addresses`` are one for each
    computer of the rig, in order. What is empty stays a placeholder.
    """

    model: str = ""
    addresses: tuple[str, ...] = ()

    def address(self, node: int) -> str:
        """The address of a computer, or its placeholder, counted from 1."""
        given = self.addresses[node].strip() if node < len(self.addresses) else ""
        return given or f"COMPUTER_{node + 1}_ADDRESS"


@dataclass(frozen=True, slots=True)
class Option:
    """One flag as it is printed: its words, what it does, and why it has this value here."""

    words: tuple[str, ...]
    what: str
    why: str

    @property
    def name(self) -> str:
        """The flag itself."""
        return self.words[0]

    @property
    def value(self) -> str:
        """Its values, parted by spaces; empty when it takes none."""
        return " ".join(self.words[1:])


def option(program: Program, name: str, *values: str | int | float, why: str) -> Option:
    """A flag that the program's recorded release has.

    Raises:
        UnknownFlagError: it has no such flag, or the flag takes another number of values.
    """
    return Option(words(program, name, *map(str, values)), program.flags[name].what, why)


@dataclass(frozen=True, slots=True)
class Command:
    """A program with everything that is passed to it.

    ``environment`` are variables with the reason of each; ``first`` are words between the program
    and its flags, such as the model.
    """

    program: Program
    options: tuple[Option, ...]
    first: tuple[str, ...] = ()
    environment: tuple[tuple[str, str, str], ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The whole command line, not quoted; without the environment."""
        flat = (word for one in self.options for word in one.words)
        return (*self.program.command, *self.first, *flat)


@dataclass(frozen=True, slots=True)
class Step:
    """What to run on one computer, and what to wait for before the next step."""

    node: int
    title: str
    command: Command
    wait: str = ""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A mark in the commands that is replaced by hand, and what by."""

    mark: str
    what: str


@dataclass(frozen=True, slots=True)
class ComposeFile:
    """The text of a compose file for one computer."""

    node: int
    title: str
    text: str


Tab = Literal["command", "docker", "compose", "cluster"]


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """How the engine of a plan is started so that it places what was planned.

    Attributes:
        engine: The engine.
        version: Its name and the release that the flags were recorded from.
        refusal: Why there is no command; everything else is then empty.
        steps: What to run, in order; one step for a single computer.
        docker: The same with a container on each computer; empty with ``no_docker``.
        no_docker: Why there is no container.
        compose: A compose file for each computer.
        nodes: How many computers take part.
        notes: What to know before it is started, as sentences.
        predicted: What the engine will print about its memory.
        places: What was known of paths and addresses.
    """

    engine: Engine
    version: str
    refusal: str | None = None
    steps: tuple[Step, ...] = ()
    docker: tuple[Step, ...] = ()
    no_docker: str = ""
    compose: tuple[ComposeFile, ...] = ()
    nodes: int = 1
    notes: tuple[str, ...] = ()
    predicted: tuple[PredictedLine, ...] = ()
    places: Places = Places()

    @property
    def main(self) -> Step | None:
        """The step that starts the engine itself, None where there is no command."""
        return next((step for step in reversed(self.steps) if step.node == 0), None)

    def placeholders(self, tab: Tab = "command") -> tuple[Placeholder, ...]:
        """The marks that are still in the commands of one tab, in the order of the text."""
        if tab == "compose":
            texts = [file.text for file in self.compose]
        else:
            steps = self.docker if tab == "docker" else self.steps
            commands = [step.command for step in steps]
            texts = [word for command in commands for word in command.words]
            texts += [value for command in commands for _, value, _ in command.environment]
        given = {self.places.model, *self.places.addresses}
        found: dict[str, None] = {}
        for text in texts:
            if text not in given:
                found.update(dict.fromkeys(_MARKS.findall(text)))
        return tuple(Placeholder(mark, _meaning(mark)) for mark in found)


def _meaning(mark: str) -> str:
    number = re.search(r"\d+", mark)
    if number is None:
        return _MEANINGS.get(mark, "")
    return say("the address of computer {0} in the network between the computers", number.group())
