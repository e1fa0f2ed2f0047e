"""The open plans as tabs over the verdict. Knows the document, no views and no files.

The bar is made when a second plan is opened: with one plan there is nothing to choose.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QTabBar, QToolButton, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import faces
from moeplanner_gui.ui.icons import icon, paint_icon
from moeplanner_gui.ui.name_editor import NameEditor
from moeplanner_gui.ui.plan_titles import plan_title
from moeplanner_gui.ui.sessions import Session
from moeplanner_gui.ui.style import ThemeProvider, font_base
from moeplanner_gui.ui.text_size import fit

UNSAVED_MARK = "•"
_CLOSE_PX = 20
_WIDEST_PX = 210


class _Bar(QTabBar):
    """Signals:
    middle_pressed(int): A tab was clicked with the middle button.
    rename_pressed(): F2 was pressed.
    menu_wanted(int, QPoint): A context menu is wanted for a tab.
    """

    middle_pressed = Signal(int)
    rename_pressed = Signal()
    menu_wanted = Signal(int, object)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = self.tabAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.MiddleButton and at >= 0:
            self.middle_pressed.emit(at)
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F2:
            self.rename_pressed.emit()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        at = self.currentIndex() if by_keyboard else self.tabAt(event.pos())
        if at >= 0:
            place = self.tabRect(at).bottomLeft() if by_keyboard else event.pos()
            self.menu_wanted.emit(at, self.mapToGlobal(place))


class _Cross(QToolButton):
    """A small cross, painted: the style's padding would leave nothing of an icon."""

    def __init__(self, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setFixedSize(_CLOSE_PX, _CLOSE_PX)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.sunken if self.isDown() else theme.hover))
            painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        place = QRectF(self.rect()).adjusted(4, 4, -4, -4)
        paint_icon(painter, place, "close", theme.text2)


class PlanTabs(QWidget):
    """One tab for each open plan.

    Signals:
        close_wanted(Session): The cross of a tab was pressed, or the tab middle-clicked.
    """

    close_wanted = Signal(object)

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._actions, self._themes = document, actions, themes
        self._told: dict[int, tuple[str, str]] = {}
        self._editor: NameEditor | None = None
        self.setObjectName("plan_tabs")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(2)
        self.bar = _Bar(self)
        self.bar.setObjectName("plan_tab_bar")
        self.bar.setAccessibleName(say("Open plans"))
        self.bar.setFont(font_base())
        self.bar.setMovable(True)
        self.bar.setExpanding(False)
        self.bar.setDrawBase(False)
        # Names are cut below: Qt would shrink them all to nothing before it scrolls.
        self.bar.setElideMode(Qt.TextElideMode.ElideNone)
        self.bar.setUsesScrollButtons(True)
        self.bar.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row.addWidget(self.bar, 1)
        self._add = QToolButton(self)
        self._add.setObjectName("plan_tabs_add")
        self._add.setAccessibleName(say("New plan in a tab"))
        self._add.setToolTip(actions.get("file.new_tab").toolTip())
        self._add.clicked.connect(actions.get("file.new_tab").trigger)
        row.addWidget(self._add)
        fit(self, self._fit_text)
        self.bar.currentChanged.connect(self._on_current_changed)
        self.bar.tabMoved.connect(self._on_tab_moved)
        self.bar.tabBarDoubleClicked.connect(self.rename)
        self.bar.middle_pressed.connect(self._on_close_wanted)
        self.bar.rename_pressed.connect(lambda: self.rename())
        self.bar.menu_wanted.connect(self._show_menu)
        document.sessions_changed.connect(self._update_tabs)
        document.assessment_changed.connect(self._on_assessment_changed)
        themes.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed(themes.theme)
        self._update_tabs()

    def _fit_text(self) -> None:
        self.setFixedHeight(max(36, self.fontMetrics().height() + 20))

    def rename(self, index: int = -1) -> None:
        """Let a plan's name be typed in its tab; the shown one's when no tab is named."""
        if index >= 0:
            self.bar.setCurrentIndex(index)
        self._end_rename()
        self.show()
        at = self._index_of(self._document.session)
        rect = self.bar.tabRect(at)
        editor = self._editor = NameEditor(self.bar)
        editor.setObjectName("plan_name")
        editor.setText(self._document.session.title)
        height = min(editor.sizeHint().height(), rect.height())
        width = min(max(rect.width(), 180), max(self.bar.width() - rect.left(), 80))
        top = rect.top() + (rect.height() - height) // 2
        editor.setGeometry(QRect(rect.left(), top, width, height))
        editor.selectAll()
        editor.escaped.connect(self._end_rename)
        editor.editingFinished.connect(self._on_name_given)
        editor.show()
        editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_name_given(self) -> None:
        editor = self._editor
        if editor is None:
            return
        name = editor.text().strip()
        self._end_rename()
        if name and name != self._document.session.title:
            plan = self._document.plan.replace(name=name)
            self._document.apply(say("Rename the plan to “{0}”", name), plan)

    def _end_rename(self) -> None:
        editor, self._editor = self._editor, None
        if editor is not None:
            had_focus = editor.hasFocus()
            editor.hide()
            editor.deleteLater()
            if had_focus:
                self.bar.setFocus(Qt.FocusReason.OtherFocusReason)
            self.setVisible(len(self._document.sessions) > 1)

    # What the document says --------------------------------------------------------------------

    def _update_tabs(self) -> None:
        """Make the tabs those of the document, touching only what differs."""
        sessions, bar = self._document.sessions, self.bar
        bar.blockSignals(True)
        try:
            ids = {session.id for session in sessions}
            for index in reversed(range(bar.count())):
                if bar.tabData(index) not in ids:
                    self._told.pop(bar.tabData(index), None)
                    bar.removeTab(index)
            for place, session in enumerate(sessions):
                at = self._index_of(session)
                if at < 0:
                    bar.insertTab(place, "")
                    bar.setTabData(place, session.id)
                    side = QTabBar.ButtonPosition.RightSide
                    bar.setTabButton(place, side, self._cross(session))
                elif at != place:
                    bar.moveTab(at, place)
                self._tell(place, session)
            current = self._index_of(self._document.session)
            if bar.currentIndex() != current:
                self._end_rename()
                bar.setCurrentIndex(current)
        finally:
            bar.blockSignals(False)
        if self._editor is None:
            self.setVisible(len(sessions) > 1)

    def _on_assessment_changed(self, _assessment: object) -> None:
        session = self._document.session
        index = self._index_of(session)
        if index >= 0:  # else it was opened just now, and its tab is made next
            self._tell(index, session)

    def _tell(self, index: int, session: Session) -> None:
        mark = f"{UNSAVED_MARK} " if session.is_modified else ""
        where = str(session.path) if session.path else say("No file yet")
        state = (
            say("not saved yet")
            if session.is_modified
            else say("saved")
            if session.path
            else say("unchanged")
        )
        content = plan_title(session.plan, session.rows.seen)
        tip = f"{session.title} · {state}\n{content}\n{where}"
        told = (mark + session.title, tip)
        if self._told.get(session.id) == told:
            return
        self._told[session.id] = told
        name = faces().strong.elided(session.title, _WIDEST_PX)
        self.bar.setTabText(index, mark + name.replace("&", "&&"))
        self.bar.setAccessibleTabName(index, f"{session.title}, {state}")
        self.bar.setTabToolTip(index, tip)
        cross = self.bar.tabButton(index, QTabBar.ButtonPosition.RightSide)
        if cross is not None:
            cross.setAccessibleName(say("Close {0}", session.title))

    def _cross(self, session: Session) -> QToolButton:
        cross = _Cross(self._themes, self.bar)
        cross.setObjectName("close_plan")
        cross.setToolTip(say("Close this plan"))
        cross.clicked.connect(lambda: self.close_wanted.emit(session))
        return cross

    def _index_of(self, session: Session) -> int:
        places = range(self.bar.count())
        return next((i for i in places if self.bar.tabData(i) == session.id), -1)

    def _session_at(self, index: int) -> Session | None:
        wanted = self.bar.tabData(index)
        return next((s for s in self._document.sessions if s.id == wanted), None)

    # What the user does ------------------------------------------------------------------------

    def _on_current_changed(self, index: int) -> None:
        # While a tab is dragged the places are others than the document's; the ids hold.
        session = self._session_at(index)
        if session is not None:
            self._end_rename()
            self._document.show_session(session)

    def _on_tab_moved(self, _from: int, to: int) -> None:
        session = self._session_at(to)
        if session is not None:
            self._document.move(session, to)

    def _on_close_wanted(self, index: int) -> None:
        session = self._session_at(index)
        if session is not None:
            self.close_wanted.emit(session)

    def _show_menu(self, index: int, place) -> None:  # type: ignore[no-untyped-def]
        self.bar.setCurrentIndex(index)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in ("file.rename", "file.duplicate", "view.compare", "file.close"):
            if name in self._actions:
                menu.addAction(self._actions.get(name))
        menu.popup(place)

    def _on_theme_changed(self, _theme: object) -> None:
        self._add.setIcon(icon("plus", self._themes.theme))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.window))
        painter.fillRect(0, 0, self.width(), 1, QColor(theme.border))
