"""Whether an imported architecture is that of a catalogue row, whatever the two are called."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from moeplanner_gui.core.model import Architecture, Attention, KimiDelta, ModelSpec


def _shape(arch: Architecture) -> tuple[Any, ...]:
    """What two files of one model must share; names of blocks and prediction layers are not."""
    attention = arch.attention_pattern.expand(arch.layers)
    ffn = arch.ffn_pattern.expand(arch.layers)
    return (
        arch.hidden_size,
        arch.layers,
        arch.tied_embeddings,
        arch.norms_per_layer,
        arch.mhc_streams,
        arch.attention_residuals,
        [_bare(arch.attention[name]) for name in attention],
        [arch.ffn[name] for name in ffn],
    )


def _bare(block: Attention) -> Attention:
    """The block without what only one kind of file keeps."""
    if isinstance(block, KimiDelta) and block.stored_decays is not None:
        return block.model_copy(update={"stored_decays": None})
    return block


def _vocabularies(arch: Architecture) -> set[int]:
    return {arch.vocab_size, arch.gguf_vocab_size or arch.vocab_size}


def is_same_architecture(one: Architecture, other: Architecture) -> bool:
    """True when the main layers, the widths and the vocabulary are the same.

    Prediction layers are not compared: converters leave them out. Nor is the vision tower.
    """
    if (one.hidden_size, one.layers) != (other.hidden_size, other.layers):
        return False
    return bool(_vocabularies(one) & _vocabularies(other)) and _shape(one) == _shape(other)


def _words(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", " ", text.rsplit("/", 1)[-1].lower())


def matching_row(
    spec: ModelSpec, rows: Mapping[str, ModelSpec], hints: Iterable[str] = ()
) -> ModelSpec | None:
    """The catalogue row with the same architecture, the one that is named most alike.

    Args:
        spec: The imported row.
        rows: The catalogue's rows by id.
        hints: Further names of the import: those of its file and folder.
    """
    same = [
        row for row in rows.values() if is_same_architecture(spec.architecture, row.architecture)
    ]
    if not same:
        return None
    exact = [row for row in same if row.hf_id and row.hf_id == spec.hf_id]
    if exact:
        return exact[0]
    names = [_words(text) for text in (spec.name, spec.hf_id, *hints) if text]

    def likeness(row: ModelSpec) -> float:
        return max(
            difflib.SequenceMatcher(None, name[:120], _words(other)[:120]).ratio()
            for name in names
            for other in (row.hf_id, row.name, row.id)
        )

    return max(same, key=likeness)
