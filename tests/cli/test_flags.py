"""The rules of the flags: what they write into the plan document."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from moeplanner_gui.commands.console import CommandError
from moeplanner_gui.commands.flags import add_plan_flags, parse_cards, plan_document
from moeplanner_gui.core.plan import Deployment, Node


def document(flags: str, base: dict[str, Any] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    add_plan_flags(parser)
    return plan_document(parser.parse_args(flags.split()), base)


@pytest.mark.parametrize(
    ("text", "cards"),
    [
        ("rtx4090", ["rtx4090"]),
        ("RTX4090", ["rtx4090"]),
        ("2xrtx4090", ["rtx4090"] * 2),
        ("2 × rtx4090", ["rtx4090"] * 2),
        ("3*h100-sxm", ["h100-sxm"] * 3),
        ("custom:49152", [{"custom": {"name": "49,152 MiB card", "memory_mib": 49152}}]),
        (
            "2xcustom:49152:512",
            [{"custom": {"name": "49,152 MiB card", "memory_mib": 49152, "reserved_mib": 512}}] * 2,
        ),
    ],
)
def test_that_cards_are_read_with_their_number(text: str, cards: list[Any]) -> None:
    assert parse_cards(text) == cards


@pytest.mark.parametrize("text", ["", "0xrtx4090", "9999xrtx4090"])
def test_that_a_number_of_cards_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(CommandError):
        parse_cards(text)


def test_that_repeated_cards_fill_the_slots_in_order() -> None:
    made = document("--model m --gpu 2xrtx4090 --gpu rtx3090")
    assert made["rig"]["nodes"][0]["gpus"] == ["rtx4090", "rtx4090", "rtx3090"]


def test_that_equal_nodes_are_made_by_number() -> None:
    nodes = document("--model m --gpu 8xh200 --host sp5-9004 --ram-gib 512 --nodes 2")["rig"][
        "nodes"
    ]
    assert nodes == [{"host": "sp5-9004", "ram_gib": 512, "gpus": ["h200"] * 8}] * 2


@pytest.mark.parametrize(
    ("text", "tokens"), [("131072", 131072), ("128K", 131072), ("1m", 2**20), ("32,768", 32768)]
)
def test_that_a_context_may_be_given_in_k_and_m(text: str, tokens: int) -> None:
    assert document(f"--model m --context {text}")["workload"]["context_tokens"] == tokens


def test_that_one_flag_sets_both_halves_of_the_kv_cache() -> None:
    deployment = document("--model m --kv-type q8_0 --cache-type-v q4_0")["deployment"]
    assert deployment == {"cache_type_k": "q8_0", "cache_type_v": "q4_0"}


def test_that_other_engines_start_from_their_own_cache_type() -> None:
    deployment = document("--model m --engine vllm")["deployment"]
    assert (deployment["cache_type_k"], deployment["cache_type_v"]) == ("auto", "auto")


def test_that_the_size_of_a_file_belongs_to_its_recipe() -> None:
    made = document("--model m --weights q4_k_m --file-bytes 19900000000")
    assert made["weights"] == {"recipe": "q4_k_m", "file_bytes": 19_900_000_000}


def test_that_a_matrix_belongs_to_the_recipe_too() -> None:
    made = document("--model m --weights q4_0 --imatrix")
    assert made["weights"] == {"recipe": "q4_0", "imatrix": True}
    assert document("--imatrix", made | {"weights": {"recipe": "q4_0", "file_bytes": 7}})[
        "weights"
    ] == {"recipe": "q4_0", "file_bytes": 7, "imatrix": True}


def test_that_lists_and_engine_options_have_flags() -> None:
    made = document("--model m --tensor-split 61,20 --no-kv-offload --main-gpu 1 --swa-full")
    assert made["deployment"] == {
        "tensor_split": [61.0, 20.0],
        "kv_offload": False,
        "main_gpu": 1,
        "swa_full": True,
    }


def test_that_switches_are_left_alone_unless_they_are_given() -> None:
    assert "deployment" not in document("--model m")
    switched = document("--model m --no-op-offload --mtp")["deployment"]
    assert switched == {"op_offload": False, "mtp": True}


def test_that_any_other_field_can_be_set_by_its_path() -> None:
    made = document("--model m --set economics.load_w=900 --set rig.network=100gbe")
    assert made["economics"] == {"load_w": 900}
    assert made["rig"]["network"] == "100gbe"


def test_that_a_node_has_its_system_and_its_disk() -> None:
    made = document("--model m --ram-gib 64 --system-mib 2048 --disk-gib 1800 --disk-read-gbs 7.1")
    assert made["rig"]["nodes"] == [
        {"ram_gib": 64, "system_mib": 2048, "disk_gib": 1800, "disk_read_gbs": 7.1}
    ]


def test_that_a_plan_of_several_nodes_is_not_changed_by_a_flag_for_one() -> None:
    base = {"model": "m", "rig": {"nodes": [{"gpus": []}, {"gpus": []}]}}
    with pytest.raises(CommandError, match="several nodes"):
        document("--gpu rtx4090", base)


def test_that_links_memory_and_power_are_set_on_every_node() -> None:
    nodes = document(
        "--model m --gpu 2xrtx3090 --nodes 2 --card-link pcie4-x8 --nvlink --memory-mt-s 6000"
        " --memory-channels 2 --memory-gbs 61.5 --power-limit-w 250"
    )["rig"]["nodes"]
    node = {
        "gpus": ["rtx3090"] * 2,
        "card_link": "pcie4-x8",
        "nvlink": True,
        "memory_mt_s": 6000,
        "memory_channels": 2,
        "memory_gbs": 61.5,
        "power_limit_w": 250.0,
    }
    assert nodes == [node] * 2


def test_that_parts_and_computers_that_are_there_are_told() -> None:
    node = document("--model m --host am5-5600 --part 2xpsu-850-w --part board-am5 --mine")["rig"]
    assert node["nodes"][0]["parts"] == [
        {"part": "psu-850-w", "count": 2},
        {"part": "board-am5", "count": 1},
    ]
    assert node["nodes"][0]["mine"] is True


def test_that_the_link_of_modules_can_be_taken_away() -> None:
    node = document("--model m --gpu 8xh200 --no-nvlink")["rig"]["nodes"][0]
    assert node["nvlink"] is False


def test_that_back_end_prediction_and_prompt_are_set() -> None:
    made = document(
        "--model m --backend vulkan --mtp --draft-tokens 3 --acceptance-rate 0.7 --prompt 8K"
    )
    assert made["deployment"] == {
        "backend": "vulkan",
        "mtp": True,
        "draft_tokens": 3,
        "acceptance_rate": 0.7,
    }
    assert made["workload"] == {"prompt_tokens": 8192}


@pytest.mark.parametrize("field", [*Node.model_fields, *Deployment.model_fields])
def test_that_every_field_that_a_person_sets_has_a_flag(field: str) -> None:
    """A node's name is said nowhere on the command line, nor what was read of it or there."""
    parser = argparse.ArgumentParser()
    add_plan_flags(parser)
    flags = {flag for action in parser._actions for flag in action.option_strings}
    named = {
        "gpus": "--gpu",
        "parts": "--part",
        "batch": "--batch-size",
        "ubatch": "--ubatch-size",
        **dict.fromkeys(
            ("kv_offload", "repack", "op_offload", "flash_attention", "cuda_graphs"), "--no-"
        ),
    }.get(field, "--" + field.replace("_", "-"))
    if field not in ("name", "detected", "there"):
        assert named in flags or f"--no-{field.replace('_', '-')}" in flags
