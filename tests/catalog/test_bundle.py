"""The rules of bundles: whole and plain, or refused with a sentence before anything is unpacked."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.catalog import bundle_read
from moeplanner_gui.catalog.bundle import ALL_KINDS, MANIFEST, make_bundle
from moeplanner_gui.catalog.bundle_read import BundleError, read_bundle, read_bundle_file
from moeplanner_gui.catalog.paths import catalogs_dir

Entry = tuple[zipfile.ZipInfo, bytes]


@pytest.fixture(scope="module")
def sound() -> bytes:
    return make_bundle(catalogs_dir(), "2026-11-23")


def entries_of(data: bytes) -> list[Entry]:
    with zipfile.ZipFile(BytesIO(data)) as pack:
        return [(entry, pack.read(entry)) for entry in pack.infolist()]


def packed(entries: list[Entry]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for entry, data in entries:
            pack.writestr(entry, data)
    return out.getvalue()


def with_manifest(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    entries = entries_of(data)
    head, text = entries[0]
    manifest = json.loads(text)
    change(manifest)
    return packed([(head, json.dumps(manifest).encode()), *entries[1:]])


def with_entry(data: bytes, name: str, content: bytes = b"{}", mode: int = 0o100644) -> bytes:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    return packed([*entries_of(data), (entry, content)])


def test_that_a_bundle_holds_every_data_file_and_no_schema(sound: bytes) -> None:
    bundle = read_bundle(sound)
    shipped = {
        path.relative_to(catalogs_dir()).as_posix()
        for kind in ALL_KINDS
        for path in (catalogs_dir() / kind.folder).glob("*.json")
        if not path.name.endswith(".schema.json")
    }
    assert set(bundle.files) == shipped
    assert bundle.files["gpus/amd.json"] == (catalogs_dir() / "gpus" / "amd.json").read_bytes()


def test_that_the_same_files_make_the_same_bytes(sound: bytes) -> None:
    assert make_bundle(catalogs_dir(), "2026-11-23") == sound


@pytest.mark.parametrize(
    "name",
    [
        "../gpus/amd.json",
        "gpus/../../evil.json",
        "/etc/passwd",
        "C:/evil.json",
        "gpus\\evil.json",
        "gpus/sub/evil.json",
        "gpus/.hidden.json",
        "gpus/evil.py",
        "gpus/gpu-file.schema.json",
        "elsewhere/rows.json",
        "gpus/",
        "gpus/EVIL.json",
        "gpus/e\u202evil.json",
        "claims/evil.json",
        "Manifest.json",
    ],
)
def test_that_a_name_that_no_catalogue_has_is_refused(sound: bytes, name: str) -> None:
    with pytest.raises(BundleError, match=r"no file of a catalogue|folder or a link|twice"):
        read_bundle(with_entry(sound, name))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFCHR])
def test_that_what_is_no_plain_file_is_refused(sound: bytes, kind: int) -> None:
    with pytest.raises(BundleError, match="folder or a link"):
        read_bundle(with_entry(sound, "gpus/odd.json", b"/etc/passwd", kind | 0o777))


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_that_a_packing_that_may_ask_for_any_memory_is_refused_unread(
    sound: bytes, packing: int
) -> None:
    (head, text), *others = entries_of(sound)
    head.compress_type = packing
    data = bytearray(packed([(head, text), *others]))
    # As a stranger writes it: the properties of the packing ask for what is not there.
    at = data.index(head.filename.encode()) + len(head.filename)
    data[at + 4 : at + 9] = b"\xff" * 5
    with pytest.raises(BundleError, match="compression"):
        read_bundle(bytes(data))


def test_that_a_file_twice_is_refused(sound: bytes) -> None:
    with pytest.warns(UserWarning), pytest.raises(BundleError, match="twice"):
        read_bundle(with_entry(sound, "gpus/amd.json"))


def test_that_a_file_that_unpacks_to_more_than_it_says_is_refused(sound: bytes) -> None:
    """A zip bomb: some hundred kilobytes that become 90 MB."""
    bomb = with_entry(sound, "gpus/bomb.json", bytes(90_000_000))
    assert len(bomb) < 1_000_000
    with pytest.raises(BundleError, match="unpack"):
        read_bundle(bomb)


def test_that_a_size_that_lies_is_not_believed(sound: bytes) -> None:
    """The list says 2 bytes, the zip's directory says 2 bytes, and 5 MB come out."""
    bomb = with_entry(sound, "gpus/bomb.json", bytes(5_000_000))
    listed = {"path": "gpus/bomb.json", "bytes": 2, "sha256": "0" * 64}
    bomb = with_manifest(bomb, lambda manifest: manifest["files"].append(listed))
    with pytest.raises(BundleError):
        read_bundle(bomb.replace((5_000_000).to_bytes(4, "little"), (2).to_bytes(4, "little")))


def test_that_thousands_of_files_are_refused(sound: bytes) -> None:
    many = packed(
        entries_of(sound) + [(zipfile.ZipInfo(f"gpus/n{n}.json"), b"{}") for n in range(1_000)]
    )
    with pytest.raises(BundleError, match="files"):
        read_bundle(many)


def test_that_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    huge = tmp_path / "huge.moecatalog"
    with huge.open("wb") as stream:
        stream.truncate(2**30)
    with pytest.raises(BundleError, match="MB"):
        read_bundle_file(huge)


@pytest.mark.parametrize("make", ["mkdir", "fifo", "missing", "empty", "text"])
def test_that_what_is_no_bundle_is_a_sentence(tmp_path: Path, make: str) -> None:
    import os

    path = tmp_path / "x.moecatalog"
    if make == "mkdir":
        path.mkdir()
    elif make == "fifo":
        os.mkfifo(path)
    elif make != "missing":
        path.write_bytes(b"" if make == "empty" else b"PK no, a text")
    with pytest.raises(BundleError) as refused:
        read_bundle_file(path)
    assert str(refused.value).endswith(".") or str(refused.value).endswith(").")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.update(format="moeplanner-catalog/2"), "newer version"),
        (lambda m: m.update(rows_version=99), "newer version"),
        (lambda m: m.update(needs_program="99.0"), "needs MoE Planner 99.0"),
        (lambda m: m.update(format="else"), "list cannot be used"),
        (lambda m: m.update(date="soon"), "list cannot be used"),
        (lambda m: m.update(version="<b>x</b>"), "list cannot be used"),
        (lambda m: m.update(extra=1), "list cannot be used"),
        (lambda m: m.update(files={}), "list cannot be used"),
        (lambda m: m["files"].pop(), "does not name"),
        (lambda m: m["files"].append(m["files"][0]), "twice"),
        (lambda m: m["files"][0].update(sha256="0" * 64), "checksum"),
        (lambda m: m["files"][0].update(bytes=m["files"][0]["bytes"] + 1), "checksum"),
        (lambda m: m["files"][0].update(bytes=5), "larger"),
        (lambda m: m["files"][0].update(path="../x/y.json"), "list cannot be used"),
        (
            lambda m: m["files"].append({"path": "gpus/no.json", "bytes": 2, "sha256": "0" * 64}),
            "not in it",
        ),
    ],
)
def test_that_a_list_that_does_not_agree_is_refused(
    sound: bytes, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    with pytest.raises(BundleError, match=said):
        read_bundle(with_manifest(sound, change))


def test_that_a_bundle_without_a_list_is_refused(sound: bytes) -> None:
    with pytest.raises(BundleError, match=MANIFEST):
        read_bundle(packed(entries_of(sound)[1:]))


def test_that_an_encrypted_bundle_is_refused(sound: bytes) -> None:
    data = bytearray(sound)
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    with pytest.raises(BundleError, match="encrypted"):
        read_bundle(bytes(data))


@given(st.data())
def test_that_a_damaged_bundle_is_whole_or_refused(data: st.DataObject) -> None:
    """A byte changed, or the end cut off: what is read is what was packed, or nothing."""
    global _small
    if _small is None:
        _small = packed_small()
    whole = read_bundle(_small)
    at = data.draw(st.integers(0, len(_small) - 1))
    if data.draw(st.booleans()):
        broken = _small[:at]
    else:
        broken = (
            _small[:at] + bytes([_small[at] ^ data.draw(st.integers(1, 255))]) + _small[at + 1 :]
        )
    try:
        found = read_bundle(broken)
    except BundleError:
        return
    assert found.files == whole.files


_small: bytes | None = None


def packed_small() -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "networks"
        folder.mkdir()
        (folder / "networks.json").write_bytes(
            (catalogs_dir() / "networks" / "networks.json").read_bytes()
        )
        return make_bundle(Path(name), "2026-11-23")


def test_that_the_limits_leave_room_for_a_catalogue_that_grows(sound: bytes) -> None:
    assert len(sound) * 50 < bundle_read.MAX_BUNDLE_BYTES
    unpacked = sum(len(data) for data in read_bundle(sound).files.values())
    assert unpacked * 20 < bundle_read.MAX_TOTAL_BYTES
