"""The editor of a model: general facts, architecture, and every kind of block in a form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.units import MemoryUnit
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.editors.blocks import (
    ATTENTION_KINDS,
    FFN_KINDS,
    KIND_NAMES,
    architecture_specs,
    block_specs,
    block_type_of,
    defaults,
    flattened,
    kind_of,
)
from moeplanner_gui.ui.editors.dialog import EditorDialog
from moeplanner_gui.ui.editors.form import Form
from moeplanner_gui.ui.editors.model_content import (
    GENERAL,
    PATTERNS,
    architecture_values,
    general_values,
    model_of,
)
from moeplanner_gui.ui.facts_panel import Fact
from moeplanner_gui.ui.fonts import font_strong
from moeplanner_gui.ui.model_facts import model_facts
from moeplanner_gui.ui.style import ThemeProvider


class BlocksPage(QWidget):
    """The blocks of "attention" or "ffn" and the pattern of their layers.

    Signals:
        changed(): A field, or which blocks there are.
    """

    changed = Signal()

    def __init__(self, part: str, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.part = part
        self._themes = themes
        self.kinds: dict[str, str] = {}
        self.blocks: dict[str, Form] = {}
        self._boxes: dict[str, QWidget] = {}
        self.pattern = Form(PATTERNS[part], themes, self)
        self.pattern.edited.connect(self.changed)
        kinds = ATTENTION_KINDS if part == "attention" else FFN_KINDS
        self.add_kind = QComboBox(self)
        for block in kinds:
            self.add_kind.addItem(KIND_NAMES[kind_of(block)], kind_of(block))
        self.add_kind.setAccessibleName(say("Kind of the block to add"))
        self.add_kind.view().setAccessibleName(say("Kind of the block to add"))
        self.add_kind.setToolTip(say("Kind of the block to add"))
        self.add = QPushButton(say("Add block"), self)
        self.add.setAutoDefault(False)
        self.add.setToolTip(say("Add a block of this kind; name it in the pattern to use it"))
        self.add.setAccessibleName(say("Add block"))
        self.add.clicked.connect(self._on_add)
        row = QHBoxLayout()
        row.addWidget(self.add_kind)
        row.addWidget(self.add)
        row.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 10, 0, 0)
        self._column.setSpacing(10)
        self._column.addWidget(self.pattern)
        self._column.addLayout(row)
        self._column.addStretch(1)

    def forms(self) -> list[Form]:
        """The pattern's form, then that of each block."""
        return [self.pattern, *self.blocks.values()]

    def add_block(self, name: str, kind: str, values: dict[str, Any]) -> Form:
        """Add the form of a block."""
        prefix = f"{self.part}.{name}."
        block = block_type_of(self.part, kind)
        form = Form(block_specs(block, prefix), self._themes, self)
        form.fill({**defaults(block, prefix), **values})
        form.edited.connect(self.changed)
        box = QWidget(self)
        head = QHBoxLayout()
        title = QLabel(f"{name}: {KIND_NAMES[kind]}", box)
        title.setFont(font_strong())
        remove = QPushButton(say("Remove “{0}”", name.replace("&", "&&")), box)
        remove.setProperty("link", True)
        remove.setAutoDefault(False)
        remove.setAccessibleName(say("Remove block {0}", name))
        remove.setToolTip(say("Take this block away; the pattern must not name it then"))
        remove.clicked.connect(lambda: self.remove_block(name))
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(remove)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 6, 0, 0)
        column.addLayout(head)
        column.addWidget(form)
        self._column.insertWidget(self._column.count() - 2, box)
        self.kinds[name], self.blocks[name], self._boxes[name] = kind, form, box
        return form

    def remove_block(self, name: str) -> None:
        """Take a block away."""
        del self.kinds[name], self.blocks[name]
        box = self._boxes.pop(name)
        self._column.removeWidget(box)
        box.hide()
        box.deleteLater()
        self.changed.emit()

    def _on_add(self) -> None:
        kind = str(self.add_kind.currentData())
        name, number = kind, 2
        while name in self.kinds:
            name, number = f"{kind}{number}", number + 1
        form = self.add_block(name, kind, {})
        if not self.pattern.text(f"{self.part}_pattern.cycle"):
            self.pattern.set_value(f"{self.part}_pattern.cycle", (name,))
        self.changed.emit()
        if form.specs:
            form.focus_on(form.specs[0].key)


class ModelEditor(EditorDialog):
    """Starts from a model of the catalogue, an imported one, or from nothing."""

    def __init__(
        self,
        themes: ThemeProvider,
        catalog: Any,
        parent: QWidget | None = None,
        *,
        base: ModelSpec | None = None,
        is_new: bool = True,
        unit: MemoryUnit = "GiB",
    ) -> None:
        super().__init__(
            say("New model")
            if is_new
            else say("Edit {0}", base.name)
            if base
            else say("Edit model"),
            themes,
            parent,
            save_words=say("Save to My models") if is_new else say("Save"),
            use_words=say("Save and use it") if is_new else "",
            facts_title=say("What it comes to"),
            facts_px=316,
        )
        self.setObjectName("model-editor")
        self._base, self._catalog, self._unit = base, catalog, unit
        self.general = Form(GENERAL, themes, self)
        self.general.fill(general_values(base))
        self.architecture = Form(architecture_specs(), themes, self)
        self.architecture.fill(architecture_values(base))
        self.pages = {part: BlocksPage(part, themes, self) for part in ("attention", "ffn")}
        for part, page in self.pages.items():
            self._fill_blocks(part, page)
            page.changed.connect(self.refresh)
        for form in (self.general, self.architecture):
            form.edited.connect(self.refresh)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(say("Parts of the model"))
        self.tabs.tabBar().setAccessibleName(say("Parts of the model"))
        self.tabs.addTab(_padded(self.general), say("General"))
        self.tabs.addTab(_padded(self.architecture), say("Architecture"))
        self.tabs.addTab(self.pages["attention"], say("Attention"))
        self.tabs.addTab(self.pages["ffn"], say("Feed-forward"))
        self.build(self.tabs)
        self.general.focus_on("name")

    def _fill_blocks(self, part: str, page: BlocksPage) -> None:
        if self._base is None:
            return
        architecture = self._base.architecture
        blocks: dict[str, BaseModel] = getattr(architecture, part)
        for name, block in blocks.items():
            page.add_block(name, kind_of(type(block)), flattened(block, f"{part}.{name}."))
        pattern = getattr(architecture, f"{part}_pattern")
        page.pattern.fill(
            {f"{part}_pattern.prefix": pattern.prefix, f"{part}_pattern.cycle": pattern.cycle}
        )

    def forms(self) -> Sequence[Form]:
        pages = getattr(self, "pages", {})
        blocks = [form for page in pages.values() for form in page.forms()]
        return (self.general, self.architecture, *blocks)

    def show_form(self, form: Form) -> None:
        for index in range(self.tabs.count()):
            page = self.tabs.widget(index)
            if page is form or page.isAncestorOf(form):
                self.tabs.setCurrentIndex(index)

    def read(self) -> tuple[ModelSpec | None, dict[str, str]]:
        values: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for form in self.forms():
            found, wrong = form.values()
            values.update(found)
            errors.update(wrong)
        if errors:
            return None, errors
        blocks = {part: page.kinds for part, page in self.pages.items()}
        return model_of(values, blocks, self._base, set(values))

    def facts_of(self, row: ModelSpec) -> list[Fact]:
        return model_facts(row, self._catalog, self._unit)


def _padded(form: Form) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 10, 0, 0)
    column.addWidget(form)
    column.addStretch(1)
    return page
