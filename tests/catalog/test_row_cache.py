"""The cache of the catalogue: never another answer than the files, whatever happens to either."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moeplanner_gui.catalog import paths, row_cache
from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.catalog.read_rows import Reading
from moeplanner_gui.catalog.row_cache import NAME, read_catalogue
from moeplanner_gui.core import words

SMALL = ("networks", "links", "hosts")
"""Kinds that are quick to read; what is noticed of one is noticed of each."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue of three kinds."""
    folder = tmp_path_factory.mktemp("catalogue")
    for kind in SMALL:
        shutil.copytree(paths.catalogs_dir() / kind, folder / kind)
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "catalogs"))


@pytest.fixture
def kept_in(tmp_path: Path) -> Path:
    return tmp_path / "not" / "there" / "yet"


def told(reading: Reading) -> dict[str, Any]:
    """All that a reading says."""
    return {
        "rows": {kind: list(reading.rows(kind)) for kind in (*SMALL, "models", "prices")},
        "given": [row.model_fields_set for kind in SMALL for row in reading.rows(kind)],
        "ids": {kind: list(ids) for kind, ids in reading._ids.items()},
        "problems": reading.problems,
        "dates": reading.dates,
    }


@contextmanager
def no_files_parsed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is read in here comes from the cache."""
    with monkeypatch.context() as patch:
        patch.setattr(Reading, "_read_folder", lambda *_: pytest.fail("the files were parsed"))
        yield


def test_that_the_second_start_reads_the_same_rows_from_the_cache(
    kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole shipped catalogue, with the texts of its sources and what was left out."""
    shipped = paths.catalogs_dir()
    first = read_catalogue(shipped, kept_in)
    with no_files_parsed(monkeypatch):
        second = read_catalogue(shipped, kept_in)
    files = Reading(shipped, by_path=False)
    assert first._rows == second._rows == files._rows
    assert first._ids == second._ids == files._ids
    assert second.dates == files.dates and second.problems == files.problems == []
    pairs = [(a, b) for kind, rows in files._rows.items()
             for a, b in zip(second._rows[kind], rows, strict=True)]  # fmt: skip
    assert all(repr(a) == repr(b) and a.model_fields_set == b.model_fields_set for a, b in pairs)


EDITS = st.sampled_from(["byte", "bytes", "same size", "delete", "add", "rename", "swap", "touch"])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits=st.lists(st.tuples(EDITS, st.integers(0, 10**6)), min_size=1, max_size=4))
def test_that_any_change_is_noticed_whatever_the_clock_says(
    edits: list[tuple[str, int]], template: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.mktemp("changed")
    folder, kept_in = Path(shutil.copytree(template, base / "catalogs")), base / "cache"
    assert told(read_catalogue(folder, kept_in)) == told(Reading(folder, by_path=False))
    for what, number in edits:
        _change(folder, what, number)
        expected = told(Reading(folder, by_path=False))
        assert told(read_catalogue(folder, kept_in)) == expected
        assert told(read_catalogue(folder, kept_in)) == expected


def _change(folder: Path, what: str, number: int) -> None:
    files = sorted(path for path in folder.rglob("*.json") if ".schema" not in path.name)
    if not files:
        return
    path = files[number % len(files)]
    before, data = path.stat(), path.read_bytes()
    at = number % max(len(data), 1)
    if what == "byte":
        path.write_bytes(data[:at] + b"x" + data[at + 1 :])
    elif what == "bytes":
        path.write_bytes(data + b" " * (1 + number % 3))
    elif what == "same size":
        # A digit of some figure, as an edit by hand: the rows stay sound.
        digits = [i for i, c in enumerate(data) if 48 < c < 57]
        if digits:
            at = digits[number % len(digits)]
            path.write_bytes(data[:at] + bytes([data[at] + 1]) + data[at + 1 :])
    elif what == "delete":
        path.unlink()
        return
    elif what == "add":
        path.with_name(f"{number}.json").write_bytes(data)
    elif what == "rename":
        path = path.rename(path.with_name(f"a{number}.json"))
    elif what == "swap" and len(files) > 1:
        other = files[(number + 1) % len(files)]
        path.write_bytes(other.read_bytes())
        other.write_bytes(data)
    # The clock is set back, or a file with its old date is copied over: all looks as before.
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_that_a_broken_row_is_told_alike_with_and_without_the_cache(
    folder: Path, kept_in: Path
) -> None:
    read_catalogue(folder, kept_in)
    path = next((folder / "hosts").glob("server.json"))
    content = json.loads(path.read_text("utf-8"))
    content["hosts"][0]["channels"] = -1
    path.write_text(json.dumps(content), "utf-8")
    said = Reading(folder, by_path=False).problems
    assert said
    for _ in range(3):
        assert read_catalogue(folder, kept_in).problems == said


def test_that_problems_are_told_in_the_language_of_the_day(folder: Path, kept_in: Path) -> None:
    next((folder / "hosts").glob("server.json")).write_text("{", "utf-8")
    english = read_catalogue(folder, kept_in).problems
    words.speak(lambda key: f"<{key}>")
    try:
        other = read_catalogue(folder, kept_in).problems
        assert other == Reading(folder, by_path=False).problems != english
    finally:
        words.speak(None)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(at=st.floats(0, 1), byte=st.integers(0, 255), cut=st.booleans())
def test_that_a_damaged_cache_is_as_good_as_none(
    at: float, byte: int, cut: bool, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kept_in = tmp_path_factory.mktemp("cache")
    expected = told(read_catalogue(template, kept_in))
    file = kept_in / NAME
    data = file.read_bytes()
    place = int(at * (len(data) - 1))
    file.write_bytes(data[:place] if cut else data[:place] + bytes([byte]) + data[place + 1 :])
    assert told(read_catalogue(template, kept_in)) == expected
    assert file.read_bytes() == data


@pytest.mark.parametrize(
    "text",
    [b"", b"\n", b"null\n", b"[]\n", b"{}\n", b'{"key": 1}\n', b"[" * 100_000, b"\xff\xfe\n"],
)
def test_that_another_programs_file_is_as_good_as_none(
    text: bytes, folder: Path, kept_in: Path
) -> None:
    kept_in.mkdir(parents=True)
    (kept_in / NAME).write_bytes(text)
    assert told(read_catalogue(folder, kept_in)) == told(Reading(folder, by_path=False))


def test_that_a_cache_whose_rows_are_no_rows_is_made_anew(folder: Path, kept_in: Path) -> None:
    """Right sums over wrong rows: a program with other rows wrote it."""
    read_catalogue(folder, kept_in)
    file = kept_in / NAME
    head, _, body = file.read_bytes().partition(b"\n")
    for wrong in (body.replace(b'"id"', b'"ie"'), b"{}", b"", body + b"\n{}"):
        changed = {**json.loads(head), "body": row_cache._digest(wrong)}
        file.write_bytes(json.dumps(changed).encode() + b"\n" + wrong)
        assert told(read_catalogue(folder, kept_in)) == told(Reading(folder, by_path=False))
    for rows in ({}, {"hosts": "x"}, {kind: 10**6 for kind in SMALL}):
        changed = {**json.loads(head), "rows": rows}
        file.write_bytes(json.dumps(changed).encode() + b"\n" + body)
        assert told(read_catalogue(folder, kept_in)) == told(Reading(folder, by_path=False))


def test_that_another_version_makes_its_own(
    folder: Path, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_catalogue(folder, kept_in)
    before = (kept_in / NAME).read_bytes()
    monkeypatch.setattr(row_cache, "__version__", "99")
    read_catalogue(folder, kept_in)
    assert (kept_in / NAME).read_bytes() != before


def test_that_a_cache_that_cannot_be_written_is_done_without(folder: Path, tmp_path: Path) -> None:
    """Its folder is a file: the same as a full disk or a home that can only be read."""
    blocked = tmp_path / "file"
    blocked.write_text("mine")
    expected = told(Reading(folder, by_path=False))
    assert told(read_catalogue(folder, blocked)) == expected
    assert told(read_catalogue(folder, blocked / "deeper")) == expected
    assert blocked.read_text() == "mine" and list(tmp_path.glob("file*")) == [blocked]


def test_that_a_failed_write_leaves_the_old_cache_and_no_litter(
    folder: Path, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_catalogue(folder, kept_in)
    before = (kept_in / NAME).read_bytes()
    _change(folder, "same size", 5)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert told(read_catalogue(folder, kept_in)) == told(Reading(folder, by_path=False))
    assert [path.name for path in kept_in.iterdir()] == [NAME]
    assert (kept_in / NAME).read_bytes() == before


def test_that_the_program_keeps_its_catalogue_and_a_given_folder_is_read_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "user_cache_dir", lambda: tmp_path / "cache")
    load_catalog(paths.catalogs_dir())
    assert not (tmp_path / "cache").exists()
    first = load_catalog()
    assert (tmp_path / "cache" / NAME).is_file()
    with no_files_parsed(monkeypatch):
        again = load_catalog()
    assert (again.gpus, again.models, again.prices) == (first.gpus, first.models, first.prices)
    assert (again.date, again.problems) == (first.date, first.problems)
