"""The lines of a log beside those of memory: whose it is, its version, settings, speeds, faults.

Read in the sources of llama.cpp b11549, vLLM 0.33.0, SGLang 0.5.23 and sglang-kt 0.7.2, and in
logs of older releases that were published.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

from moeplanner_gui.core.plan import Engine

_NUMBER = r"\d{1,9}(?:[.,]\d{1,6})?"

SIGNS: Final[MappingProxyType[Engine, tuple[str, ...]]] = MappingProxyType(
    {
        "llama.cpp": (
            "load_tensors:",
            "llama_model_loader",
            "llama_context:",
            "llama_new_context_with_model",
            "llama_kv_cache",
            "sched_reserve:",
            "ggml_",
            "compute buffer size",
            "tokens per second)",
            "llama_perf_context_print",
            "llama_print_timings",
            "common_memory_breakdown_print",
        ),
        "vllm": (
            "vLLM",
            "vllm",
            "Model loading took",
            "GPU KV cache size:",
            "Available KV cache memory",
            "Maximum concurrency for",
            "Avg generation throughput",
            "model weights take",
            "# cuda blocks:",
        ),
        "sglang": (
            "Load weight end.",
            "KV Cache is allocated.",
            "max_total_num_tokens=",
            "Memory pool end.",
            "Decode batch",
            "Prefill batch",
            "server_args=",
        ),
        "ktransformers": ("--kt-", "KTMoE", "ktransformers", "sglang-kt"),
    }
)
"""Words by which a log is told; those of KTransformers are beside the words of SGLang."""

VERSIONS: Final[MappingProxyType[Engine, tuple[re.Pattern[str], ...]]] = MappingProxyType(
    {
        "llama.cpp": (
            re.compile(r"build_info: b(?P<version>\d{1,7})-"),
            re.compile(r"\bbuild(?: =|:)? (?P<version>\d{1,7}) \([0-9a-z]{5,40}\)"),
            re.compile(r"\bversion: (?P<version>\d{1,7}) \([0-9a-z]{5,40}\)"),
        ),
        "vllm": (
            re.compile(r"LLM engine \(v(?P<version>\d[\w.+]{1,40})\)"),
            re.compile(r"vLLM (?:API )?server version (?P<version>\d[\w.+]{1,40})"),
            re.compile(r"█\s+version (?P<version>\d[\w.+]{1,40})"),
        ),
        "sglang": (
            re.compile(r"sglang(?:==|[_ -]version['\"]?[:=] ?['\"]?)(?P<version>\d[\w.]+)"),
        ),
        "ktransformers": (re.compile(r"sglang-kt(?:==|[ -]version[:=] ?)(?P<version>\d[\w.]+)"),),
    }
)

LLAMA_TYPES: Final = re.compile(r"[ ,]+K \((?P<k>\w{1,12})\): .{1,40}?V \((?P<v>\w{1,12})\):")
LLAMA_OVERRIDDEN: Final = re.compile(
    r"tensor blk\.(?P<layer>\d{1,4})\.ffn_\w{1,20}exps.{0,80} buffer type overridden to CPU"
)
LLAMA_SPLITS: Final = re.compile(
    r"graph splits = (?P<old>\d{1,6})|nodes = [\d/ ]{1,20}, splits = (?P<new>\d{1,6})"
)
LLAMA_FREE: Final = re.compile(
    r"using device (?P<device>[A-Za-z]\w{0,30}(?:\[[^\]\s]{1,80}\])?) \((?P<card>.{1,120}?)\)"
    r".{0,60} - (?P<free>\d{1,9}) MiB free"
)
LLAMA_FREE_LISTED: Final = re.compile(
    r"- (?P<device>[A-Za-z]\w{0,30}(?:\[[^\]\s]{1,80}\])?) *: (?P<card>[^(]{1,120}(?:\([^)]{1,40}\)"
    r"[^(]{0,60})?)\((?P<total>\d{1,9}) MiB, (?P<free>\d{1,9}) MiB free\)"
)

COMMAND: Final = re.compile(
    r"(?:llama-(?:server|cli|bench)|vllm(?:\.entrypoints\.openai\.api_server)?|serve"
    r"|sglang(?:\.launch_server)?)(?:\.exe)?\s"
)
COMMAND_FLAGS: Final[MappingProxyType[str, str]] = MappingProxyType(
    {
        "-c": "n_ctx",
        "--ctx-size": "n_ctx",
        "-ctk": "type_k",
        "--cache-type-k": "type_k",
        "-ctv": "type_v",
        "--cache-type-v": "type_v",
        "-ncmoe": "n_cpu_moe",
        "--n-cpu-moe": "n_cpu_moe",
        "-cmoe": "cpu_moe",
        "--cpu-moe": "cpu_moe",
        "-ngl": "n_gpu_layers",
        "--gpu-layers": "n_gpu_layers",
        "--n-gpu-layers": "n_gpu_layers",
        "--max-model-len": "max_seq_len",
        "--context-length": "context_length",
        "--kv-cache-dtype": "kv_cache_dtype",
        "--gpu-memory-utilization": "gpu_memory_utilization",
        "--mem-fraction-static": "mem_fraction_static",
        "--kt-num-gpu-experts": "kt_num_gpu_experts",
    }
)
"""What a command line that was pasted along sets, by the names of the settings in the log."""
FLAG: Final = re.compile(
    r"(?<!\S)(?P<flag>--?[A-Za-z][\w-]{0,40})(?:[= ](?P<value>[^\s-]\S{0,60}))?"
)

_NAMED = (
    "max_seq_len|max_model_len|tensor_parallel_size|pipeline_parallel_size|data_parallel_size"
    "|enable_expert_parallel|enforce_eager|kv_cache_dtype|gpu_memory_utilization|max_num_seqs"
    "|max_num_batched_tokens|quantization"
    "|tp_size|pp_size|dp_size|ep_size|context_length|mem_fraction_static|max_running_requests"
    "|chunked_prefill_size|max_total_tokens|kt_num_gpu_experts|kt_method|disable_cuda_graph"
)
NAMED: Final = re.compile(
    rf"(?<![\w.])['\"]?(?P<name>{_NAMED})['\"]?\s?[=:]\s?['\"]?(?P<value>[\w.+-]{{1,60}})"
)
"""Settings in the one long line in which vLLM and SGLang print all of them."""
NAMED_BEFORE: Final = ("with config: ", "non-default args:", "server_args=", "context_len=")
NAMED_LONGEST: Final = 40_000
CONTEXT_LEN: Final = re.compile(
    r"max_running_requests=(?P<users>\d{1,9}), context_len=(?P<tokens>\d{1,12})"
)
UTILISATION: Final = re.compile(r"Desired GPU memory utilization is \((?P<share>[01](?:\.\d+)?),")
OLD_UTILISATION: Final = re.compile(r"x gpu_memory_utilization \((?P<share>[01](?:\.\d+)?)\)")
OLD_REST: Final = re.compile(rf"memory reserved for KV Cache is (?P<size>-?{_NUMBER})GiB")
OLD_ACTIVATION: Final = re.compile(rf"activation peak memory takes (?P<size>{_NUMBER})GiB")
SG_FREE: Final = re.compile(rf"Load weight begin\. avail mem=(?P<free>{_NUMBER}) GB")

EVAL: Final = re.compile(
    rf"(?P<prompt>prompt )?eval time += +{_NUMBER} ms / +(?P<tokens>\d{{1,9}}) (?:tokens|runs) *"
    rf"\( *{_NUMBER} ms per token, +(?P<rate>{_NUMBER}) tokens per second\)"
)
THROUGHPUT: Final = re.compile(
    rf"Avg prompt throughput: (?P<prompt>{_NUMBER}) tokens/s, "
    rf"Avg generation throughput: (?P<decode>{_NUMBER}) tokens/s, Running: (?P<users>\d{{1,6}})"
    rf"(?: reqs.{{0,200}}?GPU KV cache usage: (?P<usage>{_NUMBER})%)?"
)
DECODE_BATCH: Final = re.compile(
    rf"Decode batch.{{0,40}}#running-req: (?P<users>\d{{1,6}}), #(?:full )?token: "
    rf"(?P<held>\d{{1,12}}).{{0,400}}?gen throughput \(token/s\): (?P<rate>{_NUMBER})"
)
PREFILL_BATCH: Final = re.compile(
    rf"Prefill batch.{{0,40}}#new-seq: (?P<users>\d{{1,6}}), #new-token: (?P<tokens>\d{{1,12}})"
    rf".{{0,400}}?input throughput \(token/s\): (?P<rate>{_NUMBER})"
)

FAULTS: Final = (
    "out of memory",
    "OutOfMemory",
    "cudaMalloc failed",
    "failed to allocate",
    "unable to allocate",
    "error loading model",
    "failed to load model",
    "failed to create context",
    "failed to initialize the context",
    "No available memory for the cache blocks",
    "is larger than the available KV cache memory",
    "Not enough memory",
    "Free memory on device cuda",
    "Engine core initialization failed",
    "failed to fit params",
)
"""Words of a start that failed: no log that has one is told to fit."""

WORDS: Final[MappingProxyType[Engine, tuple[str, ...]]] = MappingProxyType(
    {
        "llama.cpp": (
            "buffer size",
            "offloaded ",
            "n_ctx",
            "n_seq_max",
            "n_batch",
            "n_ubatch",
            "kv_unified",
            "flash_attn",
            "build",
            "version:",
            " K (",
            "overridden to",
            "splits = ",
            "MiB free",
            "eval time",
            "constructing llama_context",
            "loading draft",
            "|   - ",
            "llama-",
        ),
        "vllm": (
            "took ",
            "weights take",
            "KV cache",
            "KV Cache",
            "KV blocks",
            " blocks: ",
            "concurrency",
            "Free memory",
            "ersion ",
            "engine (v",
            "with config: ",
            "non-default args",
            "gpu_memory_utilization",
            "throughput: ",
            "vllm ",
        ),
        "sglang": (
            "mem usage=",
            "avail mem=",
            "is allocated.",
            "max_total_num_tokens=",
            "server_args=",
            "throughput (token/s)",
            "sglang",
        ),
        "ktransformers": (),
    }
)
"""A line without one of these says nothing: the patterns are not tried."""
LOOKS_LIKE: Final = re.compile(
    r"buffer size|KV self size|Model loading took|Available KV cache|GPU KV cache size"
    r"|Load weight end|KV Cache is allocated|Mamba Cache is allocated|max_total_num_tokens="
    r"|Graph capturing finished|graph end\."
)
"""What a line must have for it to be told that it was not understood, or cut."""
NOT_COUNTED: Final = re.compile(
    r"KV self size|no_alloc|common_params_fit|print_info"
    r"|(?:KV|RS|output|compute) buffer size (?:is|of|per|must)"
)
