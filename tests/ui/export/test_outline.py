"""Bookmarks, language and links that are appended to what Qt wrote."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QPointF
from PySide6.QtGui import QPainter, QPdfWriter

from moeplanner_gui.ui.export.outline import Link, Mark, pdf_text, with_outline

pytestmark = [
    pytest.mark.usefixtures("qapp"),
    pytest.mark.skipif(shutil.which("pdftohtml") is None, reason="poppler is missing"),
]
MARKS = (
    Mark("First (1) \\ <b>", 1, 0, 700.0),
    Mark("Inside", 2, 0, 500.0),
    Mark("Größe 大", 2, 1, 400.0),
    Mark("Second", 1, 2, 700.0),
)


@pytest.fixture(scope="module")
def plain(qapp) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    painter = QPainter(writer)
    for page in range(3):
        if page:
            writer.newPage()
        painter.drawText(QPointF(500, 500), f"Page {page + 1}")
    painter.end()
    return bytes(buffer.data().data())


def as_xml(data: bytes, folder: Path) -> str:
    path = folder / "marks.pdf"
    path.write_bytes(data)
    run = ["pdftohtml", "-xml", "-i", "-stdout", str(path)]
    done = subprocess.run(run, check=True, capture_output=True, text=True)
    assert "Error" not in done.stderr, done.stderr
    return done.stdout


def test_that_headings_become_bookmarks_with_their_page_and_level(plain, tmp_path) -> None:
    outline = as_xml(with_outline(plain, MARKS), tmp_path).partition("<outline>")[2]
    items = re.findall(r'<item page="(\d+)">(.*?)</item>', outline)
    assert items == [
        ("1", "First (1) \\ &lt;b&gt;"),
        ("1", "Inside"),
        ("2", "Größe 大"),
        ("3", "Second"),
    ]
    inner = outline.index("<outline>")
    assert outline.index("First") < inner < outline.index("Inside")
    assert outline.index("</outline>") < outline.index("Second")


def test_that_an_entry_of_the_contents_leads_to_its_page(plain, tmp_path) -> None:
    link = Link(0, (0.0, 0.0, 595.0, 842.0), MARKS[3])
    assert 'href="marks.html#3"' in as_xml(with_outline(plain, MARKS, [link]), tmp_path)


def test_that_the_document_names_its_language_and_shows_its_title(plain) -> None:
    data = with_outline(plain, MARKS)
    assert data.startswith(plain), "what was written stays as it is"
    added = data[len(plain) :]
    assert b"/Lang (en)" in added and b"/DisplayDocTitle true" in added


def test_that_each_object_lies_where_the_table_says(plain) -> None:
    data = with_outline(plain, MARKS, [Link(1, (1, 2, 3, 4), MARKS[0])])
    table = int(re.findall(rb"startxref\s+(\d+)", data)[-1])
    entries = re.findall(rb"(\d+) 1\n(\d{10}) 00000 n \n", data[table:])
    assert len(entries) == 1 + 1 + len(MARKS) + 1 + 1
    for number, place in entries:
        assert data[int(place) :].startswith(b"%d 0 obj" % int(number))


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4\nnothing", b"trailer\n<<>>\nstartxref\n9\n%%EOF"])
def test_that_a_file_of_another_build_is_given_back_as_it_is(data) -> None:
    assert with_outline(data, MARKS) == data


def test_that_a_mark_beyond_the_last_page_changes_nothing(plain) -> None:
    assert with_outline(plain, (Mark("Lost", 1, 3, 0.0),)) == plain


def test_that_any_text_is_written_without_signs_that_end_it() -> None:
    assert re.fullmatch(rb"<FEFF[0-9A-F]*>", pdf_text("a)(\\>大\n"))
