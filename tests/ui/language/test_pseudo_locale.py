"""The whole window in a made-up language: nothing is left in English, cut, or read wrongly.

The language is set once in a process, before views are loaded, so the walk is one of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module", params=["pseudo", "pseudo_rtl"])
def walked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a walk through every tab, dialog and page found."""
    file = tmp_path_factory.mktemp("walk") / "report.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.language.tour", request.param, str(file)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
    return json.loads(file.read_text("utf-8"))


def test_that_every_tab_and_dialog_opens(walked: Any) -> None:
    assert walked["missing"] == []
    assert walked["count"] > 5000


def test_that_nothing_is_left_in_english_but_names(walked: Any) -> None:
    assert walked["unsaid"] == {}


def test_that_no_words_are_cut_without_a_way_to_read_them(walked: Any) -> None:
    assert walked["cut"] == {}


def test_that_number_fields_read_what_they_show(walked: Any) -> None:
    assert walked["unread"] == {}
