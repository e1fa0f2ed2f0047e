"""Fields, models, cards and hosts as entries of the command palette. Knows the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.palette_search import Entry
from moeplanner_gui.ui.palette_words import OTHER_WORDS

_FIELDS = {
    "weights": say("Weights"),
    "cache": say("KV cache"),
    "context": say("Context"),
    "users": say("Users"),
    "engine": say("Engine"),
    "experts": say("Experts"),
}


def field_entries(fields: Mapping[str, QWidget]) -> Iterator[Entry]:
    """The fields of the model panel that are shown, by what they are called; each takes the keys.

    Args:
        fields: The widgets by the names in ``_FIELDS``.
    """
    for name, field in fields.items():
        if field.isVisible():
            yield Entry(
                f"field.{name}",
                _FIELDS[name],
                say("Field"),
                say("Put the cursor into this field"),
                "",
                lambda field=field: field.setFocus(Qt.FocusReason.ShortcutFocusReason),
                also=OTHER_WORDS[f"field.{name}"],
            )


def catalogue_entries(
    catalog: Any, choose_model: Callable[[str], object], add_part: Callable[[str, str], object]
) -> Iterator[Entry]:
    """What of the catalogue can be put into the plan by its name.

    Args:
        catalog: The rows.
        choose_model: Makes a model the plan's, by its id.
        add_part: Puts a "gpu" or a "host" into the rig, by its id.
    """
    for row_id, spec in catalog.models.items():
        yield Entry(
            f"model:{row_id}",
            say("Choose {0}", spec.name),
            say("Model"),
            say("Make it the plan's model; one undo step"),
            "",
            lambda row_id=row_id: choose_model(row_id),
        )
    for kind, rows, place in (
        ("gpu", catalog.gpus, say("Card")),
        ("host", catalog.hosts, say("Computer")),
    ):
        for row_id, row in rows.items():
            yield Entry(
                f"{kind}:{row_id}",
                say("Add {0}", row.name),
                place,
                say("Put it into the selected computer; one undo step"),
                "",
                lambda kind=kind, row_id=row_id: add_part(kind, row_id),
            )
