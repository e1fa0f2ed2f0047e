"""What an import that cannot be done raises: one sentence that names the field or the offset."""

from __future__ import annotations

from pathlib import Path

from moeplanner_gui.core.words import say


def shown(value: object, *, limit: int = 60) -> str:
    """A value from a stranger's file as it may stand in a sentence: short and printable."""
    if isinstance(value, str) and len(value) <= limit and value.isprintable():
        return value  # nearly always, and called for every tensor
    if isinstance(value, (list, tuple)):
        return say("a list")
    if isinstance(value, dict):
        return say("an object")
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        # str() of a huge integer takes quadratic time, and Python refuses it at 4,300 digits.
        return (
            say("{0:,}", value) if value.bit_length() < 256 else say("a number with over 70 digits")
        )
    text = str(value[: limit + 1]) if isinstance(value, str) else str(value)
    text = "".join(char if char.isprintable() else "�" for char in text)
    return text if len(text) <= limit else text[:limit] + "…"


class ImportFailure(ValueError):
    """A file that no model can be read from.

    Attributes:
        sentence: What is wrong, for a person, without the file's name.
        path: The file it is about, where there is one.
        field: The key or metadata field it is about.
        offset: The byte it is about, counted from the start of the file.
    """

    def __init__(
        self,
        sentence: str,
        *,
        path: Path | None = None,
        field: str | None = None,
        offset: int | None = None,
    ) -> None:
        self.sentence = sentence
        self.path = path
        self.field = field
        self.offset = offset
        super().__init__(sentence)

    def __str__(self) -> str:
        name = "" if self.path is None else f"{shown(self.path.name, limit=120)}: "
        where = "" if self.offset is None else say(" (byte {0:,})", self.offset)
        return f"{name}{self.sentence}{where}"

    def at(self, path: Path) -> ImportFailure:
        """The same failure with the file's name, unless it has one already."""
        if self.path is None:
            self.path = path
        return self
