"""Changes to files and configurations that a reader must survive, from one seed each."""

import copy
import json
import random
import struct
from typing import Any

_NUMBERS = (
    0, 1, 2, 3, 7, 8, 31, 32, 33, 127, 128, 255, 256, 4095, 4096, 65535, 65536, 2**24, 2**31 - 1,
    2**31, 2**32 - 1, 2**32, 2**40, 2**53, 2**62, 2**63 - 1, 2**63, 2**64 - 1,
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 10**9, 2**31, 2**63, 10**30, 10**400, 0.5, 1.0, 4096.0, -1.5,
    1e308, float("inf"), float("nan"), "", "0", "llama", "full_attention", "x" * 5000, "\ud800",
    "\0", [], [0], [1, 2, 3], [None], ["full_attention"] * 3, [[]], {}, {"a": 1}, {"model_type": 1},
)  # fmt: skip


def mutate_bytes(data: bytes, rng: random.Random) -> bytes:
    """One to six small changes: bits, numbers, cuts, copies, insertions."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        if not out:
            out += rng.randbytes(rng.randrange(1, 64))
        at = rng.randrange(len(out))
        kind = rng.randrange(9)
        if kind == 0:
            out[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            out[at] = rng.randrange(256)
        elif kind == 2:
            width, code = rng.choice(((1, "B"), (2, "H"), (4, "I"), (8, "Q")))
            number = rng.choice(_NUMBERS) % (1 << 8 * width)
            out[at : at + width] = struct.pack("<" + code, number)
        elif kind == 3:
            del out[at:]
        elif kind == 4:
            del out[at : at + rng.randrange(1, 33)]
        elif kind == 5:
            out[at:at] = rng.randbytes(rng.randrange(1, 17))
        elif kind == 6:
            end = at + rng.randrange(1, 200)
            out[at:at] = out[at:end]
        elif kind == 7:
            out[at:at] = rng.choice((b"\xff", b"[" * 70, b'{"a":' * 70, b"9" * 500, b"NaN", b"\\u"))
        else:
            text = b'"hidden_size"'
            out[at:at] = rng.choice((text, b":", b",", b"}", b"]", b"-", b"1e999", b"\0"))
    return bytes(out)


def mutate_tree(value: Any, rng: random.Random, changes: int | None = None) -> Any:
    """Replace, remove, repeat and exchange a few values anywhere in a JSON document."""
    # A copy through JSON is several times as fast as copy.deepcopy; seeds are plain JSON.
    tree = json.loads(json.dumps(value))
    for _ in range(changes or rng.choice((1, 1, 1, 2, 3, 5))):
        places = _places(tree)
        if not places:
            return copy.deepcopy(rng.choice(_VALUES))
        holder, key = rng.choice(places)
        kind = rng.randrange(7)
        if kind < 3:
            holder[key] = copy.deepcopy(rng.choice(_VALUES))
        elif kind == 3:
            del holder[key]
        elif kind == 4 and isinstance(holder[key], int) and not isinstance(holder[key], bool):
            holder[key] = rng.choice(
                (holder[key] * 2, holder[key] + 1, holder[key] - 1, -holder[key], holder[key] // 2)
            )
        elif kind == 5:
            other, name = rng.choice(places)
            holder[key] = copy.deepcopy(other.get(name) if isinstance(other, dict) else None)
        elif isinstance(holder[key], list) and len(holder[key]) < 5000:
            holder[key] = holder[key] * rng.choice((0, 2, 3)) + [copy.deepcopy(rng.choice(_VALUES))]
        elif isinstance(holder, dict):
            holder[rng.choice(("num_experts", "text_config", "mlp_bias", "x"))] = copy.deepcopy(
                holder[key]
            )
    return tree


def _places(tree: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting and len(found) < 600:
        node = waiting.pop()
        if isinstance(node, dict):
            keys: list[Any] = list(node)
        elif isinstance(node, list):
            keys = list(range(min(len(node), 8)))
        else:
            continue
        for key in keys:
            found.append((node, key))
            waiting.append(node[key])
    return found
