"""Plan files of every age open: the chain of steps, and each form that was ever written."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui import __version__
from moeplanner_gui.export import migrations
from moeplanner_gui.export.migrations import STEPS, UNNAMED, is_readable, migrated
from moeplanner_gui.export.plan_file import (
    FORMAT,
    PlanFileError,
    plan_and_entries_from_json,
    plan_from_json,
    plan_to_json,
    read_plan,
    write_plan,
)

DATA = Path(__file__).resolve().parents[2] / "data" / "plan_files"
HISTORY = sorted((DATA / "history").glob("*.moeplan"))
PLAN: dict[str, Any] = {"model": "deepseek-v4-flash", "rig": {"nodes": []}}


def from_0(document: dict[str, Any]) -> dict[str, Any]:
    """A step as a real one will be: of a form that only this test ever wrote."""
    made = dict(document)
    computers = made.pop("computers", [])
    names = {"memory": "ram_gib", "cards": "gpus"}
    if isinstance(computers, list):
        computers = [
            {names.get(key, key): value for key, value in one.items()}
            if isinstance(one, dict)
            else one
            for one in computers
        ]
    made |= {"format": "moeplan/1", "rig": {"nodes": computers}}
    if "context" in made:
        made["workload"] = {"context_tokens": made.pop("context")}
    return made


@pytest.fixture
def older(monkeypatch):
    monkeypatch.setattr(migrations, "STEPS", {"moeplan/0": from_0})
    return (DATA / "older" / "form-0.moeplan").read_text("utf-8")


def test_that_a_plan_of_an_older_form_opens_and_is_saved_in_the_present_one(older) -> None:
    plan = plan_from_json(older)
    (node,) = plan.rig.nodes
    assert (node.ram_gib, node.gpus) == (256, ("rtxpro6000", "rtxpro6000"))
    assert plan.workload.context_tokens == 65_536
    assert json.loads(plan_to_json(plan))["format"] == FORMAT


def test_that_a_wrong_value_in_an_older_form_is_still_one_sentence(older) -> None:
    with pytest.raises(PlanFileError, match="ram_gib") as caught:
        plan_from_json(older.replace("256", '"much"'))
    assert "\n" not in str(caught.value)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["computers", "cards", "context", "x"]), inner)
        ),
        max_leaves=8,
    )
)
def test_that_a_step_meets_anything_and_changes_nothing_it_was_given(value) -> None:
    document = {"format": "moeplan/0", "model": "m", "computers": value}
    before = copy.deepcopy(document)
    made = migrated(document, {"moeplan/0": from_0})
    assert document == before
    assert made["format"] == FORMAT


def test_that_steps_are_taken_one_after_the_other() -> None:
    def step(to: str):
        return lambda document: {**document, "format": to, "way": [*document.get("way", []), to]}

    steps = {"a": step("b"), "b": step("c"), "c": step("moeplan/1")}
    assert migrated({"format": "a"}, steps)["way"] == ["b", "c", "moeplan/1"]


@pytest.mark.parametrize("to", ["a", "nowhere"])
def test_that_steps_in_a_circle_or_to_nowhere_are_a_mistake_that_ends(to) -> None:
    with pytest.raises(ValueError, match="no steps lead"):
        migrated({"format": "a"}, {"a": lambda document: {**document, "format": to}})


def test_that_every_older_form_has_steps_to_the_present_one() -> None:
    number = int(FORMAT.rpartition("/")[2])
    assert set(STEPS) == {f"moeplan/{n}" for n in range(1, number)}
    assert is_readable(UNNAMED)
    assert plan_from_json(json.dumps(PLAN)).format == FORMAT


def _kept(old: Any, new: Any, where: str = "") -> list[str]:
    """The places at which a value that was written is not what is written now."""
    if isinstance(old, dict) and isinstance(new, dict):
        # What was left out and null mean the same.
        pairs = ((key, value, new.get(key)) for key, value in old.items() if key != "program")
        return [lost for key, a, b in pairs for lost in _kept(a, b, f"{where}.{key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs_of = enumerate(zip(old, new, strict=True))
        return [lost for n, (a, b) in pairs_of for lost in _kept(a, b, f"{where}[{n}]")]
    if isinstance(old, list) and isinstance(new, dict):
        return [where]
    return [] if old == new else [where]


@pytest.mark.parametrize("file", HISTORY, ids=lambda file: file.stem)
def test_that_every_form_that_was_ever_written_opens_and_loses_nothing(file) -> None:
    text = file.read_text("utf-8")
    plan, entries = plan_and_entries_from_json(text)
    again = plan_to_json(plan, entries)
    assert _kept(json.loads(text), json.loads(again)) == []
    assert plan_and_entries_from_json(again) == (plan, entries)


def test_that_the_history_is_there() -> None:
    assert len(HISTORY) >= 24


# Which program wrote it -------------------------------------------------------------------------


def test_that_a_file_says_which_version_saved_it_and_equal_plans_stay_equal(tmp_path) -> None:
    plan = plan_from_json(json.dumps(PLAN))
    write_plan(tmp_path / "a.moeplan", plan)
    assert json.loads((tmp_path / "a.moeplan").read_bytes())["program"] == __version__
    assert read_plan(tmp_path / "a.moeplan") == plan
    assert "program" not in json.loads(plan_to_json(plan))


def test_that_a_newer_form_names_the_version_that_is_needed() -> None:
    document = {**PLAN, "format": "moeplan/2", "program": "3.1.0", "rig": "something else"}
    with pytest.raises(PlanFileError) as caught:
        plan_from_json(json.dumps(document))
    said = str(caught.value)
    assert "made by a newer version of MoE Planner (format moeplan/2)" in said
    assert f"this is version {__version__}" in said
    assert said.endswith("Open it with version 3.1.0 or a newer one.")


def test_that_a_field_of_a_newer_version_names_the_version_that_knows_it() -> None:
    document = {**PLAN, "program": "99.2.0", "colour": "red"}
    with pytest.raises(PlanFileError) as caught:
        plan_from_json(json.dumps(document, indent=1))
    assert "unknown key colour" in str(caught.value)
    assert str(caught.value).endswith("open it with 99.2.0 or a newer version.")
    assert caught.value.line == 7
    document["program"] = __version__
    with pytest.raises(PlanFileError) as caught:
        plan_from_json(json.dumps(document, indent=1))
    assert "newer" not in str(caught.value)


@pytest.mark.parametrize(
    "program", [None, 1, "", "soon", "1", "1.0\n", "1.0 <b>", "9" * 50, ["1.0"], "١.٢"]
)
def test_that_an_odd_version_is_refused_in_a_sentence(program) -> None:
    with pytest.raises(PlanFileError, match="it must be a version") as caught:
        plan_from_json(json.dumps({**PLAN, "program": program}))
    assert len(str(caught.value)) < 150 and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "form", ["moeplan/999999999", "moeplan/9999999999", "moeplan/", 2, None, []]
)
def test_that_any_form_is_refused_in_a_sentence(form) -> None:
    with pytest.raises(PlanFileError) as caught:
        plan_from_json(json.dumps({**PLAN, "format": form}))
    assert "\n" not in str(caught.value) and caught.value.key == "format"
