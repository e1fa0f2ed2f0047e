"""The header of a GGUF file to an architecture: blocks from the shapes of its own tensors.

What a layer is, is read from which tensors it has and how large they are; the metadata adds
heads, windows and how many experts run. So every architecture of llama.cpp is read whose layers
are of kinds that are known here, and a tensor that belongs to none of them is refused by name.

Keys and names: src/llama-arch.cpp of llama.cpp; which layers have a window: src/models/
(release b11549).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from math import prod
from typing import TypeVar

from pydantic import ValidationError

from moeplanner_gui.catalog.importers.failure import ImportFailure, shown
from moeplanner_gui.catalog.importers.fields import MAX_LAYERS
from moeplanner_gui.catalog.importers.gguf_blocks import LayerReader
from moeplanner_gui.catalog.importers.gguf_contents import TensorInfo, Value
from moeplanner_gui.catalog.importers.gguf_ffn import FfnReader
from moeplanner_gui.catalog.importers.gguf_shapes import Shapes
from moeplanner_gui.catalog.importers.hf_blocks import pattern_of
from moeplanner_gui.core.model import Architecture, Attention, Ffn, Mtp
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

_Block = TypeVar("_Block")

_LAYER = re.compile(r"blk\.(\d{1,5})\.(.+?)(\.weight)?\Z")
_STYLES: Mapping[str, str] = {
    "glm4moe": "glm4_moe",
    "glm-dsa": "glm_dsa",
    "glm5-next": "glm_dsa",
    "deepseek4": "deepseek_v4",
    "qwen3next": "qwen3_next",
    "qwen35": "qwen3_5",
    "qwen35moe": "qwen3_5",
    "nemotron_h_moe": "nemotron_h",
}


@dataclass
class Metadata:
    """Metadata with the architecture's prefix, checked as it is read."""

    values: Mapping[str, Value]
    arch: str
    notes: list[str] = field(default_factory=list)

    def fail(self, name: str, sentence: str) -> ImportFailure:
        """A failure about one key."""
        key = f"{self.arch}.{name}"
        return ImportFailure(f"{key} {sentence}", field=key)

    def raw(self, name: str) -> Value:
        """The value of a key, or None."""
        return self.values.get(f"{self.arch}.{name}")

    def number(self, name: str, *, least: int = 1, most: int = 2**40) -> int | None:
        """A whole number, or None when there is none; of a list, its one value."""
        value = self.raw(name)
        if isinstance(value, tuple):
            if not value:
                return None
            value = max((v for v in value if isinstance(v, (int, float))), default=None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.fail(
                name, say("is {0}; it must be from {1} to {2:,}.", shown(value), least, most)
            )
        return value

    def needed(self, name: str, *, least: int = 1, most: int = 2**40) -> int:
        """As :meth:`number`, but it must be there."""
        value = self.number(name, least=least, most=most)
        if value is None:
            raise self.fail(name, say("is missing."))
        return value

    def at(self, name: str, layer: int, *, least: int = 0, most: int = 2**40) -> int | None:
        """The value for one layer of a key that holds a number or one number a layer."""
        value = self.raw(name)
        if isinstance(value, tuple):
            if layer >= len(value):
                raise self.fail(
                    name, say("has {0:,} entries; layer {1} has none.", len(value), layer)
                )
            value = value[layer]
        if value is None:
            return None
        if isinstance(value, bool):
            value = int(value)
        if not isinstance(value, int) or not least <= value <= most:
            raise self.fail(
                name, say("is {0}; it must be from {1} to {2:,}.", shown(value), least, most)
            )
        return value


@dataclass(frozen=True)
class GgufModel:
    """What was read: the architecture, and what belongs to which layer of the file."""

    architecture: Architecture
    main_layers: int
    context: int


def architecture_from(
    metadata: Mapping[str, Value], tensors: Sequence[TensorInfo], notes: list[str]
) -> GgufModel:
    """The architecture of a GGUF file.

    Args:
        metadata: Of the file, or of the first part.
        tensors: Of all parts.
        notes: What had to be assumed is added here.

    Raises:
        ImportFailure: A key is missing or wrong, or a tensor belongs to a kind of layer that
            is not known; names it.
    """
    arch = metadata.get("general.architecture")
    if not isinstance(arch, str) or not re.fullmatch(r"[a-z0-9._-]{1,40}", arch):
        raise ImportFailure(
            say("general.architecture is missing.")
            if arch is None
            else say("general.architecture is “{0}”, which is not a name.", shown(arch)),
            field="general.architecture",
        )
    kind = metadata.get("general.type")
    if kind not in (None, "model"):
        raise ImportFailure(
            say("This file holds a {0}, not a language model.", shown(kind)), field="general.type"
        )
    m = Metadata(metadata, arch, notes)
    blocks = m.needed("block_count", most=MAX_LAYERS)
    predicted = m.number("nextn_predict_layers", least=0, most=64) or 0
    layers = blocks - predicted if predicted < blocks else blocks
    by_layer, outside = _by_layer(tensors, blocks)
    if not by_layer.get(0):
        raise ImportFailure(say("The file holds no layers of a language model."), field="blk.0")
    hidden = m.needed("embedding_length", most=2**20)
    try:
        return GgufModel(
            _assemble(m, by_layer, outside, layers, predicted, hidden),
            layers,
            m.number("context_length") or 4096,
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ImportFailure(f"{place}: {first['msg']}.", field=place) from None


def _by_layer(
    tensors: Sequence[TensorInfo], blocks: int
) -> tuple[dict[int, Shapes], dict[str, tuple[int, ...]]]:
    by_layer: dict[int, Shapes] = {}
    outside: dict[str, tuple[int, ...]] = {}
    for tensor in tensors:
        match = _LAYER.match(tensor.name)
        if match is None:
            outside[tensor.name.removesuffix(".weight")] = tensor.shape
            continue
        layer = int(match.group(1))
        if layer >= blocks:
            raise ImportFailure(
                say(
                    "The tensor {0} is of layer {1:,}; block_count is {2:,}.",
                    shown(tensor.name),
                    layer,
                    blocks,
                ),
                field=tensor.name,
            )
        by_layer.setdefault(layer, Shapes(layer))[match.group(2)] = tensor.shape
    return by_layer, outside


_OUTSIDE = re.compile(
    r"(token_embd|token_embd_norm|output|output_norm|rope_freqs|rope_factors_(long|short)"
    r"|output_hc_(fn|base|scale)|output_res_score|hc_head_(fn|base|scale))(\.(bias|scale"
    r"|input_scale))?\Z"
)


def _assemble(
    m: Metadata,
    by_layer: dict[int, Shapes],
    outside: dict[str, tuple[int, ...]],
    layers: int,
    predicted: int,
    hidden: int,
) -> Architecture:
    strange = next((name for name in outside if not _OUTSIDE.match(name)), None)
    if strange is not None:
        raise ImportFailure(
            say(
                "The tensor {0} of architecture {1} is of a kind that is not known here.",
                shown(strange),
                shown(m.arch),
            ),
            field=strange,
        )
    embedding = outside.get("token_embd")
    if embedding is None or len(embedding) != 2 or embedding[0] != hidden:
        raise ImportFailure(
            say("The tensor token_embd.weight is missing or not as wide as embedding_length."),
            field="token_embd.weight",
        )
    attention: dict[str, Attention] = {}
    ffn: dict[str, Ffn] = {}
    attention_layers: list[str] = []
    ffn_layers: list[str] = []
    reader, feeds = LayerReader(m), FfnReader(m)
    norms: set[int] = set()
    total = layers + predicted
    for layer in range(total):
        shapes = by_layer.get(layer)
        if shapes is None:
            if layer >= layers:
                break  # the prediction layers were left out of the file
            raise ImportFailure(
                say("Layer {0} has no tensors; a part of the file may be missing.", layer),
                field=f"blk.{layer}",
            )
        attention_layers.append(_named(attention, *reader.attention(shapes, layer)))
        ffn_layers.append(_named(ffn, *feeds.ffn(shapes, layer)))
        if layer < layers:
            norms.add(reader.norms(shapes))
        reader.refuse_rest(shapes)
    if len(norms) > 1:
        m.notes.append(say("Its layers have different numbers of norms; the largest is counted."))
    mtp = None
    if len(attention_layers) > layers:
        mtp = Mtp.model_validate(
            {
                "layers": len(attention_layers) - layers,
                "style": _STYLES.get(m.arch, "deepseek_v3"),
                "attention": attention_layers[layers],
                "ffn": ffn_layers[layers],
                "embed_head_copies": "nextn.embed_tokens" in by_layer[layers].seen,
                "in_gguf": True,
            }
        )
    factors = outside.get("rope_freqs")
    return Architecture(
        gguf_arch=m.arch,
        hidden_size=hidden,
        layers=layers,
        vocab_size=embedding[1],
        tied_embeddings="output" not in outside,
        attention=attention,
        attention_pattern=pattern_of(attention_layers[:layers]),
        ffn=ffn,
        ffn_pattern=pattern_of(ffn_layers[:layers]),
        norms_per_layer=max(norms),
        mhc_streams=reader.streams,
        mhc_head=not reader.streams or any(name.startswith("output_hc") for name in outside),
        attention_residuals=reader.residuals,
        layer_scalars=reader.scalars,
        mtp=mtp,
        rope_factors=prod(factors) if factors else 0,
    )


def _named(blocks: dict[str, _Block], name: str, block: _Block) -> str:
    """The name under which a block is kept; equal blocks share one."""
    for known, other in blocks.items():
        if other == block:
            return known
    unique, number = name, 2
    while unique in blocks:
        unique, number = f"{name}_{number}", number + 1
    blocks[unique] = block
    return unique
