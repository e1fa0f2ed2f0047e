"""The left column: which model, in which format, how it is served. Draws the document's plan.

It holds no choice of its own: each control shows what the plan says and asks for an edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QScrollArea,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core import edits
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.plan import CustomWeights, Plan
from moeplanner_gui.core.units import format_count
from moeplanner_gui.core.weights import UnsupportedFormatError, WeightLayout, weight_layout
from moeplanner_gui.core.words import say, typed
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.charts import users
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_heading, font_small
from moeplanner_gui.ui.model_picker import choices
from moeplanner_gui.ui.model_picker.anatomy import Anatomy, AnatomyBars, anatomy
from moeplanner_gui.ui.model_picker.model_list import (
    ModelRow,
    licence_words,
    model_rows,
    name_rows,
)
from moeplanner_gui.ui.model_picker.serving import ServingControls
from moeplanner_gui.ui.model_picker.summary import summary
from moeplanner_gui.ui.model_picker.widgets import ModelButton, fill_combo
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.ui.model_picker.popup import ModelPopup

LOW_PX = 400
"""Below this the controls come first: the words about the model are left to a tooltip."""
OPTIONS = say("all options")
"""The entry of the list of engines that opens the dialog of options."""
LOWEST_PX = 310
"""Below this there is one bar."""


class ModelPanel(QWidget):
    """Model, weights, KV cache, context, users, engine.

    Signals:
        explain_requested(str): A figure was asked how it is computed.
        own_wanted(str, str, str): "edit", "duplicate" or "delete", "model", and the model's id.
        rename_wanted(str, str, str): "model", the model's id, its new name.
    """

    explain_requested = Signal(str)
    own_wanted = Signal(str, str, str)
    rename_wanted = Signal(str, str, str)

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._themes = themes
        self._rows: tuple[ModelRow, ...] | None = None
        self._popup: ModelPopup | None = None
        self._weighed: tuple[ModelSpec, WeightLayout, Anatomy] | None = None
        self._drag = 0
        self.setObjectName("model_panel")
        self.setAccessibleName(say("Model"))
        self.setMinimumWidth(240)
        self._options_action = actions.add(
            "engine.options",
            say("Engine &options…"),
            self.open_engine_options,
            shortcut="Ctrl+E",
            icon="sliders",
            menu="Edit",
            tip=say("Every option of the engine, with what the plan would answer"),
        )
        self._build()
        actions.add(
            "model.choose",
            say("Choose a &model…"),
            self.open_models,
            shortcut="Ctrl+M",
            icon="model",
            menu="Edit",
            tip=say("Search the catalogue's models"),
        )
        document.catalog_changed.connect(self._on_catalog_changed)
        document.plan_changed.connect(self._on_plan_changed)
        document.assessment_changed.connect(self._on_assessment_changed)
        document.memory_unit_changed.connect(self._on_unit_changed)
        themes.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed(themes.theme)
        self._on_plan_changed(document.plan)
        self._on_assessment_changed(document.assessment)

    # Building ------------------------------------------------------------------------------

    def _build(self) -> None:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(12, 8, 12, 6)
        column.setSpacing(0)
        self._title = QLabel(say("Model"))
        self._title.setFont(font_heading())
        self._title.setMinimumHeight(28)
        self._title.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        column.addWidget(self._title)
        self.model_button = ModelButton(self._themes)
        self.model_button.clicked.connect(self.open_models)
        column.addWidget(self.model_button)
        self._gaps = (QSpacerItem(0, 10), QSpacerItem(0, 10))
        column.addItem(self._gaps[0])
        self.bars = AnatomyBars(self._themes)
        self.bars.explain_requested.connect(self.explain_requested)
        column.addWidget(self.bars)
        column.addSpacing(2)
        self.summary = QLabel()
        self.summary.setFont(font_small())
        self.summary.setWordWrap(True)
        self.summary.setProperty("tone", "2")
        self.summary.setToolTip(
            say(
                "KV is what one copy of the cache keeps for one token at this context; "
                "tensor parallel may keep several copies."
            )
        )
        self.summary.setAccessibleName(say("What the model is made of"))
        column.addWidget(self.summary)
        column.addItem(self._gaps[1])
        self._controls = controls = ServingControls(self._themes)
        column.addLayout(controls)
        column.addStretch(1)
        self.weights, self.cache, self.context = controls.weights, controls.cache, controls.context
        self.users, self.engine, self.spread = controls.users, controls.engine, controls.spread
        self.host_layers, self.options = controls.host_layers, controls.options
        self.fields = controls.fields()
        self._connect_controls()
        area = QScrollArea()
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setAccessibleName(say("Model and how it is served"))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        for widget in (body, area.viewport()):
            widget.setBackgroundRole(self.palette().ColorRole.Base)
            widget.setAutoFillBackground(True)

    def _connect_controls(self) -> None:
        self._drag_pause = QTimer(self)
        self._drag_pause.setSingleShot(True)
        self._drag_pause.setInterval(800)
        self._drag_pause.timeout.connect(self._on_drag_ended)
        self.weights.activated.connect(self._on_weights)
        self.weights.opening.connect(self._weigh_formats)
        self.cache.activated.connect(self._on_cache)
        self.context.dragged.connect(self._on_context_dragged)
        self.context.typed.connect(self._on_context_typed)
        self.context.drag_ended.connect(self._on_drag_ended)
        self.users.activated.connect(self._on_users)
        self.users.lineEdit().editingFinished.connect(self._on_users)
        self.engine.activated.connect(self._on_engine)
        self.spread.activated.connect(self._on_spread)
        self.host_layers.valueChanged.connect(self._on_host_layers)
        # Not its default action: that would write its own words here with every theme.
        self.options.clicked.connect(self.open_engine_options)
        self.options.setToolTip(self._options_action.toolTip())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        low = self.height() < LOW_PX
        self.summary.setHidden(low)
        # The list of engines ends with the same command.
        self.options.setHidden(self.height() < LOW_PX - 50)
        self._title.setHidden(low)
        self.bars.set_compact(self.height() < LOWEST_PX)
        for gap in self._gaps:
            gap.changeSize(0, 6 if low else 10)
        self._controls.setVerticalSpacing(3 if low else 6)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(self._themes.theme.panel))

    # Choosing a model ----------------------------------------------------------------------

    def open_models(self) -> None:
        """Open the list of models."""
        if self._popup is None:
            from moeplanner_gui.ui.model_picker.popup import ModelPopup

            known = getattr(self._document.catalog, "known_names", {})
            self._popup = ModelPopup(self._model_rows(), self._themes, self, name_rows(known))
            self._popup.model_chosen.connect(self._on_model)
            self._popup.own_wanted.connect(lambda what, i: self.own_wanted.emit(what, "model", i))
            self._popup.renamed.connect(lambda i, name: self.rename_wanted.emit("model", i, name))
        self._popup.open_under(self.model_button, self._document.plan.model)

    def open_engine_options(self) -> None:
        """Open the dialog with every option of the engine."""
        # Imported here: only this dialog needs it.
        from moeplanner_gui.ui.engine_options.dialog import EngineOptionsDialog

        dialog = EngineOptionsDialog(self._document, self._themes, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _model_rows(self) -> tuple[ModelRow, ...]:
        if self._rows is None:
            catalog = self._document.catalog
            own = getattr(catalog, "user_ids", frozenset())
            self._rows = model_rows(dict(getattr(catalog, "models", {})), own)
        return self._rows

    def _on_catalog_changed(self) -> None:
        self._rows = None
        if self._popup is not None:
            self._popup.set_rows(self._model_rows())

    def _on_model(self, model_id: str) -> None:
        spec = self._document.catalog.model(model_id)
        self._document.apply(
            say("Choose {0}", spec.name), edits.set_model(self._document.plan, model_id)
        )

    # What the document says ----------------------------------------------------------------

    @property
    def _spec(self) -> ModelSpec:
        return self._document.catalog.model(self._document.plan.model)

    def _on_plan_changed(self, plan: object) -> None:
        assert isinstance(plan, Plan)
        spec = self._spec
        deployment = plan.deployment
        self._show_weights(plan, spec)
        types = list(choices.cache_types(deployment.engine))
        shown = deployment.cache_type_k
        if deployment.cache_type_k != deployment.cache_type_v:
            shown = f"{deployment.cache_type_k} / {deployment.cache_type_v}"  # type: ignore[assignment]
            types.append(shown)
        elif shown not in types:
            types.append(shown)
        fill_combo(self.cache, [(name, name) for name in types], shown)
        assumed = choices.cache_is_assumed(plan)
        self.cache.set_remark(say("assumed") if assumed else "", dotted=True)
        self.cache.setToolTip(
            say("Type of the stored keys and values. The engine's default is assumed.")
            if assumed
            else say("Type of the stored keys and values. Chosen, not the default.")
        )
        if self.users.currentText() != str(plan.workload.sequences):
            self.users.setEditText(str(plan.workload.sequences))
        shared = users.is_shared(plan)
        self._controls.users_note.setText(
            say("share the context") if shared else say("at the same time")
        )
        engines = list(choices.ENGINES)
        if deployment.engine not in dict(engines):
            engines.append((deployment.engine, deployment.engine))
        items: list[tuple[str, object]] = [(words, key) for key, words in engines]
        fill_combo(self.engine, [*items, (say("All options…"), OPTIONS)], deployment.engine)
        options = choices.spreads(plan)
        at = choices.current_spread(plan)
        fill_combo(self.spread, [(option.label, index) for index, option in enumerate(options)], at)
        self.spread.setToolTip(options[at].tip if at >= 0 else say("How the cards share the model"))
        self._controls.share_engine_line()
        self._show_host_layers(plan, spec)

    def _show_weights(self, plan: Plan, spec: ModelSpec) -> None:
        engine = plan.deployment.engine
        offered = choices.weight_choices(spec, engine)
        own = plan.weights.lower() if isinstance(plan.weights, str) else ""
        items: list[tuple[str, object]] = [
            # The others are weighed when the list is opened.
            (
                choices.words_of(row, choices.note_of(spec, row, engine) if row.id == own else ""),
                row.id,
            )
            for row in offered
        ]
        chosen: object = plan.weights
        if isinstance(plan.weights, CustomWeights):
            words = choices.words_of_file(plan.weights, self._document.memory_unit)
            items.append((words, plan.weights))
        elif plan.weights.lower() not in {choice.id for choice in offered}:
            items.append((plan.weights, plan.weights))
        else:
            chosen = plan.weights.lower()
        fill_combo(self.weights, items, chosen)
        full = self.weights.currentText()
        name, inside = choices.short_label(full)
        self.weights.set_shown(name if inside else "")
        self.weights.set_remark(inside)
        self.weights.setToolTip(say("Format of the weights: {0}", full))

    def _weigh_formats(self) -> None:
        """Say in the list, which is about to open, what is larger than the release."""
        plan, spec = self._document.plan, self._spec
        engine = plan.deployment.engine
        for index, choice in enumerate(choices.weight_choices(spec, engine)):
            note = choices.note_of(spec, choice, engine)
            self.weights.setItemText(index, choices.words_of(choice, note))
            self.weights.setItemData(index, note, Qt.ItemDataRole.ToolTipRole)

    def _show_host_layers(self, plan: Plan, spec: ModelSpec) -> None:
        visible = plan.deployment.engine == "llama.cpp" and spec.is_moe
        self._controls.show_host_layers(visible)
        with QSignalBlocker(self.host_layers):
            layers = plan.deployment.cpu_moe_layers
            every = spec.architecture.layers
            # A range or a value that it has already would be laid out and painted again.
            if self.host_layers.maximum() != max(every, layers):
                self.host_layers.setRange(0, max(every, layers))
            shown = every if layers < 0 else layers
            if self.host_layers.value() != shown:
                self.host_layers.setValue(shown)

    def _on_assessment_changed(self, assessment: object) -> None:
        assert isinstance(assessment, Assessment)
        plan, spec = self._document.plan, self._spec
        self.context.show_context(
            users.for_each_user(plan, plan.workload.context_tokens),
            users.for_each_user(plan, assessment.max_context_tokens),
            spec.max_context,
            for_all=users.is_shared(plan),
        )
        row = ModelRow(spec)
        sizes = row.sizes_in_words
        words = summary(spec, plan, assessment, self._document.catalog)
        self.model_button.show_model(spec.name, f"{sizes} · {licence_words(spec.licence)}", words)
        try:
            layout = weight_layout(spec, plan.weights, plan.deployment.engine)
            if (
                self._weighed is None
                or self._weighed[0] is not spec
                or self._weighed[1] is not layout
            ):
                self._weighed = (spec, layout, anatomy(spec, layout))
            self.bars.show_anatomy(self._weighed[2], self._document.memory_unit)
            self.bars.setEnabled(True)
        except (UnsupportedFormatError, ValueError):
            self.bars.setEnabled(False)
        self.summary.setText(words)

    def _on_unit_changed(self, _unit: str) -> None:
        self._on_plan_changed(self._document.plan)
        self._on_assessment_changed(self._document.assessment)

    def _on_theme_changed(self, _theme: object) -> None:
        self.update()

    # What the user does --------------------------------------------------------------------

    def _on_weights(self, index: int) -> None:
        chosen = self.weights.itemData(index)
        words = self.weights.itemText(index)
        self._document.apply(
            say("Weights {0}", words), edits.set_weights(self._document.plan, chosen)
        )

    def _on_cache(self, index: int) -> None:
        cache = self.cache.itemData(index)
        if "/" not in cache:
            plan = choices.with_cache(self._document.plan, cache)
            self._document.apply(say("KV cache {0}", cache), plan)

    def _on_context_dragged(self, tokens: int) -> None:
        self._drag_pause.start()
        self._set_context(tokens, f"context-{self._drag}")

    def _on_drag_ended(self) -> None:
        # The next movement is a new undo step.
        self._drag += 1

    def _on_context_typed(self, tokens: int) -> None:
        self._set_context(tokens, None)

    def _set_context(self, tokens: int, merge_key: str | None) -> None:
        plan = self._document.plan
        plan = edits.set_workload(plan, context_tokens=users.in_plan_unit(plan, tokens))
        self._document.apply(say("Context {0}", format_count(tokens)), plan, merge_key)

    def _on_users(self) -> None:
        text = typed(self.users.currentText()).replace(",", "")
        if text.isdigit() and 1 <= int(text) <= 65_536:
            count = int(text)
            plan = edits.set_workload(self._document.plan, sequences=count)
            plan = users.keep_context_each(self._document.plan, plan)
            self._document.apply(say("1 user") if count == 1 else say("{0} users", count), plan)
        else:
            self.users.setEditText(str(self._document.plan.workload.sequences))

    def _on_engine(self, index: int) -> None:
        engine = self.engine.itemData(index)
        if engine == OPTIONS:
            self._on_plan_changed(self._document.plan)
            self._options_action.trigger()
            return
        plan = choices.with_engine(self._document.plan, engine, self._document.catalog)
        plan = users.keep_context_each(self._document.plan, plan)
        self._document.apply(say("Engine {0}", self.engine.itemText(index)), plan)

    def _on_spread(self, index: int) -> None:
        option = choices.spreads(self._document.plan)[index]
        plan = edits.set_deployment(self._document.plan, **dict(option.changes))
        self._document.apply(say("Spread {0}", option.label), plan)

    def _on_host_layers(self, layers: int) -> None:
        plan = edits.set_deployment(self._document.plan, cpu_moe_layers=layers)
        words = say("Experts of {0} layers in host memory", layers)
        self._document.apply(words, plan, "host-layers")
