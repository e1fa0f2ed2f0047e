"""What the engines need to know of a model, worked out once: layers by attention kind, sums of
weights, widths. Knows no cards and no options.
"""

from __future__ import annotations

from itertools import accumulate

from moeplanner_gui.core.model import Attention, DenseFfn, Ffn, ModelSpec, MoeFfn
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.remembered import by_identity
from moeplanner_gui.core.weights import WeightLayout


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """The layers of a model by attention kind.

    Attributes:
        spec: The model itself.
        kinds: The distinct attention blocks.
        kind_of: For each layer the position in ``kinds``.
        counts: ``counts[k][i]`` is how many of the first ``i`` layers are of kind ``k``.
        ffns: The distinct feed-forward blocks.
        gguf_layers: Layers in a GGUF file, unloaded prediction layers included.
    """

    spec: ModelSpec
    kinds: tuple[Attention, ...]
    kind_of: tuple[int, ...]
    counts: tuple[tuple[int, ...], ...]
    ffns: tuple[Ffn, ...]
    ffn_of: tuple[int, ...]
    gguf_layers: int

    @property
    def hidden(self) -> int:
        """Width of the residual stream."""
        return self.spec.architecture.hidden_size

    def kind_counts(self, first: int, past: int) -> tuple[int, ...]:
        """Layers of each kind in ``first .. past - 1``."""
        return tuple(row[past] - row[first] for row in self.counts)


@dataclass(frozen=True, slots=True)
class WeightSums:
    """Running sums of a layout's layers, so that a range of layers is one subtraction.

    ``mixed_types``: up, gate and down of the experts of some layer differ in size.
    """

    layout: WeightLayout
    routed: tuple[int, ...]
    other: tuple[int, ...]
    largest_expert: tuple[int, ...]
    widest_expert: int
    mixed_types: bool


_GGUF_KEEPS_MTP = frozenset({"glm4moe", "glm-dsa"})


@by_identity
def profile_of(spec: ModelSpec) -> ModelProfile:
    """The profile of a model."""
    arch = spec.architecture
    attention = arch.attention_pattern.expand(arch.layers)
    names = tuple(dict.fromkeys(attention))
    kind_of = tuple(names.index(name) for name in attention)
    ffn = arch.ffn_pattern.expand(arch.layers)
    ffn_names = tuple(dict.fromkeys(ffn))
    mtp = arch.mtp
    kept = mtp is not None and (mtp.in_gguf or arch.gguf_arch in _GGUF_KEEPS_MTP)
    extra = mtp.layers if mtp is not None and kept else 0
    return ModelProfile(
        spec=spec,
        kinds=tuple(arch.attention[name] for name in names),
        kind_of=kind_of,
        counts=tuple(
            tuple(accumulate((int(kind == k) for kind in kind_of), initial=0))
            for k in range(len(names))
        ),
        ffns=tuple(arch.ffn[name] for name in ffn_names),
        ffn_of=tuple(ffn_names.index(name) for name in ffn),
        gguf_layers=arch.layers + extra,
    )


@by_identity
def sums_of(layout: WeightLayout) -> WeightSums:
    """Running sums of a layout."""
    return WeightSums(
        layout,
        tuple(accumulate((layer.routed_experts_bytes for layer in layout.layers), initial=0)),
        tuple(accumulate((layer.other_bytes for layer in layout.layers), initial=0)),
        tuple(layer.largest_expert_tensor_bytes for layer in layout.layers),
        max((layer.largest_expert_tensor_bytes for layer in layout.layers), default=0),
        any(
            100 * layer.routed_experts_bytes < 297 * layer.largest_expert_tensor_bytes
            for layer in layout.layers
        ),
    )


def moe_of(profile: ModelProfile) -> MoeFfn | None:
    """The first mixture-of-experts block, None for a dense model."""
    return next((ffn for ffn in profile.ffns if isinstance(ffn, MoeFfn)), None)


def widest_dense(profile: ModelProfile) -> int:
    """Width of the widest dense feed-forward block, 0 when every layer has experts."""
    return max((ffn.width for ffn in profile.ffns if isinstance(ffn, DenseFfn)), default=0)
