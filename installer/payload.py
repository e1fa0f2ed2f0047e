"""What belongs into the frozen program and what does not, for the spec.

Measured with PySide6-Essentials 6.11.3, numpy 2.4 and PyInstaller 6.22 on Linux: without this list
the folder has 50 MB more. Each exclusion was tried; two that look free are not: ``QtOpenGL`` and
``QtOpenGLWidgets`` (pyqtgraph imports them by name) and ``pydoc`` (pyqtgraph's parameter tree).
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any

import product

EXCLUDED_MODULES = [
    "PySide6.QtConcurrent",
    "PySide6.QtDBus",
    "PySide6.QtDesigner",
    "PySide6.QtHelp",
    "PySide6.QtPrintSupport",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtQuickWidgets",
    "PySide6.QtSql",
    "PySide6.QtTest",
    "PySide6.QtUiTools",
    "PySide6.QtXml",
    "IPython",
    "_tkinter",
    "cupy",
    "h5py",
    "lib2to3",
    "matplotlib",
    "numba",
    "numpy.f2py",
    "numpy.testing",
    "pyqtgraph.examples",
    "pyqtgraph.jupyter",
    "pyqtgraph.opengl",
    "pytest",
    "readline",
    "scipy",
    "setuptools",
    "sqlite3",
    "tkinter",
]
_UNUSED_HOOKS = {
    # What PyInstaller runs before the program, each time, also for an answer on the command line.
    # Nothing here starts processes by multiprocessing, looks for the source text of a function or
    # lists the modules of a package; the first two import what nobody needs.
    "pyi_rth_inspect",
    "pyi_rth_multiprocessing",
    "pyi_rth_pkgutil",
    "pyi_rth_pyqtgraph_multiprocess",
}
_QT_HOOK = "pyi_rth_pyside6"
"""Imports Qt, which a command and a probe do without, and names the plugins in the environment,
where the next Qt program that is started from here would load them. Qt finds its plugins beside
its own library; seen on Linux, so there it is left out."""
LANGUAGES = ("de", "zh_CN")
"""Of Qt's own translations: its dialogs and buttons."""

_UNWANTED_PLUGINS = (
    "egldeviceintegrations",
    "generic",
    "networkinformation",
    "platforminputcontexts/libqtvirtualkeyboard",
    "platforms/libqeglfs",
    "platforms/libqlinuxfb",
    "platforms/libqminimal",
    "platforms/libqvkkhrdisplay",
    "platforms/libqvnc",
    "platforms/qdirect2d",
    "platforms/qminimal",
    # GTK's theme links half of a GNOME desktop; the portal's theme asks for the same by D-Bus.
    "platformthemes/libqgtk3",
    "qmltooling",
    "sqldrivers",
    # The program's own network is Python's; Qt's is only asked for a local socket.
    "tls",
    "vectorimageformats",
    "wayland-graphics-integration-server",
)
_WANTED_IMAGE_FORMATS = re.compile(r"imageformats/(lib)?q(ico|jpeg|svg|gif|icns)\b")
_OF_EVERY_LINUX_DESKTOP = re.compile(
    # In step with the graphics driver, the session and the fonts of the computer: a copy brought
    # along would be the wrong one. What is not in each desktop by itself (libxcb-cursor and the
    # others of xcb-util) stays in the folder.
    r"lib(stdc\+\+|gcc_s|GL|EGL|GLX|GLdispatch|OpenGL|gbm|drm|X11|X11-xcb|Xau|Xdmcp|Xext|xcb|"
    r"wayland-[a-z]+|dbus-1|systemd|glib-2\.0|gobject-2\.0|gio-2\.0|gthread-2\.0|gmodule-2\.0|"
    r"fontconfig|freetype|expat|uuid|z|cap|gcrypt|gpg-error|lz4|zstd|selinux|mount|blkid|pcre2-8|"
    r"bsd|md|brotlidec|brotlicommon|png16|"
    r"gssapi_krb5|krb5|k5crypto|krb5support|com_err|keyutils)\.so\b"
)
_UNWANTED_LIBRARIES = re.compile(
    r"lib(gtk-3|gdk-3|gdk_pixbuf-2\.0|cairo|cairo-gobject|pango|pangocairo|pangoft2|atk|atk-bridge|"
    r"atspi|epoxy|harfbuzz|fribidi|thai|datrie|graphite2|pixman-1|Xcomposite|Xcursor|Xdamage|"
    r"Xfixes|Xi|Xinerama|Xrandr|Xrender|Xtst|jpeg|tiff|jbig|webp|deflate|Lerc|atk-1\.0|"
    r"pango-1\.0|pangocairo-1\.0|pangoft2-1\.0|sqlite3)[-.]"
)


def data_files(root: Path) -> list[tuple[str, str]]:
    """What is read while the program runs: (file or folder, where it goes)."""
    below = "moeplanner_gui/_data"
    wanted = [(root / "catalogs", f"{below}/catalogs")]
    for name in ("icons", "samples", "translations", "docs"):
        if (root / "resources" / name).is_dir():
            wanted.append((root / "resources" / name, f"{below}/resources/{name}"))
    wanted.append((root / "resources" / "moeplan.schema.json", f"{below}/resources"))
    for name in ("LICENSE", "CHANGELOG.md"):
        if (root / name).is_file():
            wanted.append((root / name, below))
    return [(str(source), target) for source, target in wanted]


def wanted_scripts(found: list[tuple[str, str, str]], platform: str) -> list[tuple[str, str, str]]:
    """What runs at the start: this program, and the hooks that it needs."""
    unused = _UNUSED_HOOKS | ({_QT_HOOK} if platform.startswith("linux") else set())
    return [entry for entry in found if entry[0] not in unused]


def wanted_binaries(found: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """The libraries without those that nothing here uses or that every desktop has itself."""
    return [entry for entry in found if _is_wanted_binary(PurePosixPath(_posix(entry[0])))]


def wanted_data(found: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """The data files without Qt's other translations and what only a developer reads.

    Links to libraries are listed among the data.
    """
    return [
        entry
        for entry in found
        if _is_wanted_data(_posix(entry[0]))
        and (entry[2] != "SYMLINK" or _is_wanted_binary(PurePosixPath(_posix(entry[0]))))
    ]


def _is_wanted_binary(name: PurePosixPath) -> bool:
    text = str(name)
    if "/plugins/" in text:
        plugin = text.split("/plugins/", 1)[1]
        if plugin.startswith("imageformats/"):
            return bool(_WANTED_IMAGE_FORMATS.match(plugin))
        return not plugin.startswith(_UNWANTED_PLUGINS)
    if _UNWANTED_LIBRARIES.match(name.name):
        return False
    if re.match(r"(lib)?Qt6(Qml|Quick|VirtualKeyboard|Pdf|EglF[Ss]|Sql|Test|Lottie)", name.name):
        return False
    # Where a wheel brings its own copy it is linked by that path and stays.
    return len(name.parts) > 1 or not _OF_EVERY_LINUX_DESKTOP.match(name.name)


def _is_wanted_data(name: str) -> bool:
    if re.match(r"PySide6/.*translations/", name):
        return any(name.endswith(f"/qtbase_{language}.qm") for language in LANGUAGES)
    unwanted = re.compile(
        r"(pyqtgraph/(examples|jupyter)/|.*\.pyi$|.*\.ts$|.*/__pycache__/|.*/README\.md$)"
    )
    return not unwanted.match(name)


def _posix(name: str) -> str:
    return name.replace("\\", "/")


def info_plist() -> dict[str, Any]:
    """What macOS reads of the bundle: how it looks, and that plan files are its documents."""
    return {
        "CFBundleDisplayName": product.NAME,
        "CFBundleShortVersionString": product.version(),
        "CFBundleVersion": product.version(),
        "LSMinimumSystemVersion": product.OLDEST_MACOS,
        "LSApplicationCategoryType": "public.app-category.developer-tools",
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": product.COPYRIGHT,
        # Both appearances; without it AppKit draws the window's frame light.
        "NSRequiresAquaSystemAppearance": False,
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "MoE Planner plan",
                "CFBundleTypeRole": "Editor",
                "CFBundleTypeIconFile": "moeplanner.icns",
                "LSItemContentTypes": [product.PLAN_UTI],
                "LSHandlerRank": "Owner",
            }
        ],
        "UTExportedTypeDeclarations": [
            {
                "UTTypeIdentifier": product.PLAN_UTI,
                "UTTypeDescription": "MoE Planner plan",
                "UTTypeConformsTo": ["public.json"],
                "UTTypeTagSpecification": {
                    "public.filename-extension": ["moeplan"],
                    "public.mime-type": [product.MIME],
                },
            }
        ],
    }
