"""When the program looks for garbage: not while it starts."""

from __future__ import annotations

import gc
import linecache

GARBAGE_AFTER_MS = 2000
"""The views of all tabs are made by then."""


def look_for_garbage() -> None:
    """Begin to look for garbage, if the start of the program had put it off.

    Catalogue, classes and views live as long as the program: they are not looked through again,
    which took up to 10 ms now and then while something was dragged.
    """
    if gc.isenabled():
        return
    gc.collect(0)
    gc.freeze()
    gc.enable()


def forget_sources() -> None:
    """Let go of the source texts that Python keeps for tracebacks; it reads them again then.

    PySide looks into the source of every module that is imported after it, which leaves 17 MiB
    of lines. Between two views they still lie apart from what stays, so that their memory is
    given back; two seconds later it would not be.
    """
    linecache.clearcache()
