"""What Qt does not write into a PDF: outline, language, and links of the table of contents.

Qt 6.11 has neither bookmarks nor tags nor a language. They are appended as an incremental update
(ISO 32000-1, 7.5.6): the bytes that Qt wrote stay as they are, a new catalogue and the new
objects follow with a table of their places. Where the file is not laid out as Qt does it, it is
given back unchanged: a document without bookmarks is better than none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from moeplanner_gui.core.records import dataclass

_OBJECT = re.compile(rb"\d+ 0 obj\s*(.*?)\s*endobj", re.DOTALL)
_PLACE = re.compile(rb"(\d{10}) \d{5} ([nf])")


@dataclass(frozen=True, slots=True)
class Mark:
    """A heading: its text, level from 1, page from 0, and how many points above the page's foot."""

    text: str
    level: int
    page: int
    top: float


@dataclass(frozen=True, slots=True)
class Link:
    """An area of a page, in points from its lower left corner, that leads to a heading."""

    page: int
    area: tuple[float, float, float, float]
    to: Mark


def with_outline(
    data: bytes, marks: Sequence[Mark], links: Sequence[Link] = (), language: str = "en"
) -> bytes:
    """The same document with bookmarks, links and its language."""
    trailer = re.search(
        rb"trailer\s*<<(.*?)>>\s*startxref\s*(\d+)\s*%%EOF\s*$", data[-2048:], re.DOTALL
    )
    if trailer is None:
        return data
    size, root = (_number(rb"/%s (\d+)" % name, trailer[1]) for name in (b"Size", b"Root"))
    file = _File(data, int(trailer[2]))
    catalogue = file.object(root)
    pages = _pages(file, catalogue)
    if catalogue is None or not pages or any(mark.page >= len(pages) for mark in marks):
        return data
    if b"/Outlines" in catalogue:
        return data
    update = _Update(size)
    first = _add_outline(update, marks, pages)
    extra = b"/Lang (%s)\n/ViewerPreferences << /DisplayDocTitle true >>\n" % language.encode()
    if first is not None:
        extra += b"/Outlines %d 0 R\n/PageMode /UseOutlines\n" % first
    update.put(root, catalogue.rstrip()[: -len(b">>")] + extra + b">>")
    for page, own in _by_page(links).items():
        _add_links(update, file, pages, page, own)
    return data + update.written(len(data), trailer[1], int(trailer[2]))


class _File:
    """The objects of a file with one table of places, as Qt writes it."""

    def __init__(self, data: bytes, table: int) -> None:
        self._data = data
        self._places: dict[int, int] = {}
        head = re.compile(rb"xref\s+0 (\d+)\s+").match(data, table)
        if head is not None:
            listed = data[head.end() : head.end() + 20 * int(head[1])]
            for number, entry in enumerate(_PLACE.finditer(listed)):
                if entry[2] == b"n":
                    self._places[number] = int(entry[1])

    def object(self, number: int) -> bytes | None:
        """The content of an object; None when the table does not have it."""
        place = self._places.get(number)
        found = None if place is None else _OBJECT.match(self._data, place)
        return None if found is None else found[1]


class _Update:
    """Objects to append: new ones are numbered on, changed ones keep their number."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._objects: dict[int, bytes] = {}

    def reserve(self, count: int = 1) -> int:
        """The first of so many new numbers."""
        first, self.size = self.size, self.size + count
        return first

    def put(self, number: int, content: bytes) -> None:
        """An object's content, new or instead of the one before."""
        self._objects[number] = content

    def written(self, start: int, trailer: bytes, before: int) -> bytes:
        """The bytes to append to a file of ``start`` bytes whose table is at ``before``."""
        out, places = bytearray(b"\n"), {}
        for number, content in sorted(self._objects.items()):
            places[number] = start + len(out)
            out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
        table = start + len(out)
        out += b"xref\n"
        for number, place in places.items():
            out += b"%d 1\n%010d 00000 n \n" % (number, place)
        kept = re.sub(rb"/(Size|Prev) \d+\s*", b"", trailer).strip()
        out += b"trailer\n<<\n/Size %d\n/Prev %d\n%s\n>>\n" % (self.size, before, kept)
        return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


def _add_outline(update: _Update, marks: Sequence[Mark], pages: Sequence[int]) -> int | None:
    """Write the tree of bookmarks; answers the number of its root."""
    if not marks:
        return None
    root = update.reserve(1 + len(marks))
    numbers = [root + 1 + place for place in range(len(marks))]
    parents: list[int] = []
    open_at: dict[int, int] = {}
    for number, mark in zip(numbers, marks, strict=True):
        open_at = {level: at for level, at in open_at.items() if level < mark.level}
        parents.append(max(open_at.items())[1] if open_at else root)
        open_at[mark.level] = number
    children: dict[int, list[int]] = {}
    for number, parent in zip(numbers, parents, strict=True):
        children.setdefault(parent, []).append(number)
    for number, parent, mark in zip(numbers, parents, marks, strict=True):
        own, siblings = children.get(number, []), children[parent]
        at = siblings.index(number)
        lines = [b"/Title %s" % pdf_text(mark.text), b"/Parent %d 0 R" % parent]
        lines.append(b"/Dest %s" % _place(mark, pages))
        if at:
            lines.append(b"/Prev %d 0 R" % siblings[at - 1])
        if at + 1 < len(siblings):
            lines.append(b"/Next %d 0 R" % siblings[at + 1])
        if own:
            # A negative count: shown closed, so that the list of chapters is seen as a whole.
            lines.append(b"/First %d 0 R\n/Last %d 0 R\n/Count -%d" % (own[0], own[-1], len(own)))
        update.put(number, b"<<\n%s\n>>" % b"\n".join(lines))
    top = children[root]
    counts = (top[0], top[-1], len(top))
    update.put(root, b"<<\n/Type /Outlines\n/First %d 0 R\n/Last %d 0 R\n/Count %d\n>>" % counts)
    return root


def _add_links(
    update: _Update, file: _File, pages: Sequence[int], page: int, links: Sequence[Link]
) -> None:
    content = file.object(pages[page])
    listed = None if content is None else re.search(rb"/Annots (\d+) 0 R", content)
    old = None if listed is None else file.object(int(listed[1]))
    if listed is None or old is None or not old.startswith(b"["):
        return
    first = update.reserve(len(links))
    for number, link in enumerate(links, start=first):
        area = b" ".join(b"%.2f" % edge for edge in link.area)
        update.put(
            number,
            b"<<\n/Type /Annot\n/Subtype /Link\n/F 4\n/Rect [%s]\n/Border [0 0 0]\n/Dest %s\n"
            b"/Contents %s\n>>" % (area, _place(link.to, pages), pdf_text(link.to.text)),
        )
    new = b" ".join(b"%d 0 R" % number for number in range(first, first + len(links)))
    update.put(int(listed[1]), old.rstrip()[:-1] + b" " + new + b"]")


def _place(mark: Mark, pages: Sequence[int]) -> bytes:
    return b"[%d 0 R /XYZ 0 %.2f 0]" % (pages[mark.page], mark.top)


def _by_page(links: Sequence[Link]) -> dict[int, list[Link]]:
    found: dict[int, list[Link]] = {}
    for link in links:
        found.setdefault(link.page, []).append(link)
    return found


def pdf_text(text: str) -> bytes:
    """A text string as PDF takes it: UTF-16 in hexadecimal, so that nothing has to be escaped."""
    return b"<FEFF%s>" % text.encode("utf-16-be", "replace").hex().upper().encode()


def _pages(file: _File, catalogue: bytes | None) -> list[int]:
    """The objects of the pages, in order; Qt lists them in one node."""
    if catalogue is None:
        return []
    node = file.object(_number(rb"/Pages (\d+)", catalogue))
    kids = None if node is None else re.search(rb"/Kids\s*\[(.*?)\]", node, re.DOTALL)
    if kids is None:
        return []
    return [int(number) for number in re.findall(rb"(\d+) 0 R", kids[1])]


def _number(pattern: bytes, text: bytes) -> int:
    found = re.search(pattern, text)
    return -1 if found is None else int(found[1])
