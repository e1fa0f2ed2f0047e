"""What scripts rely on: the plan with every key, the words of later commands, each user's share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moeplanner_gui.cli import main
from moeplanner_gui.commands.console import complain, say


@pytest.mark.parametrize(
    ("engine", "flags", "asked", "longest"),
    [
        ("llama.cpp", [], "4 sequences × 16,384 tokens", "163,840 tokens for each of 4 sequences"),
        (
            "llama.cpp",
            ["--unified-kv"],
            "4 sequences share 65,536 tokens",
            "163,840 tokens shared by 4 sequences",
        ),
        ("vllm", ["--tensor-parallel", "8"], "4 sequences × 65,536 tokens", "for each of 4"),
    ],
)
def test_that_a_context_is_told_as_what_each_sequence_has(
    engine: str, flags: list[str], asked: str, longest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # llama.cpp divides -c by its slots, vLLM's length is that of one sequence.
    rig = ["--model", "deepseek-v3", "--gpu", "8xb200", "--ram-gib", "64"]
    main(["estimate", *rig, "--engine", engine, "--sequences", "4", "--context", "64K", *flags])
    printed = capsys.readouterr().out
    assert asked in printed
    assert longest in printed


CONTRACT_PLAN = """
{"format": "moeplan/1",
 "model": "deepseek-v4-flash",
 "weights": "native",
 "rig": {"nodes": [{"host": "wrx90-7965wx", "ram_gib": 512,
                    "gpus": ["rtxpro6000", {"custom": {"name": "48 GB card", "memory_mib": 49152,
                             "reserved_mib": 0, "bandwidth_gbs": 1008}}]}],
         "network": "100gbe"},
 "deployment": {"engine": "llama.cpp", "frontend": "server", "split": "layer", "gpu_layers": null,
                "cpu_moe_layers": 0, "op_offload": true, "flash_attention": true,
                "cache_type_k": "f16", "cache_type_v": "f16", "batch": 2048, "ubatch": 512,
                "unified_kv": false, "tensor_parallel": 1, "pipeline_parallel": 1,
                "data_parallel": 1, "expert_parallel": false, "memory_utilization": 0.9,
                "mtp": false},
 "workload": {"context_tokens": 32768, "sequences": 1, "input_mtok_per_month": 100,
              "output_mtok_per_month": 10, "cache_hit_share": 0.0, "peak_share": 0.208,
              "batch_share": 0.0},
 "economics": {"hardware_usd": null, "life_months": 36, "resale_haircut": 0.2,
               "resale_annual_fall": 0.25, "resale_share": null, "capital_rate": 0.0,
               "electricity_usd_per_kwh": 0.187, "load_w": null, "idle_w": null, "pue": 1.0,
               "hours_on_per_month": 730, "maintenance_share_per_year": 0.02,
               "other_usd_per_month": 0, "availability": 0.98, "max_duty": 0.7,
               "decode_tokens_per_s": null, "prefill_tokens_per_s": null,
               "api": {"provider": "deepseek", "model": "deepseek-v4-pro"},
               "rent": {"gpu": "h100-sxm", "usd_per_gpu_hour": null}}}
"""


def test_that_a_plan_with_every_key_of_the_contract_is_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "every-key.moeplan"
    path.write_text(CONTRACT_PLAN, encoding="utf-8")
    main(["estimate", str(path), "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert answer["verdict"] == "does_not_fit"
    assert [device["name"] for device in answer["devices"]] == ["GPU 1", "GPU 2", "Host memory"]


def test_that_a_name_in_a_plan_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "hostile.moeplan"
    path.write_text('{"model": "\\u001b[31mred", "rig": {"nodes": []}}', encoding="utf-8")
    assert main(["estimate", str(path)]) == 1
    printed = capsys.readouterr()
    assert "\x1b" not in printed.out + printed.err
    assert "[31mred" in printed.err


def test_that_a_sign_of_writing_order_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    say("a \u202ename\u2066 שלום")
    complain("a \u202ename\u2066 שלום")
    printed = capsys.readouterr()
    assert printed.out == printed.err == "a \ufffdname\ufffd שלום\n"


def test_that_a_refused_file_is_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["estimate", str(tmp_path)]) == 1
    assert (
        capsys.readouterr().err == f"moeplanner: {tmp_path}: This is a folder, not a plan file.\n"
    )
    path = tmp_path / "large.moeplan"
    path.write_bytes(b" " * 5_000_000)
    assert main(["estimate", str(path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"moeplanner: {path}: This is not a plan: it is 5.0 MB large")
    assert not said.endswith("..\n")
