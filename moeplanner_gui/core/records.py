"""``dataclass`` of the standard library, with less work at import.

The standard one writes up to six methods of a class as source text and compiles each of them when
the class is defined: half a millisecond a class, and the window defines 180 of them before its
first picture. Here the methods that can be the same for every class are, and ``__init__`` is
compiled when the first object is made. Type checkers see the standard one.

All that is used of it in this program works alike: frozen, slots, eq, ``field``, ``fields``,
``replace``, ``asdict``, matching, copying, subclasses.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter
from typing import TYPE_CHECKING, Any

_FIELDS = "__dataclass_fields__"
_ASKED = (_FIELDS, "__dataclass_params__")
_FACTORY = object()
"""Stands for an argument that was not given and is made by its factory."""

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, *, frozen=False, slots=False, eq=True):
        """The same as ``dataclasses.dataclass`` with these options."""

        def made(cls):
            return _made(cls, frozen, slots, eq)

        return made if cls is None else made(cls)


def _made(cls: type, frozen: bool, slots: bool, eq: bool) -> type:
    own = cls.__dict__
    annotations: dict[str, Any] = own.get("__annotations__", {})
    beyond = any(_is_beyond(kind) for kind in annotations.values())
    if beyond or any(hasattr(base, _FIELDS) for base in cls.__mro__[1:]):
        # What a parent has, and what is no field, is left to the standard library.
        return dataclasses.dataclass(frozen=frozen, slots=slots, eq=eq)(cls)
    given = {name: own[name] for name in annotations if name in own}
    rules = {name: rule for name, rule in given.items() if isinstance(rule, Field)}
    if slots:
        cls = _with_slots(cls, annotations)
    else:
        for name, rule in rules.items():
            if rule.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, rule.default)
    methods = _methods(tuple(annotations), rules, eq=eq, frozen=frozen)
    if frozen:
        methods |= _refusals(cls, frozenset(annotations))
    if frozen and slots:
        methods |= {"__getstate__": _getstate, "__setstate__": _setstate}
    for name, method in methods.items():
        if name not in cls.__dict__ or (name == "__hash__" and _hash_is_implied(cls)):
            setattr(cls, name, method)
    if "__init__" not in cls.__dict__:
        _compile_on_first_call(cls, annotations, given, frozen)
    _leave_to_standard(cls, annotations, given, frozen)
    return cls


def _is_beyond(annotation: object) -> bool:
    """Whether this says something else than a field."""
    text = annotation if isinstance(annotation, str) else repr(annotation)
    return "ClassVar" in text or "InitVar" in text or "KW_ONLY" in text


def _hash_is_implied(cls: type) -> bool:
    """Python itself puts None where a class has ``__eq__`` and no ``__hash__``."""
    return cls.__dict__["__hash__"] is None and "__eq__" in cls.__dict__


def _with_slots(cls: type, annotations: Mapping[str, Any]) -> type:
    """The class again: slots can only be had when it is made."""
    leave = {"__dict__", "__weakref__", *annotations}
    namespace = {name: value for name, value in cls.__dict__.items() if name not in leave}
    inherited = {name for base in cls.__mro__[1:-1] for name in getattr(base, "__slots__", ())}
    namespace["__slots__"] = tuple(name for name in annotations if name not in inherited)
    namespace["__qualname__"] = cls.__qualname__
    made: type = type(cls)(cls.__name__, cls.__bases__, namespace)
    return made


def _methods(
    names: tuple[str, ...], rules: Mapping[str, Field[Any]], *, eq: bool, frozen: bool
) -> dict[str, Any]:
    """What needs no compiling."""

    def chosen(option: str) -> tuple[str, ...]:
        return tuple(n for n in names if n not in rules or getattr(rules[n], option))

    found: dict[str, Any] = {"__match_args__": chosen("init"), "__repr__": _repr_of(chosen("repr"))}
    if eq:
        values = _values_of(chosen("compare"))
        found["__eq__"] = _eq_of(values)
        found["__hash__"] = _hash_of(values) if frozen else None
    return found


def _values_of(names: tuple[str, ...]) -> Callable[[Any], Any]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


def _repr_of(names: tuple[str, ...]) -> Callable[[Any], str]:
    def __repr__(self: Any) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({inside})"

    return __repr__


def _eq_of(values: Callable[[Any], Any]) -> Callable[[Any, object], Any]:
    def __eq__(self: Any, other: object) -> Any:
        if other.__class__ is self.__class__:
            return values(self) == values(other)
        return NotImplemented

    return __eq__


def _hash_of(values: Callable[[Any], Any]) -> Callable[[Any], int]:
    def __hash__(self: Any) -> int:
        return hash(values(self))

    return __hash__


def _refusals(cls: Any, names: frozenset[str]) -> dict[str, Any]:
    """Nothing of a frozen object can be changed; a subclass may have more that can."""

    def __setattr__(self: Any, name: str, value: object) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def __delattr__(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return {"__setattr__": __setattr__, "__delattr__": __delattr__}


def _getstate(self: Any) -> list[object]:
    return [getattr(self, name) for name in getattr(self, _FIELDS)]


def _setstate(self: Any, state: list[object]) -> None:
    for name, value in zip(getattr(self, _FIELDS), state, strict=True):
        # The object is only being made: it may be frozen.
        object.__setattr__(self, name, value)


def _compile_on_first_call(
    cls: Any, annotations: Mapping[str, Any], given: Mapping[str, Any], frozen: bool
) -> None:
    def __init__(self: Any, *arguments: object, **named: object) -> None:
        # A second thread that comes here at the same time compiles the same once more.
        cls.__init__ = compiled = _init_of(cls, annotations, given, frozen)
        compiled(self, *arguments, **named)

    cls.__init__ = __init__


def _init_of(
    cls: Any, annotations: Mapping[str, Any], given: Mapping[str, Any], frozen: bool
) -> Callable[..., None]:
    scope: dict[str, Any] = {"_set": object.__setattr__, "_FACTORY": _FACTORY}
    arguments, lines = ["self"], []
    for name in annotations:
        rule: Any = given.get(name, MISSING)
        factory: Any = MISSING
        is_argument = True
        if isinstance(rule, Field):
            rule, factory, is_argument = rule.default, rule.default_factory, rule.init
        value = name
        if factory is not MISSING:
            scope[f"_made_{name}"] = factory
            value = f"_made_{name}()"
            if is_argument:
                arguments.append(f"{name}=_FACTORY")
                value = f"{value} if {name} is _FACTORY else {name}"
        elif rule is not MISSING:
            scope[f"_given_{name}"] = rule
            value = name if is_argument else f"_given_{name}"
            if is_argument:
                arguments.append(f"{name}=_given_{name}")
        elif is_argument:
            arguments.append(name)
        else:
            continue  # __post_init__ sets it
        lines.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    body = "\n ".join(lines or ["pass"])
    exec(f"def __init__({', '.join(arguments)}):\n {body}", scope)
    init: Callable[..., None] = scope["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


class _Standard:
    """What the standard library keeps of a dataclass, worked out by it when it is asked for."""

    def __init__(self, name: str, work_out: Callable[[], type]) -> None:
        self._name = name
        self._work_out = work_out

    def __get__(self, record: object, owner: type) -> Any:
        return getattr(self._work_out(), self._name)


def _leave_to_standard(
    cls: Any, annotations: dict[str, Any], given: dict[str, Any], frozen: bool
) -> None:
    def work_out() -> type:
        namespace = {"__annotations__": annotations, "__module__": cls.__module__, **given}
        like: type = type(cls.__name__, (), namespace)
        standard: type = dataclasses.dataclass(init=False, repr=False, eq=False, frozen=frozen)(
            like
        )
        for name in _ASKED:
            setattr(cls, name, getattr(standard, name))
        return standard

    for name in _ASKED:
        setattr(cls, name, _Standard(name, work_out))
