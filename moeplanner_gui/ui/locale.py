"""Makes Qt's own dialogs, number fields and layout follow the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QAbstractItemView, QApplication, QGraphicsView, QWidget

from moeplanner_gui.catalog.paths import resources_dir
from moeplanner_gui.language import ENGLISH, current_language

_TRANSLATED = "translated_by"
_MIRRORED = "mirrored"
_OWN = "moeplanner_gui."


def follow_language(application: QApplication) -> None:
    """Give Qt the locale of the window's language: buttons, file dialogs, numbers, direction.

    English is the language of the program's own sentences, so Qt needs nothing for it; numbers
    are then written as everywhere else in the window.
    """
    language = current_language()
    locale = QLocale(language.locale)
    QLocale.setDefault(locale)
    # What is painted by hand takes its direction from here, windows and what is in them their own.
    application.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    application.setProperty(_MIRRORED, locale.textDirection() == Qt.LayoutDirection.RightToLeft)
    if language == ENGLISH or application.property(_TRANSLATED) == language.code:
        return
    folders = (
        str(resources_dir() / "translations"),
        QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath),
    )
    translator = QTranslator(application)
    if any(translator.load(locale, "qtbase", "_", folder) for folder in folders):
        QCoreApplication.installTranslator(translator)
    application.setProperty(_TRANSLATED, language.code)


def is_mirrored() -> bool:
    """Whether the window's language is written from right to left."""
    application = QCoreApplication.instance()
    return application is not None and bool(application.property(_MIRRORED))


def give_direction(widget: QWidget) -> None:
    """In a language from right to left: windows are mirrored, what is painted by hand is not.

    The places in charts, tables and slots are worked out from the left edge; Qt mirrors what it
    lays out around them.
    """
    painted = any(
        "paintEvent" in vars(kind)
        for kind in type(widget).__mro__
        if kind.__module__.startswith(_OWN)
    )
    if widget.isWindow():
        widget.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    elif painted or isinstance(widget, QAbstractItemView | QGraphicsView):
        widget.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
