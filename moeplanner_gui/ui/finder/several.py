"""What the page says where several models are wished for. Knows no Qt."""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.search.terms import FoundRig, SearchResult
from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.ui.finder.words import second_line

MOST_MODELS = 4
ADD = say("and also…")
OTHERS = say("Open the plans of the other models too")
SLOW = say(
    "Every way to run one model is tried with every way of the others: two "
    "can take a minute to search, four much longer; Cancel keeps what was "
    "found. Adding a model sets any weights to native."
)
SLOW_WEIGHTS = say("With several models these weights take minutes to search")
ONE_AT_A_TIME = say(
    "Each rig runs each of the models, one at a time; speed and context "
    "are those of the model that gets least."
)


def heading(models: int) -> str:
    """What stands over the list."""
    return say("Rigs that do it") if models < 2 else say("Rigs that run each of {0} models", models)


def notes_of(result: SearchResult) -> tuple[str, ...]:
    """What to know about rigs for several models."""
    return (ONE_AT_A_TIME,) if any(rig.others for rig in result.rigs) else ()


def lines_under(rig: FoundRig) -> tuple[str, ...]:
    """What stands under the name: the computer with the reason, then how each model runs."""
    return (second_line(rig), *rig.ways)


def button_text(others: int) -> str:
    """What the button beside the first model says."""
    return say("and {0} more", others) if others else ADD


def button_name(names: Sequence[str]) -> str:
    """The same for those who hear it."""
    return say("More models: {0}", comma_joined(names)) if names else say("More models: none")


def chosen_text(others: int) -> str:
    """How many of the places are taken."""
    left = MOST_MODELS - 1 - others
    if not left:
        return say("{0} models, the most that are searched for at once.", MOST_MODELS)
    return say("{0} of at most {1} models. {2}", others + 1, MOST_MODELS, SLOW)
