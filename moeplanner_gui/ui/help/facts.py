"""What About says: versions, dates of the data, folders. Knows no widgets of it."""

from __future__ import annotations

import json
import platform
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import moeplanner_gui
from moeplanner_gui.catalog import paths
from moeplanner_gui.catalog.freshness import Age, ages
from moeplanner_gui.catalog.installed import in_force, updates_dir
from moeplanner_gui.catalog.rows import FILE_VERSION
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog

_COMMIT = re.compile(r"[0-9a-f]{7,40}")


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: what it is and what it says; ``folder`` when it can be opened."""

    label: str
    value: str
    folder: Path | None = None


def versions() -> tuple[Fact, ...]:
    """Of the program and of what it runs on."""
    import PySide6
    from PySide6.QtCore import qVersion

    found = [Fact(say("Program"), moeplanner_gui.__version__)]
    if known := commit():
        found.append(Fact(say("Commit"), known))
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return (
        *found,
        Fact("Python", platform.python_version()),
        Fact("Qt", str(qVersion())),
        Fact("PySide", PySide6.__version__),
        Fact(say("System"), system),
    )


def data_facts(catalog: Catalog, today: date) -> tuple[Fact, ...]:
    """Which catalogue is in use and how old what is in it."""
    counts = in_force()
    if counts.update:
        used = say("update {0}, of {1}", counts.version, catalog.date)
    else:
        used = say("as it came with the program, of {0}", catalog.date)
    by_kind = {age.kind: age for age in ages(catalog.shipped, today)}
    return (
        Fact(say("Catalogue"), used),
        *(
            Fact(label, _span(by_kind[kind]))
            for kind, label in (
                ("models", say("Models")),
                ("cards", say("Cards")),
                ("prices", say("Prices of parts")),
                ("api_prices", say("Prices of APIs")),
                ("measurements", say("Speed measurements")),
                ("claims", say("Articles")),
            )
        ),
        Fact(say("Form of the rows"), str(FILE_VERSION)),
        Fact(say("Form of plan files"), "moeplan/1"),
    )


def folder_facts(settings: Path) -> tuple[Fact, ...]:
    """Where things of the user lie."""
    return tuple(
        Fact(label, str(folder), folder)
        for label, folder in (
            (say("Settings"), settings),
            (say("Kept automatically"), settings / "autosave"),
            (say("Your own rows"), paths.user_catalogs_dir()),
            (say("Catalogue updates"), updates_dir()),
        )
    )


def as_text(groups: tuple[tuple[str, tuple[Fact, ...]], ...]) -> str:
    """Everything as lines, for a report."""
    lines = ["MoE Planner"]
    for title, facts in groups:
        lines += ["", title, *(f"{fact.label}: {fact.value}" for fact in facts)]
    return "\n".join(lines) + "\n"


def commit() -> str:
    """What the program was built from: as its package says, or the checkout; "" if unknown."""
    file = paths.build_file()
    try:
        if file is not None:
            built: Any = json.loads(file.read_text("utf-8"))
            found = str(built.get("commit") or "") if isinstance(built, dict) else ""
        else:
            found = _checked_out(paths.data_root() / ".git")
    except (OSError, ValueError):
        return ""
    return found[:12] if _COMMIT.fullmatch(found) else ""


def _checked_out(git: Path) -> str:
    """The commit of a checkout, from its files: no program is started for it."""
    head = (git / "HEAD").read_text("ascii").strip()
    if not head.startswith("ref: "):
        return head
    name = head.removeprefix("ref: ")
    try:
        return (git / name).read_text("ascii").strip()
    except OSError:
        for line in (git / "packed-refs").read_text("ascii").splitlines():
            if line.endswith(f" {name}"):
                return line.partition(" ")[0]
    return ""


def _span(age: Age) -> str:
    if not age.rows or not age.newest:
        return say("{0:,} without a date", age.rows)
    return say("{0:,}, the newest of {1}, the oldest of {2}", age.rows, age.newest, age.oldest)
