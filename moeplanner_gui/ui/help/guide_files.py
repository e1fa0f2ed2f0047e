"""The guide's files: which chapters there are, in which language, and what links mean. No widgets.

Chapters are Markdown in ``resources/docs``; a translation lies in a folder with the language's code
under the same names. A chapter that is not translated is shown in English, and says so. Two things
are for translations: a heading keeps the name that links know by ``{#kv-cache}`` behind it, and
``{{Find a rig}}`` stands for what the window calls that in the language that is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from moeplanner_gui.catalog import paths
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.mnemonics import without_mark

FIRST: Final = "index"
WORDS: Final = "words"
CHAPTER_OF_TAB: Final = {
    "memory": "memory",
    "context": "context",
    "speed": "speed",
    "cost": "cost",
    "checks": "checks",
    "reality": "reality-check",
}
"""Which chapter is about which tab of the window."""
SHORTCUTS_MARK: Final = "<!-- shortcuts -->"
WORDS_MARK: Final = "<!-- words -->"
MAX_CHAPTER_BYTES: Final = 500_000
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^(#{1,4})[ \t]+(.+?)[ \t]*$", re.MULTILINE)
_NAME = re.compile(r"[a-z0-9-]{1,40}")
_ANCHOR = re.compile(r"\s*\{#([a-z0-9-]{1,60})\}\s*$")
_CHINESE_BREAK = re.compile(
    "(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])\n(?:  |   )?(?=[\u4e00-\u9fff\uff08])"
)
_KEYS = re.compile(r"\b(?:(?:Ctrl|Shift|Alt)\+)+(?:F\d+|[A-Z0-9])\b")
_LABEL = re.compile(r"\{\{([^{}\n]{1,80})\}\}")


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter as it is read.

    Attributes:
        name: The file's name without its ending.
        title: Its first heading.
        text: Markdown.
        is_translated: Whether it is in the language that was asked for.
    """

    name: str
    title: str
    text: str
    is_translated: bool


class Guide:
    """The chapters in a language.

    Args:
        language: A code such as ``de``; ``en`` is always there.
        folder: Where the chapters lie; those that were shipped when left out.
    """

    def __init__(self, language: str = "en", folder: Path | None = None) -> None:
        self.folder = folder if folder is not None else paths.docs_dir()
        self.language = language if _is_code(language) else "en"

    def names(self) -> tuple[str, ...]:
        """The chapters in their order: that of the links of the first one."""
        text = self._read(FIRST)[0]
        linked = (name for _, target in links_of(text) if (name := chapter_of(target)))
        return tuple(dict.fromkeys((FIRST, *linked)))

    def chapter(self, name: str) -> Chapter | None:
        """A chapter; None when there is none of this name."""
        if not _NAME.fullmatch(name):
            return None
        text, is_translated = self._read(name)
        if not text:
            return None
        heading = _HEADING.search(text)
        title = _ANCHOR.sub("", heading[2]) if heading else name
        return Chapter(name, title, text, is_translated)

    def chapters(self) -> Iterator[Chapter]:
        """All chapters in their order."""
        for name in self.names():
            if (chapter := self.chapter(name)) is not None:
                yield chapter

    def image(self, name: str) -> Path | None:
        """A picture by the name that a chapter gives; None for anything but a file of the guide."""
        for folder in self._folders():
            path = folder / name
            inside = path.resolve().is_relative_to(self.folder.resolve())
            if inside and path.suffix == ".png" and path.is_file():
                return path
        return None

    def search(self, wanted: str) -> list[tuple[Chapter, str]]:
        """Chapters with all the words that are wanted, each with the heading they stand under.

        Those whose title has them come first.
        """
        words = wanted.casefold().split()
        if not words:
            return []
        found = []
        for place, chapter in enumerate(self.chapters()):
            text = as_shown(chapter.text).casefold()
            if chapter.name != FIRST and all(word in text for word in words):
                in_title = all(word in chapter.title.casefold() for word in words)
                found.append((not in_title, place, chapter, _heading_before(chapter.text, words)))
        found.sort(key=lambda hit: hit[:2])
        return [(chapter, heading) for _, _, chapter, heading in found]

    def _folders(self) -> tuple[Path, ...]:
        own = () if self.language == "en" else (self.folder / self.language,)
        return (*own, self.folder)

    def _read(self, name: str) -> tuple[str, bool]:
        for folder in self._folders():
            try:
                with (folder / f"{name}.md").open("rb") as stream:
                    text = stream.read(MAX_CHAPTER_BYTES).decode("utf-8", "replace")
            except OSError:
                continue
            return text, self.language == "en" or folder != self.folder
        return "", True


def links_of(text: str) -> list[tuple[str, str]]:
    """Words and target of each link, pictures apart."""
    return [(match[1], match[2]) for match in _LINK.finditer(text)]


def images_of(text: str) -> list[tuple[str, str]]:
    """Description and name of each picture."""
    return [(match[1], match[2]) for match in _IMAGE.finditer(text)]


def anchors_of(text: str) -> dict[str, str]:
    """What links call each heading: its own words, or what is written behind it."""
    found: dict[str, str] = {}
    for match in _HEADING.finditer(text):
        named = _ANCHOR.search(match[2])
        shown = _ANCHOR.sub("", match[2])
        found[shown] = named[1] if named else anchor(shown)
    return found


def labels_of(text: str) -> list[str]:
    """The sentences of the window that a chapter names."""
    return [match[1] for match in _LABEL.finditer(text)]


def as_shown(text: str) -> str:
    """A chapter without what is meant for links, its labels in the window's language."""
    # Chinese has no spaces: a line of a paragraph is joined to the next one as it is.
    text = _CHINESE_BREAK.sub("", text)
    text = _HEADING.sub(lambda m: f"{m[1]} {_ANCHOR.sub('', m[2])}", text)
    text = _KEYS.sub(_native, text)
    return _LABEL.sub(lambda m: without_mark(say(m[1])).rstrip("…"), text)


def _native(found: re.Match[str]) -> str:
    """A key as the menus write it on this system and in this language: ``Strg+Z``."""
    from PySide6.QtGui import QKeySequence

    return QKeySequence(found[0]).toString(QKeySequence.SequenceFormat.NativeText) or found[0]


def chapter_of(target: str) -> str:
    """The chapter that a link leads to; "" for one that leaves the guide."""
    name = target.partition("#")[0].removesuffix(".md")
    return name if _NAME.fullmatch(name) else ""


def anchor(heading: str) -> str:
    """What a link calls a heading: "How sure?" is ``how-sure``."""
    kept = "".join(c if c.isalnum() else "-" if c in " -" else "" for c in heading.casefold())
    return re.sub("-+", "-", kept).strip("-")


def _heading_before(text: str, words: list[str]) -> str:
    """The heading under which the first of the words stands; "" for the chapter's beginning."""
    at = min(text.casefold().find(word) for word in words)
    before = [_ANCHOR.sub("", match[2]) for match in _HEADING.finditer(text) if match.start() <= at]
    return before[-1] if len(before) > 1 else ""


def _is_code(language: str) -> bool:
    return re.fullmatch(r"[a-z]{2}(_[A-Z]{2})?", language) is not None
