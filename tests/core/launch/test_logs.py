"""Logs as they are pasted: what is read of them, whatever terminals and containers did to them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeplanner_gui.core.launch.log_readings import LogReadings
from moeplanner_gui.core.launch.log_text import decode_log, plain_lines, shown
from moeplanner_gui.core.launch.logs import read_log
from moeplanner_gui.core.plan import Engine

MIB, GIB = 2**20, 2**30
FOLDER = Path(__file__).parents[2] / "data" / "engine_logs"
LOGS = sorted(FOLDER.glob("*/*.log"))
LLAMA = (FOLDER / "llama.cpp" / "b11549-two-cards.log").read_text(encoding="utf-8")
VLLM = (FOLDER / "vllm" / "0.33.0-two-cards.log").read_text(encoding="utf-8")
SGLANG = (FOLDER / "sglang" / "0.5.23-two-cards.log").read_text(encoding="utf-8")


def sums(read: LogReadings, unit: int = MIB) -> dict[tuple[str, str], float]:
    """Each key and device with its sum to two decimals."""
    total: Counter[tuple[str, str]] = Counter()
    for one in read.readings:
        total[one.says, one.device] += one.size_bytes or 0
    return {key: round(size / unit, 2) for key, size in total.items() if size}


def set_to(read: LogReadings) -> dict[str, str]:
    return {one.name: one.value for one in read.settings}


TWO_CARDS = {
    ("weights", "CPU_Mapped"): 166.92,
    ("weights", "CUDA0"): 8975.64,
    ("weights", "CUDA1"): 8548.79,
    ("output", "CUDA_Host"): 0.58,
    ("cache", "CUDA0"): 1600.0,
    ("cache", "CUDA1"): 1472.0,
    ("compute", "CUDA0"): 260.05,
    ("compute", "CUDA1"): 224.04,
    ("compute", "CUDA_Host"): 168.07,
}


@pytest.mark.parametrize("path", LOGS, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_that_the_engine_of_every_log_is_told(path: Path) -> None:
    engine: Engine = path.parent.name  # type: ignore[assignment]
    read = read_log(decode_log(path.read_bytes()), expected=engine)
    assert read.engine == engine
    assert read.starts == 1
    assert read.readings and not read.left and not read.faults and read.is_whole
    assert read.line_count == len(path.read_text(encoding="utf-8").splitlines())


def test_that_each_buffer_of_llama_cpp_is_read_with_its_line() -> None:
    read = read_log(LLAMA)
    assert sums(read) == TWO_CARDS
    assert read.layers_on_cards == (49, 49)
    assert read.graph_splits == 3
    card = read.cards[1]
    assert (card.device, card.name, card.total_bytes) == ("CUDA1", "RTX 3060", 11848 * MIB)
    assert card.free_after_bytes == 1107 * MIB
    assert set_to(read) | {"n_ctx": "32768", "type_k": "f16", "n_seq_max": "1"} == set_to(read)
    compute = next(one for one in read.readings if (one.says, one.device) == ("compute", "CUDA1"))
    assert "CUDA1 compute buffer" in LLAMA.splitlines()[compute.line - 1]
    assert compute.off_by_bytes == 5243


def test_that_several_caches_and_states_of_a_card_are_added_up() -> None:
    path = FOLDER / "llama.cpp" / "b11549-deepseek-v4-two-cards.log"
    total = sums(read_log(path.read_text(encoding="utf-8")))
    assert total["cache", "CUDA0"] == 16.5 + 80 + 2.5 + 20
    assert total["state", "CUDA1"] == round(0.69 + 5.0 + 0.17, 2)


def test_that_older_texts_are_read() -> None:
    old = read_log((FOLDER / "llama.cpp" / "2024-two-cards.log").read_text(encoding="utf-8"))
    assert sums(old) == {
        ("weights", "CPU"): 166.92,
        **{key: size for key, size in TWO_CARDS.items() if key != ("weights", "CPU_Mapped")},
    }
    assert set_to(old)["flash_attn"] == "1"
    far = FOLDER / "llama.cpp" / "2025-two-cards-and-a-remote-one.log"
    total = sums(read_log(far.read_text(encoding="utf-8")))
    assert total["weights", "RPC[192.168.1.20:50052]"] == 5782.03


def test_that_processes_of_vllm_are_told_apart() -> None:
    read = read_log(VLLM)
    assert sums(read, GIB) == {
        ("weights", "TP0"): 28.53,
        ("weights", "TP1"): 28.53,
        ("cache", "TP0"): 10.87,
        ("graphs", "TP0"): 0.58,
        ("graphs", "TP1"): 0.58,
        ("compute", "TP0"): 1.94,
    }
    assert [one.tokens for one in read.readings if one.says == "cache_tokens"] == [237_376]
    assert read.concurrency is not None
    assert (read.concurrency.context_tokens, read.concurrency.times) == (131_072, 1.81)
    assert read.cards[0].total_bytes == round(47.38 * GIB)


def test_that_the_older_engine_of_vllm_says_its_weights_once() -> None:
    read = read_log((FOLDER / "vllm" / "0.8.5-older-engine.log").read_text(encoding="utf-8"))
    assert sums(read, GIB) == {
        ("weights", ""): 15.32,
        ("cache", ""): 4.35,
        ("compute", ""): 1.43,
        ("graphs", ""): 0.23,
    }
    assert set_to(read) == {"gpu_memory_utilization": "0.90"}


def test_that_graphs_and_pools_of_sglang_are_added_up_for_each_process() -> None:
    read = read_log(SGLANG)
    assert sums(read, GIB) == {
        ("weights", "TP0"): 14.52,
        ("weights", "TP1"): 14.52,
        ("cache", "TP0"): 25.58,
        ("cache", "TP1"): 25.58,
        ("graphs", "TP0"): 0.99,
    }
    assert {one.tokens for one in read.readings if one.says == "cache_tokens"} == {558_592}
    # Keys and values are two printed figures.
    assert [one.off_by_bytes for one in read.readings if one.says == "cache"] == [10_737_420] * 2
    assert read.cards[0].free_at_start_bytes == round(46.49 * GIB)
    assert read.cards[0].free_after_bytes == round(5.03 * GIB)
    assert set_to(read)["context_length"] == "131072"


# What terminals and containers do ---------------------------------------------------------------


def _colours(text: str) -> str:
    return "\n".join(f"\x1b[1;36m(x)\x1b[0m \x1b[32m{line}\x1b[0;0m" for line in text.split("\n"))


def _coloured_inside(text: str) -> str:
    return text.replace("CUDA1 ", "\x1b[1mCUDA1\x1b[0m ")


def _lost_escapes(text: str) -> str:
    return "\n".join(f"[32m{line}[0m" for line in text.split("\n"))


def _compose(text: str) -> str:
    return "\n".join(f"llama-1  | {line}" for line in text.split("\n"))


def _docker_times(text: str) -> str:
    return "\n".join(f"2026-11-23T10:00:00.123456789Z {line}" for line in text.split("\n"))


def _docker_json(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(json.dumps({"log": f"{line}\n"}, separators=(",", ":")) for line in lines)


def _journal(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(f"Nov 23 10:00:00 rig llama-server[812]: {line}" for line in lines)


def _bar(text: str) -> str:
    return text.replace("load_tensors:        CUDA0", "10 %\r90 %\rload_tensors:        CUDA0")


MANGLED: list[Callable[[str], str]] = [
    lambda text: text.replace("\n", "\r\n"),
    lambda text: text.replace("\n", "\r"),
    _colours,
    _coloured_inside,
    _lost_escapes,
    _compose,
    _docker_times,
    _docker_json,
    lambda text: _docker_json(_coloured_inside(text)),
    _journal,
    _bar,
    lambda text: text.replace("8975.64", "8975,64"),
    lambda text: text.replace("\n", "\n\x00\n"),
    lambda text: f"﻿> ```\n{text}\n```",
]


@pytest.mark.parametrize("mangle", MANGLED)
def test_that_what_is_around_a_line_changes_no_figure(mangle: Callable[[str], str]) -> None:
    assert sums(read_log(mangle(LLAMA))) == TWO_CARDS


@pytest.mark.parametrize("text", [VLLM, SGLANG])
@pytest.mark.parametrize("mangle", [_colours, _compose, _docker_json, _docker_times])
def test_that_processes_are_told_in_a_container_too(
    mangle: Callable[[str], str], text: str
) -> None:
    assert sums(read_log(mangle(text))) == sums(read_log(text))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_that_the_encoding_of_another_system_is_read(encoding: str) -> None:
    assert sums(read_log(decode_log(LLAMA.encode(encoding)))) == TWO_CARDS


@pytest.mark.parametrize("width", [60, 72, 80, 100])
def test_that_lines_cut_by_a_terminal_are_read_or_told_never_misread(width: int) -> None:
    cut = "\n".join(
        line[at : at + width] for line in LLAMA.split("\n") for at in range(0, len(line), width)
    )
    read = read_log(cut)
    assert sums(read).items() <= TWO_CARDS.items()
    told = set_to(read)
    assert {name: told[name] for name in ("n_ctx", "n_ubatch") if name in told}.items() <= {
        "n_ctx": "32768",
        "n_ubatch": "512",
    }.items()
    assert len(TWO_CARDS) - len(sums(read)) <= read.left_count
    if width >= 64:
        assert sums(read) == TWO_CARDS


def test_that_a_number_cut_in_two_is_put_together() -> None:
    cut = LLAMA.replace("n_ctx                 = 32768", "n_ctx                 = 327\n68")
    assert set_to(read_log(cut))["n_ctx"] == "32768"
    cut = LLAMA.replace("size =  8975.64 MiB", "size =  89\n75.64 MiB")
    assert sums(read_log(cut)) == TWO_CARDS
    # What follows is a whole line of its own: nothing is put together.
    cut = LLAMA.replace("CUDA0 model buffer size =  8975.64 MiB", "CUDA0 model buffer size =")
    read = read_log(cut)
    assert ("weights", "CUDA0") not in sums(read) and read.left_count == 1


@given(st.integers(0, len(LLAMA)), st.integers(0, len(LLAMA)))
@settings(max_examples=60, deadline=None)
def test_that_a_part_of_a_log_gives_figures_of_the_whole_one(one: int, other: int) -> None:
    part = LLAMA[min(one, other) : max(one, other)]
    assert sums(read_log(part)).items() <= TWO_CARDS.items()


@pytest.mark.parametrize("end", ["\n", "\r"])
@pytest.mark.parametrize("length", [0, 1, 7, 300_000, 900_000])
def test_that_a_long_text_has_the_lines_of_a_plain_split(end: str, length: int) -> None:
    text = "".join(
        f"{at}{'x' * (at % 97)}{end if at % 5 else end * 2}" for at in range(length // 50)
    )
    for whole in (text, text + "end", text + "y" * 700_000 + end, text + "z" * 700_000):
        assert plain_lines(whole) == whole.split(end)
    assert plain_lines("") == [""]


def test_that_half_a_name_of_a_device_is_not_one() -> None:
    line = "llama_kv_cache:      CUDA0 KV buffer size =  1600.00 MiB"
    for at in range(len(line)):
        read = read_log(f"load_tensors: x\n{line[at:]}\n")
        assert {one.device for one in read.readings} <= {"CUDA0"}


# Which start ------------------------------------------------------------------------------------


def test_that_the_last_of_several_starts_counts_alone() -> None:
    again = LLAMA.replace("8975.64", "7000.00").replace("CUDA1 KV", "CUDA2 KV")
    read = read_log(LLAMA + again)
    assert read.starts == 2
    assert sums(read)["weights", "CUDA0"] == 7000
    assert ("cache", "CUDA1") not in sums(read)


def test_that_a_start_that_failed_before_is_not_held_against_the_next() -> None:
    head = "build: 6100 (abcdef12) with cc for Linux\n"
    failed = head + "ggml_cuda: cudaMalloc failed: out of memory\n"
    assert read_log(failed).faults[0].line == 2
    assert read_log(failed + head + LLAMA).faults == ()
    assert read_log(head + LLAMA + "\ncudaMalloc failed: out of memory").faults


def test_that_a_trial_of_the_fit_is_not_added() -> None:
    read = read_log(LLAMA.replace(" = 8975.64", " = 9999.99") + LLAMA)
    assert sums(read) == TWO_CARDS


def test_that_a_buffer_reserved_again_takes_the_place_of_the_first() -> None:
    again = "sched_reserve: reserving ...\nsched_reserve:  CUDA0 compute buffer size = 300.00 MiB\n"
    assert sums(read_log(LLAMA + again))["compute", "CUDA0"] == 300


def test_that_a_second_context_of_the_same_model_adds_its_buffers() -> None:
    second = LLAMA[LLAMA.index("0.00.329.096 I llama_context: constructing") :]
    total = sums(read_log(LLAMA + second))
    assert total["weights", "CUDA0"] == 8975.64
    assert total["compute", "CUDA0"] == round(2 * 260.05, 2)
    assert total["cache", "CUDA1"] == 2 * 1472


def test_that_free_memory_of_a_table_before_loading_is_not_taken_for_after() -> None:
    table = [line for line in LLAMA.split("\n") if "breakdown" in line]
    rest = [line for line in LLAMA.split("\n") if "breakdown" not in line]
    read = read_log("\n".join(table + rest))
    assert [card.free_after_bytes for card in read.cards] == [None, None]


# Versions, settings, speeds ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("srv  init: build_info: b11549-a1b2c3d", "b11549"),
        ("build: 6100 (abcdef12) with cc for x86_64-linux-gnu", "b6100"),
        ("main: build = 3912 (edc26566)", "b3912"),
        ("common_params_print_info: build 1 (7e4c0a9) with GNU 11.4.0", ""),
        ("srv  init: build_info: b0-unknown", ""),
    ],
)
def test_that_the_release_of_llama_cpp_is_read(line: str, version: str) -> None:
    assert read_log(f"{line}\n{LLAMA}").version == version


@pytest.mark.parametrize(
    "line",
    [
        "INFO 11-23 [api_server.py:1] vLLM API server version 0.33.0",
        "INFO 11-23 [startup.py:18] vLLM server version 0.33.0, serving model x",
        "  ▄▄ ▄█ █     █     █ ▀▄▀ █  version \x1b[1m0.33.0\x1b[0m",
        "INFO [core.py:140] Initializing a V1 LLM engine (v0.33.0) with config: model='m'",
    ],
)
def test_that_the_version_of_vllm_is_read(line: str) -> None:
    assert read_log(f"{line}\n{VLLM}").version == "0.33.0"


def test_that_settings_of_one_long_line_are_read() -> None:
    line = (
        "INFO [core.py:140] Initializing a V1 LLM engine (v0.33.0) with config: model='a/b', "
        "dtype=torch.bfloat16, max_seq_len=131072, tensor_parallel_size=2, "
        "pipeline_parallel_size=1, quantization=None, enforce_eager=False, kv_cache_dtype=fp8"
    )
    assert set_to(read_log(f"{line}\n{VLLM}")) == {
        "max_seq_len": "131072",
        "tensor_parallel_size": "2",
        "pipeline_parallel_size": "1",
        "enforce_eager": "False",
        "kv_cache_dtype": "fp8",
        "gpu_memory_utilization": "0.9",
    }
    line = (
        "server_args=ServerArgs(model_path='a', tp_size=2, context_length=None, "
        f"{'x=1, ' * 3000}mem_fraction_static=0.88, kv_cache_dtype='auto')"
    )
    told = set_to(read_log(f"{line}\n{SGLANG}"))
    assert (told["tp_size"], told["mem_fraction_static"]) == ("2", "0.88")
    assert told["kv_cache_dtype"] == "auto"
    assert told["context_length"] == "131072"


def test_that_the_later_word_on_a_setting_counts() -> None:
    args = "INFO [startup.py:96] non-default args: {{'max_model_len': {}}}\n"
    config = "INFO [core.py:140] LLM engine (v0.33.0) with config: max_seq_len=2000,\n"
    read = read_log(args.format(1000) + config + args.format(3000) + VLLM)
    said = read.setting("max_seq_len", "max_model_len")
    assert said is not None and said.value == "3000"


def test_that_a_pasted_command_tells_what_no_line_does() -> None:
    command = "$ ./llama-server -m a.gguf -c 8192 --n-cpu-moe 30 -ctk q8_0 -ctv=q8_0 --port 80"
    told = set_to(read_log(f"{command}\n{LLAMA}"))
    assert told["n_cpu_moe"] == "30"
    # The engine's own word counts for what it says itself.
    assert (told["n_ctx"], told["type_k"]) == ("32768", "f16")
    assert set_to(read_log(f"llama-server -cmoe -m a\n{LLAMA}"))["n_cpu_moe"] == "all"


def test_that_moved_expert_layers_are_counted() -> None:
    moved = "".join(
        f"tensor blk.{layer}.ffn_{part}_exps.weight (208 MiB q4_K) buffer type overridden to CPU\n"
        for layer in range(7)
        for part in ("up", "down", "gate")
    )
    assert read_log(moved + LLAMA).expert_layers_on_host == 7


def test_that_measured_speeds_are_read() -> None:
    timed = (
        "slot print_timing: id  0 | task 4 | prompt eval time =    1687.10 ms /  1200 tokens "
        "(    1.41 ms per token,   711.28 tokens per second)\n"
        "slot print_timing: id  0 | task 4 |        eval time =    4029.42 ms /   127 tokens "
        "(   31.73 ms per token,    31.52 tokens per second)\n"
    )
    prefill, decode = read_log(LLAMA + timed).speeds
    assert (prefill.kind, prefill.tokens_per_s, prefill.tokens) == ("prefill", 711.28, 1200)
    assert (decode.kind, decode.tokens_per_s, decode.tokens) == ("decode", 31.52, 127)
    assert decode.depth_tokens == 1327
    old = (
        "llama_print_timings:        eval time =  4029.42 ms /   127 runs   "
        "(   31.73 ms per token,    31.52 tokens per second)\n"
    )
    assert read_log(LLAMA + old).speeds[0].tokens_per_s == 31.52
    vllm = (
        "INFO [loggers.py:283] Engine 000: Avg prompt throughput: 410.0 tokens/s, Avg generation "
        "throughput: 88.4 tokens/s, Running: 2 reqs, Waiting: 0 reqs, GPU KV cache usage: 10.0%, "
    )
    (one,) = read_log(f"{VLLM}\n{vllm}").speeds
    assert (one.tokens_per_s, one.users, one.depth_tokens) == (88.4, 2, 11_869)
    sglang = (
        "[2026-11-23 10:05:00 TP0] Decode batch, #running-req: 2, #token: 4000, token usage: 0.01, "
        "cuda graph: True, gen throughput (token/s): 101.50, #queue-req: 0"
    )
    (one,) = read_log(f"{SGLANG}\n{sglang}").speeds
    assert (one.tokens_per_s, one.users, one.depth_tokens) == (101.5, 2, 2000)


def test_that_speeds_of_an_earlier_start_are_forgotten() -> None:
    timed = "eval time = 40.42 ms / 127 runs ( 31.73 ms per token, 31.52 tokens per second)\n"
    assert read_log(LLAMA + timed + LLAMA).speeds == ()


# Whatever else is pasted ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "\n", "hello", "<script>alert(1)</script>", "=1+1", "\x00" * 50, "{" * 10_000, "\u202e"],
)
def test_that_what_is_no_log_gives_nothing(text: str) -> None:
    read = read_log(text)
    assert read.engine is None and read.is_empty and read.readings == ()


def test_that_a_line_that_was_not_understood_is_told() -> None:
    read = read_log(LLAMA + "load_tensors: CUDA2 model buffer size = ???? MiB\n")
    assert [(one.line, one.text) for one in read.left] == [
        (len(LLAMA.splitlines()) + 1, "load_tensors: CUDA2 model buffer size = ???? MiB")
    ]


def test_that_text_to_show_steers_nothing() -> None:
    text = shown(f"a\x1b]0;x\x07\u202eb\u2066c\n\td{'e' * 500}")
    assert len(text) == 160 and text.endswith("…")
    assert not set(text) & set("\x1b\x07\u202e\u2066\n\t")


@given(st.text(max_size=400), st.integers(0, 30))
@settings(max_examples=150, deadline=None)
def test_that_any_text_between_the_lines_is_survived(rubbish: str, at: int) -> None:
    lines = LLAMA.split("\n")
    lines[at:at] = [rubbish.replace("buffer", "").replace("|", "").replace("build", "")]
    total = sums(read_log("\n".join(lines)))
    assert total == TWO_CARDS


@given(st.lists(st.sampled_from([*LLAMA.split("\n"), *VLLM.split("\n"), "\x1b[", "", "│"])))
@settings(max_examples=60, deadline=None)
def test_that_mixed_up_lines_are_survived(lines: list[str]) -> None:
    read = read_log("\n".join(lines))
    assert len(read.readings) <= len(lines)
    assert all(1 <= one.line <= len(lines) for one in read.readings)


def test_that_reading_can_be_stopped_and_says_how_far_it_is() -> None:
    text = LLAMA + "x" * 12 + "\nabcdefghijkl" * 50_000
    asked: list[tuple[int, int]] = []
    read = read_log(text, stopped=lambda: len(asked) > 3, progress=lambda *at: asked.append(at))
    assert not read.is_whole
    assert sums(read) == TWO_CARDS
    assert asked[1][0] > 0 and asked[1][1] == read.line_count
