"""A folder of the user's that several programs may change: one at a time, and why one could not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from moeplanner_gui.catalog.file_lock import LockTimeoutError, locked
from moeplanner_gui.core.words import say
from moeplanner_gui.safe_write import why_not_written

LOCK_NAME: Final = ".lock"


@contextmanager
def changing(
    folder: Path, refused: type[Exception], reload: Callable[[], object] = lambda: None
) -> Iterator[None]:
    """One change under the folder's lock: what is in it is read before the change and after it.

    Args:
        folder: It is made where it is missing.
        refused: Raised with a sentence when another program holds the lock for long, or the
            disk refuses.
        reload: Reads the folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / LOCK_NAME):
            reload()
            try:
                yield
            finally:
                reload()
    except LockTimeoutError:
        raise refused(say("Another window of MoE Planner is saving just now. Try again.")) from None
    except OSError as error:
        raise refused(not_saved(folder, error)) from None


def not_saved(folder: Path, error: OSError) -> str:
    """Why nothing could be saved in a folder, as a sentence."""
    return say("Nothing could be saved in {0}: {1}.", folder, why_not_written(error))
