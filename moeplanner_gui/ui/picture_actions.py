"""Charts as pictures: File → Export, and the menu of every chart in the window.

Knows charts, not the views they stand in: whatever has a ``chart`` can be taken away.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.ui.export.pictures import Picture
    from moeplanner_gui.ui.picture_dialog import PictureDialog

ExportTo = Callable[[Path, Callable[[Path], None]], bool]


class PictureActions(QObject):
    """Copies charts and writes them to files.

    Attributes:
        dialog: The dialog while it is open.
    """

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        export_to: ExportTo,
        themes: ThemeProvider,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._export_to = document, export_to
        self._themes, self._window = themes, window
        self.dialog: PictureDialog | None = None
        actions.add(
            "file.export_chart",
            say("Charts as P&NG or SVG…"),
            self.open,
            icon="image",
            menu="File/Export",
            tip=say("Write a chart as a picture with its title, the plan's name and the date"),
        )
        # A menu that no widget answers arrives at the window.
        window.installEventFilter(self)

    def open(self, first: Picture | None = None) -> PictureDialog | None:
        """Open the dialog; ``first`` is chosen in it."""
        from moeplanner_gui.ui.picture_dialog import PictureDialog

        pictures = self.pictures()
        if first is not None:
            pictures = [first, *(p for p in pictures if p.title != first.title)]
        self.dialog = PictureDialog(
            pictures, self._heading, self._document, self._export_to, self._themes, self._window
        )
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.finished.connect(self._on_finished)
        self.dialog.open()
        return self.dialog

    def pictures(self) -> list[Picture]:
        """What there is to draw: of the plan, and what finder and comparison show."""
        from moeplanner_gui.ui.export.plan_pictures import pictures_of

        document = self._document
        document.flush()
        found = pictures_of(
            document.plan, document.assessment, document.catalog, document.memory_unit
        )
        titles = {picture.title for picture in found}
        for widget in self._window.findChildren(QWidget):
            picture = self.picture_at(widget) if self._shows_others(widget) else None
            if picture is not None and picture.title not in titles:
                titles.add(picture.title)
                found.append(picture)
        return found

    @staticmethod
    def _shows_others(widget: QWidget) -> bool:
        """Whether a widget shows more than the plan: the finder and the comparison."""
        return widget.objectName() in ("rig_plot", "compare_curves", "compare_memory")

    def picture_at(self, widget: QWidget | None) -> Picture | None:
        """The picture of the chart that a widget or one around it shows."""
        from moeplanner_gui.ui.export.plan_pictures import memory_picture, picture_of

        while widget is not None and widget is not self._window:
            if widget.objectName() == "memory_bars":
                document = self._document
                plans = ((self._heading().plan, document.assessment),)
                return memory_picture(plans, document.memory_unit)
            if widget.objectName() == "compare_memory":
                return memory_picture(getattr(widget, "plans", ()), self._document.memory_unit)
            found = picture_of(getattr(widget, "chart", None), getattr(widget, "chosen", None))
            if found is not None:
                return found
            widget = widget.parentWidget()
        return None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ContextMenu and isinstance(event, QContextMenuEvent):
            by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
            at = event.globalPos()
            window = self._window
            under = window.focusWidget() if by_key else window.childAt(window.mapFromGlobal(at))
            picture = self.picture_at(under)
            if picture is not None:
                self.show_menu(picture, at)
                return True
        return super().eventFilter(watched, event)

    def show_menu(self, picture: Picture, at: QPoint) -> QMenu:
        """What can be done with a chart."""
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction(say("Copy picture"))
        copy.triggered.connect(lambda _on=False: self.copy(picture))
        save = menu.addAction(say("Save picture…"))
        save.triggered.connect(lambda _on=False: self.open(picture))
        menu.popup(at)
        return menu

    def copy(self, picture: Picture) -> None:
        """Put a chart on the clipboard, in the colours of the window."""
        from moeplanner_gui.ui.export.pictures import SIZES, picture_image

        image = picture_image(picture, self._heading(), self._themes.theme, SIZES[0][1])
        QGuiApplication.clipboard().setImage(image)

    def _heading(self):  # type: ignore[no-untyped-def]
        from moeplanner_gui.ui.export.plan_pictures import heading_of

        return heading_of(self._document.plan, self._document.catalog, date.today())

    def _on_finished(self, _result: int) -> None:
        self.dialog = None
