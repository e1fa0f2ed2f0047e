"""Which chart, how large and in which colours: then it is copied or written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.dialog import MARGINS, Dialog, button_row
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.export.pictures import (
    SIZES,
    Heading,
    Picture,
    picture_image,
    write_picture,
)
from moeplanner_gui.ui.save_dialog import ask_where_to_save, offered_name
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.theme import DARK, LIGHT, Theme

_THEMES = ((say("Light, for paper"), LIGHT), (say("Dark"), DARK))
_PREVIEW = QSize(560, 320)
_KINDS = {say("PNG picture (*.png)"): ".png", say("SVG drawing (*.svg)"): ".svg"}
_NOTHING = say("There is no chart of this plan: it has no devices, or it cannot run.")


class PictureDialog(Dialog):
    """Shows the picture as it will be."""

    def __init__(
        self,
        pictures: Sequence[Picture],
        heading: Callable[[], Heading],
        document: PlanDocument,
        export_to: Callable[[Path, Callable[[Path], None]], bool],
        themes: ThemeProvider,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._pictures, self._heading = tuple(pictures), heading
        self._document, self._export_to = document, export_to
        self.setObjectName("picture_dialog")
        self.setWindowTitle(say("Export a chart"))
        self.setAccessibleName(say("Export a chart"))
        self.chart = _choice(say("Chart"), [picture.title for picture in self._pictures])
        self.size_choice = _choice(say("Size"), [words for words, _ in SIZES])
        self.theme_choice = _choice(say("Colours"), [words for words, _ in _THEMES])
        self.preview = QLabel()
        self.preview.setObjectName("picture_preview")
        self.preview.setAccessibleName(say("Preview of the picture"))
        self.preview.setTextFormat(Qt.TextFormat.PlainText)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setMinimumSize(_PREVIEW)
        note = QLabel(
            say(
                "PNG has twice these pixels. In an SVG text stays text, in this "
                "system's font or the reader's own."
            )
        )
        note.setProperty("tone", "2")
        note.setWordWrap(True)
        self.save_button = _button(say("Save…"), self.save)
        self.save_button.setDefault(True)
        self.copy_button = _button(say("Copy"), self.copy)
        self.close_button = _button(say("Close"), self.reject)
        form = QFormLayout()
        for words, field in (
            (say("Chart"), self.chart),
            (say("Size"), self.size_choice),
            (say("Colours"), self.theme_choice),
        ):
            form.addRow(words, field)
            field.currentIndexChanged.connect(self._on_changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(10)
        column.addLayout(form)
        column.addWidget(self.preview, 1)
        column.addWidget(note)
        column.addLayout(button_row((self.copy_button, self.close_button, self.save_button)))
        self._on_changed()

    @property
    def picture(self) -> Picture | None:
        """The chosen chart, None where there is none."""
        at = self.chart.currentIndex()
        return self._pictures[at] if 0 <= at < len(self._pictures) else None

    @property
    def theme(self) -> Theme:
        """The chosen colours."""
        return _THEMES[self.theme_choice.currentIndex()][1]

    @property
    def picture_size(self) -> QSize:
        """The chosen size in logical pixels."""
        return SIZES[self.size_choice.currentIndex()][1]

    def image(self, scale: float = 2.0) -> QImage:
        """The picture as chosen."""
        assert self.picture is not None
        return picture_image(self.picture, self._heading(), self.theme, self.picture_size, scale)

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        if self.picture is not None:
            QGuiApplication.clipboard().setImage(self.image())

    def save(self) -> None:
        """Ask for a file and write the picture; the dialog stays when that fails."""
        picture = self.picture
        if picture is None:
            return
        start = offered_name(self._document, f"-{picture.key}.png")
        path, _ = ask_where_to_save(self, say("Export a chart"), start, ";;".join(_KINDS), _KINDS)
        if path is not None:
            self.write(path)

    def write(self, path: Path) -> None:
        """Write the picture; what came of it is told in the window."""
        picture = self.picture
        if picture is None:
            return
        heading, theme, size = self._heading(), self.theme, self.picture_size
        self._export_to(path, lambda to: write_picture(to, picture, heading, theme, size))
        # The message is in the window behind.
        self.accept()

    def _on_changed(self, *_: object) -> None:
        usable = self.picture is not None
        for button in (self.save_button, self.copy_button):
            button.setEnabled(usable)
        if not usable:
            self.preview.setText(_NOTHING)
            return
        ratio = self.devicePixelRatioF()
        image = self.image(scale=ratio)
        image.setDevicePixelRatio(1.0)
        small = image.scaled(
            _PREVIEW * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        small.setDevicePixelRatio(ratio)
        self.preview.setPixmap(QPixmap.fromImage(small))


def _choice(name: str, words: Sequence[str]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.addItems(list(words))
    return box


def _button(words: str, does: Callable[[], object]) -> QPushButton:
    button = QPushButton(words)
    button.setAccessibleName(words)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked=False: does())
    return button
