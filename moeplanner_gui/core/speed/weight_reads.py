"""Which of the weights that lie on a device a step reads: not the embedding, the vision tower nor
prediction layers. Knows where each engine keeps them; knows no bandwidth.
"""

from __future__ import annotations

from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.placement import Demand, Share
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.weights import WeightLayout


def dense_bytes(prepared: Prepared, layout: WeightLayout, share: Share) -> int:
    """Weights outside the routed experts that every step reads whole.

    Of the input embedding a token reads one row; the vision tower and prediction layers are not
    read. A tied head is the embedding read as a whole, wherever the engine keeps it.
    """
    options, arch = prepared.plan.deployment, prepared.spec.architecture
    read = share.other_weights_bytes
    if options.engine == "llama.cpp":
        if share.device.kind == "host" or share.device.unified:
            read -= _unread_embedding(prepared, layout, share)
        return max(read, 0)
    if share.device.kind != "gpu" or share.layers is None:
        return max(read, 0)
    ranks = options.tensor_parallel
    first, last = share.layers[0] == 0, share.layers[1] >= arch.layers - 1
    if first:
        read -= layout.other_bytes
        if not (arch.tied_embeddings and last):
            read -= layout.token_embd_bytes // ranks
    if last and options.mtp:
        if not first:
            read -= layout.token_embd_bytes // ranks
        # They are cut like the layers of this stage, of which ranks repeat a part.
        drafted = sum(layer.other_bytes for layer in layout.mtp)
        stage = sum(layer.other_bytes for layer in layout.layers[share.layers[0] :])
        heads = layout.output_bytes // ranks
        read -= (max(read - heads, 0) * drafted) // max(stage + drafted, 1)
    return max(read, 0)


def routed_bytes(prepared: Prepared, layout: WeightLayout, share: Share) -> int:
    """The routed experts of a device without those of prediction layers."""
    options, layers = prepared.plan.deployment, prepared.spec.architecture.layers
    routed, span = share.routed_experts_bytes, share.layers
    if not options.mtp or options.engine == "llama.cpp" or span is None or span[1] < layers - 1:
        return routed
    drafted = sum(layer.routed_experts_bytes for layer in layout.mtp)
    stage = sum(layer.routed_experts_bytes for layer in layout.layers[span[0] : layers])
    return routed - routed * drafted // max(stage + drafted, 1)


def _unread_embedding(prepared: Prepared, layout: WeightLayout, share: Share) -> int:
    """What llama.cpp's host memory holds of the embedding and a step does not read."""
    embedding = layout.token_embd_bytes
    if share.device.kind == "host" and not share.other_weights_bytes:
        return 0
    if not prepared.spec.architecture.tied_embeddings or share.device.unified:
        return embedding
    # The head is computed here when no card holds the last place.
    demand = prepared.demand
    assert isinstance(demand, Demand)
    last = profile_of(prepared.spec).gguf_layers
    on_card = any(
        other.device.kind == "gpu" and other.layers is not None and other.layers[1] >= last
        for other in demand.shares
    )
    copied = share.other_weights_bytes >= layout.token_embd_bytes + layout.tied_head_bytes + sum(
        layer.other_bytes for layer in layout.layers
    )
    return embedding if on_card or copied else 0
