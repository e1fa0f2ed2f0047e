"""Finds the unsaved work that crashed runs left on the disk. Shows nothing and knows no window."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime
from pathlib import Path

from moeplanner_gui.catalog.file_lock import HeldLock
from moeplanner_gui.core.entries import NO_ENTRIES, Entries
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.safe_read import put_aside, read_file, why_not_read
from moeplanner_gui.ui.sessions import UNTITLED

MAX_BYTES = 64 * 2**20
"""A plan is at most 4 MiB, and written as a text inside a text it grows."""


@dataclass(frozen=True)
class Recovered:
    """Unsaved work of a run that ended without saving it.

    Attributes:
        plan: The last plan that was kept.
        path: The file it belonged to, None when it never had one.
        time: When it was kept, by the clock of that time.
        kept_in: The autosave file; forget it with :func:`discard`.
        entries: The rows that the plan brings along.
        label: What it was called while it had neither name nor file.
        order: What was kept later has the higher one, however the clock was set.
        base: The digest of the file's content that the work began with, "" when unknown.
    """

    plan: Plan
    path: Path | None
    time: datetime
    kept_in: Path
    entries: Entries = NO_ENTRIES
    label: str = UNTITLED
    order: int = 0
    base: str = ""

    @property
    def title(self) -> str:
        """What the plan was called."""
        return self.plan.name or (self.path.name if self.path else self.label)


@dataclass(frozen=True)
class Broken:
    """An autosave that cannot be read.

    Attributes:
        file: Its name when it was found.
        kept: Where it lies now: beside, or where it was when it could not be renamed.
        reason: Why it cannot be read.
    """

    file: Path
    kept: Path
    reason: str


def find_left_over(folder: Path) -> tuple[Recovered, ...]:
    """What runs that are gone left unsaved, newest first; unreadable files are skipped."""
    found = [item for item in _look(folder) if isinstance(item, Recovered)]
    return tuple(sorted(found, key=lambda item: item.order, reverse=True))


def put_broken_aside(folder: Path) -> tuple[Broken, ...]:
    """Rename the autosaves that cannot be read, so that each is said once and none is lost."""
    broken = [item for item in _look(folder) if isinstance(item, Broken)]
    return tuple(Broken(b.file, put_aside(b.file) or b.file, b.reason) for b in broken)


def discard(left_over: Recovered) -> None:
    """Forget what was left over."""
    with contextlib.suppress(OSError):
        left_over.kept_in.unlink()


def _look(folder: Path) -> list[Recovered | Broken]:
    found: list[Recovered | Broken] = []
    try:
        files = sorted((folder / "autosave").glob("session-*.json"))
    except OSError:
        return []
    for file in files:
        lock = HeldLock(file.with_suffix(".lock"))
        try:
            if not lock.take():
                continue  # another window is alive and keeps it
        except OSError:
            # Where no lock can be made, no living window keeps anything either.
            pass
        try:
            found.append(_read(file))
        except FileNotFoundError:
            continue
        finally:
            lock.let_go(remove=True)
    return found


def _read(file: Path) -> Recovered | Broken:
    from moeplanner_gui.export.plan_file import PlanFileError, plan_and_entries_from_json

    try:
        content = json.loads(read_file(file, MAX_BYTES))
        plan, entries = plan_and_entries_from_json(content["plan"])
        time = datetime.fromisoformat(content["time"])
        order = content.get("order")
        base = content.get("base")
        return Recovered(
            plan=plan,
            entries=entries,
            path=_path(content["path"]),
            time=time,
            kept_in=file,
            label=str(content.get("label") or UNTITLED),
            order=order if isinstance(order, int) else int(_seconds(time) * 10**9),
            base=base if isinstance(base, str) else "",
        )
    except FileNotFoundError:
        raise
    except OSError as error:
        return Broken(file, file, why_not_read(error))
    except PlanFileError as error:
        return Broken(file, file, str(error).rstrip("."))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return Broken(file, file, say("it is damaged"))


def _path(text: object) -> Path | None:
    if text is None or text == "":
        return None
    if not isinstance(text, str) or "\0" in text:
        raise TypeError("a path is a text")
    return Path(text)


def _seconds(time: datetime) -> float:
    try:
        return time.timestamp()
    except (OverflowError, OSError, ValueError):
        return 0.0
