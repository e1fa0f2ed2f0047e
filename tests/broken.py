"""What may lie in the place of a file when it comes back: one list for settings, autosaves, the
user's rows and plans."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

GIGABYTE = 10**9


def _garbage(file: Path, _sound: bytes) -> None:
    file.write_bytes(bytes(range(256)) * 16)


def _huge(file: Path, sound: bytes) -> None:
    file.write_bytes(sound)
    # A hole: it takes no room on the disk, and a gigabyte when it is read.
    os.truncate(file, GIGABYTE)


def _folder(file: Path, _sound: bytes) -> None:
    file.mkdir()
    (file / "inside").write_text("kept")


def _loop(file: Path, _sound: bytes) -> None:
    other = file.with_name("other-link")
    other.symlink_to(file)
    file.symlink_to(other)


BREAKS: dict[str, Callable[[Path, bytes], None]] = {
    "empty": lambda file, _sound: file.write_bytes(b""),
    "cut off": lambda file, sound: file.write_bytes(sound[: len(sound) // 2]),
    "garbage": _garbage,
    "a list": lambda file, _sound: file.write_bytes(b"[1, 2]"),
    "a number": lambda file, _sound: file.write_bytes(b"1e999"),
    "deep": lambda file, _sound: file.write_bytes(b"[" * 200_000),
    "huge": _huge,
    "a folder": _folder,
    "a link to nothing": lambda file, _sound: file.symlink_to(file.with_name("nothing")),
    "a link to itself": _loop,
}
if hasattr(os, "mkfifo"):
    BREAKS["a pipe"] = lambda file, _sound: os.mkfifo(file)
if os.name == "nt":
    # Links need a right of their own there.
    del BREAKS["a link to nothing"], BREAKS["a link to itself"]


def broken(file: Path, how: str, sound: bytes) -> None:
    """Put it in the place of ``file``, whose content should be ``sound``."""
    file.parent.mkdir(parents=True, exist_ok=True)
    BREAKS[how](file, sound)


def same_thing(kept: Path, how: str, sound: bytes) -> bool:
    """Whether ``kept`` is what was put there: nothing of it was lost."""
    if how == "a folder":
        return (kept / "inside").read_text() == "kept"
    if how == "a pipe":
        return kept.is_fifo()
    if how.startswith("a link"):
        return kept.is_symlink()
    if how == "huge":
        return kept.stat().st_size == GIGABYTE
    again = kept.with_name("compare")
    BREAKS[how](again, sound)
    same = kept.read_bytes() == again.read_bytes()
    again.unlink()
    return same
