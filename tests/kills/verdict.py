"""What a killed process left: was anything torn, and how much of the work is gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from moeplanner_gui import safe_write
from moeplanner_gui.catalog.user import UserCatalog
from moeplanner_gui.core import edits
from moeplanner_gui.export.plan_file import PlanFileError
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.left_over import find_left_over, put_broken_aside
from moeplanner_gui.ui.plan_disk import read_plan_file
from moeplanner_gui.ui.settings import SettingsStore
from tests.kills.actor import PART


@dataclass
class Verdict:
    """Of one kill.

    Attributes:
        lost_ms: From the first state that is gone to the kill.
        states: How many there were.
        in_write: The kill came while a file was written.
        recovered: The work came from an autosave, not from the file.
        wrong: What must not be, in words.
    """

    lost_ms: float = 0.0
    states: int = 0
    in_write: bool = False
    recovered: bool = False
    wrong: list[str] = field(default_factory=list)


def judge(folder: Path, killed_ns: int, catalog) -> Verdict:
    """Look at what is there, as the next start would."""
    found = Verdict()
    journal = _read_journal(folder / "journal")
    states = [(value, when) for what, value, when in journal if what == "state"]
    found.states = len(states)
    left_temporary = [p for p in folder.rglob(".moeplanner-*.tmp")]
    found.in_write = bool(left_temporary)
    file_value = _file(folder, journal, found)
    left = find_left_over(folder / "config")
    if put_broken_aside(folder / "config"):
        found.wrong.append("an autosave is damaged")
    if len(left) > 1:
        found.wrong.append("several autosaves")
    value = file_value
    if left:
        value = left[0].plan.workload.context_tokens
        found.recovered = value != file_value
        _opens(left[0], catalog, found)
    found.lost_ms = _lost(states, value, killed_ns, found)
    _settings(folder, journal, found)
    _own_rows(folder, journal, catalog, found)
    safe_write._tidied.clear()
    for place in {temporary.parent for temporary in left_temporary}:
        # The first write of the next start in the folder takes away what was left of this one.
        safe_write.write_file_atomically(place / "next", b"")
    if any(temporary.exists() for temporary in left_temporary):
        found.wrong.append("a temporary file stays")
    return found


def _read_journal(path: Path) -> list[tuple[str, int, int]]:
    lines = path.read_text().splitlines()
    return [(what, int(value), int(when)) for what, value, when in map(str.split, lines)]


def _file(folder: Path, journal, found: Verdict) -> int:
    try:
        plan, _, _ = read_plan_file(folder / "plan.moeplan")
    except PlanFileError as error:
        found.wrong.append(f"the plan file is torn: {error}")
        return -1
    value = plan.workload.context_tokens
    if value not in _allowed(journal, "save", "saved", journal[0][1]):
        found.wrong.append(f"the plan file holds {value}, which was neither old nor new")
    return value


def _allowed(journal, begun: str, done: str, first: int) -> set[int]:
    """What was written last, and what was being written."""
    allowed = {first}
    for what, value, _ in journal:
        if what == begun:
            allowed.add(value)
        elif what == done:
            allowed = {value}
    return allowed


def _opens(left, catalog, found: Verdict) -> None:
    document = PlanDocument(left.plan, catalog)
    document.open(left.plan, left.path, recovered=True, entries=left.entries, label=left.label)
    before = document.plan
    document.apply("x", edits.set_workload(before, context_tokens=77_777))
    document.undo_stack.undo()
    undone = document.plan
    document.undo_stack.redo()
    sane = (
        undone == before
        and document.plan.workload.context_tokens == 77_777
        and document.undo_stack.count() == 1
        and document.is_modified
    )
    if not sane:
        found.wrong.append("undo is not sane after recovering")


def _lost(states, value: int, killed_ns: int, found: Verdict) -> float:
    places = [at for at, (state, _) in enumerate(states) if state == value]
    if not places:
        found.wrong.append(f"the recovered state {value} never was")
        return float("inf")
    if places[-1] + 1 == len(states):
        return 0.0
    return (killed_ns - states[places[-1] + 1][1]) / 1e6


def _settings(folder: Path, journal, found: Verdict) -> None:
    store = SettingsStore(folder / "config")
    if store.damage:
        found.wrong.append(f"the settings are damaged: {store.damage}")
    own = [name for name in store.settings.recent if name.startswith("/plans/")]
    value = int(Path(own[0]).stem) if own else 0
    if value not in _allowed(journal, "remember", "remembered", 0):
        found.wrong.append(f"the settings hold {value}")


def _own_rows(folder: Path, journal, catalog, found: Verdict) -> None:
    user = UserCatalog(folder / "own", shipped=catalog)
    if user.problems:
        found.wrong.append(f"the user's rows are damaged: {user.problems[0]}")
    price = user.prices.get(PART)
    if (0 if price is None else int(price.usd or 0)) not in _allowed(journal, "price", "priced", 0):
        found.wrong.append("a price of the user is gone")
