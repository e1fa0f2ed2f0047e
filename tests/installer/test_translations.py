"""The translations: whole, such as can be right, and compiled from what is edited."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import make_translations
import pytest

KEY = "A card of {0:,.1f} mm."


@pytest.mark.parametrize("language", make_translations.LANGUAGES)
def test_that_every_sentence_is_translated_and_compiled(language: str) -> None:
    """Red from a new sentence to its translation: ``make_translations.py missing``, ``take``."""
    found = [one for one in make_translations.check() if one.startswith(f"{language}:")]
    assert not found, (len(found), found[:8])


@pytest.mark.parametrize("language", make_translations.LANGUAGES)
def test_that_qt_takes_the_file_that_is_edited(language: str, tmp_path: Path) -> None:
    # A part of PySide6-Essentials; its folder is not in PATH where no environment is active.
    lrelease = shutil.which("pyside6-lrelease", path=Path(sys.executable).parent)
    assert lrelease is not None
    made = tmp_path / "made.qm"
    source = make_translations.linguist_file(language)
    done = subprocess.run(
        [lrelease, str(source), "-qm", str(made)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert made.stat().st_size > 1000


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (KEY, "Eine Karte von {0:.1f} mm."),
        (KEY, "Eine Karte von {1:,.1f} mm."),
        (KEY, "Eine Karte."),
        (KEY, "Eine Karte von {0:,.1f mm."),
        ("{0} and {1}", "{0} und {0}"),
        ("One line\nand another", "Eine Zeile und noch eine"),
        ("&Open", "Öffnen"),
        ("Open", "Ö&ffnen"),
        ("Open…", "Öffnen"),
        ("Open", "Öffnen…"),
        (" for each user", "für jeden Nutzer"),
        ("the rig ", "das Rig"),
    ],
)
def test_that_a_slip_is_found(key: str, text: str) -> None:
    assert len(list(make_translations.wrong("de", {key: text}))) == 1


@pytest.mark.parametrize(
    ("language", "key", "text"),
    [
        ("de", KEY, "{0:,.1f} mm lang ist die Karte."),
        ("de", "{0} of {1}", "von {1}: {0}"),
        ("de", "&Open…", "Ö&ffnen…"),
        ("de", "Cards && hosts", "Karten && Hosts"),
        ("zh_CN", "&Open…", "打开(&O)…"),
        ("zh_CN", " for each user", "每位用户"),
    ],
)
def test_that_what_may_differ_is_no_slip(language: str, key: str, text: str) -> None:
    assert not list(make_translations.wrong(language, {key: text}))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the files with two sentences in the program."""
    known = {key: make_translations.Sentence(key) for key in ("Open", "Close")}
    monkeypatch.setattr(make_translations, "FOLDER", tmp_path)
    monkeypatch.setattr(make_translations, "LANGUAGES", {"de": "de_DE"})
    monkeypatch.setattr(make_translations, "sentences", lambda: known)
    make_translations.write_linguist_file("de", {"Open": "Öffnen", "Close": "Schließen"})
    assert make_translations.main(["compile"]) == 0
    return tmp_path


def test_that_a_compiled_file_that_is_stale_is_found(folder: Path) -> None:
    assert make_translations.check() == []
    source = folder / "moeplanner_de.ts"
    source.write_text(source.read_text("utf-8").replace("Schließen", "Zumachen"), "utf-8")
    assert make_translations.check() == ["de: the compiled file is not that of the Linguist file"]
    assert make_translations.main(["compile"]) == 0
    assert make_translations.check() == []
    (folder / "de.json").unlink()
    assert len(make_translations.check()) == 1


def test_that_what_nobody_translated_is_found(folder: Path) -> None:
    make_translations.write_linguist_file("de", {"Open": "Öffnen"})
    make_translations.main(["compile"])
    assert make_translations.check() == ["de: not translated: 'Close'"]


def test_that_a_slip_is_not_taken(folder: Path, tmp_path: Path) -> None:
    given = tmp_path / "given.json"
    given.write_text('{"Open": "Öffnen…", "Close": "Zu", "Gone": "Weg"}', "utf-8")
    assert make_translations.main(["take", "de", str(given)]) == 1
    assert make_translations.translations("de") == {"Open": "Öffnen", "Close": "Zu"}
