"""Menu bar and toolbar, generated from the action registry. Knows their order, no commands."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QAction, QColor, QCursor, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QMenuBar, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.action_button import ActionButton
from moeplanner_gui.ui.actions import Actions, menu_title
from moeplanner_gui.ui.mnemonics import mark_menu, without_mark
from moeplanner_gui.ui.palette import PaletteButton
from moeplanner_gui.ui.small_buttons import FrameButton
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.text_size import fit
from moeplanner_gui.ui.why_disabled import why_disabled

MENUS = ("File", "Edit", "View", "Rig", "Help")
TOOLBAR_PX = 44
_SEPARATED = {
    "file.save",
    "file.new_tab",
    "file.quit",
    "view.memory",
    "edit.palette",
    "view.next_pane",
    "view.theme_system",
    "help.hints",
    "help.catalogue",
}


class Menus(QObject):
    """Fills the menu bar, and keeps it filled when a view declares more actions."""

    def __init__(
        self,
        bar: QMenuBar,
        actions: Actions,
        samples: Callable[[], list[tuple[Path, str]]],
        recent: Callable[[], list[Path]],
        open_sample: Callable[[Path], object],
        open_recent: Callable[[Path], object],
        clear_recent: Callable[[], object],
    ) -> None:
        super().__init__(bar)
        self._bar = bar
        self._actions = actions
        self._menus: dict[str, QMenu] = {}
        self._samples, self._recent = samples, recent
        self._open_sample, self._open_recent = open_sample, open_recent
        self._clear_recent = clear_recent
        for name in MENUS:
            self._prepare(name, bar.addMenu(menu_title(name)))
        for action in actions.all():
            self._place(action)
        actions.added.connect(self._on_added)

    def menu(self, path: str) -> QMenu:
        """The menu at ``path`` ("File/Export"), made when it is not there yet."""
        if path not in self._menus:
            parent, _, name = path.rpartition("/")
            if not parent:
                self._prepare(path, QMenu(menu_title(name), self._bar))
                self._bar.insertMenu(self._menus["Help"].menuAction(), self._menus[path])
            else:
                self._prepare(path, self.menu(parent).addMenu(menu_title(name)))
        return self._menus[path]

    def _prepare(self, path: str, menu: QMenu) -> None:
        self._menus[path] = menu
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: _before_shown(menu))

    def show_samples(self) -> None:
        """Drop the list of samples down where the mouse is."""
        menu = QMenu(self._bar)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill_samples(menu)
        menu.popup(QCursor.pos())

    def _on_added(self, action_id: str) -> None:
        self._place(self._actions.get(action_id))

    def _place(self, action: QAction) -> None:
        path = action.property("menu_path")
        if not path:
            return
        menu = self.menu(path)
        if action.objectName() in _SEPARATED and menu.actions():
            menu.addSeparator()
        menu.addAction(action)
        if action.objectName() == "file.open":
            self._add_list(menu, say("Open &recent"), self._fill_recent)
            self._add_list(menu, say("Sa&mples"), self._fill_samples)

    def _add_list(self, menu: QMenu, title: str, fill: Callable[[QMenu], None]) -> None:
        sub = menu.addMenu(title)
        sub.setToolTipsVisible(True)
        sub.aboutToShow.connect(lambda: fill(sub))
        # An empty menu is shown disabled on some platforms, and then never asked to fill.
        sub.addAction("…").setEnabled(False)

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        files = self._recent()
        for number, path in enumerate(files, start=1):
            action = menu.addAction(f"&{number}  {_as_written(path.name)}")
            action.setToolTip(str(path))
            action.triggered.connect(lambda _checked=False, p=path: self._open_recent(p))
        if files:
            menu.addSeparator()
            menu.addAction(say("Clear the list")).triggered.connect(lambda: self._clear_recent())
        else:
            menu.addAction(say("No plan was saved or opened yet")).setEnabled(False)

    def _fill_samples(self, menu: QMenu) -> None:
        menu.clear()
        for path, title in self._samples():
            action = menu.addAction(_as_written(title))
            action.setToolTip(
                say("Open the sample {0}; it is not changed by your edits", path.name)
            )
            action.triggered.connect(lambda _checked=False, p=path: self._open_sample(p))


class ToolBar(QWidget):
    """The row under the menu bar: files, undo, export, and the way to every other command."""

    def __init__(
        self,
        actions: Actions,
        themes: ThemeProvider,
        export_menu: QMenu,
        open_palette: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setObjectName("toolbar")
        self.setAccessibleName(say("Toolbar"))
        fit(self, self._fit_text)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 0, 8, 0)
        self._row.setSpacing(2)
        for name in ("file.new", "file.open", "file.save"):
            self._add_button(actions.get(name))
        self._row.addSpacing(17)
        for name in ("edit.undo", "edit.redo"):
            self._add_button(actions.get(name))
        self._row.addSpacing(17)
        self.detect = FrameButton(themes, say("Detect my GPUs"), icon_name="chip")
        self.detect.setObjectName("tool.rig.detect")
        self.detect.setToolTip(actions.get("rig.detect").toolTip())
        self.detect.clicked.connect(actions.get("rig.detect").trigger)
        self._row.addWidget(self.detect)
        self._find = FrameButton(themes, say("Find a rig"), icon_name="search")
        self._find.setObjectName("tool.rig.find")
        self._find.setToolTip(actions.get("rig.find").toolTip())
        self._find.clicked.connect(actions.get("rig.find").trigger)
        self._row.addWidget(self._find)
        self._export = FrameButton(themes, say("Export"), icon_name="export")
        self._export.setObjectName("export_button")
        self._export.setToolTip(say("Take the plan away: PDF, tables, launch commands"))
        self._export.open_menu(export_menu)
        self._row.addWidget(self._export)
        self._compare = FrameButton(themes, say("Compare"), icon_name="compare")
        self._compare.setObjectName("tool.view.compare")
        self._compare.setToolTip(actions.get("view.compare").toolTip())
        self._compare.clicked.connect(actions.get("view.compare").trigger)
        self._row.addWidget(self._compare)
        self._row.addStretch(1)
        self.palette_button = PaletteButton(themes)
        self.palette_button.clicked.connect(open_palette)
        self._row.addWidget(self.palette_button)
        themes.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed(themes.theme)

    def _fit_text(self) -> None:
        self.setFixedHeight(max(TOOLBAR_PX, self.fontMetrics().height() + 28))

    def _add_button(self, action: QAction) -> None:
        button = ActionButton()
        button.setDefaultAction(action)
        button.setObjectName(f"tool.{action.objectName()}")
        button.setAccessibleName(without_mark(action.text()))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setIconSize(QSize(16, 16))
        button.setFixedSize(30, 30)
        self._row.addWidget(button)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.window))
        # The hairlines stand in the middle of the two gaps between the groups.
        for left, right in self._gaps():
            x = (left + right) // 2
            painter.fillRect(x, self.height() // 2 - 10, 1, 20, QColor(theme.border))

    def _gaps(self) -> list[tuple[int, int]]:
        boxes = [
            self._row.itemAt(i).widget().geometry()
            for i in range(self._row.count())
            if self._row.itemAt(i).widget() is not None
        ]
        pairs = pairwise(boxes[:-1])
        return [(a.right(), b.left()) for a, b in pairs if b.left() - a.right() > 10]

    def _on_theme_changed(self, _theme: object) -> None:
        self.update()


def _before_shown(menu: QMenu) -> None:
    """Each entry gets its letter, and says why it cannot be chosen where it cannot."""
    mark_menu(menu)
    for action in menu.actions():
        if not action.isEnabled() and action.objectName():
            action.setToolTip(why_disabled(action))
        elif action.objectName():
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{action.statusTip()} ({keys})" if keys else action.statusTip())


def _as_written(name: str) -> str:
    """A name in a menu: a single & would underline the next letter instead."""
    return name.replace("&", "&&")
