"""The rules of the guide: every link leads somewhere, nothing is fetched, English where needed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument

from moeplanner_gui.catalog import paths
from moeplanner_gui.ui.help.glossary import terms
from moeplanner_gui.ui.help.guide import GuideWindow
from moeplanner_gui.ui.help.guide_files import (
    CHAPTER_OF_TAB,
    SHORTCUTS_MARK,
    WORDS_MARK,
    Guide,
    anchors_of,
    as_shown,
    chapter_of,
    images_of,
    labels_of,
    links_of,
)
from moeplanner_gui.ui.help.guide_page import words_text

FILES = sorted(paths.docs_dir().rglob("*.md"))
ENGLISH = Guide("en")


def anchors(text: str) -> set[str]:
    return set(anchors_of(text).values())


@pytest.mark.parametrize("file", FILES, ids=lambda p: str(p.relative_to(paths.docs_dir())))
def test_that_every_link_and_picture_is_there(file: Path) -> None:
    """Also those of translations: each leads to a heading of the chapter in that language."""
    code = file.parent.name if file.parent != paths.docs_dir() else "en"
    guide = Guide(code)
    text = file.read_text("utf-8")
    for _words, target in links_of(text):
        name, _, fragment = target.partition("#")
        chapter = guide.chapter(chapter_of(name or file.stem))
        assert chapter is not None, target
        assert not fragment or fragment in anchors(chapter.text), target
    for description, name in images_of(text):
        assert description.strip(), f"{name} says nothing to those who cannot see it"
        image = guide.image(name)
        assert image is not None, name
        assert not QImage(str(image)).isNull()


def test_that_a_translated_heading_keeps_the_name_that_links_know() -> None:
    """Every heading that a word or a chapter links to is there in each language."""
    wanted = {term.chapter for term in terms() if "#" in term.chapter}
    for file in FILES:
        wanted |= {t.replace(".md", "") for _, t in links_of(file.read_text("utf-8")) if "#" in t}
    for language in ("de", "zh_CN"):
        guide = Guide(language)
        for target in wanted:
            name, _, fragment = target.partition("#")
            chapter = guide.chapter(name) if name else None
            assert chapter is None or fragment in anchors(chapter.text), (language, target)


def test_that_a_translation_names_what_the_window_says() -> None:
    """A label is looked up in the language of the window; it has to be one of its sentences."""
    sources = (paths.data_root() / "moeplanner_gui").rglob("*.py")
    program = "\n".join(file.read_text("utf-8") for file in sources)
    for file in FILES:
        for label in labels_of(file.read_text("utf-8")):
            assert f'say("{label}"' in program, (file, label)
    text = "# Titel {#kv-cache}\n\n**{{&Find a rig}}** und {{Close}}"
    assert as_shown(text) == "# Titel\n\n**Find a rig** und Close"
    assert anchors_of(text) == {"Titel": "kv-cache"}


def test_that_lines_of_chinese_are_joined_without_a_space() -> None:
    text = "# 标题\n\n一行，\n二行\n\n* 三\n  四\n* 五\n\nLatin\nwords"
    assert as_shown(text) == "# 标题\n\n一行，二行\n\n* 三四\n* 五\n\nLatin\nwords"


def test_that_every_chapter_is_linked_from_the_first_one() -> None:
    assert set(ENGLISH.names()) == {file.stem for file in paths.docs_dir().glob("*.md")}


def test_that_the_guide_names_no_address() -> None:
    for file in FILES:
        assert not re.search(r"https?://(?!example\.org)", file.read_text("utf-8")), file


def test_that_every_picture_is_used_and_all_are_small() -> None:
    used = {name for file in FILES for _, name in images_of(file.read_text("utf-8"))}
    there = {f"images/{file.name}" for file in (paths.docs_dir() / "images").iterdir()}
    assert there == used
    total = sum(f.stat().st_size for f in paths.docs_dir().rglob("*") if f.is_file())
    assert total < 3_000_000


def test_that_every_word_leads_to_a_heading_of_the_guide() -> None:
    for term in terms():
        name, _, fragment = term.chapter.partition("#")
        chapter = ENGLISH.chapter(name)
        assert chapter is not None, term.id
        assert not fragment or fragment in anchors(chapter.text), term.id


def test_that_every_tab_has_a_chapter(window) -> None:
    keys = {window.tabs._specs[number].key for number in range(window.tabs.bar.count())}
    assert keys == set(CHAPTER_OF_TAB)
    assert set(CHAPTER_OF_TAB.values()) <= set(ENGLISH.names())


@pytest.fixture
def translated(tmp_path: Path) -> Path:
    (tmp_path / "index.md").write_text("# Guide\n\n* [One](one.md)\n* [Two](two.md#deep)\n")
    (tmp_path / "one.md").write_text("# One\n\nFirst text\n\n## Inside\n\nA whale.\n")
    (tmp_path / "two.md").write_text("# Two\n\nSecond text\n\n## Deep\n\nwhale\n")
    (tmp_path / "de").mkdir()
    (tmp_path / "de" / "one.md").write_text("# Eins\n\nErster Text\n")
    return tmp_path


def test_that_a_chapter_without_a_translation_is_english_and_says_so(
    qtbot, window, translated: Path
) -> None:
    shown = GuideWindow(window.actions_registry, window.themes, window, Guide("de", translated))
    qtbot.addWidget(shown)
    shown.open_at("one")
    assert "Erster Text" in shown.page.toPlainText()
    assert shown._note.isHidden()
    shown.open_at("two")
    assert "Second text" in shown.page.toPlainText()
    assert not shown._note.isHidden()


@pytest.mark.parametrize("language", ["..", "../..", "de/../..", "xx", "zh_CN", ""])
def test_that_any_language_reads_only_files_of_the_guide(translated: Path, language: str) -> None:
    (translated.parent / "secret.md").write_text("# Secret")
    guide = Guide(language, translated)
    for name in ("../secret", "/etc/passwd", "secret", "..", ""):
        assert guide.chapter(name) is None
    assert guide.image("../secret.md") is None
    assert guide.chapter("one") is not None


def test_that_a_search_finds_headings_and_titles_first(translated: Path) -> None:
    found = Guide("en", translated).search("whale")
    assert [(chapter.name, heading) for chapter, heading in found] == [
        ("one", "Inside"),
        ("two", "Deep"),
    ]
    assert next(chapter.name for chapter, _ in Guide("en", translated).search("two")) == "two"
    assert Guide("en", translated).search("unicorn") == []


@pytest.fixture
def guide(qtbot, window):
    shown = GuideWindow(window.actions_registry, window.themes, window)
    qtbot.addWidget(shown)
    return shown


def test_that_every_chapter_is_shown_with_its_pictures(guide) -> None:
    for name in ENGLISH.names():
        guide.open_at(name)
        chapter = ENGLISH.chapter(name)
        assert chapter is not None
        assert guide.page.chapter_name == name
        assert guide.page.toPlainText().startswith(chapter.title)
        assert guide.page.toPlainText().count("￼") == len(images_of(chapter.text))
        assert SHORTCUTS_MARK not in guide.page.toPlainText()
        assert WORDS_MARK not in guide.page.toPlainText()


def test_that_a_picture_too_wide_is_made_smaller_smoothly_and_again_after_a_resize(guide) -> None:
    kind = QTextDocument.ResourceType.ImageResource.value
    guide.show()
    guide.open_at("memory")
    document = guide.page.document()
    (_, name), *_ = images_of(ENGLISH.chapter("memory").text)
    for width in (900, 700, 1000):
        guide.resize(width, 700)
        QCoreApplication.processEvents()
        drawn = document.resource(kind, document.baseUrl().resolved(QUrl(name)))
        room = guide.page.viewport().width() - 48
        assert drawn.width() == round(room * drawn.devicePixelRatio())
        colours = {drawn.pixel(x, y) for x in range(0, room, 2) for y in range(10, 60)}
        assert len(colours) > 300


def test_that_a_heading_is_scrolled_to(guide) -> None:
    guide.open_at("memory#host-memory")
    assert guide.page.textCursor().block().text() == "Host memory"
    assert guide.page.verticalScrollBar().value() > 0


def test_that_nothing_leaves_the_guide(guide) -> None:
    guide.open_at("privacy")
    before = guide.page.toPlainText()
    for url in ("https://example.org/x.md", "file:///etc/passwd", "x:memory.md", "/etc/passwd"):
        guide.page.setSource(QUrl(url))
        assert guide.page.toPlainText() == before
    kind = QTextDocument.ResourceType.ImageResource.value
    for url in ("https://example.org/a.png", "file:///a.png", "../../screenshots/main.png"):
        assert guide.page.loadResource(kind, QUrl(url)).isNull()


def test_that_back_and_forward_and_the_search_go_by_keys(qtbot, guide) -> None:
    guide.open_at("verdict")
    qtbot.waitUntil(guide.isActiveWindow)
    guide.page.setSource(QUrl("memory.md#free"))
    assert guide.back.isEnabled()
    qtbot.keyClick(guide, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert guide.page.chapter_name == "verdict"
    assert guide.forward.isEnabled()
    qtbot.keyClick(guide, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert guide.page.chapter_name == "memory"
    qtbot.keyClicks(guide.search, "smoulder")
    assert guide.contents.item(0).text() == "Nothing found."
    guide.search.clear()
    qtbot.keyClicks(guide.search, "resale")
    qtbot.keyClick(guide.search, Qt.Key.Key_Return)
    assert guide.page.chapter_name in {"cost", "words"}
    assert guide.page.extraSelections()


def test_that_the_keyboard_chapter_names_every_shortcut(guide, window) -> None:
    guide.open_at("keyboard")
    text = guide.page.toPlainText()
    for action_id in ("file.save", "edit.palette", "rig.find", "help.whats_this"):
        action = window.actions_registry.get(action_id)
        assert action.statusTip() in text
        assert action.shortcut().toString() in text


def test_that_every_key_that_the_guide_names_is_there(window) -> None:
    """A key that moves to another command must not stay behind in the text."""
    known = {
        key.toString() for action in window.actions_registry.all() for key in action.shortcuts()
    }
    known |= {"Shift+F10"}  # the context menu's, which is Qt's own
    keys = re.compile(r"\b(?:(?:Ctrl|Shift|Alt)\+)+(?:F\d+|[A-Z0-9])\b|\bF\d{1,2}\b")
    named = {
        (file.name, key)
        for file in FILES
        for key in keys.findall(file.read_text("utf-8"))
        if key not in {"F16", "F32"}  # formats
    }
    assert len(named) > 15
    assert sorted((file, key) for file, key in named if key not in known) == []


def test_that_the_chapter_of_words_has_them_all() -> None:
    text = words_text()
    for term in terms():
        assert f"## {term.title}\n" in text


def test_that_help_opens_the_chapter_of_the_tab(window) -> None:
    for key, chapter in CHAPTER_OF_TAB.items():
        window.tabs.show_tab(key)
        window.actions_registry.get("help.guide").trigger()
        assert window.help.guide.page.chapter_name == chapter
    window.help.guide.close()
