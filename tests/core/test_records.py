"""Dataclasses that compile late behave like those of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeplanner_gui.core import records

KINDS: tuple[dict[str, bool], ...] = (
    {"frozen": True, "slots": True},
    {"frozen": True},
    {"slots": True},
    {},
    {"frozen": True, "slots": True, "eq": False},
    {"eq": False},
)


def _pair(options: dict[str, bool]) -> tuple[Any, Any]:
    """The same class, made by the standard library and by us."""
    return tuple(_class(make, options) for make in (dataclasses.dataclass, records.dataclass))


def _class(make: Any, options: dict[str, bool]) -> Any:
    @make(**options)
    class Card:
        """A card."""

        name: str
        size: float = 1.5
        parts: list[int] = field(default_factory=list)
        note: str = field(default="n", repr=False, compare=False)
        double: float = field(init=False, default=0.0)

        def __post_init__(self) -> None:
            object.__setattr__(self, "double", self.size * 2)

        @property
        def label(self) -> str:
            return f"{self.name}!"

    return Card


def _outcome(run: Callable[[], object]) -> object:
    """What a call gives, or the kind of error it ends with."""
    try:
        return run()
    except Exception as error:
        return type(error)


@pytest.mark.parametrize("options", KINDS)
@settings(max_examples=30, deadline=None)
@given(
    name=st.text(max_size=3),
    size=st.floats(),
    other=st.floats(),
    parts=st.lists(st.integers(), max_size=2),
)
def test_that_a_record_is_like_a_dataclass(
    options: dict[str, bool], name: str, size: float, other: float, parts: list[int]
) -> None:
    seen = []
    for make in _pair(options):
        one, same = make(name, size, parts), make(name, size, parts=parts, note="other")
        another = make(name, other)
        seen.append(
            (
                repr(one).rpartition(".")[2],
                one == same,
                one == another,
                one != another,
                one == "one",
                one.double,
                one.label,
                one.parts is parts,
                another.parts,
                [(f.name, f.init, f.repr, f.compare) for f in dataclasses.fields(make)],
                dataclasses.astuple(one)[0],
                dataclasses.asdict(one)["parts"],
                repr(dataclasses.replace(one, name="x", size=2.0)).rpartition(".")[2],
                repr(copy.copy(one)).rpartition(".")[2],
                repr(copy.deepcopy(one)).rpartition(".")[2],
                _outcome(lambda one=one: hash(one)) is TypeError,
                _outcome(lambda make=make: make()),
                _outcome(lambda make=make: make("a", 1.0, [], "n", 3.0)),
                _outcome(lambda make=make: make("a", colour=3)),
                _outcome(lambda one=one: setattr(one, "name", "y")),
                # The standard library says TypeError here where there are slots, by mistake.
                isinstance(_outcome(lambda one=one: setattr(one, "colour", "y")), type),
                _outcome(lambda one=one: delattr(one, "parts")),
                _outcome(lambda one=one: one.parts),
                make.__match_args__,
                make.__doc__,
                hasattr(one, "__dict__"),
                dataclasses.is_dataclass(make),
            )
        )
    assert repr(seen[0]) == repr(seen[1])


@pytest.mark.parametrize("options", KINDS)
def test_that_what_is_asked_first_changes_nothing(options: dict[str, bool]) -> None:
    for first in (dataclasses.fields, dataclasses.is_dataclass, repr, lambda make: make("a")):
        _, make = _pair(options)
        first(make)
        assert dataclasses.replace(make("a"), size=3.0).double == 6.0
        assert make.__dataclass_params__.frozen == options.get("frozen", False)


@records.dataclass(frozen=True, slots=True)
class Point:
    """Is found by its name, which pickle needs."""

    x: float
    y: float = 0.0


@records.dataclass(frozen=True)
class Empty:
    """Has no field."""


@records.dataclass(frozen=True, slots=True)
class One:
    """Has one field and its own words."""

    value: float

    def __repr__(self) -> str:
        return "one"


def test_that_equal_records_hash_alike_and_are_one_key() -> None:
    assert hash(Point(1.0)) == hash(Point(1.0, 0.0)) and Point(1.0) == Point(1.0)
    assert {Point(1.0): "a"}[Point(1.0)] == "a"
    assert Empty() == Empty() and hash(Empty()) == hash(Empty())
    assert One(2.0) == One(2.0) != One(3.0) and repr(One(2.0)) == "one"
    nan = float("nan")
    assert One(nan) == One(nan) and One(nan) != One(float("nan"))


def test_that_records_can_be_pickled_and_matched() -> None:
    assert pickle.loads(pickle.dumps(Point(1.0, 2.0))) == Point(1.0, 2.0)
    match Point(1.0, 2.0):
        case Point(x, y):
            assert (x, y) == (1.0, 2.0)


def test_that_a_record_can_have_children_and_what_is_no_field() -> None:
    @records.dataclass(frozen=True)
    class Longer(Point):
        z: float = 3.0
        count: ClassVar[int] = 7

    one = Longer(1.0, z=5.0)
    assert (one.x, one.y, one.z, one.count) == (1.0, 0.0, 5.0, 7)
    assert [f.name for f in dataclasses.fields(one)] == ["x", "y", "z"]
    with pytest.raises(FrozenInstanceError):
        one.z = 2.0  # type: ignore[misc]
    with pytest.raises(TypeError, match="frozen"):
        # A child that can change has no frozen parent, as in the standard library.
        records.dataclass(type("Loose", (Point,), {"__annotations__": {"w": "int"}}))


def test_that_a_plain_child_may_have_more() -> None:
    class Named(Point):
        pass

    named = Named(1.0)
    named.title = "a"  # type: ignore[attr-defined]
    assert named.title == "a"  # type: ignore[attr-defined]
    with pytest.raises(FrozenInstanceError):
        named.x = 2.0  # type: ignore[misc]


def test_that_nothing_is_compiled_before_the_first_object_is_made() -> None:
    code = (
        "import dataclasses, sys; from moeplanner_gui.core.records import dataclass\n"
        "made = []\n"
        "sys.addaudithook(lambda event, _: made.append(event) if event in ('compile', 'exec') "
        "else None)\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class A:\n    x: int\n    y: int = 2\n"
        "assert not made, made\n"
        "assert A(1).y == 2 and made\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
