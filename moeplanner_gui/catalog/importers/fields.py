"""Reads the fields of a config.json: what a key may hold, and what a missing key means.

The meaning of a missing key is that of transformers: the defaults of its configuration classes
lie beside the catalogues, with their source. Every refusal names the field.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from moeplanner_gui.catalog import paths
from moeplanner_gui.catalog.importers.failure import ImportFailure, shown
from moeplanner_gui.core.words import say

MAX_LAYERS = 2048
"""Eight times the deepest model there is; a row with more would only fill memory."""
MAX_SIZE = 2**31 - 1
_SPECIAL_LIMITS = {
    "num_hidden_layers": MAX_LAYERS,
    "vocab_size": 2**27,
    "max_position_embeddings": 2**40,
}


@cache
def _known() -> Mapping[str, Any]:
    file = paths.catalogs_dir() / "imports" / "config-defaults.json"
    rows: Mapping[str, Any] = json.loads(file.read_bytes())["model_types"]
    return rows


class Fields:
    """One object of a config.json.

    Attributes:
        notes: What was assumed while reading, in sentences; shared with the parts inside.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        model_type: str = "",
        *,
        prefix: str = "",
        notes: list[str] | None = None,
    ) -> None:
        self._values = values
        self._prefix = prefix
        self.notes: list[str] = [] if notes is None else notes
        known = _known().get(model_type, {})
        self._defaults: Mapping[str, Any] = known.get("defaults", {})
        self._names: dict[str, tuple[str, ...]] = {}
        groups: dict[str, list[str]] = {}
        for alias, name in known.get("aliases", {}).items():
            groups.setdefault(name, [name]).append(alias)
        for group in groups.values():
            for name in group:
                self._names[name] = (name, *(other for other in group if other != name))

    def label(self, name: str) -> str:
        """The field as a sentence names it: ``text_config.hidden_size``."""
        return f"{self._prefix}{name}"

    def fail(self, name: str, sentence: str) -> ImportFailure:
        """A failure about one field; the sentence goes on after its name."""
        return ImportFailure(f"{self.label(name)} {sentence}", field=self.label(name))

    def has(self, name: str) -> bool:
        """True when the object itself gives the field, and not as null."""
        return self._find(name, given=True)[1] is not None

    def given_keys(self) -> list[str]:
        """The keys of the object itself that are not null."""
        return [str(key) for key, value in self._values.items() if value is not None]

    def raw(self, name: str, *others: str) -> Any:
        """The value as it is, or the default, or None."""
        return self._pick((name, *others))[1]

    def _find(self, name: str, *, given: bool) -> tuple[str, Any]:
        for candidate in self._names.get(name, (name,)):
            if self._values.get(candidate) is not None:
                return candidate, self._values[candidate]
        if not given:
            for candidate in self._names.get(name, (name,)):
                # An explicit null is a choice of its own, and not the default.
                if candidate in self._values:
                    return candidate, None
            for candidate in self._names.get(name, (name,)):
                if self._defaults.get(candidate) is not None:
                    return candidate, self._defaults[candidate]
        return name, None

    def _pick(self, names: Sequence[str]) -> tuple[str, Any]:
        for name in names:
            found = self._find(name, given=True)
            if found[1] is not None:
                return found
        for name in names:
            found = self._find(name, given=False)
            if found[1] is not None:
                return found
        return names[0], None

    def size(self, name: str, *others: str, default: int | None = None) -> int:
        """A whole number of at least 1. ``others`` are older names of the same field."""
        key, value = self._pick((name, *others))
        if value is None:
            if default is not None:
                return default
            raise self.fail(name, say("is missing."))
        return self._number(key, value, 1)

    def optional_size(self, name: str, *others: str) -> int | None:
        """A whole number of at least 1, or None when it is null or left out."""
        key, value = self._pick((name, *others))
        return None if value is None else self._number(key, value, 1)

    def count(self, name: str, *others: str, default: int = 0) -> int:
        """A whole number of at least 0; null is 0."""
        key, value = self._pick((name, *others))
        return default if value is None else self._number(key, value, 0)

    def _number(self, key: str, value: object, least: int) -> int:
        limit = _SPECIAL_LIMITS.get(key, MAX_SIZE)
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fail(key, say("is {0}; it must be a whole number.", shown(value)))
        if not least <= value <= limit:
            raise self.fail(
                key, say("is {0}; it must be from {1} to {2:,}.", shown(value), least, limit)
            )
        return value

    def flag(self, name: str, *others: str, default: bool = False) -> bool:
        """True or false; 0 and 1 are taken, as older files have them."""
        key, value = self._pick((name, *others))
        if value is None:
            return default
        if isinstance(value, bool) or value in (0, 1):
            return bool(value)
        raise self.fail(key, say("is {0}; it must be true or false.", shown(value)))

    def text(self, name: str, default: str = "") -> str:
        """A text."""
        key, value = self._pick((name,))
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.fail(key, say("is {0}; it must be text.", shown(value)))
        return value

    def per_layer(
        self, name: str, layers: int, read: Callable[[object], str | None], *, spare: bool = True
    ) -> list[str] | None:
        """A list with one entry a layer, each turned into a word by ``read``; None when absent.

        Entries behind the last layer belong to prediction layers and are left out when
        ``spare``; a list that is too short is refused.
        """
        key, value = self._pick((name,))
        if value is None:
            return None
        if not isinstance(value, (list, str)):
            raise self.fail(
                key, say("is {0}; it must be a list with one entry a layer.", shown(value))
            )
        if len(value) < layers or (len(value) > layers and not spare):
            raise self.fail(
                key,
                say(
                    "has {0:,} entries for {1:,} layers; one a layer is needed.", len(value), layers
                ),
            )
        words = []
        for index, entry in enumerate(value[:layers]):
            word = read(entry)
            if word is None:
                raise self.fail(
                    f"{key}[{index}]",
                    say("is {0}, a kind of layer that is not known.", shown(entry)),
                )
            words.append(word)
        return words

    def numbers(self, name: str) -> list[int] | None:
        """A list of whole numbers of at least 0, or None."""
        key, value = self._pick((name,))
        if value is None:
            return None
        if not isinstance(value, list) or len(value) > MAX_LAYERS:
            raise self.fail(key, say("is {0}; it must be a list of layer numbers.", shown(value)))
        return [self._number(f"{key}[{i}]", entry, 0) for i, entry in enumerate(value)]

    def inside(self, name: str, model_type: str = "") -> Fields | None:
        """The object under a key, or None."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self.fail(name, say("is {0}; it must be an object.", shown(value)))
        return Fields(value, model_type, prefix=f"{self._prefix}{name}.", notes=self.notes)

    def refuse_when(self, name: str, is_so: bool, why: str) -> None:
        """Refuse a field whose value asks for something that is not modelled."""
        if is_so:
            raise self.fail(name, say("is {0}: {1}", shown(self.raw(name)), why))
