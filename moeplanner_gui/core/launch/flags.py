"""Which flags the planner may print for an engine, and the release that has them.

A flag that is not in these tables is never printed. Each table was read from the engine's own
``--help`` of the release that it names; the tests compare it with the recording. The sentences
are what the user reads beside the command.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Literal

from moeplanner_gui.core.plan import Engine
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

Arity = Literal["none", "one", "many"]


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag of a program.

    ``name`` is the long form with its dashes. ``takes``: no value, one, or a list parted by
    spaces. ``what`` is one sentence for somebody who has never started the program.
    """

    name: str
    takes: Arity
    what: str


@dataclass(frozen=True, slots=True)
class Program:
    """A program that the planner writes a command for.

    ``command`` are the words before the flags, ``version`` the release that ``flags`` were read
    from, and ``recording`` the name of that release's recorded help, without its ending.
    """

    command: tuple[str, ...]
    name: str
    version: str
    recording: str
    flags: MappingProxyType[str, Flag]


def _program(command: str, name: str, version: str, recording: str, *flags: Flag) -> Program:
    table = MappingProxyType({flag.name: flag for flag in flags})
    return Program(tuple(command.split()), name, version, recording, table)


def _on(name: str, what: str) -> Flag:
    return Flag(name, "none", what)


def _set(name: str, what: str) -> Flag:
    return Flag(name, "one", what)


LLAMA_SERVER: Final = _program(
    "llama-server",
    "llama.cpp",
    "b11549",
    "llama.cpp-b11549",
    _set("--model", say("The GGUF file to load; of a model in several files, the first.")),
    _set("--hf-repo", say("Downloads the GGUF file from this Hugging Face repository.")),
    _set("--hf-file", say("Which file of the Hugging Face repository to take.")),
    _set("--alias", say("The name under which clients ask for the model.")),
    _set("--host", say("The network address to listen on; 0.0.0.0 lets other computers connect.")),
    _set("--port", say("The port to listen on.")),
    _set("--ctx-size", say("Tokens of context in the whole cache, which the slots share out.")),
    _set("--parallel", say("How many requests are answered at the same time (slots).")),
    _on("--kv-unified", say("All slots share one cache, so that one of them may use all of it.")),
    _on("--no-kv-unified", say("Every slot has its own equal part of the context.")),
    _set("--batch-size", say("The most tokens of a prompt that are handed over at once.")),
    _set(
        "--ubatch-size", say("The most tokens computed in one step; it sizes the compute buffers.")
    ),
    _set("--flash-attn", say("Computes attention without storing its scores: less memory.")),
    _set("--cache-type-k", say("The number format of the cached keys.")),
    _set("--cache-type-v", say("The number format of the cached values.")),
    _on("--kv-offload", say("Keeps the cache on the cards.")),
    _on("--no-kv-offload", say("Keeps the cache in host memory instead of on the cards.")),
    _on("--swa-full", say("Caches the whole context for layers that look back only a window.")),
    _set("--device", say("Which cards to use, and in which order.")),
    _set("--n-gpu-layers", say("How many layers lie on the cards; all is every one.")),
    _set("--split-mode", say("How the model is divided over several cards.")),
    _set("--tensor-split", say("The share of the layers that each card gets.")),
    _set("--main-gpu", say("The card that is used alone when the model is not split.")),
    _on("--cpu-moe", say("Keeps the experts of every layer in host memory.")),
    _set("--n-cpu-moe", say("Keeps the experts of the first so many layers in host memory.")),
    _set("--moe-cache-mib", say("Card memory that holds often used experts of the host, in MiB.")),
    _set("--override-tensor", say("Puts tensors whose name matches a pattern on a chosen device.")),
    _on("--repack", say("Stores weights of the CPU again in an order that computes faster.")),
    _on(
        "--no-repack",
        say("Leaves weights of the CPU as they are in the file: less memory, slower."),
    ),
    _on("--op-offload", say("Lets the cards compute long prompts with weights of host memory.")),
    _on("--no-op-offload", say("Computes with weights of host memory on the CPU only.")),
    _set("--load-mode", say("How the file is read: mapped, locked in memory, or copied.")),
    _set(
        "--fit", say("Whether the program may change settings that were not given so that it fits.")
    ),
    _set(
        "--fit-target",
        say("Card memory that is left free when the program fits by itself, in MiB."),
    ),
    _set("--cache-ram", say("Host memory that keeps prompts of earlier requests, in MiB at most.")),
    _set(
        "--ctx-checkpoints", say("How many states a slot keeps to go back to, for window layers.")
    ),
    _set("--threads", say("CPU threads that compute the answer.")),
    _set("--threads-batch", say("CPU threads that compute the prompt.")),
    _set("--numa", say("How memory is spread over the sockets of the computer.")),
    _set("--rpc", say("Other computers that run an rpc-server, as host:port.")),
    _set(
        "--spec-type", say("How tokens are guessed ahead; draft-mtp uses the model's own layers.")
    ),
    _set("--spec-draft-n-max", say("How many tokens are guessed ahead at most.")),
    _set("--log-verbosity", say("How much is printed; the sizes of the buffers appear from 4 on.")),
)

VLLM: Final = _program(
    "vllm serve",
    "vLLM",
    "0.33.0",
    "vllm-0.33.0",
    _set("--host", say("The network address to listen on; 0.0.0.0 lets other computers connect.")),
    _set("--port", say("The port to listen on.")),
    Flag("--served-model-name", "many", say("The name under which clients ask for the model.")),
    _set("--max-model-len", say("The longest context of one request, in tokens.")),
    _set("--max-num-seqs", say("How many requests are computed at the same time.")),
    _set("--max-num-batched-tokens", say("The most tokens computed in one step.")),
    _set("--gpu-memory-utilization", say("The share of each card's memory that vLLM takes.")),
    _set("--kv-cache-memory-bytes", say("Cache on each card in bytes, instead of a share.")),
    _set("--kv-cache-dtype", say("The number format of the cache.")),
    _set("--block-size", say("Tokens in a page of the cache.")),
    _set("--quantization", say("The format of the weights, where the files do not say it.")),
    _set("--dtype", say("The number format in which is computed.")),
    _set("--tensor-parallel-size", say("Cards that share the work of every layer.")),
    _set("--pipeline-parallel-size", say("Groups of cards that each hold some of the layers.")),
    _set(
        "--data-parallel-size", say("Copies of the model's attention that take requests in turn.")
    ),
    _set("--data-parallel-size-local", say("How many of these copies run on this computer.")),
    _set("--data-parallel-address", say("The address of the computer that leads the copies.")),
    _set("--data-parallel-rpc-port", say("The port on which the copies find their leader.")),
    _set("--data-parallel-start-rank", say("The number of the first copy on this computer.")),
    _set(
        "--data-parallel-backend",
        say("What starts the copies: mp on each computer, or ray for all."),
    ),
    _on(
        "--enable-expert-parallel", say("Gives each card whole experts instead of a slice of each.")
    ),
    _set(
        "--distributed-executor-backend",
        say("What starts the workers: mp on each computer, or ray."),
    ),
    _set("--nnodes", say("How many computers take part.")),
    _set("--node-rank", say("The number of this computer, from 0.")),
    _set("--master-addr", say("The address of computer 0.")),
    _set("--master-port", say("The port of computer 0 on which the others report.")),
    _on("--headless", say("Computes for another computer and answers no requests itself.")),
    _set("--cpu-offload-gb", say("GiB of each card's weights that are kept in host memory.")),
    _on("--enforce-eager", say("Records no CUDA graphs: a little less memory, slower.")),
    _set("--speculative-config", say("How tokens are guessed ahead, as JSON.")),
    _on("--trust-remote-code", say("Runs code that comes with the model; read it first.")),
)

_SGLANG_SHARED: Final = (
    _set("--model-path", say("The folder or Hugging Face name of the model.")),
    _set("--served-model-name", say("The name under which clients ask for the model.")),
    _set("--host", say("The network address to listen on; 0.0.0.0 lets other computers connect.")),
    _set("--port", say("The port to listen on.")),
    _set("--context-length", say("The longest context of one request, in tokens.")),
    _set("--max-running-requests", say("How many requests are computed at the same time.")),
    _set("--max-total-tokens", say("Tokens in the whole cache, instead of as many as fit.")),
    _set("--chunked-prefill-size", say("The most tokens of a prompt computed in one step.")),
    _set("--mem-fraction-static", say("The share of each card for weights and cache together.")),
    _set("--kv-cache-dtype", say("The number format of the cache.")),
    _set("--page-size", say("Tokens in a page of the cache.")),
    _set(
        "--swa-full-tokens-ratio",
        say("Cache for window layers, as a share of that for full layers."),
    ),
    _set("--quantization", say("The format of the weights, where the files do not say it.")),
    _set("--dtype", say("The number format in which is computed.")),
    _set("--tp-size", say("Cards that share the work of every layer.")),
    _set("--pp-size", say("Groups of cards that each hold some of the layers.")),
    _set("--dp-size", say("Copies that take requests in turn.")),
    _set("--ep-size", say("Cards over which whole experts are spread.")),
    _set("--nnodes", say("How many computers take part.")),
    _set("--node-rank", say("The number of this computer, from 0.")),
    _set("--dist-init-addr", say("Address and port of computer 0, where the others report.")),
    _set("--cpu-offload-gb", say("GB of each card's weights that are kept in host memory.")),
    _set("--speculative-algorithm", say("How tokens are guessed ahead.")),
    _set("--speculative-num-steps", say("How many guesses follow one another.")),
    _set("--speculative-eagle-topk", say("How many guesses are kept at each step.")),
    _set("--speculative-num-draft-tokens", say("How many guessed tokens are checked together.")),
    _on("--trust-remote-code", say("Runs code that comes with the model; read it first.")),
)

SGLANG: Final = _program(
    "sglang serve",
    "SGLang",
    "0.5.23",
    "sglang-0.5.23",
    *_SGLANG_SHARED,
    _set(
        "--attn-dp-size", say("Groups of cards that each do the attention of their own requests.")
    ),
    _set(
        "--cuda-graph-backend-decode", say("How CUDA graphs for answers are recorded, if at all.")
    ),
    _set(
        "--cuda-graph-backend-prefill", say("How CUDA graphs for prompts are recorded, if at all.")
    ),
    _set(
        "--cuda-graph-max-bs-decode", say("The most requests at once that a graph is recorded for.")
    ),
)

KTRANSFORMERS: Final = _program(
    "python -m sglang.launch_server",
    "KTransformers",
    "0.7.2",
    "ktransformers-0.7.2",
    *_SGLANG_SHARED,
    _on("--disable-cuda-graph", say("Records no CUDA graphs: a little less memory, slower.")),
    _set("--cuda-graph-max-bs", say("The most requests at once that a graph is recorded for.")),
    _on("--enable-dp-attention", say("Each copy does the attention of its own requests only.")),
    _set("--kt-method", say("The format in which the CPU computes the experts.")),
    _set("--kt-weight-path", say("The folder with the experts' weights for the CPU.")),
    _set("--kt-num-gpu-experts", say("How many experts of each layer lie on the cards.")),
    _set("--kt-cpuinfer", say("CPU threads that compute the experts.")),
    _set("--kt-threadpool-count", say("Groups of CPU threads, one for each NUMA node.")),
    Flag("--kt-numa-nodes", "many", say("Which NUMA node each group of threads runs on.")),
    _set("--kt-max-deferred-experts-per-token", say("Experts that may be added one layer later.")),
    _set(
        "--kt-gpu-prefill-token-threshold",
        say("From this many tokens a card computes whole layers."),
    ),
    _set("--kt-expert-placement-strategy", say("Which experts are chosen for the cards.")),
)

RPC_SERVER: Final = _program(
    "ggml-rpc-server",
    say("llama.cpp's RPC server"),
    "b11549",
    "ggml-rpc-server-b11549",
    _set("--host", say("The network address to listen on; whoever reaches it can use the cards.")),
    _set("--port", say("The port to listen on.")),
    _set("--device", say("Which cards are lent, and in which order.")),
    _on(
        "--cache", say("Keeps the weights on the disk, so that the next start need not send them.")
    ),
)

RAY_START: Final = _program(
    "ray start",
    "Ray",
    "2.60.0",
    "ray-2.60.0",
    _on("--head", say("Makes this computer the one that the others join.")),
    _set("--address", say("Address and port of the head, which this computer joins.")),
    _set("--port", say("The port of the head.")),
    _set("--node-ip-address", say("The address of this computer in the cluster's network.")),
    _set("--num-gpus", say("How many cards of this computer take part.")),
    _on("--block", say("Stays in the foreground until it is stopped.")),
)

DOCKER_RUN: Final = _program(
    "docker run",
    "Docker",
    "20.10.24",
    "docker-run-20.10.24",
    _set("--gpus", say("Which cards the container sees.")),
    _set("--device", say("A device file of the computer that the container sees.")),
    _set("--group-add", say("A group that the container's user joins, for access to the cards.")),
    _set("--volume", say("A folder of the computer that the container sees.")),
    _set("--publish", say("A port of the computer that leads to one of the container.")),
    _set("--network", say("The network of the container; host is the computer's own.")),
    _set("--ipc", say("Memory that processes share; host is the computer's own.")),
    _set("--shm-size", say("The size of the memory that the container's processes share.")),
    _set("--ulimit", say("A limit of the container, such as how much memory may be locked.")),
    _set("--security-opt", say("A rule of isolation that is changed.")),
    _set("--cap-add", say("A right that the container gets.")),
    _set("--env", say("A variable of the container's environment.")),
    _set("--entrypoint", say("The program that the container starts instead of its own.")),
    _set("--name", say("The name of the container.")),
    _on("--rm", say("Removes the container when it ends; the folders stay.")),
)

PROGRAMS: Final[MappingProxyType[Engine, Program]] = MappingProxyType(
    {
        "llama.cpp": LLAMA_SERVER,
        "vllm": VLLM,
        "sglang": SGLANG,
        "ktransformers": KTRANSFORMERS,
    }
)
"""What starts each engine."""

ALL_PROGRAMS: Final = (*PROGRAMS.values(), RAY_START, DOCKER_RUN)


class UnknownFlagError(ValueError):
    """A flag that the recorded release does not have, or with a value where it takes none."""


def words(program: Program, name: str, *values: str) -> tuple[str, ...]:
    """The flag and its values, as separate words of a command line; nothing is quoted.

    Args:
        program: Which program is started.
        name: The long form of the flag.
        values: As many as the flag takes.

    Raises:
        UnknownFlagError: the table of the program has no such flag, or the flag takes another
            number of values.
    """
    flag = program.flags.get(name)
    if flag is None:
        raise UnknownFlagError(say("{0} {1} has no {2} here", program.name, program.version, name))
    fits = {"none": len(values) == 0, "one": len(values) == 1, "many": len(values) >= 1}
    if not fits[flag.takes]:
        raise UnknownFlagError(say("{0} takes {1} values, not {2}", name, flag.takes, len(values)))
    return (name, *values)
