#!/usr/bin/env python3
"""Keeps the Qt Linguist files in step with the sentences of the program, and compiles them.

    python installer/make_translations.py update            new sentences in, gone ones out
    python installer/make_translations.py missing de        what nobody translated, as JSON
    python installer/make_translations.py take de FILE      translations from JSON: {"key": "…"}
    python installer/make_translations.py compile           what the program reads
    python installer/make_translations.py check             what is missing or cannot be right

The files are ``resources/translations/moeplanner_LANGUAGE.ts``, to be edited with Qt Linguist.
The program reads the compiled ``LANGUAGE.json`` beside them: plain text that can be read before
Qt is loaded, and by the processes that ask drivers, which load no Qt at all.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "moeplanner_gui"
FOLDER = ROOT / "resources" / "translations"
LANGUAGES = {"de": "de_DE", "zh_CN": "zh_CN"}
CONTEXT = "MoE Planner"
# These print to a terminal, in English; their own `say` is another function.
NOT_READ = ("commands", "cli.py", "self_test.py")
SPACED = {"de"}
"""Languages that put spaces between words: a piece that begins with one keeps it."""


@dataclass
class Sentence:
    """One English sentence of the program.

    Attributes:
        key: As it stands in ``say("…")``.
        files: Where it is said, from the package on.
        values: What each place in it is filled with, as the source names it.
    """

    key: str
    files: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)

    @property
    def comment(self) -> str:
        """What a translator needs to know of the places."""
        return ", ".join(f"{{{place}}} = {value}" for place, value in enumerate(self.values))


@cache
def sentences() -> dict[str, Sentence]:
    """Every sentence of the program that has words, in the order of the files.

    Read once: it is asked for by every language and every step.
    """
    found: dict[str, Sentence] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        if place.parts[0] in NOT_READ:
            continue
        for key, values in _said(ast.parse(path.read_text(encoding="utf-8"))):
            if not has_words(key):
                continue
            sentence = found.setdefault(key, Sentence(key))
            if place.as_posix() not in sentence.files:
                sentence.files.append(place.as_posix())
            sentence.values = sentence.values or values
    return found


def _said(tree: ast.AST) -> Iterator[tuple[str, list[str]]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        # Not `self.say(…)`: what a widget calls so says something else.
        first = node.args[0]
        if (
            getattr(node.func, "id", "") == "say"
            and isinstance(first, ast.Constant)
            and isinstance(first.value, str)
        ):
            yield first.value, [_short(ast.unparse(value)) for value in node.args[1:]]


def _short(source: str) -> str:
    return source if len(source) <= 80 else f"{source[:77]}..."


def has_words(key: str) -> bool:
    """False for what only arranges numbers, which every language takes as it is.

    Marks between sentences and things are words, and so is the order of a date.
    """
    around = re.sub(r"\{[^}]*\}", "", key)
    return any(letter.isalpha() for letter in around) or (
        ("$" not in key and re.search(r"[,:;.] |\.$", around) is not None)
        or re.search(r":0?\d?d\} \{", key) is not None
    )


def linguist_file(language: str) -> Path:
    """The Qt Linguist file of a language."""
    return FOLDER / f"moeplanner_{language}.ts"


def compiled_file(language: str) -> Path:
    """What the program reads."""
    return FOLDER / f"{language}.json"


def translations(language: str) -> dict[str, str]:
    """What the Linguist file has; nothing for sentences that are not translated."""
    path = linguist_file(language)
    if not path.exists():
        return {}
    found = {}
    for message in ElementTree.parse(path).getroot().iter("message"):
        source, translation = message.find("source"), message.find("translation")
        if source is None or translation is None or translation.get("type") == "vanished":
            continue
        if source.text and translation.text and translation.get("type") != "unfinished":
            found[source.text] = translation.text
    return found


def write_linguist_file(language: str, translated: dict[str, str]) -> None:
    """Write a Linguist file anew: every sentence of the program, and what is known of it."""
    root = ElementTree.Element(
        "TS", version="2.1", language=LANGUAGES[language], sourcelanguage="en"
    )
    context = ElementTree.SubElement(root, "context")
    ElementTree.SubElement(context, "name").text = CONTEXT
    for sentence in sentences().values():
        message = ElementTree.SubElement(context, "message")
        for file in sentence.files[:3]:
            # Without lines: they change with every edit above them.
            ElementTree.SubElement(message, "location", filename=f"../../moeplanner_gui/{file}")
        ElementTree.SubElement(message, "source").text = sentence.key
        if sentence.comment:
            ElementTree.SubElement(message, "extracomment").text = sentence.comment
        translation = ElementTree.SubElement(message, "translation")
        if sentence.key in translated:
            translation.text = translated[sentence.key]
        else:
            translation.set("type", "unfinished")
    ElementTree.indent(root, " ")
    text = ElementTree.tostring(root, encoding="unicode")
    FOLDER.mkdir(parents=True, exist_ok=True)
    linguist_file(language).write_text(
        f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{text}\n', encoding="utf-8"
    )


def compiled(language: str) -> str:
    """The text of the compiled file: only what differs from English, one sentence a line."""
    known = sentences()
    differing = {
        key: text
        for key, text in sorted(translations(language).items())
        if key in known and text != key
    }
    return json.dumps(differing, ensure_ascii=False, indent=0) + "\n"


def missing(language: str) -> dict[str, str]:
    """The sentences without a translation, each with what its places are."""
    translated = translations(language)
    return {key: one.comment for key, one in sentences().items() if key not in translated}


def wrong(language: str, translated: dict[str, str]) -> Iterator[str]:
    """What cannot be right of translations: places, lines, mnemonics, spaces at the ends."""
    for key, text in translated.items():
        if sorted(_places(key)) != sorted(_places(text)):
            yield f"{key!r}: other places than {text!r}"
        elif key.count("\n") != text.count("\n"):
            yield f"{key!r}: another number of lines than {text!r}"
        elif _mnemonic(key) != _mnemonic(text):
            yield f"{key!r}: one of the two has a mnemonic, {text!r}"
        elif key.endswith("…") != text.endswith("…"):
            yield f"{key!r}: one of the two ends with …, {text!r}"
        elif language in SPACED and _ends(key) != _ends(text):
            yield f"{key!r}: other spaces at its ends than {text!r}"


def _places(text: str) -> set[str]:
    """The places of a sentence with their formats; of a broken one the text itself."""
    try:
        return {f"{name}:{how}" for _, name, how, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return {text}


def _mnemonic(text: str) -> bool:
    return re.search(r"(?<!&)&[^&\s]", text) is not None


def _ends(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def take(language: str, file: Path) -> int:
    """Put translations from a JSON file into the Linguist file; returns how many were refused."""
    given: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    known = sentences()
    given = {key: text for key, text in given.items() if key in known and text}
    refused = list(wrong(language, given))
    for problem in refused:
        print(problem)
    bad = {key for key in given if any(wrong(language, {key: given[key]}))}
    merged = translations(language) | {k: t for k, t in given.items() if k not in bad}
    write_linguist_file(language, merged)
    print(f"{len(given) - len(bad)} taken, {len(bad)} refused")
    return len(bad)


def check() -> list[str]:
    """Everything that is missing, wrong or not compiled."""
    problems = []
    known = sentences()
    for language in LANGUAGES:
        translated = translations(language)
        problems += [
            f"{language}: not translated: {key!r}" for key in known if key not in translated
        ]
        problems += [f"{language}: {problem}" for problem in wrong(language, translated)]
        path = compiled_file(language)
        if not path.exists() or path.read_text(encoding="utf-8") != compiled(language):
            problems.append(f"{language}: the compiled file is not that of the Linguist file")
    return problems


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit status."""
    match arguments:
        case ["update"]:
            for language in LANGUAGES:
                write_linguist_file(language, translations(language))
                print(f"{language}: {len(missing(language))} of {len(sentences())} to translate")
        case ["missing", language] if language in LANGUAGES:
            print(json.dumps(missing(language), ensure_ascii=False, indent=0))
        case ["take", language, file] if language in LANGUAGES:
            return 1 if take(language, Path(file)) else 0
        case ["compile"]:
            for language in LANGUAGES:
                compiled_file(language).write_text(compiled(language), encoding="utf-8")
        case ["check"]:
            problems = check()
            print("\n".join(problems) or "every sentence is translated")
            return 1 if problems else 0
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
