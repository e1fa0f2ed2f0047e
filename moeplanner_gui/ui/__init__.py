"""The window: everything a person sees. Computes nothing of its own."""

import gc
import os
import sys
from types import ModuleType
from typing import Any

# Interface objects live long: looking for dead circles every 700 allocations costs a twentieth
# of the start and finds none.
gc.set_threshold(20_000, 10, 10)

# Looking through every installed package for plugins of pydantic; this program uses none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
_LOADER = "pydantic.plugin._loader"


def _find_no_plugins() -> None:
    """Put "there are none" in the place of pydantic's search for plugins.

    Even told to find none it imports what a search would need, 33 modules that nothing else of
    the window needs before its first picture. Whatever else a later pydantic asks of that
    module, it gets from the module itself.
    """
    stand_in = ModuleType(_LOADER)

    def from_the_module_itself(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        from importlib import import_module

        if sys.modules.get(_LOADER) is stand_in:
            del sys.modules[_LOADER]
        return getattr(import_module(_LOADER), name)

    stand_in.__dict__.update(get_plugins=lambda: (), __getattr__=from_the_module_itself)
    sys.modules[_LOADER] = stand_in


if "pydantic" not in sys.modules and os.environ["PYDANTIC_DISABLE_PLUGINS"] == "__all__":
    _find_no_plugins()
