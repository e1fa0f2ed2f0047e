"""What is started is what was planned: flags of the recorded help, the plan's own numbers."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.launch.flags import (
    DOCKER_RUN,
    LLAMA_SERVER,
    PROGRAMS,
    RAY_START,
    RPC_SERVER,
    Program,
)
from moeplanner_gui.core.launch.launching import launch, short_command
from moeplanner_gui.core.launch.pieces import Command, LaunchPlan, Places
from moeplanner_gui.core.launch.shell import one_line, several_lines
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Deployment, Node, Plan, Rig, Workload
from moeplanner_gui.core.weights import formats_for
from tests.core.launch.test_flags import FOLDER, recorded
from tests.core.rigs import CATALOG, make_plan

MODELS = sorted(CATALOG.models)
CARDS = ("rtx3090", "rtx5090", "rtxpro6000", "h200", "rx7900xtx", "mi300x")
BY_NAME = {p.name: p for p in (*PROGRAMS.values(), RAY_START, DOCKER_RUN, RPC_SERVER)}


@st.composite
def plans(draw: st.DrawFn, engines: tuple[str, ...] = tuple(PROGRAMS)) -> Plan:
    """Plans with cards large enough that many of them fit."""
    random = Random(draw(st.integers(0, 2**32)))
    engine = random.choice(engines)
    model = random.choice(MODELS)
    tensor, pipeline, data = (random.choice([1, 1, 2, 4]) for _ in range(3))
    if engine == "llama.cpp":
        tensor = pipeline = data = 1
    if engine == "ktransformers":
        pipeline = data = 1
    own = CustomSlot(
        custom=CustomCard(name="-x'; $(id) \u202e", memory_mib=300_000, compute_capability="9.0")
    )
    kind = random.choice([own, own, *CARDS])
    nodes = []
    for _ in range(random.choice([1, 1, 2, 3])):
        cards = [kind] * random.choice([1, 2, 4, 8])
        if random.random() < 0.2:
            cards[0] = random.choice(CARDS)
        nodes.append(
            Node(
                name=random.choice([None, "a: b # c\n- d", "${HOME}"]),
                gpus=tuple(cards),
                ram_gib=2048,
                disk_gib=random.choice([0, 4000]),
                display="headless",
            )
        )
    llama = engine == "llama.cpp"
    # What is said of experts has no flag where there are none.
    moe = CATALOG.model(model).is_moe
    cache = random.choice(["f16", "q8_0"]) if llama else random.choice(["auto", "fp8", "bf16"])
    return Plan(
        model=model,
        weights=random.choice(formats_for(CATALOG.model(model), engine)).id,
        rig=Rig(nodes=tuple(nodes)),
        deployment=Deployment(
            engine=engine,
            frontend=random.choice(["server", "server", "cli"]),
            split=random.choice(["layer", "layer", "layer", "tensor", "none"]),
            main_gpu=random.choice([0, 1]),
            gpu_layers=random.choice([None, None, 0, 7, 20]),
            cpu_moe_layers=random.choice([0, 0, -1, 10]) * moe,
            disk_moe_layers=random.choice([0, 0, 0, 5, -1]) * moe,
            tensor_split=random.choice([None, None, (3.0, 1.0), (0.0, 0.0), (0.1,) * 9]),
            kv_offload=random.random() < 0.8,
            swa_full=random.random() < 0.2,
            repack=random.random() < 0.8,
            op_offload=random.random() < 0.7,
            cache_type_k=cache,
            cache_type_v=cache,
            batch=random.choice([512, 2048]),
            ubatch=random.choice([256, 512, 4096]),
            unified_kv=random.random() < 0.3,
            tensor_parallel=tensor,
            pipeline_parallel=pipeline,
            data_parallel=data,
            expert_parallel=not llama and engine != "ktransformers" and random.random() < 0.5,
            memory_utilization=random.choice([0.9, 0.85, 0.7]),
            max_batched_tokens=random.choice([None, 4096]),
            cuda_graphs=random.random() < 0.8,
            gpu_experts=random.choice([0, 0, 8]),
            mtp=random.random() < 0.5,
            draft_tokens=random.choice([1, 3]),
        ),
        workload=Workload(
            context_tokens=random.choice([4096, 32_768]), sequences=random.choice([1, 3, 8])
        ),
    )


def launched(plan: Plan, places: Places | None = None) -> LaunchPlan:
    return launch(plan, evaluate(plan, CATALOG), CATALOG, places)


def commands(found: LaunchPlan) -> list[Command]:
    return [step.command for step in (*found.steps, *found.docker)]


def flags_of(words: list[str], program: Program) -> dict[str, list[str]]:
    """A command line read as its program's recorded help would: each flag with its values."""
    help_ = recorded(program.recording)
    found: dict[str, list[str]] = {}
    at = 0
    while at < len(words):
        name = words[at]
        assert name in help_, f"{program.name} has no {name}"
        number = {"none": 0, "one": 1}.get(help_[name])
        if number is None:
            number = 0
            while at + 1 + number < len(words) and not words[at + 1 + number].startswith("--"):
                number += 1
        assert at + number < len(words) + 0 or number == 0
        found[name] = words[at + 1 : at + 1 + number]
        assert len(found[name]) == number
        at += 1 + number
    return found


def server_flags(found: LaunchPlan) -> dict[str, list[str]]:
    assert found.main is not None
    command = found.main.command
    head = len(command.program.command) + len(command.first)
    return flags_of(list(command.words[head:]), command.program)


@settings(max_examples=150)
@given(plans())
def test_that_every_flag_is_in_the_recorded_help_with_as_many_values(plan: Plan) -> None:
    found = launched(plan)
    for step in found.steps:
        command = step.command
        head = len(command.program.command) + len(command.first)
        assert flags_of(list(command.words[head:]), command.program)
    for step in found.docker:
        words = list(step.command.words)
        image = step.command.options[
            next(i for i, one in enumerate(step.command.options) if one.what == "The image.")
        ].words
        at = words.index(image[0])
        flags_of(words[2:at], DOCKER_RUN)
        inner = words[at + len(image) :]
        if plan.deployment.engine == "vllm":
            assert image[-1] != "serve"
        flags_of(inner, PROGRAMS[plan.deployment.engine])


@settings(max_examples=150)
@given(plans())
def test_that_a_shell_reads_back_the_words(plan: Plan) -> None:
    hostile = '/a b/\'; rm -rf $HOME; `id` "x" \\ #\t.gguf'
    for command in commands(launched(plan, Places(model=hostile, addresses=("10.0.0.1",)))):
        clean = [w.replace("\t", "\ufffd") for w in command.words]
        continued = several_lines(command).replace(" \\\n", " ")
        for text in (one_line(command), continued):
            # Words that a tilde begins stay open to the shell, which shlex does not replace.
            read = shlex.split(text)
            assert read[len(command.environment) :] == clean


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")
def test_that_a_real_shell_runs_no_part_of_a_name() -> None:
    hostile = '/a b/\'; echo run; $(echo run) `echo run` "x" \\ #.gguf'
    found = launched(
        make_plan("qwen3-30b-a3b", "rtx5090", "rtx3090", weights="q4_k_m"), Places(model=hostile)
    )
    assert found.main is not None
    text = several_lines(found.main.command).replace("llama-server", "printf '%s\\n'", 1)
    done = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == list(found.main.command.words)[1:]


@settings(max_examples=150)
@given(plans())
def test_that_a_plan_has_commands_or_a_reason_and_never_both(plan: Plan) -> None:
    assessment = evaluate(plan, CATALOG)
    found = launch(plan, assessment, CATALOG)
    if assessment.verdict in ("cannot_run", "does_not_fit"):
        assert found.refusal == assessment.reasons[0]
    assert (found.refusal is None) == bool(found.steps)
    assert bool(found.docker) != bool(found.no_docker or found.refusal)
    assert short_command(found)
    if found.refusal is None:
        assert found.predicted
        assert {step.node for step in found.steps} <= set(range(len(plan.rig.nodes)))
        assert found.main is not None


def deployment_read_back(flags: dict[str, list[str]], plan: Plan) -> dict[str, Any]:
    """What llama-server was told, as a plan says it."""
    one = {name: values[0] for name, values in flags.items() if values}
    layers = one.get("--n-gpu-layers")
    shares = one.get("--tensor-split")
    off = {"cpu_moe_layers": int(one.get("--n-cpu-moe", "0"))}
    if "--cpu-moe" in flags:
        off = {"cpu_moe_layers": -1}
    return {
        "frontend": plan.deployment.frontend,
        "split": one.get("--split-mode", "layer"),
        "gpu_layers": None if layers in (None, "all") else int(layers),
        "tensor_split": None if shares is None else tuple(map(float, shares.split(","))),
        "main_gpu": int(one.get("--main-gpu", "0")),
        "disk_moe_layers": plan.deployment.disk_moe_layers,
        "kv_offload": "--no-kv-offload" not in flags,
        "swa_full": "--swa-full" in flags,
        "repack": "--no-repack" not in flags,
        "op_offload": "--no-op-offload" not in flags,
        "flash_attention": one["--flash-attn"] == "on",
        "cache_type_k": one["--cache-type-k"],
        "cache_type_v": one["--cache-type-v"],
        "batch": int(one["--batch-size"]),
        "ubatch": int(one["--ubatch-size"]),
        "unified_kv": "--kv-unified" in flags,
        **off,
    }


@settings(max_examples=250)
@given(plans(("llama.cpp",)))
def test_that_the_llama_server_command_read_back_places_the_same(plan: Plan) -> None:
    assessment = evaluate(plan, CATALOG)
    found = launch(plan, assessment, CATALOG)
    if found.refusal is not None:
        return
    flags = server_flags(found)
    read = plan.replace(
        deployment=Deployment(engine="llama.cpp", **deployment_read_back(flags, plan)),
        workload=Workload(
            context_tokens=int(flags["--ctx-size"][0]), sequences=int(flags["--parallel"][0])
        ),
    )
    again = evaluate(read, CATALOG)
    assert again.devices == assessment.devices
    assert again.kv_cache_bytes == assessment.kv_cache_bytes
    assert flags["--fit"] == ["off"]
    assert "--port" in flags and "--cache-ram" in flags


@settings(max_examples=150)
@given(plans(("vllm", "sglang", "ktransformers")))
def test_that_numbers_of_the_command_are_those_of_the_plan(plan: Plan) -> None:
    found = launched(plan)
    if found.refusal is not None:
        return
    flags, options = server_flags(found), plan.deployment
    world = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
    assert int(flags.get("--max-model-len", flags.get("--context-length"))[0]) == (
        plan.workload.context_tokens
    )
    share = flags.get("--gpu-memory-utilization", flags.get("--mem-fraction-static"))
    assert share is not None and float(share[0]) == options.memory_utilization
    if options.engine == "vllm":
        sizes = [int(flags[f"--{n}-parallel-size"][0]) for n in ("tensor", "pipeline", "data")]
        assert sizes[0] * sizes[1] * sizes[2] == world
        assert int(flags["--max-num-seqs"][0]) * sizes[2] >= plan.workload.sequences
        started = [s for s in found.steps if s.command.program.name == "Ray"]
        if started:
            cards = [int(flags_of_step(s)["--num-gpus"][0]) for s in started]
            assert sum(cards) == world
    else:
        assert int(flags["--tp-size"][0]) * int(flags["--pp-size"][0]) == world
        assert int(flags["--max-running-requests"][0]) >= plan.workload.sequences
        if "--nnodes" in flags:
            assert world % int(flags["--nnodes"][0]) == 0


def flags_of_step(step: Any) -> dict[str, list[str]]:
    command = step.command
    head = len(command.program.command) + len(command.first)
    return flags_of(list(command.words[head:]), command.program)


@settings(max_examples=100)
@given(plans())
def test_that_a_yaml_reader_finds_the_words_in_the_compose_file(plan: Plan) -> None:
    hostile = "/a: b/- x # y/$HOME 'q' \"d\"/m.gguf"
    found = launched(plan, Places(model=hostile))
    for file, step in zip(found.compose, found.docker, strict=True):
        engine = yaml.safe_load(file.text)["services"]["engine"]
        assert yaml.safe_load(file.text).keys() == {"services"}
        words = [word.replace("$$", "$") for word in engine["command"]]
        assert words == list(step.command.words)[-len(words) :]
        assert engine["image"] in step.command.words
        folder = engine["volumes"][0].replace("$$", "$")
        assert folder.startswith("/a: b/- x # y/$HOME 'q' \"d\"")
        for entry in engine.get("environment", []):
            assert "=" in entry
        if "--gpus" in step.command.words:
            devices = engine["deploy"]["resources"]["reservations"]["devices"]
            assert devices[0]["capabilities"] == ["gpu"]


def test_that_the_rpc_servers_flags_are_in_its_recorded_help() -> None:
    help_ = recorded(RPC_SERVER.recording)
    for name, flag in RPC_SERVER.flags.items():
        assert help_[name] == flag.takes


def test_that_layers_are_counted_out_to_the_cards_as_placed() -> None:
    plan = make_plan("deepseek-v4-flash", "rtxpro6000", "rtxpro6000", ram_gib=128)
    assert server_flags(launched(plan))["--tensor-split"] == ["22,22"]


def test_that_cards_of_other_computers_come_first_and_in_order() -> None:
    node = Node(gpus=("rtx3090",), ram_gib=64, display="headless")
    plan = make_plan("qwen3-30b-a3b", "rtx3090", weights="q4_k_m")
    plan = plan.replace(rig=Rig(nodes=(node,) * 3))
    found = launched(plan, Places(addresses=("a", "b", "c")))
    assert [step.node for step in found.steps] == [1, 2, 0]
    assert server_flags(found)["--rpc"] == ["b:50052,c:50052"]
    assert not found.placeholders() or "COMPUTER" not in str(found.placeholders())


def test_that_mixed_cards_are_counted_by_the_bus_and_equal_ones_are_left_alone() -> None:
    equal = launched(make_plan("qwen3-30b-a3b", "rtx3090", "rtx3090", weights="q4_k_m"))
    assert equal.main is not None and not equal.main.command.environment
    mixed = launched(make_plan("qwen3-30b-a3b", "rtx5090", "rtx3090", weights="q4_k_m"))
    assert mixed.main is not None
    names = [name for name, _, _ in mixed.main.command.environment]
    assert names == ["CUDA_DEVICE_ORDER", "CUDA_VISIBLE_DEVICES"]
    assert any("nvidia-smi" in note for note in mixed.notes)


def test_that_what_is_not_known_is_listed_and_what_is_given_is_not() -> None:
    plan = make_plan("qwen3-30b-a3b", "rtx3090", weights="q4_k_m")
    assert [p.mark for p in launched(plan).placeholders()] == ["MODEL_FOLDER", "MODEL_FILE"]
    given_ = launched(plan, Places(model="/m/q.gguf"))
    assert not given_.placeholders() and not given_.placeholders("docker")
    assert "/m:/models:ro" in given_.docker[0].command.words
    assert "/models/q.gguf" in given_.docker[0].command.words


def test_that_a_path_is_never_taken_for_a_flag() -> None:
    plan = make_plan(
        "qwen3-30b-a3b",
        "h200",
        engine="vllm",
        cache_type_k="auto",
        cache_type_v="auto",
    )
    found = launched(plan, Places(model="--trust-remote-code"))
    assert found.main is not None
    assert found.main.command.first == ("./--trust-remote-code",)


@pytest.mark.parametrize(
    ("cards", "tensor", "pipeline", "ray"),
    [((4, 4), 4, 2, True), ((4, 4), 8, 1, True), ((3, 1), 2, 2, True)],
)
def test_that_several_computers_of_vllm_are_one_ray_cluster(
    cards: tuple[int, ...], tensor: int, pipeline: int, ray: bool
) -> None:
    nodes = tuple(Node(gpus=("h200",) * n, ram_gib=64, display="headless") for n in cards)
    plan = make_plan(
        "qwen3-235b-a22b",
        "h200",
        engine="vllm",
        tensor_parallel=tensor,
        pipeline_parallel=pipeline,
        cache_type_k="auto",
        cache_type_v="auto",
    ).replace(rig=Rig(nodes=nodes))
    found = launched(plan)
    started = [s.command.program.name for s in found.steps]
    assert started == ["Ray", "Ray", "vLLM"]
    assert [flags_of_step(s).get("--num-gpus") for s in found.steps[:2]] == [
        [str(n)] for n in cards
    ]
    assert bool(found.docker) == (cards[0] == cards[1])


def test_that_sglang_on_unequal_computers_gives_the_reason() -> None:
    nodes = tuple(Node(gpus=("h200",) * n, ram_gib=64, display="headless") for n in (3, 1))
    plan = make_plan(
        "qwen3-30b-a3b",
        "h200",
        engine="sglang",
        tensor_parallel=4,
        cache_type_k="auto",
        cache_type_v="auto",
    ).replace(rig=Rig(nodes=nodes))
    found = launched(plan)
    assert found.refusal is not None and "3, 1" in found.refusal and not found.steps


def test_that_the_server_keeps_no_prompts_in_host_memory_that_nobody_counted() -> None:
    flags = server_flags(launched(make_plan("gpt-oss-20b", "rtx5090", ram_gib=0)))
    assert flags["--cache-ram"] == ["0"] and flags["--ctx-checkpoints"] == ["0"]
    roomy = server_flags(launched(make_plan("gpt-oss-20b", "rtx5090", ram_gib=64)))
    assert roomy["--ctx-checkpoints"] == ["32"]
    full = server_flags(launched(make_plan("llama-3.1-8b", "rtx5090", weights="q4_k_m")))
    assert "--ctx-checkpoints" not in full


def test_that_every_flag_says_what_it_does_and_why_this_value() -> None:
    assert LLAMA_SERVER.flags
    for plan in (
        make_plan("deepseek-v4-flash", "rtxpro6000", "rtxpro6000", ram_gib=128),
        make_plan("qwen3-30b-a3b", "h200", engine="sglang", cache_type_k="auto"),
    ):
        for command in commands(launched(plan)):
            for one in command.options:
                assert one.what.endswith(".") and one.why and not one.why.endswith(".."), one


def allowed(program: Program, name: str) -> set[str]:
    """The values that the recorded help lists for a flag; empty where it lists none."""
    path = FOLDER / f"{program.recording}.txt"
    text = path.read_text("utf-8")
    head = re.search(rf"^ *(?:-[^\n]*, +)?{name}\b.*(?:\n {{20,}}.*)*", text, re.MULTILINE)
    assert head is not None
    entry = head.group()
    first = entry.splitlines()[0]
    braces = re.search(rf"{name}[ =]\{{([^}}\s]+)\}}", entry)
    quotes = re.search(rf"{name} \[('[^\]]*')\]", entry)
    bar = re.search(r"\[([a-z|]+)\]", first)
    listed = re.search(r"allowed values: ([\w, ]+)", entry)
    if braces:
        return set(braces[1].split(","))
    if quotes:
        return {part.strip(" '") for part in quotes[1].split(",")}
    if bar:
        return set(bar[1].split("|"))
    if listed:
        return set(listed[1].split(", "))
    if name == "--load-mode":
        return set(re.findall(r"^ +- ([a-z+]+):", entry, re.MULTILINE))
    return set()


@settings(max_examples=150)
@given(plans())
def test_that_values_are_among_those_that_the_recorded_help_lists(plan: Plan) -> None:
    for step in launched(plan).steps:
        for one in step.command.options:
            values = allowed(step.command.program, one.name)
            if values and len(one.words) == 2:
                assert one.words[1] in values, one.words


def test_that_lists_of_values_are_found_in_the_help() -> None:
    assert allowed(LLAMA_SERVER, "--split-mode") == {"none", "layer", "row", "tensor"}
    assert allowed(LLAMA_SERVER, "--flash-attn") == {"on", "off", "auto"}
    assert "q8_0" in allowed(LLAMA_SERVER, "--cache-type-k")
    assert {"mmap", "none", "dio"} <= allowed(LLAMA_SERVER, "--load-mode")
    assert "bfloat16" in allowed(PROGRAMS["vllm"], "--kv-cache-dtype")
    assert "ray" in allowed(PROGRAMS["vllm"], "--distributed-executor-backend")
    assert "fp8_e4m3" in allowed(PROGRAMS["sglang"], "--kv-cache-dtype")
    assert "disabled" in allowed(PROGRAMS["sglang"], "--cuda-graph-backend-decode")
    assert "uniform" in allowed(PROGRAMS["ktransformers"], "--kt-expert-placement-strategy")


def test_that_more_cards_than_a_released_build_drives_give_the_reason_and_the_ways_out() -> None:
    rig = Rig(nodes=(Node(gpus=("rtx3090",) * 16, ram_gib=256, display="headless"),))
    refusal = launched(make_plan("qwen3-30b-a3b", "rtx3090").replace(rig=rig)).refusal
    assert refusal is not None and "at most 15 cards" in refusal and "has 16" in refusal
    assert "GGML_SCHED_MAX_BACKENDS" in refusal


def test_that_stages_which_sglang_cannot_spread_give_the_reason() -> None:
    node = Node(gpus=("h200",) * 3, ram_gib=64, display="headless")
    plan = make_plan(
        "qwen3-30b-a3b",
        "h200",
        engine="sglang",
        tensor_parallel=2,
        pipeline_parallel=3,
        cache_type_k="auto",
        cache_type_v="auto",
    ).replace(rig=Rig(nodes=(node, node)))
    found = launched(plan)
    assert found.refusal is not None and "3 pipeline stages" in found.refusal


def test_that_replicas_of_vllm_are_counted_from_the_first_computer() -> None:
    nodes = tuple(Node(gpus=("h200",) * n, ram_gib=64, display="headless") for n in (4, 2))
    plan = make_plan(
        "qwen3-30b-a3b",
        "h200",
        engine="vllm",
        tensor_parallel=2,
        data_parallel=3,
        expert_parallel=True,
        cache_type_k="auto",
        cache_type_v="auto",
    ).replace(rig=Rig(nodes=nodes))
    first, second = launched(plan).steps
    assert flags_of_step(first)["--data-parallel-size-local"] == ["2"]
    assert "--headless" not in flags_of_step(first)
    assert flags_of_step(second)["--data-parallel-start-rank"] == ["2"]
    assert flags_of_step(second)["--data-parallel-size-local"] == ["1"]
    assert "--headless" in flags_of_step(second)


def test_that_a_computer_of_one_memory_keeps_states_in_what_is_free_there() -> None:
    card = next(g.id for g in CATALOG.gpus.values() if g.unified_memory and g.vendor == "NVIDIA")
    flags = server_flags(launched(make_plan("gpt-oss-20b", card)))
    assert int(flags["--ctx-checkpoints"][0]) > 0


def test_that_a_processor_alone_leaves_cards_of_the_computer_out() -> None:
    plan = make_plan("qwen3-30b-a3b", weights="q4_k_m", ram_gib=64)
    flags = server_flags(launched(plan))
    assert flags["--device"] == ["none"] and "--n-gpu-layers" not in flags


@pytest.mark.parametrize(("split", "most"), [("layer", 15), ("tensor", 16)])
def test_that_more_cards_than_llama_cpp_drives_give_the_reason(split: str, most: int) -> None:
    def found(count: int) -> LaunchPlan:
        cards = ("rtx3090",) * 8
        plan = make_plan("qwen3-30b-a3b", "rtx3090", weights="q4_k_m", split=split)
        more = ("rtx3090",) * (count - 8)
        nodes = (Node(gpus=cards, ram_gib=64), Node(gpus=more, ram_gib=64))
        return launched(plan.replace(rig=Rig(nodes=nodes)))

    assert found(most).refusal is None
    assert f"at most {most} cards" in (found(most + 1).refusal or "")
