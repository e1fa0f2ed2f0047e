"""Makes Qt's own dialogs, number fields and layout follow the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from moeplanner_gui.catalog.paths import resources_dir
from moeplanner_gui.language import ENGLISH, current_language

_TRANSLATED = "translated_by"


def follow_language(application: QApplication) -> None:
    """Give Qt the locale of the window's language: buttons, file dialogs, numbers, direction.

    English is the language of the program's own sentences, so Qt needs nothing for it; numbers
    are then written as everywhere else in the window.
    """
    language = current_language()
    locale = QLocale(language.locale)
    QLocale.setDefault(locale)
    application.setLayoutDirection(locale.textDirection())
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
