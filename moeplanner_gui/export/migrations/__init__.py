"""From an older form of the plan file to the present one: one pure function a step.

The number in ``format`` rises when something that was written means something else, is called
otherwise or is gone: then the step from the old form to the next one is added here, in a module
of its own (``from_1.py``) with files of the old form beside its test. A new field with a default
needs no step: an older file simply lacks it.

A file of a form newer than this program's is refused, not shown read-only: of a plan that is
only half understood no figure can be trusted. The refusal names the version to open it with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from moeplanner_gui.core.plan import FORMAT

Document = dict[str, Any]
Step = Callable[[Document], Document]

UNNAMED: Final = "moeplan/1"
"""The form of a file that names none, for ever: such files were written by hand."""
STEPS: Final[Mapping[str, Step]] = MappingProxyType({})
"""By the form that a step reads; each makes the next one. The first form is still the present."""


def form_of(document: Document) -> Any:
    """The form a document says it has; whatever stands there, it may be no text."""
    return document.get("format", UNNAMED)


def is_readable(form: object) -> bool:
    """Whether a document of this form is the present one or can become it."""
    return form == FORMAT or (isinstance(form, str) and form in STEPS)


def migrated(
    document: Document, steps: Mapping[str, Step] | None = None, present: str = FORMAT
) -> Document:
    """A document in the present form; the one given is left as it was.

    A step may meet anything that JSON can hold: what it does not understand it passes on, and
    the check of the present form refuses it by name.

    Args:
        document: What was read, of a form for which :func:`is_readable` holds.
        steps: The steps by the form that they read; those of this program when left out.
        present: The form at which they end.

    Raises:
        ValueError: The steps lead nowhere or in a circle; a mistake in this program.
    """
    steps = STEPS if steps is None else steps
    form = form_of(document)
    for _ in range(len(steps) + 1):
        if form == present:
            return document
        if form not in steps:
            break
        document = steps[form](document)
        form = form_of(document)
    raise ValueError(f"no steps lead from {form} to {present}")
