"""How a checkpoint stores its weights, from ``dtype`` and ``quantization_config``.

What a configuration says by module is turned into storage by part. Where modules of one part
differ, the larger storage is taken for all of them and a note says so; the headers of the
safetensors files, where they are at hand, give exact bytes instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from moeplanner_gui.catalog.importers.failure import shown
from moeplanner_gui.catalog.importers.fields import Fields
from moeplanner_gui.core.model import Architecture, GatedDeltaNet, KimiDelta, Mamba2, MoeFfn
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

_DTYPES = {
    "bfloat16": "bf16",
    "bf16": "bf16",
    "float16": "f16",
    "fp16": "f16",
    "half": "f16",
    "float32": "f32",
    "fp32": "f32",
    "float": "f32",
    "auto": "bf16",
}
_LABELS = {
    "bf16": "BF16",
    "f16": "F16",
    "f32": "F32",
    "fp8_f32": "FP8",
    "fp8_e8m0": "FP8",
    "fp8_tensor": "FP8",
    "fp4_e8m0": "FP4",
    "mxfp4": "MXFP4",
    "int4_g32": "INT4",
    "int4_g128": "INT4",
    "nvfp4": "NVFP4",
    "nvfp4_weight": "NVFP4",
}
_WIDTH = {"f32": 32, "bf16": 16, "f16": 16, "fp8_f32": 8.1, "fp8_e8m0": 8.01, "fp8_tensor": 8}
_ROW_SCALES = say(
    "Its FP8 has a scale a row, not a block; block scales are counted, "
    "which differ by under 0.2 % of the weights."
)
_QUANTISED_PARTS = (
    "attention",
    "dense_ffn",
    "routed_experts",
    "shared_experts",
    "recurrent",
    "latent_moe_proj",
    "indexer",
)

_PART_WORDS = {
    "attention": say("attention"),
    "dense_ffn": say("dense ffn"),
    "routed_experts": say("routed experts"),
    "shared_experts": say("shared experts"),
    "recurrent": say("recurrent"),
    "latent_moe_proj": say("latent moe proj"),
    "indexer": say("indexer"),
}


@dataclass(frozen=True)
class Storage:
    """How the parts are stored, in the terms of ``ModelSpec``."""

    native_format: dict[str, str]
    label: str


def _plain(f: Fields, config: Mapping[str, Any]) -> str:
    for name in ("dtype", "torch_dtype"):
        value = config.get(name)
        if value is None:
            text = config.get("text_config")
            value = text.get(name) if isinstance(text, Mapping) else None
        if value is None:
            continue
        if not isinstance(value, str) or value.removeprefix("torch.") not in _DTYPES:
            raise f.fail(
                name, say("is {0}, which is not a storage type that is known.", shown(value))
            )
        return _DTYPES[value.removeprefix("torch.")]
    if config.get("quantization_config") is None:
        f.notes.append(say("config.json names no dtype; BF16 is assumed."))
    return "bf16"


def storage_of(top: Fields, config: Mapping[str, Any], arch: Architecture) -> Storage:
    """The storage of every part of the checkpoint.

    Args:
        top: The whole config.json, for sentences and notes.
        config: The config.json itself.
        arch: The architecture that was read from it.

    Raises:
        ImportFailure: The quantisation is none whose sizes are known.
    """
    plain = _plain(top, config)
    quantisation = config.get("quantization_config")
    if quantisation is None:
        text = config.get("text_config")
        quantisation = text.get("quantization_config") if isinstance(text, Mapping) else None
    if quantisation is None:
        quantisation = config.get("compression_config")
    if quantisation is None:
        return Storage({"default": plain}, _LABELS[plain])
    if not isinstance(quantisation, Mapping):
        raise top.fail(
            "quantization_config", say("is {0}; it must be an object.", shown(quantisation))
        )
    q = Fields(quantisation, prefix="quantization_config.", notes=top.notes)
    formats = {"default": plain, **_by_method(q, quantisation, config, arch, plain)}
    return Storage(formats, _label(formats, arch))


def _label(formats: Mapping[str, str], arch: Architecture) -> str:
    parts = [p for p in _QUANTISED_PARTS if p in formats]
    names = list(dict.fromkeys(_LABELS[formats[p]] for p in parts))
    if not names:
        return _LABELS[formats["default"]]
    experts = formats.get("routed_experts")
    others = {_LABELS[formats.get(p, formats["default"])] for p in ("attention", "shared_experts")}
    if experts is not None and _LABELS[experts] not in others:
        rest = "FP8" if "FP8" in others else _LABELS[formats["default"]]
        return say("{0} experts + {1}", _LABELS[experts], rest)
    default = _LABELS[formats["default"]]
    if "attention" not in formats and default not in names:
        names.append(default)
    return " + ".join(names)


def _by_method(
    q: Fields,
    raw: Mapping[str, Any],
    config: Mapping[str, Any],
    arch: Architecture,
    plain: str,
) -> dict[str, str]:
    method = q.text("quant_method").lower()
    if arch.gguf_arch == "deepseek4" and method == "fp8":
        return _deepseek_v4(q, config)
    if method == "mxfp4":
        kept = _Kept(raw.get("modules_to_not_convert"), q, "modules_to_not_convert")
        return _spread(arch, kept, lambda _: "mxfp4", plain, q, only=("routed_experts",))
    if method in ("fp8", "fbgemm_fp8"):
        return _fp8(q, raw, arch, plain)
    if method in ("awq", "gptq", "gptqmodel", "auto-round", "intel/auto-round", "awq_marlin"):
        return _int4(q, raw, arch, plain)
    if method in ("modelopt", "modelopt_fp4", "modelopt_mixed", "compressed-tensors", "nvfp4"):
        return _groups(q, raw, arch, plain)
    raise q.fail("quant_method", say("is “{0}”, whose sizes are not known.", shown(method)))


def _fp8(q: Fields, raw: Mapping[str, Any], arch: Architecture, plain: str) -> dict[str, str]:
    block = q.numbers("weight_block_size")
    if block is not None and block != [128, 128]:
        raise q.fail("weight_block_size", say("is {0}; blocks of 128 by 128 are modelled.", block))
    per_row = block is None and q.text("quant_method").lower() == "fbgemm_fp8"
    if per_row:
        q.notes.append(_ROW_SCALES)
    kept = _Kept(
        raw.get("modules_to_not_convert") or raw.get("ignored_layers"), q, "modules_to_not_convert"
    )
    storage = "fp8_f32" if block is not None or per_row else "fp8_tensor"
    formats = _spread(arch, kept, lambda _: storage, plain, q)
    if any(isinstance(b, MoeFfn) and b.router_bias for b in arch.ffn.values()):
        formats["router_bias"] = "f32"
    if arch.gguf_arch in ("deepseek32", "glm-dsa") and "indexer" in formats:
        formats |= {"indexer.proj": "bf16", "indexer.k_norm": "f32", "indexer.k_norm.bias": "f32"}
    return formats


def _deepseek_v4(q: Fields, config: Mapping[str, Any]) -> dict[str, str]:
    expert_dtype = str(config.get("expert_dtype") or q.text("expert_dtype") or "fp8")
    eight = "fp8_e8m0" if q.text("scale_fmt").lower() in ("ue8m0", "e8m0") else "fp8_f32"
    if expert_dtype not in ("fp4", "fp8"):
        raise q.fail("expert_dtype", say("is {0}; fp4 and fp8 are known.", shown(expert_dtype)))
    return {
        "routed_experts": "fp4_e8m0" if expert_dtype == "fp4" else eight,
        "attention": eight,
        "shared_experts": eight,
        "indexer.attn_q_b": eight,
        "nextn.eh_proj": eight,
        "attn_sinks": "f32",
        "mhc": "f32",
        "attn_compress_ape": "f32",
        "indexer.compress_ape": "f32",
        "router_bias": "f32",
        "hash_table": "i64",
    }


def _int4(q: Fields, raw: Mapping[str, Any], arch: Architecture, plain: str) -> dict[str, str]:
    bits = q.size("bits", "w_bit")
    if bits != 4:
        raise q.fail("bits", say("is {0}; 4 bits are modelled.", bits))
    group = raw.get("group_size", raw.get("q_group_size"))
    storage = {32: "int4_g32", 128: "int4_g128"}.get(group if isinstance(group, int) else 0)
    if storage is None:
        raise q.fail("group_size", say("is {0}; groups of 32 and 128 are modelled.", shown(group)))
    kept = _Kept(raw.get("modules_to_not_convert"), q, "modules_to_not_convert")
    formats = _spread(arch, kept, lambda _: storage, plain, q)
    formats.pop("indexer", None)
    return formats


class _Kept:
    """The modules that are left as they are: names, globs or regular expressions."""

    def __init__(self, patterns: object, q: Fields, name: str) -> None:
        if patterns is None:
            patterns = []
        if not isinstance(patterns, (list, tuple)) or len(patterns) > 200_000:
            raise q.fail(name, say("is {0}; it must be a list of module names.", shown(patterns)))
        words = [p for p in patterns if isinstance(p, str)][:200_000]
        self._exact = {w for w in words if "*" not in w and not w.startswith("re:")}
        # A module is also left out when a part of its dotted name is.
        self._tails = {w.removeprefix("model.") for w in self._exact}
        self._lengths = sorted({w.count(".") + 1 for w in self._tails} & set(range(1, 17)))
        globs = [w for w in words if "*" in w and not w.startswith("re:")]
        self._prefixes = tuple({g[:-1] for g in globs if g.count("*") == 1 and g.endswith("*")})
        self._globs = [
            re.compile(".*".join(re.escape(piece) for piece in g[:300].split("*")[:8]) + r"\Z")
            for g in globs
            if not (g.count("*") == 1 and g.endswith("*"))
        ][:64]
        # A stranger's regular expression could run for ever: only its plain pieces are used.
        self._pieces = [_plain_piece(w[3:300]) for w in words if w.startswith("re:")][:64]

    def __contains__(self, module: str) -> bool:
        parts = module.split(".")
        for length in self._lengths:
            for start in range(len(parts) - length + 1):
                if ".".join(parts[start : start + length]) in self._tails:
                    return True
        if module.startswith(self._prefixes) or any(g.match(module) for g in self._globs):
            return True
        return any(all(x in module for x in piece) for piece in self._pieces if piece)


def _plain_piece(pattern: str) -> list[str]:
    text = pattern.replace("\\.", ".").rstrip("$").lstrip("^")
    return [
        piece for piece in re.split(r"\.\*|\[0-9\]\+|\\d\+|[()|?+*\[\]]", text) if len(piece) > 1
    ]


def _modules(arch: Architecture) -> Iterator[tuple[str, str]]:
    """Part and module name of the matrices of every layer, as checkpoints name them."""
    attention = arch.attention_pattern.expand(arch.layers)
    ffn = arch.ffn_pattern.expand(arch.layers)
    for layer in range(arch.layers):
        block = arch.attention[attention[layer]]
        if isinstance(block, (GatedDeltaNet, KimiDelta)):
            yield "recurrent", f"{layer}.linear_attn.in_proj_qkv"
        elif isinstance(block, Mamba2):
            yield "recurrent", f"{layer}.mixer.in_proj"
        elif block.kind != "none":
            yield "attention", f"{layer}.self_attn.o_proj"
            if getattr(block, "indexer", None) is not None:
                yield "indexer", f"{layer}.self_attn.indexer.wq_b"
        feed = arch.ffn[ffn[layer]]
        if isinstance(feed, MoeFfn):
            yield "routed_experts", f"{layer}.mlp.experts.0.down_proj"
            if feed.shared_experts:
                yield "shared_experts", f"{layer}.mlp.shared_experts.down_proj"
            if feed.latent_width is not None:
                yield "latent_moe_proj", f"{layer}.mixer.fc1_latent_proj"
        elif feed.kind == "dense":
            yield "dense_ffn", f"{layer}.mlp.down_proj"


_PREFIXES = ("model.layers.", "model.language_model.layers.", "language_model.model.layers.")
_OTHER_NAMES = {
    "mlp.experts.0.down_proj": (
        "mlp.experts",
        "block_sparse_moe.experts.0.w1",
        "mixer.experts.0.down_proj",
    ),
    "mlp.shared_experts.down_proj": (
        "mlp.shared_expert.down_proj",
        "mixer.shared_experts.down_proj",
    ),
    "mlp.down_proj": ("mixer.down_proj",),
    "self_attn.o_proj": ("mixer.o_proj",),
}


def _spellings(module: str) -> Iterator[str]:
    layer, _, rest = module.partition(".")
    for prefix in _PREFIXES:
        yield f"{prefix}{layer}.{rest}"
        for other in _OTHER_NAMES.get(rest, ()):
            yield f"{prefix}{layer}.{other}"


def _spread(
    arch: Architecture,
    kept: _Kept,
    choose: Any,
    plain: str,
    q: Fields,
    *,
    only: tuple[str, ...] = _QUANTISED_PARTS,
) -> dict[str, str]:
    """The storage of each part from that of its modules; the larger where they differ."""
    found: dict[str, set[str]] = {}
    for part, module in _modules(arch):
        storage = plain
        if part in only and not any(name in kept for name in _spellings(module)):
            storage = choose(module) or plain
        found.setdefault(part, set()).add(storage)
    formats: dict[str, str] = {}
    for part, storages in found.items():
        widest = max(storages, key=lambda s: (_WIDTH.get(s, 4), s))
        if len(storages) > 1:
            q.notes.append(
                say(
                    "Layers store their {0} differently; all are counted as {1}, the larger.",
                    _PART_WORDS[part],
                    _LABELS[widest],
                )
            )
        if widest != plain:
            formats[part] = widest
    return formats


def _scheme(q: Fields, weights: object, *, has_input_scale: bool) -> str:
    """The storage of one group of a compressed-tensors or modelopt configuration."""
    if not isinstance(weights, Mapping):
        raise q.fail("config_groups", say("has a group without weights."))
    w = Fields(weights, prefix=f"{q.label('config_groups')}.weights.", notes=q.notes)
    bits, kind = w.size("num_bits"), w.text("type", "int")
    group = weights.get("group_size")
    if bits == 8 and kind == "float":
        strategy = weights.get("strategy")
        if strategy in ("channel", "token"):
            q.notes.append(_ROW_SCALES)
        return "fp8_f32" if strategy in ("block", "channel", "token") else "fp8_tensor"
    if bits == 4 and kind == "float" and group in (16, None):
        return "nvfp4" if has_input_scale else "nvfp4_weight"
    if bits == 4 and kind == "float" and group == 32:
        return "mxfp4"
    if bits == 4 and kind == "int" and group in (32, 128):
        return "int4_g32" if group == 32 else "int4_g128"
    raise w.fail(
        "num_bits",
        say(
            "is {0} of type {1} in groups of {2}, which is not modelled.",
            bits,
            shown(kind),
            shown(group),
        ),
    )


def _weights_only(raw: Mapping[str, Any]) -> bool:
    """True when modelopt's list of modules says that activations stay as they are."""
    layers = raw.get("quantized_layers")
    if not isinstance(layers, Mapping):
        return False
    named = {str(row.get("quant_algo")) for row in layers.values() if isinstance(row, Mapping)}
    return "W4A16_NVFP4" in named and "NVFP4" not in named


def _groups(q: Fields, raw: Mapping[str, Any], arch: Architecture, plain: str) -> dict[str, str]:
    kept = _Kept(raw.get("ignore", raw.get("exclude_modules")), q, "ignore")
    groups = raw.get("config_groups")
    if groups is None:
        algorithm = q.text("quant_algo").upper()
        known = {
            "NVFP4": "nvfp4",
            "W4A16_NVFP4": "nvfp4_weight",
            "FP8": "fp8_tensor",
            "MXFP4": "mxfp4",
        }
        if algorithm not in known:
            raise q.fail(
                "quant_algo", say("is “{0}”, whose sizes are not known.", shown(algorithm))
            )
        return _spread(arch, kept, lambda _: known[algorithm], plain, q)
    if not isinstance(groups, Mapping) or not 1 <= len(groups) <= 64:
        raise q.fail("config_groups", say("must be an object with one entry a group."))
    schemes: list[tuple[str, _Kept]] = []
    everywhere: str | None = None
    for name, group in groups.items():
        if not isinstance(group, Mapping):
            raise q.fail(f"config_groups.{shown(name, limit=20)}", say("must be an object."))
        has_input_scale = group.get("input_activations") is not None and not _weights_only(raw)
        scheme = _scheme(q, group.get("weights"), has_input_scale=has_input_scale)
        targets = group.get("targets")
        if targets is None or (isinstance(targets, list) and "Linear" in targets):
            everywhere = scheme
        else:
            schemes.append((scheme, _Kept(targets, q, "config_groups.targets")))

    def choose(module: str) -> str | None:
        for scheme, targets in schemes:
            if any(spelling in targets for spelling in _spellings(module)):
                return scheme
        return everywhere

    formats = _spread(arch, kept, choose, plain, q)
    if "lm_head" not in kept:
        for scheme, targets in schemes:
            if "lm_head" in targets:
                formats["lm_head"] = scheme
    if formats.get("indexer") not in (None, "fp8_f32", "fp8_tensor"):
        formats.pop("indexer")
    return formats
