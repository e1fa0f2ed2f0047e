"""The frozen program's ctypes says something of its own; the probe must not repeat it."""

from __future__ import annotations

import pytest

from moeplanner_gui.detect import nvml


def frozen_loader(said: str):  # type: ignore[no-untyped-def]
    def load(name: str) -> None:
        guess = f"Failed to load dynlib/dll {name!r}. Most likely it was not found when frozen."
        raise OSError(guess) from OSError(said)

    return load


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("libx.so.1: cannot open shared object file: No such file or directory", "not found"),
        ("libx.so.1: invalid ELF header", "cannot be loaded: invalid ELF header"),
    ],
)
def test_that_a_frozen_program_tells_a_missing_library_from_a_broken_one(
    monkeypatch: pytest.MonkeyPatch, said: str, answer: str
) -> None:
    monkeypatch.setattr(nvml.sys, "platform", "linux")
    monkeypatch.setattr(nvml.ctypes, "CDLL", frozen_loader(said))
    assert nvml._load_from_elsewhere() == answer
