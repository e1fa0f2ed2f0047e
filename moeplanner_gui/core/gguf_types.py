"""The storage types of ggml: block sizes and bytes. Knows no models and no recipes.

Source: GGML_QUANT_SIZES of the gguf package 0.19.0 (2026), the table of llama.cpp's ggml, and
for Q2_0 and Q1_0 ggml/src/ggml-common.h (release b11549).
"""

from __future__ import annotations

from enum import StrEnum

from moeplanner_gui.core.units import pad_to

# llama.cpp starts every tensor of a file at a multiple of this many bytes (gguf.h).
GGUF_ALIGNMENT = 32


class GgmlType(StrEnum):
    """A ggml type; ``block`` values of a row share one block of ``block_bytes`` bytes."""

    F32 = "F32"
    F16 = "F16"
    BF16 = "BF16"
    I32 = "I32"
    Q4_0 = "Q4_0"
    Q4_1 = "Q4_1"
    Q5_0 = "Q5_0"
    Q5_1 = "Q5_1"
    Q8_0 = "Q8_0"
    Q2_K = "Q2_K"
    Q3_K = "Q3_K"
    Q4_K = "Q4_K"
    Q5_K = "Q5_K"
    Q6_K = "Q6_K"
    IQ1_S = "IQ1_S"
    IQ1_M = "IQ1_M"
    IQ2_XXS = "IQ2_XXS"
    IQ2_XS = "IQ2_XS"
    IQ2_S = "IQ2_S"
    IQ3_XXS = "IQ3_XXS"
    IQ3_S = "IQ3_S"
    IQ4_NL = "IQ4_NL"
    IQ4_XS = "IQ4_XS"
    TQ1_0 = "TQ1_0"
    TQ2_0 = "TQ2_0"
    MXFP4 = "MXFP4"
    Q2_0 = "Q2_0"
    Q1_0 = "Q1_0"

    @property
    def block(self) -> int:
        """Values in one block; a row must be a multiple of it."""
        return _BLOCKS[self][0]

    @property
    def block_bytes(self) -> int:
        """Bytes of one block."""
        return _BLOCKS[self][1]

    @property
    def is_quantised(self) -> bool:
        """False for floating-point and integer types."""
        return self not in _PLAIN


_PLAIN = frozenset({GgmlType.F32, GgmlType.F16, GgmlType.BF16, GgmlType.I32})

_BLOCKS: dict[GgmlType, tuple[int, int]] = {
    GgmlType.F32: (1, 4),
    GgmlType.F16: (1, 2),
    GgmlType.BF16: (1, 2),
    GgmlType.I32: (1, 4),
    GgmlType.Q4_0: (32, 18),
    GgmlType.Q4_1: (32, 20),
    GgmlType.Q5_0: (32, 22),
    GgmlType.Q5_1: (32, 24),
    GgmlType.Q8_0: (32, 34),
    GgmlType.Q2_K: (256, 84),
    GgmlType.Q3_K: (256, 110),
    GgmlType.Q4_K: (256, 144),
    GgmlType.Q5_K: (256, 176),
    GgmlType.Q6_K: (256, 210),
    GgmlType.IQ1_S: (256, 50),
    GgmlType.IQ1_M: (256, 56),
    GgmlType.IQ2_XXS: (256, 66),
    GgmlType.IQ2_XS: (256, 74),
    GgmlType.IQ2_S: (256, 82),
    GgmlType.IQ3_XXS: (256, 98),
    GgmlType.IQ3_S: (256, 110),
    GgmlType.IQ4_NL: (32, 18),
    GgmlType.IQ4_XS: (256, 136),
    GgmlType.TQ1_0: (256, 54),
    GgmlType.TQ2_0: (256, 66),
    GgmlType.MXFP4: (32, 17),
    GgmlType.Q2_0: (64, 18),
    GgmlType.Q1_0: (128, 18),
}


def tensor_bytes(ggml_type: GgmlType, elements: int) -> int:
    """Bytes of a tensor in a GGUF file, padding to the file's alignment included."""
    return pad_to(elements // ggml_type.block * ggml_type.block_bytes, GGUF_ALIGNMENT)
