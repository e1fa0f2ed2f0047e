"""What the frozen program runs: the same entry as the installed command.

Three things differ there from a checkout. The boot program of PyInstaller leaves its library
folder in the environment, where it would reach every other program that is started from here. The
OpenSSL that is brought along looks for certificates where the builder's system keeps them. And
beside a portable copy lies a file ``portable.txt``: then settings, autosaves and own rows stay in
``data`` beside the program, and nothing is left on the computer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

_MARKER = "portable.txt"
_CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora
    "/etc/ssl/ca-bundle.pem",  # openSUSE
)
_FOLDERS = {
    # Settings and autosaves in a place of their own; the rest by the folders that platformdirs
    # reads, which have other names on each system.
    "MOEPLANNER_CONFIG_DIR": "settings",
    "XDG_DATA_HOME": "share",
    "XDG_CACHE_HOME": "cache",
    "XDG_STATE_HOME": "state",
    "WIN_PD_OVERRIDE_LOCAL_APPDATA": "share",
    "WIN_PD_OVERRIDE_APPDATA": "share",
}


def forget_library_folder(environment: MutableMapping[str, str]) -> None:
    """Give ``LD_LIBRARY_PATH`` the value that it had before PyInstaller's boot program."""
    before = environment.pop("LD_LIBRARY_PATH_ORIG", None)
    if before is not None:
        environment["LD_LIBRARY_PATH"] = before
    else:
        environment.pop("LD_LIBRARY_PATH", None)


def find_certificates(environment: MutableMapping[str, str]) -> None:
    """Name the system's certificates, unless somebody did."""
    for file in _CERTIFICATES:
        if os.path.exists(file):
            environment.setdefault("SSL_CERT_FILE", file)
            return


def keep_everything_beside(program: Path, environment: MutableMapping[str, str]) -> bool:
    """Point every folder of the user at ``data`` beside a program that is marked as portable."""
    if not (program.parent / _MARKER).is_file():
        return False
    for name, folder in _FOLDERS.items():
        environment.setdefault(name, str(program.parent / "data" / folder))
    return True


def prepare() -> None:
    """Make the environment of a frozen program what it would be without the packaging."""
    if sys.platform.startswith("linux"):
        forget_library_folder(os.environ)
        find_certificates(os.environ)
    keep_everything_beside(Path(sys.executable).resolve(), os.environ)


if getattr(sys, "frozen", False):
    prepare()

if __name__ == "__main__":
    from moeplanner_gui.cli import run

    run()
