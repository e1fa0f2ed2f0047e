"""How fast: decode, prefill and time to first token, from the same placement as memory."""
