"""The bar over the page: what is wished for, and how far the search is."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from moeplanner_gui.core.gguf_variants import recipe_label
from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.search.terms import RankBy, Wishes
from moeplanner_gui.core.weights import CHECKPOINT_LABELS, formats_for
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.finder import wishes as terms
from moeplanner_gui.ui.finder.fields import ChoiceField, Field, NumberField
from moeplanner_gui.ui.finder.more import MorePanel
from moeplanner_gui.ui.finder.more_models import MoreModels
from moeplanner_gui.ui.finder.several import SLOW_WEIGHTS
from moeplanner_gui.ui.finder.words import progress_words
from moeplanner_gui.ui.flow import FlowLayout
from moeplanner_gui.ui.fonts import font_answer, font_small
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.style import ThemeProvider

RANKS: tuple[tuple[RankBy, str], ...] = (
    ("price", say("cheapest")),
    ("speed", say("fastest")),
    ("power", say("least power")),
    ("context", say("longest context")),
    ("month", say("cheapest month")),
)
PROGRESS_PX = 3
_ENGINES = ("llama.cpp", "vllm")
"""Between them they read every format."""


class WishBar(QWidget):
    """What is wished for.

    Signals:
        wishes_changed(Wishes): The user wishes something else.
        cancel_wanted(): The search should stop.
        close_wanted(): The page should close.
    """

    wishes_changed = Signal(object)
    cancel_wanted = Signal()
    close_wanted = Signal()

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("wish_bar")
        self.setAccessibleName(say("What the rig has to do"))
        self._themes = themes
        self._wishes = Wishes(models=())
        self._catalog: CatalogReader | None = None
        self._keep: Node | None = None
        self._share: float | None = None
        self._make_fields()
        self.more = MorePanel(themes)
        self.more.hide()
        self._lay_out()
        self._connect()
        themes.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed(themes.theme)

    # Building --------------------------------------------------------------------------------

    def _make_fields(self) -> None:
        themes = self._themes
        self.model = ChoiceField(themes, "wish_model", say("Model"), say("DeepSeek V4 Flash"))
        self.others = MoreModels(themes)
        self.others.setFixedHeight(self.model.sizeHint().height())
        self.weights = ChoiceField(themes, "wish_weights", say("Weights"), "UD-Q4_K_XL")
        self.context = NumberField(
            themes, "wish_context", say("Context, tokens"), terms.CONTEXTS,
            (1, terms.MOST_TOKENS), widest="1,048,576", whole=True, none="",
        )  # fmt: skip
        self.users = NumberField(
            themes, "wish_users", say("Users"), terms.USERS,
            (1, terms.MOST_USERS), widest="888", whole=True, none="",
        )  # fmt: skip
        self.speed = NumberField(
            themes, "wish_speed", say("At least, tok/s each"), terms.SPEEDS, (0.1, 1e6),
            widest="100.5",
        )  # fmt: skip
        self.budget = NumberField(
            themes, "wish_budget", say("Budget, USD"), terms.BUDGETS, (1, 1e10), widest="100,000"
        )
        self.prefer = ChoiceField(themes, "wish_prefer", say("Prefer"), say("cheapest month"))
        self.host = ChoiceField(themes, "wish_host", say("Host"), say("what I have"))

    def _lay_out(self) -> None:
        title = QLabel(say("Find a rig"))
        title.setFont(font_answer())
        self.more_button = QToolButton()
        self.more_button.setObjectName("more_button")
        self.more_button.setCheckable(True)
        self.more_button.setProperty("chip", True)
        self.more_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.more_button.setFixedHeight(self.prefer.sizeHint().height())
        self.more_button.setToolTip(say("Power, counts, brands, second-hand prices and engines"))
        self.count = QLabel()
        self.count.setObjectName("finder_count")
        self.time = QLabel()
        self.time.setObjectName("finder_time")
        for label in (self.count, self.time):
            label.setFont(font_small())
            label.setProperty("tone", "2")
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.cancel = QToolButton()
        self.cancel.setObjectName("finder_cancel")
        self.cancel.setText(say("Cancel"))
        self.cancel.setAccessibleName(say("Cancel the search"))
        self.cancel.setToolTip(say("Stop the search and keep what it has found (Esc)"))
        self.cancel.setProperty("link", True)
        self.cancel.setFont(font_small())
        self.cancel.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # One takes the place of the other; nothing below may move.
        high = self.cancel.sizeHint().height()
        for widget in (self.cancel, self.time):
            widget.setFixedHeight(high)
        self.cancel.hide()
        self.close_button = QToolButton()
        self.close_button.setObjectName("finder_close")
        self.close_button.setAccessibleName(say("Back to the plan"))
        self.close_button.setToolTip(say("Back to the plan (Esc)"))
        self.close_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        fields = QWidget()
        flow = FlowLayout(fields, gap=8, lines=6)
        flow.setContentsMargins(0, 0, 0, 0)
        for words, editor in (
            (say("Model"), self.model),
            ("", self.others),
            (say("Weights"), self.weights),
            (say("Context, tokens"), self.context),
            (say("Users"), self.users),
            (say("At least, tok/s each"), self.speed),
            (say("Budget, USD"), self.budget),
            (say("Prefer"), self.prefer),
            (say("Host"), self.host),
            ("", self.more_button),
        ):
            flow.addWidget(Field(words, editor, fields))
        policy = fields.sizePolicy()
        policy.setHeightForWidth(True)
        fields.setSizePolicy(policy)
        # Over the wishes and not beside them: these need the whole width for one line.
        head = QHBoxLayout()
        head.setContentsMargins(20, 4, 14, 0)
        head.setSpacing(10)
        head.addWidget(title)
        head.addStretch(1)
        for widget in (self.count, self.time, self.cancel, self.close_button):
            head.addWidget(widget)
        row = QHBoxLayout()
        row.setContentsMargins(20, 2, 20, 8)
        row.addWidget(fields)
        wide = self.fontMetrics().horizontalAdvance(say("Searching, 100 %") + " ")
        self.count.setMinimumWidth(wide)
        self.said = QLabel()
        self.said.setObjectName("wish_said")
        self.said.setProperty("tone", "error")
        self.said.setContentsMargins(20, 0, 20, 8)
        self.said.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, PROGRESS_PX)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(row)
        column.addWidget(self.said)
        column.addWidget(self.more)

    def _connect(self) -> None:
        self.model.key_chosen.connect(self._on_model)
        self.others.others_chosen.connect(self._on_others)
        self.weights.key_chosen.connect(self._on_weights)
        self.context.number_changed.connect(lambda v: self._change(context_tokens=int(v)))
        self.users.number_changed.connect(lambda v: self._change(users=int(v)))
        self.speed.number_changed.connect(lambda v: self._change(decode_tokens_per_s=v or 0.0))
        self.budget.number_changed.connect(lambda v: self._change(budget_usd=v))
        self.prefer.key_chosen.connect(lambda key: self._change(rank_by=cast(RankBy, key)))
        self.host.key_chosen.connect(
            lambda key: self._change(keep=self._keep if key == "keep" else None)
        )
        for field in (self.context, self.users, self.speed, self.budget):
            field.refused.connect(self.say)
        self.more.refused.connect(self.say)
        self.more.wishes_changed.connect(self._take)
        self.more_button.toggled.connect(self.more.setVisible)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.close_button.clicked.connect(self.close_wanted)

    # Showing ---------------------------------------------------------------------------------

    @property
    def wishes(self) -> Wishes:
        """What is wished for."""
        return self._wishes

    def show_wishes(self, wishes: Wishes, catalog: CatalogReader, keep: Node | None) -> None:
        """Show wishes; tells nobody. ``keep`` is the computer that can be kept."""
        self._wishes, self._catalog, self._keep = wishes, catalog, keep
        self._show_models()
        self._show_weights()
        self.context.show_value(float(wishes.context_tokens))
        self.users.show_value(float(wishes.users))
        self.speed.show_value(wishes.decode_tokens_per_s)
        self.budget.show_value(wishes.budget_usd)
        self.prefer.fill(RANKS, wishes.rank_by)
        hosts: list[tuple[object, str]] = [("any", say("any"))]
        if keep is not None:
            hosts.append(("keep", say("what I have")))
        self.host.fill(hosts, "any" if wishes.keep is None else "keep")
        self.host.setToolTip(
            say(
                "Any computer, or the one that was detected here or is in the plan, "
                "with cards added"
            )
        )
        self.more.show_wishes(wishes, catalog)
        self._show_more_count()
        self.say("")

    def _show_models(self) -> None:
        models = getattr(self._catalog, "models", {})
        rows = [(str(key), str(row.name)) for key, row in models.items()]
        wished = self._wishes.models
        self.model.fill(rows, next(iter(wished), None))
        self.others.show_models(wished, rows)

    def _show_weights(self) -> None:
        wishes = self._wishes
        choices: list[tuple[object, str]] = [("any", say("any"))]
        choices += [(floor, say("≥ {0:g} bits/weight", floor)) for floor in terms.FLOORS]
        names = self._formats()
        for name in wishes.weights or ():
            names.setdefault(name, CHECKPOINT_LABELS.get(name) or recipe_label(name))
        choices += names.items()
        chosen: object = "any"
        if wishes.weights:
            chosen = wishes.weights[0]
        elif wishes.min_bits_per_weight:
            chosen = wishes.min_bits_per_weight
            if chosen not in terms.FLOORS:
                choices.insert(1, (chosen, say("≥ {0:g} bits/weight", chosen)))
        self.weights.fill(choices, chosen)
        if wishes.weights is None and len(wishes.models) > 1:
            self.weights.setToolTip(f"{self.weights.currentText()}. {SLOW_WEIGHTS}.")

    def _formats(self) -> dict[str, str]:
        """Names of the formats that there are of all models, by id."""
        names: dict[str, str] = {}
        models = getattr(self._catalog, "models", {})
        for place, key in enumerate(self._wishes.models):
            found: dict[str, str] = {}
            for engine in _ENGINES if key in models else ():
                for choice in formats_for(models[key], engine):
                    found.setdefault(choice.id, choice.label.partition(" (")[0].strip())
            names = found if not place else {k: v for k, v in names.items() if k in found}
        return names

    def _show_more_count(self) -> None:
        count = self.more.count
        self.more_button.setText(say("More · {0}", count) if count else say("More"))
        self.more_button.setAccessibleName(
            say("More wishes, {0} set", count) if count else say("More wishes")
        )

    def say(self, sentence: str) -> None:
        """Say what is wrong with what was typed; "" takes it away."""
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))

    def show_progress(self, progress: object, *, cancel: bool) -> None:
        """A search is on its way; ``cancel``: it takes long enough to be offered that."""
        share = 0.0
        if progress is not None:
            of = max(progress.of, 1)  # type: ignore[attr-defined]
            share = min(progress.considered / of, 0.99)  # type: ignore[attr-defined]
        if cancel:
            words = say("Searching") if progress is None else progress_words(progress)  # type: ignore[arg-type]
            self.count.setText(words)
            self.time.setText("")
            self.time.hide()
            self.cancel.show()
            self._share = share
            self.update()

    def show_done(self, count: str, time: str) -> None:
        """The search is over."""
        had_focus = self.cancel.hasFocus()
        self.cancel.hide()
        self.time.show()
        self.count.setText(count)
        self.time.setText(time)
        self._share = None
        if had_focus:
            self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.update()

    # What the user does ----------------------------------------------------------------------

    def _on_model(self, key: object) -> None:
        others = (name for name in self._wishes.models[1:] if name != key)
        self._wish_for_models((str(key), *others))

    def _on_others(self, others: object) -> None:
        self._wish_for_models((*self._wishes.models[:1], *cast(tuple[str, ...], others)))

    def _wish_for_models(self, models: tuple[str, ...]) -> None:
        self._take(terms.with_models(self._wishes, models))
        self._show_models()
        self._show_weights()

    def _on_weights(self, key: object) -> None:
        if key == "any":
            self._change(weights=None, min_bits_per_weight=0.0)
        elif isinstance(key, float):
            self._change(weights=None, min_bits_per_weight=key)
        else:
            self._change(weights=(str(key),), min_bits_per_weight=0.0)
        # What the choice means with several models stands in its tip.
        self._show_weights()

    def _change(self, **changes: object) -> None:
        self._take(replace(self._wishes, **changes))  # type: ignore[arg-type]

    def _take(self, wishes: Wishes) -> None:
        self._wishes = wishes
        if self._catalog is not None:
            self.more.show_wishes(wishes, self._catalog)
        self._show_more_count()
        self.wishes_changed.emit(wishes)

    # Painting --------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, painter = self._themes.theme, QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.window))
        foot = self.height() - PROGRESS_PX
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(theme.border))
        if self._share is not None:
            done = round(self.width() * self._share)
            painter.fillRect(0, foot, self.width(), PROGRESS_PX, QColor(theme.sunken))
            painter.fillRect(0, foot, done, PROGRESS_PX, QColor(theme.accent))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()

    def _on_theme_changed(self, _theme: object) -> None:
        self.close_button.setIcon(icon("close", self._themes.theme))
        self.update()
