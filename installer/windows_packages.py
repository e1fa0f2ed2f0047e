"""The packages for Windows: a portable archive, and Inno Setup's installer where ``iscc`` is.

Untested until a Windows runner has built them; what does not need Windows has tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

import product

WINDOWS = Path(__file__).resolve().parent / "windows"
_MARKER = "portable.txt"


def build_zip(frozen: Path, work: Path, out: Path) -> Path:
    """Make the archive that needs no installation and keeps everything beside the program."""
    name = f"{product.COMMAND}-{product.version()}-windows-portable"
    file = out / f"{name}.zip"
    # The least day that a zip file can hold is in 1980, and its clock has steps of two seconds.
    when = time.gmtime(max(product.built_at(), 315619200))[:6]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(frozen.rglob("*")):
            if path.is_file():
                place = f"{name}/{path.relative_to(frozen).as_posix()}"
                _add(archive, place, path.read_bytes(), when)
        _add(archive, f"{name}/{_MARKER}", (WINDOWS / _MARKER).read_bytes(), when)
    return file


def _add(
    archive: zipfile.ZipFile, place: str, content: bytes, when: tuple[int, int, int, int, int, int]
) -> None:
    entry = zipfile.ZipInfo(place, when)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def build_installer(frozen: Path, work: Path, out: Path) -> Path:
    """Compile the installer.

    Raises:
        FileNotFoundError: Inno Setup 6 is not installed.
        subprocess.CalledProcessError: Its compiler found a mistake.
    """
    compiler = find_compiler()
    if compiler is None:
        raise FileNotFoundError("Inno Setup 6 is not installed: iscc was not found.")
    values = definitions(frozen, work, out)
    command = [compiler, "/Qp", *(f"/D{name}={value}" for name, value in values.items())]
    subprocess.run([*command, str(WINDOWS / f"{product.COMMAND}.iss")], check=True)
    return out / f"{values['OutputName']}.exe"


def definitions(frozen: Path, work: Path, out: Path) -> dict[str, str]:
    """All that the script is told: it names no version and no name of the product itself."""
    return {
        "AppIdValue": product.INNO_APP_ID,
        "Name": product.NAME,
        "Version": product.version(),
        "Publisher": product.PUBLISHER,
        "WindowCommand": product.WINDOW_COMMAND,
        "UserModelId": product.APP_ID,
        "Mime": product.MIME,
        "Source": str(frozen),
        "Output": str(out),
        "OutputName": f"{product.COMMAND}-{product.version()}-windows-setup",
        "Icon": str(work / f"{product.COMMAND}.ico"),
        "Licence": str(product.ROOT / "LICENSE"),
    }


def find_compiler() -> str | None:
    """Inno Setup's compiler on the PATH or where its installer puts it."""
    found = shutil.which("iscc")
    if found:
        return found
    for variable in ("ProgramFiles(x86)", "ProgramFiles"):
        folder = os.environ.get(variable)
        if folder:
            place = Path(folder) / "Inno Setup 6" / "ISCC.exe"
            if place.is_file():
                return str(place)
    return None
