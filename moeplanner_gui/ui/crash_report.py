"""What can be told of an error to who can correct it, and nothing of who uses the program.

The report is in English: it is read by who writes the program. It is sent nowhere. Knows the
document only to leave out what is in it.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import time
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import moeplanner_gui
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.ui.fault_file import LastActions

MOST_TRACE_CHARS = 20_000
_SHORTEST_HIDDEN = 4
_HIDDEN = "‹plan›"


@dataclass(frozen=True)
class Fault:
    """An error that nothing caught.

    Attributes:
        kind: The name of its type.
        text: Its own words.
        trace: The traceback, without the words of the errors in it.
        words: The words of every error in the chain; they may quote the plan.
        thread: Where it happened: the window's thread, or the name of another.
        key: The same for errors that come from the same place.
    """

    kind: str
    text: str
    trace: str
    words: tuple[str, ...]
    thread: str
    key: str


def fault_of(
    kind: type[BaseException],
    error: BaseException | None,
    trace: TracebackType | None,
    thread: str = "window",
) -> Fault:
    """An error with its traceback as text; nothing of the objects in it is kept alive."""
    if error is None:
        error = kind()
    text = "".join(traceback.format_exception(kind, error, trace))
    if len(text) > MOST_TRACE_CHARS:
        half = MOST_TRACE_CHARS // 2
        text = f"{text[:half]}\n[…]\n{text[-half:]}"
    frames = traceback.extract_tb(trace)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    key = hashlib.sha256(f"{kind.__name__} {place}".encode()).hexdigest()[:12]
    return Fault(kind.__name__, _words(error), text, tuple(_all_words(error)), thread, key)


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def _all_words(error: BaseException | None) -> Iterable[str]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if words := _words(error):
            yield words
            # Python prints what it is and where, so a text may stand there quoted.
            if (quoted := repr(words)[1:-1]) != words:
                yield quoted
        error = error.__cause__ or error.__context__


def versions() -> list[str]:
    """The program's, Python's and Qt's versions, and the system's."""
    import platform

    import PySide6
    from PySide6.QtCore import qVersion

    frozen = ", packaged" if getattr(sys, "frozen", False) else ""
    return [
        f"MoE Planner {moeplanner_gui.__version__}{frozen}",
        f"Python {platform.python_version()}, Qt {qVersion()}, PySide6 {PySide6.__version__}",
        f"System: {platform.platform()}",
    ]


def screen_lines(theme: str, language: str) -> list[str]:
    """Screens, scale and theme; nothing where there is no screen."""
    from PySide6.QtGui import QGuiApplication

    lines = [f"Theme: {theme}, language: {language}"]
    if isinstance(QGuiApplication.instance(), QGuiApplication):
        lines.append(f"Screen system: {QGuiApplication.platformName()}")
        for screen in QGuiApplication.screens():
            size, scale = screen.size(), screen.devicePixelRatio()
            lines.append(f"Screen: {size.width()} x {size.height()} at {scale:.0%}")
    return lines


def report_text(
    fault: Fault,
    surroundings: Iterable[str],
    actions: LastActions,
    plans: Iterable[Plan] = (),
    paths: Iterable[Path] = (),
    included: str = "",
) -> str:
    """The whole report.

    Args:
        fault: What happened.
        surroundings: Versions, screens.
        actions: What was chosen last.
        plans: The open plans, whose content is left out.
        paths: Their files, whose names are left out.
        included: The plan as JSON, when the person wants it in.
    """
    trace = fault.trace
    hidden = () if included else plan_words(plans, paths)
    for words in sorted(set(fault.words), key=len, reverse=True):
        trace = trace.replace(words, without(words, hidden))
    # Paths may stand anywhere: in the name of a module, in what the system said.
    trace = without(trace, () if included else tuple(path_words(paths)))
    lines = [
        "MoE Planner, report of an error. It was made on this computer and sent nowhere.",
        "",
        *surroundings,
        f"Running for {time.monotonic() - actions.started:.0f} s",
        f"Thread: {fault.thread}",
        "",
        "Last actions:",
        *(actions.lines() or ["none"]),
        "",
        trace.rstrip(),
    ]
    if included:
        lines += ["", "The open plan:", included.rstrip()]
    return anonymous("\n".join(lines)) + "\n"


def path_words(paths: Iterable[Path]) -> Iterable[str]:
    """What tells a plan's file: its path, its folder, its name."""
    for path in paths:
        for text in (str(path), str(path.parent), path.name, path.stem):
            if len(text) >= _SHORTEST_HIDDEN:
                yield text


def plan_words(plans: Iterable[Plan], paths: Iterable[Path]) -> tuple[str, ...]:
    """Every text and longer number of the plans, and their files."""
    found = set(path_words(paths))
    for plan in plans:
        _collect(plan.model_dump(), found)
    return tuple(found)


def _collect(value: object, found: set[str]) -> None:
    if isinstance(value, dict):
        for item in value.values():
            _collect(item, found)
    elif isinstance(value, list | tuple):
        for item in value:
            _collect(item, found)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        text = str(value)
        if len(text) >= _SHORTEST_HIDDEN:
            found.add(text)
            if isinstance(value, int):
                found.add(f"{value:,}")


def without(text: str, hidden: Iterable[str]) -> str:
    """A text in which every one of ``hidden`` is replaced, the longest first."""
    for word in sorted(hidden, key=len, reverse=True):
        text = text.replace(word, _HIDDEN)
    return text


def anonymous(text: str) -> str:
    """A text without the home folder, the user's name and the computer's."""
    import getpass
    import platform

    try:
        home = Path.home()
        homes = {str(home), os.path.realpath(home), home.as_posix()}
    except (RuntimeError, OSError):
        homes = set()
    flags = re.IGNORECASE if os.name == "nt" else 0
    for place in sorted((h for h in homes if len(h) > 1), key=len, reverse=True):
        for written in (place, place.replace("\\", "\\\\")):
            # "/home/ann" is not the beginning of "/home/anna".
            text = re.sub(rf"{re.escape(written)}(?![\w.-])", "~", text, flags=flags)
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = ""
    for name, mark in ((user, "‹user›"), (platform.node(), "‹computer›")):
        if len(name) > 1:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", mark, text, flags=re.IGNORECASE)
    return text
