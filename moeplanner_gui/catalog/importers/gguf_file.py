"""A GGUF model on the disk: all parts of it, its architecture, and where its bytes are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from moeplanner_gui.catalog.importers.failure import ImportFailure, shown
from moeplanner_gui.catalog.importers.gguf_contents import GgufHeader, TensorInfo
from moeplanner_gui.catalog.importers.gguf_header import read_gguf_header
from moeplanner_gui.catalog.importers.gguf_model import GgufModel, architecture_from
from moeplanner_gui.catalog.importers.hf_config import slug
from moeplanner_gui.core.model import FileLayer, ModelSpec, Source, WeightFile
from moeplanner_gui.core.tensors import Part, gguf_tensors
from moeplanner_gui.core.words import say

_SPLIT = re.compile(r"(?P<stem>.+)-(?P<no>\d{5})-of-(?P<count>\d{5})\.gguf\Z", re.IGNORECASE)
MAX_PARTS = 1000

_FILE_TYPES = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    19: "IQ2_XXS",
    20: "IQ2_XS",
    21: "Q2_K_S",
    22: "IQ3_XS",
    23: "IQ3_XXS",
    24: "IQ1_S",
    25: "IQ4_NL",
    26: "IQ3_S",
    27: "IQ3_M",
    28: "IQ2_S",
    29: "IQ2_M",
    30: "IQ4_XS",
    31: "IQ1_M",
    32: "BF16",
    36: "TQ1_0",
    37: "TQ2_0",
    38: "MXFP4_MOE",
}
"""``general.file_type`` by number (llama.h)."""


def split_stem(path: Path) -> str | None:
    """The common beginning of the names of a split file's parts, None for a whole file."""
    match = _SPLIT.match(path.name)
    return None if match is None else match["stem"]


def parts_of(path: Path) -> list[Path]:
    """All parts of the file that ``path`` is one of; itself when it is not split.

    Raises:
        ImportFailure: Parts are missing; names them.
    """
    match = _SPLIT.match(path.name)
    if match is None:
        return [path]
    count = int(match["count"])
    if not 1 <= count <= MAX_PARTS or not 1 <= int(match["no"]) <= count:
        raise ImportFailure(
            say("Its name says part {0:,} of {1:,}, which cannot be.", int(match["no"]), count),
            path=path,
        )
    names = [f"{match['stem']}-{n:05d}-of-{count:05d}" for n in range(1, count + 1)]
    suffix = path.name[-5:]
    parts = [path.with_name(name + suffix) for name in names]
    missing = [part.name for part in parts if part != path and not part.exists()]
    if missing:
        listed = ", ".join(shown(name, limit=100) for name in missing[:3])
        more = say(" and {0:,} more", len(missing) - 3) if len(missing) > 3 else ""
        raise ImportFailure(say("Parts of it are missing: {0}{1}.", listed, more), path=path)
    return parts


def read_gguf(path: Path) -> tuple[ModelSpec, WeightFile, tuple[str, ...]]:
    """Read a GGUF model: the row, its one file, and what had to be assumed.

    Raises:
        ImportFailure: It cannot be read; names the file and the field or byte.
    """
    headers = [read_gguf_header(part) for part in parts_of(path)]
    first = headers[0]
    try:
        tensors = _all_tensors(headers)
        notes: list[str] = []
        found = architecture_from(first.metadata, tensors, notes)
        file = _weight_file(path, headers, tensors, found)
        _compare(found, tensors, notes)
    except ImportFailure as failure:
        raise failure.at(path) from None
    name = first.metadata.get("general.name")
    if not isinstance(name, str) or not name.strip():
        name = split_stem(path) or path.stem
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split())[:120]
    spec = ModelSpec(
        id=slug(name),
        name=name,
        family="Imported",
        hf_id="",
        licence=_text(first, "general.license") or "not stated in the file",
        released=None,
        max_context=found.context,
        architecture=found.architecture,
        native_format={"default": "bf16"},
        native_label="BF16",
        verified="partly",
        verified_note=" ".join(["Read from the header of a GGUF file.", *notes]),
        sources=(Source(what="architecture and weights", source=path.name),),
        files=(file,),
    )
    return spec, file, tuple(dict.fromkeys(notes))


def _text(header: GgufHeader, key: str) -> str:
    value = header.metadata.get(key)
    return shown(value, limit=80) if isinstance(value, str) else ""


def _all_tensors(headers: Sequence[GgufHeader]) -> list[TensorInfo]:
    if len(headers) == 1:
        count = headers[0].metadata.get("split.count")
        if isinstance(count, int) and count > 1:
            raise ImportFailure(
                say(
                    "This is one of {0:,} parts, and its name does not say of which file; "
                    "parts are named NAME-00001-of-000NN.gguf.",
                    count,
                ),
                field="split.count",
            )
        if not headers[0].tensors:
            raise ImportFailure(
                say("The file holds no tensors: it is only a vocabulary."), field="tensor_count"
            )
        return headers[0].tensors
    tensors: list[TensorInfo] = []
    seen: set[str] = set()
    for header in headers:
        count = header.metadata.get("split.count")
        if isinstance(count, int) and count != len(headers):
            raise ImportFailure(
                say("It is one of {0:,} parts, not of {1:,}.", count, len(headers)),
                field="split.count",
                path=header.path,
            )
        for tensor in header.tensors:
            if tensor.name in seen:
                raise ImportFailure(
                    say("The tensor {0} is in two parts.", shown(tensor.name)),
                    field=tensor.name,
                    path=header.path,
                )
            seen.add(tensor.name)
            tensors.append(tensor)
    return tensors


_PARTS: tuple[tuple[str, Part], ...] = (
    (r"ffn_(gate|up|down|gate_up)(_exps|\.\d+)\b", Part.ROUTED_EXPERTS),
    (r"ffn_(gate|up|down)_(shexp|chexps)\b", Part.SHARED_EXPERTS),
    (r"ffn_gate_tid2eid\b", Part.HASH_TABLE),
    (r"exp_probs_b\b", Part.ROUTER_BIAS),
    (r"ffn_gate_inp", Part.ROUTER),
    (r"ffn_(latent|routed)_", Part.LATENT_PROJ),
    (r"hc_(attn|ffn)_", Part.MHC),
    (r"(attn|ffn)_res_score", Part.ATTENTION_RESIDUAL),
    (r"indexer", Part.INDEXER),
    (r"attn_compress", Part.COMPRESSOR),
    (r"layer_output_scale", Part.LAYER_SCALAR),
    (r"ssm_", Part.RECURRENT),
    (r"\w*norm\w*(\.bias)?\Z", Part.NORM),
    (r"ffn_(gate|up|down)\b", Part.DENSE_FFN),
    (r"attn_", Part.ATTENTION),
)
_COMPILED = tuple((re.compile(pattern), part) for pattern, part in _PARTS)


def part_of(role: str, *, recurrent: bool = False) -> Part:
    """What a tensor of a layer is for, by its name without layer and ``.weight``."""
    for pattern, part in _COMPILED:
        if pattern.match(role):
            if recurrent and part is Part.ATTENTION:
                return Part.RECURRENT
            return part
    return Part.ATTENTION


_LAYER = re.compile(r"blk\.(\d+)\.(.+?)(\.weight)?\Z")


def _weight_file(
    path: Path, headers: Sequence[GgufHeader], tensors: Sequence[TensorInfo], found: GgufModel
) -> WeightFile:
    arch = found.architecture
    total_layers = arch.layers + (arch.mtp.layers if arch.mtp else 0)
    routed, other = [0] * total_layers, [0] * total_layers
    largest = [0] * total_layers
    embedding = output = 0
    parts: dict[Part, int] = {}
    kinds = arch.attention_pattern.expand(arch.layers)
    for tensor in tensors:
        match = _LAYER.match(tensor.name)
        if match is None:
            if tensor.name == "token_embd.weight":
                part, embedding = Part.TOKEN_EMBD, embedding + tensor.bytes_
            else:
                part, output = _outside_part(tensor.name), output + tensor.bytes_
            parts[part] = parts.get(part, 0) + tensor.bytes_
            continue
        layer = int(match[1])
        if layer >= total_layers:
            continue
        block = arch.attention[kinds[layer]] if layer < arch.layers else None
        recurrent = block is not None and block.kind in ("gated_delta", "mamba2", "kimi_delta")
        part = part_of(match[2], recurrent=recurrent)
        if part is Part.ROUTED_EXPERTS:
            routed[layer] += tensor.bytes_
            largest[layer] = max(largest[layer], tensor.bytes_)
        else:
            other[layer] += tensor.bytes_
        key = Part.MTP if layer >= arch.layers else part
        parts[key] = parts.get(key, 0) + tensor.bytes_
    rows = [
        FileLayer(
            routed_experts_bytes=routed[i],
            other_bytes=other[i],
            largest_expert_tensor_bytes=largest[i],
        )
        for i in range(total_layers)
    ]
    label = _label(headers[0], path)
    return WeightFile(
        id=_file_id(split_stem(path) or path.stem),
        label=label,
        container="gguf",
        file_bytes=sum(header.file_bytes for header in headers),
        token_embd_bytes=embedding,
        output_bytes=output,
        tied_head_bytes=embedding if arch.tied_embeddings else 0,
        layers=tuple(rows[: arch.layers]),
        mtp=tuple(rows[arch.layers :]),
        bytes_by_part={str(part): parts[part] for part in Part if part in parts},
        storage=storage_words((t.type_name, t.bytes_) for t in tensors),
    )


def _file_id(stem: str) -> str:
    """An id that no format has: a plan names files and formats by the same key."""
    found = slug(stem)
    return found if "-" in found and found not in ("awq-int4", "gptq-int4") else f"{found}-file"


def _outside_part(name: str) -> Part:
    if name.startswith("rope"):
        return Part.ROPE
    if name.startswith(("output_hc", "hc_head")):
        return Part.MHC
    if name.startswith("output_res"):
        return Part.ATTENTION_RESIDUAL
    return Part.NORM if "norm" in name else Part.LM_HEAD


def storage_words(sized: Iterable[tuple[str, int]]) -> str:
    """The storage types, the one with the most bytes first."""
    sums: dict[str, int] = {}
    for name, size in sized:
        sums[name] = sums.get(name, 0) + size
    return " + ".join(sorted(sums, key=lambda name: -sums[name]))


def _label(header: GgufHeader, path: Path) -> str:
    kind = header.metadata.get("general.file_type")
    if isinstance(kind, int) and not isinstance(kind, bool) and kind in _FILE_TYPES:
        return f"{_FILE_TYPES[kind]} file"
    found = re.search(r"(?i)[-._]((?:UD-)?I?Q\d\w*|BF16|F16|F32|MXFP4\w*|TQ\d_0)$", path.stem)
    return f"{found[1].upper()} file" if found else "GGUF file"


def _compare(found: GgufModel, tensors: Sequence[TensorInfo], notes: list[str]) -> None:
    """Hold the file's elements against those of the architecture that was read from it."""
    arch = found.architecture
    expected: dict[int | None, int] = {}
    for tensor in gguf_tensors(arch):
        if tensor.part is not Part.ROPE:
            expected[tensor.layer] = expected.get(tensor.layer, 0) + tensor.elements
    held: dict[int | None, int] = {}
    for info in tensors:
        match = _LAYER.match(info.name)
        layer = int(match[1]) if match else None
        if not info.name.startswith("rope") and "rope_freqs" not in info.name:
            held[layer] = held.get(layer, 0) + info.elements
    difference = sum(abs(held.get(key, 0) - count) for key, count in expected.items())
    total = sum(expected.values())
    if not difference:
        return
    if difference * 1000 > total:
        worst = max(expected, key=lambda key: abs(held.get(key, 0) - expected[key]))
        place = say("outside its layers") if worst is None else say("in layer {0}", worst)
        raise ImportFailure(
            say(
                "The file holds {0:,} values {1} where an architecture of the blocks "
                "that are known here has {2:,}; it is of another kind.",
                held.get(worst, 0),
                place,
                expected[worst],
            ),
            field="general.architecture",
        )
    notes.append(
        say(
            "{0:,} values, {1:.2g} of all, differ from what the architecture "
            "should hold; the bytes are those of the file.",
            difference,
            difference / total,
        )
    )
