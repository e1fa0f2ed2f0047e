"""The rules of the plan file: identity, stable bytes, refusals in one sentence, safe saving."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeplanner_gui.core.plan import (
    ApiById,
    ApiByPrice,
    CardMemory,
    CustomCard,
    CustomSlot,
    CustomWeights,
    Deployment,
    DetectedNode,
    Economics,
    Node,
    Plan,
    Rent,
    Rig,
    TunedSlot,
    Workload,
)
from moeplanner_gui.export.plan_file import (
    MAX_PLAN_BYTES,
    PlanFileError,
    plan_from_json,
    plan_to_json,
    read_plan,
    write_plan,
)

PLAN: dict[str, Any] = {
    "format": "moeplan/1",
    "model": "deepseek-v4-flash",
    "rig": {
        "nodes": [
            {
                "host": "wrx90-7965wx",
                "ram_gib": 512,
                "gpus": ["rtxpro6000", {"custom": {"name": "48 GB card", "memory_mib": 49152}}],
            }
        ]
    },
}

text = st.text(min_size=1, max_size=40).filter(lambda value: value.isprintable())
share = st.floats(0, 1)
money = st.none() | st.floats(0, 1e10)
cards = text | st.builds(
    CustomSlot,
    custom=st.builds(
        CustomCard,
        name=text,
        memory_mib=st.integers(256, 2**24),
        reserved_mib=st.none() | st.integers(0, 256),
        bandwidth_gbs=st.none() | st.floats(1e-3, 1e6),
        tdp_w=st.none() | st.floats(1e-3, 1e5),
        compute_capability=st.sampled_from([None, "8.9", "12.0"]),
        price_usd=money,
    ),
)
found = st.builds(
    DetectedNode,
    day=st.dates().map(str),
    host=st.none() | text,
    ram_gib=st.none() | st.integers(0, 65_536),
    gpus=st.lists(cards, max_size=4).map(tuple),
    nvlink=st.none() | st.booleans(),
    power_limit_w=st.none() | st.floats(1e-3, 1e5),
    addresses=st.lists(st.none() | st.just("0000:01:00.0"), max_size=4).map(tuple),
)
nodes = st.builds(
    Node,
    detected=st.none() | found,
    host=st.none() | text,
    ram_gib=st.integers(0, 65_536),
    gpus=st.lists(cards, max_size=4).map(tuple),
    name=st.none() | text,
    display=st.sampled_from([None, "headless", "linux", "windows"]),
)
plans = st.builds(
    Plan,
    model=text,
    weights=text | st.builds(CustomWeights, recipe=text, file_bytes=st.integers(1, 2**50)),
    rig=st.builds(Rig, nodes=st.lists(nodes, max_size=3).map(tuple), network=st.none() | text),
    deployment=st.builds(
        Deployment,
        engine=st.sampled_from(["llama.cpp", "vllm", "sglang", "ktransformers"]),
        gpu_layers=st.none() | st.integers(0, 4096),
        cache_type_k=st.sampled_from(["f16", "q8_0", "auto"]),
        memory_utilization=st.floats(0.01, 1),
        mtp=st.booleans(),
    ),
    workload=st.builds(
        Workload,
        context_tokens=st.integers(1, 2**31),
        input_mtok_per_month=st.floats(0, 1e12) | st.integers(0, 1000),
        peak_share=share,
    ),
    economics=st.builds(
        Economics,
        hardware_usd=money,
        resale_annual_fall=st.floats(-1, 1),
        api=st.none()
        | st.builds(ApiById, provider=text, model=text)
        | st.builds(ApiByPrice, input=share, cached=share, output=share),
        rent=st.none() | st.builds(Rent, gpu=text, usd_per_gpu_hour=money),
    ),
)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["native", "llama.cpp", "rtx4090", "custom", "moeplan/1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["custom", "name", "memory_mib", "gpus", "recipe", "x", "provider"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
places = st.sampled_from(
    [
        ("format",),
        ("model",),
        ("weights",),
        ("rig",),
        ("rig", "nodes"),
        ("rig", "nodes", 0),
        ("rig", "nodes", 0, "gpus"),
        ("rig", "nodes", 0, "gpus", 0),
        ("rig", "nodes", 0, "gpus", 1, "custom"),
        ("rig", "nodes", 0, "gpus", 1, "custom", "memory_mib"),
        ("workload",),
        ("workload", "context_tokens"),
        ("economics",),
        ("economics", "api"),
        ("economics", "rent"),
        ("surprise",),
    ]
)


def put(document: Any, place: tuple[str | int, ...], value: object) -> None:
    for step in place[:-1]:
        document = document[step] if isinstance(step, int) else document.setdefault(step, {})
    document[place[-1]] = value


def refusal(document: object) -> PlanFileError:
    source = document if isinstance(document, (str, bytes)) else json.dumps(document, indent=1)
    with pytest.raises(PlanFileError) as caught:
        plan_from_json(source)
    return caught.value


@given(plans)
@settings(max_examples=150, deadline=None)
def test_that_a_plan_survives_json_unchanged_and_writes_the_same_bytes_again(plan: Plan) -> None:
    written = plan_to_json(plan)
    again = plan_from_json(written)
    assert again == plan
    assert plan_to_json(again) == written


def test_that_equal_plans_are_written_as_equal_bytes() -> None:
    given_as_int = plan_from_json(json.dumps({**PLAN, "workload": {"output_mtok_per_month": 10}}))
    given_as_float = plan_from_json(
        json.dumps({**PLAN, "workload": {"output_mtok_per_month": 10.0}})
    )
    left_out = plan_from_json(json.dumps(PLAN))
    assert plan_to_json(given_as_int) == plan_to_json(given_as_float) == plan_to_json(left_out)


def test_that_only_what_detection_read_is_written() -> None:
    card = TunedSlot(gpu="rtx3090", memory=CardMemory(other_mib=700))
    node = Node(gpus=(card,), detected=DetectedNode(day="2026-11-23", gpus=(card,), ram_gib=62))
    plan = Plan(model="m", rig=Rig(nodes=(node,)))
    (written,) = json.loads(plan_to_json(plan))["rig"]["nodes"]
    assert written["detected"] == {
        "day": "2026-11-23",
        "ram_gib": 62,
        "gpus": [{"gpu": "rtx3090", "memory": {"other_mib": 700}}],
        "addresses": [],
        "used_mib": [],
        "assumed": [],
    }
    assert plan_from_json(plan_to_json(plan)) == plan


def test_that_a_plan_without_detection_says_nothing_of_it() -> None:
    plan = plan_from_json(json.dumps(PLAN))
    assert plan.rig.nodes[0].detected is None
    assert "detected" not in plan_to_json(plan)


def test_that_negative_zero_is_written_as_zero() -> None:
    plan = plan_from_json(json.dumps({**PLAN, "economics": {"capital_rate": -0.0}}))
    assert '"capital_rate": 0,' in plan_to_json(plan)


def test_that_an_unknown_key_is_named_with_its_line_and_the_closest_name() -> None:
    error = refusal({**PLAN, "workload": {"contxt_tokens": 4096}})
    assert (error.key, error.suggestion) == ("contxt_tokens", "context_tokens")
    assert (
        str(error) == f"Line {error.line}: unknown key contxt_tokens. Did you mean context_tokens?"
    )
    lines = json.dumps({**PLAN, "workload": {"contxt_tokens": 4096}}, indent=1).splitlines()
    assert error.line is not None and "contxt_tokens" in lines[error.line - 1]


def test_that_a_key_in_the_wrong_section_is_told_where_it_belongs() -> None:
    assert refusal({**PLAN, "context_tokens": 1}).suggestion == "workload.context_tokens"


def test_that_a_misspelt_key_is_named_before_the_key_it_leaves_missing() -> None:
    error = refusal({**PLAN, "weights": {"recipe": "q4_k_m", "file_byte": 1}})
    assert (error.key, error.suggestion) == ("file_byte", "file_bytes")


def detected(**more: object) -> dict[str, Any]:
    """A rig of one node with this in its snapshot of detection."""
    return {"rig": {"nodes": [{"detected": {"day": "2026-11-23", **more}}]}}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"workload": {"context_tokens": 10**30}},
            "context_tokens is 1000000000000000000000000000000; it must be at most 2,147,483,648.",
        ),
        ({"workload": {"context_tokens": 0}}, "context_tokens is 0; it must be at least 1."),
        (
            {"workload": {"context_tokens": "8"}},
            'context_tokens is "8"; it must be a whole number.',
        ),
        (
            {"workload": {"context_tokens": 1.5}},
            "context_tokens is 1.5; it must be a whole number.",
        ),
        (
            {"workload": {"context_tokens": None}},
            "context_tokens is null; it must be a whole number.",
        ),
        ({"workload": {"peak_share": float("nan")}}, "NaN is not a number that a plan may hold."),
        ({"workload": {"peak_share": -1}}, "peak_share is -1; it must be at least 0."),
        ({"workload": []}, "workload is a list; it must be an object."),
        ({"deployment": {"op_offload": 1}}, "op_offload is 1; it must be true or false."),
        ({"model": ""}, "model is empty."),
        ({"model": "m" * 201}, "model is longer than 200 characters."),
        ({"rig": {"nodes": {}}}, "nodes is an object; it must be a list."),
        (
            {"rig": {"nodes": [{"gpus": ["h100-sxm"] * 33}]}},
            "gpus has 33 entries; at most 32 are possible.",
        ),
        (
            {"rig": {"nodes": [{"gpus": ["h100-sxm", 5]}]}},
            'gpus entry 2 is 5; it must be a GPU id, {"gpu": id, "memory": {…}} '
            'or {"custom": {…}}.',
        ),
        (
            {"rig": {"nodes": [{"gpus": [{"custom": {"name": "x", "memory_mib": "9"}}]}]}},
            'memory_mib is "9"; it must be a whole number.',
        ),
        ({"economics": {"api": {"input": 1, "cached": 2}}}, "output is missing."),
        (detected(gpus=["n" * 10_000]), "gpus entry 1 is longer than 200 characters."),
        (
            detected(gpus=[7]),
            'gpus entry 1 is 7; it must be a GPU id, {"gpu": id, "memory": {…}} '
            'or {"custom": {…}}.',
        ),
        (detected(gpus=["x"] * 33), "gpus has 33 entries; at most 32 are possible."),
        (detected(host="h" * 10_000), "host is longer than 200 characters."),
        (detected(ram_gib="64"), 'ram_gib is "64"; it must be a whole number.'),
        (detected(nvlink="yes"), 'nvlink is "yes"; it must be true or false.'),
        (detected(addresses=["a" * 10_000]), "addresses entry 1 is longer than 40 characters."),
        (detected(ram=1), "unknown key ram. Did you mean ram_gib?"),
        ({"rig": {"nodes": [{"detected": []}]}}, "detected is a list; it must be an object."),
        ({"rig": {"nodes": [{"detected": {}}]}}, "day is missing."),
    ],
)
def test_that_a_wrong_value_is_named_with_what_it_must_be(
    change: dict[str, Any], sentence: str
) -> None:
    error = refusal({**PLAN, **change})
    assert str(error) == f"Line {error.line}: {sentence}"


def test_that_a_misspelt_choice_is_answered_with_the_closest_one() -> None:
    error = refusal({**PLAN, "deployment": {"engine": "vlm"}})
    assert error.suggestion == "vllm"
    assert error.key == "engine"


def test_that_a_newer_format_is_called_newer() -> None:
    error = refusal({**PLAN, "format": "moeplan/2", "colour": "red"})
    assert "made by a newer version" in str(error)


@pytest.mark.parametrize("cut", [1, 20, 80, 150])
def test_that_a_cut_off_file_is_called_cut_off(cut: int) -> None:
    assert "cut off" in str(refusal(json.dumps(PLAN)[:cut]))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "it is empty"),
        ("[1, 2]", "a plan is a JSON object"),
        ('{"model": "a", "model": "b"}', "the key model is given twice"),
        ("\x00\x01\x02", "not JSON"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        ('{"model": "\\ud800", "rig": {"nodes": []}}', "no Unicode"),
        ('{"model": ' + "9" * 5000 + "}", "5,000 digits"),
        ("[" * 200_000, "nests more than"),
        ('{"a":' * 100_000, "nests more than"),
    ],
)
def test_that_a_hostile_text_is_refused_with_one_sentence(source: str | bytes, words: str) -> None:
    message = str(refusal(source))
    assert words in message
    assert "\n" not in message


@given(places, anything)
@settings(max_examples=400, deadline=None)
def test_that_any_value_anywhere_gives_a_plan_or_one_sentence(
    place: tuple[str | int, ...], value: object
) -> None:
    document = json.loads(json.dumps(PLAN))
    put(document, place, value)
    try:
        plan = plan_from_json(json.dumps(document, indent=1))
    except PlanFileError as error:
        assert str(error).count("\n") == 0
        assert 10 < len(str(error)) < 400
        assert error.line is None or error.line >= 1
    else:
        assert plan_from_json(plan_to_json(plan)) == plan


@given(st.binary(max_size=200) | st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_that_any_bytes_are_refused_with_a_sentence(source: str | bytes) -> None:
    assert str(refusal(source))


def test_that_a_byte_order_mark_is_accepted() -> None:
    assert plan_from_json(b"\xef\xbb\xbf" + json.dumps(PLAN).encode()).model == PLAN["model"]


@pytest.mark.parametrize(
    "source",
    [
        '"' + '\\"' * (MAX_PLAN_BYTES // 2 - 8),
        "[]" * (MAX_PLAN_BYTES // 2 - 8),
        json.dumps({**PLAN, "workload": {f"k{i}": 1 for i in range(100_000)}}),
    ],
    ids=["escaped quotes", "many brackets", "many unknown keys"],
)
def test_that_a_refusal_takes_time_in_proportion_to_the_text(source: str) -> None:
    started = time.process_time()
    refusal(source)
    # Linear work takes well under two seconds here; quadratic work takes hours.
    assert time.process_time() - started < 60


def test_that_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "huge.moeplan"
    with file.open("wb") as stream:
        stream.truncate(100 * 10**6)
    with pytest.raises(PlanFileError, match=r"100\.0 MB large, and a plan is at most 4 MiB"):
        read_plan(file)


def test_that_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match="no such file"):
        read_plan(tmp_path / "none.moeplan")
    with pytest.raises(PlanFileError, match="a folder"):
        read_plan(tmp_path)


def test_that_an_error_carries_the_name_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "rig.moeplan"
    file.write_text("{", encoding="utf-8")
    with pytest.raises(PlanFileError) as caught:
        read_plan(file)
    assert caught.value.name == "rig.moeplan"


def sample_plan() -> Plan:
    return plan_from_json(json.dumps(PLAN))


def test_that_a_saved_plan_is_read_back_equal(tmp_path: Path) -> None:
    file = tmp_path / "rig.moeplan"
    write_plan(file, sample_plan())
    assert read_plan(file) == sample_plan()
    assert [entry.name for entry in tmp_path.iterdir()] == ["rig.moeplan"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_that_saving_keeps_permissions_and_links(tmp_path: Path) -> None:
    file = tmp_path / "rig.moeplan"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o640)
    link = tmp_path / "link.moeplan"
    link.symlink_to(file)
    write_plan(link, sample_plan())
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert read_plan(file) == sample_plan()


@pytest.mark.skipif(os.name == "nt", reason="needs a limit on file sizes")
def test_that_a_full_disk_keeps_the_old_file_and_says_why(tmp_path: Path) -> None:
    file = tmp_path / "rig.moeplan"
    file.write_text("the old plan", encoding="utf-8")
    program = textwrap.dedent(
        """
        import resource, signal, sys
        from moeplanner_gui.export.plan_file import PlanFileError, read_plan, write_plan
        from moeplanner_gui.core.plan import Plan, Rig
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        try:
            write_plan(sys.argv[1], Plan(model="m", rig=Rig(nodes=())))
        except PlanFileError as error:
            print(error)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=True
    )
    assert "could not be saved: the file would grow past the size limit" in done.stdout
    assert "unchanged" in done.stdout
    assert file.read_text(encoding="utf-8") == "the old plan"
    assert [entry.name for entry in tmp_path.iterdir()] == ["rig.moeplan"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the always-full device")
def test_that_a_device_without_space_is_called_full() -> None:
    with pytest.raises(PlanFileError, match="the disk is full"):
        write_plan("/dev/full", sample_plan())


def test_that_a_read_only_file_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "rig.moeplan"
    file.write_text("the old plan", encoding="utf-8")
    file.chmod(0o444)
    # The superuser may write everywhere, so the answer of the system is put in its place.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PlanFileError, match="you may not write there"):
        write_plan(file, sample_plan())
    assert file.read_text(encoding="utf-8") == "the old plan"


def test_that_a_missing_folder_is_named_as_the_reason(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match="the folder does not exist"):
        write_plan(tmp_path / "gone" / "rig.moeplan", sample_plan())
