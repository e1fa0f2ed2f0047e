"""The rules of the command line: exit codes, messages, JSON fields, batches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui import __version__
from moeplanner_gui.cli import main
from moeplanner_gui.commands import estimate
from moeplanner_gui.commands.console import CommandError

PLAN: dict[str, Any] = {
    "format": "moeplan/1",
    "model": "deepseek-v4-flash",
    "rig": {"nodes": [{"ram_gib": 256, "gpus": ["rtxpro6000", "rtxpro6000"]}]},
}
TWO_SMALL_CARDS: dict[str, Any] = {
    **PLAN,
    "rig": {"nodes": [{"ram_gib": 64, "gpus": ["rtx4090", "rtx4090"]}]},
}

RANGE_OR_NULL = "range or null"
ASSESSMENT_FIELDS: dict[str, Any] = {
    "verdict": str,
    "fits": bool,
    "reasons": list,
    "model": {
        "total_parameters": int,
        "active_parameters": int,
        "weights_bytes": int,
        "bits_per_weight": float,
    },
    "devices": list,
    "kv_cache_bytes": int,
    "max_context_tokens": int,
    "max_context_limited_by": str,
    "speed": {
        "decode_tokens_per_s",
        "decode_tokens_per_s_all_users",
        "prefill_tokens_per_s",
        "time_to_first_token_s",
        "bound_by",
        "depth_tokens",
        "prompt_tokens",
        "because",
        "group",
        "weak",
    },
    "power": {"load_w", "idle_w", "psu_w"},
    "cost": {
        "hardware_usd",
        "own_usd_per_month",
        "own_usd_per_mtok",
        "api_usd_per_month",
        "rent_usd_per_month",
        "rigs_needed",
        "duty",
        "breakeven_mtok_per_month",
        "payback_months",
        "verdict",
        "known_hardware_usd",
        "unpriced_parts",
    },
    "findings": list,
}
DEVICE_FIELDS = {
    "name",
    "node",
    "kind",
    "capacity_bytes",
    "usable_bytes",
    "weights_bytes",
    "kv_cache_bytes",
    "compute_bytes",
    "output_bytes",
    "overhead_bytes",
    "file_rest_bytes",
    "used_bytes",
    "free_bytes",
    "layers",
}


def plan_file(folder: Path, document: object = PLAN) -> str:
    file = folder / "rig.moeplan"
    file.write_text(json.dumps(document), encoding="utf-8")
    return str(file)


def moeplanner(
    *arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", "from moeplanner_gui.cli import run; run()", *arguments],
        input=stdin,
        capture_output=True,
        env={**os.environ, **(env or {})},
        check=False,
        timeout=60,
    )


def test_that_importing_the_command_line_loads_no_qt_and_no_pydantic() -> None:
    program = (
        "import sys, moeplanner_gui.cli\n"
        "print(sorted(n for n in sys.modules if n.split('.')[0] in"
        " ('PySide6', 'shiboken6', 'pyqtgraph', 'numpy', 'pydantic')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


def test_that_an_estimate_loads_no_qt(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom moeplanner_gui.cli import main\n"
        f"main(['estimate', {plan_file(tmp_path)!r}, '--json'])\n"
        "print(sorted(n for n in sys.modules if n.split('.')[0] in ('PySide6', 'pyqtgraph')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.splitlines()[-1] == b"[]"


def test_that_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"MoE Planner {__version__}\n"


def test_that_the_json_has_every_field_of_the_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["estimate", plan_file(tmp_path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    for field, shape in ASSESSMENT_FIELDS.items():
        assert field in answer
        if isinstance(shape, dict):
            assert {name: type(value) for name, value in answer[field].items()} == shape
        elif isinstance(shape, set):
            # Fields are added, never renamed.
            assert set(answer[field]) >= shape
        else:
            assert type(answer[field]) is shape
    assert len(answer["devices"]) >= 2
    for device in answer["devices"]:
        assert set(device) >= DEVICE_FIELDS
        assert device["free_bytes"] == device["usable_bytes"] - device["used_bytes"]


def test_that_a_plan_that_fits_ends_with_0_and_says_so_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["estimate", plan_file(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("Fits.")


def test_that_a_plan_that_does_not_fit_ends_with_1_and_says_why_on_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["estimate", plan_file(tmp_path, TWO_SMALL_CARDS), "--json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["fits"] is False
    assert "Does not fit" in err


def test_that_a_plan_that_does_not_fit_is_answered_with_what_would_help(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["estimate", plan_file(tmp_path, TWO_SMALL_CARDS)]) == 1
    assert "What would help:" in capsys.readouterr().out


def test_that_the_most_users_are_told_and_that_one_more_does_not_fit(
    capsys: pytest.CaptureFixture[str],
) -> None:
    flags = ["--model", "llama-3.1-8b", "--gpu", "rtx4090", "--display", "headless"]
    main(["estimate", *flags, "--context", "8K", "--json"])
    answer = json.loads(capsys.readouterr().out)
    most = answer["max_sequences"]
    assert answer["max_sequences_limited_by"] == "memory"
    main(["estimate", *flags, "--context", "8K"])
    told = f"Most sequences at a time: {most} with 8,192 tokens each; memory ends first."
    assert told in capsys.readouterr().out
    for users, code in ((most, 0), (most + 1, 1)):
        more = ["--sequences", str(users), "--context", str(8192 * users)]
        assert main(["estimate", *flags, *more, "--json"]) == code
        assert json.loads(capsys.readouterr().out)["max_sequences"] == most


def test_that_advice_comes_as_plans_that_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = plan_file(tmp_path, TWO_SMALL_CARDS)
    assert main(["estimate", file, "--json"]) == 1
    assert "remedies" not in json.loads(capsys.readouterr().out)
    assert main(["estimate", file, "--json", "--advice"]) == 1
    found = json.loads(capsys.readouterr().out)["remedies"]
    assert found
    for remedy in found:
        assert set(remedy) == {"title", "detail", "outcome", "plan"}
        changed = tmp_path / "changed.moeplan"
        changed.write_text(json.dumps(remedy["plan"]), encoding="utf-8")
        assert main(["estimate", str(changed), "--json"]) == 0
        capsys.readouterr()


@pytest.mark.parametrize("flags", [["--advice"], ["--advice", "--batch", "-"]])
def test_that_advice_belongs_to_the_json_of_one_plan(flags: list[str]) -> None:
    with pytest.raises(CommandError):
        estimate.run([*flags, *([] if "--batch" in flags else ["--model", "llama-3.1-8b"])])


def test_that_flags_make_the_same_plan_as_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {
        **PLAN,
        "rig": {"nodes": [{"host": "wrx90-7965wx", "ram_gib": 256, "gpus": ["rtxpro6000"] * 2}]},
        "weights": "q4_k_m",
        "deployment": {"cache_type_k": "q8_0", "cache_type_v": "q8_0", "cpu_moe_layers": 3},
        "workload": {"context_tokens": 65536, "sequences": 2},
    }
    main(["estimate", plan_file(tmp_path, document), "--json"])
    from_file = capsys.readouterr().out
    flags = "--model deepseek-v4-flash --weights q4_k_m --gpu 2xrtxpro6000 --host wrx90-7965wx"
    flags += " --ram-gib 256 --kv-type q8_0 --cpu-moe-layers 3 --context 64K --sequences 2"
    main(["estimate", *flags.split(), "--json"])
    assert capsys.readouterr().out == from_file


def test_that_flags_change_a_plan_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["estimate", plan_file(tmp_path), "--json"])
    before = json.loads(capsys.readouterr().out)
    main(["estimate", plan_file(tmp_path), "--context", "1M", "--json"])
    after = json.loads(capsys.readouterr().out)
    assert after["kv_cache_bytes"] > before["kv_cache_bytes"]


def test_that_a_plan_can_come_from_standard_input() -> None:
    done = moeplanner("estimate", "-", "--json", stdin=json.dumps(PLAN).encode())
    assert done.returncode == 0
    assert json.loads(done.stdout)["fits"] is True


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["estimate"], 2, "--model"),
        (["estimate", "--no-such-flag"], 2, "unrecognized"),
        (["estimate", "--contxt", "5"], 2, "Did you mean --context? `moeplanner estimate --help`"),
        (["estimate", "--gpu-layerz=3"], 2, "Did you mean --gpu-layers?"),
        (["find", "--rank", "\x1b[2J"], 2, "'price', 'speed'"),
        (["catalog", "update"], 2, "`moeplanner catalog update --help`"),
        (["estimat"], 2, "Did you mean estimate?"),
        (["--no-such-option"], 2, "no option"),
        (["gone.moeplan"], 1, "no such file"),
        (["estimate", "gone.moeplan"], 1, "no such file"),
        (["estimate", "--batch", "gone.jsonl"], 1, "gone.jsonl"),
        (["estimate", "--model", "deepseek-v4-flas"], 1, "deepseek-v4-flash"),
        (["estimate", "--model", "deepseek-v4-flash", "--gpu", "rtx4091"], 1, "rtx4090"),
        (["estimate", "--model", "deepseek-v4-flash", "--host", "wrx90"], 1, "wrx90-"),
        (["estimate", "--model", "deepseek-v4-flash", "--network", "100gb"], 1, "100gbe"),
        (["estimate", "--model", "deepseek-v4-flash", "--context", "0"], 1, "at least 1"),
        (["estimate", "--model", "deepseek-v4-flash", "--context", "many"], 2, "128K"),
        (["estimate", "--model", "deepseek-v4-flash", "--gpu", "0xrtx4090"], 2, "2xrtx4090"),
        (["estimate", "--model", "deepseek-v4-flash", "--engine", "vlm"], 1, "Did you mean vllm?"),
        (["export"], 2, "--pdf"),
        (["export", "gone.moeplan", "--csv", "x.csv"], 1, "no such file"),
        (["catalog"], 2, "list"),
        (["catalog", "show", "rtxpro600"], 1, "rtxpro6000"),
    ],
)
def test_that_a_wrong_command_line_ends_with_its_code_and_a_sentence(
    arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    out, err = capsys.readouterr()
    assert words in err
    assert len(err.splitlines()) == 1 and "\x1b" not in err
    assert out == ""


def test_that_a_damaged_plan_ends_with_1_and_names_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = plan_file(tmp_path, {**PLAN, "workload": {"contxt_tokens": 1}})
    assert main(["estimate", path]) == 1
    err = capsys.readouterr().err
    assert path in err
    assert "unknown key contxt_tokens. Did you mean context_tokens?" in err


def test_that_a_batch_answers_every_line_in_order_and_goes_on_after_a_bad_one() -> None:
    lines = [
        json.dumps(PLAN),
        "{broken",
        json.dumps({**PLAN, "model": "no-such-model"}),
        "",
        json.dumps({**PLAN, "workload": {"contxt_tokens": 1}}),
        json.dumps(TWO_SMALL_CARDS),
        "",
    ]
    done = moeplanner("estimate", "--batch", "-", stdin="\n".join(lines).encode())
    assert done.returncode == 0
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.get("verdict", "error") for answer in answers] == [
        "fits",
        "error",
        "error",
        "error",
        "error",
        "does_not_fit",
    ]
    assert "no-such-model" in answers[2]["error"]
    assert answers[4]["suggestion"] == "context_tokens"


def test_that_a_batch_answers_a_line_before_the_next_one_is_sent() -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from moeplanner_gui.cli import run; run()",
            "estimate",
            "--batch",
            "-",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    with process:
        for _ in range(2):
            process.stdin.write(json.dumps(PLAN).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["fits"] is True
        process.stdin.close()
    assert process.returncode == 0


def test_that_a_batch_says_the_same_as_a_single_estimate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["estimate", plan_file(tmp_path), "--json"])
    single = json.loads(capsys.readouterr().out)
    batch = tmp_path / "plans.jsonl"
    batch.write_text(json.dumps(PLAN) + "\n", encoding="utf-8")
    main(["estimate", "--batch", str(batch)])
    # Solved for one plan only: it would take a batch past its time.
    del single["max_sequences"], single["max_sequences_limited_by"]
    assert json.loads(capsys.readouterr().out) == single


@pytest.mark.skipif(os.name == "nt", reason="needs a pipe that closes early")
def test_that_a_reader_that_stops_early_is_no_error(tmp_path: Path) -> None:
    batch = tmp_path / "plans.jsonl"
    batch.write_text((json.dumps(PLAN) + "\n") * 200, encoding="utf-8")
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from moeplanner_gui.cli import run; run()",
            "estimate",
            "--batch",
            str(batch),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    with process:
        process.stdout.readline()
        process.stdout.close()
        complaints = process.stderr.read()
    assert complaints == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the always-full device")
def test_that_output_to_a_full_disk_ends_with_1_and_says_why(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from moeplanner_gui.cli import run; run()",
                "estimate",
                plan_file(tmp_path),
            ],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"could not be written: No space left" in done.stderr
    assert b"Traceback" not in done.stderr


def test_that_a_console_that_is_not_utf8_gets_the_answer_anyway(tmp_path: Path) -> None:
    done = moeplanner(
        "estimate", plan_file(tmp_path), env={"PYTHONIOENCODING": "cp1252", "LC_ALL": "C"}
    )
    assert done.returncode == 0
    assert "×" in done.stdout.decode("utf-8")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has displays by name")
def test_that_a_missing_display_is_said_instead_of_a_crash() -> None:
    gone = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    done = moeplanner(env=gone)
    assert done.returncode == 1
    assert b"there is no display" in done.stderr


def test_that_the_json_says_of_each_finding_whether_it_is_dismissed_and_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["estimate", plan_file(tmp_path), "--json"])
    before = json.loads(capsys.readouterr().out)["findings"]
    assert len(before) >= 3
    assert all(one["dismissed"] is False and one["reason"] is None for one in before)
    gone, silent = before[0], before[1]
    data = json.loads(Path(plan_file(tmp_path)).read_text(encoding="utf-8"))
    target = data.get("plan", data)
    target["dismissed"] = [
        {"code": gone["code"], "subject": gone["subject"], "reason": "looked at"},
        {"code": silent["code"], "subject": silent["subject"]},
    ]
    path = tmp_path / "dismissed.moeplan"
    path.write_text(json.dumps(data), encoding="utf-8")
    main(["estimate", str(path), "--json"])
    after = json.loads(capsys.readouterr().out)["findings"]
    stream = tmp_path / "plans.jsonl"
    stream.write_text(json.dumps(data) + "\n", encoding="utf-8")
    main(["estimate", "--batch", str(stream)])
    batch = json.loads(capsys.readouterr().out)["findings"]
    for found in (after, batch):
        said = {(one["code"], one["subject"]): (one["dismissed"], one["reason"]) for one in found}
        assert len(said) == len(before)
        assert said.pop((gone["code"], gone["subject"])) == (True, "looked at")
        assert said.pop((silent["code"], silent["subject"])) == (True, "")
        assert set(said.values()) == {(False, None)}
