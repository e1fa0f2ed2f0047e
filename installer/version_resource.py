"""The version resource of the Windows programs: what Explorer shows under Details."""

from __future__ import annotations

import product

_TEXT = """VSVersionInfo(
  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3f, flags=0x0,
                    OS=0x40004, fileType=0x1, subtype=0x0, date=(0, 0)),
  kids=[
    StringFileInfo([StringTable('040904B0', [
      StringStruct('CompanyName', {publisher!r}),
      StringStruct('FileDescription', {name!r}),
      StringStruct('FileVersion', {version!r}),
      StringStruct('InternalName', {command!r}),
      StringStruct('LegalCopyright', {copyright!r}),
      StringStruct('OriginalFilename', '{command}.exe'),
      StringStruct('ProductName', {name!r}),
      StringStruct('ProductVersion', {version!r})])]),
    VarFileInfo([VarStruct('Translation', [1033, 1200])])
  ]
)
"""


def text() -> str:
    """The resource in the form that PyInstaller reads."""
    numbers = (*(int(part) for part in product.version().split(".")), 0)
    return _TEXT.format(
        numbers=numbers,
        publisher=product.PUBLISHER,
        name=product.NAME,
        version=product.version(),
        command=product.COMMAND,
        copyright=product.COPYRIGHT,
    )
