"""Which installed Debian package a file belongs to."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable


def owners(files: Iterable[str]) -> dict[str, str]:
    """The package of each file that has one; empty where there is no dpkg.

    Asked once for all: each question reads the lists of all packages. A file may be listed with
    and without ``/usr`` in front, and by its own name or by a link's.
    """
    names: dict[str, str] = {}
    for file in files:
        real = os.path.realpath(file)
        for name in (real, real.removeprefix("/usr"), file, f"/usr{file}"):
            names.setdefault(name, file)
    if not names:
        return {}
    try:
        done = subprocess.run(["dpkg", "-S", *names], capture_output=True, text=True, check=False)
    except OSError:
        return {}
    found: dict[str, str] = {}
    for line in done.stdout.splitlines():
        packages, _, name = line.partition(": ")
        if name in names and not line.startswith("diversion"):
            found.setdefault(names[name], packages.partition(",")[0].partition(":")[0])
    return found
