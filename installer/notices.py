"""The third-party notices: who wrote what is shipped, under which licence, with every text."""

from __future__ import annotations

import re
import textwrap

import product
import shipped

_RULE = "=" * 98
_LGPL = """Qt and Qt for Python (PySide6, shiboken6) are used under the GNU Lesser General Public
License, version 3. They lie as libraries of their own beside the program (on Linux in
_internal/PySide6 and _internal/shiboken6 of its folder, on macOS in Contents/Frameworks),
unchanged from the wheels of PyPI, and you may replace them: put libraries of the same names and of
a compatible version there and start the program again; nothing checks them. Reverse engineering
for debugging such changes is allowed. The program itself is under the MIT licence, its source is
public, and installer/build.py makes the same package with any version of these libraries.

Their sources: https://download.qt.io/official_releases/qt/ (Qt {version}),
https://download.qt.io/official_releases/QtForPython/pyside6/ and https://code.qt.io/. Whoever
passes this package on keeps those sources reachable for as long as they do, or gives a copy of
them along, as section 4 of that licence and section 6 of the GPL ask for.
"""


def text(things: shipped.Shipped) -> str:
    """All notices as plain text, in the order: what there is, Qt, each component, each text."""
    qt = next((one for one in things.components if one.name == "Qt"), None)
    blocks = [_head(things)]
    if qt is not None:
        blocks.append("Qt: your rights\n\n" + _LGPL.format(version=qt.version))
    texts: dict[str, list[str]] = {}
    for one in things.components:
        for said in one.texts:
            texts.setdefault(said.strip(), []).append(one.name)
    blocks += [_component(one) for one in things.components]
    for said, names in texts.items():
        blocks.append(f"Licence text of {', '.join(names)}\n\n{said}")
    for identifier in _further_texts(things):
        blocks.append(f"{identifier}\n\n{shipped.licence_text(identifier).strip()}")
    return f"\n\n{_RULE}\n".join(blocks) + "\n"


def _head(things: shipped.Shipped) -> str:
    lines = [
        f"{product.NAME} {product.version()}: notices of third parties",
        "",
        f"{product.NAME} itself is under the MIT licence. This copy brings along:",
        "",
    ]
    lines += [f"  {one.name} {one.version}: {one.licence}" for one in things.components]
    lines += ["", "Libraries and programs, and whose they are:", ""]
    lines += [f"  {name}: {owner}" for name, owner in sorted(things.libraries.items())]
    return "\n".join(lines)


def _component(one: shipped.Component) -> str:
    lines = [f"{one.name} {one.version}".strip(), f"Licence: {one.licence}"]
    lines += [line for line in (one.copyright, one.homepage) if line]
    if one.parts:
        lines += ["", "Compiled into it:"]
    for part in one.parts:
        lines.append(f"  {part.name} {part.version}".rstrip() + f": {part.licence}")
        lines += textwrap.wrap(part.copyright, 96, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def _further_texts(things: shipped.Shipped) -> list[str]:
    """Licences of what was compiled in, as far as their texts are kept here."""
    wanted: set[str] = set()
    for one in things.components:
        for part in one.parts:
            wanted |= identifiers(part.licence)
    have = {file.stem for file in shipped.LICENCES.glob("*.txt")}
    return sorted(wanted & have)


def identifiers(expression: str) -> set[str]:
    """The licences that an SPDX expression names; of an "or" all of them."""
    words = re.findall(r"[A-Za-z0-9][A-Za-z0-9.\-+]*", expression)
    return {word for word in words if word not in ("AND", "OR", "WITH")}
