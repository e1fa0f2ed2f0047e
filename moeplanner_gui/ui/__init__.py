"""The window: everything a person sees. Computes nothing of its own."""

import gc
import os

# Interface objects live long: looking for dead circles every 700 allocations costs a twentieth
# of the start and finds none.
gc.set_threshold(20_000, 10, 10)

# Looking through every installed package for plugins of pydantic; this program uses none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
