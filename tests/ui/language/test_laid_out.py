"""The window in German and Chinese, at the size of a small laptop: nothing breaks or is glued."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module", params=["de", "zh_CN"])
def told(request: pytest.FixtureRequest) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.language.laid_out", request.param],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_that_the_wishes_of_the_finder_stand_in_one_line(told: Any) -> None:
    assert told["wish_lines"] == 1


def test_that_the_table_of_one_step_does_not_scroll_sideways(told: Any) -> None:
    assert told["speed_sideways"] == 0
    assert told["chip_lines"] == 1


def test_that_many_computers_of_one_kind_are_one_line_of_the_printed_plan(told: Any) -> None:
    assert told["merged"] == 1


def test_that_no_heading_of_the_printed_plan_is_broken_within_a_word(told: Any) -> None:
    assert told["broken"] == []


def test_that_sentences_are_joined_as_the_language_joins_them(told: Any) -> None:
    for sentence in (told["verdict"], told["unchecked"], *told["refused"]):
        assert not re.search(r"[。；：！？] |[.。][.。]", sentence)


def test_that_why_a_plan_is_refused_is_said_in_one_language(told: Any) -> None:
    assert len(told["refused"]) == 3
    for sentence in told["refused"]:
        assert not re.search(r"\b(it|must|is|at least|whole|unknown)\b", sentence)


def test_that_a_column_of_milliseconds_holds_numbers_alone(told: Any) -> None:
    assert told["milliseconds"]
    for text in told["milliseconds"]:
        assert re.fullmatch(r"[\d.,]+", text)


def test_that_the_guide_writes_keys_as_the_menus_do(told: Any) -> None:
    assert told["guide"].startswith(f"{told['keys']}, ")
    if told["verdict"].startswith("Passt"):
        assert told["guide"] == "Strg+Umschalt+E, Umschalt+F1"
