"""What asks the network for something: tests put their own in its place."""

from __future__ import annotations

import urllib.request
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Opener(Protocol):
    """Opens a request; ``urllib.request.urlopen`` is one."""

    def __call__(
        self, request: urllib.request.Request, /, timeout: float
    ) -> AbstractContextManager[Any]:
        """The response as a context manager with ``read`` and ``headers``."""
