"""The fields of a claim of the user's own; what it is about says which are asked for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from moeplanner_gui.core.claims.amounts import unit_words
from moeplanner_gui.core.weights import formats_for
from moeplanner_gui.core.words import say, written
from moeplanner_gui.ui.choice_list import ListCombo
from moeplanner_gui.ui.dialog import GAP
from moeplanner_gui.ui.fonts import font_small, font_strong
from moeplanner_gui.ui.reality import words
from moeplanner_gui.ui.reality.claim_form import DraftError, claim_from, typed_number
from moeplanner_gui.ui.reality.kinds import (
    CACHES,
    ENGINES,
    KINDS,
    MOST_CARDS,
    Chosen,
    Kind,
    read,
)
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import Claim
    from moeplanner_gui.core.plan import Plan

RELATIONS: Final = (
    (say("about"), "about"),
    (say("at least"), "at_least"),
    (say("at most"), "at_most"),
)
FIELD_PX = 280


class ClaimFields(QWidget):
    """The form.

    Signals:
        edited(): Something is another value.
    """

    edited = Signal()

    def __init__(
        self, catalog: Any, themes: ThemeProvider, claim_id: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._catalog, self._themes, self._id = catalog, themes, claim_id
        self._formats: list[tuple[str, str]] = []
        self._build()

    def _build(self) -> None:
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(16, 12, 16, 12)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(7)
        self._grid.setColumnStretch(2, 1)
        self._parts: dict[str, tuple[QWidget, ...]] = {}
        self.says = self._line(
            say("What is claimed"), say("In your words: “A 70B model runs on one 4090”")
        )
        self._add("says", say("&What is claimed"), self.says, wide=True)
        self.kind = self._combo(say("What it is about"), [(kind.title, kind) for kind in KINDS])
        self.kind.currentIndexChanged.connect(lambda _at: self._on_kind_changed())
        self._add("kind", say("What it is &about"), self.kind)
        models = [(model.name, key) for key, model in self._catalog.models.items()]
        self.model = self._searched(say("Model"), models)
        self.model.currentIndexChanged.connect(lambda _at: self._fill_formats())
        self._add("model", say("&Model"), self.model)
        self.engine = self._combo(say("Engine"), list(ENGINES))
        self.engine.currentIndexChanged.connect(lambda _at: self._fill_formats())
        self._add("engine", say("&Engine"), self.engine)
        self.format = self._combo(say("Weights"), [])
        self._add("format", say("We&ights"), self.format)
        cards = [(card.name, key) for key, card in self._catalog.gpus.items()]
        self.card = self._searched(say("Card"), cards)
        self._add("card", say("&Card"), self.card)
        self.count = QSpinBox(self)
        self.count.setRange(1, MOST_CARDS)
        self.count.setAccessibleName(say("How many cards"))
        self.count.valueChanged.connect(self._on_edited)
        self._add("count", say("How ma&ny cards"), self.count)
        self.offload = QCheckBox(
            say("Experts in &host memory (512 GiB, eight channels of DDR5)"), self
        )
        self.offload.setToolTip(say("llama.cpp keeps the experts outside the cards"))
        self.offload.toggled.connect(self._on_edited)
        self._add("offload", "", self.offload, wide=True)
        self.context = self._line(say("Context in tokens"), written("8,192"))
        self._add("context", say("Conte&xt, tokens"), self.context)
        self.cache = self._combo(say("KV cache"), list(CACHES))
        self._add("cache", say("&KV cache"), self.cache)
        self.fits = self._combo(
            say("What is claimed of it"), [(say("fits"), True), (say("does not fit"), False)]
        )
        self._add("fits", say("It is said that it"), self.fits)
        self._add("value", say("The claimed &value"), self._make_value())
        articles = [(say("None of these"), None)]
        articles += [
            (say("Article {0}: {1}", key, words.one_line(row.title)), key)
            for key, row in self._catalog.claims.articles.items()
        ]
        self.article = self._combo(say("Article"), articles)
        self.article.setMinimumContentsLength(30)
        adjust = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.article.setSizeAdjustPolicy(adjust)
        self._add("article", say("A&rticle"), self.article, wide=True)
        self.source = self._line(say("Where it was read"), say("A page, a video, a forum"))
        self._add("source", say("Where it was rea&d"), self.source, wide=True)
        self.day = self._line(say("Date"), say("2026-11-23, may stay empty"))
        self._add("day", say("Da&te"), self.day)
        self._grid.setRowStretch(self._grid.rowCount(), 1)

    def _make_value(self) -> QWidget:
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        self.relation = self._combo(say("About, at least or at most"), list(RELATIONS))
        self.value = self._line(say("The claimed value"), "26")
        self.value.setFixedWidth(96)
        self.high = self._line(say("Up to, for a range"), say("to, for a range"))
        self.high.setFixedWidth(110)
        self.unit = self._combo(say("Unit"), [])
        for widget in (self.relation, self.value, self.high, self.unit):
            row.addWidget(widget)
        row.addStretch(1)
        return holder

    def _add(self, key: str, label: str, field: QWidget, *, wide: bool = False) -> None:
        row = self._grid.rowCount()
        name = QLabel(label, self)
        name.setFont(font_small() if key != "says" else font_strong())
        name.setProperty("tone", "2")
        name.setBuddy(field if key != "value" else self.value)
        self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignVCenter)
        span = 2 if wide or key == "value" else 1
        if not wide and key != "value":
            field.setMinimumWidth(FIELD_PX)
        self._grid.addWidget(field, row, 1, 1, span)
        self._parts[key] = (name, field)

    def _line(self, name: str, placeholder: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setAccessibleName(name)
        line.setPlaceholderText(placeholder)
        line.setMaxLength(400)
        line.textEdited.connect(self._on_edited)
        return line

    def _combo(self, name: str, choices: list[Any]) -> ListCombo:
        combo = ListCombo(self._themes, self)
        combo.setAccessibleName(name)
        for text, data in choices:
            combo.addItem(text, data)
        combo.currentIndexChanged.connect(self._on_edited)
        return combo

    def _searched(self, name: str, choices: list[Any]) -> ListCombo:
        """A long list that is searched by typing any part of a name."""
        combo = self._combo(name, choices)
        combo.setEditable(True)
        combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer = QCompleter([text for text, _ in choices], combo)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        popup = completer.popup()
        if popup is not None:
            popup.setAccessibleName(name)
        combo.setCompleter(completer)
        combo.lineEdit().setAccessibleName(name)
        combo.lineEdit().setToolTip(say("Type any part of its name"))
        completer.activated.connect(lambda text: combo.setCurrentIndex(combo.findText(text)))
        combo.lineEdit().textEdited.connect(self._on_edited)
        return combo

    # -- filling -------------------------------------------------------------------------------

    def set_plan(self, plan: Plan) -> None:
        """A new claim begins with the model and the card that is looked at."""
        self.model.setCurrentIndex(max(self.model.findData(plan.model), 0))
        cards = [slot for node in plan.rig.nodes for slot in node.gpus if isinstance(slot, str)]
        if cards:
            self.card.setCurrentIndex(max(self.card.findData(cards[0]), 0))

    def fill(self, claim: Claim | None) -> None:
        """Show a claim, or what a new one begins with."""
        known = None if claim is None else read(claim)
        self._fill_formats()
        if claim is not None and known is not None:
            kind, chosen = known
            self.says.setText(claim.says)
            self.kind.setCurrentIndex(KINDS.index(kind))
            if chosen.model:
                self.model.setCurrentIndex(self.model.findData(chosen.model))
            self.engine.setCurrentIndex(max(self.engine.findData(chosen.engine), 0))
            self._fill_formats()
            self.format.setCurrentIndex(max(self.format.findData(chosen.format), 0))
            if chosen.card:
                self.card.setCurrentIndex(self.card.findData(chosen.card))
            self.count.setValue(chosen.count)
            self.offload.setChecked(chosen.offload)
            self.context.setText(say("{0:,}", chosen.context))
            self.cache.setCurrentIndex(max(self.cache.findData(chosen.cache), 0))
            self.fits.setCurrentIndex(0 if chosen.fits else 1)
            self._on_kind_changed()
            self.relation.setCurrentIndex(self.relation.findData(claim.relation))
            self.value.setText("" if claim.value is None else say("{0:,.10g}", claim.value))
            self.high.setText(
                "" if claim.value_high is None else say("{0:,.10g}", claim.value_high)
            )
            self.unit.setCurrentIndex(max(self.unit.findData(claim.unit), 0))
            self.article.setCurrentIndex(max(self.article.findData(claim.article), 0))
            self.source.setText(claim.source)
            self.day.setText(claim.date or "")
        else:
            self.context.setText("8,192")
            self.day.setText(date.today().isoformat())
            self._on_kind_changed()
        self._on_edited()

    def _on_kind_changed(self) -> None:
        """Show the fields that this kind asks for."""
        kind: Kind = self.kind.currentData()
        for key in ("model", "engine", "format", "card", "count", "offload", "context", "cache"):
            self._show_field(key, key in kind.fields)
        self._show_field("fits", "fits" in kind.fields)
        self._show_field("value", bool(kind.units))
        before = self.unit.currentData()
        self.unit.clear()
        for unit in kind.units:
            self.unit.addItem(
                {"B": "B (10⁹)", "T": "T (10¹²)", "USD": "$"}.get(unit) or unit_words(unit), unit
            )
        self.unit.setCurrentIndex(max(self.unit.findData(before), 0))
        self._fill_formats()
        self._on_edited()

    def _show_field(self, key: str, shown: bool) -> None:
        for widget in self._parts[key]:
            widget.setVisible(shown)

    def _fill_formats(self) -> None:
        """The formats that the engine loads of the model."""
        kind: Kind = self.kind.currentData()
        engine = self.engine.currentData() if "engine" in kind.fields else "llama.cpp"
        model = self._catalog.models.get(self.model.currentData())
        choices: list[tuple[str, str]] = []
        if model is not None:
            choices = [(one.label, one.id) for one in formats_for(model, engine)]
            if "engine" not in kind.fields:
                known = {key for _, key in choices}
                more = ((one.label, one.id) for one in formats_for(model, "vllm"))
                choices += [one for one in more if one[1] not in known]
        if choices == self._formats:
            return
        self._formats = choices
        before = self.format.currentData()
        self.format.clear()
        for text, key in choices:
            self.format.addItem(text, key)
        self.format.setCurrentIndex(max(self.format.findData(before), 0))

    def _on_edited(self, _what: object = None) -> None:
        self.edited.emit()

    def read(self, *, is_draft: bool = False) -> Claim:
        """The claim as it is typed.

        Raises:
            DraftError: Something is missing or no value; it names the field.
        """
        kind: Kind = self.kind.currentData()
        if "model" in kind.fields and self.model.currentText() != self._text_of(self.model):
            raise DraftError("model", say("Choose a model of the list."))
        if "card" in kind.fields and self.card.currentText() != self._text_of(self.card):
            raise DraftError("card", say("Choose a card of the list."))
        context = 8192.0
        if "context" in kind.fields:
            context = typed_number(
                "context", self.context.text(), say("How many tokens of context?")
            )
            if context != int(context) or not 1 <= context <= 2**31:
                raise DraftError("context", say("A whole number of tokens, please."))
        chosen = Chosen(
            model=self.model.currentData() or "",
            engine=self.engine.currentData(),
            format=self.format.currentData() or "native",
            card=self.card.currentData() or "",
            count=self.count.value() if "count" in kind.fields else 1,
            offload=self.offload.isChecked() and "offload" in kind.fields,
            context=int(context),
            cache=self.cache.currentData(),
            fits=self.fits.currentData(),
        )
        return claim_from(
            kind,
            chosen,
            claim_id=self._id,
            says=self.says.text(),
            model_name=self.model.currentText(),
            card_name=self.card.currentText(),
            relation=self.relation.currentData(),
            value=self.value.text(),
            high=self.high.text(),
            unit=self.unit.currentData() or "",
            article=self.article.currentData(),
            source=self.source.text(),
            day=self.day.text(),
            is_draft=is_draft,
        )

    @staticmethod
    def _text_of(combo: QComboBox) -> str:
        return combo.itemText(combo.currentIndex())

    def focus_on(self, field: str) -> None:
        """Put the cursor into a field."""
        widget = self.value if field == "value" else self._parts[field][1]
        widget.setFocus(Qt.FocusReason.OtherFocusReason)
