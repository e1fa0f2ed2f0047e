"""What holds for every test: no window on the screen, nothing of the user read or written."""

import os
import tempfile
from pathlib import Path

from hypothesis import settings

# Before any import of Qt. Real drags set QT_QPA_PLATFORM=minimal themselves.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_home = tempfile.TemporaryDirectory(prefix="moeplanner-tests-", ignore_cleanup_errors=True)
for _variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
    os.environ[_variable] = str(Path(_home.name) / _variable.lower())

# A busy machine must not fail a property.
settings.register_profile("moeplanner", deadline=None)
settings.load_profile("moeplanner")
