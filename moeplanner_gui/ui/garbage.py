"""When the program looks for garbage: not while it starts."""

from __future__ import annotations

import gc

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
