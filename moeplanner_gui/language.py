"""Which language the window speaks, and where its sentences come from. Loads no Qt.

The sentences of a language are a compiled list beside the Qt Linguist file it is made from
(``resources/translations``; ``installer/make_translations.py``). The command line is English.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

from moeplanner_gui.core import words
from moeplanner_gui.core.records import dataclass

LANGUAGE_VARIABLE = "MOEPLANNER_LANGUAGE"
"""An environment variable that names the window's language, before the settings."""
PROBE_VARIABLE = "MOEPLANNER_PROBE_LANGUAGE"
"""Tells the processes that ask drivers in which language the window wants their sentences."""
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the window.

    Attributes:
        code: What settings and file names call it.
        name: Its own name.
        locale: Qt's name of the locale whose dates, numbers and own dialogs go with it.
        point: The decimal mark.
        group: What stands between thousands.
    """

    code: str
    name: str
    locale: str
    point: str = "."
    group: str = ","


ENGLISH = Language("en", "English", "en_US")
LANGUAGES = (
    ENGLISH,
    Language("de", "Deutsch", "de_DE", point=",", group="."),
    Language("zh_CN", "简体中文", "zh_CN"),
)
PSEUDO = Language("pseudo", "Þšéûðö", "id_ID", point=",", group=".")
"""English in other letters and a third longer, to look at the window with."""
MIRRORED = Language("pseudo_rtl", "Þšéûðö ←", "ar_MA", point=",", group=".")
"""The same, laid out from right to left."""
_ALL = {language.code: language for language in (*LANGUAGES, PSEUDO, MIRRORED)}
_current = ENGLISH


def current_language() -> Language:
    """The language that the window was started in."""
    return _current


def choose_language(wanted: str) -> Language:
    """The language to start in.

    Args:
        wanted: A code of :data:`LANGUAGES`, or ``system``. What the environment names wins.
    """
    named = os.environ.get(LANGUAGE_VARIABLE) or wanted
    if named in _ALL:
        return _ALL[named]
    for asked in _system_languages():
        for language in LANGUAGES:
            if _is_of(language, asked):
                return language
    return ENGLISH


def start_speaking(language: Language) -> None:
    """Say everything in ``language`` from here on; before views and tables of words are loaded."""
    global _current
    _current = language
    if language == ENGLISH:
        words.speak(None)
        os.environ.pop(PROBE_VARIABLE, None)
        return
    os.environ[PROBE_VARIABLE] = language.code
    if language in (PSEUDO, MIRRORED):
        words.speak(pseudo_sentence, point=language.point, group=language.group)
        return
    sentences = _sentences(language)
    words.speak(lambda key: sentences.get(key, ""), point=language.point, group=language.group)


def speak_as_the_window_does() -> None:
    """For a process that the window started: its language, English without one."""
    code = os.environ.get(PROBE_VARIABLE, "")
    if code in _ALL:
        start_speaking(_ALL[code])


def sentences_file(code: str) -> Path:
    """Where the compiled sentences of a language lie; the file may be missing."""
    from moeplanner_gui.catalog.paths import resources_dir

    return resources_dir() / "translations" / f"{code}.json"


def _sentences(language: Language) -> dict[str, str]:
    try:
        found = json.loads(sentences_file(language.code).read_bytes())
    except (OSError, ValueError):
        # English is a language that the window always speaks.
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: text for key, text in found.items() if isinstance(text, str)}


def _is_of(language: Language, asked: str) -> bool:
    asked = asked.replace("-", "_").split(".")[0]
    if language.code == "zh_CN":
        # Traditional Chinese is another writing; English serves its readers no worse.
        return asked.split("_")[0] == "zh" and not {"Hant", "TW", "HK", "MO"} & set(
            asked.split("_")
        )
    return asked.split("_")[0] == language.code


def _system_languages() -> list[str]:
    if sys.platform.startswith("linux"):
        several = os.environ.get("LANGUAGE", "").split(":")
        one = next(
            (
                os.environ[name]
                for name in ("LC_ALL", "LC_MESSAGES", "LANG")
                if os.environ.get(name)
            ),
            "",
        )
        # As gettext has it: LANGUAGE counts only where there is a locale at all.
        return [one] if one in ("C", "POSIX", "") else [*filter(None, several), one]
    from PySide6.QtCore import QLocale

    return list(QLocale.system().uiLanguages())


_OTHER_LETTERS = str.maketrans(
    "AEIOUaeioucnsyzCNSYZdDlLtTrR",
    "ÅÉÎÖÛåéîöûçñšýžÇÑŠÝŽðÐłŁţŢřŘ",
)


def pseudo_sentence(key: str) -> str:
    """A sentence as a language unlike English would have it: other letters, a third longer."""
    made: list[str] = []
    depth = 0
    for letter in key:
        depth += (letter == "{") - (letter == "}")
        made.append(letter if depth or letter in "{}" else letter.translate(_OTHER_LETTERS))
    words_long = len(key) // 3
    body = "".join(made)
    lead = len(body) - len(body.lstrip())
    tail = len(body) - len(body.rstrip())
    inner = body[lead : len(body) - tail]
    # A width may be a value, too: ``{0:,.{1}f}``.
    if not any(letter.isalpha() for letter in re.sub(r"\{([^{}]|\{[^}]*\})*\}", "", inner)):
        return key
    return f"{body[:lead]}[{inner}{'~' * words_long}]{body[len(body) - tail :] if tail else ''}"
