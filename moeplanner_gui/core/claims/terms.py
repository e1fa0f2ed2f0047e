"""What a claim is and what judging it gives. Computes nothing.

A claim is stored with what it says and how to check it, never with an answer: a
:class:`Judgement` is made from the catalogue of the moment.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from moeplanner_gui.core.claims.check_terms import Check
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.words import say

Text = Annotated[str, Field(min_length=1, max_length=500)]
Id = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$")]
Day = Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
Number = Annotated[float, Field(ge=-1e18, le=1e18, allow_inf_nan=False)]

Topic = Literal[
    "model",
    "weights",
    "kv_cache",
    "memory",
    "fits",
    "context",
    "speed",
    "power",
    "card",
    "link",
    "price",
    "cost",
    "training",
    "quality",
    "other",
]
Verdict = Literal["holds", "holds_within", "wrong", "cannot_be_true", "cannot_be_checked"]
Relation = Literal["about", "at_least", "at_most"]
Direction = Literal["too_low", "too_high"]
MixUp = Literal[
    "active_for_total",
    "gb_for_gib",
    "weights_for_everything",
    "weights_left_out",
    "eight_bit_scaling_of_four_bit",
    "sixty_times_amortisation",
    "both_directions_for_one",
    "next_generation",
    "per_card_for_total",
    "nominal_bits",
    "kv_linear_of_dense",
    "other_model",
    "old_price",
]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Article(_Row):
    """Where claims were published. ``date`` is as exact as the article says, None where it does
    not; ``read`` is the day it was read.
    """

    id: Id
    title: Text
    publisher: Text
    url: Text | None = None
    date: Day | None = None
    read: Day


class Claim(_Row):
    """One statement that somebody published.

    Attributes:
        id: Unique among all claims.
        article: The id of its article; the user's own claims name one of theirs or none.
        date: When it was published, None where that is not known.
        section: Where in the article.
        topic: What it is about, to group by.
        says: The statement in plain words of our own.
        model: The model as the claim calls it.
        models: Ids of released models that it may mean; it is judged against the nearest.
        value: What is claimed, in ``unit``; ``value_high`` makes it a range.
        words: What is claimed where that is not a number.
        unit: Of the value: a unit of :mod:`moeplanner_gui.core.claims.amounts`.
        relation: Whether it is claimed to be about, at least or at most the value.
        check: How it is judged.
        source: Where the claim was read, for people.
        note: What else a reader should know; never an answer.
    """

    id: Id
    article: Id | None = None
    date: Day | None = None
    section: Text | None = None
    topic: Topic
    says: Text
    model: Text | None = None
    models: Annotated[tuple[Text, ...], Field(max_length=16)] = ()
    value: Number | None = None
    value_high: Number | None = None
    words: Text | None = None
    unit: Annotated[str, Field(max_length=40)] = ""
    relation: Relation = "about"
    check: Check
    source: Text
    note: Text | None = None

    @model_validator(mode="after")
    def _sound(self) -> Claim:
        if self.value_high is not None and (self.value is None or self.value_high < self.value):
            raise ValueError(say("value_high is below value, or there is no value"))
        return self


class Amount(_Row):
    """A figure with its unit: a number, a range or words.

    ``low`` and ``high`` are equal for a single number; ``usual`` is what it comes down to in the
    ordinary case, the one that is compared and shown first.
    """

    low: Number | None = None
    high: Number | None = None
    usual: Number | None = None
    words: str | None = None
    unit: str = ""

    @property
    def is_number(self) -> bool:
        """True unless it is words."""
        return self.usual is not None


class Step(_Row):
    """One line of the arithmetic. ``text`` is the value as it is shown; ``strong`` the line that
    decides, ``is_limit`` what there is for it.
    """

    label: str
    text: str
    value: Number | None = None
    unit: str = ""
    strong: bool = False
    is_limit: bool = Field(default=False, exclude=True)


class NamedPlan(_Row):
    """A plan that can be opened, with what it shows: "V4 Flash on 2 x RTX 4090"."""

    label: str
    plan: Plan


class Judgement(_Row):
    """What came out for one claim.

    Attributes:
        id: Of the claim.
        verdict: ``cannot_be_true``: impossible in principle, or its own figures contradict each
            other; ``wrong``: off by ``factor``; ``holds_within``: off by the share ``within``.
        within: How far it is off, as a share; 0 where it holds as stated.
        claimed: As the claim has it.
        computed: In the claim's unit; None where nothing was computed.
        factor: How many times too low or too high, at least 1; None where that has no sense.
        direction: Which of both; None at a factor of 1.
        because: One sentence.
        steps: The arithmetic, in order.
        mixed_up: What explains the number, where a formula with that mistake gives it.
        plans: Plans that were evaluated, or that show what does work; the best to open first.
        works: What does work, computed; empty where nothing is known to.
        confidence: "exact", "modelled" or "published".
    """

    id: str
    verdict: Verdict
    within: float = 0.0
    claimed: Amount | None = None
    computed: Amount | None = None
    factor: float | None = None
    direction: Direction | None = None
    because: str
    steps: tuple[Step, ...] = ()
    mixed_up: MixUp | None = None
    plans: tuple[NamedPlan, ...] = ()
    works: str = ""
    confidence: Literal["exact", "modelled", "published"] = "exact"


class PublishedFigure(_Row):
    """A figure that somebody published and the planner does not compute, from ``since`` until
    ``until`` where it changed: a price that is history, a score, a count of training tokens.
    """

    id: Id
    subject: Text
    what: Text
    value: Number | None = None
    value_high: Number | None = None
    words: Text | None = None
    unit: Annotated[str, Field(max_length=40)] = ""
    since: Day | None = None
    until: Day | None = None
    source: Text
    date: Day


class Position(_Row):
    """What some articles say on a matter; ``claims`` are the ids it was read from."""

    articles: Annotated[tuple[Id, ...], Field(min_length=1)]
    says: Text
    claims: tuple[Id, ...] = ()


class Answer(_Row):
    """What is computed on a matter that articles disagree about."""

    says: Text
    models: tuple[Text, ...] = ()
    unit: Annotated[str, Field(max_length=40)] = ""
    check: Check


class Contradiction(_Row):
    """A matter on which articles contradict each other, or one itself."""

    id: Id
    topic: Topic
    title: Text
    positions: Annotated[tuple[Position, ...], Field(min_length=1)]
    answers: tuple[Answer, ...] = ()
    source: Text
    date: Day


class TableCell(_Row):
    """A cell of a published table: words, or the claim whose value stands there."""

    text: str = ""
    claim: Id | None = None


class TableRow(_Row):
    """One line of a published table."""

    label: Text
    cells: tuple[TableCell, ...]


class PublishedTable(_Row):
    """A table as an article printed it, to show its figures beside ours."""

    id: Id
    article: Id
    title: Text
    columns: tuple[Text, ...]
    rows: tuple[TableRow, ...]
    source: Text
    date: Day

    @model_validator(mode="after")
    def _rectangular(self) -> PublishedTable:
        if any(len(row.cells) != len(self.columns) for row in self.rows):
            raise ValueError(say("a row has another number of cells than there are columns"))
        return self
