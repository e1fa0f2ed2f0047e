"""How many bytes a weight is outside and inside the routed experts, as far as reading goes.

Knows layouts and counts; knows no devices.
"""

from __future__ import annotations

from moeplanner_gui.core.gguf_variants import known_recipe
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.tensors import Part, parameter_breakdown
from moeplanner_gui.core.weights import WeightLayout, weight_layout


@dataclass(frozen=True, slots=True)
class Mix:
    """Bytes of a weight outside and inside the routed experts, and what a mix of Unsloth's
    moves from these to those.
    """

    dense_width: float
    expert_width: float
    dense_scale: float = 1.0
    expert_scale: float = 1.0
    bf16: bool = False


_BF16_WIDTH = 1.9
_UD_WIDTH = 8.5 / 8
"""Bytes of a weight outside the experts in Unsloth's dynamic mixes of models with experts: Q8_0.
Their UD-Q4_K_XL of DeepSeek V4 is 155.1 GB, what MXFP4 experts and Q8_0 make; the rates of other
such files fit it better than the types of the recipe they are named after."""

_SAME_SIZE = 0.02
"""Files of one recipe differ by less: other releases of llama.cpp choose a type here and there."""

_MIXES: dict[int, tuple[WeightLayout, Mix]] = {}


def mix_of(spec: ModelSpec, layout: WeightLayout) -> Mix:
    """The mean widths of a layout, remembered by its identity."""
    known = _MIXES.get(id(layout))
    if known is None or known[0] is not layout:
        if len(_MIXES) >= 1024:
            _MIXES.clear()
        known = _MIXES[id(layout)] = (layout, _mix(spec, layout))
    return known[1]


def _mix(spec: ModelSpec, layout: WeightLayout) -> Mix:
    counts = parameter_breakdown(spec)
    experts = counts.get(Part.ROUTED_EXPERTS, 0)
    dense = sum(n for part, n in counts.items() if part not in _NOT_READ_WHOLE)
    if spec.architecture.tied_embeddings:
        dense += counts.get(Part.TOKEN_EMBD, 0)
    dense_bytes = sum(layer.other_bytes for layer in layout.layers)
    dense_bytes += layout.output_bytes + layout.tied_head_bytes
    expert_bytes = sum(layer.routed_experts_bytes for layer in layout.layers)
    dense_width = dense_bytes / dense if dense and dense_bytes else 2.0
    expert_width = expert_bytes / experts if experts and expert_bytes else 2.0
    wanted = (_UD_WIDTH / dense_width - 1.0) * dense_bytes
    if not expert_bytes or wanted <= 0:
        bf16 = layout.format_id != "f16" and min(dense_width, expert_width) >= _BF16_WIDTH
        return Mix(dense_width, expert_width, bf16=bf16)
    if not layout.format_id.startswith("ud-"):
        wanted = min(wanted, _movable(spec, layout))
    scale = 1.0 + wanted / dense_bytes
    left = max(1.0 - wanted / expert_bytes, 0.5)
    return Mix(dense_width * scale, expert_width * left, scale, left)


def _movable(spec: ModelSpec, layout: WeightLayout) -> float:
    """Bytes that an actual file may keep outside the experts beyond its recipe; 0 where it has
    the recipe's own size.

    A file of another size is somebody's mix. Mixes keep what every token reads in more bits:
    that is cheap, as it is little of the file, and slow, as it is much of what is read. A larger
    file keeps there what it has over its recipe; of a smaller one nothing is known, so that a
    smaller file is never told to be slower. Memory counts the difference among the experts,
    where most of the bytes are.
    """
    if known_recipe(layout.format_id) is None:
        return 0.0
    own = weight_layout(spec, layout.format_id, "llama.cpp").total_bytes
    return max(layout.total_bytes - (1.0 + _SAME_SIZE) * own, 0.0)


_NOT_READ_WHOLE = frozenset({Part.ROUTED_EXPERTS, Part.TOKEN_EMBD, Part.HASH_TABLE})
