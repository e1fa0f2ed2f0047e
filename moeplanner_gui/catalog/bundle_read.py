"""Reads a bundle that a stranger may have made: refuses it with a sentence, or it is whole.

Nothing is unpacked to a disk here, and no name of the bundle becomes a path before it was found to
be ``folder/file.json`` of a folder that catalogues have.
"""

from __future__ import annotations

import hashlib
import stat
import zipfile
import zlib
from fnmatch import fnmatchcase
from io import BytesIO
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from moeplanner_gui import __version__
from moeplanner_gui.catalog.bundle import ALL_KINDS, FORMAT, MANIFEST, Bundle, Manifest
from moeplanner_gui.catalog.problems import from_validation
from moeplanner_gui.catalog.read_rows import MAX_FILE_BYTES
from moeplanner_gui.catalog.rows import FILE_VERSION
from moeplanner_gui.core.words import say

MAX_BUNDLE_BYTES: Final = 30_000_000
"""A hundred times the shipped catalogue as a bundle."""
MAX_TOTAL_BYTES: Final = 80_000_000
"""Forty times the shipped catalogue unpacked."""
MAX_FILES: Final = 1_000
MAX_MANIFEST_BYTES: Final = 500_000
_CHUNK = 65_536
_PACKED_BY: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class BundleError(Exception):
    """A bundle is refused; the text is a sentence for a person. Nothing was changed."""


def read_bundle_file(path: Path) -> Bundle:
    """The bundle in a file.

    Raises:
        BundleError: It cannot be read, is no bundle, or is refused.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BundleError(say("“{0}” is no file.", path.name))
        if status.st_size > MAX_BUNDLE_BYTES:
            raise BundleError(_too_large(status.st_size))
        with path.open("rb") as stream:
            data = stream.read(MAX_BUNDLE_BYTES + 1)
    except OSError as error:
        raise BundleError(
            say("“{0}” cannot be read: {1}.", path.name, error.strerror or str(error))
        ) from None
    return read_bundle(data)


def read_bundle(data: bytes) -> Bundle:
    """The bundle in these bytes.

    Raises:
        BundleError: It is no bundle, or it is refused; the sentence says why.
    """
    if len(data) > MAX_BUNDLE_BYTES:
        raise BundleError(_too_large(len(data)))
    try:
        with zipfile.ZipFile(BytesIO(data)) as pack:
            return _read(pack, hashlib.sha256(data).hexdigest())
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        IndexError,
        OverflowError,
    ) as error:
        raise BundleError(
            say("This is no catalogue bundle, or it did not arrive whole ({0}).", str(error)[:120])
        ) from None


def _read(pack: zipfile.ZipFile, sha256: str) -> Bundle:
    entries = {entry.filename: entry for entry in _sound_entries(pack)}
    head = entries.pop(MANIFEST, None)
    if head is None:
        raise BundleError(say("This is no catalogue bundle: it has no {0}.", MANIFEST))
    manifest = _manifest(_bytes_of(pack, head, MAX_MANIFEST_BYTES))
    listed = {entry.path: entry for entry in manifest.files}
    if len(listed) != len(manifest.files):
        raise BundleError(say("The bundle's list names a file twice."))
    if missing := sorted(listed.keys() - entries.keys()):
        raise BundleError(say("The bundle lists {0}, which is not in it.", missing[0]))
    if extra := sorted(entries.keys() - listed.keys()):
        raise BundleError(say("The bundle holds {0}, which its list does not name.", extra[0]))
    if sum(entry.bytes for entry in manifest.files) > MAX_TOTAL_BYTES:
        raise BundleError(_unpacks_too_large())
    files: dict[str, bytes] = {}
    for name, entry in sorted(listed.items()):
        data = _bytes_of(pack, entries[name], min(entry.bytes, MAX_FILE_BYTES))
        if len(data) != entry.bytes or hashlib.sha256(data).hexdigest() != entry.sha256:
            raise BundleError(
                say("{0} of the bundle is not what its list says: the checksum differs.", name)
            )
        files[name] = data
    return Bundle(manifest, files, sha256)


def _sound_entries(pack: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The entries of the pack, each a plain file of a name that catalogues have."""
    found = pack.infolist()
    if len(found) > MAX_FILES:
        raise BundleError(
            say("The bundle holds {0:,} files; at most {1:,} are read.", len(found), MAX_FILES)
        )
    seen: set[str] = set()
    total = 0
    for entry in found:
        name = entry.filename
        shown = name[:80].encode("ascii", "backslashreplace").decode()
        if name.casefold() in seen:
            raise BundleError(say("The bundle holds “{0}” twice.", shown))
        seen.add(name.casefold())
        mode = entry.external_attr >> 16
        if entry.is_dir() or (mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode)):
            raise BundleError(
                say("The bundle holds “{0}”, which is a folder or a link and no file.", shown)
            )
        if entry.flag_bits & 0x1:
            raise BundleError(say("The bundle is encrypted."))
        if entry.compress_type not in _PACKED_BY:
            # Others take as much memory as the entry asks for, and fail in ways of their own.
            raise NotImplementedError(f"compression {entry.compress_type}")
        if not _is_plain_name(name):
            raise BundleError(
                say("The bundle holds “{0}”, which is no file of a catalogue.", shown)
            )
        total += entry.file_size
    if total > MAX_TOTAL_BYTES + MAX_MANIFEST_BYTES:
        raise BundleError(_unpacks_too_large())
    return found


def _is_plain_name(name: str) -> bool:
    if name == MANIFEST:
        return True
    folder, _, file = name.partition("/")
    return (
        any(folder == kind.folder and fnmatchcase(file, kind.files) for kind in ALL_KINDS)
        and not file.endswith(".schema.json")
        and not file.startswith(".")
        and all(c in "abcdefghijklmnopqrstuvwxyz0123456789._-" for c in file)
    )


def _bytes_of(pack: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """The unpacked bytes, never more than ``limit``: what the entry says of its size may lie."""
    parts: list[bytes] = []
    left = limit + 1
    with pack.open(entry) as stream:
        while left > 0:
            part = stream.read(min(_CHUNK, left))
            if not part:
                break
            parts.append(part)
            left -= len(part)
    if left <= 0:
        raise BundleError(say("{0} of the bundle is larger than its list says.", entry.filename))
    return b"".join(parts)


def _manifest(data: bytes) -> Manifest:
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as error:
        raise BundleError(_why_no_manifest(data, error)) from None
    if _version(manifest.needs_program) > _version(__version__):
        raise BundleError(
            say(
                "The bundle needs MoE Planner {0} or newer; this is {1}.",
                manifest.needs_program,
                __version__,
            )
        )
    return manifest


def _why_no_manifest(data: bytes, error: ValidationError) -> str:
    import json

    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict):
        form, rows = content.get("format"), content.get("rows_version")
        newer = isinstance(form, str) and form.startswith("moeplanner-catalog/") and form != FORMAT
        if newer or (isinstance(rows, int) and rows > FILE_VERSION):
            return say("The bundle was made for a newer version of MoE Planner.")
    first = next(iter(from_validation(error, MANIFEST, "")))
    return say("The bundle's list cannot be used: {0}", str(first))


def _version(text: str) -> tuple[int, ...]:
    numbers = [int(part) for part in text.split(".")[:3] if part.isdecimal()]
    return tuple((*numbers, 0, 0, 0)[:3])


def _too_large(size: int) -> str:
    return say(
        "It has {0:,.0f} MB; a catalogue bundle has at most {1:,.0f} MB.",
        size / 1e6,
        MAX_BUNDLE_BYTES / 1e6,
    )


def _unpacks_too_large() -> str:
    return say(
        "The bundle would unpack to more than {0:,.0f} MB and was not read.",
        MAX_TOTAL_BYTES / 1e6,
    )
