"""A library that looks for others in the builder's folders looks there no longer."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import elf_runpath
import pytest

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not shutil.which("readelf"), reason="no readelf"
)


def library(folder: Path, search: str) -> Path:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no compiler")
    source = folder / "made.c"
    source.write_text("int made(void) { return 7; }\n")
    file = folder / "libmade.so"
    options = ["-shared", "-fPIC", f"-Wl,-rpath,{search}"] if search else ["-shared", "-fPIC"]
    subprocess.run([compiler, *options, "-o", str(file), str(source)], check=True)
    return file


def dynamic(file: Path) -> str:
    return subprocess.run(
        ["readelf", "-d", str(file)], capture_output=True, text=True, check=True
    ).stdout


def test_that_the_builders_folder_goes_and_the_library_still_loads(tmp_path: Path) -> None:
    import ctypes

    file = library(tmp_path, "/home/builder/lib")
    assert "/home/builder/lib" in dynamic(file)
    assert elf_runpath.forget_builders_folders(file)
    assert "builder" not in dynamic(file)
    assert ctypes.CDLL(str(file)).made() == 7
    assert not elf_runpath.forget_builders_folders(file)


def test_that_a_place_beside_the_library_stays(tmp_path: Path) -> None:
    file = library(tmp_path, "$ORIGIN/lib")
    before = file.read_bytes()
    assert not elf_runpath.forget_builders_folders(file)
    assert file.read_bytes() == before


def test_that_what_is_no_library_is_left_alone(tmp_path: Path) -> None:
    for content in (b"", b"MZ", b"\x7fELF\x01\x01", b"#!/bin/sh\n"):
        file = tmp_path / "file"
        file.write_bytes(content)
        assert not elf_runpath.forget_builders_folders(file)
        assert file.read_bytes() == content
