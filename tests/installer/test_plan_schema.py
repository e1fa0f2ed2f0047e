"""The published schema of the plan file: up to date, and it says what the program says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installer.make_schema import SCHEMA, plan_schema, schema_text
from installer.plan_words import PLAN_WORDS, UNITS
from moeplanner_gui.export.plan_file import (
    PlanFileError,
    plan_and_entries_from_json,
    plan_from_json,
    plan_to_json,
)
from tests.export.test_plan_file import PLAN, anything, detected, places, plans, put

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    *sorted((ROOT / "resources" / "samples").glob("*.moeplan")),
    *sorted((ROOT / "tests" / "data" / "plan_files" / "history").glob("*.moeplan")),
]
VALIDATOR = jsonschema.Draft202012Validator(plan_schema())
BEYOND_A_SCHEMA = (
    "larger than memory_mib",  # one field against another
    "no Unicode",
)


def is_valid(document: Any) -> bool:
    return next(VALIDATOR.iter_errors(document), None) is None


def test_that_the_published_schema_is_what_the_program_reads() -> None:
    assert SCHEMA.read_text("utf-8") == schema_text(), "run installer/make_schema.py"
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text()))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_that_samples_and_every_form_ever_written_are_valid(file) -> None:
    document = json.loads(file.read_bytes())
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []
    # As the program writes them now, too.
    again = plan_to_json(*plan_and_entries_from_json(file.read_bytes()))
    assert is_valid(json.loads(again))


@given(plans)
@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
def test_that_what_is_written_is_valid(plan) -> None:
    assert is_valid(json.loads(plan_to_json(plan)))


def _agree(document: Any) -> None:
    try:
        plan_from_json(json.dumps(document))
    except PlanFileError as error:
        if not any(words in str(error) for words in BEYOND_A_SCHEMA):
            assert not is_valid(document), str(error)
    else:
        assert is_valid(document)


def _without_whole_floats(value: Any) -> Any:
    """1.0 is a whole number to a schema, and refused by the program as one."""
    if isinstance(value, dict):
        return {key: _without_whole_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_whole_floats(item) for item in value]
    if isinstance(value, float) and (value.is_integer() or value != value or abs(value) > 1e300):
        return 0.5
    return value


@given(places, anything)
@settings(max_examples=300)
def test_that_schema_and_program_refuse_the_same(place, value) -> None:
    document = json.loads(json.dumps(PLAN))
    put(document, place, _without_whole_floats(value))
    _agree(document)


@pytest.mark.parametrize(
    "change",
    [
        {"workload": {"context_tokens": 10**30}},
        {"workload": {"context_tokens": 0}},
        {"workload": {"context_tokens": "8"}},
        {"workload": {"context_tokens": None}},
        {"workload": {"peak_share": -1}},
        {"workload": []},
        {"workload": {"contxt_tokens": 4096}},
        {"deployment": {"op_offload": 1}},
        {"deployment": {"engine": "vlm"}},
        {"model": ""},
        {"model": "m" * 201},
        {"rig": {"nodes": {}}},
        {"rig": {"nodes": [{"gpus": ["h100-sxm"] * 33}]}},
        {"rig": {"nodes": [{"gpus": ["h100-sxm", 5]}]}},
        {"rig": {"nodes": [{"gpus": [{"custom": {"name": "x", "memory_mib": "9"}}]}]}},
        {"rig": {"nodes": [{}] * 65}},
        {"rig": {"nodes": [{"parts": [{"part": "x", "count": 0}]}]}},
        {"economics": {"api": {"input": 1, "cached": 2}}},
        detected(gpus=["n" * 10_000]),
        detected(ram=1),
        {"rig": {"nodes": [{"detected": {}}]}},
        {"format": "moeplan/2"},
        {"program": "soon"},
        {"program": 1},
        {"entries": {"gpus": [{"id": "x"}]}},
        {"entries": {"cards": []}},
        {"entries": {"apis": [{"provider": "x"}]}},
        {"entries": []},
        {"dismissed": [{"code": "x"}]},
    ],
)
def test_that_what_the_program_refuses_for_its_shape_the_schema_refuses_too(change) -> None:
    document = {**PLAN, **change}
    with pytest.raises(PlanFileError):
        plan_and_entries_from_json(json.dumps(document))
    assert not is_valid(document)


ENTRIES = json.loads(
    FILES[-7].read_bytes() if "sample" in FILES[-1].stem else FILES[-1].read_bytes()
)


@given(st.data())
@settings(max_examples=200)
def test_that_schema_and_program_refuse_the_same_damage_to_rows(data) -> None:
    document = json.loads(json.dumps(ENTRIES))
    kind = data.draw(st.sampled_from(sorted(document["entries"])))
    row = document["entries"][kind][0]
    field = data.draw(st.sampled_from(sorted(row)))
    row[field] = _without_whole_floats(data.draw(anything))
    if is_valid(document):
        return  # rules between fields are the program's
    with pytest.raises(PlanFileError):
        plan_and_entries_from_json(json.dumps(document))


def test_that_every_field_of_a_plan_is_described_and_every_size_has_its_unit() -> None:
    schema = plan_schema()
    of_rows = {"GpuSpec", "HostSpec", "PriceRow", "ApiTariff", "ApiTier", "PowerTariff",
               "ExchangeRate", "RentalRange", "NetworkSpec", "LinkSpec", "ModelSpec"}  # fmt: skip
    places = {"Plan": schema, **schema["$defs"]}
    for name in PLAN_WORDS:
        fields = places[name]["properties"]
        assert set(PLAN_WORDS[name]) == set(fields), name
        assert all("description" in rules for rules in fields.values())
    endings = tuple(ending for ending, _ in UNITS)
    for name in of_rows:
        for field, rules in places[name]["properties"].items():
            assert not field.endswith(endings) or rules.get("description"), (name, field)
    assert all("title" in rules for rules in schema["properties"].values())


def test_that_a_hint_names_the_unit_of_its_field() -> None:
    units = {"_gib": "GiB", "_mib": "MiB", "_gbs": "GB/s", "_w": "watts", "_usd": "USD"}
    for section in PLAN_WORDS.values():
        for field, words in section.items():
            for ending, unit in units.items():
                assert not field.endswith(ending) or unit in words, (field, words)
