"""What was found, fit to be shown to strangers: for a bug report or a forum.

Serial numbers and UUIDs are never asked for by the probes; here whatever looks like one is taken
out of every text all the same, together with this computer's and this user's name, folders and
addresses in a network. Process names are only counted.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import platform
import re
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, get_args

from moeplanner_gui import __version__
from moeplanner_gui.core.detected import DetectedMachine, Outcome, Vendor
from moeplanner_gui.detect.probes import PROBES

FORMAT: Final = "moeplanner-detection/1"
_SHORTEST_PART: Final = 4
_VARIABLES: Final = (
    "USER",
    "LOGNAME",
    "SUDO_USER",
    "USERNAME",
    "HOSTNAME",
    "COMPUTERNAME",
    "USERDOMAIN",
)
_GENERIC: Final = frozenset(
    {"root", "user", "admin", "administrator", "localhost", "home", "linux", "windows", "ubuntu"}
    | {"debian", "fedora", "arch", "nvidia", "intel", "apple", "amd", "macbook", "desktop", "none"}
    | {"pc", "server", "laptop", "workstation", "computer", "host", "guest", "default", "found"}
)
"""Names that say nothing of a person, and that words of a driver contain."""

_BYTE: Final = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_PATTERNS: Final = tuple(
    (re.compile(pattern), what)
    for pattern, what in (
        # NVIDIA's "GPU-5fd4e5a6-…" and "MIG-…" and any UUID, also without its hyphens.
        (r"(?i)\b(?:(?:GPU|MIG)-)?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b", "uuid"),
        (r"(?i)(?<![0-9a-f:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![:-]?[0-9a-f])", "mac"),
        (r"(?i)(?<![0-9a-f.])(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}(?![0-9a-f.])", "mac"),
        # A mac or a disk's WWN without marks between its bytes: letters and digits of hexadecimal.
        (r"(?i)\b(?:0x)?(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12,}\b", "id"),
        # A person's or a computer's number in Windows.
        (r"\bS-1-\d+(?:-\d+){2,}", "id"),
        (r"[\w.+-]+@[\w-]+\.[\w.-]+", "mail"),
        # Windows: the folder of a person, whose name may have blanks; then any drive or share.
        (
            r"(?i)\b[a-z]:[\\/]+users[\\/]+[^\\/:*?\"<>|\r\n]+(?:[\\/][^\s:*?\"<>|;,]*)*",
            "path",
        ),
        (r"(?i)(?:\b[a-z]:\\|\\\\)[^\s:*?\"<>|;,]+", "path"),
        # Unix: a person's folder, to the next mark, as names may have blanks; then the other
        # folders whose contents people name. /sys, /dev and /usr say what failed.
        (r"/(?:home|Users)/[^:;,\"'()\r\n]*", "path"),
        (
            r"(?:~|/(?:home|Users|root|mnt|media|Volumes|run/user|tmp|srv|data|dev/disk)\b)"
            r"(?:/[^\s:;,\"']*)?",
            "path",
        ),
        (rf"\b(?!0\.)(?:{_BYTE}\.){{3}}{_BYTE}\b", "ip"),
        (r"(?i)(?<![0-9a-f:.])(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}(?![:.]?[0-9a-f])", "ip"),
        (
            r"(?i)(?<![0-9a-z:.])(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?::"
            r"[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*(?![0-9a-z])",
            "ip",
        ),
        (
            r"(?i)\b(?:serial(?:\s*(?:number|no\.?))?|s/n|sn(?=[\s:=#])|uuid|service tag"
            r"|asset(?: tag)?|hostid|machine-?id)\s*[:=#]?\s*[\w.-]*\d[\w.-]*",
            "serial",
        ),
        # What serial numbers look like; the names of most disks are shorter or have fewer digits.
        (r"(?<![A-Z0-9])(?=[A-Z0-9]*[A-Z])(?=(?:[A-Z]*\d){9})[A-Z0-9]{12,}\b", "serial"),
        (r"(?<![A-Z0-9])(?=[A-Z0-9]*[A-Z])(?=(?:[A-Z]*\d){8})[A-Z0-9]{14,}\b", "serial"),
        (r"\bWD-W[A-Z0-9]{8,}\b", "serial"),
        (r"\b\d{12,}\b(?! bytes)", "serial"),
    )
)
_FIXED: Final[dict[str, frozenset[str]]] = {
    "vendor": frozenset(get_args(Vendor)),
    "outcome": frozenset(get_args(Outcome)),
    "memory_kind": frozenset({"dedicated", "unified", "shared"}),
    "system": frozenset({"linux", "windows", "macos", "other"}),
    "probe": frozenset(PROBES),
}
"""Words of this program, which stay even when somebody is called like one."""


def anonymous_report(
    machine: DetectedMachine, names: Iterable[str] | None = None
) -> dict[str, object]:
    """The report as a JSON object.

    Args:
        machine: What was found.
        names: What must not be in it: host name, user name, home folder. Those of this
            computer when not given.
    """
    hidden = _hidden(private_names() if names is None else names)
    data = machine.model_dump(mode="json")
    for card in (*data["cards"], *(c for report in data["reports"] for c in report["cards"])):
        card["processes"] = [{"memory_bytes": p["memory_bytes"]} for p in card["processes"]]
    cleaned: dict[str, object] = _clean(data, hidden)
    return {
        "format": FORMAT,
        "program": __version__,
        "python": platform.python_version(),
        **cleaned,
    }


def private_names() -> tuple[str, ...]:
    """What names this computer and this person."""
    found = [os.environ.get(name, "") for name in _VARIABLES]
    for ask in (socket.gethostname, platform.node, getpass.getuser, lambda: str(Path.home())):
        # Without a password entry, a home or a network there is no such name to hide.
        with contextlib.suppress(OSError, KeyError, RuntimeError, ImportError):
            found.append(ask())
    found += _real_name()
    return tuple(name for name in found if name)


def _real_name() -> list[str]:
    """The person's full name as the system has it, and its longer words; nothing on Windows."""
    try:
        import pwd

        full = pwd.getpwuid(os.getuid()).pw_gecos.partition(",")[0].strip()
    except (ImportError, AttributeError, KeyError, OSError):
        return []
    return [full, *(word for word in full.split() if len(word) >= _SHORTEST_PART)]


def _hidden(names: Iterable[str]) -> re.Pattern[str] | None:
    words: set[str] = set()
    for name in names:
        # "box.example.org" is also "box", and a home folder ends with a name.
        words |= {name, name.partition(".")[0], re.split(r"[\\/]", name)[-1]}
    kept = {word for word in words if word and word.lower() not in _GENERIC}
    if not kept:
        return None
    # A short name is found as a word only: "al" is in "serial" and "total".
    patterns = [
        re.escape(word) if len(word) >= _SHORTEST_PART else rf"\b{re.escape(word)}\b"
        for word in sorted(kept, key=len, reverse=True)
    ]
    return re.compile("|".join(patterns), re.I)


def _clean(value: Any, hidden: re.Pattern[str] | None, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _clean(item, hidden, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_clean(item, hidden) for item in value]
    if not isinstance(value, str) or value in _FIXED.get(key, ()):
        return value
    for pattern, what in _PATTERNS:
        value = pattern.sub(f"[{what}]", value)
    return value if hidden is None else hidden.sub("[name]", value)
