"""Where the shipped data lies and where the user's own data goes. Reads nothing itself."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from moeplanner_gui.core.words import say

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def data_root() -> Path:
    """The folder that holds ``catalogs/`` and ``resources/``.

    The same data is found from a checkout (the repository's top level), from an installed wheel
    (``_data`` inside the package) and from a frozen program (``_data`` beside the unpacked
    package, which PyInstaller names by ``sys._MEIPASS``).

    Raises:
        FileNotFoundError: None of the places has a ``catalogs`` folder.
    """
    frozen = getattr(sys, "_MEIPASS", None)
    places = [_PACKAGE / "_data", _PACKAGE.parent]
    if frozen is not None:
        places = [Path(frozen) / "moeplanner_gui" / "_data", Path(frozen), *places]
    for place in places:
        # "gpus" guards against an unrelated folder called catalogs beside the package.
        if (place / "catalogs" / "gpus").is_dir():
            return place
    looked = ", ".join(str(place) for place in places)
    raise FileNotFoundError(say("The catalogues are missing; looked in {0}.", looked))


def catalogs_dir() -> Path:
    """The shipped catalogues."""
    return data_root() / "catalogs"


def resources_dir() -> Path:
    """Icons, sample plans and other files that are not code."""
    return data_root() / "resources"


def samples_dir() -> Path:
    """The sample plans that are shipped."""
    return resources_dir() / "samples"


def docs_dir() -> Path:
    """The user guide."""
    return resources_dir() / "docs"


def changelog_file() -> Path:
    """What changed in each version; may be missing."""
    return data_root() / "CHANGELOG.md"


def licence_file() -> Path | None:
    """The program's own licence; None when it does not lie beside the data."""
    return _if_file("LICENSE")


def notices_file() -> Path | None:
    """The licences of what is shipped with a packaged program; None in a checkout."""
    return _if_file("THIRD-PARTY-NOTICES.txt")


def build_file() -> Path | None:
    """From what a packaged program was built, as JSON; None in a checkout."""
    return _if_file("build.json")


def _if_file(name: str) -> Path | None:
    file = data_root() / name
    return file if file.is_file() else None


def user_catalogs_dir() -> Path:
    """Where a user's own rows lie, in the same folders as the shipped ones; may not exist."""
    # Imported here: it costs 20 ms, and a catalogue from a given folder does not need it.
    from platformdirs import user_data_path

    return user_data_path("moeplanner", appauthor=False) / "catalogs"


def user_cache_dir() -> Path:
    """Where what can be made anew is kept; may not exist.

    Raises:
        RuntimeError: The user has no home folder.
    """
    from platformdirs import user_cache_path

    return user_cache_path("moeplanner", appauthor=False)
