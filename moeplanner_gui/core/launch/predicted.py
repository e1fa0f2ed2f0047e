"""What is predicted that an engine prints at start: one line for each buffer and device.

The same words as :mod:`moeplanner_gui.core.launch.log_lines` reads: prediction and log meet in
``key`` and ``device``.
"""

from __future__ import annotations

from typing import Literal

from moeplanner_gui.core.launch.log_lines import Said
from moeplanner_gui.core.records import dataclass

Kind = Literal["equal", "at_most", "at_least"]
"""How the printed figure compares with the predicted one: the same up to the last printed place;
not above it, because the rule is an upper bound; not below it, because the engine fills what is
left over."""


@dataclass(frozen=True, slots=True)
class PredictedLine:
    """One line that an engine will print, or the sum of several of one key and device.

    Attributes:
        key: What the line says, as in the table of the lines that are read.
        device: How the engine names the device: ``CUDA0``, ``CPU``, ``RPC0[10.0.0.2:50052]``; for
            vLLM and SGLang the process, ``TP0`` or ``DP1 PP0 TP3``.
        text: The line in the engine's own words and units with the predicted figure in it.
        value_bytes: Bytes, None for a line that counts tokens.
        tokens: Tokens of the cache, None for a line of bytes.
        kind: How the figure that is printed compares.
        position: Which of the assessment's devices it lies on, None when not on a single one.
        because: What to know when the two are compared, empty when nothing.
    """

    key: Said
    device: str
    text: str
    value_bytes: int | None = None
    tokens: int | None = None
    kind: Kind = "at_most"
    position: int | None = None
    because: str = ""
