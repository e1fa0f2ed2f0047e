"""Builds the stand-in for NVIDIA's library with the system's compiler, once each variant.

Raises nothing that a test would take for the program's own behaviour: where there is no compiler,
or the system has no shared libraries of this kind, :func:`why_not` says so.
"""

from __future__ import annotations

import ctypes.util
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).parent / "nvml_stub"
LIBRARY = "libnvidia-ml.so.1"

_made = tempfile.TemporaryDirectory(prefix="moeplanner-nvml-stub-", ignore_cleanup_errors=True)


def folder() -> Path:
    """Where libraries and scenario files of this run lie; gone when it ends."""
    return Path(_made.name)


def compiler() -> str | None:
    """``$CC``, or the first C compiler on the path."""
    candidates = [os.environ.get("CC", ""), "cc", "gcc", "clang"]
    return next((found for name in candidates if name and (found := shutil.which(name))), None)


def why_not() -> str:
    """A sentence why no stub can be made here; empty when it can."""
    if not sys.platform.startswith("linux"):
        return f"NVIDIA's library has another name and form on {sys.platform}"
    return "" if compiler() else "no C compiler on this system"


@functools.cache
def library_folder(without: tuple[str, ...] = ()) -> Path:
    """The folder to put into ``LD_LIBRARY_PATH``.

    Args:
        without: Entry points that this library does not have, as an old driver's.

    Raises:
        subprocess.CalledProcessError: The stub does not compile; the compiler's words are in it.
    """
    place = folder() / f"library-{len(list(folder().iterdir()))}"
    place.mkdir()
    hidden = "".join(f" {name};" for name in without)
    exports = place / "exports.map"
    exports.write_text("{ global: nvml*; local:" + (hidden or " nothing_at_all;") + " };\n")
    command = [compiler() or "cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared"]
    command += ["-fPIC", f"-Wl,-soname,{LIBRARY}", f"-Wl,--version-script={exports}"]
    command += ["-o", str(place / LIBRARY), *map(str, sorted(SOURCE.glob("*.c")))]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return place


@functools.cache
def no_library_folder(is_broken: bool) -> Path:
    """A folder without the library; with a file of its name that is none when ``is_broken``.

    On a system that has NVIDIA's own library only the second hides that one.
    """
    place = folder() / f"no-library-{is_broken}"
    place.mkdir()
    if is_broken or ctypes.util.find_library("nvidia-ml"):
        (place / LIBRARY).write_text("this was a driver once\n")
    return place
